r"""Common Event Format (CEF), bare or in syslog.

Format: "Micro Focus Security ArcSight Common Event Format", version 25::

    CEF:0|vendor|product|version|class|name|severity|key=value key=value with blanks …

In the heading ``\|`` and ``\\`` are escapes, in values ``\=``, ``\\``, ``\n`` and ``\r``.
``cs1Label=Rule cs1=x`` also gives the field ``Rule``. The heading's parts are ``deviceVendor``,
``deviceProduct``, ``deviceVersion``, ``deviceEventClassId``, ``name`` and ``severity``. The log source
comes from vendor and product (`tables/cef.toml`); of unknown ones it is their names, and ``firewall``
where addresses, port and action are there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._network import is_inside
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table, read_entities
from noroshi.events.web import DEFAULT_PORTS, add_web_fields, split_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Entities, Fields, Source

NAME: Final = "cef"
MAX_CHARS: Final = 262_144
_TABLE: Final = load_table(NAME)
_START: Final = re.compile(r"\s*CEF: ?\d{1,2}(?:\.\d{1,2})?\|")
_HEADING: Final = re.compile(_START.pattern + r"([^|\\]*+(?:\\.[^|\\]*+)*+)\|" * 6)
_KEY: Final = re.compile(r"(?:^|\s)([\w.\-\[\]]{1,256}+)=")
_BAR: Final = re.compile(r"\\([|\\])")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_PARTS: Final = (
    "deviceVendor", "deviceProduct", "deviceVersion", "deviceEventClassId", "name", "severity",
)  # fmt: skip
_CONNECTION: Final = frozenset({"src", "dst", "dpt", "act"})


class CefTraits(TableTraits):
    """A table, and the side of a connection that is watched."""

    def entities(self, event: Event) -> Entities:
        """The destination where only that one is inside (WAF, an attack from outside), else the source."""
        fields = event.fields
        if is_inside(fields.get("dst")) and not is_inside(fields.get("src")) and "src" in fields:
            return read_entities(event, ("dhost",), ("duser",), ("dst",), self.table.mailbox)
        return TableTraits.entities(self, event)


def _plain(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), text)


def _heading(line: str) -> tuple[Fields, int]:
    match = _HEADING.match(line)
    if match is None:
        raise UnreadableRecordError("a CEF heading has seven parts between bars", "the line may be cut off")
    parts = match.groups()
    if "\\" in match[0]:
        parts = tuple(_BAR.sub(r"\1", part) for part in parts)
    return {name: part.strip() for name, part in zip(_PARTS, parts, strict=True)}, match.end()


def extension(text: str) -> dict[str, str]:
    """The pairs of a CEF extension; a value goes on to the blank before the next key."""
    keys = list(_KEY.finditer(text))
    ends = [*(key.start() for key in keys[1:]), len(text)][: len(keys)]
    return {key[1]: _plain(text[key.end() : end].strip()) for key, end in zip(keys, ends, strict=True)}


def _add_labelled(fields: Fields, pairs: dict[str, str]) -> None:
    for key, label in pairs.items():
        if key.endswith("Label") and label and (value := pairs.get(key.removesuffix("Label"))) is not None:
            fields.setdefault(label, value)


def _add_web(fields: Fields, url: str) -> None:
    parts = split_url(url)
    if parts.host:
        fields.setdefault("cs-host", parts.host)
        fields.setdefault("r-dns", parts.host)
    if port := parts.port or DEFAULT_PORTS.get(parts.scheme, ""):
        fields.setdefault("cs-port", port)
    add_web_fields(fields)


@lru_cache(maxsize=1024)
def _kind(vendor: str, product: str, *, connection: bool) -> Kind:
    sources = _TABLE.raw["sources"]
    low_vendor, low_product = vendor.lower(), product.lower()
    known: dict[str, Any] = sources.get(f"{low_vendor}|{low_product}", sources.get(low_vendor, {}))
    categories = known.get("categories", ("firewall",) if connection else ())
    logsource = LogSource(
        known.get("product", low_vendor or None),
        known.get("service", low_product or None),
        frozenset(categories),
    )
    constants = {"deviceVendor": vendor, "deviceProduct": product}
    return Kind(NAME, logsource, constants, CefTraits(_TABLE))


class CefReader:
    """Reads the lines of one input; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        if len(line) > MAX_CHARS:
            raise UnreadableRecordError("the CEF line is too long", f"at most {MAX_CHARS:,} characters")
        heading, at = _heading(line)
        pairs = extension(line[at:])
        fields: Fields = {**pairs, **heading}
        if envelope.time:
            fields.setdefault("envelope_time", envelope.time)
        if envelope.host:
            fields.setdefault("dvchost", envelope.host)
        for name, aliases in _TABLE.raw["aliases"].items():
            if fields.get(name):
                for alias in aliases:
                    fields.setdefault(alias, fields[name])
        _add_labelled(fields, pairs)
        if "request" in pairs:
            _add_web(fields, pairs["request"])
        kind = _kind(fields["deviceVendor"], fields["deviceProduct"], connection=pairs.keys() >= _CONNECTION)
        return (Event(kind, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Cef:
    """CEF lines."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By its first characters."""
        return 0.99 if "CEF:" in line[:64] and _START.match(line) else 0.0

    def reader(self, source: Source) -> CefReader:
        """A reader for one input."""
        return CefReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Cef(),)
