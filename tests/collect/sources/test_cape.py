"""CAPE: configurations of any family, candidates, the server's own errors, and reports read once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from noroshi.indicators.indicator import Status, Threat, Tlp
from tests.collect.feeds import keyed, run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.store.store import Store

FILE, UNPACKED, DROPPED = ("4c1d90b7e85fa263" * 4, "9be1d07735ac4f18" * 4, "a17c3390de5f4b62" * 4)
REPORT: Final[dict[str, Any]] = {
    "info": {"id": 7, "started": "2026-03-01 10:00:00", "tlp": "amber"},
    "target": {"category": "file", "file": {"sha256": FILE, "md5": "not hex"}},
    "malscore": 9.5,
    "detections": [{"family": "Emotet"}],
    "CAPE": {
        "payloads": [{"sha256": UNPACKED}],
        "configs": [
            {
                "Emotet": {"address": ["192.0.2.1:8080", "10.0.0.1:80"], "RSA public key": "http://key.example/",
                           "raw": {"C2s": ["tcp://192.0.2.2:443"], "campaign": "epoch4.example"}},
                "_associated_config_hashes": [{"sha256": "0" * 64}],
            }
        ],
    },
    "dropped": [{"sha256": DROPPED}],
    "network": {
        "hosts": [{"ip": "192.0.2.50"}, {"ip": "192.168.1.1"}],
        "domains": [{"domain": "time.windows.com"}],
        "http": [{"uri": "http://call.example/x"}],
    },
}  # fmt: skip


def _answering(report: object, *ids: int) -> Any:
    def answer(asked: Asked) -> Reply:
        tasks = {"error": False, "data": [{"id": one, "status": "reported"} for one in ids]}
        return Reply(json.dumps(report if "report" in asked.path else tasks).encode())

    return answer


def test_configurations_are_the_attackers_word(provider: Provider, store: Store, tmp_path: Path) -> None:
    """Configurations are the attacker's word, wherever their places stand; the rest are candidates."""
    provider.answer = _answering(REPORT, 7)
    health = run("cape", provider, store, key_file=keyed(tmp_path))
    expected = {
        ("192.0.2.1:8080", "ip:port"): (Status.ACTIVE, (Threat.C2,)),
        ("192.0.2.2:443", "ip:port"): (Status.ACTIVE, (Threat.C2,)),
        (FILE, "sha256"): (Status.ACTIVE, (Threat.PAYLOAD,)),
        (UNPACKED, "sha256"): (Status.CANDIDATE, (Threat.PAYLOAD,)),
        (DROPPED, "sha256"): (Status.CANDIDATE, (Threat.PAYLOAD,)),
        ("192.0.2.50", "ip"): (Status.CANDIDATE, ()),
        ("http://call.example/x", "url"): (Status.CANDIDATE, ()),
    }
    found = {key: store.indicators.get(*key) for key in expected}
    assert expected == {key: one and (one.status, one.threats) for key, one in found.items()}
    never = [("http://key.example/", "url"), ("epoch4.example", "domain"), ("10.0.0.1:80", "ip:port")]
    assert [None] * 3 == [store.indicators.get(*one) for one in never]
    assert (len(expected), 1) == (health.new, health.rejected)
    assert 3 == sum(count for _, count in health.left_out)
    first = found["192.0.2.1:8080", "ip:port"]
    assert first is not None
    assert (Tlp.AMBER, ("Emotet",)) == (first.tlp, first.families)
    assert "Token k-123" == provider.asked[0].headers["authorization"]


def test_a_report_is_read_once(provider: Provider, store: Store) -> None:
    """A report is read once."""
    provider.answer = _answering(REPORT, 7)
    run("cape", provider, store)
    provider.answer = _answering(REPORT, 8, 7)
    run("cape", provider, store)
    read = [one.path for one in provider.asked if "report" in one.path]
    assert [f"/apiv2/tasks/get/report/{one}/json/" for one in (7, 8)] == read


def test_the_servers_own_error_is_told(provider: Provider, store: Store) -> None:
    """The server's own error is told, although it comes with status 200."""
    provider.answer = lambda _: Reply(b'{"error": true, "error_value": "Task List API is Disabled"}')
    assert "Task List API is Disabled" in run("cape", provider, store).error


def test_a_report_of_another_shape_costs_itself(provider: Provider, store: Store) -> None:
    """A report of another shape costs itself only."""
    provider.answer = _answering({"info": {"id": 9}, "CAPE": 5, "network": [], "detections": "Emotet"}, 9)
    assert "" == run("cape", provider, store).error
    provider.answer = _answering({"no": "info"}, 10)
    assert (("is no report of an analysis", 1),) == run("cape", provider, store).reasons
