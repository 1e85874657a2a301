"""``noroshi indicators retro``: indicators that came later, against logs that were read before."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from noroshi.alerts.model import level_rank
from noroshi.alerts.ndjson import dumps, to_line
from noroshi.cli import options
from noroshi.cli.indicators.common import (
    FINDINGS,
    ExclusionsOption,
    LifetimesOption,
    StoreOption,
    TenantOption,
    ZoneOption,
    complain,
    lifetimes_of,
    now,
    opened,
)
from noroshi.cli.indicators.retro_page import print_retro
from noroshi.cli.options import Level
from noroshi.cli.story.page import page_for
from noroshi.indicators.exclusions import load_exclusions
from noroshi.indicators.lists import load_lists
from noroshi.service.indicators import excluded_by, is_relay
from noroshi.service.remembering.retro import RetroCheck, RetroOptions, finish, retro_check

if TYPE_CHECKING:
    from noroshi.alerts.model import Alert


class Format(StrEnum):
    """What is printed."""

    TABLE = "table"
    NDJSON = "ndjson"
    JSON = "json"


def retro(
    *,
    everything: Annotated[
        bool,
        typer.Option("--all", help="All indicators against all that is kept, what was told before included."),
    ] = False,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Only logs from this time on; the check then settles nothing.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Only logs before this time; likewise.")] = "",
    lists: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Site lists that name proxies and shared addresses; repeatable."),
    ] = None,
    exclusions: ExclusionsOption = None,
    lifetimes: LifetimesOption = None,
    level: Annotated[
        Level, typer.Option(metavar="LEVEL", help="Leave out alerts below this level.")
    ] = Level.INFORMATIONAL,
    fail_on: Annotated[
        Level | None,
        typer.Option(metavar="LEVEL", help="Exit with 1 where an alert is at or above this level."),
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,  # noqa: A002
    zone: ZoneOption = "",
    tenant: TenantOption = "default",
    store: StoreOption = "",
    lang: options.Lang = None,
) -> None:
    """Retro check: match indicators that are new since the logs were read against what was seen in them.

    Alerts are those of `noroshi scan --indicators`, in the same shape and with the same ids. What a scan or
    an earlier check has told is not told again (--all tells everything). Needs scans with --remember.
    Exit status: 0 done, 1 an alert reached --fail-on, 2 wrong usage.
    """
    local, at, language = options.zone(zone), now(), options.language(lang)
    period = options.period(since, until, local)
    lists_of_exclusions = load_exclusions(options.existing("--exclusions", exclusions or []), at.date())
    site_lists, mistakes = load_lists(options.existing("--lists", lists or []))
    complain([*lists_of_exclusions.errors, *mistakes])
    wanted = RetroOptions(
        at=at,
        excluded=excluded_by(lists_of_exclusions.snapshot),
        tenant=tenant,
        everything=everything,
        since=period.since,
        until=period.until,
        level=level.value,
        language=language,
        relays=is_relay(site_lists),
        lifetimes=lifetimes_of(lifetimes),
    )
    with opened(store) as kept:
        check = retro_check(kept, wanted)
        alerts = list(check.alerts())
        if format is Format.NDJSON:
            sys.stdout.buffer.writelines(map(to_line, alerts))
        elif format is Format.JSON:
            sys.stdout.buffer.write(_document(check, alerts))
        else:
            page = page_for(None, language, local)
            print_retro(page, check, alerts)
            sys.stdout.buffer.write(page.text().encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
        finish(kept, check)  # only now: whoever ends the program before is told again
    if fail_on is not None and any(_reaches(alert, fail_on) for alert in alerts):
        raise typer.Exit(FINDINGS)


def _reaches(alert: Alert, level: Level) -> bool:
    return level_rank(alert.rule.level) >= level_rank(level.value)


def _document(check: RetroCheck, alerts: list[Alert]) -> bytes:
    lines = b",\n".join(to_line(alert).rstrip() for alert in alerts)
    return b'{"alerts":[\n' + lines + b'],\n"summary":' + dumps(_summary(check)) + b"}\n"


def _summary(check: RetroCheck) -> dict[str, Any]:
    return {
        "indicators": check.indicators,
        "parts": check.parts,
        "observables": check.observables,
        "alerts": check.sighted.made,
        "known_matches": check.known,
        "left_out": check.left_out,
        "held_back": [
            {"why": why, "name": name, "matches": count}
            for (why, name), count in check.sighted.suppressed.most_common()
        ],
    }
