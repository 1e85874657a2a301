"""Mails as Outlook keeps them: ``.msg``, and the TNEF stream that is called ``winmail.dat``."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime
from typing import TYPE_CHECKING, Final

from noroshi.examine import mapi
from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.kinds.mail import head
from noroshi.examine.mail_texts import text_of
from noroshi.examine.model import Detail, Finding, Piece, Place, Seen, Severity
from noroshi.examine.office.container import MAGIC, Container
from noroshi.examine.rtf_body import decompressed, unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.mapi import Message
    from noroshi.examine.model import Outcome, Specimen

STORAGE: Final = "storage"
"""In `Piece.known` of a message inside another one: the path of its storage in the same compound file."""

_MARK: Final = "__properties_version1.0".encode("utf-16-le")
_DETAILS: Final = (
    ("subject", (mapi.SUBJECT,)),
    ("from", (mapi.ON_BEHALF_SMTP, mapi.SENDER_SMTP, mapi.ON_BEHALF, mapi.SENDER)),
    ("sender", (mapi.SENDER_NAME,)),
    ("to", (mapi.TO,)),
    ("message-id", (mapi.MESSAGE_ID,)),
)


class MsgExaminer:
    """Examines ``.msg`` files, and the messages attached inside them."""

    name: Final = "msg"
    types: Final = frozenset({"msg"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """A compound file with the stream of a message's properties."""
        del name
        known = isinstance(content, bytes) and content.startswith(MAGIC) and _MARK in content
        return Recognition("msg", 0.95) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Head, bodies, attachments."""
        path = specimen.known.get(STORAGE, "")
        container = Container(specimen.raw, budget)
        message = mapi.read_message(container, tuple(path.split("/")) if path else ())
        if not message.properties:
            raise DamagedSpecimenError("the message has no readable property")
        yield from _told(message, budget)
        for attachment in message.attachments:
            if attachment.storage:
                known = {STORAGE: attachment.storage}
                yield Piece("attached mail", attachment.name, specimen.content, "msg", known=known)


class TnefExaminer:
    """Examines TNEF streams."""

    name: Final = "tnef"
    types: Final = frozenset({"tnef"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By the signature."""
        del name
        known = isinstance(content, bytes) and content.startswith(mapi.SIGNATURE)
        return Recognition("tnef", 0.9) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Head, bodies, attachments."""
        message = mapi.read_tnef(specimen.raw)
        if not (message.properties or message.attachments):
            raise DamagedSpecimenError("the stream holds no property and no attachment")
        yield from _told(message, budget)
        for attachment in message.attachments:
            if attachment.message:
                yield Piece("attached mail", attachment.name, attachment.message, "tnef")


def _told(message: Message, budget: Budget) -> Iterator[Outcome]:
    yield from _head(message)
    yield from _bodies(message, budget)
    for attachment in message.attachments:
        if attachment.content and budget.take("unfolded", len(attachment.content)):
            yield Piece("attachment", attachment.name, attachment.content)
        elif attachment.path:
            yield Seen(attachment.path, "reference", Place(name=attachment.name))
            values = {"kind": "attachment", "target": attachment.path[:500]}
            yield Finding("loads-from-outside", Severity.MEDIUM, values)


def _head(message: Message) -> Iterator[Outcome]:
    """The head as it came over the network, where it was kept; else what the properties say."""
    headers = message.text(mapi.HEADERS)
    if headers.lstrip():
        raw = headers.lstrip().encode("utf-8", "replace")
        yield from head(email.message_from_bytes(raw, policy=email.policy.default))
        return
    for name, numbers in _DETAILS:
        value = " ".join(message.text(*numbers).split())
        if value:
            yield Detail(name, value)
            if name == "subject":
                yield Seen(value, "subject", Place(name="Subject"))
    sent = message.properties.get(mapi.SENT)
    if isinstance(sent, datetime):
        yield Detail("date", sent.isoformat())


def _bodies(message: Message, budget: Budget) -> Iterator[Outcome]:
    """Plain text, HTML, and what the compressed RTF holds; each where it is there."""
    page = message.properties.get(mapi.INTERNET_PAGE)
    charset = mapi.codec_of(page) if isinstance(page, int) else ""
    plain = message.text(mapi.BODY)
    html = message.text(mapi.HTML) or text_of(message.raw(mapi.HTML), charset)
    if plain.strip():
        yield Seen(plain, "body", Place(name="text/plain"))
    if html.strip():
        yield Seen(html, "body", Place(name="text/html"))
        yield Piece("html body", "", html, "html")
    try:
        rtf = decompressed(message.raw(mapi.RTF))
    except ValueError:
        return
    wrapped = unwrapped(rtf)
    if not budget.take("unfolded", len(rtf)):
        return
    if wrapped is None:
        yield Piece("rtf body", "", rtf)
    elif wrapped[0] == "html" and not html.strip():
        yield Seen(wrapped[1], "body", Place(name="text/html"))
        yield Piece("html body", "", wrapped[1], "html")
    elif wrapped[0] == "text" and not plain.strip():
        yield Seen(wrapped[1], "body", Place(name="text/plain"))


EXAMINERS: Final = (MsgExaminer(), TnefExaminer())
