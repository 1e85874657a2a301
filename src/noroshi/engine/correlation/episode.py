"""One alert while it lives: from the edge where the condition came true to the evaluation that is false."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from noroshi.engine.correlation.contribution import Contribution, instant
from noroshi.engine.correlation.finding import CorrelationAlert, Signal, alert_id
from noroshi.events.model import Entities, Outcome

if TYPE_CHECKING:
    from noroshi.engine.correlation.contribution import Key
    from noroshi.engine.correlation.plan import Plan
    from noroshi.engine.correlation.window import Window

Merged = list[str | None]
_CONFLICT: Final = ""
_TELLING: Final = tuple(
    str(outcome)
    for outcome in (
        Outcome.ALLOWED,
        Outcome.DETECTED,
        Outcome.UNKNOWN,
        Outcome.FAILED,
        Outcome.QUARANTINED,
        Outcome.BLOCKED,
    )
)
"""What went through is told before what was stopped."""


class Episode(msgspec.Struct, array_like=True):
    """The live state of one alert; see `CorrelationAlert` for the meaning of its parts."""

    start: int
    fired: int
    count: int
    first: int
    last: int
    revision: int
    measure: float
    partial: bool
    group: tuple[str, ...]
    rules: dict[str, int]
    outcomes: dict[str, int]
    contributors: list[Contribution]
    entities: Merged
    signals: list[tuple[int, bool, str, Merged, dict[str, str]]] = []
    fresh: bool = True
    touched: bool = True


def merge_entities(merged: Merged, hit: Contribution) -> None:
    """Keep what all agree on; a kind with two different values is marked and stays empty."""
    for at, value in enumerate(hit.entities):
        if value is not None and merged[at] != value:
            merged[at] = value if merged[at] is None else _CONFLICT


def evidence(window: Window) -> list[Contribution]:
    """The latest hits of the window, and at least one of every rule, in order."""
    limit = window.plan.limits.evidence
    entries = window.entries
    chosen = {(hit.event_id, hit.rule): hit for hit in window.latest.values()}
    for _, hit in zip(range(limit), reversed(entries), strict=False):
        chosen.setdefault((hit.event_id, hit.rule), hit)
    return sorted(chosen.values(), key=lambda hit: hit.order)


def fire(window: Window, start: int, fired: int, measure: float) -> Episode:
    """The condition came true with what the window holds."""
    newest, contributors = window.entries[-1], evidence(window)
    merged: Merged = [None, None, None, None]
    for hit in contributors:
        merge_entities(merged, hit)
    return Episode(
        start=start,
        fired=fired,
        count=len(window.entries),
        first=window.entries[0].time,
        last=newest.time,
        revision=1,
        measure=measure,
        partial=window.is_partial(start),
        group=newest.group,
        rules=dict(window.rules),
        outcomes=dict(window.outcomes),
        contributors=contributors,
        entities=merged,
    )


def signal(episode: Episode, hit: Contribution, time: int) -> None:
    """Note for the chain that the condition came true, or was still true, with this hit."""
    entities = [own or agreed for own, agreed in zip(hit.entities, episode.entities, strict=True)]
    outcome = _ranked(episode.outcomes)[0][0]
    episode.signals.append((time, episode.revision == 1, outcome, entities, hit.carried))


def extend(episode: Episode, hits: list[Contribution], measure: float, limit: int, *, partial: bool) -> None:
    """The condition was evaluated again and is still true, with these new hits."""
    for hit in hits:
        episode.rules[hit.rule] = episode.rules.get(hit.rule, 0) + 1
        episode.outcomes[hit.outcome] = episode.outcomes.get(hit.outcome, 0) + 1
        merge_entities(episode.entities, hit)
        if len(episode.contributors) < limit and not _is_known(episode, hit):
            episode.contributors.append(hit)
    episode.count += len(hits)
    episode.last = hits[-1].time
    episode.measure = measure
    episode.partial = episode.partial or partial
    episode.revision += 1
    episode.touched = True


def _is_known(episode: Episode, hit: Contribution) -> bool:
    """Whether it is named already: an alert in a chain takes part again while it stays true."""
    return any(hit.event_id == known.event_id and hit.rule == known.rule for known in episode.contributors)


def _ranked(outcomes: dict[str, int]) -> tuple[tuple[str, int], ...]:
    known = {name: at for at, name in enumerate(_TELLING)}
    return tuple(sorted(outcomes.items(), key=lambda item: (known.get(item[0], len(known)), item[0])))


def _entities(merged: Merged) -> Entities:
    return Entities(*(value or None for value in merged))


def _signal(noted: tuple[int, bool, str, Merged, dict[str, str]]) -> Signal:
    time, fired, outcome, entities, carried = noted
    return Signal(instant(time), fired, outcome, _entities(entities), tuple(sorted(carried.items())))


def to_alert(plan: Plan, key: Key, episode: Episode) -> CorrelationAlert:
    """What the episode says now; it counts as told from here on."""
    rule = plan.correlation
    alert = CorrelationAlert(
        alert_id=alert_id(key[0], rule.id, rule.hash, key[1:], str(episode.start)),
        revision=episode.revision,
        rule_id=rule.id,
        rule_hash=rule.hash,
        tenant=key[0],
        time=instant(episode.fired),
        group=tuple(zip(rule.group_by, episode.group, strict=True)),
        count=episode.count,
        first=instant(episode.first),
        last=instant(episode.last),
        measure=episode.measure,
        entities=_entities(episode.entities),
        outcomes=_ranked(episode.outcomes),
        rules=tuple((name, episode.rules[name]) for name in plan.positions if name in episode.rules),
        evidence=tuple(episode.contributors),
        partial=episode.partial,
        fresh=episode.fresh,
        signals=tuple(map(_signal, episode.signals)),
    )
    episode.fresh = episode.touched = False
    episode.signals = []
    return alert
