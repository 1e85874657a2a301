"""Workbooks with macro sheets, record by record after [MS-XLS] and [MS-XLSB], and formulas as tokens.

Benign: they name reserved addresses only, and no Excel was asked to write them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from tests.examine import documents

VISIBLE, HIDDEN, VERY_HIDDEN = 0, 1, 2
FORMULA, RUN = 0x8000 | 96, 0x8000 | 17
CHAR, EXEC, GOTO, HALT, SET_NAME, IF, WORKSPACE, CALL = 111, 110, 53, 54, 88, 1, 186, 150
AND_JOIN: Final = b"\x08"
LESS: Final = b"\x09"


@dataclass(frozen=True)
class Tokens:
    """Encodes tokens, narrow (BIFF8) or wide (BIFF12)."""

    wide: bool = False

    def text(self, text: str) -> bytes:
        """``PtgStr``."""
        if self.wide:
            return b"\x17" + struct.pack("<H", len(text)) + text.encode("utf-16-le")
        return b"\x17" + bytes([len(text), 0]) + text.encode("latin-1")

    def integer(self, number: int) -> bytes:
        """``PtgInt``."""
        return b"\x1e" + struct.pack("<H", number)

    def cell(self, row: int, column: int) -> bytes:
        """``PtgRef``."""
        return b"\x44" + struct.pack("<IH" if self.wide else "<HH", row, column)

    def cell_elsewhere(self, sheet: int, row: int, column: int) -> bytes:
        """``PtgRef3d``."""
        return b"\x5a" + struct.pack("<HIH" if self.wide else "<HHH", sheet, row, column)

    def function(self, number: int) -> bytes:
        """``PtgFunc``."""
        return b"\x41" + struct.pack("<H", number)

    def variable(self, number: int, count: int) -> bytes:
        """``PtgFuncVar``."""
        return b"\x42" + struct.pack("<BH", count, number)

    def name(self, number: int) -> bytes:
        """``PtgName``."""
        return b"\x43" + struct.pack("<I", number)


@dataclass
class Page:
    """A sheet to write: constants and formulas by row and column."""

    name: str
    macro: bool = False
    state: int = VISIBLE
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: dict[tuple[int, int], bytes] = field(default_factory=dict)


Names = dict[str, tuple[int, bytes]]
"""Name → flags and tokens."""


def _record(kind: int, raw: bytes) -> bytes:
    return struct.pack("<HH", kind, len(raw)) + raw


def _bof(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))


def _narrow(text: str) -> bytes:
    return b"\0" + text.encode("latin-1")


def _name(text: str, flags: int, tokens: bytes) -> bytes:
    raw = struct.pack("<HBBHHHI", flags, 0, len(text), len(tokens), 0, 0, 0)
    return _record(0x0018, raw + _narrow(text) + tokens)


def workbook_stream(pages: list[Page], names: Names, *, split: int = 0) -> bytes:
    """The ``Workbook`` stream; `split` cuts the table of texts after so many bytes into a ``CONTINUE``."""
    texts = [text for page in pages for text in page.texts.values()]
    table = struct.pack("<II", len(texts), len(texts))
    table += b"".join(struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in texts)
    shared = _record(0x00FC, table)
    if split:
        shared = _record(0x00FC, table[:split]) + _record(0x003C, b"\x01" + table[split:])
    tail = _record(0x01AE, struct.pack("<HH", len(pages), 0x0401))
    tail += _record(
        0x0017,
        struct.pack("<H", len(pages)) + b"".join(struct.pack("<HHH", 0, n, n) for n in range(len(pages))),
    )
    tail += b"".join(_name(name, flags, tokens) for name, (flags, tokens) in names.items())
    tail += shared + _record(0x000A, b"")
    bodies = [_sheet(page, texts) for page in pages]
    head = _bof(0x0005)
    size = len(head) + sum(4 + 8 + len(page.name) for page in pages) + len(tail)
    listed = b""
    for page, body in zip(pages, bodies, strict=True):
        raw = struct.pack("<IBBB", size, page.state, 1 if page.macro else 0, len(page.name))
        listed += _record(0x0085, raw + _narrow(page.name))
        size += len(body)
    return head + listed + tail + b"".join(bodies)


def _sheet(page: Page, texts: list[str]) -> bytes:
    out = _bof(0x0040 if page.macro else 0x0010)
    for (row, column), text in page.texts.items():
        out += _record(0x00FD, struct.pack("<HHHI", row, column, 0, texts.index(text)))
    for (row, column), tokens in page.formulas.items():
        raw = struct.pack("<HHH", row, column, 0) + bytes(8) + bytes(6)
        out += _record(0x0006, raw + struct.pack("<H", len(tokens)) + tokens)
    return out + _record(0x000A, b"")


def xls(pages: list[Page], names: Names, *, split: int = 0) -> bytes:
    """An ``.xls``."""
    return documents.compound({"Workbook": workbook_stream(pages, names, split=split)})


def _wide(kind: int, raw: bytes) -> bytes:
    number = bytes([kind]) if kind < 0x80 else bytes([0x80 | (kind & 0x7F), kind >> 7])
    size, out = len(raw), b""
    while True:
        out += bytes([(0x80 if size > 0x7F else 0) | (size & 0x7F)])
        size >>= 7
        if not size:
            return number + out + raw


def _wide_text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(pages: list[Page], names: Names) -> bytes:
    """An ``.xlsb``."""
    book, relations = b"", []
    parts: dict[str, str | bytes] = {}
    for number, page in enumerate(pages, 1):
        folder = "macrosheets" if page.macro else "worksheets"
        kind = "xlMacrosheet" if page.macro else "worksheet"
        book += _wide(
            156, struct.pack("<II", page.state, number) + _wide_text(f"rId{number}") + _wide_text(page.name)
        )
        relations.append(documents.relation(f"rId{number}", kind, f"{folder}/sheet{number}.bin"))
        parts[f"xl/{folder}/sheet{number}.bin"] = _wide_sheet(page)
    book += _wide(357, b"") + _wide(
        362, struct.pack("<I", len(pages)) + b"".join(struct.pack("<Iii", 0, n, n) for n in range(len(pages)))
    )
    for name, (flags, tokens) in names.items():
        head = struct.pack("<IBI", flags, 0, 0xFFFFFFFF)
        book += _wide(
            39, head + _wide_text(name) + struct.pack("<I", len(tokens)) + tokens + struct.pack("<I", 0)
        )
    return documents.package(
        {
            "_rels/.rels": documents.relations(documents.relation("r1", "officeDocument", "xl/workbook.bin")),
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": documents.relations(*relations),
            **parts,
        }
    )


def _wide_sheet(page: Page) -> bytes:
    out = b""
    for row in sorted({place[0] for place in (*page.texts, *page.formulas)}):
        out += _wide(0, struct.pack("<I", row) + bytes(13))
        for (_, column), text in sorted((key, value) for key, value in page.texts.items() if key[0] == row):
            out += _wide(6, struct.pack("<II", column, 0) + _wide_text(text))
        for (_, column), tokens in sorted(
            (key, value) for key, value in page.formulas.items() if key[0] == row
        ):
            raw = struct.pack("<IId", column, 0, 0.0) + struct.pack("<HI", 0, len(tokens)) + tokens
            out += _wide(9, raw + struct.pack("<I", 0))
    return out


def xlsm(formulas: dict[str, str], names: dict[str, str], state: str = "visible") -> bytes:
    """An ``.xlsm`` with one macro sheet ``Macro1`` of formulas as text; a value without ``=`` is a text."""
    cells = "".join(
        f'<c r="{place}"><f>{_escaped(text[1:])}</f></c>'
        if text.startswith("=")
        else f'<c r="{place}" t="str"><v>{_escaped(text)}</v></c>'
        for place, text in formulas.items()
    )
    defined = "".join(
        f'<definedName name="{name}" hidden="1">{text}</definedName>' for name, text in names.items()
    )
    return documents.package(
        {
            "_rels/.rels": documents.relations(documents.relation("r1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": (
                f'<workbook><sheets><sheet name="Macro1" sheetId="1" state="{state}" r:id="r1"/></sheets>'
                f"<definedNames>{defined}</definedNames></workbook>"
            ),
            "xl/_rels/workbook.xml.rels": documents.relations(
                documents.relation("r1", "xlMacrosheet", "macrosheets/sheet1.xml")
            ),
            "xl/macrosheets/sheet1.xml": (
                f"<xm:macrosheet><sheetData><row>{cells}</row></sheetData></xm:macrosheet>"
            ),
        }
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
