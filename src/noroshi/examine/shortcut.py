"""Windows shortcuts by [MS-SHLLINK]: target, arguments, strings, where it was made, and where it ends.

Own code, because what is malicious about a shortcut is what readers of ordinary ones leave out: all arguments
however long, the long names in the list of ids, targets that contradict each other, what stands behind its
end. Reading is linear, also where thousands of blocks are declared.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

CLASS: Final = bytes.fromhex("4c0000000114020000000000c000000000000046")
"""Size of the head, then the class id that every shortcut begins with."""

MAX_BLOCKS: Final = 64
_HEAD: Final = 76
_ID_LIST, _INFO, _EXPANDED, _WIDE = 0x01, 0x02, 0x200, 0x80
_STRINGS: Final = (
    (0x04, "description"),
    (0x08, "relative"),
    (0x10, "folder"),
    (0x20, "arguments"),
    (0x40, "icon"),
)
_ENVIRONMENT, _TRACKER, _ICON = 0xA0000001, 0xA0000003, 0xA0000007
_LONG_NAME: Final = b"\x04\x00\xef\xbe"
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Shortcut:
    """What a shortcut says.

    Attributes:
        targets: By where it says so (``environment``, ``ids``, ``info``, ``relative``); first what
            Windows takes.
        strings: ``description``, ``folder``, ``arguments``, ``icon``.
        machine: NetBIOS name of the machine on which its target was.
        adapter: MAC address of that machine, where the object id holds one.
        shown: ``normal``, ``maximised``, ``minimised``.
        end: Bytes that belong to the shortcut.
        whole: Whether its last block was there.
    """

    targets: dict[str, str] = field(default_factory=dict)
    strings: dict[str, str] = field(default_factory=dict)
    created: datetime | None = None
    modified: datetime | None = None
    machine: str = ""
    adapter: str = ""
    shown: str = "normal"
    end: int = 0
    whole: bool = False

    @property
    def target(self) -> str:
        """What it opens."""
        return next(iter(self.targets.values()), "")


def read_shortcut(raw: bytes) -> Shortcut:
    """Everything up to where it is damaged.

    Raises:
        ValueError: It does not begin as a shortcut.
    """
    if not raw.startswith(CLASS) or len(raw) < _HEAD:
        raise ValueError("no head of a shortcut")
    (flags,) = struct.unpack_from("<I", raw, 20)
    created, _, modified = struct.unpack_from("<QQQ", raw, 28)
    (show,) = struct.unpack_from("<I", raw, 60)
    found = Shortcut(created=_time(created), modified=_time(modified))
    found.shown = {3: "maximised", 7: "minimised"}.get(show, "normal")
    try:
        _read(raw, flags, found)
        found.whole = True
    except (struct.error, IndexError):
        pass
    order = (
        ("environment", "ids", "info", "relative")
        if flags & _EXPANDED
        else ("ids", "info", "environment", "relative")
    )
    found.targets = {name: found.targets[name] for name in order if found.targets.get(name)}
    return found


def _read(raw: bytes, flags: int, found: Shortcut) -> None:
    at = _HEAD
    if flags & _ID_LIST:
        (size,) = struct.unpack_from("<H", raw, at)
        found.targets["ids"] = _path_of_ids(raw[at + 2 : at + 2 + size])
        at = found.end = at + 2 + size
    if flags & _INFO:
        (size,) = struct.unpack_from("<I", raw, at)
        found.targets["info"] = _path_of_info(raw[at : at + size])
        at = found.end = at + size
    for bit, name in _STRINGS:
        if flags & bit:
            (count,) = struct.unpack_from("<H", raw, at)
            size = count * 2 if flags & _WIDE else count
            text = raw[at + 2 : at + 2 + size]
            value = text.decode("utf-16-le", "replace") if flags & _WIDE else _narrow(text)
            at = found.end = min(at + 2 + size, len(raw))
            (found.targets if name == "relative" else found.strings)[name] = value
    _blocks(raw, at, found)


def _blocks(raw: bytes, at: int, found: Shortcut) -> None:
    for _ in range(MAX_BLOCKS):
        (size,) = struct.unpack_from("<I", raw, at)
        if size < 8 or at + size > len(raw):
            found.end = at + (4 if size < 4 else 0)
            return
        (signature,) = struct.unpack_from("<I", raw, at + 4)
        block = raw[at : at + size]
        if signature == _ENVIRONMENT:
            found.targets["environment"] = _wide(block[268:788]) or _narrow(block[8:268].split(b"\0")[0])
        elif signature == _TRACKER and size >= 96:
            found.machine = _narrow(block[16:32].split(b"\0")[0])
            found.adapter = _adapter(block[48:64])
        elif signature == _ICON:
            found.strings.setdefault("icon", _wide(block[268:788]))
        at = found.end = at + size


def _path_of_ids(ids: bytes) -> str:
    parts: list[str] = []
    at = 0
    while at + 3 <= len(ids):
        (size,) = struct.unpack_from("<H", ids, at)
        if size < 3:
            break
        parts.append(_name_of_id(ids[at + 2 : at + size]))
        at += size
    path = ""
    for part in filter(None, parts):
        path += part if not path or path.endswith("\\") else "\\" + part
    return path


def _name_of_id(item: bytes) -> str:
    kind = item[0] & 0x70
    if kind == 0x20 and item[0] & 1:
        return _narrow(item[1:].split(b"\0")[0])
    if kind == 0x30 and len(item) > 12:
        wide = item[0] & 4
        return _long_name(item) or (_wide(item[12:]) if wide else _narrow(item[12:].split(b"\0")[0]))
    if kind == 0x40 and len(item) > 3:
        return _narrow(item[3:].split(b"\0")[0])
    return ""


def _long_name(item: bytes) -> str:
    """The name in the block 0xBEEF0004 of a file's id; what stands before it grew with each Windows."""
    begin = item.find(_LONG_NAME) - 4
    if begin < 0:
        return ""
    (version,) = struct.unpack_from("<H", item, begin + 2)
    at = begin + 18 + (18 if version >= 7 else 0) + (2 if version >= 3 else 0)
    at += (4 if version >= 9 else 0) + (4 if version >= 8 else 0)
    return _wide(item[at:])


def _path_of_info(info: bytes) -> str:
    if len(info) < 28:
        return ""
    head, _flags, _volume, base, network, suffix = struct.unpack_from("<IIIIII", info, 4)
    if head >= 0x24 and len(info) >= 36:
        wide_base, wide_suffix = struct.unpack_from("<II", info, 28)
        if wide_base and (
            path := _wide(info[wide_base:]) + _wide(info[wide_suffix:] if wide_suffix else b"")
        ):
            return path
    first = _text_at(info, base)
    if not first and network and len(info) >= network + 12:
        (name,) = struct.unpack_from("<I", info, network + 8)
        first = _text_at(info, network + name)
        first += "\\" if first else ""
    return first + _text_at(info, suffix)


def _text_at(raw: bytes, at: int) -> str:
    return _narrow(raw[at:].split(b"\0", 1)[0]) if at else ""


def _wide(raw: bytes) -> str:
    return raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace").split("\0")[0]


def _narrow(raw: bytes) -> str:
    """Text in the code page of its system, which is not told: the Japanese one, else the Western."""
    try:
        return raw.decode("cp932")
    except ValueError:
        return raw.decode("cp1252", "replace")


def _time(ticks: int) -> datetime | None:
    """Of 100 ns since 1601; None where it is not set or no time."""
    try:
        return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
    except OverflowError:
        return None


def _adapter(identifier: bytes) -> str:
    """The MAC address in an id of version 1; later Windows make ids without one."""
    made = uuid.UUID(bytes_le=identifier)
    return ":".join(f"{byte:02x}" for byte in identifier[10:]) if made.version == 1 else ""
