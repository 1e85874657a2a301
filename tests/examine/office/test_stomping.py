"""Compiled code that does not belong to its source; the bytes of the code are made here by hand."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from noroshi.examine.office.project import Project
from noroshi.examine.office.stomping import Stomped, stomped
from tests.examine import documents

if TYPE_CHECKING:
    from tests.examine.conftest import Examine

SOURCE = 'Attribute VB_Name = "Module1"\r\nSub AutoOpen()\r\nMsgBox "hello there"\r\nEnd Sub\r\n'


def code(*texts: str, lines: int = 3) -> bytes:
    """Compiled code: some header, the mark, the number of lines, and texts behind their word."""
    out = bytes(64) + b"\xfe\xca\x01\x00" + struct.pack("<H", lines) + bytes(12 * lines)
    for text in texts:
        raw = text.encode("cp932")
        out += struct.pack("<HH", 0xB9, len(raw)) + raw + bytes(len(raw) % 2)
    return out


def project(compiled: bytes, source: str, names: bytes = b"") -> Project:
    """A project of one module."""
    stream = compiled + documents.compressed(source.encode("cp932")) if source else compiled
    return Project(
        "cp932", {"Module1": source}, {"Module1": stream}, {"Module1": len(compiled)}, compiled=names
    )


def test_code_that_belongs_to_its_source_is_no_sign() -> None:
    """Texts and names that the source has, in any case."""
    names = b"\xcc\x61AutoOpen\0MsgBox\0"
    assert [] == list(stomped(project(code("hello there"), SOURCE, names)))


def test_an_empty_source_over_code() -> None:
    """Only attributes are left."""
    found = list(stomped(project(code(), 'Attribute VB_Name = "Module1"\r\n')))
    assert [Stomped("Module1", "source")] == found


def test_texts_that_the_source_does_not_have() -> None:
    """A command in the code, a greeting in the source; Japanese texts by the code page."""
    found = list(stomped(project(code("cmd /c calc", "請求書です"), SOURCE)))
    assert [Stomped("Module1", "texts", ("cmd /c calc", "請求書です"))] == found


def test_names_that_the_source_does_not_have() -> None:
    """A dangerous function in the table of names only."""
    found = list(stomped(project(code("hello there"), SOURCE, b"\0\x05Shell\0\x0bCreateObject\0")))
    assert [Stomped("", "names", ("CreateObject", "Shell"))] == found


def test_a_quotation_mark_in_a_text_is_written_twice_in_the_source() -> None:
    """``"a ""b"" c"``."""
    source = SOURCE.replace("hello there", 'say ""hello"" there')
    assert [] == list(stomped(project(code('say "hello" there'), source)))


def test_a_project_without_compiled_code_is_no_sign() -> None:
    """As our own specimens are."""
    assert [] == list(stomped(project(b"", SOURCE, b"Shell")))


def test_a_stomped_document_is_told_and_its_texts_are_searched(examined: Examine) -> None:
    """The address of the compiled code is a text of the document."""
    compiled = code("http://one.example/a.exe")
    modules = {"Module1": "Sub AutoOpen()\r\nEnd Sub\r\n"}
    tree = documents.project(modules)
    inner = tree["VBA"]
    assert isinstance(inner, dict)
    source = inner["Module1"]
    assert isinstance(source, bytes)
    inner["Module1"] = compiled + source
    inner["dir"] = documents.compressed(documents.directory_stream(modules, 932, {"Module1": len(compiled)}))
    result = examined(documents.compound({"Macros": tree}), "a.doc")
    codes = [finding.code for _, finding in result.findings()]
    assert "stomped-texts" in codes
