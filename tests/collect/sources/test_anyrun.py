"""ANY.RUN: reports read once, reputation decides, and the feed's own delta."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from noroshi.indicators.indicator import Status, Threat
from tests.collect.feeds import keyed, run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.store.store import Store

ONE: Final = "11111111-1111-4111-8111-111111111111"
TWO: Final = "22222222-2222-4222-8222-222222222222"
SHA256: Final = "4c1d90b7e85fa263" * 4
IOCS: Final = [
    {"category": "Main object", "type": "sha256", "ioc": SHA256, "reputation": 0},
    {"category": "DNS requests", "type": "domain", "ioc": "c2.example", "reputation": 2},
    {"category": "DNS requests", "type": "domain", "ioc": "ordinary.example", "reputation": 0},
    {"category": "Connections", "type": "ip", "ioc": "192.0.2.9", "reputation": 1},
    {"category": "HTTP/HTTPS requests", "type": "url", "ioc": "http://", "reputation": 2},
]


def _run(provider: Provider, store: Store, folder: Path, **more: Any) -> Any:
    return run("anyrun", provider, store, key_file=keyed(folder), **more)


def test_reputation_decides_and_a_report_is_read_once(
    provider: Provider, store: Store, tmp_path: Path
) -> None:
    """Reputation decides and a report is read once; one that is missing is asked for again."""
    missing = {TWO}

    def answer(asked: Asked) -> Reply:
        gone = any(one in asked.path for one in missing)
        return Reply(status=404) if gone else Reply(json.dumps(IOCS).encode())

    provider.answer = answer
    reports = (f"https://app.any.run/tasks/{ONE}/", TWO)
    health = _run(provider, store, tmp_path, reports=reports)
    found = {value: store.indicators.get(value, type_) for value, type_ in
             (("c2.example", "domain"), ("192.0.2.9", "ip"), (SHA256, "sha256"))}  # fmt: skip
    statuses = [one and one.status for one in found.values()]
    assert [Status.ACTIVE, Status.CANDIDATE, Status.CANDIDATE] == statuses
    assert found[SHA256] is not None
    assert (Threat.PAYLOAD,) == found[SHA256].threats
    assert (3, 2) == (health.new, health.rejected)
    assert (("neither malicious nor suspicious", 1),) == health.left_out
    missing.clear()
    _run(provider, store, tmp_path, reports=reports)
    _run(provider, store, tmp_path, reports=reports)
    assert [ONE, TWO, TWO] == [one.path.split("/")[2] for one in provider.asked]
    assert "API-KEY k-123" == provider.asked[0].headers["authorization"]


def test_without_reports_nobody_is_asked(provider: Provider, store: Store, tmp_path: Path) -> None:
    """Without reports nobody is asked."""
    assert "has no reports" in _run(provider, store, tmp_path, reports=("../x",)).error
    assert [] == provider.asked


def test_the_feed_gives_what_was_modified(provider: Provider, store: Store, tmp_path: Path) -> None:
    """The feed gives what was modified, page by page, since the last run."""
    indicator = {
        "type": "indicator", "spec_version": "2.1", "id": "indicator--00000001-0000-4000-8000-000000000000",
        "created": "2026-03-01T00:00:00Z", "modified": "2026-03-01T00:00:00Z", "pattern_type": "stix",
        "pattern": "[domain-name:value = 'c2.example']", "valid_from": "2026-03-01T00:00:00Z",
        "confidence": 100,
    }  # fmt: skip
    date = "2026-03-01T10:00:00Z"
    envelope = json.dumps({"more": False, "objects": [indicator, 7, {"type": "indicator"}]}).encode()
    provider.answer = lambda _: Reply(envelope, headers={"X-TAXII-Date-Modified-Last": date})
    assert (1, 1) == ((first := _run(provider, store, tmp_path, format="feed")).new, first.rejected)
    _run(provider, store, tmp_path, format="feed", collection="ip")
    paths = [one.path for one in provider.asked]
    assert [f"/v1/feeds/taxii2/api1/collections/{one}/objects/" for one in ("full", "ip")] == paths
    assert [None, date] == [one.params.get("modified_after") for one in provider.asked]
    assert "is none" in _run(provider, store, tmp_path, format="feed", collection="../x").error
