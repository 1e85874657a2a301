"""Observables of events against a snapshot of indicators; pure: the snapshot is handed in.

Each kind of event has a plan, made once: the fields that its format's table calls observables, each with the
look-up of its type. A value that was seen before is answered by a cache; of a URL only its host is looked up,
unless that host has URL indicators. So an ordinary line of a proxy costs a few dictionary look-ups.

Precision says how much of the indicator was there:

| precision | the indicator | the event |
|---|---|---|
| ``full`` | URL | the whole URL |
| ``without-query`` | URL | the same without query (many proxies cut it off) |
| ``host-path`` | URL | host and path, whatever the scheme |
| ``host`` | URL | only the host was visible (HTTPS, DNS, firewall): says little |
| ``exact`` | all others | the value |
| ``suffix`` | domain | a name below it |
| ``network`` | network | an address in it |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.engine.caches import Caches
from noroshi.engine.indicator_matches import Match, Shown, gathered
from noroshi.events.values import as_text, elements, lookup
from noroshi.folding import fold
from noroshi.indicators.snapshot import network_key
from noroshi.indicators.values import (
    DEFAULT_PORTS,
    address_and_port,
    hashes_in,
    normal_domain,
    packed_address,
    parse_url,
    printed_address,
)

if TYPE_CHECKING:
    from noroshi.engine.indicator_matches import IndicatorMatch
    from noroshi.events.model import Event, Kind
    from noroshi.indicators.snapshot import IndicatorSnapshot, Record

MAX_CHARS: Final = 8_192
_REMEMBERED: Final = 50_000
_MAX_PLANS: Final = 4_096
_HASH_KINDS: Final = {32: ("md5", "imphash"), 40: ("sha1",), 64: ("sha256",), 128: ("sha512",)}

_NOTHING: Final[tuple[tuple[Match, ...], bool]] = ((), False)
"""Of the beginning of a URL: nothing known of its host, and no URL on it."""


_Look = Callable[[str], tuple[Match, ...]]
_Step = tuple[str, dict[str, tuple[Match, ...]], _Look]
"""One field of a kind of event: what answers for values that were seen before, what looks others up. A tuple,
because every field of every event goes through it."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is looked up in events of one kind.

    Attributes:
        steps: Fields whose values are remembered whole.
        urls: Fields that may show a whole URL: only what stands before its path is remembered.
        others: Fields whose values are never remembered (always looked up), and those that may lie inside
            another (looked up where the event has no field of the whole name).
        order: Place of each field among the observables of the kind, for the order of the evidence.
    """

    steps: tuple[_Step, ...]
    urls: tuple[str, ...]
    others: tuple[tuple[str, _Look, bool], ...]
    order: dict[str, int]


class IndicatorMatcher:
    """Matches events against one snapshot. A new snapshot makes a new matcher."""

    def __init__(self, snapshot: IndicatorSnapshot) -> None:
        self.snapshot = snapshot
        self._caches = Caches()
        self._plans: dict[Kind, _Plan] = {}
        self._remembered_by: dict[_Look, dict[str, tuple[Match, ...]]] = {}
        self._hosts = self._caches.new()
        self._listed = self._caches.new()
        host = self._host
        self._remembered_by[host] = self._hosts
        self._looks: dict[str, _Look] = {
            "url": self._url,
            "domain": host,
            "ip": host,
            "host-or-ip": host,
            "ip:port": self._endpoint,
            "hashes": self._remembered(self._hashes),
            "hash": self._remembered(self._hashes),
            "mail_address": self._remembered(self._mail),
            "file_path": self._remembered(self._path),
            "file_name": self._remembered(self._path),
            **{name: self._remembered(self._plain(name)) for name in _TEXTS},
        }

    def find(self, event: Event) -> tuple[IndicatorMatch, ...]:
        """The indicators that an event shows, each with its best precision and the fields that show it."""
        plan = self._plans.get(event.kind) or self._plan(event.kind)
        fields = event.fields
        get = fields.get
        found: list[Shown] | None = None
        for name, known, look in plan.steps:
            value = get(name)
            if value.__class__ is str:
                matched = known.get(value)
                if matched is None:
                    matched = look(value)
                if matched:
                    found = found or []
                    found += [Shown(record, how, name, value) for record, how in matched]
            elif value is not None:
                found = _several(name, look, fields, found)
        listed = self._listed
        for name in plan.urls:
            value = get(name)
            if value.__class__ is str:
                # As `_url` does, without its call for what was looked up in vain before.
                begin = value.find("://")
                if begin < 0:
                    continue
                end = value.find("/", begin + 3)
                if listed.get(value if end < 0 else value[:end]) is not _NOTHING:
                    found = _several(name, self._url, fields, found)
            elif value is not None:
                found = _several(name, self._url, fields, found)
        for name, look, always in plan.others:
            if always or name not in fields:
                found = _several(name, look, fields, found)
        return () if found is None else gathered(found, fields, plan.urls, plan.order)

    def looking(self, type_: str) -> _Look | None:
        """The look-up of values of one type of observable, for values that stand alone; None for other types.

        Of an ``ip:port`` indicator it finds the address with the precision ``pair``: whether the port is the
        same is for the caller to say (`is_same_port`).
        """
        return self._looks.get(type_)

    def _plan(self, kind: Kind) -> _Plan:
        if len(self._plans) >= _MAX_PLANS:
            self._plans.clear()
        named = kind.traits.observable_fields
        looks = {name: look for name, type_ in named.items() if (look := self._looks.get(type_)) is not None}
        urls = tuple(name for name in looks if named[name] == "url")
        known = {
            name: self._remembered_by[look] for name, look in looks.items() if look in self._remembered_by
        }
        plan = self._plans[kind] = _Plan(
            tuple((name, cache, looks[name]) for name, cache in known.items()),
            urls,
            tuple(
                (name, look, not planned)
                for name, look in looks.items()
                if not (planned := name in known or name in urls) or "." in name
            ),
            {name: at for at, name in enumerate(looks)},
        )
        return plan

    # -- look-ups, one a type of observable --

    def _remembered(self, look: _Look) -> _Look:
        cache, keep = self._caches.new(), self._caches.keep

        def remembered(text: str) -> tuple[Match, ...]:
            known: tuple[Match, ...] | None = cache.get(text)
            if known is None:
                known = look(text) if len(text) <= MAX_CHARS else ()
                keep(cache, text, known, len(text), _REMEMBERED)
            return known

        self._remembered_by[remembered] = cache
        return remembered

    def _host(self, text: str) -> tuple[Match, ...]:
        """A host name or address: itself, what is above it, and URLs on it."""
        known: tuple[Match, ...] | None = self._hosts.get(text)
        if known is None:
            known = self._look_host(text) if len(text) <= MAX_CHARS else ()
            self._caches.keep(self._hosts, text, known, len(text), _REMEMBERED)
        return known

    def _look_host(self, text: str) -> tuple[Match, ...]:
        packed = packed_address(_without_port(text))
        if packed is not None:
            return (*self._address(packed), *self._urls_on(printed_address(packed).encode()))
        name = normal_domain(text)
        if not name or "." not in name:
            return ()
        return (*self._domain(name), *self._urls_on(name.encode("ascii", "replace")))

    def _domain(self, name: str) -> list[Match]:
        found: list[Match] = []
        precision = "exact"
        while "." in name:
            found += [(record, precision) for record in self._find("domain", name.encode("ascii", "replace"))]
            name = name.partition(".")[2]
            precision = "suffix"
        return found

    def _address(self, packed: bytes) -> list[Match]:
        found: list[Match] = []
        whole = len(packed) * 8
        for size, length in self.snapshot.prefixes:
            if size == len(packed):
                precision = "exact" if length == whole else "network"
                found += [(record, precision) for record in self._find("net", network_key(packed, length))]
        return [*found, *((record, "pair") for record in self._find("pair-host", packed))]

    def _urls_on(self, host: bytes) -> list[Match]:
        return [(record, "host") for record in self._find("url-host", host)]

    def _find(self, table: str, key: bytes) -> tuple[Record, ...]:
        return self.snapshot.find(table, key) if self.snapshot.holds(table, key) else ()

    def _endpoint(self, text: str) -> tuple[Match, ...]:
        pair = address_and_port(text)
        if pair is None:
            return self._host(text)
        records = self._find("pair", pair[0] + pair[1].encode())
        on_host = (match for match in self._host(text.rpartition(":")[0]) if match[1] != "pair")
        return (*on_host, *((record, "exact") for record in records))

    def _url(self, text: str) -> tuple[Match, ...]:
        begin = text.find("://")
        if begin < 0 or len(text) > MAX_CHARS:
            return ()
        end = text.find("/", begin + 3)
        origin = text if end < 0 else text[:end]
        known: tuple[tuple[Match, ...], bool] | None = self._listed.get(origin)
        if known is None:
            known = self._look_authority(origin[begin + 3 :], origin[:begin])
            known = known if known[0] or known[1] else _NOTHING
            self._caches.keep(self._listed, origin, known, len(origin), _REMEMBERED)
        on_host, listed = known
        return (*on_host, *self._look_url(text)) if listed else on_host

    def _look_authority(self, authority: str, scheme: str) -> tuple[tuple[Match, ...], bool]:
        """What a URL's host alone gives, and whether there are URLs on it."""
        host = authority.rpartition("@")[2].partition("?")[0].partition("#")[0]
        matched = self._look_host(host)
        alone = tuple(match for match in matched if match[1] not in {"host", "pair"})
        pairs = tuple(self._pair_in(authority, scheme)) if len(alone) < len(matched) else ()
        return (*alone, *pairs), any(match[1] == "host" for match in matched)

    def _pair_in(self, authority: str, scheme: str) -> list[Match]:
        """``address:port`` of a URL, the port being that of its scheme where it names none."""
        bare = authority.rpartition("@")[2].partition("?")[0].partition("#")[0]
        pair = address_and_port(bare) or address_and_port(f"{bare}:{DEFAULT_PORTS.get(fold(scheme), '')}")
        records = self._find("pair", pair[0] + pair[1].encode()) if pair else ()
        return [(record, "exact") for record in records]

    def _look_url(self, text: str) -> list[Match]:
        url = parse_url(text)
        if url is None:
            return []
        bare = "?" if url.path == "/" and url.query == "" else ""
        found: dict[str, Match] = {}
        for table, key, precision in (
            ("url", url.full, "full"),
            ("url-bare", url.without_query + bare, "without-query"),
            ("url-place", url.place + bare, "host-path"),
        ):
            for record in self._find(table, key.encode("utf-8", "surrogatepass")):
                found.setdefault(record.value, (record, precision))
        return list(found.values())

    def _hashes(self, text: str) -> tuple[Match, ...]:
        found: list[Match] = []
        for said, digits in hashes_in(text):
            for kind in (said,) if said else _HASH_KINDS.get(len(digits), ()):
                if kind in _TEXTS or kind in _DIGESTS:
                    key = digits.encode("utf-8", "replace")
                    found += [(record, "exact") for record in self._find(kind, key)]
        return tuple(found)

    def _mail(self, text: str) -> tuple[Match, ...]:
        address = fold(text.strip().strip("<>"))
        domain = address.rpartition("@")[2]
        records = self._find("email", address.encode("utf-8", "surrogatepass"))
        sender = [match for match in self._look_host(domain) if match[1] != "host"]
        return (*((record, "exact") for record in records), *sender)

    def _path(self, text: str) -> tuple[Match, ...]:
        name = text.strip('"').replace("/", "\\").rpartition("\\")[2].strip()
        return self._plain("file_name")(name) if name else ()

    def _plain(self, table: str) -> _Look:
        def look(text: str) -> tuple[Match, ...]:
            key = fold(text.strip()).encode("utf-8", "surrogatepass")
            return tuple((record, "exact") for record in self._find(table, key))

        return look


def _several(name: str, look: _Look, fields: dict[str, Any], found: list[Shown] | None) -> list[Shown] | None:
    """A list, a number, or a field inside another."""
    for value in elements(lookup(fields, name)):
        text = as_text(value)
        if text and (matched := look(text)):
            found = found or []
            found += [Shown(record, how, name, text) for record, how in matched]
    return found


def _without_port(text: str) -> str:
    """The host of ``host:port``; addresses of version 6 stay whole."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    host, colon, port = text.rpartition(":")
    return host if colon and port.isdigit() and ":" not in host else text


_TEXTS: Final = frozenset(
    {"mutex", "registry_key", "user_agent", "mail_subject", "ja3", "ja3s", "jarm", "imphash"}
)
_DIGESTS: Final = frozenset({"md5", "sha1", "sha256", "sha512"})
