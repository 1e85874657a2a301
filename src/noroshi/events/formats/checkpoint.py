r"""Check Point gateways and management: Log Exporter's ``syslog``, ``splunk`` and ``generic`` lines.

Format: Check Point, "Log Exporter" (sk122323) and "Description of Fields in Check Point Logs" (sk144192),
R80.20 to R81.20::

    … CheckPoint 13752 - [action:"Drop"; flags:"400644"; time:"1595391129"; src:"10.20.4.114"; …]
    time=1595391129|hostname=fw1|product=VPN-1 & FireWall-1|action=Drop|src=10.20.4.114|…
    time="1595391129" product="URL Filtering" action="Block" src="10.20.4.114" …

In quotes ``\"``, ``\\`` and ``\]`` are escapes. ``time`` is epoch seconds. (Its CEF and LEEF are
read as those.) Sigma's names stand beside the vendor's; ``service`` is the destination's port. Of a user
``Taro Suzuki (t.suzuki)`` the account, of a machine ``PC-014@domain`` the name is told apart.

Log source: product ``checkpoint``, service = the blade (field ``product``) in lower case. Category by blade:
``firewall``, ``ids`` for IPS, SmartDefense and Anti-Bot, ``antivirus`` for Anti-Virus and Threat
Emulation, ``proxy`` for URL Filtering (with the web fields), ``vpn`` for Mobile Access and IPsec VPN,
``configuration`` for what administrators did (uniform fields: `_changes`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_signature, by_priority, by_word
from noroshi.events.formats._changes import CHANGED, add_change
from noroshi.events.formats._firewall import MAX_CHARS, EndsTraits, add_aliases, add_envelope
from noroshi.events.logons import CATEGORY, add_logon
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import load_table
from noroshi.events.web import add_web_fields, split_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "checkpoint"
MAX_BLADE_CHARS: Final = 128
"""A longer name of a blade is none."""
_TABLE: Final = load_table(NAME)
_EMPTY: Final = frozenset({"", "0.0.0.0"})  # noqa: S104 - how the gateway writes "not translated"
_QUOTED: Final = re.compile(r'([A-Za-z_][\w /.\-]{0,63})[:=]"([^"\\]*+(?:\\.[^"\\]*+)*+)(?:"|$)')
_ESCAPED: Final = re.compile(r'\\(["\\\]])')
_STRUCTURED: Final = re.compile(
    # Before the bracket, where a relay rewrote the header: the program, and its process and message ids.
    r'(?:\w{1,40} (?:(?:\d{1,10}|-) [\w.-]{1,32} )?)?\[(?:action|flags|ifdir|product|loguid|origin|time):"'
)
_BARRED: Final = re.compile(r"(?:[\w/.-]{1,40}=[^|]{0,256}\|){3}")
_OWN: Final = ("loguid=", "origin=", "orig=", "ifdir=", "i/f_dir=", "product=VPN-1", 'product="VPN-1')
_CHANGE: Final = ("operation", "objecttype", "objectname", "fieldschanges", "subject")
_ACCOUNT: Final = re.compile(r"\(([^()]{1,128})\)\s*$")


def _pairs(line: str) -> Fields:
    """The pairs of any of the three notations; of a repeated key the last value."""
    if _BARRED.match(line):
        found = (part.partition("=") for part in line.split("|"))
        return {key.strip(): value for key, _, value in found if key.strip() and value not in _EMPTY}
    return {
        key.strip(): _ESCAPED.sub(r"\1", value) if "\\" in value else value
        for key, value in _QUOTED.findall(line)
        if value not in _EMPTY
    }


_LOGONS: Final = {"log in": True, "failed log in": False}


@lru_cache(maxsize=256)
def _kind(blade: str, *, logon: bool = False, changed: bool = False) -> Kind:
    service = blade.lower()
    categories = frozenset(_TABLE.raw["categories"].get(service, (CHANGED,) if changed else ()))
    categories |= {CATEGORY} if logon else frozenset()
    constants = {"product": blade} if blade else {}
    return Kind(NAME, LogSource(NAME, service or None, categories), constants, EndsTraits(_TABLE))


def _add_names(fields: Fields) -> None:
    """``src_account`` and ``src_host`` (and of the destination) out of the directory's names."""
    for end in ("src", "dst"):
        if (user := fields.get(f"{end}_user_name")) is not None:
            account = _ACCOUNT.search(user[-160:])
            fields[f"{end}_account"] = account[1] if account else user
        if (machine := fields.get(f"{end}_machine_name")) is not None:
            fields[f"{end}_host"] = machine.partition("@")[0]


def _add_logon(fields: Fields) -> bool:
    """The uniform fields of a logon to VPN, portal or management; whether it is one."""
    success = _LOGONS.get(str(fields.get("action", "")).lower())
    if success is None:
        return False
    kind = (
        "vpn"
        if "vpn" in _kind(str(fields.get("product", ""))[:MAX_BLADE_CHARS]).logsource.categories
        else "admin"
    )
    if success and "fail" in str(fields.get("auth_status", "")).lower():
        success = False
    host, address = fields.get("origin_name", fields.get("dvchost")), fields.get("src_ip")
    add_logon(fields, kind, success=success, user=fields.get("user"), host=host, address=address)
    return True


def _add_web(fields: Fields) -> None:
    add_aliases(fields, _TABLE.raw["web_aliases"])
    if host := split_url(str(fields.get("resource", ""))).host:
        fields["cs-host"] = fields["r-dns"] = host
    add_web_fields(fields)


def _severity(fields: Fields) -> str | None:
    """A word, or from 0 (informational) to 4 (critical)."""
    number = {"0": "4", "1": "3", "2": "2", "3": "1", "4": "1"}.get(str(fields.get("severity")))
    return by_priority(number) or by_word(fields.get("severity"))


class CheckPointReader:
    """Reads the lines of one input; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        if len(line) > MAX_CHARS:
            raise UnreadableRecordError(
                "the line of pairs is too long",
                Sentence("at most {max_chars:,} characters", max_chars=MAX_CHARS),
            )
        fields = _pairs(line)
        if not fields.keys() & {"action", "product", "loguid", "origin"}:
            raise UnreadableRecordError("no action and no product among the pairs", "the line may be cut off")
        add_envelope(fields, envelope)
        _add_names(fields)
        add_aliases(fields, _TABLE.raw["aliases"])
        blade = str(fields.get("product", ""))
        if changed := "administrator" in fields and "operation" in fields:
            told = (fields.get(name) for name in _CHANGE)
            add_change(fields, tuple(told), fields["administrator"])
        known = blade if len(blade) <= MAX_BLADE_CHARS else ""
        kind = _kind(known, logon=_add_logon(fields), changed=changed)
        if "resource" in fields:
            _add_web(fields)
        if "ids" in kind.logsource.categories:
            add_signature(fields, fields.get("protection_name", fields.get("attack")), _severity(fields))
        if "antivirus" in kind.logsource.categories:
            add_aliases(fields, _TABLE.raw["virus_aliases"])
        return (Event(kind, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class CheckPoint:
    """Log Exporter's lines."""

    name = NAME
    splittable = True

    def recognise(self, line: str, envelope: Envelope) -> float:
        """By the bracket's first key, or by keys that only Check Point's logs have."""
        if _STRUCTURED.match(line):
            return 0.97
        head = line[:2000]
        if "action" not in head and "product" not in head:
            return 0.0
        own = sum(word in head for word in _OWN)
        if own and (_BARRED.match(line) or (own > 1 and _QUOTED.match(line))):
            return 0.93
        return 0.9 if envelope.program == "CheckPoint" and _QUOTED.search(head) else 0.0

    def reader(self, source: Source) -> CheckPointReader:
        """A reader for one input."""
        return CheckPointReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (CheckPoint(),)
