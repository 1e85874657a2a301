"""Benign shortcuts, built by [MS-SHLLINK]; what they would start is a reserved address at most."""

from __future__ import annotations

import struct
from typing import Final

HEAD: Final = bytes.fromhex("4c0000000114020000000000c000000000000046")
TICKS: Final = 116_444_736_000_000_000 + 1_595_035_800 * 10_000_000
"""2020-07-18T01:30:00Z in 100 ns since 1601; 1970 is 116,444,736,000,000,000."""

COMPUTER: Final = b"\x1f\x50" + bytes.fromhex("e04fd020ea3a6910a2d808002b30309d")


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def _item(content: bytes) -> bytes:
    return struct.pack("<H", len(content) + 2) + content


def file_id(short: str, long: str) -> bytes:
    """A file's id with its 8.3 name and the block of its long name, as Windows 10 writes it (version 9)."""
    name = short.encode("ascii") + b"\0"
    name += b"\0" * (len(name) % 2)
    rest = (
        bytes(8)
        + struct.pack("<H", 0x2E)
        + bytes(18)
        + bytes(2)
        + bytes(4)
        + bytes(4)
        + _wide(long)
        + b"\0\0"
    )
    block = struct.pack("<HHI", 8 + len(rest) + 2, 9, 0xBEEF0004) + rest + struct.pack("<H", 14 + len(name))
    return b"\x32\0" + struct.pack("<I", 0) + bytes(4) + struct.pack("<H", 0x20) + name + block


def id_list(*items: bytes) -> bytes:
    """A list of ids behind its size."""
    body = b"".join(_item(item) for item in items) + b"\0\0"
    return struct.pack("<H", len(body)) + body


def link_info(path: str) -> bytes:
    """A local path in Latin letters."""
    volume = struct.pack("<IIII", 17, 3, 0x1234, 16) + b"\0"
    base = path.encode("cp932") + b"\0"
    at = 28 + len(volume)
    size = at + len(base) + 1
    head = struct.pack("<IIIIIII", size, 28, 1, 28, at, 0, at + len(base))
    return head + volume + base + b"\0"


def tracker(machine: str, object_id: bytes) -> bytes:
    """Where the target was."""
    return (
        struct.pack("<IIII", 96, 0xA0000003, 0x58, 0)
        + machine.encode().ljust(16, b"\0")
        + bytes(16)
        + object_id
        + bytes(16)
        + object_id
    )


def environment(path: str) -> bytes:
    """A target with variables."""
    return (
        struct.pack("<II", 788, 0xA0000001)
        + path.encode("ascii").ljust(260, b"\0")
        + _wide(path).ljust(520, b"\0")
    )


def shortcut(
    *,
    ids: bytes = b"",
    info: bytes = b"",
    strings: dict[str, str] | None = None,
    blocks: bytes = b"",
    show: int = 1,
    appended: bytes = b"",
) -> bytes:
    """A shortcut; strings are ``description``, ``relative``, ``folder``, ``arguments``, ``icon``."""
    given = strings or {}
    order = ("description", "relative", "folder", "arguments", "icon")
    flags = 0x80 | (1 if ids else 0) | (2 if info else 0) | (0x200 if b"\x01\0\0\xa0" in blocks else 0)
    body = ids + info
    for bit, name in enumerate(order, 2):
        if name in given:
            flags |= 1 << bit
            body += struct.pack("<H", len(given[name])) + _wide(given[name])
    head = HEAD + struct.pack("<II", flags, 0x20) + struct.pack("<QQQ", TICKS, TICKS, TICKS)
    head += struct.pack("<IIIHHII", 1_000, 0, show, 0, 0, 0, 0)
    return head + body + blocks + bytes(4) + appended


POWERSHELL: Final = id_list(
    COMPUTER,
    b"\x2fC:\\\0".ljust(23, b"\0"),
    file_id("WINDOWS", "Windows"),
    file_id("SYSTEM32", "System32"),
    file_id("POWERS~1.EXE", "PowerShell ISE.exe"),
)
