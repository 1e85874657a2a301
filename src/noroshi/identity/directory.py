"""The directory: all links, and how an event's entities are filled up by them.

**Direction.** A step is made from what an event names to what stands behind it: from the address to the
host, from the mailbox to the user to the host; then user, address and mailbox are filled in for people. Never
from one host over a user to another host: an administrator who is logged on everywhere joins nothing.

**Conflicts.** Candidates are asked by rank. For the host of an address: identity list, lease, the host's own
connections, its machine account, an NTLM workstation name. For the host of a user: console logon, identity
list, remote desktop, activity. The first rank that knows anybody at that time decides; if it knows several,
the identity list decides among them; otherwise the step is refused, and lower ranks are not asked.

**Shared addresses.** An address is shared, and never joined to a host or a user, if it is declared so, if it
forwards for others (``X-Forwarded-For``), or if within one hour at least `building.SHARED_HOSTS` hosts or
`building.SHARED_USERS` users were seen behind it.

**Forwarded addresses.** Anybody can write ``X-Forwarded-For``. It is believed only from an internal address
that opened the connection and is shared, or that no lease gives to a client; never from a public one. Of
several addresses the one that the relay itself appended counts: what stands before it came with the request.
A leased address does not become shared by what it writes itself.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from noroshi.events.model import Entities
from noroshi.identity.building import gather
from noroshi.identity.facts import forwarded_chain, sender
from noroshi.identity.model import EntityKind, Evidence, Join, Joined, Link, Named, Refusal
from noroshi.identity.names import address, is_internal, user_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from noroshi.identity.assets import Declared
    from noroshi.identity.building import Shared
    from noroshi.identity.collector import Point

MAX_RECENT: Final = 20_000
_HOUR: Final = timedelta(hours=1)
_THIS_RECORD: Final = Evidence("", "", "", "forwarded_for")
SHOWN: Final = 3
"""How many candidates a refusal names."""


class Directory:
    """Who was who and when; immutable. Made by `LinkCollector.directory` or `build_directory`.

    Attributes:
        links: All links, in a fixed order.
        shared: Address or network → by whom it is shared.
        domains: DNS domains of the directory; a mailbox in one of them (or above) is named like its account.
    """

    __slots__ = ("_by_end", "_networks", "_recent", "_users", "domains", "links", "shared")

    def __init__(
        self,
        links: Iterable[Link],
        shared: Mapping[str, Shared],
        domains: frozenset[str],
        users: Mapping[str, Evidence],
    ) -> None:
        self.links = tuple(links)
        self.shared = shared
        self.domains = domains
        self._users = users
        self._recent: dict[tuple[Named, EntityKind, datetime], list[_Near]] = {}
        self._networks = [(ipaddress.ip_network(ip), by) for ip, by in shared.items() if "/" in ip]
        self._by_end: dict[tuple[Named, EntityKind], list[Link]] = defaultdict(list)
        for link in self.links:
            self._by_end[link.left, link.right.kind].append(link)
            self._by_end[link.right, link.left.kind].append(link)

    def resolve(
        self,
        entities: Entities,
        at: datetime,
        fields: Mapping[str, Any] | None = None,
        record: Evidence | None = None,
    ) -> Joined:
        """The entities of an event at `at` (aware UTC), filled up as far as that is no guess.

        With the event's `fields`, the client that a believed relay names in ``X-Forwarded-For`` takes the
        place of the event's address; `record` is where the event stands, as evidence for that.
        """
        return _Resolution(self, entities, at, fields or {}, record or _THIS_RECORD).run()

    def forwards(self, ip: str, at: datetime) -> bool:
        """Whether what this (normalised) address forwards is believed: internal, and shared or not leased."""
        if not is_internal(ip):
            return False
        if self.sharing(ip) is not None:
            return True
        near = self._around(Named("address", ip), "host", at)
        return not any(
            link.link.evidence.what == "dhcp_lease"
            and (link.start is None or link.start <= at)
            and (link.end is None or at < link.end)
            for link in near
        )

    def sharing(self, ip: str) -> Shared | None:
        """By whom an address is shared; None if it is one machine's, as far as is known."""
        known = self.shared.get(ip)
        if known is not None or not self._networks or address(ip) != ip:
            return known
        number = ipaddress.ip_address(ip)
        return next((by for network, by in self._networks if number in network), None)

    def candidates(self, known: Named, wanted: EntityKind, at: datetime) -> list[Link]:
        """The links of the first rank that knows anybody: none, one, or several different."""
        valid = [
            near
            for near in self._around(known, wanted, at)
            if (near.start is None or near.start <= at) and (near.end is None or at < near.end)
        ]
        if not valid:
            return self._by_name(known, wanted)
        best = min([near.rank for near in valid])
        leading: dict[Named, Link] = {}
        for near in valid:
            if near.rank == best:
                leading.setdefault(near.other, near.link)
        declared = {near.other for near in valid if near.declared and near.other in leading}
        if len(leading) > 1 and len(declared) == 1:
            return [leading[declared.pop()]]
        return list(leading.values())

    def _around(self, known: Named, wanted: EntityKind, at: datetime) -> list[_Near]:
        """Links that touch the hour of `at`; kept, because alerts come in bursts about one entity."""
        if (known, wanted) not in self._by_end:  # most names are linked to nothing
            return []
        hour = at.replace(minute=0, second=0, microsecond=0)
        key = (known, wanted, hour)
        if (links := self._recent.get(key)) is None:
            end = hour + _HOUR
            links = [
                _Near(link.start, link.end, link.rank, link.other(known), _is_declared(link), link)
                for link in self._by_end.get((known, wanted), ())
                if (link.start is None or link.start < end) and (link.end is None or link.end > hour)
            ]
            if len(self._recent) >= MAX_RECENT:
                self._recent.clear()
            self._recent[key] = links
        return links

    def _by_name(self, known: Named, wanted: EntityKind) -> list[Link]:
        """A mailbox of the directory's own domain belongs to the account of the same name."""
        if known.kind != "mailbox" or wanted != "user":
            return []
        user, _, domain = known.name.partition("@")
        evidence = self._users.get(user)
        if evidence is None or not any(_is_under(own, domain) for own in self.domains):
            return []
        return [Link(known, Named("user", user), None, None, replace(evidence, what="mail_name"), rank=9)]

    def __len__(self) -> int:
        return len(self.links)


class _Near(NamedTuple):
    """A link as seen from one of its ends, laid out for quick questions."""

    start: datetime | None
    end: datetime | None
    rank: int
    other: Named
    declared: bool
    link: Link


def _is_declared(link: Link) -> bool:
    return link.evidence.what == "identity_list"


def _is_under(own: str, domain: str) -> bool:
    return "." in domain and (own == domain or own.endswith(f".{domain}"))


@dataclass(slots=True)
class _Resolution:
    """One event's entities on their way."""

    directory: Directory
    given: Entities
    at: datetime
    fields: Mapping[str, Any]
    record: Evidence
    joins: tuple[Join, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def run(self) -> Joined:
        host, user, mailbox = self.given.host, self.given.user, self.given.mailbox
        ip = self.client()
        host = host or self.step("address", ip, "host")
        user = user or self.step("mailbox", mailbox, "user")
        host = host or self.by_person(user_name(user), ip) or self.step("mailbox", mailbox, "host")
        user = user or self.step("address", ip, "user") or self.mutual(host)
        ip = ip or self.step("host", host, "address")
        mailbox = mailbox or self.step("user", user_name(user), "mailbox")
        return Joined(Entities(host, user, ip, mailbox), self.joins, self.refusals)

    def client(self) -> str | None:
        """The event's address, or the one that it forwards for."""
        ip = address(self.given.address)
        if ip is None or not is_internal(ip):
            return ip or self.given.address
        peer = sender(self.fields)
        chain = forwarded_chain(self.fields, peer)
        if not chain or peer is None or not self.directory.forwards(peer, self.at):
            return ip
        behind = self.nearest_client(chain)
        if behind in {ip, peer}:
            return ip
        relay, client = Named("address", peer), Named("address", behind)
        link = Link(relay, client, None, None, replace(self.record, what="forwarded_for"))
        self.joins = (*self.joins, Join(relay, client, link))
        return behind

    def nearest_client(self, chain: tuple[str, ...]) -> str:
        """The first address behind the relays that is no relay itself; further ones may be forged."""
        own = (at for at in chain if self.directory.sharing(at) is None)
        return next(own, chain[-1])

    def step(self, kind: EntityKind, name: str | None, wanted: EntityKind) -> str | None:
        """One step, if exactly one candidate remains."""
        if not name:
            return None
        known = Named(kind, name)
        if kind == "address" and (shared := self.directory.sharing(name)) is not None:
            self.refuse(known, wanted, "shared", shared.names, shared.number)
            return None
        links = self.directory.candidates(known, wanted, self.at)
        if len(links) > 1:
            names = tuple(link.other(known).name for link in links)
            self.refuse(known, wanted, "several", names[:SHOWN], len(names))
        if len(links) != 1:
            return None
        found = links[0].other(known)
        if found.kind == "address" and self.directory.sharing(found.name) is not None:
            return None
        self.joins = (*self.joins, Join(known, found, links[0]))
        return found.name

    def mutual(self, host: str | None) -> str | None:
        """The user of a host, if neither has another one at that time."""
        if not host:
            return None
        links = self.directory.candidates(Named("host", host), "user", self.at)
        if len(links) != 1:
            return None
        user = links[0].other(Named("host", host))
        back = self.directory.candidates(user, "host", self.at)
        if [link.other(user).name for link in back[:2]] != [host]:
            return None
        self.joins = (*self.joins, Join(Named("host", host), user, links[0]))
        return user.name

    def by_person(self, person: str | None, ip: str | None) -> str | None:
        """The host of a user, unless the event shows them at an own address that is not this host's."""
        if not person:
            return None
        links = self.directory.candidates(Named("user", person), "host", self.at)
        if len(links) == 1 and ip and self.is_own(ip):
            host = links[0].other(Named("user", person))
            addresses = self.directory.candidates(host, "address", self.at)
            if addresses and all(link.other(host).name != ip for link in addresses):
                return None
        return self.step("user", person, "host")

    def is_own(self, ip: str) -> bool:
        """Whether an address is one machine's: internal and not shared."""
        return address(ip) == ip and is_internal(ip) and self.directory.sharing(ip) is None

    def refuse(
        self, known: Named, wanted: EntityKind, reason: str, names: tuple[str, ...], count: int
    ) -> None:
        refusal = Refusal(known, wanted, reason, names[:SHOWN], count)  # type: ignore[arg-type]  # one of two
        if all(refusal.known != made.known for made in self.refusals):
            self.refusals = (*self.refusals, refusal)


def build_directory(
    points: Iterator[tuple[str, tuple[object, ...], Point]], declared: Declared | None = None
) -> Directory:
    """The directory of these points and of what identity lists declare; the same whatever their order."""
    gathered = gather(points, declared)
    return Directory(gathered.links, gathered.shared, gathered.domains, gathered.users)
