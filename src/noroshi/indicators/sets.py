"""Immutable sets of values, one class for each way of comparing; the set's type decides.

| type | a log value is in the set if |
|---|---|
| ``text`` and its relatives | it equals an entry under simple case folding; wildcards allowed |
| ``ip`` | it is an address inside an entry (address or CIDR, v4 and v6); the longest prefix wins |
| ``domain`` | it is an entry or below it, at label borders |
| ``url`` | it equals an entry in full, without queries, or in host and path |
| ``hash``, ``md5`` … | it is an entry, also inside Sysmon's ``SHA256=…,MD5=…`` |
| ``host``, ``user`` | it names the same machine or account, with or without domain; wildcards allowed |
| ``near_domain`` | it is no entry, but could be taken for one (see `noroshi.indicators.likeness`) |
| ``ip:port`` | address and port together equal an entry |
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, TypeVar

import re2

from noroshi.folding import fold
from noroshi.indicators.likeness import Likenesses
from noroshi.indicators.model import HASH_TYPES, NAME_TYPES, PORT_FIELDS, Entry, Found
from noroshi.indicators.values import (
    HASH_KINDS,
    Url,
    address_and_port,
    hashes_in,
    normal_domain,
    packed_address,
    parse_network,
    parse_url,
    short_name,
    sigma_pattern,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Value = TypeVar("_Value")


class ValueSet(ABC):
    """A named, immutable set of values. Build one with `build_set`.

    Attributes:
        name: The list's name, as in ``%name%``.
        type: One of `TYPES`; decides how values compare.
        entries: In the order of the file.
        port_fields: For ``ip:port``: address field → field of the port.
    """

    __slots__ = ("entries", "name", "port_fields", "type")

    def __init__(
        self, name: str, type_: str, entries: tuple[Entry, ...], port_fields: Mapping[str, str]
    ) -> None:
        self.name = name
        self.type = type_
        self.entries = entries
        self.port_fields = port_fields
        self._index()

    @abstractmethod
    def _index(self) -> None:
        """Build the look-up tables from `entries`."""

    @abstractmethod
    def find(self, value: str, *, cased: bool = False) -> Found | None:
        """The entry that this log value matches, with the precision; `cased` counts for text sets only."""

    def matches(self, value: str, *, cased: bool = False) -> str | None:
        """The matching entry's value, or None."""
        found = self.find(value, cased=cased)
        return None if found is None else found.entry.value

    def find_pair(self, ip: str, port: str) -> Found | None:  # noqa: ARG002 - only pair sets have pairs
        """The entry that this address and port match; None in sets of other types."""
        return None

    def has_pair(self, ip: str, port: str) -> bool:
        """Whether address and port together are in an ``ip:port`` set."""
        return self.find_pair(ip, port) is not None

    def port_field(self, ip_field: str) -> str | None:
        """The field that holds the port belonging to this address field."""
        return self.port_fields.get(ip_field)

    def host_match(self, host: str) -> Found | None:  # noqa: ARG002 - only URL sets know hosts
        """The first URL on this host, for CONNECT, SNI and DNS where HTTPS hides the URL; None elsewhere."""
        return None

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self.entries)} of {self.type}>"

    def __reduce__(self) -> tuple[object, ...]:
        return build_set, (self.name, self.type, self.entries, dict(self.port_fields))


class TextSet(ValueSet):
    """Sigma equality, wildcards included."""

    __slots__ = ("_cased", "_cased_globs", "_folded", "_globs", "_wild")

    def _index(self) -> None:
        self._folded: dict[str, Entry] = {}
        self._cased: dict[str, Entry] = {}
        self._wild: list[Entry] = []
        patterns: list[str] = []
        for entry in self.entries:
            plain, pattern = sigma_pattern(self._text(entry))
            if pattern is None:
                self._folded.setdefault(fold(plain), entry)
                self._cased.setdefault(plain, entry)
            else:
                self._wild.append(entry)
                patterns.append(pattern)
        self._globs = _glob_set(sigma_pattern(fold(self._text(entry)))[1] or "" for entry in self._wild)
        self._cased_globs = _glob_set(patterns)

    def _text(self, entry: Entry) -> str:
        return entry.value

    def find(self, value: str, *, cased: bool = False) -> Found | None:
        """Exact entries first, then the first pattern in the list's order."""
        text = value if cased else fold(value)
        if (entry := (self._cased if cased else self._folded).get(text)) is not None:
            return Found(entry, "exact")
        if not self._wild:
            return None
        globs = self._cased_globs if cased else self._globs
        fits = globs.Match(text.encode("utf-8", "replace"))
        return Found(self._wild[min(fits)], "pattern") if fits else None


def _glob_set(patterns: Iterable[str]) -> re2.Set:
    options = re2.Options()
    options.max_mem = 256 * 1024 * 1024
    globs = re2.Set.FullMatchSet(options)
    for pattern in patterns:
        globs.Add(pattern)
    globs.Compile()
    return globs


class NameSet(TextSet):
    r"""Machines or accounts: ``PC-014`` is ``pc-014.corp.example``, ``adm`` is ``CORP\adm``."""

    __slots__ = ()

    def _text(self, entry: Entry) -> str:
        return short_name(self.type, entry.value)

    def find(self, value: str, *, cased: bool = False) -> Found | None:  # noqa: ARG002 - names have no case
        """As in a text set, by the short name."""
        return TextSet.find(self, short_name(self.type, value))


class NearDomainSet(ValueSet):
    """Domains that could be taken for an entry."""

    __slots__ = ("_near",)

    def _index(self) -> None:
        names = ((_must(normal_domain(entry.value)), entry) for entry in self.entries)
        self._near = Likenesses(dict(names))

    def find(self, value: str, *, cased: bool = False) -> Found | None:  # noqa: ARG002 - domains have no case
        """The first entry that the domain resembles; an entry and what is below it resemble nothing."""
        name = normal_domain(value)
        entry = self._near.find(name) if name else None
        return None if entry is None else Found(entry, "near")


class IpSet(ValueSet):
    """Containment of addresses in addresses and networks."""

    __slots__ = ("_networks",)

    def _index(self) -> None:
        tables: dict[tuple[int, int], dict[int, Entry]] = {}
        for entry in self.entries:
            packed, length = parse_network(entry.value)
            size = len(packed) * 8
            number = int.from_bytes(packed) >> (size - length)
            tables.setdefault((size, length), {}).setdefault(number, entry)
        self._networks: dict[int, list[tuple[int, dict[int, Entry]]]] = {32: [], 128: []}
        for (size, length), table in sorted(tables.items(), reverse=True):
            self._networks[size].append((size - length, table))

    def find(self, value: str, *, cased: bool = False) -> Found | None:  # noqa: ARG002 - addresses have no case
        """The longest prefix that holds the address."""
        packed = packed_address(value)
        if packed is None:
            return None
        number = int.from_bytes(packed)
        for shift, table in self._networks[len(packed) * 8]:
            if (entry := table.get(number >> shift)) is not None:
                return Found(entry, "network" if shift else "exact")
        return None


class DomainSet(ValueSet):
    """Suffixes at label borders."""

    __slots__ = ("_domains",)

    def _index(self) -> None:
        self._domains: dict[str, Entry] = {}
        for entry in self.entries:
            self._domains.setdefault(_must(normal_domain(entry.value)), entry)

    def find(self, value: str, *, cased: bool = False) -> Found | None:  # noqa: ARG002 - domains have no case
        """The longest entry that is the value or above it."""
        name = normal_domain(value)
        if name is None:
            return None
        precision = "exact"
        while name:
            if (entry := self._domains.get(name)) is not None:
                return Found(entry, precision)
            name = name.partition(".")[2]
            precision = "suffix"
        return None


class UrlSet(ValueSet):
    """URLs at three precisions.

    A query on its own under ``/`` is all that tells such an entry from the site's home page, so it matches in
    full, or where the log cut the query off and left the ``?``, but not the bare home page.
    """

    __slots__ = ("_full", "_hosts", "_places", "_without_query")

    def _index(self) -> None:
        self._full: dict[str, Entry] = {}
        self._without_query: dict[str, Entry] = {}
        self._places: dict[str, Entry] = {}
        self._hosts: dict[str, Entry] = {}
        for entry in self.entries:
            url = _must(parse_url(entry.value))
            self._hosts.setdefault(url.host, entry)
            self._full.setdefault(url.full, entry)
            mark = "?" if url.path == "/" and url.query else ""
            self._without_query.setdefault(url.without_query + mark, entry)
            self._places.setdefault(url.place + mark, entry)

    def find(self, value: str, *, cased: bool = False) -> Found | None:  # noqa: ARG002 - paths keep their case
        """The best precision: ``full``, ``without-query``, then ``host-path``."""
        url = parse_url(value)
        if url is None or url.host not in self._hosts:
            return None
        found = None
        if url.scheme:
            if (entry := self._full.get(url.full)) is not None:
                return Found(entry, "full")
            found = _at(self._without_query, url.without_query, url, "without-query")
        return found or _at(self._places, url.place, url, "host-path")

    def host_match(self, host: str) -> Found | None:
        """The first URL on this host (a port is ignored)."""
        name = normal_domain(host)
        entry = self._hosts.get(name) if name else None
        return None if entry is None else Found(entry, "host")


def _at(table: Mapping[str, Entry], key: str, url: Url, precision: str) -> Found | None:
    entry = table.get(key)
    if entry is None and url.path == "/" and url.query == "":
        entry = table.get(key + "?")
    return None if entry is None else Found(entry, precision)


class HashSet(ValueSet):
    """Hashes by kind."""

    __slots__ = ("_hashes",)

    def _index(self) -> None:
        self._hashes: dict[tuple[str, str], Entry] = {}
        for entry in self.entries:
            digits = fold(entry.value.strip())
            self._hashes.setdefault((self._kind_of(entry.kind, digits), digits), entry)

    def _kind_of(self, said: str | None, digits: str) -> str:
        kind = said or (self.type if self.type != "hash" else "")
        return kind if kind and kind != "hash" else HASH_KINDS.get(len(digits), "hash")

    def find(self, value: str, *, cased: bool = False) -> Found | None:  # noqa: ARG002 - digits have no case
        """The first hash of the value that is in the set; an IMPHASH never equals an MD5."""
        for said, digits in hashes_in(value):
            if (entry := self._hashes.get((self._kind_of(said, digits), digits))) is not None:
                return Found(entry, "exact")
        return None


class PairSet(ValueSet):
    """Address and port together."""

    __slots__ = ("_pairs",)

    def _index(self) -> None:
        self._pairs: dict[tuple[bytes, str], Entry] = {}
        for entry in self.entries:
            self._pairs.setdefault(_must(address_and_port(entry.value)), entry)

    def find(self, value: str, *, cased: bool = False) -> Found | None:  # noqa: ARG002 - no case
        """A value that holds both, ``192.0.2.1:443`` or ``[2001:db8::1]:443``."""
        pair = address_and_port(value)
        entry = self._pairs.get(pair) if pair else None
        return None if entry is None else Found(entry, "exact")

    def find_pair(self, ip: str, port: str) -> Found | None:
        """The entry with this address and port."""
        packed = packed_address(ip)
        entry = self._pairs.get((packed, port.strip())) if packed else None
        return None if entry is None else Found(entry, "exact")


def _must(value: _Value | None) -> _Value:
    """What `check_value` has let through."""
    if value is None:
        raise ValueError
    return value


_CLASSES: Final[Mapping[str, type[ValueSet]]] = (
    {
        "ip": IpSet,
        "domain": DomainSet,
        "near_domain": NearDomainSet,
        "url": UrlSet,
        "ip:port": PairSet,
    }
    | dict.fromkeys(HASH_TYPES, HashSet)
    | dict.fromkeys(NAME_TYPES, NameSet)
)


def build_set(
    name: str, type_: str, entries: Iterable[Entry], port_fields: Mapping[str, str] = PORT_FIELDS
) -> ValueSet:
    """A set of entries that went through `checks.clean_value` and `checks.check_value`.

    Raises:
        ValueError: An entry is not of the type.
    """
    kept = tuple(entries)
    return _CLASSES.get(type_, TextSet)(name, type_, kept, port_fields)
