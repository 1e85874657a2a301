"""Block lists for other products: what a firewall, a resolver or a proxy can refuse.

| name | product, format |
|---|---|
| ``edl-ip``, ``edl-domain``, ``edl-url`` | external dynamic lists of next-generation firewalls (Palo Alto
Networks, Fortinet, Check Point): one value a line, URLs without scheme |
| ``rpz`` | DNS response policy zone (*draft-vixie-dnsop-dns-rpz*; BIND, Unbound, Knot, PowerDNS): names and
what is below them, and answers with an address |
| ``squid-dstdomain``, ``squid-dst``, ``squid-url`` | files for Squid's ``acl … dstdomain``, ``dst`` and
``url_regex`` |
| ``suricata-dataset-domain`` | a ``dataset`` of type string (Base64, one a line) |
| ``suricata-dataset-ip``, ``-md5``, ``-sha256`` | datasets of type ip, md5 and sha256 |

The domain or address of a compromised site is left out: it is an ordinary site, only its URLs are blocked.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Final

from noroshi.indicators.values import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from noroshi.indicators.indicator import Indicator

_SPECIAL: Final = re.compile(r"[][{}()*+?.^$|\\]")
_ADDRESSES: Final = frozenset({"ip", "cidr", "ip:port"})


def _address(indicator: Indicator) -> str:
    """An address or network; of an endpoint its address: no list here knows ports."""
    if indicator.type != "ip:port":
        return indicator.value
    return indicator.value.rpartition(":")[0].strip("[]")


def _without_scheme(value: str) -> str:
    return value.partition("://")[2] or value


def _squid_url(value: str) -> str:
    """A POSIX extended expression for the URL as Squid sees it, from its beginning."""
    url = parse_url(value)
    if url is None:
        return ""
    place = _SPECIAL.sub(r"\\\g<0>", f"{url.place}?{url.query}" if url.query else url.place)
    host, slash, path = place.partition("/")
    port = "" if url.port else "(:[0-9]+)?"
    return f"^{url.scheme or '[a-z]+'}://{host}{port}{slash}{path}"


def _network(indicator: Indicator) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(_address(indicator))


class ValueList:
    """A list with one line a value."""

    def __init__(self, name: str, types: frozenset[str], line: Callable[[Indicator], str]) -> None:
        self.name = name
        self.types = types
        self._line = line

    def write(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:  # noqa: ARG002 - no time in it
        """The lines, each once; nothing else, because not all products know comments."""
        written: set[str] = set()
        for indicator in indicators:
            if not blocks(indicator, self.types):
                continue
            line = self._line(indicator)
            if line and line not in written:
                written.add(line)
                yield f"{line}\n".encode("ascii", "ignore")


class PolicyZone:
    """A response policy zone: names answer NXDOMAIN, and so do names that resolve to a listed address."""

    name: Final = "rpz"
    types: Final = _ADDRESSES | {"domain"}

    def write(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:
        """The zone; its serial number is the time, so that secondaries notice."""
        serial = int(at.timestamp()) % 2**32
        yield (
            f"$TTL 300\n@ IN SOA localhost. hostmaster.localhost. {serial} 3600 600 86400 300\n"
            "@ IN NS localhost.\n"
        ).encode()
        written: set[str] = set()
        for indicator in indicators:
            if blocks(indicator, self.types):
                for owner in self._owners(indicator):
                    if owner not in written:
                        written.add(owner)
                        yield f"{owner} CNAME .\n".encode()

    def _owners(self, indicator: Indicator) -> tuple[str, ...]:
        if indicator.type == "domain":
            return indicator.value, f"*.{indicator.value}"
        return (_rpz_address(_network(indicator)),)


def _rpz_address(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str:
    """``32.1.2.0.192.rpz-ip``; in IPv6 the longest run of zeros is ``zz`` (draft-vixie, 4.1.1)."""
    if network.version == 4:
        parts = str(network.network_address).split(".")
    else:
        left, gap, right = str(network.network_address).partition("::")
        parts = [*filter(None, left.split(":")), *(["zz"] if gap else []), *filter(None, right.split(":"))]
    return ".".join([str(network.prefixlen), *reversed(parts), "rpz-ip"])


def blocks(indicator: Indicator, types: frozenset[str]) -> bool:
    """Whether a list of these types takes an indicator: a compromised site is blocked by URL only."""
    weak = indicator.compromised_site and indicator.type in (_ADDRESSES | {"domain"})
    return indicator.type in types and not weak


def _encoded(indicator: Indicator) -> str:
    return b64encode(indicator.value.encode()).decode()


def _value(indicator: Indicator) -> str:
    return indicator.value


LISTS: Final = (
    ValueList("edl-ip", _ADDRESSES, _address),
    ValueList("edl-domain", frozenset({"domain"}), _value),
    ValueList("edl-url", frozenset({"url"}), lambda one: _without_scheme(one.value)),
    ValueList("squid-dstdomain", frozenset({"domain"}), lambda one: f".{one.value}"),
    ValueList("squid-dst", _ADDRESSES, _address),
    ValueList("squid-url", frozenset({"url"}), lambda one: _squid_url(one.value)),
    ValueList("suricata-dataset-domain", frozenset({"domain"}), _encoded),
    ValueList("suricata-dataset-ip", frozenset({"ip", "ip:port"}), _address),
    ValueList("suricata-dataset-md5", frozenset({"md5", "ja3"}), _value),
    ValueList("suricata-dataset-sha256", frozenset({"sha256"}), _value),
)
