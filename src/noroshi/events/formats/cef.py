r"""Common Event Format (CEF), bare or in syslog.

Format: "Micro Focus Security ArcSight Common Event Format", version 25::

    CEF:0|vendor|product|version|class|name|severity|key=value key=value with blanks …

In the heading ``\|`` and ``\\`` are escapes, in values ``\=``, ``\\``, ``\n`` and ``\r``.
``cs1Label=Rule cs1=x`` also gives the field ``Rule``. The heading's parts are ``deviceVendor``,
``deviceProduct``, ``deviceVersion``, ``deviceEventClassId``, ``name`` and ``severity``. The log source
comes from vendor and product (`tables/cef.toml`); of unknown ones it is their names, with ``firewall``
where addresses, port and action are there, ``mail`` between two mail addresses (uniform fields as of
`mailgateway`, ``msg`` is the subject), ``antivirus`` for malware in a file (``Signature``, ``Filename``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_signature, add_waf_attacks, by_score
from noroshi.events.formats._gateway import TRAITS as GATEWAY_TRAITS
from noroshi.events.formats._gateway import add_gateway_fields, add_mail_event
from noroshi.events.formats._mail import decoded_subject
from noroshi.events.formats._network import is_inside
from noroshi.events.model import Event, Kind, LogSource, Outcome
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
_INFECTIONS: Final = frozenset(
    {"virusname", "virus", "malwarename", "malware", "threatname", "threat", "detectionname"}
)
_INFECTED: Final = re.compile(r"virus|malware|trojan|ウイルス|マルウェア", re.IGNORECASE)
_CLEANED: Final = re.compile(r"(?<!not )(?<!un)(clean|delet|remov|disinfect)", re.IGNORECASE)
_FILES: Final = frozenset({"fname", "filePath", "fileHash"})
_CONNECTION: Final = frozenset({"src", "dst", "dpt", "act"})


class CefTraits(TableTraits):
    """A table, and the side of a connection that is watched."""

    def entities(self, event: Event) -> Entities:
        """The destination where only that one is inside (WAF, an attack from outside), else the source."""
        fields = event.fields
        if is_inside(fields.get("dst")) and not is_inside(fields.get("src")) and "src" in fields:
            return read_entities(event, ("dhost",), ("duser",), ("dst",), self.table.mailbox)
        return TableTraits.entities(self, event)


class AntivirusTraits(TableTraits):
    """A table; the machine is the destination, and what was cleaned away is as good as quarantined."""

    def outcome(self, event: Event) -> Outcome:
        """By the action."""
        done = _CLEANED.search(str(event.fields.get("act", "")))
        return Outcome.QUARANTINED if done else TableTraits.outcome(self, event)

    def entities(self, event: Event) -> Entities:
        """The machine with the file."""
        return read_entities(event, ("dhost", "shost"), ("duser", "suser"), ("dst", "src"))


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


_REFINED: Final[dict[str, tuple[tuple[str, re.Pattern[str]], ...]]] = {
    vendor: tuple((category, re.compile(pattern, re.IGNORECASE)) for category, pattern in found.items())
    for vendor, found in _TABLE.raw["refined"].items()
}


def _refined(heading: Fields) -> str:
    """What a record of a vendor with many kinds of records is about; empty: what the vendor's table says."""
    told = heading["name"], heading["deviceEventClassId"]
    for category, pattern in _REFINED.get(heading["deviceVendor"].lower(), ()):
        if any(map(pattern.match, told)):
            return category
    return ""


def _guessed(pairs: dict[str, str], heading: Fields) -> str:
    """The category of a record by its keys, for vendors that the table does not know; empty: none."""
    if "@" in pairs.get("duser", "") and "@" in pairs.get("suser", ""):
        return "mail"
    if pairs.keys() >= _CONNECTION:
        return "firewall"
    infected = _infection(pairs) or _INFECTED.search(heading["name"])
    return "antivirus" if infected and pairs.keys() & _FILES else ""


def _infection(pairs: dict[str, str]) -> str | None:
    """What an antivirus product calls the malware: a custom string so labelled."""
    for name, label in pairs.items():
        if name.endswith("Label") and label.lower().replace(" ", "").replace("_", "") in _INFECTIONS:
            return pairs.get(name.removesuffix("Label")) or None
    return None


def _add_waf(fields: Fields) -> None:
    """What a WAF says of an attack: the class, the name, and custom strings that are labelled so."""
    told = (
        "deviceEventClassId",
        "name",
        "attack_type",
        "attackType",
        "attack type",
        "violations",
        "sig_names",
    )
    fields["waf_rule_id"] = [fields["deviceEventClassId"]]
    fields["waf_message"] = list(dict.fromkeys(str(fields[name]) for name in told if fields.get(name)))
    add_waf_attacks(fields)


def _add_by_category(event: Event, pairs: dict[str, str]) -> None:
    """The uniform fields of mail, IPS and WAF, and Sigma's of antivirus."""
    fields, categories = event.fields, event.logsource.categories
    if "mail" in categories:
        if "msg" in pairs:
            fields.setdefault("mail_subject", decoded_subject(pairs["msg"]))
        add_gateway_fields(fields)
        add_mail_event(event)
    elif "ids" in categories:
        # FortiOS and PAN-OS keep the signature beside the name, which is the kind of record.
        named = fields.get("FTNTFGTattack") or (fields.get("cat") if fields["name"] == "THREAT" else None)
        add_signature(fields, named or fields["name"], by_score(fields["severity"]))
    elif "waf" in categories:
        _add_waf(fields)
    elif "antivirus" in categories:
        fields.setdefault("Signature", _infection(pairs) or fields["name"])


@lru_cache(maxsize=1024)
def _kind(vendor: str, product: str, guessed: str, refined: str) -> Kind:
    sources = _TABLE.raw["sources"]
    low_vendor, low_product = vendor.lower(), product.lower()
    exact = sources.get(f"{low_vendor}|{low_product}")
    known: dict[str, Any] = exact or sources.get(low_vendor, {})
    categories = known.get("categories", (guessed,) if guessed else ())
    if guessed == "mail" and exact is None:
        categories = (guessed,)
    if refined:
        categories = (refined,)
    logsource = LogSource(
        known.get("product", low_vendor or None),
        known.get("service", low_product or None),
        frozenset(categories),
    )
    constants = {"deviceVendor": vendor, "deviceProduct": product}
    special = {"mail": GATEWAY_TRAITS, "antivirus": AntivirusTraits(_TABLE)}
    traits = next((special[name] for name in categories if name in special), CefTraits(_TABLE))
    return Kind(NAME, logsource, constants, traits)


class CefReader:
    """Reads the lines of one input; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        if len(line) > MAX_CHARS:
            raise UnreadableRecordError(
                "the CEF line is too long", Sentence("at most {max_chars:,} characters", max_chars=MAX_CHARS)
            )
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
        vendor, product = fields["deviceVendor"], fields["deviceProduct"]
        kind = _kind(vendor, product, _guessed(pairs, heading), _refined(heading))
        event = Event(kind, fields, self._source, position)
        _add_by_category(event, pairs)
        return (event,)

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
