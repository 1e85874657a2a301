"""Checks drafts before they are written: silent on an ordinary day, loud on the specimen, clean, tested."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from noroshi.demo import further, generate
from noroshi.drafts.model import Checked
from noroshi.drafts.rendering import rule_id
from noroshi.drafts.writing import write_draft, write_pack
from noroshi.rules.lint import lint
from noroshi.service.ruleset import prepare
from noroshi.service.ruletests import run_tests
from noroshi.service.scan import ScanOptions, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noroshi.drafts.model import Candidate, Draft, Material

_ZONE: Final = ZoneInfo("Asia/Tokyo")


def checked(
    material: Material, drafts: Sequence[Draft], background: Sequence[Path] = (), workers: int = 1
) -> list[Checked]:
    """For each draft the first of its candidates that passes every check, or why none does.

    Args:
        material: Of the drafts.
        drafts: All of one specimen.
        background: Logs of ordinary days; empty: the demo day without infection, with further products.
        workers: Processes that read the logs.
    """
    with tempfile.TemporaryDirectory(prefix="noroshi-drafts-") as name:
        place = Path(name)
        logs = list(background) or [_ordinary_day(place / "day")]
        packs = _candidates(place / "candidates", material, drafts)
        counts, events = _alerts(packs, logs, workers)
        return [_first_passing(material, draft, counts, place / "chosen", events) for draft in drafts]


def _ordinary_day(place: Path) -> Path:
    generate(place, chain=False)
    further.write(place)
    return place / "logs"


def _candidates(place: Path, material: Material, drafts: Sequence[Draft]) -> list[Path]:
    """Each round of candidates as a pack of its own: the first ones of all drafts, then the second ones."""
    packs = []
    for at in range(max((len(draft.candidates) for draft in drafts), default=0)):
        pack = place / str(at)
        write_pack(pack, drafts, lists=not at)
        for draft in drafts:
            if at < len(draft.candidates):
                write_draft(pack, _round(material, at), draft, draft.candidates[at])
        packs.append(pack)
    return packs


def _round(material: Material, at: int) -> Material:
    """With ids and names of its own, so that all rounds can be scanned together."""
    return replace(material, seed=f"{material.seed}:{at}", name=f"{material.name}_{at}") if at else material


def _alerts(packs: list[Path], logs: list[Path], workers: int) -> tuple[Counter[str], int]:
    """Alerts by rule id on the ordinary days, and how many events those have."""
    if not packs:
        return Counter(), 0
    prepared = prepare(packs)
    options = ScanOptions(paths=logs, workers=workers, zone=_ZONE)
    with closing(scan(options, prepared)) as found:
        return Counter(alert.rule.id for alert in found.alerts()), found.events


def _first_passing(
    material: Material, draft: Draft, counts: Counter[str], place: Path, events: int
) -> Checked:
    last = Checked(draft, None, 0, 0, "silent", "", events)
    for at, candidate in enumerate(draft.candidates):
        noise = counts[rule_id(_round(material, at), draft)]
        if noise:
            last = Checked(draft, None, 0, noise, "noisy", "", events)
            continue
        last = _tried(material, draft, candidate, place / f"{draft.name}-{at}", events)
        if last.candidate is not None:
            return last
    return last


def _tried(material: Material, draft: Draft, candidate: Candidate, pack: Path, events: int) -> Checked:
    """Lint and tests over the rule as it would be written."""
    write_pack(pack, [draft])
    folder = write_draft(pack, material, draft, candidate)
    mistakes = [issue.at for issue in lint([folder]) if not issue.warning]
    if mistakes:
        return Checked(draft, None, 0, 0, "lint", mistakes[0].what, events)
    (report,) = run_tests([folder])
    if report.errors:
        return Checked(draft, None, 0, 0, "tests", report.errors[0].what, events)
    by_name = {case.name: case for case in candidate.cases}
    own = [test for test in report.tests if not by_name[test.name].near_miss]
    if not any(test.passed for test in own):
        return Checked(draft, None, 0, 0, "silent", own[0].what, events)
    failed = [f"{test.name}: {test.what}" for test in report.tests if not test.passed]
    failed += [one.what for one in report.survivors]
    if failed:
        return Checked(draft, None, 0, 0, "tests", failed[0], events)
    return Checked(draft, candidate, len(own), 0, "", "", events)
