"""`noroshi examine --draft-rules`: drafts checked, written, and what became of each told."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from noroshi.cli import options
from noroshi.cli.story.page import page_for
from noroshi.drafts.checking import checked
from noroshi.drafts.drafting import drafts_of, material_of
from noroshi.drafts.rendering import title
from noroshi.drafts.writing import write_checked

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.cli.story.page import Page
    from noroshi.drafts.model import Checked, Material
    from noroshi.examine.result import Examination


@dataclass(frozen=True, slots=True)
class Drafting:
    """Where drafts go, the threat's name, and logs of ordinary days."""

    folder: Path
    family: str
    background: list[Path]


def draft(results: list[Examination], wanted: Drafting, language: str) -> None:
    """Draft rules from all examinations together: they are of one attack.

    What became of each is told on standard error: standard output belongs to the result.

    Raises:
        UsageError: The folder holds rules that were not drafted.
    """
    material = material_of(results, wanted.family, f"{datetime.now(UTC):%Y-%m-%d}")
    found = checked(material, drafts_of(material), wanted.background, workers=os.cpu_count() or 1)
    write_checked(wanted.folder, material, found)
    page = page_for(None, language, None)
    _tell(page, material, found, wanted.folder)
    typer.echo(page.text(), nl=False, err=True)


def _tell(page: Page, material: Material, found: list[Checked], folder: Path) -> None:
    say = page.say
    if not found:
        page.line(say("examine.draft.nothing"))
        return
    page.rule(say("examine.draft.title"), "", "bold")
    page.line(say("examine.draft.background", events=found[0].events))
    for one in found:
        level = say.term("examine.draft.level", one.draft.pyramid_level)
        name = (f"{one.draft.name}  ", "bold")
        page.line(
            name, f"{title(material, one.draft, page.language)}  ", (f"[{level}]", "dim"), indent=2, hang=4
        )
        if one.candidate is None:
            what = say(f"examine.draft.{one.why}", alerts=one.background, what=one.what)
            page.line(say("examine.draft.dropped", why=what), indent=6, hang=8, style="yellow")
            continue
        narrowed = say(f"examine.draft.by_{one.candidate.narrowed}") if one.candidate.narrowed else ""
        cases = len(one.candidate.cases)
        page.line(
            say("examine.draft.written", own=one.own, cases=cases) + narrowed, indent=6, hang=8, style="green"
        )
    if any(one.candidate for one in found):
        page.line(say("examine.draft.next", folder=folder / material.name, program=options.program()))
    page.blank()
