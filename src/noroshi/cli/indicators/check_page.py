"""“Are we safe?” for people: what was extracted, the answers, and the log sources as the proof."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from noroshi.cli.indicators.common import shown
from noroshi.cli.story.page import OUTCOME_STYLES
from noroshi.indicators.exclusions import Verdict
from noroshi.indicators.snapshot import SEARCHED
from noroshi.service.remembering.checking import Answer, Doubt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from noroshi.cli.story.page import Page
    from noroshi.service.remembering.checking import Checked, InSource
    from noroshi.service.remembering.coverage import Coverage, Gap
    from noroshi.service.remembering.searching import Found

_STYLES: Final = {Answer.SEEN: "bold red", Answer.CANNOT_TELL: "yellow", Answer.NO_TRACE: "green"}
_ORDER: Final = (Answer.SEEN, Answer.CANNOT_TELL, Answer.NO_TRACE)
_SEEN: Final = 5
_GAPS: Final = 4
_PATHS: Final = 2


def print_checked(
    page: Page, answers: Sequence[Checked], coverage: Sequence[Coverage], left_out: int = 0
) -> None:
    """All of it: the preview, the gravest answers first, the log sources."""
    if not answers:
        page.line(page.say("check_iocs.nothing"))
        return
    _preview(page, answers, left_out)
    _answers(page, answers)
    print_sources(page, coverage)


def _preview(page: Page, answers: Sequence[Checked], left_out: int) -> None:
    say = page.say
    page.rule(say("check_iocs.preview", count=len(answers)), "", "bold")
    wide = max(len(one.asked.type) for one in answers)
    for one in answers:
        judged = one.asked.judgement
        verdict = ""
        if judged.verdict is not Verdict.NONE:
            reason = judged.reason_ja if say.language == "ja" else judged.reason
            word = say.term("excluded.verdicts", judged.verdict)
            verdict = say("check_iocs.excluded", verdict=word, list=judged.list, reason=reason)
        page.line(
            (f"{one.asked.type:<{wide}}  ", "dim"),
            shown(one.asked.type, one.asked.value),
            (f"  {verdict}", "yellow"),
            indent=2,
            hang=4 + wide,
        )
    if left_out:
        page.line(say("check_iocs.left_out", count=left_out), indent=2)
    page.blank()


def _answers(page: Page, answers: Sequence[Checked]) -> None:
    say = page.say
    counts = Counter(one.answer for one in answers)
    told = say("list.semicolon").join(
        say("check_iocs.count", count=counts[answer], answer=say(f"check_iocs.answer.{answer.value}"))
        for answer in _ORDER
        if counts[answer]
    )
    page.rule(say("check_iocs.answers"), told, "bold")
    for answer in _ORDER:
        for one in answers:
            if one.answer is answer:
                _answer(page, one)
    page.blank()


def _answer(page: Page, one: Checked) -> None:
    say = page.say
    page.line(
        (f"{say(f'check_iocs.answer.{one.answer.value}')}  ", _STYLES[one.answer]),
        (shown(one.asked.type, one.asked.value), "bold"),
        f"  {say(f'check_iocs.doubt.{one.doubt.value}')}" if one.doubt else "",
        hang=4,
    )
    for source in one.sources:
        if source.found and source.answer is one.answer:
            _in_source(page, source)
    if one.asked.type not in SEARCHED:
        return
    for key, wanted in (
        ("no_trace", [s for s in one.sources if s.answer is Answer.NO_TRACE]),
        ("gaps", [s for s in one.sources if s.doubt is Doubt.GAP]),
        ("hosts", [s for s in one.sources if s.doubt is Doubt.HOST_ONLY and one.answer is Answer.SEEN]),
    ):
        if wanted:
            named = ", ".join(source.coverage.source for source in wanted)
            page.line((say(f"check_iocs.{key}", sources=named), "dim"), indent=4, hang=6)
    blind = sum(source.doubt is Doubt.NOT_VISIBLE for source in one.sources)
    if blind:
        page.line((say("check_iocs.blind", count=blind), "dim"), indent=4, hang=6)


def _in_source(page: Page, source: InSource) -> None:
    say = page.say
    for found in source.found[:_SEEN]:
        who = found.who.key.partition(":")[2] or say("loose.nobody")
        times = say("retro.times", count=found.count) if found.count > 1 else ""
        span = _span(page, found.first_time, found.last_time)
        page.line(
            f"{source.coverage.source}  ",
            (who, "bold"),
            f"  {span}{times}  ",
            (say.term("outcome", found.context.outcome), OUTCOME_STYLES.get(found.context.outcome, "")),
            (f"  {_evidence(page, found)}", "dim"),
            indent=4,
            hang=6,
        )
    if len(source.found) > _SEEN:
        page.line(say("list.more", count=len(source.found) - _SEEN), indent=6)


def _evidence(page: Page, found: Found) -> str:
    value = shown("url" if "://" in found.value else "domain", found.value)
    place = f"{found.part.path}:{found.position}"
    host = page.say("check_iocs.host_only") if found.precision == "host" else ""
    return f"{found.field}={value}{host}  {place}"


def _span(page: Page, first: datetime, last: datetime) -> str:
    """Two moments; the day stands before the second where it is another one."""
    begin, end = (
        f"{first.astimezone(page.zone):%Y-%m-%d %H:%M}",
        f"{last.astimezone(page.zone):%Y-%m-%d %H:%M}",
    )
    if begin == end:
        return begin
    return f"{begin}–{end[11:]}" if begin[:10] == end[:10] else f"{begin}–{end}"


def print_sources(page: Page, coverage: Sequence[Coverage]) -> None:
    """Each log source with its period, what it shows, and its gaps."""
    say = page.say
    if not coverage:
        page.line(say("retro.nothing_kept"))
        return
    page.rule(say("check_iocs.proof"), page.zone_name(coverage[0].first), "bold")
    wide = max(len(one.source) for one in coverage)
    for one in coverage:
        page.line(
            (f"{one.source:<{wide}}  ", "bold"),
            f"{_span(page, one.first, one.last)}  ",
            say("check_iocs.events", count=one.events),
            (f"  {', '.join(sorted(one.shows))}", "dim"),
            indent=2,
            hang=4 + wide,
        )
        for text in gaps_told(page, one.gaps):
            page.line((text, "yellow"), indent=4 + wide, hang=6 + wide)
        if one.quiet:
            text = say("check_iocs.quiet", count=len(one.quiet), span=_span(page, *_ends(one.quiet[-1])))
            page.line((text, "dim"), indent=4 + wide, hang=6 + wide)


def _ends(gap: Gap) -> tuple[datetime, datetime]:
    return gap.start, gap.end


def gaps_told(page: Page, gaps: Sequence[Gap]) -> Iterable[str]:
    """The first few gaps in words, and how many there are beyond."""
    for gap in gaps[:_GAPS]:
        span = _span(page, gap.start, gap.end)
        yield page.say(f"check_iocs.gap.{gap.why.value}", span=span)
    if len(gaps) > _GAPS:
        yield page.say("list.more", count=len(gaps) - _GAPS)
