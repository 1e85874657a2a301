"""Zeek logs: every log stream, tab-separated or JSON (Zeek manual, "Zeek Logs").

Log source: product ``zeek``, service = the stream's name (``conn``, ``http``, ``smb_files`` …), as SigmaHQ's
rules name it. Categories: ``http`` → ``proxy``, and ``webserver`` too when the server has an inside address
and the request does not go to a proxy; ``dns`` → ``dns``; ``conn`` → ``firewall``; ``smtp`` → ``mail``;
``dhcp`` → ``dhcp``; ``signatures`` and ``intel`` → ``ids``; ``ssh`` → ``authentication``;
``files`` → ``mail`` for attachments (``mail_attachments``; ``uid`` leads to the mail in ``smtp``).
(``network_connection`` is Sysmon's view, with a process: not these.)

JSON comes with ``_path`` (Zeek, Corelight), ``@stream`` and underscored names (``id_orig_h``), or without any
name: then the fields tell (table ``[paths]``). Every event has ``_path``, the dotted names and Sigma's
``src_ip``, ``dst_ip`` …
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.formats import _zeek_streams
from noroshi.events.formats._dhcp import add_lease, lease_seconds
from noroshi.events.formats._json_lines import json_object
from noroshi.events.formats._mail import add_sender, addresses, decoded_subject
from noroshi.events.formats._network import Request, add_request, is_inside, sensor_entities
from noroshi.events.formats._zeek_tsv import Columns
from noroshi.events.model import Entities, Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.values import MISSING, lookup
from noroshi.events.web import add_web_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from noroshi.events.format import Envelope, LineReader
    from noroshi.events.model import Fields, Source

NAME: Final = "zeek"
MAX_KINDS: Final = 512
"""Streams told apart; the log names them and may be hostile, so later ones share a kind without service."""
_CATEGORIES: Final[Mapping[str, frozenset[str]]] = {
    "http": frozenset({"proxy"}),
    "dns": frozenset({"dns"}),
    "conn": frozenset({"firewall"}),
    "smtp": frozenset({"mail"}),
    "dhcp": frozenset({"dhcp"}),
    "signatures": frozenset({"ids"}),
    "intel": frozenset({"ids"}),
    "ssh": frozenset({"authentication"}),
}
_TUPLE: Final = (
    ("src_ip", "id.orig_h"),
    ("src_port", "id.orig_p"),
    ("dst_ip", "id.resp_h"),
    ("dst_port", "id.resp_p"),
)
_FORWARDED: Final = "X-FORWARDED-FOR -> "
_PATH_KEYS: Final = ("_path", "@stream")


def _first(value: Any) -> Any:
    if isinstance(value, list):
        return value[0] if value else None
    return value


@dataclass(frozen=True, slots=True)
class ZeekTraits(TableTraits):
    """The table, and the watched side of a connection."""

    def entities(self, event: Event) -> Entities:
        """The watched side: its address, for mail its mailbox; a file is its receiver's."""
        fields = event.fields
        sides = fields.get("src_ip"), fields.get("dst_ip")
        if fields.get("_path") == "files":
            sides = _file_sides(fields)
        return sensor_entities(event, TableTraits.entities(self, event), *sides)


def _file_sides(fields: Fields) -> tuple[Any, Any]:
    """Receiver and sender; a mail server only passes files on, so there mail has none."""
    if fields.get("source") == "SMTP":
        return None, None
    receiver = _first(fields.get("rx_hosts")) or fields.get("src_ip")
    return receiver, _first(fields.get("tx_hosts")) or fields.get("dst_ip")


TRAITS: Final = ZeekTraits(load_table(NAME))


def _kind(path: str, *, inward: bool) -> Kind:
    categories = _CATEGORIES.get(path, frozenset()) | ({"webserver"} if inward else set())
    return Kind(NAME, LogSource(NAME, path, categories), {"_path": path}, TRAITS)


_PLAIN: Final = Kind(NAME, LogSource(NAME), {}, TRAITS)
_KINDS: Final = {path: _kind(path, inward=False) for path in TRAITS.table.raw["streams"]}
_INWARD: Final = _kind("http", inward=True)
_ATTACHED: Final = Kind(NAME, LogSource(NAME, "files", frozenset({"mail"})), {"_path": "files"}, TRAITS)
_STREAM: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def _kind_of(path: str, *, inward: bool) -> Kind:
    """The kind of a stream; streams of Zeek packages get their own too, up to `MAX_KINDS`."""
    if inward:
        return _INWARD
    kind = _KINDS.get(path)
    if kind is None:
        if len(_KINDS) >= MAX_KINDS or not _STREAM.fullmatch(path):
            return _PLAIN
        kind = _KINDS[path] = _kind(path, inward=False)
    return kind


@cache
def _signatures() -> tuple[tuple[str, frozenset[str]], ...]:
    """Stream names with the fields that only they have together, in the table's order."""
    return tuple((path, frozenset(names)) for path, names in TRAITS.table.raw["paths"].items())


def _path_of(fields: Fields) -> str | None:
    for key in _PATH_KEYS:
        if isinstance(path := fields.get(key), str) and path:
            return path
    return next((path for path, names in _signatures() if names <= fields.keys()), None)


_UNDERSCORED: Final = ("id_", "certificate_", "basic_constraints_", "san_")


def _restore_dots(fields: Fields) -> None:
    """Give underscored names (``id_orig_h``, ``certificate_serial``) their dotted ones beside them."""
    if "id_orig_h" not in fields and "certificate_serial" not in fields:
        return
    for name in [name for name in fields if name.startswith(_UNDERSCORED)]:
        prefix = next(prefix for prefix in _UNDERSCORED if name.startswith(prefix))
        fields.setdefault(f"{prefix[:-1]}.{name[len(prefix) :]}", fields[name])


def _add_http(fields: Fields) -> bool:
    request = Request(
        method=fields.get("method"),
        target=fields.get("uri"),
        host=fields.get("host"),
        port=fields.get("dst_port"),
        server=fields.get("dst_ip"),
        referer=fields.get("referrer"),
        user_agent=fields.get("user_agent"),
        status=fields.get("status_code"),
    )
    add_request(fields, request)
    if "src_ip" in fields:
        fields["c-ip"] = fields["src_ip"]
    for name, original in (
        ("cs-username", "username"),
        ("cs-bytes", "request_body_len"),
        ("sc-bytes", "response_body_len"),
        ("cs-version", "version"),
    ):
        if original in fields:
            fields[name] = fields[original]
    proxied = fields.get("proxied")
    for text in proxied if isinstance(proxied, list) else ():
        if isinstance(text, str) and text.startswith(_FORWARDED):
            fields["x-forwarded-for"] = text.removeprefix(_FORWARDED)
    add_web_fields(fields)
    return is_inside(fields.get("dst_ip")) and not request.to_proxy


def _add_dns(fields: Fields) -> None:
    for name, original in (("record_type", "qtype_name"), ("answer", "answers")):
        if original in fields:
            fields[name] = fields[original]


def _add_smtp(fields: Fields) -> None:
    if sender := addresses(fields.get("mailfrom") or fields.get("from")):
        fields["mail_from"] = sender[0]
    if recipients := addresses(fields.get("rcptto") or fields.get("to")):
        fields["mail_to"] = recipients
    if isinstance(subject := fields.get("subject"), str):
        fields["mail_subject"] = decoded_subject(subject)
    add_sender(fields, fields.get("from"))


def _add_files(fields: Fields) -> None:
    """``uid`` as newer versions have it, so that a file can be joined to its connection by one name."""
    if (uid := _first(fields.get("conn_uids"))) is not None:
        fields.setdefault("uid", uid)
    if fields.get("source") == "SMTP" and isinstance(name := fields.get("filename"), str) and name:
        fields["mail_attachments"] = [decoded_subject(name)]


def _add_dhcp(fields: Fields) -> None:
    messages = fields.get("msg_types")
    told = (
        set(messages)
        if isinstance(messages, list) and all(isinstance(text, str) for text in messages)
        else set()
    )
    actions = (("ACK", "assign"), ("RELEASE", "release"), ("DECLINE", "decline"), ("NAK", "deny"))
    add_lease(
        fields,
        next((action for message, action in actions if message in told), "request"),
        ip=fields.get("assigned_addr", fields.get("client_addr")),
        mac=fields.get("mac"),
        hostname=fields.get("host_name"),
        lease_seconds=lease_seconds(fields.get("lease_time")),
    )


_ADDERS: Final[Mapping[str, Callable[[Fields], None]]] = {
    "dns": _add_dns,
    "smtp": _add_smtp,
    "files": _add_files,
    "dhcp": _add_dhcp,
    **_zeek_streams.ADDERS,
}


def _event(fields: Fields, path: str | None, source: Source, position: int | str) -> Event:
    _restore_dots(fields)
    for name, original in _TUPLE:
        if (value := lookup(fields, original)) is not MISSING:
            fields.setdefault(name, value)
    if path is None:
        return Event(_PLAIN, fields, source, position)
    fields["_path"] = path
    inward = path == "http" and _add_http(fields)
    if (add := _ADDERS.get(path)) is not None:
        add(fields)
    kind = _ATTACHED if "mail_attachments" in fields else _kind_of(path, inward=inward)
    return Event(kind, fields, source, position)


@dataclass(slots=True)
class ZeekReader:
    """Reads either writer's lines, even mixed; holds the last headers."""

    source: Source
    columns: Columns = field(default_factory=Columns)

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this line; none for a header."""
        if line.startswith("#"):
            self.columns.header(line)
            return ()
        if line.startswith("{"):
            fields = json_object(line)
            return (_event(fields, _path_of(fields), self.source, position),)
        fields = self.columns.row(line)
        return (_event(fields, self.columns.path or _path_of(fields), self.source, position),)

    def finish(self) -> Iterable[Event]:
        """No event is held."""
        return ()


_HEADERS: Final = (
    "#separator \\x",
    "#fields\tts",
    "#set_separator",
    "#empty_field",
    "#unset_field",
    "#path\t",
    "#types\ttime",
)


@dataclass(frozen=True, slots=True)
class ZeekFormat:
    """Zeek's logs."""

    name: str = NAME

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """A header of the ASCII writer, or a JSON object with what Zeek's have."""
        if line.startswith("{"):
            return _json_confidence(line)
        if line.startswith("#"):
            return 1.0 if line.startswith(_HEADERS) else 0.8 * line.startswith(("#open\t", "#close\t"))
        stamp, tab, _ = line.partition("\t")
        whole, dot, fraction = stamp.partition(".")
        return 0.9 if tab and dot and len(whole) == 10 and (whole + fraction).isdigit() else 0.0

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return ZeekReader(source)


def _json_confidence(line: str) -> float:
    if '"ts":' not in line and '"ts" :' not in line:
        return 0.0
    if '"_path":' in line or '"@stream":' in line:
        return 0.97
    tuple_named = '"id.orig_h"' in line or '"id_orig_h"' in line
    if tuple_named and '"uid"' in line:
        return 0.95
    return 0.85 if '"fuid"' in line or tuple_named else 0.0


FORMATS: Final = (ZeekFormat(),)
