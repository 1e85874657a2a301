"""``noroshi indicators memory``: what is kept of logs, for which time, and how much room it may take."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from noroshi.alerts.ndjson import dumps
from noroshi.cli import options
from noroshi.cli.indicators.check import source_document
from noroshi.cli.indicators.check_page import print_sources
from noroshi.cli.indicators.common import StoreOption, TenantOption, ZoneOption, now, opened
from noroshi.cli.story.page import page_for
from noroshi.service.remembering.coverage import coverage_of
from noroshi.store.observed import Bounds


class Format(StrEnum):
    """What is printed."""

    TABLE = "table"
    JSON = "json"


def memory(
    *,
    keep_days: Annotated[
        int | None,
        typer.Option(min=1, max=36_500, metavar="N", help="Keep observables of this many days from now on."),
    ] = None,
    keep_megabytes: Annotated[
        int | None,
        typer.Option(
            min=1, max=10_000_000, metavar="N", help="Keep at most this much, compressed, from now on."
        ),
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,  # noqa: A002
    zone: ZoneOption = "",
    tenant: TenantOption = "default",
    store: StoreOption = "",
    lang: options.Lang = None,
) -> None:
    """Show which log sources are remembered for which time, with gaps; set how much is kept.

    The oldest days give their observables up first; that they were read stays known. Defaults: 90 days, 4,096
    MB, all tenants together.
    """
    local, language = options.zone(zone), options.language(lang)
    with opened(store) as kept:
        observed = kept.observed
        before = observed.bounds()
        bounds = Bounds(keep_days or before.days, keep_megabytes or before.megabytes)
        if bounds != before:
            observed.set_bounds(bounds, now())
        coverage, size = coverage_of(observed.covered(tenant)), observed.size()
    if format is Format.JSON:
        told = {
            "observables": size.observables,
            "bytes": size.bytes,
            "parts": size.parts,
            "forgotten_parts": size.forgotten,
            "keep_days": bounds.days,
            "keep_megabytes": bounds.megabytes,
            "sources": [source_document(one) for one in coverage],
        }
        sys.stdout.buffer.write(dumps(told) + b"\n")
        return
    page = page_for(None, language, local)
    print_sources(page, coverage)
    megabytes = size.bytes / 1e6
    page.line(page.say("retro.size", observables=size.observables, megabytes=megabytes, parts=size.parts))
    page.line(page.say("retro.bounds", days=bounds.days, megabytes=bounds.megabytes), indent=2, hang=2)
    if size.forgotten:
        page.line(page.say("retro.forgotten_parts", count=size.forgotten), indent=2, hang=2)
    sys.stdout.buffer.write(page.text().encode("utf-8", "replace"))
