"""Triage: what the specimen says itself, what the machine merely talked to, and reports read once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from noroshi.indicators.indicator import Status, Threat
from tests.collect.feeds import keyed, run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from noroshi.store.store import Store

SHA256: Final = "4c1d90b7e85fa263" * 4
OVERVIEW: Final = {
    "sample": {"id": "260301-abc", "sha256": SHA256, "created": "2026-03-01T00:00:00Z",
               "completed": "2026-03-01T00:05:00Z"},
    "analysis": {"score": 10, "family": ["emotet"], "tags": ["botnet:epoch4"]},
    "targets": [{"iocs": {"domains": ["call.example", "ctldl.windowsupdate.com"], "ips": ["8.8.8.8"]}}],
    "extracted": [
        {"config": {"family": "emotet", "botnet": "Epoch4", "mutex": ["Global\\I98B68E3C"],
                    "c2": ["192.0.2.1:8080", "tcp://192.0.2.2:443", "http://c2.example/g", "h.example:9"]}},
        {"dropper": {"urls": [{"type": "exe.dropper", "url": "http://site.example/x/"}]}},
    ],
}  # fmt: skip


def _run(provider: Provider, store: Store, folder: Path, **more: Any) -> Any:
    return run("triage", provider, store, key_file=keyed(folder), query="family:emotet", **more)


def _list(*ids: str, following: str | None = None, status: str = "reported") -> Reply:
    found = [{"id": one, "status": status, "kind": "file"} for one in ids]
    return Reply(json.dumps({"data": found, "next": following}).encode())


def test_the_configuration_is_the_attackers_word_and_the_network_a_candidate(
    provider: Provider, store: Store, tmp_path: Path
) -> None:
    """The configuration is the attacker's word, the network a candidate, the ordinary left out by list."""
    provider.answer = lambda asked: (
        Reply(json.dumps(OVERVIEW).encode()) if "overview" in asked.path else _list("260301-abc")
    )
    health = _run(provider, store, tmp_path)
    expected = {
        ("192.0.2.1:8080", "ip:port"): (Status.ACTIVE, (Threat.C2,)),
        ("192.0.2.2:443", "ip:port"): (Status.ACTIVE, (Threat.C2,)),
        ("http://c2.example/g", "url"): (Status.ACTIVE, (Threat.C2,)),
        ("h.example", "domain"): (Status.ACTIVE, (Threat.C2,)),
        ("http://site.example/x/", "url"): (Status.ACTIVE, (Threat.DOWNLOAD,)),
        (SHA256, "sha256"): (Status.ACTIVE, (Threat.PAYLOAD,)),
        ("Global\\I98B68E3C", "mutex"): (Status.ACTIVE, ()),
        ("call.example", "domain"): (Status.CANDIDATE, ()),
    }
    found = {key: store.indicators.get(*key) for key in expected}
    assert expected == {key: one and (one.status, one.threats) for key, one in found.items()}
    assert {("on the list system-services", 1), ("on the list public-resolvers", 1)} == set(health.left_out)
    assert "2026-03-01T00:05:00+00:00" == health.newest
    assert {"query": "family:emotet", "limit": "50"} == provider.asked[0].params
    assert "Bearer k-123" == provider.asked[0].headers["authorization"]


def test_pages_are_followed_until_everything_was_read(
    provider: Provider, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are followed until everything was read: what one run leaves, the next one reads."""
    monkeypatch.setattr("noroshi.collect.sandbox.MAX_REPORTS", 1)

    def answer(asked: Asked) -> Reply:
        if "overview" in asked.path:
            return Reply(json.dumps(OVERVIEW).encode())
        return _list("b") if "offset" in asked.params else _list("a", following="2026-03-01T00:00:00Z")

    provider.answer = answer
    for _ in range(3):
        _run(provider, store, tmp_path)
    read = [one.path.split("/")[3] for one in provider.asked if "overview" in one.path]
    assert ["a", "b"] == read
    # The third run ends at the first page: nothing is left behind it.
    assert ["offset" in one.params for one in provider.asked if one.path == "/v0/search"][-1:] == [False]


def test_what_is_not_ready_is_asked_for_later(provider: Provider, store: Store, tmp_path: Path) -> None:
    """What is not ready is asked for later, and an overview of a low score is a candidate."""
    mild = {**OVERVIEW, "analysis": {"score": 3}, "extracted": [], "targets": []}
    states = ["running", "reported"]
    provider.answer = lambda asked: (
        Reply(json.dumps(mild).encode()) if "overview" in asked.path else _list("a", status=states[0])
    )
    assert 0 == _run(provider, store, tmp_path).new
    states.pop(0)
    assert 1 == _run(provider, store, tmp_path).new
    found = store.indicators.get(SHA256, "sha256")
    assert found is not None
    assert Status.CANDIDATE is found.status


def test_a_provider_in_trouble_is_left_alone(provider: Provider, store: Store, tmp_path: Path) -> None:
    """A provider in trouble is left alone after three reports; what was read before stays read."""
    provider.answer = lambda asked: (
        Reply(status=404 if "good" not in asked.path else 200, body=json.dumps(OVERVIEW).encode())
        if "overview" in asked.path
        else _list("good", *"abcdef")
    )
    health = _run(provider, store, tmp_path)
    assert (8, 3) == (health.new, health.rejected)
    assert 4 == len([one for one in provider.asked if "overview" in one.path])
    assert {"reports": ["good"], "are_all": False}.items() <= store.state.all("feed:triage").items()


def test_without_a_query_nobody_is_asked(provider: Provider, store: Store, tmp_path: Path) -> None:
    """Without a query nobody is asked; a subset of one's own needs none."""
    assert "nothing to search for" in run("triage", provider, store, key_file=keyed(tmp_path)).error
    provider.answer = lambda _: _list()
    run("triage", provider, store, key_file=keyed(tmp_path), format="owned")
    assert ["owned"] == [one.params["subset"] for one in provider.asked]
