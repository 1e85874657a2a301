"""What happened on a machine by itself: no product had to decide, so there is nothing to call "allowed".

Sysmon, 4688 or a script block tell that something was done. Their outcome is ``allowed`` for rules and
programs (nothing stopped it), but a person reads that word as a decision: "allowed" beside a mail or a
connection says that a product let it through.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from noroshi.alerts.folds import is_significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from noroshi.alerts.encounters import Line
    from noroshi.cli.story.facts import Facts
    from noroshi.events.model import LogSource

HAPPENED: Final = "happened"
"""Stands in counts for the outcome of what no product had to decide on."""
_ALLOWED: Final = "allowed"
_SERVICES: Final = frozenset(
    {"security", "system", "sysmon", "powershell", "powershell-classic", "taskscheduler", "wmi"}
)
_CATEGORIES: Final = frozenset(
    {"process_creation", "process_termination", "image_load"}
    | {"file_event", "file_delete", "file_change", "file_rename"}
    | {"registry_event", "registry_set", "registry_add", "registry_delete"}
)
_DECIDED: Final = frozenset({"network_connection", "dns_query", "antivirus"})
_CONNECTION: Final = "DestAddress"
"""The Windows Filtering Platform names it (5156): a connection in the Security log."""


def happened(line: Line, facts: Facts) -> bool:
    """Whether every event behind a line is an act on a machine that simply took place."""
    if line.outcome != _ALLOWED:
        return False
    seen = [_by_itself(source, fields) for source, fields in _events(line, facts)]
    return bool(seen) and all(seen)


def outcome_counts(lines: Sequence[Line], facts: Facts) -> tuple[tuple[str, int], ...]:
    """Outcome → alerts at medium or above (of all, where there are none), the most frequent first.

    Of single rules where there are any: a correlation repeats what its members say.
    """
    telling = [line for line in lines if is_significant(line.rule)] or lines
    counts: Counter[str] = Counter()
    for line in [line for line in telling if line.kind != "correlation"] or telling:
        counts[HAPPENED if happened(line, facts) else line.outcome] += line.alerts
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _events(line: Line, facts: Facts) -> Iterator[tuple[LogSource, Iterable[str]]]:
    for sample in line.samples:
        if sample.correlation is None:
            yield sample.logsource, sample.event
        else:
            yield from ((hit.logsource, hit.fields) for hit in facts.behind(sample))


def _by_itself(source: LogSource, fields: Iterable[str]) -> bool:
    categories = frozenset(source.categories)
    if categories & _DECIDED or _CONNECTION in fields:
        return False
    if categories & _CATEGORIES or (source.product, source.service) == ("linux", "sysmon"):
        return True
    return source.product == "windows" and source.service in _SERVICES
