"""``noroshi indicators check``: are we safe? A pasted text, URL list or report against what logs showed."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from noroshi.alerts.ndjson import dumps, iso
from noroshi.cli import options
from noroshi.cli.indicators.check_page import print_checked
from noroshi.cli.indicators.common import (
    FINDINGS,
    USAGE,
    ExclusionsOption,
    StoreOption,
    TenantOption,
    ZoneOption,
    complain,
    now,
    opened,
)
from noroshi.cli.indicators.extract import documents_of
from noroshi.cli.story.page import page_for
from noroshi.engine.indicators import IndicatorMatcher
from noroshi.folding import fold
from noroshi.indicators.exclusions import ExclusionSnapshot, load_exclusions
from noroshi.indicators.extraction import Choices
from noroshi.indicators.kinds import LEVELS, normal_form
from noroshi.indicators.snapshot import SEARCHED, IndicatorSnapshot, Record, build_snapshot
from noroshi.service.remembering.checking import Answer, Asked, Checked, InSource, checked
from noroshi.service.remembering.coverage import Coverage, Gap, coverage_of
from noroshi.service.remembering.searching import search

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from noroshi.indicators.extraction.documents import Document
    from noroshi.service.reading import Period
    from noroshi.service.remembering.searching import Found
    from noroshi.store.store import Store

_STDIN: Final = Path("-")
MAX_ASKED: Final = 20_000
"""Different indicators of one check; further ones are told, not checked."""
_NO_CLAIMS: Final = msgspec.Raw(b"[]")


class Format(StrEnum):
    """What is printed."""

    TABLE = "table"
    JSON = "json"


class FailOn(StrEnum):
    """Which answer ends with status 1."""

    SEEN = "seen"
    CANNOT_TELL = "cannot-tell"
    NEVER = "never"


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE|-",
            help="Text, list of URLs, Markdown, HTML, mail or PDF; - (default) is standard input.",
        ),
    ] = None,
    *,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="What happened from this time on; default: all that is kept.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="What happened before this time.")] = "",
    own_site: Annotated[
        list[str] | None,
        typer.Option(metavar="DOMAIN", help="The report's own site: ordinary links to it are no indicators."),
    ] = None,
    all_links: Annotated[
        bool, typer.Option("--all-links", help="Links to reference sites (VirusTotal …) too.")
    ] = False,
    exclusions: ExclusionsOption = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="Exit with 1 where the answer is this, or worse.")
    ] = FailOn.SEEN,
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,  # noqa: A002
    zone: ZoneOption = "",
    tenant: TenantOption = "default",
    store: StoreOption = "",
    lang: options.Lang = None,
) -> None:
    """Are we safe? Look for the indicators of a text in what logs showed: seen, no trace, or cannot tell.

    First what was extracted, with the verdict of the exclusion lists; then the answer for each indicator, and
    for each log source its period and gaps as the proof. Needs scans with --remember; nothing is written.
    Exit status: 0 nothing was seen, 1 something was seen (with --fail-on cannot-tell also where it cannot be
    told), 2 wrong usage, or nothing could be read.
    """
    local, language = options.zone(zone), options.language(lang)
    period = options.period(since, until, local)
    loaded = load_exclusions(options.existing("--exclusions", exclusions or []), now().date())
    documents, errors = documents_of(options.existing("", paths or [_STDIN]))
    complain([*errors, *loaded.errors])
    if not documents:
        raise typer.Exit(USAGE)
    choices = Choices(
        own_sites=frozenset(fold(site).strip(".") for site in own_site or ()),
        references=frozenset() if all_links else None,
    )
    asked = list(_asked(documents, choices, loaded.snapshot))
    with opened(store) as kept:
        report = _report(kept, tenant, asked, period)
    if format is Format.JSON:
        sys.stdout.buffer.write(dumps(_document(report)) + b"\n")
    else:
        page = page_for(None, language, local)
        print_checked(page, report.answers, report.coverage, report.left_out)
        sys.stdout.buffer.write(page.text().encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    if _fails(report.answers, fail_on):
        raise typer.Exit(FINDINGS)


@dataclass(frozen=True, slots=True)
class Report:
    """What is told.

    Attributes:
        left_out: Indicators beyond `MAX_ASKED`.
    """

    answers: tuple[Checked, ...]
    coverage: tuple[Coverage, ...]
    left_out: int


def _asked(documents: Sequence[Document], choices: Choices, lists: ExclusionSnapshot) -> Iterator[Asked]:
    """Each indicator once, where it stands first."""
    seen: set[tuple[str, str]] = set()
    for document in documents:
        for _, one in document.indicators(choices):
            try:
                kind, value = normal_form(one.type, one.value)
            except ValueError:
                continue
            if (kind, value) not in seen:
                seen.add((kind, value))
                yield Asked(kind, value, one.text, lists.judge(kind, value))


def _report(kept: Store, tenant: str, asked: list[Asked], period: Period) -> Report:
    taken = asked[:MAX_ASKED]
    coverage = coverage_of(kept.observed.covered(tenant), period.since, period.until)
    parts = kept.observed.parts(tenant, period.since, period.until)
    with tempfile.TemporaryDirectory(prefix="noroshi-") as folder:
        path = Path(folder) / "indicators"
        build_snapshot(map(_record, taken), path, now().isoformat(timespec="seconds"))
        matcher = IndicatorMatcher(IndicatorSnapshot(path))  # the mapping outlives the name
    found = (one for one in search(parts, matcher) if _within(one, period)) if taken else ()
    return Report(checked(taken, found, coverage), coverage, len(asked) - len(taken))


def _record(one: Asked) -> Record:
    level = int(LEVELS[one.type])
    return Record(one.type, one.value, level, exempt=False, compromised_site=False, claims=_NO_CLAIMS)


def _within(one: Found, period: Period) -> bool:
    early = period.since is not None and one.last_time < period.since
    late = period.until is not None and one.first_time >= period.until
    return not early and not late


def _fails(answers: Sequence[Checked], fail_on: FailOn) -> bool:
    given = {one.answer for one in answers if one.asked.type in SEARCHED}
    if fail_on is FailOn.NEVER:
        return False
    return Answer.SEEN in given or (fail_on is FailOn.CANNOT_TELL and Answer.CANNOT_TELL in given)


def _document(report: Report) -> dict[str, Any]:
    return {
        "indicators": [_indicator(one) for one in report.answers],
        "sources": [source_document(one) for one in report.coverage],
        "left_out": report.left_out,
    }


def _indicator(one: Checked) -> dict[str, Any]:
    judged = one.asked.judgement
    return {
        "type": one.asked.type,
        "value": one.asked.value,
        "text": one.asked.written,
        "exclusion": {
            "verdict": judged.verdict.value,
            "alerts": judged.alerts,
            "list": judged.list or None,
            "reason": judged.reason or None,
        },
        "answer": one.answer.value,
        "why": one.doubt.value if one.doubt else None,
        "sources": [_in_source(source) for source in one.sources],
    }


def _in_source(one: InSource) -> dict[str, Any]:
    return {
        "source": one.coverage.source,
        "answer": one.answer.value,
        "why": one.doubt.value if one.doubt else None,
        "from": iso(one.coverage.first),
        "to": iso(one.coverage.last),
        "gaps": [_gap(gap) for gap in one.gaps],
        "seen": [_seen(found) for found in one.found],
    }


def _seen(one: Found) -> dict[str, Any]:
    entities = one.context.entities
    named = {"host": entities.host, "user": entities.user, "address": entities.address}
    return {
        "precision": one.precision,
        "field": one.field,
        "value": one.value,
        "port": one.port,
        "entities": {name: value for name, value in named.items() if value},
        "outcome": one.context.outcome,
        "first": iso(one.first_time),
        "last": iso(one.last_time),
        "count": one.count,
        "path": one.part.path,
        "record": one.position,
    }


def source_document(one: Coverage) -> dict[str, Any]:
    """A log source for programs: its period, what it shows, its gaps, and where it was silent as usual."""
    return {
        "source": one.source,
        "from": iso(one.first),
        "to": iso(one.last),
        "events": one.events,
        "shows": sorted(one.shows),
        "paths": list(one.paths),
        "gaps": [_gap(gap) for gap in one.gaps],
        "quiet": [_gap(gap) for gap in one.quiet],
    }


def _gap(one: Gap) -> dict[str, Any]:
    return {"from": iso(one.start), "to": iso(one.end), "why": one.why.value}
