"""The values of the watched organisation: its domains, addresses, users and machines. They never leave."""

from __future__ import annotations

import ipaddress
import re
from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from noroshi.errors import Sentence
from noroshi.folding import fold
from noroshi.indicators.kinds import normal_form
from noroshi.indicators.values import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.indicators.lists import ListSnapshot

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LISTS: Final = ("watched_domains", "watched_addresses", "watched_users", "watched_hosts")
"""Site lists whose values are the watched organisation's. Other site lists may name others' values."""
MIN_WORD: Final = 3
"""Shorter names of users and machines are compared with whole values only, not looked for in texts."""
_MAX_LABELS: Final = 20
_MAX_DECODED: Final = 50
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,400}", re.ASCII)
_WORD: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_ADDRESS: Final = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)|(?<![0-9a-z:.])[0-9a-f:.]{2,45}(?![0-9a-z:])", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Watched:
    """What belongs to the watched organisation.

    Attributes:
        domains: Domains; everything below them too.
        networks: Addresses and networks.
        names: Users, mailboxes and machines, folded.
    """

    domains: frozenset[str] = frozenset()
    networks: tuple[_Network, ...] = ()
    names: frozenset[str] = frozenset()
    _words: frozenset[str] = field(init=False, repr=False, compare=False, default=frozenset())

    def __post_init__(self) -> None:
        long_enough = frozenset(name for name in self.names if len(name) >= MIN_WORD)
        object.__setattr__(self, "_words", long_enough)

    def __bool__(self) -> bool:
        return bool(self.domains or self.networks or self.names)

    def why(self, type_: str, value: str) -> str:
        """Which of the organisation's values an indicator's value is, lies in, or holds; empty if none.

        A phishing URL with the victim's address in its query holds it; a network that one of ours lies in
        does too.
        """
        if type_ in {"ip", "cidr"}:
            return self._network_of(value)
        if type_ == "ip:port":
            return self._network_of(value.rpartition(":")[0].strip("[]"))
        if type_ == "domain":
            return self._domain_of(value)
        if type_ == "url" and (url := parse_url(value)) is not None:
            host = url.host.strip("[]")
            rest = f"{url.path} {url.query or ''}"
            ours = self._network_of(host) or self._domain_of(host) or self.mentioned(rest)
            return ours or self._encoded(f"{url.path.replace('/', ' ')} {url.query or ''}")
        return self.mentioned(value)

    def mentioned(self, text: str) -> str:
        """The first value of the organisation that a free text holds as whole words; empty if none does."""
        folded = fold(unquote(text) if "%" in text else text)
        if folded in self.names:
            return folded
        return next(self._mentions(folded), "")

    def _encoded(self, text: str) -> str:
        """What Base64 in a phishing address hides: mostly the victim's mail address."""
        for word in _BASE64.findall(text)[:_MAX_DECODED]:
            try:
                plain = b64decode(word + "=" * (-len(word) % 4), altchars=b"-_").decode("ascii")
            except ValueError:
                continue
            if found := self.mentioned(plain):
                return found
        return ""

    def _mentions(self, folded: str) -> Iterator[str]:
        if self.names or self.domains:
            for word in _WORD.findall(folded):
                if word in self._words:
                    yield word
                elif "." in word and (found := self._labels_of(word)):
                    yield found
            yield from (name for name in self._words if "@" in name and name in folded)
        if self.networks:
            yield from (
                found for one in _ADDRESS.findall(folded) if (found := self._network_of(one.strip(".")))
            )

    def _labels_of(self, word: str) -> str:
        """A domain anywhere between the dots (``x.corp.example.doc``), or a machine before one."""
        labels = word.split(".")[:_MAX_LABELS]
        if labels[0] in self._words:
            return labels[0]
        ends = (self._domain_of(".".join(labels[:end])) for end in range(len(labels), 1, -1))
        return next((found for found in ends if found), "")

    def _domain_of(self, name: str) -> str:
        labels = name.split(".")
        return next(
            (below for at in range(len(labels)) if (below := ".".join(labels[at:])) in self.domains), ""
        )

    def _network_of(self, text: str) -> str:
        try:
            asked = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return ""
        return next(
            (str(one) for one in self.networks if one.version == asked.version and one.overlaps(asked)), ""
        )


NOTHING_WATCHED: Final = Watched()


def watched_from(snapshot: ListSnapshot) -> Watched:
    """What the lists of `LISTS` name; other lists are left alone."""
    return watched_of(
        domains=_values(snapshot, "watched_domains"),
        addresses=_values(snapshot, "watched_addresses"),
        names=[*_values(snapshot, "watched_users"), *_values(snapshot, "watched_hosts")],
    )


def watched_of(
    domains: Iterable[str] = (), addresses: Iterable[str] = (), names: Iterable[str] = ()
) -> Watched:
    """From plain values.

    Raises:
        ValueError: One is no domain or no address.
    """
    networks = {ipaddress.ip_network(normal_form("ip", one)[1]) for one in addresses}
    return Watched(
        frozenset(_domain(one) for one in domains),
        tuple(sorted(networks, key=str)),
        frozenset(fold(one.strip()) for one in names if one.strip()),
    )


def _domain(text: str) -> str:
    try:
        return normal_form("domain", text)[1]
    except ValueError as error:
        raise ValueError(Sentence("{value} {why}", value=f"`{text[:80]}`", why=error)) from None


def _values(snapshot: ListSnapshot, name: str) -> list[str]:
    found = snapshot.get(name)
    return [] if found is None else [entry.value for entry in found.entries]
