"""A OneNote section with one embedded file (MS-ONESTORE 2.6.13); nothing else in it is readable."""

from __future__ import annotations

import struct
from typing import Final
from uuid import UUID

_FILE: Final = UUID("7B5C52E4-D88C-4DA7-AEB1-5378D02996D3")
_FORMAT: Final = UUID("109ADD3F-911B-49F5-A5D0-1791EDC8AED8")
_BEGIN: Final = UUID("BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC")
_END: Final = UUID("71FBA722-0F79-4A0B-BB13-899256426B24")
_HEADER: Final = 1_024


def notebook(name: str, content: bytes) -> bytes:
    """A ``.one`` file whose only content is an embedded file of this name."""
    head = _FILE.bytes_le + bytes(16) + bytes(16) + _FORMAT.bytes_le
    label = ("Noroshi: a harmless specimen\0" + name + "\0").encode("utf-16-le")
    store = _BEGIN.bytes_le + struct.pack("<QIQ", len(content), 0, 0) + content
    store += bytes(-len(content) % 8) + _END.bytes_le
    return head.ljust(_HEADER, b"\0") + label.ljust(-(-len(label) // 8) * 8, b"\0") + store
