"""The report's charts in numbers: an encounter's timeline, events over time, the ATT&CK heat map."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import log1p, sqrt
from typing import TYPE_CHECKING, Final

from noroshi.alerts.attack import TACTICS
from noroshi.alerts.model import level_rank
from noroshi.cli.story.phases import ORDER, OTHER
from noroshi.cli.story.plain import visible
from noroshi.report.model import CHART_WIDTH, Bar, Cell, Lane, Mark, Strip, Tactic, Tick
from noroshi.service.reading import QUARTER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from noroshi.alerts.encounters import Encounter
    from noroshi.cli.story.moments import Moment, Tale
    from noroshi.cli.story.page import Page
    from noroshi.report.navigator import Heat
    from noroshi.rules.attack import Attack
    from noroshi.service.reading import Quarters

_TICKS: Final = 6
_UNIT_SECONDS: Final = 20
_EDGE: Final = 2
_TICK_ROOM: Final = 8.5
_PHONE_ROOM: Final = 27
"""What a time takes on a phone: some 60 of 330 pixels, and a gap."""
_STEPS: Final = (60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_STRIPS: Final = 24
_BARS: Final = 160
_CELLS: Final = 12


class Scale:
    """Times of an encounter on its axis: gaps grow with the logarithm, so seconds and hours both show."""

    def __init__(self, encounter: Encounter, story: Tale) -> None:
        moments = [moment for moment in story.moments if not moment.minor]
        ends = {at for moment in moments for at in (moment.first, moment.last)}
        self._times = sorted(ends or {encounter.first, encounter.last})
        total, places = 0.0, [0.0]
        for before, after in pairwise(self._times):
            total += log1p((after - before).total_seconds() / _UNIT_SECONDS)
            places.append(total)
        wide = CHART_WIDTH - 2 * _EDGE
        self._places = {
            at: round(_EDGE + wide * (place / total if total else 0.5), 2)
            for at, place in zip(self._times, places, strict=True)
        }

    def place(self, at: datetime) -> float:
        """Where a moment's first or last time stands."""
        return self._places[at]

    def ticks(self, page: Page) -> tuple[Tick, ...]:
        """Times of moments, as many as have room."""
        found: list[tuple[float, str]] = []
        for at in self._times:
            if not found or self._places[at] - found[-1][0] >= _TICK_ROOM:
                found.append((self._places[at], page.clock(at, self._times[0])))
        return _with_room(found)


def _with_room(places: Sequence[tuple[float, str]]) -> tuple[Tick, ...]:
    """Ticks at these places; the spare ones are those that a phone has no room for."""
    found: list[Tick] = []
    taken = -float(_PHONE_ROOM)
    last = places[-1][0] if places else 0.0
    for x, text in places:
        room = x - taken >= _PHONE_ROOM and (x == last or last - x >= _PHONE_ROOM)
        taken = x if room else taken
        edge = CHART_WIDTH - x
        anchor = "start" if x < _TICK_ROOM else "end" if edge < _TICK_ROOM else "middle"
        found.append(Tick(x, text, not room, anchor))
    return tuple(found)


def lanes(story: Tale, scale: Scale, page: Page) -> tuple[Lane, ...]:
    """A row for each phase with a mark for each moment at medium or above."""
    found: dict[str, list[Mark]] = defaultdict(list)
    for moment in story.moments:
        if not moment.minor:
            found[moment.phase].append(_mark(moment, scale, page))
    order = (*ORDER, OTHER)
    return tuple(Lane(page.say(f"phase.{phase}"), tuple(found[phase])) for phase in order if phase in found)


def _mark(moment: Moment, scale: Scale, page: Page) -> Mark:
    rule = moment.lead.rule
    word = f"{page.say.term('level', rule.level)}, {page.say.term('outcome', moment.told)}"
    return Mark(
        x=scale.place(moment.first),
        end=scale.place(moment.last),
        tone=moment.outcome,
        level=rule.level,
        text=visible(f"{page.clock(moment.first)} {word}: {moment.lead.meaning}"),
    )


def _ticks(begin: datetime, length: float, page: Page) -> tuple[Tick, ...]:
    step = next((one for one in _STEPS if length / one <= _TICKS), None)
    if step is None:
        step = 86_400 * max(1, round(length / 86_400 / _TICKS))
    local = begin.astimezone(page.zone)
    offset = (local.utcoffset() or timedelta()).total_seconds()
    at = (int(begin.timestamp() + offset) // step + 1) * step - offset
    found = []
    while at < begin.timestamp() + length:
        moment = datetime.fromtimestamp(at, UTC).astimezone(page.zone)
        text = f"{moment:%m-%d}" if step >= 86_400 else f"{moment:%H:%M}"
        found.append((round((at - begin.timestamp()) / length * CHART_WIDTH, 2), text))
        at += step
    return _with_room(found)


def strips(
    quarters: Quarters, alerts: Counter[int], page: Page
) -> tuple[tuple[Strip, ...], tuple[Tick, ...]]:
    """Alerts and events over time, a row for each log source, and the times below.

    Args:
        quarters: Events by format, log source and quarter of an hour.
        alerts: Alerts by quarter of an hour.
        page: For words and the zone.
    """
    rows: dict[str, Counter[int]] = defaultdict(Counter)
    for (name, source, quarter), count in quarters.items():
        own = "/".join(part for part in (source.product, source.service) if part)
        rows[f"{own or '–'} ({name})"][quarter] += count
    everything = sorted(quarter for counts in rows.values() for quarter in counts)
    if not everything:
        return (), ()
    begin, end = _bulk(rows, everything)
    width = max(1, -(-(end - begin + 1) // _BARS))
    ranked = sorted(rows.items(), key=lambda item: -item[1].total())
    found = [_strip(page.say("report.alerts_strip"), alerts, begin, end, width, "alerts")] if alerts else []
    shown = ranked if len(ranked) <= _STRIPS else ranked[: _STRIPS - 1]
    found += [_strip(name, counts, begin, end, width, "events") for name, counts in shown]
    if rest := ranked[len(shown) :]:
        together = sum((counts for _, counts in rest), Counter[int]())
        found.append(
            _strip(page.say("report.more_sources", count=len(rest)), together, begin, end, width, "events")
        )
    start = datetime.fromtimestamp(begin * QUARTER_SECONDS, UTC)
    return tuple(found), _ticks(start, float((end - begin + 1) * QUARTER_SECONDS), page)


def _bulk(rows: Mapping[str, Counter[int]], quarters: list[int]) -> tuple[int, int]:
    """First and last quarter, a thousandth of stray times at either end left out."""
    total: Counter[int] = Counter()
    for counts in rows.values():
        total.update(counts)
    stray, seen, begin = total.total() // 1000, 0, quarters[0]
    for quarter in sorted(total):
        seen += total[quarter]
        if seen > stray:
            begin = quarter
            break
    seen = 0
    for quarter in sorted(total, reverse=True):
        seen += total[quarter]
        if seen > stray:
            return begin, quarter
    return begin, quarters[-1]


def _strip(name: str, counts: Counter[int], begin: int, end: int, width: int, tone: str) -> Strip:
    bins: Counter[int] = Counter()
    for quarter, count in counts.items():
        if begin <= quarter <= end:
            bins[(quarter - begin) // width] += count
    most = max(bins.values(), default=1)
    unit = CHART_WIDTH * width / (end - begin + 1)
    bars = tuple(
        Bar(round(at * unit, 2), round(max(unit * 0.86, 0.1), 2), max(sqrt(count / most), 0.08))
        for at, count in sorted(bins.items())
    )
    return Strip(name, f"{counts.total():,}", bars, tone)


def heat_map(heat: Heat, attack: Attack, page: Page) -> tuple[Tactic, ...]:
    """A column for each tactic in ATT&CK's order; a technique stands where ATT&CK and its rules agree."""
    columns: dict[str, list[Cell]] = defaultdict(list)
    ranked = sorted(heat.techniques.items(), key=lambda item: (-level_rank(item[1].level), -item[1].alerts))
    for key, one in ranked:
        cell = Cell(key, attack.techniques.get(key, ""), f"{one.alerts:,}", one.level)
        known = attack.tactics_of.get(key, ())
        for tactic in [name for name in one.tactics if name in known] or known or one.tactics:
            columns[tactic].append(cell)
    empty = {"stealth", "defense-impairment", "resource-development", "reconnaissance"}
    return tuple(
        Tactic(page.say.term("report.tactic", name), tuple(columns[name][:_CELLS]))
        for name in TACTICS
        if name in columns or name not in empty
    )
