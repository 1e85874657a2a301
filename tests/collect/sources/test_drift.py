"""A provider renames what indicators stand in: every source names what is missing and what is new."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from noroshi.collect.columns import Columns
from tests.collect.feeds import AT, keyed, run
from tests.collect.provider import Asked, Provider, Reply
from tests.collect.sources.test_urlhaus import HEAD, ROW

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.store.store import Store

_UUID: Final = "11111111-1111-4111-8111-111111111111"
_ABUSE: Final = {"query_status": "ok"}
_API_ROW: Final = {
    "id": "1", "urlhaus_reference": "https://u.example/1", "url": "http://bad.example/a",
    "url_status": "online", "date_added": "2026-03-01 00:00:00 UTC", "threat": "malware_download",
    "reporter": "a", "tags": None,
}  # fmt: skip
_THREATFOX_HEAD: Final = (
    b'"first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias",'
    b'"malware_printable","last_seen_utc","confidence_level","reference","tags","anonymous","reporter"\n'
)
_THREATFOX_ROW: Final = (
    b'"2026-03-02 09:00:00","1","198.51.100.7:80","ip:port","botnet_cc","win.emotet","","Emotet","","100",'
    b'"","","0","a"\n'
)
_EXPORTED: Final = {
    "ioc_value": "198.51.100.7:80", "ioc_type": "ip:port", "threat_type": "botnet_cc",
    "malware": "win.emotet", "malware_alias": None, "malware_printable": "Emotet",
    "first_seen_utc": "2026-03-02 09:00:00",
    "last_seen_utc": None, "confidence_level": 100, "reference": None, "tags": None, "anonymous": "0",
    "reporter": "a",
}  # fmt: skip
_INDICATOR: Final = {
    "type": "indicator", "spec_version": "2.1", "id": "indicator--00000001-0000-4000-8000-000000000000",
    "created": "2026-03-01T00:00:00Z", "modified": "2026-03-01T00:00:00Z", "pattern_type": "stix",
    "pattern": "[domain-name:value = 'bad.example']", "valid_from": "2026-03-01T00:00:00Z",
}  # fmt: skip
_ATTRIBUTE: Final = {"type": "domain", "value": "bad.example", "to_ids": True, "timestamp": "1772400000"}
_PULSE: Final = {"id": "p", "name": "n", "indicators": [{"indicator": "bad.example", "type": "hostname"}]}
_POST: Final = {"id": "1", "text": "hxxp://bad[.]example/a", "created_at": "2026-03-02T09:00:00.000Z"}
_REPORT: Final = {"sample": {"id": "s"}, "analysis": {"score": 10}, "extracted": []}
_META: Final = {"newest_id": "1", "oldest_id": "1", "result_count": 1}
_TWEET: Final = {
    "date": "2026-03-01", "user": "u", "type": "domain", "value": "bad.example", "tags": [], "tweet": "t",
}  # fmt: skip
_ROW: Final = {"value": "bad.example", "seen": "2026-03-01"}
_TABLE: Final = {"columns": Columns(value="value", first_seen="seen")}

_One = tuple[str, dict[str, Any], dict[str, Any], str]
RENAMED: Final[dict[str, _One]] = {
    "urlhaus csv": ("urlhaus", {}, {"/downloads/csv_recent/": HEAD + ROW}, "url"),
    "urlhaus api": ("urlhaus", {"format": "api"}, {"": {**_ABUSE, "urls": [_API_ROW]}}, "url"),
    "urlhaus api, rows": ("urlhaus", {"format": "api"}, {"": {**_ABUSE, "urls": [_API_ROW]}}, "urls"),
    "threatfox csv": ("threatfox", {}, {"": _THREATFOX_HEAD + _THREATFOX_ROW}, "ioc_value"),
    "threatfox json": ("threatfox", {"format": "json"}, {"": {"1": [_EXPORTED]}}, "ioc_value"),
    "misp": (
        "misp",
        {},
        {"/manifest.json": {_UUID: {"timestamp": "10"}}, "": {"Event": {"Attribute": [_ATTRIBUTE]}}},
        "value",
    ),
    "taxii": ("taxii", {"collection": "c"}, {"": {"more": False, "objects": [_INDICATOR]}}, "pattern"),
    "taxii, objects": ("taxii", {"collection": "c"}, {"": {"objects": [_INDICATOR]}}, "objects"),
    "anyrun": (
        "anyrun",
        {"reports": (_UUID,)},
        {"": [{"category": "DNS requests", "type": "domain", "ioc": "bad.example", "reputation": 2}]},
        "ioc",
    ),
    "otx": ("otx", {}, {"": {"results": [_PULSE], "next": None}}, "indicator"),
    "otx, pulses": ("otx", {}, {"": {"results": [_PULSE], "next": None}}, "results"),
    "x": ("x", {"accounts": ("a",)}, {"": {"data": [_POST], "meta": _META}}, "text"),
    "x, posts": ("x", {"accounts": ("a",)}, {"": {"data": [_POST], "meta": _META}}, "data"),
    "triage": (
        "triage",
        {"query": "family:emotet"},
        {"/v0/search": {"data": [{"id": "s", "status": "reported"}]}, "": _REPORT},
        "analysis",
    ),
    "triage, list": (
        "triage",
        {"query": "family:emotet"},
        {"/v0/search": {"data": [{"id": "s", "status": "reported"}]}, "": _REPORT},
        "data",
    ),
    "cape": (
        "cape",
        {},
        {"/apiv2/tasks/list/50/0/": {"data": [{"id": 7, "status": "reported"}]}, "": {"info": {"id": 7}}},
        "info",
    ),
    "tweetfeed api": (
        "tweetfeed",
        {"format": "api"},
        {"": [_TWEET]},
        "value",
    ),
    "table json": ("table", {"format": "json", **_TABLE}, {"": [_ROW]}, "value"),
    "table csv": ("table", _TABLE, {"": b"value,seen\nbad.example,2026-03-01\n"}, "value"),
}  # fmt: skip
"""Source, settings, answers by path (empty: all others), and what is renamed in them."""


def _serve(answers: dict[str, Any], rename: str = "") -> Any:
    """Answers with one name as another one, whole words only."""

    def answer(asked: Asked) -> Reply:
        found = answers.get(asked.path, answers.get(""))
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        for before, after in ((b'"%s"', b'"%s"'), (b",%s,", b",%s,")) if rename else ():
            body = body.replace(before % rename.encode(), after % b"renamed")
        return Reply(body.replace(b"value,seen", b"renamed,seen") if rename else body)

    return answer


@pytest.mark.parametrize("what", RENAMED)
def test_what_is_renamed_is_named(what: str, provider: Provider, store: Store, tmp_path: Path) -> None:
    """What was read before fails, and the drift says from which name to which."""
    name, settings, answers, column = RENAMED[what]
    provider.answer = _serve(answers)
    before = run(name, provider, store, key_file=keyed(tmp_path), **settings)
    assert () == before.drift
    assert "error" not in before.failing
    provider.answer = _serve(answers, column)
    store.state.put(f"feed:{name}", at=AT, reports=[], are_all=False, events={}, cursors={})
    after = run(name, provider, store, key_file=keyed(tmp_path), **settings)
    assert {f"-{column}", "+renamed"} == set(after.drift)
    assert {"format", "error"} & set(after.failing)


def test_a_first_answer_with_another_header_names_it(provider: Provider, store: Store) -> None:
    """Also where most of the columns have other names; a page that is no header is told as such."""
    provider.answer = lambda _: Reply(b"id,dateadded,link\n1,2026-03-02,http://bad.example/\n")
    health = run("urlhaus", provider, store)
    assert ("error", "format") == health.failing
    assert {"-url", "+link"} <= set(health.drift)
    assert "is a header without the columns" in health.error
    provider.answer = lambda _: Reply(b"<html>\nPlease log in\n</html>")
    health = run("urlhaus", provider, store)
    assert "stands where the header should" in health.error
