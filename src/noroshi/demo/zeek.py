"""Zeek 3 TSV logs of the sensor at the server segment: conn, dns, http, ssl, smtp, files.

Sources: Zeek's script reference of each log's ``Info`` record, and its ASCII writer. A record's ``ts`` is the
beginning; it is written when Zeek forgets the connection, so lines are not in the order of ``ts``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.demo.times import DAY_END, MIDNIGHT, SECOND, epoch_us, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID: Final = (("id.orig_h", "addr"), ("id.orig_p", "port"), ("id.resp_h", "addr"), ("id.resp_p", "port"))
_TS_UID: Final = (("ts", "time"), ("uid", "string"), *_ID)

FIELDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "conn": (
        *_TS_UID, ("proto", "enum"), ("service", "string"), ("duration", "interval"), ("orig_bytes", "count"),
        ("resp_bytes", "count"), ("conn_state", "string"), ("local_orig", "bool"), ("local_resp", "bool"),
        ("missed_bytes", "count"), ("history", "string"), ("orig_pkts", "count"), ("orig_ip_bytes", "count"),
        ("resp_pkts", "count"), ("resp_ip_bytes", "count"), ("tunnel_parents", "set[string]"),
    ),
    "dns": (
        *_TS_UID, ("proto", "enum"), ("trans_id", "count"), ("rtt", "interval"), ("query", "string"),
        ("qclass", "count"), ("qclass_name", "string"), ("qtype", "count"), ("qtype_name", "string"),
        ("rcode", "count"), ("rcode_name", "string"), ("AA", "bool"), ("TC", "bool"), ("RD", "bool"),
        ("RA", "bool"),
        ("Z", "count"), ("answers", "vector[string]"), ("TTLs", "vector[interval]"), ("rejected", "bool"),
    ),
    "http": (
        *_TS_UID, ("trans_depth", "count"), ("method", "string"), ("host", "string"), ("uri", "string"),
        ("referrer", "string"), ("version", "string"), ("user_agent", "string"), ("origin", "string"),
        ("request_body_len", "count"), ("response_body_len", "count"), ("status_code", "count"),
        ("status_msg", "string"), ("info_code", "count"), ("info_msg", "string"), ("tags", "set[enum]"),
        ("username", "string"), ("password", "string"), ("proxied", "set[string]"),
        ("orig_fuids", "vector[string]"),
        ("orig_filenames", "vector[string]"), ("orig_mime_types", "vector[string]"),
        ("resp_fuids", "vector[string]"),
        ("resp_filenames", "vector[string]"), ("resp_mime_types", "vector[string]"),
    ),
    "ssl": (
        *_TS_UID, ("version", "string"), ("cipher", "string"), ("curve", "string"), ("server_name", "string"),
        ("resumed", "bool"), ("last_alert", "string"), ("next_protocol", "string"), ("established", "bool"),
        ("cert_chain_fuids", "vector[string]"), ("client_cert_chain_fuids", "vector[string]"),
        ("subject", "string"),
        ("issuer", "string"), ("client_subject", "string"), ("client_issuer", "string"),
        ("validation_status", "string"),
    ),
    "smtp": (
        *_TS_UID, ("trans_depth", "count"), ("helo", "string"), ("mailfrom", "string"),
        ("rcptto", "set[string]"),
        ("date", "string"), ("from", "string"), ("to", "set[string]"), ("cc", "set[string]"),
        ("reply_to", "string"),
        ("msg_id", "string"), ("in_reply_to", "string"), ("subject", "string"), ("x_originating_ip", "addr"),
        ("first_received", "string"), ("second_received", "string"), ("last_reply", "string"),
        ("path", "vector[addr]"), ("user_agent", "string"), ("tls", "bool"), ("fuids", "vector[string]"),
        ("is_webmail", "bool"),
    ),
    "files": (
        ("ts", "time"), ("fuid", "string"), ("tx_hosts", "set[addr]"), ("rx_hosts", "set[addr]"),
        ("conn_uids", "set[string]"), ("source", "string"), ("depth", "count"), ("analyzers", "set[string]"),
        ("mime_type", "string"), ("filename", "string"), ("duration", "interval"), ("local_orig", "bool"),
        ("is_orig", "bool"), ("seen_bytes", "count"), ("total_bytes", "count"), ("missing_bytes", "count"),
        ("overflow_bytes", "count"), ("timedout", "bool"), ("parent_fuid", "string"), ("md5", "string"),
        ("sha1", "string"), ("sha256", "string"), ("extracted", "string"), ("extracted_cutoff", "bool"),
        ("extracted_size", "count"),
    ),
}  # fmt: skip


def header(path: str) -> str:
    """The lines at the top of a log."""
    names = "\t".join(name for name, _ in FIELDS[path])
    types = "\t".join(kind for _, kind in FIELDS[path])
    return (
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
        f"#path\t{path}\n#open\t{stamp(MIDNIGHT)}\n#fields\t{names}\n#types\t{types}\n"
    )


def footer() -> str:
    """The line at the end of a log."""
    return f"#close\t{stamp(DAY_END)}\n"


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, (list, tuple)):
        return ",".join(_escaped(str(item)).replace(",", "\\x2c") for item in value) if value else "(empty)"
    return _escaped(str(value))


def _escaped(text: str) -> str:
    """As the ASCII writer does: what is not printable ASCII by its number; ``-`` alone would mean unset."""
    if text == "-":
        return "\\x2d"
    if text.isascii() and text.isprintable():
        return text
    return "".join(chr(b) if 32 <= b < 127 else f"\\x{b:02x}" for b in text.encode())


_ORDER: Final = {path: tuple(name for name, _ in fields) for path, fields in FIELDS.items()}
_EMPTY_SETS: Final = {"tunnel_parents", "tags"}


def row(path: str, values: Mapping[str, Any]) -> str:
    """One line of a log; fields that are not given are unset.

    Raises:
        KeyError: A field that the log does not have.
    """
    unknown = values.keys() - set(_ORDER[path])
    if unknown:
        raise KeyError(f"{path}.log has no {sorted(unknown)}")
    return "\t".join(
        _text(values[name]) if name in values else ("(empty)" if name in _EMPTY_SETS else "-")
        for name in _ORDER[path]
    )


@dataclass(frozen=True, slots=True)
class Connection:
    """The identity of a connection: start, identifier, both ends."""

    start: int
    uid: str
    source: tuple[str, int]
    destination: tuple[str, int]

    def head(self, t: int) -> dict[str, Any]:
        """``ts``, ``uid`` and ``id`` of a record about it."""
        return {
            "ts": epoch_us(t),
            "uid": self.uid,
            "id.orig_h": self.source[0],
            "id.orig_p": self.source[1],
            "id.resp_h": self.destination[0],
            "id.resp_p": self.destination[1],
        }


def interval(microseconds: int) -> str:
    """A duration in seconds with six digits."""
    return f"{microseconds // SECOND}.{microseconds % SECOND:06d}"


def local(address: str) -> bool:
    """Whether the sensor's site list calls an address its own."""
    return address.startswith(("10.", "203.0.113.10", "203.0.113.11", "203.0.113.12"))
