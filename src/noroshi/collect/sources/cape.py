"""CAPE: configurations and network of specimens analysed on one's own sandbox, from ``report.json``.

``base_url`` is the server, in most cases a private address (``allow_private``); the key goes as
``Authorization: Token``. ``apiv2/tasks/list/LIMIT/OFFSET/`` gives tasks, the newest first;
``apiv2/tasks/get/report/ID/json/`` each report, read once: ``info`` (``started``, ``tlp``),
``target.file``, ``malscore``, ``detections[].family``, ``CAPE.configs[]`` (an object a family, its places
called anything from ``C2`` to ``address``), ``CAPE.payloads[]``, ``dropped[]``, ``network``. What a
configuration says is the attacker's own word; what the machine talked to, wrote or unpacked are candidates,
and so is a specimen with a malscore below 7.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.sandbox import Reports, hashes, places
from noroshi.collect.session import parsed
from noroshi.collect.statements import Statement, children, stated, word
from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.format import clean, parse_instant, parse_tlp, word_set
from noroshi.indicators.indicator import SourceClaim, Status, Threat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.indicators.indicator import Indicator

MAX_PAGES: Final = 10
_PAGE: Final = 50
_MALICIOUS: Final = 7.0
_REPORT: Final = frozenset({"info"})
_MORE: Final = frozenset({
    "target", "CAPE", "dropped", "network", "detections", "malscore", "behavior", "signatures", "statistics",
    "static", "debug", "ttps", "procdump", "suricata", "malstatus", "virustotal", "procmemory",
    "deduplicated_shots",
})  # fmt: skip
_MAX_TEXTS: Final = 5_000
_PLACES: Final = re.compile(r"c2|cnc|c&c|url|address|domain|host|server|gate|control", re.IGNORECASE)
_NO_FAMILY: Final = frozenset({"_associated_config_hashes", "_associated_analysis_hashes"})


class Cape:
    """Needs `base_url`."""

    name: Final = "cape"
    addresses: Final = {"api": ""}
    usual: Final = timedelta(days=14)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The indicators of every report that is new."""
        headers = session.key_as("Authorization", "Token ")
        reports = Reports(session)

        def fetch(one: str) -> Any:
            return _answer(session, f"apiv2/tasks/get/report/{one}/json/", headers)

        rows = reports.fetched(_listed(session, headers, reports), fetch, _REPORT, _MORE)
        return stated(session, rows, lambda report: _statements(session, report))


def _answer(session: Session, path: str, headers: dict[str, str]) -> Any:
    answer = session.get(path, headers=headers)
    found = parsed(answer)
    if isinstance(found, dict) and found.get("error"):
        what = str(found.get("error_value") or found["error"])[:120]
        raise LocatedError(
            answer.url, "", Sentence("answers `{what}`", what=what), "check the key and the API's settings"
        )
    return found


def _listed(session: Session, headers: dict[str, str], reports: Reports) -> Iterator[str]:
    """Ids of reported tasks, the newest first, until a page holds nothing new."""
    for number in range(MAX_PAGES):
        page = _answer(session, f"apiv2/tasks/list/{_PAGE}/{number * _PAGE}/", headers)
        session.watch(page, frozenset({"data"}), frozenset({"error", "config"}))
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            raise LocatedError(session.base_url, "", "sends no list of tasks", "check base_url")
        ids = reports.listed(children(page["data"]))
        yield from ids
        if len(page["data"]) < _PAGE or reports.end_here(ids):
            return


def _statements(session: Session, report: dict[str, Any]) -> Iterator[Statement]:
    info = report.get("info")
    if not isinstance(info, dict):
        raise TypeError(Sentence("is no report of an analysis"))
    families = _families(report)
    at = parse_instant(word(info, "started"))
    number = word(info, "id")
    said = SourceClaim(
        "",
        f"{session.base_url}/analysis/{number}/",
        families=families,
        first_seen=at,
        last_seen=at,
        tlp=parse_tlp(word(info, "tlp")),
        external_id=number,
    )
    payload = replace(said, threats=(Threat.PAYLOAD,))
    score, target = report.get("malscore"), report.get("target")
    bad = isinstance(score, int | float) and score >= _MALICIOUS
    if isinstance(target, dict) and isinstance(target.get("file"), dict):
        yield Statement(payload, hashes(target["file"]), Status.ACTIVE if bad else Status.CANDIDATE)
    yield from _of_configurations(session, said, report)
    for one in (*_unpacked(report), *children(report.get("dropped"))):
        yield Statement(payload, hashes(one), Status.CANDIDATE)
    yield Statement(said, places(session, _network(report)), Status.CANDIDATE)


def _cape(report: dict[str, Any], name: str) -> list[dict[str, Any]]:
    cape = report.get("CAPE")
    return children(cape.get(name)) if isinstance(cape, dict) else []


def _unpacked(report: dict[str, Any]) -> list[dict[str, Any]]:
    return _cape(report, "payloads")


def _families(report: dict[str, Any]) -> tuple[str, ...]:
    named = [word(one, "family") for one in children(report.get("detections"))]
    detected = report.get("detections")
    return word_set([*named, *([detected] if isinstance(detected, str) else [])])


def _of_configurations(session: Session, said: SourceClaim, report: dict[str, Any]) -> Iterator[Statement]:
    for configuration in _cape(report, "configs"):
        for family, values in configuration.items():
            if family not in _NO_FAMILY and isinstance(values, dict):
                claim = replace(said, threats=(Threat.C2,), families=word_set([clean(family)]))
                yield Statement(claim, places(session, _called(values)))


def _called(values: dict[str, Any]) -> list[str]:
    """The texts under keys that name places, at any depth."""
    found: list[str] = []
    waiting: list[tuple[bool, Any]] = [(bool(_PLACES.search(str(name))), one) for name, one in values.items()]
    while waiting and len(found) < _MAX_TEXTS:
        named, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(named or bool(_PLACES.search(str(name))), one) for name, one in value.items()]
        elif isinstance(value, list):
            waiting += [(named, one) for one in value]
        elif named and isinstance(value, str):
            found.append(value)
    return found


def _network(report: dict[str, Any]) -> Iterator[str]:
    network = report.get("network")
    if not isinstance(network, dict):
        return
    yield from (word(one, "ip") for one in children(network.get("hosts")))
    yield from (word(one, "domain") for one in children(network.get("domains")))
    yield from (word(one, "uri") for one in children(network.get("http")))
