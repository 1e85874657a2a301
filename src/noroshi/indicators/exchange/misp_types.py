"""MISP's attribute types and ours (MISP core format, draft-16; ``describeTypes.json``)."""

from __future__ import annotations

from typing import Final, NamedTuple

from noroshi.errors import Sentence
from noroshi.indicators.kinds import guess_type


class MispType(NamedTuple):
    """How a type of ours is written.

    Attributes:
        type: MISP's attribute type.
        category: A category that MISP allows for it.
    """

    type: str
    category: str


_NETWORK: Final = "Network activity"
_DELIVERY: Final = "Payload delivery"
_DROPPED: Final = "Artifacts dropped"
_EXTERNAL: Final = "External analysis"
OURS: Final[dict[str, MispType]] = {
    "ip": MispType("ip-dst", _NETWORK),
    "cidr": MispType("ip-dst", _NETWORK),
    "ip:port": MispType("ip-dst|port", _NETWORK),
    "domain": MispType("domain", _NETWORK),
    "url": MispType("url", _NETWORK),
    "email": MispType("email-src", _DELIVERY),
    "mail_subject": MispType("email-subject", _DELIVERY),
    "md5": MispType("md5", _DELIVERY),
    "sha1": MispType("sha1", _DELIVERY),
    "sha256": MispType("sha256", _DELIVERY),
    "sha512": MispType("sha512", _DELIVERY),
    "imphash": MispType("imphash", _DELIVERY),
    "ssdeep": MispType("ssdeep", _DELIVERY),
    "tlsh": MispType("tlsh", _DELIVERY),
    "file_name": MispType("filename", _DELIVERY),
    "mutex": MispType("mutex", _DROPPED),
    "registry_key": MispType("regkey", _DROPPED),
    "user_agent": MispType("user-agent", _NETWORK),
    "ja3": MispType("ja3-fingerprint-md5", _NETWORK),
    "ja3s": MispType("other", _NETWORK),
    "jarm": MispType("jarm-fingerprint", _NETWORK),
    "cve": MispType("vulnerability", _EXTERNAL),
    "attack": MispType("text", _EXTERNAL),
    "asn": MispType("AS", _NETWORK),
    "btc": MispType("btc", "Financial fraud"),
    "text": MispType("text", _EXTERNAL),
}

THEIRS: Final[dict[str, str]] = {
    "ip-dst": "ip",
    "ip-src": "ip",
    "ip-dst|port": "ip:port",
    "ip-src|port": "ip:port",
    "domain": "domain",
    "hostname": "domain",
    "url": "url",
    "uri": "url",
    "email": "email",
    "email-src": "email",
    "email-dst": "email",
    "email-reply-to": "email",
    "email-subject": "mail_subject",
    "email-attachment": "file_name",
    "filename": "file_name",
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "sha512": "sha512",
    "imphash": "imphash",
    "ssdeep": "ssdeep",
    "tlsh": "tlsh",
    "mutex": "mutex",
    "regkey": "registry_key",
    "user-agent": "user_agent",
    "ja3-fingerprint-md5": "ja3",
    "jarm-fingerprint": "jarm",
    "vulnerability": "cve",
    "AS": "asn",
    "btc": "btc",
    "text": "text",
    "other": "text",
}
"""Attribute type → our type; all others are told and left out."""

CONTEXT: Final = frozenset(
    {"comment", "link", "attachment", "datetime", "port", "size-in-bytes", "counter", "float"}
)
"""Attributes that describe others and are no indicators; not an error."""

_COMPOSITE: Final = {"regkey|value", "domain|ip", "hostname|port"}


def parts(type_: str, value: str) -> list[tuple[str, str]]:
    """The indicators in an attribute: our types and values. A composite ``a|b`` gives both parts.

    ``filename|sha256`` is a name and a hash; ``ip-dst|port`` one endpoint; ``malware-sample`` a name and an
    MD5.

    Raises:
        ValueError: There is no such type here.
    """
    if type_ == "malware-sample":
        type_ = "filename|md5"
    if type_ in {"ip-dst|port", "ip-src|port"}:
        return [("ip:port", _endpoint(value))]
    if type_ in THEIRS:
        return [(THEIRS[type_], value)]
    left, bar, right = value.rpartition("|")
    first, _, second = type_.partition("|")
    if bar and first == "filename" and THEIRS.get(second) in OURS:
        return [("file_name", left), (THEIRS[second], right)]
    if bar and type_ in _COMPOSITE:
        if type_ == "domain|ip":
            return [("domain", left), ("ip", right)]
        return [(THEIRS[first], left)]
    raise ValueError(Sentence("attributes of type `{type}` are not read", type=type_[:40]))


def _endpoint(value: str) -> str:
    """MISP separates address and port by a bar, older feeds by a colon; IPv6 has no brackets."""
    host, _, port = value.rpartition("|") if "|" in value else value.rpartition(":")
    bare = host.strip("[]")
    return f"[{bare}]:{port}" if guess_type(bare) == "ip" and ":" in bare else f"{bare}:{port}"


def written_value(type_: str, value: str) -> str:
    """The value as MISP has it."""
    if type_ == "ip:port":
        host, _, port = value.rpartition(":")
        return f"{host.strip('[]')}|{port}"
    return value.removeprefix("AS") if type_ == "asn" else value
