"""DHCP records to lease intervals: who had an address from when to when (RFC 2131).

A lease begins with its assignment and ends at its release, its expiry, or when the address is given to
another client, whichever is first; a renewal moves its end. The client is known by its hardware address, else
by its name. A server that does not log the duration is taken to lease for `ASSUMED`, Windows' default.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.model import Source
from noroshi.events.times import parse_time
from noroshi.events.values import fold
from noroshi.identity.model import Evidence, Link, Named
from noroshi.identity.names import address, host_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ASSUMED: Final = timedelta(days=8)
LEASE_RANK: Final = 1
_FOREVER: Final = 10 * 365 * 86_400
_NO_SOURCE: Final = Source("", "")


@dataclass(frozen=True, slots=True, order=True)
class LeaseRecord:
    """One DHCP record. Ordered by time; at the same time what ends a lease comes before what begins one."""

    at: datetime
    begins: bool
    address: str
    client: str
    host: str
    end: datetime
    assumed: bool
    evidence: Evidence


def lease_record(values: tuple[Any, ...], at: datetime, evidence: Evidence) -> LeaseRecord | None:
    """The record of what a DHCP event says, or None if it names no address or client."""
    action, ip, mac, hostname, seconds, until = values
    leased, host = address(ip), host_name(hostname) or ""
    client = fold(mac) if isinstance(mac, str) and mac else host
    if leased is None or not client:
        return None
    begins = action in {"assign", "renew"}
    end = _end(at, seconds, until)
    return LeaseRecord(at, begins, leased, client, host, end or at + ASSUMED, end is None, evidence)


def _end(at: datetime, seconds: Any, until: Any) -> datetime | None:
    stamp = parse_time(until, _NO_SOURCE)
    if stamp is not None and stamp.at > at:
        return stamp.at
    if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0:
        return at + timedelta(seconds=min(seconds, _FOREVER))
    return None


@dataclass(slots=True)
class Lease:
    """One client's time with an address.

    Attributes:
        record: Its assignment.
        end: When it ended, or would have.
        last: The last record that shows it.
        assumed: Whether no record shows the end.
    """

    record: LeaseRecord
    end: datetime
    last: Evidence
    assumed: bool

    def renew(self, record: LeaseRecord) -> None:
        """Its client has asked again."""
        if record.end >= self.end:
            self.end, self.assumed = record.end, record.assumed
        self.last = record.evidence

    def close(self, at: datetime) -> None:
        """A record shows that it is over."""
        if at <= self.end:
            self.end, self.assumed = at, False


def leases(records: Iterable[LeaseRecord]) -> list[Lease]:
    """All leases, in the order of their beginnings."""
    found: list[Lease] = []
    current: dict[str, Lease] = {}
    for record in sorted(records):
        lease = current.get(record.address)
        mine = lease is not None and lease.record.client == record.client
        if lease is not None and mine and record.begins and record.at <= lease.end:
            lease.renew(record)
            continue
        if lease is not None and (mine or record.begins):
            lease.close(record.at)
            del current[record.address]
        if record.begins:
            current[record.address] = Lease(record, record.end, record.evidence, record.assumed)
            found.append(current[record.address])
    return found


def lease_links(found: Sequence[Lease]) -> Iterator[Link]:
    """The links of leases; clients that no record names give none."""
    names = _names(lease.record for lease in found)
    for lease in found:
        record = lease.record
        host = record.host or names.get(record.client, "")
        if host and lease.end > record.at:
            left, right = Named("address", record.address), Named("host", host)
            yield Link(
                left, right, record.at, lease.end, record.evidence, lease.last, LEASE_RANK, lease.assumed
            )


def lease_walls(found: Sequence[Lease]) -> dict[str, set[datetime]]:
    """Address → when its holder changed: what was seen there before says nothing about later."""
    walls: dict[str, set[datetime]] = {}
    for lease in found:
        known = walls.setdefault(lease.record.address, set())
        known.add(lease.record.at)
        if not lease.assumed:
            known.add(lease.end)
    return walls


def _names(records: Iterable[LeaseRecord]) -> dict[str, str]:
    """Client → host name, where some record says it; a client with several names has none."""
    names: dict[str, str] = {}
    for record in records:
        if record.host:
            known = names.setdefault(record.client, record.host)
            if known != record.host:
                names[record.client] = ""
    return names
