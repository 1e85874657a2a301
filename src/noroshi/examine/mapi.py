"""Messages as Outlook and Exchange keep them: properties by number, in a compound file or in a TNEF stream.

Sources: [MS-OXMSG] for ``.msg``, [MS-OXTNEF] for ``winmail.dat``, [MS-OXPROPS] for the numbers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.office.container import Container

SUBJECT, BODY, RTF, HTML, HEADERS = 0x0037, 0x1000, 0x1009, 0x1013, 0x007D
SENDER_NAME, SENDER, SENDER_SMTP, ON_BEHALF_SMTP, ON_BEHALF = 0x0C1A, 0x0C1F, 0x5D01, 0x5D02, 0x0065
TO, CC, MESSAGE_ID, SENT, REPLY_TO = 0x0E04, 0x0E03, 0x1035, 0x0039, 0x0050
LONG_NAME, SHORT_NAME, DISPLAY_NAME, CONTENT, LONG_PATH = 0x3707, 0x3704, 0x3001, 0x3701, 0x370D
INTERNET_PAGE, MESSAGE_PAGE = 0x3FDE, 0x3FFD

MAX_ATTACHMENTS: Final = 1_000
MAX_PROPERTIES: Final = 20_000
SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_NARROW, _WIDE, _BINARY, _OBJECT, _TIME = 0x1E, 0x1F, 0x102, 0x0D, 0x40
_FIXED: Final = {
    0x2: 4,
    0x3: 4,
    0x4: 4,
    0xA: 4,
    0xB: 4,
    0x5: 8,
    0x6: 8,
    0x7: 8,
    0x14: 8,
    0x40: 8,
    0x48: 16,
    0x1: 4,
}
_MANY: Final = 0x1000
_EMBEDDED: Final = bytes.fromhex("0703020000000000c000000000000046")
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_WESTERN: Final = "cp1252"

Value = str | bytes | int | datetime


@dataclass(slots=True)
class Attachment:
    """One attachment.

    Attributes:
        content: Its bytes; empty for a message that is kept as a storage or only referred to.
        storage: Path of the message inside the compound file, joined by ``/``; empty for others.
        message: An embedded TNEF stream.
        path: Where it lies, if it is only referred to.
    """

    name: str = ""
    content: bytes = b""
    storage: str = ""
    message: bytes = b""
    path: str = ""


@dataclass(slots=True)
class Message:
    """Properties by number, and attachments."""

    properties: dict[int, Value] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)

    def text(self, *numbers: int) -> str:
        """The first of these that is a text and not empty."""
        for number in numbers:
            value = self.properties.get(number)
            if isinstance(value, str) and value.strip():
                return value
        return ""

    def raw(self, number: int) -> bytes:
        """Bytes of a property; empty where it is none."""
        value = self.properties.get(number)
        return value if isinstance(value, bytes) else b""


def read_message(container: Container, storage: tuple[str, ...] = ()) -> Message:
    """The message in this storage of a compound file; what cannot be read is left out."""
    head = 32 if not storage else 24
    message = Message(_of_storage(container, storage, head))
    names = dict.fromkeys(
        path[len(storage)] for path in container.under(storage) if path[len(storage)].startswith("__attach")
    )
    for name in list(names)[:MAX_ATTACHMENTS]:
        inside = (*storage, name)
        given = Message(_of_storage(container, inside, 8))
        found = Attachment(
            given.text(LONG_NAME, SHORT_NAME, DISPLAY_NAME), given.raw(CONTENT), path=given.text(LONG_PATH)
        )
        embedded = (*inside, "__substg1.0_3701000D")
        if any(container.under(embedded)):
            found.storage = "/".join(embedded)
        message.attachments.append(found)
    return message


def _of_storage(container: Container, storage: tuple[str, ...], head: int) -> dict[int, Value]:
    fixed = container.read(*storage, "__properties_version1.0")[head:]
    found: dict[int, Value] = {}
    for at in range(0, min(len(fixed), 16 * MAX_PROPERTIES) - 15, 16):
        kind, number = struct.unpack_from("<HH", fixed, at)
        if kind in {0x3, _TIME}:
            found[number] = _of_fixed(kind, fixed[at + 8 : at + 16])
    codec = _codec(found)
    for path in container.under(storage):
        name = path[len(storage)]
        if len(path) != len(storage) + 1 or not name.startswith("__substg1.0_") or len(name) != 20:
            continue
        try:
            number, kind = int(name[12:16], 16), int(name[16:20], 16)
        except ValueError:
            continue
        if kind in {_NARROW, _WIDE, _BINARY}:
            found[number] = _of_text(kind, container.read(*path), codec)
    return found


def _of_fixed(kind: int, raw: bytes) -> Value:
    if kind == _TIME:
        try:
            return _EPOCH + timedelta(microseconds=int.from_bytes(raw[:8], "little") // 10)
        except OverflowError:
            return 0
    return int.from_bytes(raw[:4], "little")


def _of_text(kind: int, raw: bytes, codec: str) -> Value:
    if kind == _WIDE:
        return raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace").rstrip("\0")
    if kind == _NARROW:
        return raw.decode(codec, "replace").rstrip("\0")
    return raw


def _codec(properties: dict[int, Value]) -> str:
    """The codec of 8-bit texts."""
    for number in (MESSAGE_PAGE, INTERNET_PAGE):
        page = properties.get(number)
        if isinstance(page, int) and page:
            return codec_of(page)
    return _WESTERN


def codec_of(page: int) -> str:
    """The codec of a Windows code page; the Western one where Python has none."""
    name = {65001: "utf-8", 20127: "ascii", 50220: "iso2022_jp", 50221: "iso2022_jp", 51932: "euc_jp"}.get(
        page, f"cp{page}"
    )
    try:
        "".encode(name)
    except LookupError:
        return _WESTERN
    return name


def read_tnef(raw: bytes) -> Message:
    """The message of a TNEF stream, as far as it goes."""
    message = Message()
    codec = _WESTERN
    for level, identifier, body in _attributes(raw):
        if level == 1:
            if identifier == 0x9007 and len(body) >= 4:
                codec = codec_of(int.from_bytes(body[:4], "little"))
            elif identifier == 0x9003:
                message.properties.update(_properties(body, codec))
            elif identifier == 0x8004:
                message.properties.setdefault(SUBJECT, body.decode(codec, "replace").rstrip("\0"))
            elif identifier == 0x800C:
                message.properties.setdefault(BODY, body.decode(codec, "replace").rstrip("\0"))
        elif level == 2:
            _attached(message, identifier, body, codec)
    return message


def _attributes(raw: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 6
    for _ in range(MAX_PROPERTIES):
        if at + 9 > len(raw):
            return
        level, identifier, _kind, size = struct.unpack_from("<BHHI", raw, at)
        yield level, identifier, raw[at + 9 : at + 9 + size]
        at += 9 + size + 2


def _attached(message: Message, identifier: int, body: bytes, codec: str) -> None:
    if identifier == 0x9002:  # attAttachRendData begins an attachment
        if len(message.attachments) < MAX_ATTACHMENTS:
            message.attachments.append(Attachment())
        return
    if not message.attachments:
        message.attachments.append(Attachment())
    here = message.attachments[-1]
    if identifier == 0x8010:
        here.name = here.name or body.decode(codec, "replace").rstrip("\0")
    elif identifier == 0x800F:
        here.content = body
    elif identifier == 0x9005:
        given = Message(_properties(body, codec))
        here.name = given.text(LONG_NAME, SHORT_NAME) or here.name or given.text(DISPLAY_NAME)
        here.path = given.text(LONG_PATH)
        content = given.raw(CONTENT)
        if content.startswith(_EMBEDDED) and content[16:20] == SIGNATURE:
            here.message = content[16:]
        elif content.startswith(_EMBEDDED):  # an OLE object behind the id of its interface
            here.content = here.content or content[16:]
        elif content:
            here.content = here.content or content


def _properties(raw: bytes, codec: str) -> dict[int, Value]:
    """The list of properties of an attribute ([MS-OXTNEF] 2.1.3.4)."""
    found: dict[int, Value] = {}
    try:
        (count,) = struct.unpack_from("<I", raw)
        at = 4
        for _ in range(min(count, MAX_PROPERTIES)):
            kind, number = struct.unpack_from("<HH", raw, at)
            at = _behind_name(raw, at + 4) if number >= 0x8000 else at + 4
            values, at = _values(raw, at, kind)
            base = kind & ~_MANY
            if values and number < 0x8000:
                fixed = base in _FIXED
                found[number] = _of_fixed(base, values[0]) if fixed else _of_text(base, values[0], codec)
    except struct.error:
        pass
    return found


def _behind_name(raw: bytes, at: int) -> int:
    """Where a named property's values begin: behind a GUID and a number or a text."""
    kind, size = struct.unpack_from("<II", raw, at + 16)
    return at + 24 if kind == 0 else at + 24 + size + -size % 4


def _values(raw: bytes, at: int, kind: int) -> tuple[list[bytes], int]:
    base = kind & ~_MANY
    fixed = _FIXED.get(base)
    count = 1
    if kind & _MANY or fixed is None:
        (count,) = struct.unpack_from("<I", raw, at)
        at += 4
    values: list[bytes] = []
    for _ in range(min(count, MAX_PROPERTIES)):
        size = fixed
        if size is None:
            (size,) = struct.unpack_from("<I", raw, at)
            at += 4
        values.append(raw[at : at + size])
        at += size + -size % 4
        if at > len(raw):
            raise struct.error
    return values, at
