"""Writes drafts as a pack: a folder a rule, lists behind placeholders, the searches of the guides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from noroshi.drafts import rendering
from noroshi.errors import Sentence, UsageError
from noroshi.service.ruleset import bundled_rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from noroshi.drafts.model import Candidate, Checked, Draft, Material

_GUIDES: Final = {"en": "guide.md", "ja": "guide.ja.md"}
_UPDATED: Final = "T00:00:00Z"


def write_pack(
    folder: Path, drafts: Sequence[Draft], *, lists: bool = True, date: str = "2020-07-22"
) -> None:
    """What the rules of a pack share: searches, and lists with their values.

    Args:
        folder: Of the pack; made if absent.
        drafts: Whose lists are written.
        lists: Whether this pack brings them.
        date: Of the lists.
    """
    searches = folder / "searches"
    searches.mkdir(parents=True, exist_ok=True)
    for name in rendering.SEARCH_FILES:
        source = bundled_rules() / "emotet" / "searches" / f"{name}.yml"
        (searches / source.name).write_bytes(source.read_bytes())
    for draft in drafts if lists else ():
        for name, (type_, values) in draft.lists.items():
            (folder / "lists").mkdir(exist_ok=True)
            header = {"list": name, "type": type_, "description": draft.name, "updated": date + _UPDATED}
            lines = [header, *({"value": value, "source": "specimen"} for value in values)]
            path = folder / "lists" / f"{name}.ndjson"
            path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


def write_draft(pack: Path, material: Material, draft: Draft, candidate: Candidate) -> Path:
    """The four files of a rule; gives their folder."""
    folder = pack / draft.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rule.yml").write_text(rendering.rule(material, draft, candidate), encoding="utf-8")
    (folder / "tests.yml").write_text(rendering.tests(draft, candidate), encoding="utf-8")
    for language, name in _GUIDES.items():
        (folder / name).write_text(rendering.guide(material, draft, language), encoding="utf-8")
    return folder


def write_checked(folder: Path, material: Material, found: Sequence[Checked]) -> None:
    """Write the drafts that passed, in a folder of the threat's name; the same rules there are replaced.

    Raises:
        UsageError: The folder holds something that is no pack of drafts.
    """
    passed = [one for one in found if one.candidate is not None]
    folder /= material.name
    strangers = [path for path in folder.glob("*/rule.yml") if not _drafted(path)] if folder.is_dir() else []
    if strangers:
        raise UsageError(
            Sentence(
                "--draft-rules {folder}: holds rules that were not drafted; name another folder",
                folder=folder,
            )
        )
    if not passed:
        return
    write_pack(folder, [one.draft for one in passed], date=material.date)
    for one in passed:
        if one.candidate is not None:
            write_draft(folder, material, one.draft, one.candidate)


def _drafted(path: Path) -> bool:
    return rendering.AUTHOR in path.read_text("utf-8", "replace")
