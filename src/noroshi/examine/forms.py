"""UserForms: the streams ``f`` (form, a site for each control) and ``o`` (the controls), by [MS-OFORMS].

Every property block is: versions, a length, a mask of the properties that are there,
their values each aligned
to its own size, then the texts, each padded to four bytes. The high bit of a text's length says that it is
stored in 8-bit characters, otherwise it is UTF-16. [MS-OFORMS] 2.4.14 speaks of characters whose high byte is
left out; outside ASCII Office has been seen to write the project's code page, which the caller gives.
A control that holds others (frame, page) is a storage ``i`` + its number with ``f`` and ``o`` of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_CONTROLS: Final = 5_000
MAX_DEPTH: Final = 20
_TEXT: Final = -1
"""Size of a text's length in the data block: 4, and the text itself stands in the extra block."""
_PAIR: Final = -8
"""Eight bytes in the extra block: a size or a position."""
_LISTED: Final = -2
"""A list of texts: its size in the data block, its texts in the extra block."""
_EIGHT_BIT: Final = 0x8000_0000
_KINDS: Final = {
    7: "Form", 12: "Image", 14: "Frame", 15: "MorphData", 16: "SpinButton", 17: "CommandButton",
    18: "TabStrip",
    21: "Label", 23: "TextBox", 24: "ListBox", 25: "ComboBox", 26: "CheckBox", 27: "OptionButton",
    28: "ToggleButton", 47: "ScrollBar", 57: "MultiPage",
}  # fmt: skip
_HOLDERS: Final = frozenset({7, 14, 57})
_MORPH_KINDS: Final = frozenset({15, 23, 24, 25, 26, 27, 28})

Layout = tuple[tuple[int, int, str], ...]
"""Properties in the order of the data block: bit of the mask, size in bytes (or as above), name if kept."""

_FORM: Final[Layout] = (
    (1, 4, ""), (2, 4, ""), (3, 4, ""), (6, 4, "flags"), (7, 1, ""), (8, 1, ""), (9, 1, ""), (13, 4, ""),
    (15, 2, "mouse_icon"), (16, 1, ""), (17, 1, ""), (18, 4, ""), (19, _TEXT, "caption"), (20, 2, "font"),
    (21, 2, "picture"), (22, 4, ""), (23, 1, ""), (25, 1, ""), (26, 4, ""), (27, 4, ""),
    (10, _PAIR, ""), (11, _PAIR, ""), (12, _PAIR, ""),
)  # fmt: skip
_FORM_EXTRA: Final = (10, 11, 12, 19)
_SITE: Final[Layout] = (
    (0, _TEXT, "name"), (1, _TEXT, "tag"), (2, 4, "id"), (3, 4, ""), (4, 4, "flags"), (5, 4, "size"), (6, 2,
    ""),
    (7, 2, "class"), (9, 2, ""), (11, _TEXT, "tip"), (12, _TEXT, ""), (13, _TEXT, "source"), (14, _TEXT,
    "rows"),
    (8, _PAIR, ""),
)  # fmt: skip
_SITE_EXTRA: Final = (0, 1, 8, 11, 12, 13, 14)
_MORPH: Final[Layout] = (
    (0, 4, ""), (1, 4, ""), (2, 4, ""), (3, 4, ""), (4, 1, ""), (5, 1, ""), (6, 1, ""), (7, 1, ""), (9, 2,
    ""),
    (10, 4, ""), (11, 2, ""), (12, 2, ""), (13, 2, ""), (14, 2, ""), (15, 2, ""), (16, 1, ""), (17, 1, ""),
    (18, 1, ""), (20, 1, ""), (21, 1, ""), (22, _TEXT, "value"), (23, _TEXT, "caption"), (24, 4, ""), (25,
    4, ""),
    (26, 4, ""), (27, 2, ""), (28, 2, ""), (29, 2, ""), (32, _TEXT, "group"), (8, _PAIR, ""),
)  # fmt: skip
_MORPH_EXTRA: Final = (8, 22, 23, 32)
_LABEL: Final[Layout] = (
    (0, 4, ""), (1, 4, ""), (2, 4, ""), (3, _TEXT, "caption"), (4, 4, ""), (6, 1, ""), (7, 4, ""), (8, 2, ""),
    (9, 2, ""), (10, 2, ""), (11, 2, ""), (12, 2, ""), (5, _PAIR, ""),
)  # fmt: skip
_BUTTON: Final[Layout] = (
    (0, 4, ""), (1, 4, ""), (2, 4, ""), (3, _TEXT, "caption"), (4, 4, ""), (6, 1, ""), (7, 2, ""), (8, 2, ""),
    (10, 2, ""), (5, _PAIR, ""),
)  # fmt: skip
_CAPTION_EXTRA: Final = (3, 5)
_TABS: Final[Layout] = (
    (0, 4, ""), (1, 4, ""), (2, 4, ""), (5, _LISTED, "value"), (6, 1, ""), (8, 4, ""), (9, 4, ""), (11, 4,
    ""),
    (12, 4, ""), (15, _LISTED, "tip"), (17, _LISTED, "names"), (18, 4, ""), (20, 4, ""), (21, _LISTED, "tag"),
    (22, 4, ""), (23, _LISTED, "keys"), (24, 2, ""), (4, _PAIR, ""),
)  # fmt: skip
_TABS_EXTRA: Final = (4, 5, 15, 17, 21, 23)
_LAYOUTS: Final[dict[int, tuple[Layout, tuple[int, ...]]]] = {
    **dict.fromkeys(_MORPH_KINDS, (_MORPH, _MORPH_EXTRA)),
    17: (_BUTTON, _CAPTION_EXTRA),
    18: (_TABS, _TABS_EXTRA),
    21: (_LABEL, _CAPTION_EXTRA),
}
_FRAME_PROPERTY: Final = re.compile(r'(?im)^\s*(Caption|Tag)\s*=\s*"((?:[^"\r\n]|"")*)"')
_NO_CLASS_TABLE: Final = 1 << 15


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a form.

    Attributes:
        kind: ``TextBox``, ``Label``, ``Frame`` …; ``class N`` for one that is not known.
        path: Its name behind those of the frames around it, ``Frame1/TextBox1``.
        value: What it holds; of a tab strip its tabs, a line each.
        tip: ``ControlTipText``.
        group: ``GroupName``.
    """

    name: str
    kind: str
    path: str
    number: int = 0
    value: str = ""
    caption: str = ""
    tag: str = ""
    tip: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    Attributes:
        controls: In the order of the streams, those in a frame right behind it.
        problems: What could not be read, a clause each; the controls before it stand.
    """

    name: str
    caption: str = ""
    tag: str = ""
    controls: tuple[Control, ...] = ()
    problems: tuple[str, ...] = ()


class _BrokenError(Exception):
    """The bytes end early or contradict themselves."""


class _Bytes:
    """A position in a stream."""

    __slots__ = ("at", "raw")

    def __init__(self, raw: bytes, at: int = 0) -> None:
        self.raw = raw
        self.at = at

    def take(self, count: int) -> bytes:
        """So many bytes.

        Raises:
            _BrokenError: There are fewer.
        """
        if count < 0 or self.at + count > len(self.raw):
            raise _BrokenError(f"ends inside a block at byte {self.at}")
        self.at += count
        return self.raw[self.at - count : self.at]

    def number(self, size: int) -> int:
        """An unsigned little-endian number."""
        return int.from_bytes(self.take(size), "little")

    def align(self, size: int, begin: int) -> None:
        """Go on at the next multiple of the size from the beginning of the block."""
        self.at += -(self.at - begin) % size


class _Block:
    """A mask with its data block and extra block, up to the block's declared end."""

    def __init__(
        self, stream: _Bytes, layout: Layout, extra: tuple[int, ...], code_page: str, mask_size: int = 4
    ) -> None:
        self.texts: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        end = stream.number(2) + stream.at
        begin = stream.at - 4
        mask = stream.number(mask_size)
        names = {bit: (size, name) for bit, size, name in layout}
        lengths: dict[int, int] = {}
        for bit, size, name in layout:
            if mask >> bit & 1 and size != _PAIR:
                width = 4 if size < 0 else size
                stream.align(width, begin)
                value = stream.number(width)
                if size < 0:
                    lengths[bit] = value
                elif name:
                    self.numbers[name] = value
        stream.align(4, begin)
        for bit in extra:
            if mask >> bit & 1:
                size, name = names[bit]
                self._extra(stream, size, name, lengths.get(bit, 0), code_page)
        if stream.at > end:
            raise _BrokenError(f"a block is longer than it says, at byte {begin}")
        stream.at = end

    def _extra(self, stream: _Bytes, size: int, name: str, length: int, code_page: str) -> None:
        if size == _PAIR:
            stream.take(8)
            return
        if size == _TEXT:
            self.texts[name or "unnamed"] = _text(stream, length, code_page)
            return
        begin = stream.at
        items: list[str] = []
        while stream.at < begin + length:
            items.append(_text(stream, stream.number(4), code_page))
        self.texts[name] = "\n".join(items)


def _text(stream: _Bytes, length: int, code_page: str) -> str:
    raw = stream.take(length & ~_EIGHT_BIT)
    stream.at = min(stream.at + -len(raw) % 4, len(stream.raw))
    if length & _EIGHT_BIT:
        return raw.decode(code_page, "replace")
    return raw.decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class _Site:
    """A control as its form lists it."""

    name: str
    tag: str
    tip: str
    number: int
    kind: int
    size: int


def read_form(name: str, streams: Mapping[str, bytes], code_page: str = "cp1252") -> Form:
    r"""The form whose storage has these streams.

    Args:
        name: Of the form, as the code calls it.
        streams: By their path in the form's storage: ``f``, ``o``, ``i01/f``, ``i01/o``, ``\x03VBFrame``.
        code_page: The project's, as a Python codec.
    """
    problems: list[str] = []
    controls: list[Control] = []
    caption = _storage(streams, "", "", code_page, controls, problems)
    frame = streams.get("\x03VBFrame", b"").decode(code_page, "replace")
    written = {match[1].lower(): match[2].replace('""', '"') for match in _FRAME_PROPERTY.finditer(frame)}
    return Form(
        name, caption or written.get("caption", ""), written.get("tag", ""), tuple(controls), tuple(problems)
    )


def _storage(  # noqa: PLR0913, PLR0917 - a recursion over one storage, its place and its results
    streams: Mapping[str, bytes],
    folder: str,
    path: str,
    code_page: str,
    controls: list[Control],
    problems: list[str],
) -> str:
    """Read the controls of one storage; returns the form's caption."""
    if folder.count("/") > MAX_DEPTH:
        problems.append("frames inside each other end here")
        return ""
    if folder + "f" not in streams:
        problems.append(f"{folder}f is not there")
        return ""
    caption, sites = _head(streams, folder, code_page, problems)
    offset = 0
    objects = streams.get(folder + "o", b"")
    for site in sites:
        if len(controls) >= MAX_CONTROLS:
            problems.append(f"more than {MAX_CONTROLS} controls")
            break
        own = f"{path}{site.name}"
        if site.kind in _HOLDERS:
            at = len(controls)
            inner = _storage(
                streams, f"{folder}i{site.number:02d}/", own + "/", code_page, controls, problems
            )
            controls.insert(at, _control(site, own, {"caption": inner}))
            continue
        part = _Bytes(objects[offset : offset + site.size])
        offset += site.size
        try:
            texts = _object(part, site.kind, code_page)
        except _BrokenError as problem:
            problems.append(f"{folder}o {site.name} {problem}")
            texts = {}
        controls.append(_control(site, own, texts))
    return caption


def _head(
    streams: Mapping[str, bytes], folder: str, code_page: str, problems: list[str]
) -> tuple[str, list[_Site]]:
    """The caption and the sites of one storage's `f` stream; what comes before a break is kept."""
    sites: list[_Site] = []
    caption = ""
    try:
        stream = _Bytes(streams[folder + "f"])
        caption, flags = _form_header(stream, code_page)
        _sites(stream, flags, code_page, sites)
    except _BrokenError as problem:
        problems.append(f"{folder}f {problem}")
    return caption, sites


def _control(site: _Site, path: str, texts: dict[str, str]) -> Control:
    return Control(
        site.name, _KINDS.get(site.kind, f"class {site.kind}"), path, site.number,
        texts.get("value", ""), texts.get("caption", ""), site.tag or texts.get("tag", ""),
        site.tip or texts.get("tip", ""), texts.get("group", ""),
    )  # fmt: skip


def _form_header(stream: _Bytes, code_page: str) -> tuple[str, int]:
    """The form's caption and flags; the stream then stands at its list of sites (2.2.10.1)."""
    if stream.take(2) != b"\x00\x04":
        raise _BrokenError("is no form of version 4.0")
    block = _Block(stream, _FORM, _FORM_EXTRA, code_page)
    for part in ("mouse_icon", "font", "picture"):
        if block.numbers.get(part) == 0xFFFF:
            _skip_part(stream)
    return block.texts.get("caption", ""), block.numbers.get("flags", 0)


def _skip_part(stream: _Bytes) -> None:
    """A picture or a font behind its class identifier (2.4.8, 2.4.7)."""
    kind = stream.take(16)[:4]
    if kind == b"\x04\x52\xe3\x0b":
        stream.take(4)
        stream.take(stream.number(4))
    elif kind == b"\x03\x52\xe3\x0b":
        stream.take(10)
        stream.take(stream.number(1))
    elif kind == b"\x5c\x19\xc2\xaf":
        stream.take(2)
        stream.take(stream.number(2))
    else:
        raise _BrokenError("holds a picture or font of an unknown class")


def _sites(stream: _Bytes, flags: int, code_page: str, found: list[_Site]) -> None:
    """The list of controls (2.2.10.6)."""
    if not flags & _NO_CLASS_TABLE:
        for _ in range(stream.number(2)):
            stream.take(2)
            stream.take(stream.number(2))
    count = stream.number(4)
    stream.take(4)
    begin, left = stream.at, count
    while left > 0:
        stream.take(1)
        kind = stream.number(1)
        if kind & 0x80:
            stream.take(1)
        left -= max(1, kind & 0x7F) if kind & 0x80 else 1
    stream.align(4, begin)
    for _ in range(min(count, MAX_CONTROLS + 1)):
        stream.take(2)
        block = _Block(stream, _SITE, _SITE_EXTRA, code_page)
        numbers, texts = block.numbers, block.texts
        found.append(
            _Site(
                texts.get("name", ""), texts.get("tag", ""), texts.get("tip", ""),
                numbers.get("id", 0), numbers.get("class", 0x7FFF) & 0x7FFF, numbers.get("size", 0),
            )
        )  # fmt: skip


def _object(stream: _Bytes, kind: int, code_page: str) -> dict[str, str]:
    """The texts of one control of the stream ``o``."""
    if kind not in _LAYOUTS:
        return {}
    layout, extra = _LAYOUTS[kind]
    if stream.take(2)[1] != 2:
        raise _BrokenError("is no control of version 2")
    return _Block(stream, layout, extra, code_page, 8 if kind in _MORPH_KINDS else 4).texts
