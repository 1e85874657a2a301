"""Mail, HTML, PDF and encodings."""

from __future__ import annotations

from email.message import EmailMessage
from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, RectangleObject

from noroshi.errors import LocatedError
from noroshi.indicators.extraction import documents
from noroshi.indicators.extraction.documents import read_document


def values(raw: bytes) -> list[str]:
    """Part and indicator of everything in a document; offsets are checked on the way."""
    rows = []
    for part, one in read_document("x", raw).indicators():
        assert one.text == part.text[one.offset : one.offset + len(one.text)]
        rows.append(f"{part.name}: {one.type} {one.value}".removeprefix(": "))
    return rows


def mail() -> EmailMessage:
    """A mail as the campaign of July 2020 sent them, in the usual encoding of Japan."""
    message = EmailMessage()
    message["Received"] = "from mx.example by mail.example"
    message["Subject"] = "Re: 請求書の件です"
    message["From"] = "経理部 <keiri@evil.example>"
    message["Date"] = "Wed, 22 Jul 2020 13:05:12 +0900"
    message["Message-ID"] = "<1@evil.example>"
    message.set_content("ご確認ください hxxp://evil[.]example/a", charset="iso-2022-jp")
    message.add_alternative('<p>or <a href="http://link.example/x">here</a></p>', subtype="html")
    message.add_attachment(b"x", maintype="application", subtype="msword", filename="請求書.doc")
    return message


def test_mail() -> None:
    """Encoded words, ISO-2022-JP, the HTML part's link and the attachment's name; ids are no indicators."""
    assert [
        "headers: mail_subject Re: 請求書の件です",
        "headers: mail_sender 経理部",
        "headers: email keiri@evil.example",
        "part 2: url http://evil.example/a",
        "part 3: url http://link.example/x",
        "attachment 4: file_name 請求書.doc",
    ] == values(mail().as_bytes())


def test_a_mail_inside_a_mail() -> None:
    """A forwarded mail's headers and parts count too."""
    outer = EmailMessage()
    outer["Received"] = "from a by b"
    outer["Date"] = "Wed, 22 Jul 2020 13:05:12 +0900"
    outer["Subject"] = "Fwd"
    outer.set_content("see below")
    outer.add_attachment(mail())
    assert "url http://evil.example/a" in {row.partition(": ")[2] for row in values(outer.as_bytes())}


def test_mail_nested_too_deep() -> None:
    """Beyond the bound nothing is read, and one error says so."""
    message = mail()
    for _ in range(documents.MAX_DEPTH + 5):
        outer = EmailMessage()
        outer["Received"] = "from a by b"
        outer["Date"] = "Wed, 22 Jul 2020 13:05:12 +0900"
        outer.add_attachment(message)
        message = outer
    errors = read_document("x.eml", message.as_bytes()).errors
    assert 1 == len(errors)
    assert "nested too deep" in errors[0].what


PAGE = b"""<!doctype html><html><head><title>t</title>
<link rel="canonical" href="https://blog.vendor.example/post">
<script>var u = "http://script.example/";</script></head><body>
<a href="https://blog.vendor.example/other">other post</a>
<p>downloads hxxp://evil<b>[.]</b>ex<wbr>ample/a?b=1&amp;c=2 and evil&#46;test</p>
<td>192.0.2.1</td><td>198.51.100.1</td>
<a href='http://link.example/x'>link</a> a &lt; b <!-- http://comment.example -->
</body></html>"""


def test_html() -> None:
    """Tags inside a word, character references, cells, links; no scripts, comments or links of its own."""
    assert [
        "url http://evil.example/a?b=1&c=2",
        "domain evil.test",
        "ip 192.0.2.1",
        "ip 198.51.100.1",
        "url http://link.example/x",
    ] == values(PAGE)


@pytest.mark.parametrize(
    "raw", [b"<" * 5000, b"<a " * 5000, b"<!--" * 5000, b"<script>" * 500, b"&#x" * 5000]
)
def test_broken_html(raw: bytes) -> None:
    """Nothing but beginnings."""
    assert [] == values(b"<html>" + raw)


def pdf(text: str) -> bytes:
    """One page with a text and a link."""
    writer = PdfWriter()
    page = writer.add_blank_page(400, 400)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(stream)
    writer.add_uri(0, "http://link.example/x", RectangleObject((0, 0, 10, 10)))
    target = BytesIO()
    writer.write(target)
    return target.getvalue()


def test_pdf() -> None:
    """The text of a page and the addresses behind its links."""
    assert ["page 1: url http://evil.example/a", "links of page 1: url http://link.example/x"] == values(
        pdf("see hxxp://evil[.]example/a now")
    )


@pytest.mark.parametrize("raw", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(range(256)) * 8, pdf("x")[:200]])
def test_a_broken_pdf_is_one_error(raw: bytes) -> None:
    """A located error, no traceback, no warning."""
    document = read_document("x.pdf", raw)
    assert ["x.pdf"] == [error.path for error in document.errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp"])
def test_encodings(encoding: str) -> None:
    """Japanese reports in every encoding that they come in."""
    assert ["mail_subject 請求書の件"] == values("件名：請求書の件".encode(encoding))


def test_too_large_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused with its mend."""
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    with pytest.raises(LocatedError, match="larger than 10 bytes"):
        read_document("x", b"x" * 11)


def test_markdown_is_text_even_with_tags_in_it() -> None:
    """A `<br>` in a Markdown table makes no HTML of it."""
    assert ["url http://evil.example/a", "url http://evil.example/b"] == values(
        b"| u |\n|---|\n| http://evil.example/a<br>http://evil.example/b |\n"
    )
