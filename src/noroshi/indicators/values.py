"""Spelling of addresses, domains, URLs, hashes and patterns: one normal form for entries and log values."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Final

from noroshi.folding import fold

MAX_DOMAIN: Final = 253
MAX_URL: Final = 8192
DEFAULT_PORTS: Final = {"http": "80", "https": "443", "ftp": "21"}
HASH_KINDS: Final = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
"""Number of hexadecimal digits → kind, for hashes that do not say what they are."""

_V4_MAPPED: Final = b"\0" * 10 + b"\xff\xff"
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://", re.ASCII)
_PERCENT: Final = re.compile(r"%([0-9A-Fa-f]{2})", re.ASCII)
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_HEX: Final = re.compile(r"[0-9a-f]+", re.ASCII)


def packed_address(text: str) -> bytes | None:
    """An IPv4 or IPv6 address in network byte order (4 or 16 bytes), or None.

    IPv4-mapped IPv6 counts as IPv4; brackets and a zone (``fe80::1%eth0``) are taken off.
    """
    bare = text.strip().strip("[]").split("%", 1)[0]
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    try:
        packed = socket.inet_pton(family, bare)
    except (OSError, ValueError):
        return None
    return packed[12:] if len(packed) == 16 and packed.startswith(_V4_MAPPED) else packed


def printed_address(packed: bytes) -> str:
    """Network byte order (4 or 16 bytes) as text, version 6 as RFC 5952 says."""
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def parse_network(text: str) -> tuple[bytes, int]:
    """Network address in network byte order and prefix length of an address or CIDR; host bits are cut off.

    Raises:
        ValueError: It is neither.
    """
    network = ipaddress.ip_network(text.strip().strip("[]"), strict=False)
    mapped = network.network_address.ipv4_mapped if network.version == 6 else None
    if mapped is not None and network.prefixlen >= 96:
        return mapped.packed, network.prefixlen - 96
    return network.network_address.packed, network.prefixlen


def address_and_port(text: str) -> tuple[bytes, str] | None:
    """Packed address and port of ``192.0.2.1:443`` or ``[2001:db8::1]:443``, or None."""
    host, colon, port = text.strip().rpartition(":")
    packed = packed_address(host)
    bare_v6 = ":" in host and not host.startswith("[")
    if not colon or packed is None or bare_v6 or not port.isascii() or not port.isdigit():
        return None
    return (packed, str(int(port))) if len(port) <= 5 and 0 < int(port) < 65_536 else None


def normal_domain(text: str) -> str | None:
    """A domain in lower case and IDNA form without final dot, leading ``*.`` or port; None if it is none."""
    bare = fold(text.strip()).removeprefix("*").strip(".")
    host, colon, port = bare.rpartition(":")
    if colon and port.isdigit():
        bare = host.rstrip(".")
    if not bare or len(bare) > MAX_DOMAIN or any(mark in bare for mark in "/:@? \t\\"):
        return None
    if bare.isascii():
        return None if ".." in bare else bare
    try:
        return bare.encode("idna").decode("ascii")
    except UnicodeError:
        return None


@dataclass(frozen=True, slots=True)
class Url:
    """A URL taken apart and normalised.

    Attributes:
        scheme: Lower case; empty where the text had none.
        host: Lower case, IDNA; a bare IPv6 address keeps its brackets.
        port: Empty for the scheme's default (or 80 and 443 where the scheme is unknown).
        path: At least ``/``; case kept, percent-encoding in one spelling.
        query: None where there was no ``?``; empty for a bare one (Squid cuts queries off so).
    """

    scheme: str
    host: str
    port: str
    path: str
    query: str | None

    @property
    def place(self) -> str:
        """Host, port if unusual, and path: the lowest precision."""
        return f"{self.host}:{self.port}{self.path}" if self.port else f"{self.host}{self.path}"

    @property
    def without_query(self) -> str:
        """Scheme and place."""
        return f"{self.scheme}://{self.place}"

    @property
    def full(self) -> str:
        """Scheme, place and query."""
        return f"{self.without_query}?{self.query}" if self.query else self.without_query


def short_name(type_: str, text: str) -> str:
    r"""A machine or account as logs of different kinds have in common: folded, the first part of the name.

    A ``host`` loses its domain, leading backslashes and a final ``$`` (addresses stay whole), a ``user`` what
    stands before a backslash and from an ``@`` on.
    """
    folded = fold(text.strip())
    if type_ == "user":
        return folded.rsplit("\\", 1)[-1].split("@", 1)[0]
    bare = folded.lstrip("\\").rstrip(".")
    if ":" in bare or bare.replace(".", "").isdigit():
        return bare
    return bare.split(".", 1)[0].removesuffix("$")


def parse_url(text: str) -> Url | None:
    """A URL, or ``host/path`` without scheme, normalised; None for others (``host:443``, ``/path``)."""
    if len(text) > MAX_URL:
        return None
    bare = text.strip().split("#", 1)[0]
    match = _SCHEME.match(fold(bare[:32]))
    scheme = match[1] if match else ""
    rest = bare[match.end() :] if match else bare
    before, mark, query = rest.partition("?")
    authority, slash, path = before.partition("/")
    if not scheme and not slash:
        return None
    host, port = _host_and_port(authority.rpartition("@")[2])
    if host is None:
        return None
    if port == DEFAULT_PORTS.get(scheme) or (not scheme and port in {"80", "443"}):
        port = ""
    return Url(scheme, host, port, _percent("/" + path), _percent(query) if mark else None)


def _host_and_port(authority: str) -> tuple[str | None, str]:
    if authority.startswith("["):
        inner, bracket, after = authority[1:].partition("]")
        valid = bracket and packed_address(inner) is not None
        return (f"[{fold(inner)}]" if valid else None), after.removeprefix(":")
    host, colon, port = authority.rpartition(":")
    if not colon:
        return normal_domain(authority), ""
    return (normal_domain(host), port) if port.isdigit() or not port else (None, "")


def _percent(text: str) -> str:
    """RFC 3986, 6.2.2: unreserved characters plain, the digits of the others in upper case."""
    if "%" not in text:
        return text
    return _PERCENT.sub(_spell, text)


def _spell(match: re.Match[str]) -> str:
    letter = chr(int(match[1], 16))
    return letter if letter in _UNRESERVED else match[0].upper()


def refang(text: str) -> str:
    """An indicator as it really is: ``hxxps://evil[.]example`` → ``https://evil.example``."""
    plain = text.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":").replace("[@]", "@")
    if plain[:5].lower() in {"hxxp:", "hxxps"}:
        return "http" + plain[4:]
    return plain


def hashes_in(text: str) -> list[tuple[str | None, str]]:
    """Kind (None: not said) and digits of each hash in a value: bare, or Sysmon's ``SHA256=…,MD5=…``."""
    folded = fold(text.strip())
    if "=" not in folded:
        return [(None, folded)] if _HEX.fullmatch(folded) else []
    pairs = (part.partition("=") for part in folded.split(","))
    return [(kind.strip(), digits.strip()) for kind, equals, digits in pairs if equals]


def sigma_pattern(text: str) -> tuple[str, str | None]:
    r"""A Sigma value: its text with escapes resolved, and an RE2 pattern if it holds wildcards.

    ``*`` any run, ``?`` one code point; ``\*``, ``\?`` and ``\\`` are the characters themselves; any other
    backslash stands for itself (Sigma specification 2.1, "Escaping").
    """
    plain: list[str] = []
    regex: list[str] = []
    wild = False
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\" and text[at + 1 : at + 2] in {"*", "?", "\\"}:
            at += 1
            letter = text[at]
        elif letter in "*?":
            wild = True
            regex.append(".*" if letter == "*" else ".")
            at += 1
            continue
        plain.append(letter)
        regex.append(re.escape(letter) if letter.isascii() else letter)
        at += 1
    return "".join(plain), "(?s)" + "".join(regex) if wild else None
