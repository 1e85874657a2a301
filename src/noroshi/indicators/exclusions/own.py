"""Exclusion lists of one's own, in two shapes.

1. ``*.toml``::

    [exclusions.partners]
    verdict = "allow"                  # or "shared"
    reason = "our partners' sites"     # and reason_ja
    date = 2026-11-28
    until = 2027-03-31                 # from the next day on the list is left out
    exact = false                      # true: names mean themselves only, not what is below
    values = ["partner.example", "192.0.2.0/24", "http://portal.example/login", "it@partner.example"]
    canaries = ["evil.partner-hosting.example"]   # must not be excluded by this list, or it is refused

    [exemptions]                       # these alert whatever any list says
    values = ["files.partner.example"]

2. ``*.txt``: one value a line, perhaps with a remark after `` #``; comments ``# verdict: shared``,
   ``# reason: …``, ``# date: …`` say the rest. Without them it is ``allow``, and the file's name the reason.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exclusions.model import ExclusionList, Verdict
from noroshi.indicators.exclusions.snapshot import ExclusionSnapshot
from noroshi.indicators.exclusions.sorting import sorted_into
from noroshi.indicators.kinds import guess_type, normal_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAX_BYTES: Final = 64 * 1024 * 1024
_COMMENT: Final = re.compile(r"#\s*(verdict|reason|reason_ja|date|until)\s*:\s*(.+)")
_REMARK: Final = re.compile(r"(?:^|\s+)#.*")
_MEND: Final = "see docs/reference/exclusions.md"

Read = ExclusionList | LocatedError | tuple[str, str]
"""A list, an error, or an exempt value with its type."""


def read_own(path: Path, today: date) -> Iterator[Read]:
    """Everything in a file of one's own; lists whose time is over are left out."""
    try:
        if path.stat().st_size > MAX_BYTES:
            yield LocatedError(
                str(path), "", Sentence("is larger than {max_bytes:,} bytes", max_bytes=MAX_BYTES), "split it"
            )
            return
        text = path.read_text("utf-8-sig", errors="replace")
    except OSError as error:
        yield LocatedError(
            str(path), "", Sentence("cannot be read: {reason}", reason=error.strerror), "check the path"
        )
        return
    yield from read_toml(str(path), text, today) if path.suffix == ".toml" else _read_txt(path, text, today)


def read_toml(path: str, text: str, today: date) -> Iterator[Read]:
    """The lists and exemptions of a TOML document."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        yield LocatedError(path, "", Sentence("is no TOML: {error}", error=error), "correct the file")
        return
    tables = document.get("exclusions", {})
    exemptions = document.get("exemptions", {})
    if not isinstance(tables, dict) or not isinstance(exemptions, dict) or not (tables or exemptions):
        yield LocatedError(path, "", "holds no `[exclusions.NAME]`", _MEND)
        return
    for name, table in tables.items():
        try:
            found = _list(path, f"exclusions.{name}", name, table, today)
        except LocatedError as error:
            yield error
        else:
            if found is not None:
                yield found
    for value in exemptions.get("values", ()):
        yield _exempt(path, value)


def _read_txt(path: Path, text: str, today: date) -> Iterator[Read]:
    table: dict[str, Any] = {"values": [], "verdict": Verdict.ALLOW.value}
    for line in map(str.strip, text.splitlines()):
        if (comment := _COMMENT.fullmatch(line)) is not None:
            table[comment[1]] = comment[2].strip()
        elif value := _REMARK.sub("", line):
            table["values"].append(value)
    if not table["values"]:
        yield LocatedError(str(path), "", "holds no values", "write one value a line")
        return
    if "reason" not in table:
        table |= {"reason": f"listed in {path.name}", "reason_ja": f"{path.name} に記載されている"}
    for key in ("date", "until"):
        if key in table:
            try:
                table[key] = date.fromisoformat(table[key])
            except ValueError:
                yield LocatedError(
                    str(path),
                    "",
                    Sentence("`{key}` is no date: {table}", key=key, table=table[key][:40]),
                    "write it as 2026-11-28",
                )
                return
    try:
        found = _list(str(path), "", path.stem, table, today)
    except LocatedError as error:
        yield error
    else:
        if found is not None:
            yield found


def _list(path: str, place: str, name: str, table: Any, today: date) -> ExclusionList | None:
    if not isinstance(table, dict):
        raise LocatedError(path, place, "is no table", _MEND)
    values: Any = table.get("values")
    canaries: Any = table.get("canaries", [])
    reason = table.get("reason")
    if table.get("verdict") not in {Verdict.ALLOW.value, Verdict.SHARED.value}:
        raise LocatedError(
            path,
            place,
            "says no `verdict` of allow or shared",
            'write verdict = "allow" (.txt: # verdict: allow)',
        )
    if not isinstance(reason, str) or not reason.strip():
        raise LocatedError(path, place, "says no `reason`", "say why these values must not alert alone")
    if not _are_texts(values) or not _are_texts(canaries):
        raise LocatedError(path, place, "`values` (and `canaries`) are no lists of texts", _MEND)
    until = table.get("until")
    if isinstance(until, date) and until < today:
        return None
    said = table.get("date")
    empty = ExclusionList(
        name,
        Verdict(table["verdict"]),
        reason,
        str(table.get("reason_ja", "")),
        said if isinstance(said, date) else None,
    )
    found = sorted_into(empty, values, alone=table.get("exact") is True)
    _check(path, place, found, canaries)
    return found


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _check(path: str, place: str, found: ExclusionList, canaries: Iterable[str]) -> None:
    """A list that covers what it must not cover is refused whole."""
    alone = ExclusionSnapshot([found])
    for canary in canaries:
        type_ = guess_type(canary)
        if type_ is not None and (judged := alone.judge(type_, canary)).list == found.name:
            what = Sentence(
                "covers its canary `{canary}` by `{entry}`", canary=canary[:80], entry=judged.entry[:80]
            )
            raise LocatedError(path, place, what, "make the entry narrower")


def _exempt(path: str, value: Any) -> Read:
    type_ = guess_type(value) if isinstance(value, str) else None
    if type_ is None:
        return LocatedError(
            path,
            "exemptions",
            Sentence("`{value}` is no indicator", value=str(value)[:80]),
            "correct or remove it",
        )
    return normal_form(type_, value)
