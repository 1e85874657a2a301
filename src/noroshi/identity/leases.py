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
    from collections.abc import Iterable, Iterator

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
    evidence: Evidence


def lease_record(values: tuple[Any, ...], at: datetime, evidence: Evidence) -> LeaseRecord | None:
    """The record of what a DHCP event says, or None if it names no address or client."""
    action, ip, mac, hostname, seconds, until = values
    leased, host = address(ip), host_name(hostname) or ""
    client = fold(mac) if isinstance(mac, str) and mac else host
    if leased is None or not client:
        return None
    begins = action in {"assign", "renew"}
    return LeaseRecord(at, begins, leased, client, host, _end(at, seconds, until), evidence)


def _end(at: datetime, seconds: Any, until: Any) -> datetime:
    stamp = parse_time(until, _NO_SOURCE)
    if stamp is not None and stamp.at > at:
        return stamp.at
    if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0:
        return at + timedelta(seconds=min(seconds, _FOREVER))
    return at + ASSUMED


def lease_links(records: Iterable[LeaseRecord]) -> Iterator[Link]:
    """The links of all leases. Clients that no record names give no link, but end the lease before them."""
    ordered = sorted(records)
    names = _names(ordered)
    current: dict[str, _Lease] = {}
    for record in ordered:
        lease = current.get(record.address)
        if record.begins and lease is not None and lease.client == record.client and record.at <= lease.end:
            lease.end, lease.last = max(lease.end, record.end), record.evidence
            continue
        if lease is not None and (record.begins or record.client == lease.client):
            yield from lease.link(min(lease.end, record.at))
            del current[record.address]
        if record.begins:
            host = record.host or names.get(record.client, "")
            current[record.address] = _Lease(record, host, record.end, record.evidence)
    for lease in current.values():
        yield from lease.link(lease.end)


@dataclass(slots=True)
class _Lease:
    record: LeaseRecord
    host: str
    end: datetime
    last: Evidence

    @property
    def client(self) -> str:
        return self.record.client

    def link(self, end: datetime) -> Iterator[Link]:
        if self.host and end > self.record.at:
            left, right = Named("address", self.record.address), Named("host", self.host)
            yield Link(left, right, self.record.at, end, self.record.evidence, self.last, LEASE_RANK)


def _names(records: Iterable[LeaseRecord]) -> dict[str, str]:
    """Client → host name, where some record says it; a client with several names has none."""
    names: dict[str, str] = {}
    for record in records:
        if record.host:
            known = names.setdefault(record.client, record.host)
            if known != record.host:
                names[record.client] = ""
    return names
