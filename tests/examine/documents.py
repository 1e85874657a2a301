"""Benign documents with macros and forms, byte by byte after [MS-CFB], [MS-OVBA], [MS-OFORMS] and [MS-OLEPS].

They hold no compiled code and only reserved names; Word itself would refuse to run them.
"""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import dataclass, field
from typing import Final

from ms_ovba_compression.ms_ovba import MsOvba

Tree = dict[str, "bytes | Tree"]
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_CUTOFF: Final = 4_096


@dataclass
class _Entries:
    """The directory being built: names, kinds, links, places and sizes."""

    rows: list[list[int | str]] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)

    def add(self, name: str, kind: int, content: bytes = b"") -> int:
        self.rows.append([name, kind, FREE, FREE, 0, len(content)])
        self.contents.append(content)
        return len(self.rows) - 1


def compound(tree: Tree) -> bytes:
    """A compound file of version 3; a value that is a dictionary is a storage.

    Streams shorter than 4,096 bytes stand in the mini stream, siblings are linked to the right.
    """
    entries = _Entries()
    root = entries.add("Root Entry", 5)
    _fill(entries, root, tree)
    sectors: list[bytes] = []
    chain: list[int] = []
    mini, mini_chain = bytearray(), []
    for at, content in enumerate(entries.contents):
        if not content or len(content) >= _CUTOFF:
            entries.rows[at][4] = _store(sectors, chain, content) if content else END
            continue
        begin = len(mini) // 64
        mini += content + bytes(-len(content) % 64)
        mini_chain += [*range(begin + 1, len(mini) // 64), END]
        entries.rows[at][4] = begin
    entries.rows[root][4], entries.rows[root][5] = _store(sectors, chain, bytes(mini)), len(mini)
    mini_fat = _store(sectors, chain, _table(mini_chain))
    directory = _store(sectors, chain, b"".join(_row(row) for row in entries.rows))
    return _file(sectors, chain, directory, mini_fat, -(-len(mini_chain) // 128))


def _fill(entries: _Entries, parent: int, tree: Tree) -> None:
    before = FREE
    for name, content in tree.items():
        at = entries.add(
            name, 1 if isinstance(content, dict) else 2, b"" if isinstance(content, dict) else content
        )
        if before == FREE:
            entries.rows[parent][3] = at
        else:
            entries.rows[before][2] = at
        before = at
        if isinstance(content, dict):
            _fill(entries, at, content)


def _store(sectors: list[bytes], chain: list[int], content: bytes) -> int:
    if not content:
        return END
    begin = len(sectors)
    padded = content + bytes(-len(content) % 512)
    sectors += [padded[at : at + 512] for at in range(0, len(padded), 512)]
    chain += [*range(begin + 1, len(sectors)), END]
    return begin


def _table(numbers: list[int]) -> bytes:
    filled = numbers + [FREE] * (-len(numbers) % 128)
    return struct.pack(f"<{len(filled)}I", *filled)


def _row(row: list[int | str]) -> bytes:
    name, kind, right, child, begin, size = row
    wide = str(name).encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBBIII", len(wide), kind, 1, FREE, right, child)
    return wide.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", begin, size)


def _file(sectors: list[bytes], chain: list[int], directory: int, mini_fat: int, mini_sectors: int) -> bytes:
    fats = 1
    while fats * 128 < len(sectors) + fats:
        fats += 1
    numbers = [len(sectors) + at for at in range(fats)]
    table = _table([*chain, *[FAT] * fats])
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += bytes(6) + struct.pack(
        "<IIIIIIIII", 0, fats, directory, 0, _CUTOFF, mini_fat, mini_sectors, END, 0
    )
    return head + struct.pack("<109I", *numbers, *[FREE] * (109 - fats)) + b"".join(sectors) + table


def _record(identifier: int, value: bytes) -> bytes:
    return struct.pack("<HI", identifier, len(value)) + value


def directory_stream(modules: dict[str, str], code_page: int, places: dict[str, int] | None = None) -> bytes:
    """The records of a ``dir`` stream (MS-OVBA 2.3.4.2), without references.

    Args:
        modules: Their names are written.
        code_page: Of the project.
        places: Where the source of a module begins; 0 by default.
    """
    out = _record(0x01, struct.pack("<I", 1)) + _record(0x03, struct.pack("<H", code_page))
    out += struct.pack("<HIIH", 0x09, 4, 1, 1) + _record(0x0F, struct.pack("<H", len(modules)))
    for name in modules:
        raw, wide = name.encode(f"cp{code_page}"), name.encode("utf-16-le")
        out += _record(0x19, raw) + _record(0x47, wide) + _record(0x1A, raw) + _record(0x32, wide)
        out += (
            _record(0x31, struct.pack("<I", (places or {}).get(name, 0)))
            + _record(0x21, b"")
            + _record(0x2B, b"")
        )
    return out + _record(0x10, b"")


def compressed(raw: bytes) -> bytes:
    """An MS-OVBA container, by another implementation than the one under test."""
    return bytes(MsOvba().compress(raw))


def text_box(value: str, codec: str) -> bytes:
    """A MorphData control with a value (MS-OFORMS 2.2.5)."""
    raw = value.encode(codec)
    mask = struct.pack("<Q", 1 << 8 | 1 << 22 | 1 << 31)
    body = struct.pack("<I", len(raw) | 0x80000000) + struct.pack("<ii", 2000, 500)
    body += raw + bytes(-len(raw) % 4)
    head = b"\x00\x02" + struct.pack("<H", len(mask + body))
    return head + mask + body + bytes.fromhex("0002040000000000")


def form(boxes: dict[str, str], codec: str = "cp932") -> Tree:
    """The storage of a form whose text boxes hold these values."""
    sites, objects = b"", b""
    for number, (name, value) in enumerate(boxes.items(), 1):
        box = text_box(value, codec)
        raw = name.encode()
        mask = struct.pack("<I", 1 | 1 << 2 | 1 << 5 | 1 << 7)
        body = struct.pack("<IIIH", len(raw) | 0x80000000, number, len(box), 23) + bytes(2)
        body += raw + bytes(-len(raw) % 4)
        sites += b"\x00\x00" + struct.pack("<H", len(mask + body)) + mask + body
        objects += box
    depths = bytes([0, 0x80 | len(boxes), 1])
    depths += bytes(-len(depths) % 4)
    mask = struct.pack("<I", 1 << 10)
    head = b"\x00\x04" + struct.pack("<H", 12) + mask + struct.pack("<ii", 5000, 4000)
    head += struct.pack("<HII", 0, len(boxes), len(depths + sites))
    return {"f": head + depths + sites, "o": objects, "\x03VBFrame": b"VERSION 5.00\r\n"}


def project(
    modules: dict[str, str], forms: dict[str, dict[str, str]] | None = None, code_page: int = 932
) -> Tree:
    """The storages of a macro project: ``VBA``, ``PROJECT`` and one a form."""
    codec = f"cp{code_page}"
    sources: Tree = {name: compressed(text.encode(codec)) for name, text in modules.items()}
    listed = compressed(directory_stream(modules, code_page))
    tree: Tree = {"VBA": {"dir": listed, "_VBA_PROJECT": bytes.fromhex("cc61ffff000000"), **sources}}
    tree["PROJECT"] = "".join(f"Module={name}\r\n" for name in modules).encode(codec)
    tree.update({name: form(boxes, codec) for name, boxes in (forms or {}).items()})
    return tree


SUMMARY: Final = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")


def summary(**texts: str) -> bytes:
    """A ``SummaryInformation`` stream in code page 932 (MS-OLEPS): title, subject, author, comments."""
    numbers = {"title": 2, "subject": 3, "author": 4, "comments": 6}
    values = [(1, struct.pack("<IHH", 2, 932, 0))]
    for name, text in texts.items():
        raw = text.encode("cp932") + b"\0"
        values.append((numbers[name], struct.pack("<II", 30, len(raw)) + raw + bytes(-len(raw) % 4)))
    offset = 8 + 8 * len(values)
    places, body = b"", b""
    for number, raw in values:
        places += struct.pack("<II", number, offset + len(body))
        body += raw
    section = struct.pack("<II", offset + len(body), len(values)) + places + body
    return b"\xfe\xff" + bytes(22) + struct.pack("<I", 1) + SUMMARY + struct.pack("<I", 48) + section


def doc(modules: dict[str, str], forms: dict[str, dict[str, str]] | None = None, **properties: str) -> bytes:
    """A ``.doc`` with a macro project, forms and properties; its text is not there."""
    tree: Tree = {"WordDocument": bytes(512), "Macros": project(modules, forms)}
    if properties:
        tree["\x05SummaryInformation"] = summary(**properties)
    return compound(tree)


def package(parts: dict[str, str | bytes]) -> bytes:
    """An OOXML package with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def relation(identifier: str, kind: str, target: str, *, outside: bool = False) -> str:
    """One relation of a ``.rels`` part."""
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    mode = ' TargetMode="External"' if outside else ""
    return f'<Relationship Id="{identifier}" Type="{base}/{kind}" Target="{target}"{mode}/>'


def relations(*each: str) -> str:
    """A ``.rels`` part."""
    return f"<Relationships>{''.join(each)}</Relationships>"


def paragraph(text: str) -> str:
    """A paragraph of WordprocessingML."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def docm(
    modules: dict[str, str],
    forms: dict[str, dict[str, str]] | None = None,
    parts: dict[str, str | bytes] | None = None,
) -> bytes:
    """A ``.docm`` with a macro project."""
    return package(
        {
            "_rels/.rels": relations(relation("r1", "officeDocument", "word/document.xml")),
            "word/document.xml": f"<w:document><w:body>{paragraph('請求書')}</w:body></w:document>",
            "word/vbaProject.bin": compound(project(modules, forms)),
            **(parts or {}),
        }
    )


def workbook(cells: dict[str, str], parts: dict[str, str | bytes] | None = None) -> dict[str, str | bytes]:
    """The parts of a workbook whose one sheet ``Sheet1`` has these cells, as shared texts."""
    items = "".join(f"<si><t>{text}</t></si>" for text in cells.values())
    rows = "".join(f'<c r="{address}" t="s"><v>{at}</v></c>' for at, address in enumerate(cells))
    return {
        "_rels/.rels": relations(relation("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            '<workbook><sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": relations(
            relation("r1", "worksheet", "worksheets/sheet1.xml"),
            relation("r2", "sharedStrings", "sharedStrings.xml"),
        ),
        "xl/sharedStrings.xml": f"<sst>{items}</sst>",
        "xl/worksheets/sheet1.xml": f"<worksheet><sheetData><row>{rows}</row></sheetData></worksheet>",
        **(parts or {}),
    }


def word(
    text: str, *, variables: dict[str, str] | None = None, template: str = "", encrypted: bool = False
) -> Tree:
    """The streams of a Word document (MS-DOC): one piece of wide text, variables and a template."""
    raw = text.encode("utf-16-le")
    pieces = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, 1024, 0)
    clx = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    named = _strings([*(variables or {})], 4) if variables else b""
    named += b"".join(
        struct.pack("<H", len(one)) + one.encode("utf-16-le") for one in (variables or {}).values()
    )
    associated = _strings(["", template], 0) if template else b""
    head = bytearray(1024)
    head[:2] = b"\xec\xa5"
    struct.pack_into("<H", head, 0x0A, 0x0200 | (0x0100 if encrypted else 0))
    table = b""
    for number, part in ((33, clx), (60, named), (32, associated)):
        struct.pack_into("<II", head, 154 + 8 * number, len(table), len(part))
        table += part
    return {"WordDocument": bytes(head) + raw, "1Table": table}


def _strings(texts: list[str], extra: int) -> bytes:
    out = struct.pack("<HHH", 0xFFFF, len(texts), extra)
    return out + b"".join(
        struct.pack("<H", len(one)) + one.encode("utf-16-le") + bytes(extra) for one in texts
    )


def word_field(instruction: str, shown: str = "x") -> str:
    """A field as Word's binary format holds it."""
    return f"\x13{instruction}\x14{shown}\x15"
