"""Feodo Tracker: a header that is no comment, JSON with numbers, and servers that are offline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from noroshi.indicators.indicator import Threat
from tests.collect.feeds import run
from tests.collect.provider import Provider, Reply

if TYPE_CHECKING:
    from noroshi.store.store import Store

CSV = (
    b"########\r\n# abuse.ch Feodo Tracker Botnet C2 IP Blocklist (CSV)\r\n########\r\n#\r\n"
    b'"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"\r\n'
    b'"2026-02-04 20:35:01","192.0.2.7","8080","offline","2026-02-28","Emotet"\r\n'
    b'"2026-02-04 20:35:01","999.0.2.7","8080","online","2026-03-01","Emotet"\r\n'
    b"# END 2 entries\r\n"
)
ROW = {
    "ip_address": "192.0.2.9", "port": 443, "status": "online", "hostname": None, "as_number": 64500,
    "as_name": "AS", "country": "JP", "first_seen": "2026-02-01 00:00:00", "last_online": "2026-03-02",
    "malware": "QakBot",
}  # fmt: skip


def test_the_header_is_no_comment_and_offline_servers_age_from_their_last_day(
    provider: Provider, store: Store
) -> None:
    """The header is no comment and offline servers age from their last day."""
    provider.answer = lambda _: Reply(CSV)
    health = run("feodo", provider, store)
    found = store.indicators.get("192.0.2.7:8080", "ip:port")
    assert found is not None
    assert ((Threat.C2,), ("Emotet",), ("offline",)) == (found.threats, found.families, found.tags)
    assert "2026-02-28T00:00:00+00:00" == health.newest
    assert (2, 1, (("is no ip:port", 1),), ()) == (health.rows, health.new, health.reasons, health.drift)


def test_json_has_a_number_as_port(provider: Provider, store: Store) -> None:
    """JSON has a number as port, and other names."""
    six = {**ROW, "ip_address": "2001:db8::1"}
    provider.answer = lambda _: Reply(json.dumps([ROW, six]).encode())
    health = run("feodo", provider, store, format="json")
    assert (2, 0, ()) == (health.new, health.rejected, health.drift)
    assert store.indicators.get("192.0.2.9:443", "ip:port") is not None
    assert store.indicators.get("[2001:db8::1]:443", "ip:port") is not None


def test_keys_that_go_and_come_are_drift(provider: Provider, store: Store) -> None:
    """Keys that go and come are drift."""
    row = {name: value for name, value in ROW.items() if name != "malware"} | {"family": "QakBot"}
    provider.answer = lambda _: Reply(json.dumps([row]).encode())
    assert ("+family", "-malware") == run("feodo", provider, store, format="json").drift


def test_an_empty_list_and_another_document_are_failing(provider: Provider, store: Store) -> None:
    """An empty list and another document are failing: the recommended list was empty for months."""
    provider.answer = lambda _: Reply(b"[]")
    assert ("zero_rows",) == run("feodo", provider, store, format="json").failing
    provider.answer = lambda _: Reply(b'{"error":"moved"}')
    assert "sends no list" in run("feodo", provider, store, format="json").error
    provider.answer = lambda _: Reply(b'[{"ip_address":')
    assert "sends no JSON" in run("feodo", provider, store, format="json").error
