"""The first message of a TLS client: which server it names, and its fingerprint JA3.

Sources: RFC 8446 and 6066; Althouse, Atkinson and Atkins, "TLS Fingerprinting with JA3 and JA3S" (2017).
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

MAX_HELLO: Final = 1 << 14
_HANDSHAKE, _CLIENT_HELLO = 22, 1
_NAME, _GROUPS, _FORMATS, _PROTOCOLS, _VERSIONS = 0, 10, 11, 16, 43
_WORDS: Final = {0x0300: "SSLv3", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}


@dataclass(frozen=True, slots=True)
class Hello:
    """What a client says first.

    Attributes:
        server: The host that it wants; empty where it names none.
        version: The newest that it offers.
        fingerprint: JA3's text; its MD5 is the hash that lists hold.
        protocols: What it wants to speak inside (ALPN).
    """

    server: str
    version: str
    fingerprint: str
    protocols: tuple[str, ...]

    @property
    def ja3(self) -> str:
        """The fingerprint's hash."""
        return hashlib.md5(self.fingerprint.encode(), usedforsecurity=False).hexdigest()


def begins_tls(stream: bytes) -> bool:
    """Whether a client that begins like this speaks TLS."""
    return len(stream) >= 3 and stream[0] == _HANDSHAKE and stream[1] == 3 and stream[2] <= 4


def client_hello(stream: bytes) -> Hello | None:
    """The hello at the beginning of a stream; None while it is not complete, or where it is none.

    Raises:
        ValueError: It will never become one.
    """
    message = _message(stream)
    if message is None:
        return None
    try:
        return _read(message)
    except (struct.error, IndexError) as problem:
        raise ValueError("a damaged hello") from problem


def _message(stream: bytes) -> bytes | None:
    """The first handshake message, put together from its records."""
    out, at = b"", 0
    while at + 5 <= len(stream):
        kind, _, size = struct.unpack_from("!BHH", stream, at)
        if kind != _HANDSHAKE or len(out) > MAX_HELLO:
            raise ValueError("no hello")
        out += stream[at + 5 : at + 5 + size]
        at += 5 + size
        if len(out) >= 4:
            if out[0] != _CLIENT_HELLO:
                raise ValueError("no hello")
            wanted = 4 + int.from_bytes(out[1:4], "big")
            if len(out) >= wanted:
                return out[4:wanted]
    return None


def _read(body: bytes) -> Hello:
    (version,) = struct.unpack_from("!H", body)
    at = 34
    at += 1 + body[at]
    (size,) = struct.unpack_from("!H", body, at)
    ciphers = _numbers(body[at + 2 : at + 2 + size])
    at += 2 + size
    at += 1 + body[at]
    extensions = _extensions(body[at + 2 :])
    groups = _numbers(extensions.get(_GROUPS, b"")[2:])
    formats = list(extensions.get(_FORMATS, b"")[1:])
    fingerprint = ",".join(
        [
            str(version),
            *("-".join(map(str, one)) for one in (ciphers, [*_plain(extensions)], groups, formats)),
        ]
    )
    offered = [one for one in _numbers(extensions.get(_VERSIONS, b"")[1:]) if one in _WORDS]
    return Hello(
        _server(extensions.get(_NAME, b"")),
        _WORDS.get(max(offered, default=version), hex(version)),
        fingerprint,
        _protocols(extensions.get(_PROTOCOLS, b"")),
    )


def _numbers(raw: bytes) -> list[int]:
    """Pairs of bytes as numbers, without those that only try whether servers take unknown ones (RFC 8701)."""
    found = struct.unpack(f"!{len(raw) // 2}H", raw[: len(raw) // 2 * 2])
    return [one for one in found if not _greased(one)]


def _greased(number: int) -> bool:
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def _plain(extensions: dict[int, bytes]) -> list[int]:
    return [one for one in extensions if not _greased(one)]


def _extensions(raw: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(raw):
        kind, size = struct.unpack_from("!HH", raw, at)
        found.setdefault(kind, raw[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def _server(raw: bytes) -> str:
    if len(raw) < 5 or raw[2] != 0:
        return ""
    (size,) = struct.unpack_from("!H", raw, 3)
    return raw[5 : 5 + size].decode("ascii", "replace").rstrip(".").lower()


def _protocols(raw: bytes) -> tuple[str, ...]:
    found: list[str] = []
    at = 2
    while at < len(raw) and len(found) < 20:
        found.append(raw[at + 1 : at + 1 + raw[at]].decode("latin-1"))
        at += 1 + raw[at]
    return tuple(found)
