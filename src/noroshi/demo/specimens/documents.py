"""Word documents with a macro project: compound files of an exact size, and OOXML with macros."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Final

from noroshi.demo.specimens.compound import compound_file

if TYPE_CHECKING:
    from random import Random

    from noroshi.demo.specimens.compound import Storage
    from noroshi.demo.specimens.projects import Project

LURE: Final = (
    "この文書は保護されています。\r内容を表示するには、[編集を有効にする] をクリックし、続けて "
    "[コンテンツの有効化] をクリックしてください。\r"
    "(Noroshi の無害な検体です。 A harmless specimen of Noroshi.)\r"
)


def word_document(project: Project, rng: Random, size: int = 0) -> bytes:
    """A ``.doc``: text, picture, macros. Word refuses it: its head is minimal and no code is compiled.

    Args:
        project: Its macros.
        rng: Chance of the picture.
        size: Bytes in all, a multiple of 512; 0 for as many as it has.

    Raises:
        ValueError: It is larger than `size`.
    """
    text = LURE.encode("utf-16-le")
    head = struct.pack("<HHHHHHH", 0xA5EC, 0xC1, 0, 0x0411, 0, 0, 0x1000).ljust(512, b"\0")
    storage: dict[str, bytes | Storage] = {
        "WordDocument": (head + text).ljust(4_096, b"\0"),
        "1Table": bytes(4_096),
        "Macros": project.storage(),
    }
    data = _picture(rng, 4_096)
    while size:
        storage["Data"] = data
        made = compound_file(storage)
        missing = size - len(made)
        if missing < 0:
            raise ValueError(f"larger than {size} bytes")
        if not missing:
            return made
        # Every 128 sectors of content cost one of the table, so the last step may have to be smaller.
        more = missing - missing // (129 * 512) * 512 if missing > 129 * 512 else missing
        data += _picture(rng, more)
    return compound_file({**storage, "Data": data})


def _picture(rng: Random, size: int) -> bytes:
    """Bytes as a picture has them: half of them noise, half of them runs."""
    rows = [rng.randbytes(64) + bytes([rng.randrange(256)]) * 64 for _ in range(-(-size // 128))]
    return b"".join(rows)[:size]


def docm(project: Project) -> bytes:
    """A ``.docm`` with the same text and these macros."""
    namespace = "http://schemas.openxmlformats.org"
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in LURE.split("\r"))
    word = f"{namespace}/wordprocessingml/2006/main"
    package = f"{namespace}/package/2006"
    office = f"{namespace}/officeDocument/2006/relationships"
    macros = "application/vnd.ms-office.vbaProject"
    main = "application/vnd.ms-word.document.macroEnabled.main+xml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="bin" ContentType="{macros}"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{word}"><w:body>{paragraphs}</w:body></w:document>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        '<Relationship Id="r1" '
        'Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" '
        'Target="vbaProject.bin"/></Relationships>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(_dated(name), '<?xml version="1.0" encoding="UTF-8"?>' + text)
        archive.writestr(_dated("word/vbaProject.bin"), compound_file(project.storage()))
    return out.getvalue()


def _dated(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (2020, 7, 22, 9, 31, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
