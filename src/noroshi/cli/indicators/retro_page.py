"""The retro check for people: each alert with what it is, why, where, and what to check first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.alerts.model import level_rank
from noroshi.cli.indicators.common import shown
from noroshi.cli.story.facts import guide_in
from noroshi.cli.story.page import LEVEL_STYLES, OUTCOME_STYLES

if TYPE_CHECKING:
    from noroshi.alerts.model import Alert
    from noroshi.cli.story.page import Page
    from noroshi.service.remembering.retro import RetroCheck

_ALERTS: Final = 50
_STEPS: Final = 2
_HELD: Final = 5


def print_retro(page: Page, check: RetroCheck, alerts: list[Alert]) -> None:
    """All of it, the gravest first."""
    say = page.say
    ordered = sorted(alerts, key=lambda alert: (-level_rank(alert.rule.level), alert.time, alert.alert_id))
    if ordered:
        page.rule(say("retro.title", count=len(ordered)), page.zone_name(ordered[0].time), "bold")
    for number, alert in enumerate(ordered[:_ALERTS]):
        if number:
            page.blank()
        _print_alert(page, alert)
    if len(ordered) > _ALERTS:
        page.line(say("list.more", count=len(ordered) - _ALERTS))
    if ordered:
        page.blank()
    _print_summary(page, check, len(ordered))


def _print_alert(page: Page, alert: Alert) -> None:
    say, part = page.say, alert.indicator
    assert part is not None, "the retro check gives alerts of indicators only"
    who = alert.key.partition(":")[2] or say("loose.nobody")
    named = [name for name in (alert.entities.user, alert.entities.address) if name and name != who]
    times = say("retro.times", count=alert.count) if alert.count > 1 else ""
    page.line(
        (f"{say.term('level', alert.rule.level)}  ", LEVEL_STYLES.get(alert.rule.level, "")),
        (who, "bold"),
        f" ({', '.join(named)})" if named else "",
        f"  {page.day(alert.first)} {page.span(alert.first, alert.last)}{times}  ",
        (say.term("outcome", alert.outcome), OUTCOME_STYLES.get(alert.outcome, "")),
        hang=2,
    )
    page.line((shown(part.indicator.type, part.indicator.value), "bold"), indent=2, hang=4)
    page.line(alert.meaning, indent=2, hang=2)
    value = shown(part.indicator.type, alert.matched[0].value) if alert.matched else ""
    page.line(
        (say("retro.where", field=alert.matched[0].field, value=value), "dim"),
        (f"  {alert.source.path}:{alert.source.record}", "dim"),
        indent=2,
        hang=4,
    )
    for join in alert.joins:
        page.line(("- " + join.sentence(page.say.language, page.zone), "dim"), indent=2, hang=4)
    why = [part.exclusion_text, *part.reasons]
    page.line((say("list.semicolon").join(why), "dim"), indent=2, hang=4)
    _print_checks(page, alert)


def _print_checks(page: Page, alert: Alert) -> None:
    guide = guide_in(alert.rule.folder, page.say.language)
    if guide is None:
        return
    page.line(page.say("retro.check"), indent=2)
    for number, step in enumerate(guide.steps[:_STEPS], 1):
        page.line(f"{number}. {step.question} ", (step.raises, "dim"), indent=4, hang=7)


def _print_summary(page: Page, check: RetroCheck, alerts: int) -> None:
    say = page.say
    if not check.kept or not check.indicators:
        page.line(say("retro.nothing_new" if check.kept else "retro.nothing_kept"), hang=2)
        return
    page.line(
        say(
            "retro.summary",
            alerts=alerts,
            indicators=check.indicators,
            observables=check.observables,
            parts=check.parts,
        )
    )
    if check.known:
        page.line(say("retro.known", count=check.known), indent=2, hang=2)
    for (why, name), count in check.sighted.suppressed.most_common(_HELD):
        reason = say(f"summary.held_{why}", name=name)
        page.line(say("summary.held_back", why=reason, count=count), indent=2, hang=2)
    if check.left_out:
        page.line(say("retro.left_out", count=check.left_out), indent=2, hang=2)
