"""ThreatFox: CSV of 14 and 15 columns by name, the JSON export, and the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.collect.feeds import keyed, run
from tests.collect.provider import Provider, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.store.store import Store

OLD = (
    '# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias",'
    '"malware_printable","last_seen_utc","confidence_level","reference","tags","anonymous","reporter"\n'
    '"2026-03-02 10:00:00", "1", "192.0.2.7:8080", "ip:port", "botnet_cc", "win.emotet", "Geodo",'
    ' "Emotet", "", "75", "https://ref.example/1", "epoch4,c2", "0", "anon"\n'
)
NEW = OLD.replace('"confidence_level",', '"confidence_level","is_compromised",').replace(
    '"75",', '"75", "True",'
)


def test_fourteen_columns_are_read_by_name(provider: Provider, store: Store) -> None:
    """Fourteen columns are read by name."""
    provider.answer = lambda _: Reply(OLD.encode() + b"# Number of entries: 1\n")
    health = run("threatfox", provider, store)
    found = store.indicators.get("192.0.2.7:8080", "ip:port")
    assert found is not None
    assert (("Emotet",), ("c2", "epoch4"), 75, False) == (
        found.families,
        found.tags,
        found.confidence,
        found.compromised_site,
    )
    assert ((), ()) == (health.drift, health.failing)


def test_the_fifteenth_column_shifts_nothing(provider: Provider, store: Store) -> None:
    """The fifteenth column shifts nothing."""
    provider.answer = lambda _: Reply(NEW.encode())
    run("threatfox", provider, store)
    found = store.indicators.get("192.0.2.7:8080", "ip:port")
    assert found is not None
    assert (True, "https://ref.example/1") == (found.compromised_site, found.claims[0].reference)


def test_missing_and_new_columns_are_drift(provider: Provider, store: Store) -> None:
    """Missing and new columns are drift."""
    text = OLD.replace('"malware_alias"', '"colour"')
    provider.answer = lambda _: Reply(text.encode())
    assert ("+colour", "-malware_alias") == run("threatfox", provider, store).drift


def test_the_export_has_lists_of_one(provider: Provider, store: Store) -> None:
    """The export has lists of one."""
    row = {"ioc_value": "c2.example", "ioc_type": "domain", "threat_type": "botnet_cc", "tags": "a,b"}
    provider.answer = lambda _: Reply(json.dumps({"5": [row], "6": [7]}).encode())
    health = run("threatfox", provider, store, format="json")
    assert (2, 1, 1) == (health.rows, health.new, health.rejected)


def test_the_api_names_things_otherwise(provider: Provider, store: Store, tmp_path: Path) -> None:
    """The api names things otherwise."""
    rows = [
        {"id": "1", "ioc": "a" * 64, "ioc_type": "sha256_hash", "first_seen": "2026-03-01 00:00:00 UTC",
         "last_seen": None, "tags": ["exe"], "confidence_level": 50},
        {"id": "2", "ioc": "x", "ioc_type": "moon_phase"},
    ]  # fmt: skip
    provider.answer = lambda _: Reply(json.dumps({"query_status": "ok", "data": rows}).encode())
    health = run("threatfox", provider, store, format="api", key_file=keyed(tmp_path))
    assert (1, 1) == (health.new, health.rejected)
    assert "2026-03-01T00:00:00+00:00" == health.newest
    assert {"query": "get_iocs", "days": 3} == json.loads(provider.asked[0].body)
