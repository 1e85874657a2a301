"""Macro projects as [MS-OVBA] stores them: source only, no compiled code: Office does not run them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.demo.specimens.compression import compressed
from noroshi.demo.specimens.forms import TextBox, form_streams

if TYPE_CHECKING:
    from noroshi.demo.specimens.compound import Storage

_CODE_PAGE: Final = 932


@dataclass(frozen=True, slots=True)
class Project:
    """A macro project.

    Attributes:
        document: Source of the document's own module.
        modules: Name → source of further modules.
        forms: Name → text boxes of its forms.
    """

    document: str
    modules: dict[str, str] = field(default_factory=dict)
    forms: dict[str, tuple[TextBox, ...]] = field(default_factory=dict)

    def storage(self) -> Storage:
        """``PROJECT``, ``VBA/…`` and a storage for each form."""
        sources = {"ThisDocument": _headed("ThisDocument", self.document)}
        sources |= {name: _headed(name, text) for name, text in self.modules.items()}
        sources |= {name: _headed(name, "") for name in self.forms}
        vba = {name: compressed(text.encode("cp932")) for name, text in sources.items()}
        vba["dir"] = compressed(self._directory(list(sources)))
        vba["_VBA_PROJECT"] = bytes.fromhex("cc61ffff000000")
        forms = {name: form_streams(name, boxes) for name, boxes in self.forms.items()}
        return {"PROJECT": self._project(), "VBA": vba, **forms}

    def _project(self) -> bytes:
        lines = ['ID="{00000000-0000-0000-0000-000000000000}"', "Document=ThisDocument/&H00000000"]
        lines += [f"Module={name}" for name in self.modules]
        lines += [f"BaseClass={name}" for name in self.forms]
        lines += ['Name="Project"', 'HelpContextID="0"', 'VersionCompatible32="393222000"', ""]
        return "\r\n".join(lines).encode("cp932")

    def _directory(self, names: list[str]) -> bytes:
        """The records of ``dir`` in their order (2.3.4.2)."""
        known = _record(0x01, struct.pack("<I", 1)) + _record(0x02, struct.pack("<I", 0x0411))
        known += _record(0x14, struct.pack("<I", 0x0411)) + _record(0x03, struct.pack("<H", _CODE_PAGE))
        known += _record(0x04, b"Project") + _record(0x05, b"") + _record(0x40, b"")
        known += _record(0x06, b"") + _record(0x3D, b"") + _record(0x07, bytes(4)) + _record(0x08, bytes(4))
        known += struct.pack("<HIIH", 0x09, 4, 1, 1) + _record(0x0C, b"") + _record(0x3C, b"")
        known += _record(0x0F, struct.pack("<H", len(names))) + _record(0x13, struct.pack("<H", 0xFFFF))
        for name in names:
            known += self._module(name)
        return known + _record(0x10, b"")

    def _module(self, name: str) -> bytes:
        short, wide = name.encode("cp932"), name.encode("utf-16-le")
        found = _record(0x19, short) + _record(0x47, wide) + _record(0x1A, short) + _record(0x32, wide)
        found += _record(0x1C, b"") + _record(0x48, b"") + _record(0x31, bytes(4)) + _record(0x1E, bytes(4))
        found += _record(0x2C, b"\xff\xff") + _record(0x21 if name in self.modules else 0x22, b"")
        return found + _record(0x2B, b"")


def _headed(name: str, text: str) -> str:
    return f'Attribute VB_Name = "{name}"\r\n' + text


def _record(identifier: int, value: bytes) -> bytes:
    return struct.pack("<HI", identifier, len(value)) + value
