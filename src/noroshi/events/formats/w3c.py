"""W3C extended log files: proxies (Blue Coat ProxySG and the like), IIS, Windows' own firewall.

Format: W3C working draft "Extended Log File Format" (WD-logfile-960323); the ``#Fields`` line names the
columns and may change within a file. ``date`` and ``time`` are UTC by that definition, unless ``#Time
Format: Local`` says otherwise. Values stand apart by blanks or tabs, quoted where they hold blanks;
``-`` is a missing value. IIS writes blanks as ``+``, which is undone for the user agent.

The columns decide the category: ``proxy`` (a column that only proxies have), ``webserver``
(``cs-uri-stem`` and ``cs-method`` without such; ``cs-uri-query`` holds the whole target too, see
`_webserver`), ``firewall`` (``src-ip``, ``dst-ip``, ``action``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._webserver import query_and_target
from noroshi.events.model import Event, Kind, LogSource, Timestamp
from noroshi.events.times import parse_time
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.web import DEFAULT_PORTS, add_web_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "w3c"
MAX_COLUMNS: Final = 512
_DIRECTIVE: Final = re.compile(
    r"#(Fields|Software|Version|Date|Start-Date|End-Date|Remark|Time Format):\s*(.*)"
)
_PROXY_COLUMNS: Final = frozenset(
    {
        "cs-uri-scheme", "sc-filter-result", "x-exception-id", "cs-categories", "s-action", "s-hierarchy",
        "s-supplier-name", "r-ip", "r-host", "r-dns", "rs(Content-Type)", "x-virus-id", "x-icap-error-code",
    }
)  # fmt: skip
_VALUE: Final = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"(?=[ \t]|$)|([^ \t]++)')
_METHODS: Final = frozenset(
    ("GET", "POST", "HEAD", "CONNECT", "PUT", "OPTIONS", "DELETE", "PROPFIND", "PATCH")
)
_TUNNELS: Final = frozenset(("tcp", "ssl"))


class W3cTraits(TableTraits):
    """A table, and the time out of two columns."""

    def time(self, event: Event) -> Timestamp:
        """``date`` and ``time``, UTC unless the file says local; else the table's columns."""
        date, clock = event.fields.get("date"), event.fields.get("time")
        if isinstance(date, str) and isinstance(clock, str):
            zone = "" if event.fields.get("time-format") == "Local" else "Z"
            return parse_time(f"{date}T{clock}{zone}", event.source) or Timestamp.missing()
        return TableTraits.time(self, event)


@dataclass(frozen=True, slots=True)
class Columns:
    """What the heading of a file says.

    Attributes:
        names: The columns, as written.
        aliases: Column → the names that rules use.
        logsource: Decided by the columns and ``#Software``.
        table: Which table reads the lazy parts.
        plus: Blanks are written as ``+`` (IIS).
    """

    names: tuple[str, ...]
    aliases: tuple[tuple[str, tuple[str, ...]], ...]
    logsource: LogSource
    table: str
    plus: bool

    @property
    def is_proxy(self) -> bool:
        """Whether these are a proxy's columns."""
        return "proxy" in self.logsource.categories

    def kind(self, method: str | None) -> Kind:
        """The kind of an event with this method."""
        return _kind(self.logsource, self.table, method if method in _METHODS else None)


@lru_cache(maxsize=256)
def _kind(logsource: LogSource, table: str, method: str | None) -> Kind:
    constants = {"cs-method": method} if method else {}
    return Kind(NAME, logsource, constants, W3cTraits(load_table(table)))


def columns_of(text: str, software: str) -> Columns:
    """The columns that a ``#Fields`` line names.

    Raises:
        UnreadableRecordError: It names none, or is of another notation with the same heading.
    """
    names = tuple(text.split()[:MAX_COLUMNS])
    if len(names) < 2 or "," in text:
        raise UnreadableRecordError("the heading names no columns", "W3C columns stand apart by blanks")
    logsource = _logsource(frozenset(names), software)
    table = "w3c_webserver" if "webserver" in logsource.categories else "w3c"
    known = load_table(table).raw["aliases"]
    aliases = tuple((name, tuple(known[name])) for name in names if name in known)
    return Columns(names, aliases, logsource, table, plus="Microsoft" in software or table == "w3c_webserver")


def _logsource(names: frozenset[str], software: str) -> LogSource:
    if names & _PROXY_COLUMNS:
        bluecoat = "SGOS" in software or "x-exception-id" in names
        return LogSource("bluecoat" if bluecoat else None, "access", frozenset({"proxy"}))
    if {"cs-uri-stem", "cs-method"} <= names:
        iis = "Internet Information" in software or "sc-win32-status" in names
        return LogSource("windows" if iis else None, "iis" if iis else None, frozenset({"webserver"}))
    if {"src-ip", "dst-ip", "action"} <= names:
        windows = "Windows Firewall" in software
        return LogSource(
            "windows" if windows else None, "pfirewall" if windows else None, frozenset({"firewall"})
        )
    return LogSource()


def _split(line: str) -> list[str]:
    if '"' not in line:
        return line.split("\t") if "\t" in line and " " not in line else line.split()
    return [bare or quoted.replace('""', '"') for quoted, bare in _VALUE.findall(line)]


def _add_url(fields: Fields) -> None:
    """The whole URL of a proxy's request, out of its columns; for a tunnel host and port only."""
    host = fields.get("cs-host")
    if "c-uri" in fields or host is None:
        return
    scheme, port = fields.get("cs-uri-scheme", "http"), fields.get("cs-uri-port", "")
    if fields.get("cs-method") == "CONNECT" or scheme in _TUNNELS:
        fields["c-uri"] = fields["cs-uri"] = f"{host}:{port}" if port else host
        return
    shown = f":{port}" if port and port != DEFAULT_PORTS.get(scheme) else ""
    query = fields.get("cs-uri-query", "").removeprefix("?")
    path = fields.get("cs-uri-stem", "/")
    fields["c-uri"] = fields["cs-uri"] = f"{scheme}://{host}{shown}{path}{'?' + query if query else ''}"


class W3cReader:
    """Reads one input; keeps its heading."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._columns: Columns | None = None
        self._directives: dict[str, str] = {}

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of a line of values; headings are remembered."""
        if line.startswith("#"):
            self._remember(line)
            return ()
        if self._columns is None:
            raise UnreadableRecordError(
                "values before any #Fields heading", "give the file from its beginning"
            )
        return (self._event(self._columns, _split(line), position),)

    def _remember(self, line: str) -> None:
        match = _DIRECTIVE.match(line)
        if match is None:
            return
        name, value = match.groups()
        if name == "Fields":
            self._columns = None
            self._columns = columns_of(value, self._directives.get("Software", ""))
        else:
            self._directives[name] = value.strip()

    def _event(self, columns: Columns, values: list[str], position: int | str) -> Event:
        if len(values) != len(columns.names):
            raise UnreadableRecordError(
                "the number of values is not that of the columns",
                Sentence("{count} columns are named", count=len(columns.names)),
            )
        fields: Fields = {
            name: value for name, value in zip(columns.names, values, strict=True) if value not in ("-", "")
        }
        for name, aliases in columns.aliases:
            if name in fields:
                for alias in aliases:
                    fields.setdefault(alias, fields[name])
        self._add_agent(columns, fields)
        if "time" in fields and "date" not in fields and "Date" in self._directives:
            fields["date"] = self._directives["Date"][:10]
        if self._directives.get("Time Format") == "Local":
            fields["time-format"] = "Local"
        if columns.is_proxy:
            _add_url(fields)
        elif "cs-uri-stem" in fields:
            found = query_and_target(fields["cs-uri-stem"], fields.get("cs-uri-query", ""))
            fields["cs-uri-query"] = found
            fields["c-uri"] = fields["cs-uri"] = found[-1]
        add_web_fields(fields)
        if columns.is_proxy and fields.get("cs-method") == "CONNECT":
            fields.pop("c-uri-norm", None)
        return Event(columns.kind(fields.get("cs-method")), fields, self._source, position)

    def _add_agent(self, columns: Columns, fields: Fields) -> None:
        """A user agent that was not sent is the empty text; IIS's ``+`` are blanks."""
        if "cs(User-Agent)" not in columns.names:
            return
        agent = fields.get("cs(User-Agent)", "")
        fields["c-useragent"] = fields["cs-user-agent"] = agent.replace("+", " ") if columns.plus else agent

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class W3c:
    """W3C extended log files, recognised by their heading."""

    name = NAME
    splittable = False

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """A heading line; lines of values are anything."""
        match = _DIRECTIVE.match(line) if line.startswith("#") else None
        if match is None:
            return 0.0
        return 0.0 if match[1] == "Fields" and "," in match[2] else 0.98

    def reader(self, source: Source) -> W3cReader:
        """A reader for one input."""
        return W3cReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (W3c(),)
