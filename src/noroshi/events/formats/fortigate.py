"""FortiGate logs as key-value lines, bare or in syslog.

Format: Fortinet, "FortiOS Log Message Reference" (6.0 to 7.6): types ``traffic``, ``utm`` (webfilter,
ips, app-ctrl, virus, dns …) and ``event``. ``eventtime`` is the instant (seconds to 6.0, nanoseconds
since); ``date``, ``time`` and ``tz`` are the device's local notation of it. The original names stay;
Sigma's ones stand beside them.

Log source: product ``fortigate``, service = ``type`` (as SigmaHQ's rules have it). A web filter record is a
proxy's record: it gets the web fields too. Category ``vpn`` for VPN events; logons to VPN, device and portal
get the uniform fields of logons and category ``authentication``. IPS and WAF records have the uniform fields
of attacks (`_attacks`), changes of the configuration those of changes and category ``configuration``
(`_changes`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_signature, add_waf_attacks, by_word
from noroshi.events.formats._changes import CHANGED, add_change, address_in
from noroshi.events.formats._keyvalue import key_values
from noroshi.events.formats._mail import add_sender, addresses, decoded_subject
from noroshi.events.formats._network import is_inside
from noroshi.events.logons import CATEGORY, add_logon
from noroshi.events.model import Event, Kind, LogSource, Outcome, Timestamp
from noroshi.events.times import parse_time
from noroshi.events.traits import TableTraits, load_table, read_entities
from noroshi.events.web import DEFAULT_PORTS, add_web_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Entities, Fields, Source

NAME: Final = "fortigate"
_TABLE: Final = load_table(NAME)
_WATCHING: Final = frozenset({"ips", "anomaly", "virus", "waf"})
_USERS: Final = ("user", "xauthuser", "srcuser", "unauthuser", "initiator")
_LOGON_KINDS: Final = {"vpn": "vpn", "system": "admin", "user": "other"}
_LOGONS: Final = frozenset({"login", "authentication", "auth-logon"})


class FortigateTraits(TableTraits):
    """A table, with the time out of three fields and the side of a connection that is watched."""

    def time(self, event: Event) -> Timestamp:
        """``eventtime``, else ``date``, ``time`` and ``tz``."""
        stamp = TableTraits.time(self, event)
        fields = event.fields
        if stamp != Timestamp.missing() or "date" not in fields or "time" not in fields:
            return stamp
        text = f"{fields['date']} {fields['time']} {fields.get('tz', '')}"
        return parse_time(text, event.source) or stamp

    def outcome(self, event: Event) -> Outcome:
        """The action; what a detector let pass was detected, not allowed."""
        found = TableTraits.outcome(self, event)
        if found is Outcome.ALLOWED and event.fields.get("subtype") in _WATCHING:
            return Outcome.DETECTED
        return found

    def entities(self, event: Event) -> Entities:
        """The inner end of the connection, usually its source; for the device's own events the device.

        A VPN's user is at the address inside the tunnel; who attacks from outside is no watched user.
        """
        fields = event.fields
        if fields.get("subtype") == "vpn":
            return read_entities(event, (), _USERS, ("tunnelip", "assignip"))
        if fields.get("type") == "event":
            return read_entities(event, ("devname",), _USERS, ())
        if is_inside(fields.get("dstip")) and not is_inside(fields.get("srcip")):
            return read_entities(event, ("dstname",), ("dstuser", "dstunauthuser"), ("dstip",))
        return read_entities(event, ("srcname",), _USERS, ("srcip",))


@lru_cache(maxsize=256)
def _kind(log_type: str, subtype: str, *, logon: bool = False, changed: bool = False) -> Kind:
    categories = _TABLE.raw["categories"]
    found = {*categories.get(f"{log_type}/{subtype}", categories.get(log_type, ()))}
    if logon:
        found.add(CATEGORY)
    if changed:
        found = {CHANGED}
    constants = {name: value for name, value in (("type", log_type), ("subtype", subtype)) if value}
    return Kind(NAME, LogSource(NAME, log_type, frozenset(found)), constants, FortigateTraits(_TABLE))


def _add_aliases(fields: Fields, section: str) -> None:
    for name, aliases in _TABLE.raw[section].items():
        if name in fields:
            for alias in aliases:
                fields.setdefault(alias, fields[name])


def _add_web(fields: Fields) -> None:
    """A web filter's record in a proxy's words; ``url`` is a path up to 6.2 and a whole URL later."""
    _add_aliases(fields, "web_aliases")
    url, host = fields.get("url", ""), fields.get("hostname", "")
    if url.startswith("/") and host:
        scheme = "https" if str(fields.get("service", "")).upper() == "HTTPS" else "http"
        port = fields.get("dstport", "")
        shown = "" if port in ("", DEFAULT_PORTS[scheme]) or ":" in host else f":{port}"
        url = f"{scheme}://{host}{shown}{url}"
    if url:
        fields["c-uri"] = fields["cs-uri"] = url
    add_web_fields(fields)


def _add_mail(fields: Fields) -> None:
    """A spam filter's record in the uniform words of mail."""
    for target, names in (("mail_from", ("sender", "from")), ("mail_to", ("recipient", "to"))):
        text = next((fields[name] for name in names if fields.get(name)), "")
        if found := addresses(text.split(",")):
            fields[target] = found if target == "mail_to" else found[0]
    if subject := fields.get("subject"):
        fields["mail_subject"] = decoded_subject(subject)
    add_sender(fields, fields.get("from"))


def _logged_on(fields: Fields) -> bool | None:
    """Whether a person got in (True), did not (False), or the record is about something else (None)."""
    action = str(fields.get("action", ""))
    if action == "tunnel-up":
        named = {str(fields.get(name, "N/A")) for name in ("user", "xauthuser")} - {"N/A"}
        return True if named else None
    if action == "ssl-login-fail":
        return False
    if action not in _LOGONS:
        return None
    status = str(fields.get("status", ""))
    return None if not status else status == "success"


def _add_logon(fields: Fields, subtype: str) -> bool:
    """The uniform fields of a logon to the VPN, the device or its portal; whether the record is one."""
    success = _logged_on(fields)
    if success is None:
        return False
    user = next((fields[name] for name in ("user", "xauthuser") if fields.get(name, "N/A") != "N/A"), None)
    address = fields.get("remip", fields.get("srcip"))
    kind, device = _LOGON_KINDS[subtype], fields.get("devname")
    add_logon(fields, kind, success=success, user=user, host=device, address=address)
    return True


def _add_attack(fields: Fields, subtype: str) -> None:
    """What IPS and WAF say of an attack, in the words of all of them."""
    if subtype in {"ips", "anomaly"}:
        add_signature(fields, fields.get("attack"), by_word(fields.get("severity")))
    elif subtype == "waf":
        _add_web(fields)
        named = (fields.get(name) for name in ("name", "eventtype", "msg"))
        fields["waf_message"] = [text for text in named if text]
        add_waf_attacks(fields)


class FortigateReader:
    """Reads the lines of one input; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        fields: Fields = key_values(line)
        log_type, subtype = fields.get("type", ""), fields.get("subtype", "")
        if not log_type or not ("eventtime" in fields or "time" in fields):
            raise UnreadableRecordError("no type or no time among the pairs", "the line may be cut off")
        _add_aliases(fields, "aliases")
        changed = False
        if subtype == "webfilter":
            _add_web(fields)
        elif subtype == "dns" or log_type == "dns":
            _add_aliases(fields, "dns_aliases")
            if answers := fields.get("ipaddr"):
                fields["answer"] = [text.strip() for text in answers.split(",")]
        elif subtype == "emailfilter":
            _add_mail(fields)
        elif subtype == "virus":
            _add_aliases(fields, "virus_aliases")
        elif changed := "cfgpath" in fields:
            told = (fields.get(name) for name in ("cfgpath", "cfgobj", "action", "cfgattr"))
            add_change(fields, tuple(told), fields.get("user"), address_in(fields.get("ui")))
        else:
            _add_attack(fields, subtype)
        logon = log_type == "event" and subtype in _LOGON_KINDS and _add_logon(fields, subtype)
        kind = _kind(log_type, subtype, logon=logon, changed=changed)
        return (Event(kind, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Fortigate:
    """FortiGate's key-value lines."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the keys that every FortiOS record has."""
        head = line[:400]
        if "logid=" not in head or "type=" not in head:
            return 0.0
        return 0.97 if "devid=" in head or "devname=" in head or "eventtime=" in head else 0.7

    def reader(self, source: Source) -> FortigateReader:
        """A reader for one input."""
        return FortigateReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Fortigate(),)
