"""From traces to indicators for the store, with the specimen as their source; what must not go in is said.

Only what belongs to the attack becomes one: what would be downloaded, asked or written, and the files
themselves; not the addresses in a mail's text, not the mail (each recipient gets another), not values with
unresolved parts. Reserved names (``.example``) are taken like any others. A download site is marked as an
ordinary, compromised one: its URL counts, its domain alone is only a hint.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.examine.traces import traces_of
from noroshi.indicators.exclusions import ExclusionSnapshot, Verdict
from noroshi.indicators.indicator import Indicator, SourceClaim, Threat, Tlp
from noroshi.indicators.watched import NOTHING_WATCHED, Watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from noroshi.examine.result import Examination, Node
    from noroshi.examine.traces import Trace

SURE: Final = 0.5
"""Confidence of a trace from which on it may become an indicator."""
_TYPES: Final = {
    "sha256": "sha256", "url": "url", "domain": "domain", "ip": "ip", "ip:port": "ip:port",
    "imphash": "imphash", "registry_key": "registry_key", "user_agent": "user_agent",
}  # fmt: skip
"""No JA3: that of a script is the one of Windows itself, which every machine has."""
_WRAPPERS: Final = frozenset({"eml", "msg", "mbox", "tnef"})
_CONTAINERS: Final = frozenset({"pcap", "pcapng", "text", "html", "unknown"})
"""Files that an analyst made, or that everybody has."""
_MARK: Final = "‹"


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms indicators are made.

    Attributes:
        at: The moment (aware UTC), as the last sight of the specimen.
        tlp: Who may read them; None counts as amber.
        families: Malware families, by whoever examines.
        exclusions: What must not alert alone.
        watched: The watched organisation's own values.
    """

    at: datetime
    tlp: Tlp | None = None
    families: tuple[str, ...] = ()
    exclusions: ExclusionSnapshot = field(default_factory=ExclusionSnapshot)
    watched: Watched = NOTHING_WATCHED


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that did not become an indicator.

    Attributes:
        why: ``watched``, ``excluded``, ``unsure`` or ``unwritable``.
        by: The list, the organisation's value, or what is wrong with it.
    """

    type: str
    value: str
    why: str
    by: str = ""


def indicators_of(examination: Examination, terms: Terms) -> Iterator[Indicator | Refused]:
    """The indicators of an examination, each value once, or why a value is none."""
    nodes = {node.number: node for node in examination.nodes}
    for trace in traces_of(examination):
        if trace.type not in _TYPES or _MARK in trace.value:
            continue
        node = nodes[trace.provenance[-1]]
        if trace.kind == "file" and trace.type == "sha256" and node.type in _WRAPPERS | _CONTAINERS:
            continue
        yield from _judged(trace, node, examination, terms)


def _judged(
    trace: Trace, node: Node, examination: Examination, terms: Terms
) -> Iterator[Indicator | Refused]:
    if trace.confidence < SURE:
        yield Refused(trace.type, trace.value, "unsure", f"{trace.confidence:.0%}")
        return
    for type_, value in _values(trace, node):
        try:
            made = Indicator.of(value, _TYPES.get(type_, type_), _claim(trace, examination, terms))
            yield _refusal(made, terms) or made
        except ValueError as problem:
            yield Refused(type_, value, "unwritable", str(problem))


def _refusal(made: Indicator, terms: Terms) -> Refused | None:
    if ours := terms.watched.why(made.type, made.value):
        return Refused(made.type, made.value, "watched", ours)
    found = terms.exclusions.judge(made.type, made.value)
    if found.verdict is Verdict.ALLOW:
        return Refused(made.type, made.value, "excluded", found.list)
    if made.type == "ip" and not _outside(made.value):
        return Refused(made.type, made.value, "excluded", "private address")
    return None


def _outside(value: str) -> bool:
    """Whether an address can be anybody's but the reader's own; documentation ranges count as such."""
    address = ipaddress.ip_address(value)
    inside = any(address in network for network in _INSIDE if network.version == address.version)
    return not (
        inside
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
    )


_INSIDE: Final = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)


def _values(trace: Trace, node: Node) -> Iterator[tuple[str, str]]:
    """A file by all its hashes, anything else by its value."""
    yield trace.type, trace.value
    if trace.kind == "file" and trace.type == "sha256":
        yield "md5", node.md5
        yield "sha1", node.sha1


def _claim(trace: Trace, examination: Examination, terms: Terms) -> SourceClaim:
    root = examination.nodes[0]
    way = " → ".join(
        one.via + (f" {one.name}" if one.name else "") for one in examination.way(trace.provenance[-1])
    )
    return SourceClaim(
        f"specimen:{root.sha256[:16]}",
        f"{root.name or 'specimen'} sha256:{root.sha256}",
        threats=_threats(trace),
        families=terms.families,
        last_seen=terms.at,
        confidence=round(100 * trace.confidence),
        tlp=terms.tlp,
        compromised_site=trace.kind in {"download", "host"} and trace.type in {"url", "domain"},
        comments=(way[:500],),
    )


def _threats(trace: Trace) -> tuple[Threat, ...]:
    if trace.kind in {"c2", "request"}:
        return (Threat.C2,)
    if trace.kind in {"download", "host", "address"}:
        return (Threat.DOWNLOAD,)
    return (Threat.PAYLOAD,) if trace.kind == "file" else ()
