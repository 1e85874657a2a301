"""Points of the collector and rows of identity lists, to sorted links and shared addresses."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from noroshi.identity.facts import LEASE, READINGS, Fact
from noroshi.identity.leases import Lease, LeaseRecord, lease_links, lease_record, lease_walls, leases
from noroshi.identity.model import Evidence, Link, Named
from noroshi.identity.runs import Run, Sighting, runs, sessions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from noroshi.identity.assets import Declared
    from noroshi.identity.collector import Point
    from noroshi.identity.model import EntityKind

SHARED_HOSTS: Final = 3
"""As many hosts at one address within one hour are more than a lease that changes hands."""
SHARED_USERS: Final = 5
"""As many users at one address within one hour are more than one person's several accounts."""
LEASED_RELAY: Final = 5
"""A leased address that names as many clients in ``X-Forwarded-For`` is a proxy with a lease, no client."""
_HOUR: Final = 3_600_000_000
_ENDS: Final[Mapping[str, tuple[EntityKind, EntityKind]]] = {
    "holds": ("address", "host"),
    "uses": ("address", "user"),
    "sits": ("user", "host"),
    "active": ("user", "host"),
}


class Shared(NamedTuple):
    """By whom an address is shared: number and some names."""

    number: int
    names: tuple[str, ...]


@dataclass(slots=True)
class Gathered:
    """What a directory is made of."""

    links: list[Link]
    shared: dict[str, Shared]
    domains: frozenset[str]
    users: dict[str, Evidence]


@dataclass(slots=True)
class _Facts:
    """Facts by kind and ends, each with its sightings."""

    seen: dict[Fact, list[Sighting]] = field(default_factory=lambda: defaultdict(list))
    hours: dict[tuple[str, str, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    leases: list[LeaseRecord] = field(default_factory=list)

    def add(self, tag: str, values: tuple[Any, ...], point: Point) -> None:
        """What one point says."""
        at, evidence = point.time, Evidence(point.event_id, point.path, point.position, "")
        if tag == LEASE.tag:
            record = lease_record(values, at, _named(evidence, "dhcp_lease"))
            if record is not None:
                self.leases.append(record)
            return
        for fact in READINGS[tag].interpret(values):
            self.seen[fact].append(Sighting(at, _named(evidence, fact.what)))
            if fact.kind in {"holds", "uses"}:
                self.hours[fact.kind, fact.left, point.at // _HOUR].add(fact.right)


def _named(evidence: Evidence, what: str) -> Evidence:
    return Evidence(evidence.event_id, evidence.path, evidence.position, what)


def gather(points: Iterable[tuple[str, tuple[Any, ...], Point]], declared: Declared | None) -> Gathered:
    """Links, shared addresses, domains and known users of everything."""
    facts = _Facts()
    for tag, values, point in points:
        facts.add(tag, values, point)
    for sightings in facts.seen.values():
        sightings.sort()
    leased = leases(facts.leases)
    walls = lease_walls(leased)
    links = [*lease_links(leased), *_holdings(facts.seen, walls), *_presences(facts.seen)]
    shared = _shared(facts, leased)
    domains = {fact.left for fact in facts.seen if fact.kind == "domain"}
    if declared is not None:
        links += declared.links
        shared |= {address: Shared(0, ()) for address in declared.shared if address not in shared}
        domains |= declared.domains
    links.sort(key=_order)
    return Gathered(links, shared, frozenset(domains), _users(links))


def _order(link: Link) -> tuple[Any, ...]:
    start = link.start.timestamp() if link.start else float("-inf")
    return link.left, link.right, start, link.rank, link.evidence, link.last or link.evidence


def _users(links: Sequence[Link]) -> dict[str, Evidence]:
    """Accounts that are known, with the first record that names each."""
    users: dict[str, Evidence] = {}
    for link in links:
        for end in (link.left, link.right):
            if end.kind == "user":
                users.setdefault(end.name, link.evidence)
    return users


def _holdings(seen: Mapping[Fact, Sequence[Sighting]], walls: dict[str, set[datetime]]) -> Iterator[Link]:
    """Addresses and who had them, until somebody else is seen there or the address changes hands."""
    for kind in ("holds", "uses"):
        found = [link for facts in _by_address(seen, kind) for link in _of_address(facts, seen, walls)]
        yield from found
        for address, hosts in _grouped(found):
            if len({link.right for link in hosts}) > 1:
                walls.setdefault(address, set()).update(link.start for link in hosts if link.start)


def _by_address(seen: Mapping[Fact, Sequence[Sighting]], kind: str) -> Iterable[list[Fact]]:
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact in seen:
        if fact.kind == kind:
            groups[fact.left].append(fact)
    return groups.values()


def _of_address(
    facts: Sequence[Fact], seen: Mapping[Fact, Sequence[Sighting]], walls: Mapping[str, set[datetime]]
) -> Iterator[Link]:
    borders = sorted(walls.get(facts[0].left, ()))
    for fact in facts:
        foreign = sorted(at for other in facts if other.right != fact.right for at, _ in seen[other])
        yield from _links(fact, runs(seen[fact], foreign, borders))


def _grouped(links: Sequence[Link]) -> Iterable[tuple[str, list[Link]]]:
    groups: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        groups[link.left.name].append(link)
    return groups.items()


def _presences(seen: Mapping[Fact, Sequence[Sighting]]) -> Iterator[Link]:
    """Users and the hosts that they were at."""
    ends: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for fact, sightings in seen.items():
        if fact.kind == "left":
            ends[fact.left, fact.right] += [sighting.at for sighting in sightings]
    for fact, sightings in seen.items():
        if fact.kind == "sits":
            yield from _links(fact, sessions(sightings, sorted(ends[fact.left, fact.right])))
        elif fact.kind == "active":
            yield from _links(fact, runs(sightings, ()))


def _links(fact: Fact, intervals: Iterable[Run]) -> Iterator[Link]:
    left, right = _ENDS[fact.kind]
    for start, end, first, last in intervals:
        yield Link(Named(left, fact.left), Named(right, fact.right), start, end, first, last, fact.rank)


def _shared(facts: _Facts, leased: Sequence[Lease]) -> dict[str, Shared]:
    """Addresses of many; a leased one that forwards for few is a client that wrote the header itself."""
    found: dict[str, Shared] = {}
    behind: dict[str, set[str]] = defaultdict(set)
    pretended: dict[str, set[str]] = defaultdict(set)
    clients: dict[str, list[Lease]] = defaultdict(list)
    for lease in leased:
        clients[lease.record.address].append(lease)
    for fact, sightings in facts.seen.items():
        if fact.kind == "relay":
            leased_then = all(_is_leased(clients[fact.left], at) for at, _ in sightings)
            (pretended if leased_then else behind)[fact.left].add(fact.right)
    for ip, names in pretended.items():
        if ip in behind or len(names) >= LEASED_RELAY:
            behind[ip] |= names
    groups = list(behind.items())
    for (kind, address, _), names in facts.hours.items():
        if len(names) >= (SHARED_HOSTS if kind == "holds" else SHARED_USERS):
            groups.append((address, names))
    for address, names in groups:
        candidate = Shared(len(names), tuple(sorted(names)[:3]))
        known = found.get(address)
        if known is None or (-candidate.number, candidate.names) < (-known.number, known.names):
            found[address] = candidate
    return found


def _is_leased(leases_of: Sequence[Lease], at: datetime) -> bool:
    return any(lease.record.at <= at < lease.end for lease in leases_of)
