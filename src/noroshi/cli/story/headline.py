"""The headline: who, what, how far, blocked or allowed, and what that means for the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.cli.story.claims import claims
from noroshi.cli.story.moments import began, telling
from noroshi.cli.story.phases import C2, DELIVERY, DOWNLOAD, EXECUTION, ORDER, PERSISTENCE, SPREAD, is_strong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from noroshi.alerts.encounters import Encounter
    from noroshi.cli.story.claims import Claims
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.moments import Moment, Tale
    from noroshi.cli.story.page import Page

    Clock = Callable[[datetime], str]

STOPPED: Final = frozenset({"blocked", "quarantined", "failed"})
_RAN: Final = (EXECUTION, PERSISTENCE)
_INDEPENDENT: Final = 2
"""Rules at high over different events: one may be wrong."""


def headline(encounter: Encounter, story: Tale, facts: Facts, page: Page) -> str:
    """One or two sentences that can be acted on."""
    claimed = claims(encounter, story, facts, page.language)
    advice = page.say(f"advice.{_advice(encounter, story, claimed)}", name=encounter.name)
    return page.say("headline.sentence", what=in_short(encounter, story, facts, page), advice=advice)


def in_short(encounter: Encounter, story: Tale, facts: Facts, page: Page) -> str:
    """Who, what, how far, blocked or allowed: the headline without its advice."""
    say = page.say
    claimed = claims(encounter, story, facts, page.language)
    key = "unnamed" if not claimed.threat else "possible" if claimed.possible else "threat"
    what = say(f"headline.{key}", threat=claimed.threat, who=whom(encounter))

    def clock(at: datetime) -> str:
        return page.clock(at, encounter.first)

    done = "" if key != "threat" else say("headline.join").join(_done(claimed.tale, clock, page))
    if not done:
        done = _most_telling(story if key == "unnamed" else claimed.tale, facts, page, clock)
    return say("headline.short", what=what, done=done)


def _most_telling(story: Tale, facts: Facts, page: Page, clock: Clock) -> str:
    """What fired: a hit, and no more than that."""
    line = min((*story.verdicts, *(one.lead for one in story.moments)), key=telling)
    title = facts.title(line.rule.id, page.language, line.rule.title)
    return page.say("done.fired", title=title, at=clock(began(line)))


def whom(encounter: Encounter) -> str:
    """``pc-014 (t.suzuki)``."""
    users = [name for name in encounter.entities.get("user", ()) if name != encounter.name]
    return (
        f"{encounter.name} ({', '.join(users[:2])})" if users and encounter.kind != "user" else encounter.name
    )


def _done(story: Tale, clock: Clock, page: Page) -> Iterator[str]:
    """What was done, each part with its time."""
    reached = {phase: story.of_phase(phase) for phase in ORDER}
    strong = {phase: [one for one in reached[phase] if is_strong(one.lead.rule)] for phase in ORDER}
    if strong[C2]:
        yield _called(strong[C2], clock, page)
    elif reached[DOWNLOAD]:
        yield _state("download", reached[DOWNLOAD], clock, page)
    elif reached[EXECUTION]:
        yield _state("execution", reached[EXECUTION], clock, page)
    elif reached[DELIVERY]:
        yield _state("delivery", reached[DELIVERY], clock, page)
    elif reached[C2]:
        yield page.say("done.c2_possible", at=clock(reached[C2][0].first))
    for phase in (SPREAD, "exfiltration", "impact"):
        if strong[phase]:
            yield _state(phase, strong[phase], clock, page)


def _state(phase: str, moments: list[Moment], clock: Clock, page: Page) -> str:
    through = [one for one in moments if one.outcome not in STOPPED]
    key = f"done.{phase}" if through else f"done.{phase}_stopped"
    return page.say(key, at=clock((through or moments)[0].first))


def _called(moments: list[Moment], clock: Clock, page: Page) -> str:
    stopped = _first(moments, STOPPED)
    through = _first(moments, frozenset({"allowed"}))
    if stopped and through:
        key = "done.c2_blocked_allowed" if stopped <= through else "done.c2_allowed_blocked"
        return page.say(key, blocked=clock(stopped), allowed=clock(through))
    key = "done.c2_allowed" if through else "done.c2_blocked" if _all_stopped(moments) else "done.c2_unknown"
    return page.say(key, at=clock(moments[0].first))


def _first(moments: list[Moment], outcomes: frozenset[str]) -> datetime | None:
    return min((one.first for one in moments if one.outcome in outcomes), default=None)


def _all_stopped(moments: list[Moment]) -> bool:
    return all(one.outcome in STOPPED for one in moments)


def _ran(moment: Moment) -> bool:
    return moment.phase in _RAN and moment.outcome not in STOPPED


def _succeeded(story: Tale) -> bool:
    """Whether a judgement over the whole went through: a password that fits, after a hundred refused ones."""
    return any(is_strong(line.rule) and line.outcome not in STOPPED for line in story.verdicts)


def _advice(encounter: Encounter, story: Tale, claimed: Claims) -> str:
    """Infected only where a pack's evidence says so: a blocked C2 call does, a blocked download does not."""
    strong = [one for one in story.moments if is_strong(one.lead.rule)]
    own = [one for one in claimed.tale.moments if is_strong(one.lead.rule)]
    calls = [one for one in own if one.phase == C2]
    if calls and _all_stopped(calls):
        key = "infected_blocked"
    elif calls or (claimed.proven and claimed.critical):
        key = "infected"
    elif len({one.lead.rule.id for one in own if _ran(one)}) >= _INDEPENDENT:
        key = "compromised"
    elif strong and all(one.outcome in STOPPED for one in strong) and not _succeeded(story):
        key = "stopped"
    elif strong and all(one.phase == DELIVERY for one in strong):
        key = "delivered"
    else:
        key = "check"
    return key if encounter.kind == "host" else f"{key}_other"
