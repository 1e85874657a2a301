"""A customer's own CSV, key-value or JSON log, described by a TOML file instead of Python.

`load_mapping` reads the description (`docs/how-to/own-logs.md` shows one) and gives a `LineFormat`;
`mapped_format` the `Format` that a scan uses for the files it is meant for. The description is the user's,
but a mistake in it is told as an error with its place, never as a traceback::

    name = "door-keeper"
    kind = "csv"                      # csv, key-value or json
    separator = ","                   # csv only
    columns = ["when", "client", "verb", "address"]     # without them, the first line names the columns
    begins = "20"                     # optional: all lines begin so
    time = ["when"]

    [logsource]
    product = "door-keeper"
    categories = ["proxy"]

    [fields]                          # the log's name -> the names that rules use
    client = ["c-ip", "src_ip"]
    address = ["c-uri"]

and ``[[outcome]]`` (with ``values``), ``[entities]``, ``[observables]`` as in `tables/*.toml`.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._dhcp import MAX_ROW
from noroshi.events.formats._json_lines import json_object
from noroshi.events.formats._keyvalue import key_values
from noroshi.events.formats._lines import FormatOfLines
from noroshi.events.formats._proxy import add_url
from noroshi.events.formats._webserver import add_target
from noroshi.events.model import Event, Kind, LogSource, Outcome
from noroshi.events.observables import typed
from noroshi.events.traits import TableTraits, table_of
from noroshi.events.values import MISSING, lookup
from noroshi.events.web import add_web_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from noroshi.events.format import Envelope
    from noroshi.events.model import Fields, Source

MAX_FILE: Final = 1_048_576
MAX_COLUMNS: Final = 1_024
KINDS: Final = ("csv", "key-value", "json")
_KEYS: Final = frozenset(
    {"name", "kind", "separator", "columns", "begins", "logsource", "fields", "constants", "nothing"}
    | {"time", "outcome", "entities", "observables"}
)
_LOGSOURCE: Final = frozenset({"product", "service", "categories"})
_ENTITIES: Final = frozenset({"host", "user", "address", "mailbox"})
_OUTCOMES: Final = ", ".join(Outcome)


class _MistakeError(Exception):
    """A mistake in a description: where, what, how to mend it."""

    def __init__(self, place: str, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.located = (place, what, mend)


@dataclass(frozen=True, slots=True)
class Description:
    """A description that was checked.

    Attributes:
        name: Shown to people.
        kind: ``csv``, ``key-value`` or ``json``.
        separator: Between the values of a row.
        columns: Names of the values; empty where the first line names them.
        begins: What every line begins with; empty for anything.
        nothing: Values that mean that there is none (``-`` and the empty text by default).
        aliases: The log's name → further names.
        constants: Values that every event has.
        event_kind: Log source and traits.
    """

    name: str
    kind: str
    separator: str
    columns: tuple[str, ...]
    begins: str
    nothing: frozenset[str]
    aliases: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, Any]
    event_kind: Kind


def load_mapping(path: Path) -> MappedLines:
    """The line format that this TOML file describes.

    Raises:
        LocatedError: The file cannot be read, or says something that is none of the above.
    """
    try:
        return MappedLines(_checked(tomllib.loads(_read_text(path))))
    except _MistakeError as mistake:
        raise LocatedError(str(path), *mistake.located) from None
    except tomllib.TOMLDecodeError as error:
        raise LocatedError(
            str(path), "", Sentence("not valid TOML: {error}", error=error), "see docs/how-to/own-logs.md"
        ) from None
    except UnicodeDecodeError:
        raise LocatedError(str(path), "", "the file is not UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise LocatedError(
            str(path), "", Sentence("cannot be read ({reason})", reason=error.strerror)
        ) from None


def mapped_format(path: Path) -> FormatOfLines:
    """The same as a `Format`, for the inputs that the user says are of it.

    Raises:
        LocatedError: As `load_mapping`.
    """
    return FormatOfLines(load_mapping(path))


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise _MistakeError(
            "",
            "the file is too large",
            Sentence("a description has at most {max_file:,} bytes", max_file=MAX_FILE),
        )
    return data.decode("utf-8")


def _checked(document: dict[str, Any]) -> Description:
    if unknown := sorted(document.keys() - _KEYS):
        raise _MistakeError(
            unknown[0], "there is no such key", Sentence("known are {names}", names=", ".join(sorted(_KEYS)))
        )
    name, kind = document.get("name"), document.get("kind")
    if not isinstance(name, str) or not name or len(name) > 100:
        raise _MistakeError("name", "a short text is needed", 'write name = "my-proxy"')
    if kind not in KINDS:
        raise _MistakeError(
            "kind", "there is no such kind of log", Sentence("write one of {names}", names=", ".join(KINDS))
        )
    separator = document.get("separator", ",")
    if not isinstance(separator, str) or len(separator) != 1 or separator in '"\n\r':
        raise _MistakeError("separator", "one character is needed", r'such as "," or "\t"')
    constants = _table(document, "constants")
    return Description(
        name=name,
        kind=kind,
        separator=separator,
        columns=_texts(document.get("columns", []), "columns"),
        begins=_text(document.get("begins", ""), "begins"),
        nothing=frozenset(_texts(document.get("nothing", ["", "-"]), "nothing")),
        aliases={key: _texts(value, f"fields.{key}") for key, value in _table(document, "fields").items()},
        constants=constants,
        event_kind=_kind(name, document, constants),
    )


def _kind(name: str, document: dict[str, Any], constants: Mapping[str, Any]) -> Kind:
    section = _table(document, "logsource")
    if unknown := sorted(section.keys() - _LOGSOURCE):
        raise _MistakeError(
            f"logsource.{unknown[0]}",
            "there is no such key",
            "product, service, categories",
        )
    parts = [
        _text(section[key], f"logsource.{key}") if key in section else None for key in ("product", "service")
    ]
    categories = frozenset(_texts(section.get("categories", []), "logsource.categories"))
    _check_traits(document)
    return Kind(
        name, LogSource(parts[0], parts[1], categories), dict(constants), TableTraits(table_of(document))
    )


def _check_traits(document: dict[str, Any]) -> None:
    """The parts that `traits.table_of` reads without checking."""
    _listed(document.get("time", []), "time")
    for key, value in _table(document, "entities").items():
        if key not in _ENTITIES:
            raise _MistakeError(f"entities.{key}", "there is no such entity", ", ".join(sorted(_ENTITIES)))
        _listed(value, f"entities.{key}")
    for key, value in _table(document, "observables").items():
        try:
            typed(_text(value, f"observables.{key}"), "", key)
        except KeyError:
            raise _MistakeError(
                f"observables.{key}",
                Sentence("there is no type {value}", value=value),
                "see docs/reference/tables.md",
            ) from None
    rules = document.get("outcome", [])
    if not isinstance(rules, list):
        raise _MistakeError("outcome", "a list of tables is needed", "write [[outcome]]")
    for rule in rules:
        _check_outcome(rule)


def _check_outcome(rule: Any) -> None:
    if not isinstance(rule, dict) or rule.keys() - {"fields", "values"} or "fields" not in rule:
        raise _MistakeError("outcome", "fields and values are needed, nothing else", 'fields = ["action"]')
    _listed(rule["fields"], "outcome.fields")
    for value, outcome in _table(rule, "values").items():
        if outcome not in list(Outcome):
            raise _MistakeError(
                f"outcome.values.{value}",
                Sentence("there is no outcome {outcome}", outcome=outcome),
                Sentence("one of {outcomes}", outcomes=_OUTCOMES),
            )


def _table(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key, {})
    if not isinstance(value, dict):
        raise _MistakeError(key, "a table is needed", Sentence("write [{key}]", key=key))
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise _MistakeError(place, "a text is needed", "put it in quotes")
    return value


def _texts(value: Any, place: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if (
        not isinstance(listed, list)
        or not all(isinstance(item, str) for item in listed)
        or len(listed) > MAX_COLUMNS
    ):
        raise _MistakeError(place, "a list of texts is needed", 'write ["one", "two"]')
    return tuple(listed)


def _listed(value: Any, place: str) -> None:
    """A list and no text alone, of which `traits.table_of` would take each letter for a field."""
    if isinstance(value, str):
        raise _MistakeError(place, "a list of texts is needed", Sentence('write ["{text}"]', text=value))
    _texts(value, place)


class MappedReader:
    """Reads the lines of one input by a description."""

    def __init__(self, mapping: Description, source: Source) -> None:
        self._mapping = mapping
        self._source = source
        self._columns = mapping.columns

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line; none for a line that names the columns."""
        mapping = self._mapping
        if mapping.kind == "csv" and not self._columns:
            self._columns = tuple(name.strip() for name in self._row(line)[:MAX_COLUMNS])
            return ()
        fields = self._read(line)
        for name, aliases in mapping.aliases.items():
            if (value := lookup(fields, name)) is not MISSING:
                for alias in aliases:
                    fields.setdefault(alias, value)
        fields |= mapping.constants
        if envelope.time:
            fields.setdefault("time", envelope.time)
        if envelope.host:
            fields.setdefault("log_host", envelope.host)
        _add_web(fields, mapping.event_kind.logsource.categories)
        return (Event(mapping.event_kind, fields, self._source, position),)

    def _read(self, line: str) -> Fields:
        if self._mapping.kind == "json":
            return json_object(line)
        if self._mapping.kind == "key-value":
            pairs = key_values(line)
            if not pairs:
                raise UnreadableRecordError(
                    "the line holds no key=value pair", "check kind in the description"
                )
        else:
            pairs = self._pairs(line)
        return {name: value for name, value in pairs.items() if value not in self._mapping.nothing}

    def _pairs(self, line: str) -> dict[str, str]:
        values = self._row(line)
        if len(values) != len(self._columns):
            wanted = Sentence("{count} columns are described", count=len(self._columns))
            raise UnreadableRecordError(
                Sentence("the row has {count:|value|values}", count=len(values)), wanted
            )
        return dict(zip(self._columns, values, strict=True))

    def _row(self, line: str) -> list[str]:
        try:
            return next(csv.reader([line[:MAX_ROW]], delimiter=self._mapping.separator), [])
        except csv.Error:
            raise UnreadableRecordError("the row is not separated text", "it may be damaged") from None

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


def _add_web(fields: Fields, categories: frozenset[str]) -> None:
    """The parts of a URL that the mapping gave as ``c-uri`` or ``cs-uri``."""
    url, method = fields.get("c-uri", fields.get("cs-uri")), fields.get("cs-method")
    named = method if isinstance(method, str) else None
    if isinstance(url, str) and "webserver" in categories:
        add_target(fields, named, url)
    elif isinstance(url, str):
        given: Fields = {name: fields[name] for name in ("cs-host", "r-dns", "dst_port") if name in fields}
        add_url(fields, named, url)
        fields.update(given)
    add_web_fields(fields)


class MappedLines:
    """A described log as a line format."""

    def __init__(self, mapping: Description) -> None:
        self._mapping = mapping
        self.name = mapping.name
        self.splittable = mapping.kind != "csv" or bool(mapping.columns)

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """Whether the line can be read by the description; sure only where it says how lines begin."""
        mapping = self._mapping
        if not line.startswith(mapping.begins):
            return 0.0
        sure = 1.0 if mapping.begins else 0.6
        if mapping.kind == "json":
            return sure if line.startswith("{") else 0.0
        if mapping.kind == "key-value":
            return sure if "=" in line else 0.0
        return sure if line.count(mapping.separator) + 1 >= len(mapping.columns) else 0.0

    def reader(self, source: Source) -> MappedReader:
        """A reader for one input."""
        return MappedReader(self._mapping, source)
