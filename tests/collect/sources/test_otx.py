"""OTX: pages, what was modified since, types that cannot be matched, and what is over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from noroshi.indicators.indicator import Threat, Tlp
from tests.collect.feeds import keyed, run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.store.store import Store


def _indicator(value: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"indicator": value, "type": type_, "created": "2026-02-28T10:00:00", "is_active": 1, **more}


def _pulse(number: int, *indicators: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"p{number}", "name": "Emotet is back", "author_name": "sample", "TLP": "green",
        "created": "2026-02-28T09:00:00.1", "modified": f"2026-03-01T0{number}:00:00.123000",
        "tags": ["c2"], "malware_families": [{"display_name": "Emotet"}], "attack_ids": [{"id": "T1566.001"}],
        "indicators": list(indicators),
    }  # fmt: skip


def _page(*pulses: dict[str, Any], more: bool = False) -> Reply:
    following = "https://elsewhere.example/next" if more else None
    return Reply(json.dumps({"results": pulses, "count": len(pulses), "next": following}).encode())


def test_every_page_is_read_and_the_next_run_asks_for_what_is_newer(
    provider: Provider, store: Store, tmp_path: Path
) -> None:
    """Every page is read, from us and not from where `next` leads; the next run asks for what is newer."""

    def answer(asked: Asked) -> Reply:
        second = asked.params["page"] == "2"
        value = "two.example" if second else "one.example"
        return _page(_pulse(5 if second else 1, _indicator(value, "hostname")), more=not second)

    provider.answer = answer
    assert 2 == run("otx", provider, store, key_file=keyed(tmp_path)).new
    provider.answer = lambda _: _page()
    assert () == run("otx", provider, store, key_file=keyed(tmp_path)).failing
    since = [one.params["modified_since"] for one in provider.asked]
    assert ["2026-01-31T12:00:00"] * 2 + ["2026-03-01T05:00:00.123000"] == since
    assert "k-123" == provider.asked[0].headers["x-otx-api-key"]
    found = store.indicators.get("one.example", "domain")
    assert found is not None
    claim = found.claims[0]
    assert ("otx:sample", Tlp.GREEN, ("Emotet",)) == (claim.source, claim.tlp, claim.families)
    assert ((Threat.C2,), ("T1566.001", "c2")) == (claim.threats, claim.tags)


def test_what_cannot_be_matched_and_what_is_over_is_left_out(
    provider: Provider, store: Store, tmp_path: Path
) -> None:
    """What cannot be matched and what is over is left out and counted; a bad value costs itself."""
    indicators = (
        _indicator("rule x {}", "YARA"),
        _indicator("old.example", "domain", expiration="2026-02-01T00:00:00"),
        _indicator("gone.example", "domain", is_active=0),
        _indicator("not an address", "IPv4"),
        _indicator("http://h.example/x", "URL", role="malware_hosting"),
    )
    provider.answer = lambda _: _page(_pulse(1, *indicators))
    health = run("otx", provider, store, key_file=keyed(tmp_path))
    assert (1, 1) == (health.new, health.rejected)
    assert {("type YARA", 1), ("no longer active, says its pulse", 2)} == set(health.left_out)
    found = store.indicators.get("http://h.example/x", "url")
    assert found is not None
    assert (Threat.C2, Threat.DOWNLOAD) == found.threats


def test_a_failing_page_moves_nothing(provider: Provider, store: Store, tmp_path: Path) -> None:
    """A failing page moves nothing: the next run begins where this one did."""
    provider.answer = lambda asked: (
        Reply(status=500) if asked.params["page"] == "2" else _page(_pulse(1), more=True)
    )
    assert ("error",) == run("otx", provider, store, key_file=keyed(tmp_path)).failing
    assert "modified_since" not in store.state.all("feed:otx")


def test_an_unknown_label_is_never_an_open_one(provider: Provider, store: Store, tmp_path: Path) -> None:
    """An unknown label of TLP costs the pulse: it must not become an open one."""
    pulse = {**_pulse(1, _indicator("one.example", "domain")), "TLP": "mauve"}
    provider.answer = lambda _: _page(pulse)
    health = run("otx", provider, store, key_file=keyed(tmp_path))
    assert (0, (("`mauve` is no TLP label", 1),)) == (health.new, health.reasons)
