"""Mails as RFC 5322 and MIME write them: subject, addresses, texts, attachments, mails in mails."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.mail_texts import field_text, file_name, text_of, uuencoded
from noroshi.examine.model import Detail, Finding, Piece, Place, Seen, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_PARTS: Final = 2_000
MAX_NESTING: Final = 100
"""Multiparts inside each other; the reader of MIME recurses once for each."""

_HEAD: Final = re.compile(
    rb"(?im)^(received|return-path|from|to|subject|date|message-id|mime-version|content-type):"
)
_FIRST: Final = re.compile(rb"\A(?:From [^\n]*\n)?[!-9;-~]+:[ \t]")
_SHOWN: Final = (
    "Subject",
    "From",
    "Sender",
    "Reply-To",
    "Return-Path",
    "To",
    "Date",
    "Message-ID",
    "X-Mailer",
)


class MailExaminer:
    """Examines mails."""

    name: Final = "mail"
    types: Final = frozenset({"eml"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """A head whose first line is a field, with two or more of the usual ones."""
        if isinstance(content, str) or not _FIRST.match(content[:2_000]):
            return None
        known = {match.lower() for match in _HEAD.findall(content[:16_384])}
        if len(known) >= 3 or (len(known) >= 2 and name.lower().endswith(".eml")):
            return Recognition("eml", 0.9)
        return None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Details of the head, texts, then attachments and mails inside, in their order."""
        del budget
        # A boundary a level: so many tell that it was built to exhaust a reader.
        if specimen.raw.lower().count(b"multipart/") > MAX_NESTING * 5:
            yield Finding("nested", Severity.MEDIUM, {"limit": str(MAX_NESTING)})
            return
        message = email.message_from_bytes(specimen.raw, policy=email.policy.default)
        yield from head(message)
        waiting: list[Message] = [message]
        defects: dict[str, None] = {}
        for _ in range(MAX_PARTS):
            if not waiting:
                break
            part = waiting.pop()
            defects.update(dict.fromkeys(type(defect).__name__ for defect in part.defects))
            inner = part.get_payload()
            if (
                part.is_multipart()
                and part.get_content_type() != "message/rfc822"
                and isinstance(inner, list)
            ):
                waiting += [one for one in reversed(inner) if isinstance(one, EmailMessage)]
                continue
            yield from _part(part)
        if defects:
            yield Finding("mail-defects", Severity.LOW, {"defects": ", ".join(defects)})


def head(message: Message) -> Iterator[Outcome]:
    """What the fields of a head say, and its subject as text."""
    for field in _SHOWN:
        text = _field(message, field)
        if text:
            yield Detail(field.lower(), text)
            if field == "Subject":
                yield Seen(text, "subject", Place(name="Subject"))
    hops = [value for name, value in message.raw_items() if name.lower() == "received"]
    if hops:
        yield Detail("received", " ".join(str(hops[-1]).split()))


def _field(message: Message, field: str) -> str:
    raw = next((str(value) for name, value in message.raw_items() if name.lower() == field.lower()), "")
    return field_text(raw)


def _part(part: Message) -> Iterator[Outcome]:
    kind, name = part.get_content_type(), _name(part)
    if kind == "message/rfc822":
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], EmailMessage):
            yield Piece("attached mail", name, inner[0].as_bytes(), "eml")
        return
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    attached = part.get_content_disposition() == "attachment" or bool(name)
    if kind.startswith("text/") and not attached:
        text = text_of(raw, part.get_content_charset() or "")
        if text.strip():
            yield Seen(text, "body", Place(name=kind))
            if kind == "text/html":
                yield Piece("html body", "", text, "html")
            for inner, content in uuencoded(text):
                yield Piece("attachment", inner, content)
    elif raw:
        yield Piece("attachment", name, raw)


def _name(part: Message) -> str:
    fields = {name.lower(): str(value) for name, value in part.raw_items()}
    return file_name(fields.get("content-disposition", ""), fields.get("content-type", ""))


EXAMINERS: Final = (MailExaminer(),)
