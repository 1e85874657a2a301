"""Files in which indicators come: text, Markdown, HTML, mail (RFC 5322 with MIME) and PDF, to texts.

A document becomes one or several parts, each a text of its own; offsets count inside a part. Everything here
comes from outside: sizes, pages, parts and nesting are bounded, and what cannot be read is one located error.
"""

from __future__ import annotations

import codecs
import email.policy
import logging
import re
from dataclasses import dataclass
from email import message_from_bytes
from io import BytesIO
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.extraction.found import MAX_CHARS, Choices, Extracted
from noroshi.indicators.extraction.markup import is_html
from noroshi.indicators.extraction.scan import extract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_PAGES: Final = 1_000
MAX_PAGE_CHARS: Final = 1_000_000
MAX_PARTS: Final = 200
MAX_DEPTH: Final = 20
_HEADERS: Final = ("Subject", "From", "Sender", "Reply-To", "Return-Path", "User-Agent", "X-Mailer")
_MAIL: Final = re.compile(
    rb"(?:[!-9;-~]{1,70}:[^\r\n]{0,998}\r?\n(?:[ \t][^\r\n]{0,998}\r?\n){0,200}){2,200}\r?\n", re.IGNORECASE
)
_MAIL_HEADER: Final = re.compile(
    rb"^(?:received|message-id|mime-version|return-path|date|content-type|delivered-to):",
    re.IGNORECASE | re.MULTILINE,
)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One text of a document.

    Attributes:
        name: Where it is in the document: ``page 3``, ``headers``, ``part 2``; empty for the whole.
        text: As a reader would see it; of HTML the source.
        html: It is HTML.
    """

    name: str
    text: str
    html: bool = False


@dataclass(slots=True)
class Document:
    """A file taken apart.

    Attributes:
        path: As the user named it.
        kind: ``text``, ``html``, ``mail`` or ``pdf``.
        parts: In the order of the file.
        errors: What could not be read.
    """

    path: str
    kind: str
    parts: list[Part]
    errors: list[LocatedError]

    def indicators(self, choices: Choices = Choices()) -> Iterator[tuple[Part, Extracted]]:  # noqa: B008 - frozen
        """Everything in it, part by part."""
        for part in self.parts:
            told = Choices(part.html or choices.html, choices.own_sites, choices.references)
            for one in extract(part.text, told):
                yield part, one


def read_document(path: str, raw: bytes) -> Document:
    """A document from its bytes; its kind is told by content, never by name.

    Raises:
        LocatedError: It is too large.
    """
    if len(raw) > MAX_BYTES:
        raise LocatedError(
            path,
            "",
            Sentence("is larger than {max_bytes:,} bytes", max_bytes=MAX_BYTES),
            "cut it into pieces",
        )
    if raw[:1024].lstrip().startswith(b"%PDF-"):
        return _pdf(path, raw)
    if _is_mail(raw):
        return _mail(path, raw)
    text = decoded(raw)
    html = is_html(text)
    return Document(path, "html" if html else "text", [Part("", text, html)], [])


def decoded(raw: bytes, charset: str = "") -> str:
    """Bytes as text.

    By a byte order mark, the charset named, ISO-2022-JP, UTF-8, Windows-31J or EUC-JP, else as Latin-1.
    """
    bom = next((name for mark, name in _BOMS if raw.startswith(mark)), "")
    japanese = "iso2022_jp_2" if b"\x1b$" in raw else ""
    for encoding in (bom, charset, japanese, "utf-8", "cp932", "euc_jp"):
        if encoding:
            try:
                return raw.decode(encoding)
            except (UnicodeDecodeError, LookupError):
                continue
    return raw.decode("latin-1")


def _is_mail(raw: bytes) -> bool:
    head = raw[: 256 * 1024]
    if head.startswith(b"From "):
        head = head.partition(b"\n")[2]
    match = _MAIL.match(head)
    return match is not None and len(_MAIL_HEADER.findall(match[0])) >= 2


def _mail(path: str, raw: bytes) -> Document:
    document = Document(path, "mail", [], [])
    try:
        message = message_from_bytes(raw, policy=email.policy.default)
        _parts_of(message, document, 0)
    except (RecursionError, LookupError, ValueError, AttributeError, TypeError, IndexError) as error:
        # The standard library's parser of headers raises all of these on hostile mail.
        what = Sentence("is mail that cannot be read further: {reason}", reason=type(error).__name__)
        document.errors.append(LocatedError(path, "", what, "look at its source"))
        document.parts.append(Part("source", decoded(raw)[:MAX_CHARS]))
    return document


def _parts_of(message: EmailMessage, document: Document, depth: int) -> None:
    if depth > MAX_DEPTH or len(document.parts) >= MAX_PARTS:
        place = f"part {len(document.parts) + 1}"
        if not any(error.place.startswith("part") for error in document.errors):
            document.errors.append(
                LocatedError(document.path, place, "is nested too deep, or one of too many", "")
            )
        return
    lines = [f"{name}: {_header(value)}" for name, value in message.items() if name.title() in _HEADERS]
    if lines:
        name = "headers" if depth == 0 else f"headers of part {len(document.parts) + 1}"
        document.parts.append(Part(name, "\n".join(lines)))
    if (attached := message.get_filename()) is not None:
        document.parts.append(
            Part(f"attachment {len(document.parts) + 1}", f"Attachment: {_header(attached)}")
        )
    if message.is_multipart():
        for inner in (
            message.iter_parts() if message.get_content_maintype() == "multipart" else message.get_payload()
        ):
            _parts_of(inner, document, depth + 1)  # type: ignore[arg-type]  # messages of the same policy
    elif message.get_content_maintype() == "text":
        content = message.get_payload(decode=True)
        if isinstance(content, bytes):
            text = decoded(content, message.get_content_charset() or "")
            html = message.get_content_subtype() == "html"
            document.parts.append(Part(f"part {len(document.parts) + 1}", text, html))


def _header(value: object) -> str:
    return " ".join(str(value).split())


def _pdf(path: str, raw: bytes) -> Document:
    from pypdf import PdfReader  # noqa: PLC0415 - half a second that texts need not wait for

    document = Document(path, "pdf", [], [])
    logger = logging.getLogger("pypdf")
    before, logger.disabled = logger.disabled, True
    try:
        reader = PdfReader(BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            mend = "give the file without its password"
            document.errors.append(LocatedError(path, "", "is encrypted", mend))
            return document
        for number, page in enumerate(reader.pages, 1):
            if number > MAX_PAGES:
                what = Sentence("has more than {most} pages; the rest is left out", most=MAX_PAGES)
                document.errors.append(LocatedError(path, f"page {number}", what, "cut it into pieces"))
                break
            _page(document, number, page)
    except Exception as error:  # noqa: BLE001 - a hostile PDF makes the library fail in any way
        document.errors.append(
            LocatedError(
                path,
                "",
                Sentence("is no readable PDF: {reason}", reason=type(error).__name__),
                "print it anew",
            )
        )
    finally:
        logger.disabled = before
    return document


def _page(document: Document, number: int, page: object) -> None:
    try:
        text = page.extract_text()  # type: ignore[attr-defined]
        links = list(_links(page))
    except Exception as error:  # noqa: BLE001 - the same; the other pages go on
        what = Sentence("cannot be read: {reason}", reason=type(error).__name__)
        document.errors.append(LocatedError(document.path, f"page {number}", what, ""))
        return
    document.parts.append(Part(f"page {number}", text[:MAX_PAGE_CHARS]))
    if links:
        document.parts.append(Part(f"links of page {number}", "\n".join(links)))


def _links(page: object) -> Iterator[str]:
    """Addresses behind the page's links that are not already its text."""
    for reference in (page.get("/Annots") or ())[:1000]:  # type: ignore[attr-defined]
        action = reference.get_object().get("/A")
        target = action.get_object().get("/URI") if action is not None else None
        if isinstance(target, str):
            yield target[:8192]
