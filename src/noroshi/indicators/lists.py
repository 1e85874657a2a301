"""Lists on disk, in three shapes, to an immutable snapshot.

1. ``NAME.ndjson``, the format of indicator snapshots. First line: a header; further lines: indicators::

    {"list": "emotet_c2", "type": "ip:port", "description": "…", "updated": "2020-07-22T00:00:00Z",
     "port_fields": {"DestinationIp": "DestinationPort"}}
    {"value": "192.0.2.7:8080", "threat": "c2", "family": "Emotet", "source": "…", "confidence": 90}

   ``list`` and ``type`` are required. An indicator needs ``value``; it may have ``type`` (the list's own, or
   in a list of ``hash`` a kind of hash), ``threat`` (``c2``, ``download``, ``payload``, ``mail``),
   ``family``, ``source``, ``first_seen`` (ISO 8601), ``confidence`` (0–100), ``compromised_site`` (true: a
   site that serves malware) and ``tlp``. Unknown keys are left alone, so that later snapshots can say more.
   ``port_fields`` tells an ``ip:port`` list which field holds the port of which address field
   (default: `model.PORT_FIELDS`).
2. ``NAME.txt``: one value a line, ``#`` begins a comment line; a first comment ``# type: domain`` gives the
   type, else it is ``text``.
3. ``*.toml``, site lists::

    [lists.admin_hosts]
    type = "text"
    values = ["PC-ADMIN*", {value = "SCCM01", source = "asset list"}]

Values may be defanged (``hxxp``, ``[.]``). A bad line is one located error; the rest of the list stands.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import orjson

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.checks import check_value, clean_value
from noroshi.indicators.model import HASH_TYPES, PORT_FIELDS, TYPES, Entry, Found
from noroshi.indicators.sets import ValueSet, build_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["EMPTY", "Entry", "Found", "ListSnapshot", "ValueSet", "load_lists"]

MAX_VALUES: Final = 2_000_000
MAX_LINE_BYTES: Final = 65_536
MAX_TOML_BYTES: Final = 64 * 1024 * 1024
SUFFIXES: Final = frozenset({".ndjson", ".jsonl", ".txt", ".toml"})
_NAME: Final = re.compile(r"[\w.-]{1,100}")
_TYPE_COMMENT: Final = re.compile(r"#\s*type\s*:\s*(\S+)\s*$")
_TEXT_KEYS: Final = ("threat", "family", "source", "first_seen", "tlp")


class ListSnapshot:
    """All lists at one moment; immutable.

    Attributes:
        names: Names of the lists, sorted.
        hash: 32 hexadecimal digits over all content, whatever the order of files and lines.
    """

    __slots__ = ("_sets", "hash", "names")

    def __init__(self, sets: Iterable[ValueSet] = ()) -> None:
        self._sets = {values.name: values for values in sets}
        self.names = tuple(sorted(self._sets))
        self.hash = _digest(self._sets[name] for name in self.names)

    def get(self, name: str) -> ValueSet | None:
        """The set of this name, or None if there is no such list."""
        return self._sets.get(name)

    def __len__(self) -> int:
        return len(self._sets)

    def __repr__(self) -> str:
        return f"<ListSnapshot {', '.join(map(repr, self._sets.values()))}>"

    def __reduce__(self) -> tuple[object, ...]:
        return ListSnapshot, (tuple(self._sets.values()),)


def _digest(sets: Iterable[ValueSet]) -> str:
    digest = blake2b(digest_size=16)
    for values in sets:
        head = [values.name, values.type, sorted(values.port_fields.items())]
        digest.update(msgspec.json.encode(head))
        digest.update(b"".join(sorted(msgspec.json.encode(entry) for entry in values.entries)))
    return digest.hexdigest()


EMPTY: Final = ListSnapshot()


@dataclass(slots=True)
class _Draft:
    """A list being read."""

    name: str
    type: str
    path: str
    port_fields: Mapping[str, str] = field(default_factory=lambda: PORT_FIELDS)
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    errors: list[LocatedError] = field(default_factory=list)

    def add(self, place: str, fields: Mapping[str, Any]) -> None:
        """One indicator: checked, or an error with its place. The first of equal values stays."""
        try:
            entry = _entry(self.type, fields)
        except ValueError as error:
            self.errors.append(LocatedError(self.path, place, str(error), "correct or remove the value"))
            return
        if len(self.entries) < MAX_VALUES:
            self.entries.setdefault((entry.kind, entry.value), entry)
        elif not self.errors or not self.errors[-1].what.startswith("more than"):
            what = Sentence("more than {max_values:,} values; the rest is left out", max_values=MAX_VALUES)
            self.errors.append(LocatedError(self.path, place, what, "split the list"))


def _entry(list_type: str, fields: Mapping[str, Any]) -> Entry:
    value = fields.get("value")
    if not isinstance(value, str):
        raise ValueError("an indicator without a text `value`")  # noqa: TRY004 - becomes a located error
    kind = _kind(list_type, fields.get("type"))
    cleaned = clean_value(list_type, value)
    if why := check_value(list_type, cleaned, kind):
        raise ValueError(Sentence("{value} {why}", value=_quoted(value), why=why))
    texts = {key: fields.get(key, "") for key in _TEXT_KEYS}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise ValueError(Sentence("`{key}` of {value} is no text", key=key, value=_quoted(value)))  # noqa: TRY004 - the same
    return Entry(
        cleaned,
        **texts,
        confidence=_confidence(fields.get("confidence")),
        compromised_site=fields.get("compromised_site") is True,
        kind=kind,
    )


def _quoted(value: str) -> str:
    return f"`{value[:80]}`"


def _kind(list_type: str, own: Any) -> str:
    if own is None or own == list_type:
        return ""
    if list_type == "hash" and own in HASH_TYPES:
        return str(own)
    raise ValueError(
        Sentence(
            "an indicator of type {own} in a list of {list_type}", own=_quoted(str(own)), list_type=list_type
        )
    )


def _confidence(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise ValueError(
            Sentence("confidence {value} is no whole number from 0 to 100", value=_quoted(str(value)))
        )
    return value


def load_lists(paths: Iterable[str | Path]) -> tuple[ListSnapshot, tuple[LocatedError, ...]]:
    """The lists of these files and folders (recursive) and everything that was wrong with them.

    Two lists of one name inside one path are an error and the first stays; a list of a later path replaces
    one of an earlier path, so that bundled lists can be replaced by one's own.
    """
    sets: dict[str, ValueSet] = {}
    errors: list[LocatedError] = []
    for path in paths:
        here: dict[str, _Draft] = {}
        for draft in _drafts(Path(path), errors):
            if draft.name in here:
                what = Sentence(
                    "list {name} stands already in {path}",
                    name=_quoted(draft.name),
                    path=here[draft.name].path,
                )
                errors.append(LocatedError(draft.path, "", what, "rename one of them"))
            else:
                here[draft.name] = draft
                errors += draft.errors
        for draft in here.values():
            sets[draft.name] = build_set(draft.name, draft.type, draft.entries.values(), draft.port_fields)
    return ListSnapshot(sets.values()), tuple(errors)


def _drafts(path: Path, errors: list[LocatedError]) -> Iterator[_Draft]:
    for file in _files(path):
        try:
            yield from _read(file, errors)
        except LocatedError as error:
            errors.append(error)
        except OSError as error:
            errors.append(
                LocatedError(
                    str(file),
                    "",
                    Sentence("cannot be read: {reason}", reason=error.strerror),
                    "check the path",
                )
            )


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())


def _read(file: Path, errors: list[LocatedError]) -> Iterator[_Draft]:
    if file.suffix in {".ndjson", ".jsonl"}:
        yield _read_ndjson(file)
    elif file.suffix == ".txt":
        yield _read_txt(file)
    elif file.suffix == ".toml":
        yield from _read_toml(file, errors)
    else:
        raise LocatedError(
            str(file),
            "",
            "is no list",
            Sentence("give a file ending in {names}", names=", ".join(sorted(SUFFIXES))),
        )


def _lines(file: Path, errors: list[LocatedError]) -> Iterator[tuple[str, str]]:
    """Place and text of each line that says something; over-long ones are errors."""
    number = 0
    skipping = False
    with file.open("rb") as opened:
        while raw := opened.readline(MAX_LINE_BYTES):
            whole = raw.endswith(b"\n") or len(raw) < MAX_LINE_BYTES
            if not skipping:
                number += 1
                if whole:
                    text = raw.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
                    if text:
                        yield f"line {number}", text
                else:
                    what = Sentence(
                        "a line longer than {max_line_bytes:,} bytes", max_line_bytes=MAX_LINE_BYTES
                    )
                    errors.append(LocatedError(str(file), f"line {number}", what, "one value a line"))
            skipping = not whole


def _draft(path: Path, place: str, name: Any, type_: Any, port_fields: Any = None) -> _Draft:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        mend = "use letters, digits, `_`, `-` and `.`"
        raise LocatedError(
            str(path), place, Sentence("{name} is no name of a list", name=_quoted(str(name))), mend
        )
    if type_ not in TYPES:
        what = Sentence("{type} is no type of a list", type=_quoted(str(type_)))
        raise LocatedError(
            str(path), place, what, Sentence("use one of {names}", names=", ".join(sorted(TYPES)))
        )
    draft = _Draft(name, type_, str(path))
    if isinstance(port_fields, dict):
        draft.port_fields = {str(ip): str(port) for ip, port in port_fields.items()}
    return draft


def _read_ndjson(file: Path) -> _Draft:
    early: list[LocatedError] = []
    lines = _lines(file, early)
    place, header = next(lines, ("line 1", ""))
    fields = _json_object(header)
    if fields is None or "list" not in fields:
        mend = 'begin with {"list": "name", "type": "domain"}'
        raise LocatedError(str(file), place, "the first line is no header", mend)
    draft = _draft(file, place, fields["list"], fields.get("type"), fields.get("port_fields"))
    for at, text in lines:
        if (indicator := _json_object(text)) is None:
            draft.errors.append(LocatedError(str(file), at, "is no JSON object", "one indicator a line"))
        else:
            draft.add(at, indicator)
    draft.errors += early
    return draft


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _read_txt(file: Path) -> _Draft:
    early: list[LocatedError] = []
    draft: _Draft | None = None
    for place, text in _lines(file, early):
        if draft is None:
            typed = _TYPE_COMMENT.match(text)
            draft = _draft(file, place, file.stem, typed[1] if typed else "text")
        if not text.startswith("#"):
            draft.add(place, {"value": text})
    draft = draft or _draft(file, "line 1", file.stem, "text")
    draft.errors += early
    return draft


def _read_toml(file: Path, errors: list[LocatedError]) -> Iterator[_Draft]:
    if file.stat().st_size > MAX_TOML_BYTES:
        raise LocatedError(
            str(file),
            "",
            Sentence("is larger than {max_toml_bytes:,} bytes", max_toml_bytes=MAX_TOML_BYTES),
            "use an .ndjson list",
        )
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LocatedError(
            str(file), "", Sentence("is no TOML: {error}", error=error), "correct the file"
        ) from None
    lists = document.get("lists")
    if not isinstance(lists, dict):
        raise LocatedError(str(file), "", "holds no `[lists.NAME]`", "name each list so")
    for name, table in lists.items():
        try:
            yield _toml_list(file, name, table)
        except LocatedError as error:
            errors.append(error)


def _toml_list(file: Path, name: str, table: Any) -> _Draft:
    place = f"lists.{name}"
    if not isinstance(table, dict) or not isinstance(table.get("values"), list):
        raise LocatedError(str(file), place, "has no `values`", 'write values = ["…"]')
    draft = _draft(file, place, name, table.get("type", "text"), table.get("port_fields"))
    for number, value in enumerate(table["values"], 1):
        fields = value if isinstance(value, dict) else {"value": value}
        draft.add(f"{place}, value {number}", fields)
    return draft
