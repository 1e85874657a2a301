"""`alert.md`: the NDJSON line, from real alerts made here, every key explained."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import orjson
from msgspec.structs import replace

from docs.generate.alert_keys import CORRELATION, KEYS
from docs.generate.markdown import GENERATED, REPOSITORY, code, link, table, text_of
from noroshi.alerts.build import AlertBuilder
from noroshi.alerts.model import CorrelationPart
from noroshi.alerts.ndjson import to_dict
from noroshi.engine.correlate import Contributor
from noroshi.engine.matcher import Matcher
from noroshi.events.model import Entities, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named
from noroshi.identity.model import Evidence, Join, Joined, Link, Named
from noroshi.indicators.lists import ListSnapshot
from noroshi.indicators.model import Entry
from noroshi.indicators.sets import build_set
from noroshi.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.alerts.model import Alert

LINE: Final = (
    b'10.20.4.114 - - [22/Jul/2020:13:12:13 +0900] "GET http://www.shop.example/wp-includes/9fTzqE/ HTTP/1.1"'
    b' 200 373046 "-" "-" TCP_MISS:HIER_DIRECT\n'
)
_RULE: Final = REPOSITORY / "rules" / "emotet" / "download-url"
_LIST: Final = "emotet_download_urls"


def page() -> str:
    """The page."""
    alert = example()
    return text_of(
        [
            GENERATED,
            "# The JSON of an alert",
            (
                "`noroshi scan --format ndjson` prints one alert a line, in UTF-8: the alerts of rules in the order of"
                " time, then those of correlations. Keys are only ever added. A later line with the same `alert_id` and a"
                " higher `revision` replaces the earlier one."
            ),
            (
                f"Made by {link('src/noroshi/alerts/ndjson.py')}. How ids come about:"
                " [alert ids](../explanation/alert-ids.md)."
            ),
            "## An example",
            "The line of Squid",
            f"```text\n{LINE.decode().strip()}\n```",
            f"with one URL in the list `{_LIST}` gives, printed here over several lines:",
            f"```json\n{orjson.dumps(to_dict(alert), option=orjson.OPT_INDENT_2).decode()}\n```",
            "## Keys",
            _explained(to_dict(alert), KEYS, skip="event"),
            "## `event` of a correlation",
            "The alert of a correlation has no event of its own; there `event` tells what it rests on.",
            _explained(to_dict(replace(alert, correlation=_part()))["event"], CORRELATION),
            "## `--format json`",
            (
                "One document: `alerts` (as above), `encounters` (what the table tells as stories), `summary` (inputs,"
                " events by log source, rules that fired, errors, skipped inputs, seconds)."
            ),
        ]
    )


def example() -> Alert:
    """The alert of one line of Squid, made by the real reader, engine and rule."""
    reader = format_named("squid-combined")
    if reader is None:
        raise LookupError("squid-combined")
    (event,) = reader.decode(io.BytesIO(LINE), Source("proxy/access.log", "example"), Problems())
    values = build_set(_LIST, "url", [Entry("http://www.shop.example/wp-includes/9fTzqE/", family="Emotet")])
    lists = ListSnapshot([values, build_set("proxies", "ip", [])])
    ruleset = load_rules([_RULE], lists=frozenset(lists.names)).ruleset
    (hit,) = Matcher(ruleset, lists).match(event)
    known, found = Named("address", "10.20.4.114"), Named("host", "pc-014")
    lease = Evidence("5f0c7fd6e1b5d4e5a2f4d0a97b1f3a10", "dhcp/dhcpd.log", "22418", "dhcp_lease")
    join = Join(known, found, Link(known, found, hit.time, None, lease))
    return AlertBuilder(ruleset).from_hit(hit, Joined(Entities("pc-014", None, "10.20.4.114"), (join,)))


def _part() -> CorrelationPart:
    """What a correlation of two rules holds."""
    alert = example()
    one = Contributor(alert.time, alert.event_id, alert.rule.id, "allowed", "proxy/access.log", 0)
    return CorrelationPart(
        "temporal",
        (("entity.host", "pc-014"),),
        2,
        ((alert.rule.id, alert.rule.title, 1),),
        (one,),
        partial=False,
    )


def _explained(value: dict[str, Any], keys: dict[str, tuple[str, str]], skip: str = "") -> str:
    found = list(dict.fromkeys(paths(value, skip)))
    if set(found) != set(keys):
        raise KeyError(f"explain in docs/generate/alert_keys.py: {sorted(set(found) ^ set(keys))}")
    return table(("key", "meaning", "意味"), ((code(name), *keys[name]) for name in found))


def paths(value: Any, skip: str = "", before: str = "") -> Iterator[str]:
    """Every key of a JSON value as a path; lists as ``[]``; nothing below `skip`."""
    for name, inner in value.items():
        path = f"{before}{name}"
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield f"{path}[]"
            yield from paths(inner[0], skip, f"{path}[].")
        else:
            yield path
            if isinstance(inner, dict) and path != skip and path not in _OPEN:
                yield from paths(inner, skip, f"{path}.")


_OPEN: Final = frozenset({"group", "joins[].known", "joins[].found"})
"""Objects whose keys are names of the event or of entities."""
