"""What a list holds and what a match gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TEXT_TYPES: Final = frozenset(
    {"text", "file_name", "mail", "mail_subject", "mutex", "registry", "user_agent", "ja3", "jarm"}
)
HASH_TYPES: Final = frozenset({"hash", "md5", "sha1", "sha256", "sha512", "imphash"})
NAME_TYPES: Final = frozenset({"host", "user"})
TYPES: Final = TEXT_TYPES | HASH_TYPES | NAME_TYPES | {"ip", "domain", "near_domain", "url", "ip:port"}

PORT_FIELDS: Final = {
    "DestinationIp": "DestinationPort",
    "dst_ip": "dst_port",
    "dest_ip": "dest_port",
    "dstip": "dstport",
    "dst": "dpt",
    "id.resp_h": "id.resp_p",
    "r-ip": "r-port",
    "cs-host": "cs-port",
}
"""Address field → port field of the same end, for ``ip:port`` sets that declare none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a list with what its source says about it.

    Attributes:
        value: As written in the list, refanged.
        threat: ``c2``, ``download``, ``payload`` or ``mail``; empty if unknown.
        family: Malware family.
        source: Who reported it.
        first_seen: As written, ISO 8601.
        confidence: 0 to 100, None if not given.
        compromised_site: An ordinary web site that serves malware: a host match is weak.
        tlp: Traffic Light Protocol word.
        kind: The entry's own, narrower type (``md5`` in a list of ``hash``), or empty.
    """

    value: str
    threat: str = ""
    family: str = ""
    source: str = ""
    first_seen: str = ""
    confidence: int | None = None
    compromised_site: bool = False
    tlp: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A match.

    Attributes:
        entry: The list's entry.
        precision: ``exact``, ``pattern``, ``network``, ``suffix``, ``full``, ``without-query``, ``host-path``
            ``host`` (the URL was not visible), ``near``, or ``part`` (the rule looks for it inside a text).
    """

    entry: Entry
    precision: str
