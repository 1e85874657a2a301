r"""CSV with a header (RFC 4180, UTF-8): one row a claim; carries everything but sightings.

Several words of one cell are separated by ``|``; ``\|`` is a bar and ``\\`` a backslash. A cell that a
spreadsheet would calculate, or that reads like "nothing" (``NULL``), gets an apostrophe in front, which
reading takes off again. Foreign tables are read by the names of their columns: separators ``,``, ``;`` or
    tab, a header that begins with ``#``, names in English or Japanese, in any case and order.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.format import (
    clean,
    instant,
    parse_confidence,
    parse_instant,
    parse_tlp,
    threats_of,
    word_set,
)
from noroshi.indicators.indicator import Indicator, SourceClaim, Status
from noroshi.indicators.kinds import LEVELS, PyramidLevel, guess_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from noroshi.indicators.exchange.format import Defaults

_OWN: Final = ("value", "type", "level", "status", "reason", "exempt")
_SAID: Final = (
    "source", "reference", "threats", "families", "tags", "first_seen", "last_seen", "confidence", "tlp",
    "sharing_group", "compromised_site", "comments", "written", "external_id",
)  # fmt: skip
COLUMNS: Final = (*_OWN, *_SAID)
ALIASES: Final = {
    **{name: name for name in COLUMNS},
    "indicator": "value",
    "ioc": "value",
    "ioc_value": "value",
    "observable": "value",
    "値": "value",
    "indicator_type": "type",
    "ioc_type": "type",
    "種別": "type",
    "型": "type",
    "threat": "threats",
    "threat_type": "threats",
    "脅威": "threats",
    "family": "families",
    "malware": "families",
    "malware_family": "families",
    "malware_printable": "families",
    "マルウェア": "families",
    "tag": "tags",
    "タグ": "tags",
    "feed": "source",
    "reporter": "source",
    "情報源": "source",
    "url_reference": "reference",
    "参照": "reference",
    "first_seen_utc": "first_seen",
    "firstseen": "first_seen",
    "dateadded": "first_seen",
    "初回観測": "first_seen",
    "last_seen_utc": "last_seen",
    "lastseen": "last_seen",
    "最終観測": "last_seen",
    "confidence_level": "confidence",
    "信頼度": "confidence",
    "comment": "comments",
    "description": "comments",
    "備考": "comments",
    "is_compromised": "compromised_site",
    "改ざんサイト": "compromised_site",
}
"""Name of a column, folded, blanks as ``_`` → ours."""
_NOTHING: Final = frozenset({"none", "null", "n/a", "-"})
_SPECIAL: Final = r"(?:[=+\-@\t\r]|(?:none|null|n/a)\s*\Z)"
_GUARDED: Final = re.compile(f"'*{_SPECIAL}", re.IGNORECASE)
_GUARD: Final = re.compile(f"'+{_SPECIAL}", re.IGNORECASE)
_PART: Final = re.compile(r"((?:[^|\\]|\\.)*)(?:\||\Z)", re.DOTALL)


class Table:
    """CSV by the names of columns."""

    name: Final = "csv"
    cannot_carry: Final = ("sightings",)

    def read(self, file: BinaryIO, path: str, defaults: Defaults) -> Iterator[Indicator | LocatedError]:
        """One claim a row; rows of the same value one after the other become one indicator."""
        text = io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="")
        try:
            yield from _read(text, path, defaults)
        finally:
            text.detach()

    def write(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:  # noqa: ARG002 - no time of its own
        """The header, then one row a claim; an indicator that nobody speaks for has one row too."""
        yield _row(COLUMNS)
        for indicator in indicators:
            own = _own_cells(indicator)
            for claim in indicator.claims or (SourceClaim(""),):
                yield _row((*own, *(_cell(name, getattr(claim, name)) for name in _SAID)))

    def carried(self, indicator: Indicator) -> Indicator | None:
        """All of it but the sightings."""
        claims = indicator.claims
        return Indicator(
            indicator.value,
            indicator.type,
            claims,
            indicator.level,
            indicator.status,
            indicator.reason,
            indicator.exempt,
        )


def _read(text: io.TextIOWrapper, path: str, defaults: Defaults) -> Iterator[Indicator | LocatedError]:
    head = text.readline()
    while head and (not head.strip() or (head.startswith("#") and not header_of(head))):
        head = text.readline()
    names = header_of(head)
    if names is None:
        yield LocatedError(
            path,
            "header",
            "names no column `value`",
            Sentence("columns are {names}", names=", ".join(COLUMNS)),
        )
        return
    rows = csv.reader(text, delimiter=_separator(head), skipinitialspace=True)
    pending: Indicator | None = None
    while True:
        try:
            cells = next(rows, None)
            if cells is None:
                break
            found = _indicator(dict(zip(names, cells, strict=False)), defaults) if _holds(cells) else None
        except (ValueError, csv.Error) as error:
            yield LocatedError(path, f"row {rows.line_num + 1}", str(error), "correct or remove the row")
            continue
        if found is not None and pending is not None and found.key == pending.key:
            pending = pending.merged(found)
        elif found is not None:
            if pending is not None:
                yield pending
            pending = found
    if pending is not None:
        yield pending


def _separator(head: str) -> str:
    return max(",;\t", key=head.count)


def header_of(line: str) -> list[str] | None:
    """Our name for each column, empty for unknown ones; None if this is no header."""
    try:
        cells = next(csv.reader([line.lstrip("# ")], delimiter=_separator(line), skipinitialspace=True), [])
    except csv.Error:
        return None
    names = [ALIASES.get("_".join(cell.strip().lower().split()), "") for cell in cells]
    return names if "value" in names else None


def _holds(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells) and not cells[0].startswith("#")


def _indicator(cells: Mapping[str, str], defaults: Defaults) -> Indicator:
    said = {name: _plain(cell) for name, cell in cells.items() if name}
    value = said.get("value", "")
    type_ = said.get("type", "") or guess_type(value)
    if not type_:
        raise ValueError(
            Sentence("`{value}` does not show what it is, and there is no type", value=value[:80])
        )
    claim = SourceClaim(**{name: _parsed(name, said.get(name, "")) for name in _SAID})
    status, level = _status(said.get("status", "")), _level(said.get("level", ""))
    kind = type_.lower().removesuffix("_hash")
    try:
        indicator = Indicator.of(value, kind, defaults.apply(claim), status=status, level=level)
    except ValueError as error:
        raise ValueError(Sentence("{value} {why}", value=f"`{value[:80]}`", why=error)) from None
    return Indicator(
        indicator.value,
        indicator.type,
        indicator.claims,
        indicator.level,
        indicator.status,
        clean(said.get("reason", "")),
        _flag(said.get("exempt", "")),
    )


def _plain(cell: str) -> str:
    if _GUARD.match(cell):
        return cell[1:]
    return "" if cell.strip().lower() in _NOTHING else cell


def _parsed(name: str, text: str) -> Any:
    if name == "threats":
        return threats_of(_split(text))
    if name in {"families", "tags", "comments"}:
        return word_set(_split(text))
    if name in {"first_seen", "last_seen"}:
        return parse_instant(text)
    if name == "confidence":
        return parse_confidence(text)
    if name == "tlp":
        return parse_tlp(text)
    return _flag(text) if name == "compromised_site" else clean(text)


def _flag(text: str) -> bool:
    return text.strip().lower() in {"true", "1", "yes", "はい"}


def _status(text: str) -> Status:
    try:
        return Status(text.strip().lower() or Status.ACTIVE)
    except ValueError:
        raise ValueError(Sentence("`{text}` is no status", text=text[:40])) from None


def _level(text: str) -> PyramidLevel | None:
    bare = text.strip().upper()
    if not bare:
        return None
    if bare not in PyramidLevel.__members__:
        raise ValueError(Sentence("`{text}` is no pyramid level", text=text[:40]))
    return PyramidLevel[bare]


def _split(text: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL) for part in _PART.findall(text)]


def _own_cells(indicator: Indicator) -> tuple[str, ...]:
    level = "" if indicator.level is LEVELS[indicator.type] else indicator.level.name.lower()
    exempt = "true" if indicator.exempt else ""
    return indicator.value, indicator.type, level, indicator.status.value, indicator.reason, exempt


def _cell(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return "|".join(one.replace("\\", "\\\\").replace("|", "\\|") for one in value)
    if name in {"first_seen", "last_seen"}:
        return instant(value)
    if isinstance(value, bool):
        return "true" if value else ""
    return "" if value is None else str(value)


def _row(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if _GUARDED.match(cell) else cell for cell in cells])
    return out.getvalue().encode("utf-8", "replace")
