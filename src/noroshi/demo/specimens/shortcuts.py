"""A Windows shortcut (MS-SHLLINK) with arguments and a script behind its end, as in April 2022."""

from __future__ import annotations

import struct
from typing import Final

_CLASS: Final = bytes.fromhex("0114020000000000c000000000000046")
_HAS_NAME, _HAS_RELATIVE, _HAS_ARGUMENTS, _HAS_ICON, _UNICODE = 0x04, 0x08, 0x20, 0x40, 0x80
_FILETIME: Final = 132_950_016_000_000_000
"""2022-04-22 00:00 UTC in steps of 100 ns since 1601."""


def shortcut(target: str, arguments: str, script: str = "") -> bytes:
    """A shortcut.

    Args:
        target: Path of the program, relative.
        arguments: What it is given.
        script: Text behind the structure; ``findstr`` cuts its lines out of the file.
    """
    flags = _HAS_NAME | _HAS_RELATIVE | _HAS_ARGUMENTS | _HAS_ICON | _UNICODE
    head = struct.pack("<I", 0x4C) + _CLASS + struct.pack("<II", flags, 0x20)
    head += struct.pack("<QQQIIIH", _FILETIME, _FILETIME, _FILETIME, 0, 0, 7, 0) + bytes(10)
    texts = (
        "Noroshi: a harmless specimen",
        target,
        arguments,
        "C:\\Windows\\System32\\shell32.dll",
    )
    strings = b"".join(struct.pack("<H", len(text)) + text.encode("utf-16-le") for text in texts)
    return head + strings + bytes(4) + script.replace("\n", "\r\n").encode("ascii")
