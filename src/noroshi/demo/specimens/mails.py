"""Mails as Japanese mail programs write them: ISO-2022-JP, encoded words, attachments in base64."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from noroshi.demo.mail import encoded_word

if TYPE_CHECKING:
    from noroshi.demo.specimens.family import Facts


@dataclass(frozen=True, slots=True)
class File:
    """An attachment."""

    name: str
    mime: str
    content: bytes


def mail(facts: Facts, text: str, attachment: File) -> bytes:
    """A reply in an old thread, with one attachment.

    The name of the attachment stands there in both ways that are in use: RFC 2231 and an encoded word.
    """
    boundary = f"----=_Part_{facts.message_id[1:15]}"
    head = [
        f"Received: from {facts.mail_host[0]} ({facts.mail_host[0]} [{facts.mail_host[1]}])",
        f"\tby mx01.{facts.recipient.partition('@')[2]} with ESMTP; {facts.date}",
        f"From: {encoded_word(facts.sender_name)} <{facts.sender}>",
        f"To: <{facts.recipient}>",
        f"Subject: {encoded_word(facts.subject)}",
        f"Date: {facts.date}",
        f"Message-ID: {facts.message_id}",
        f"In-Reply-To: {facts.thread}",
        f"References: {facts.thread}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        f"--{boundary}",
        "Content-Type: text/plain; charset=ISO-2022-JP",
        "Content-Transfer-Encoding: 7bit",
        "",
    ]
    body = text.replace("\n", "\r\n").encode("iso-2022-jp")
    name = encoded_word(attachment.name)
    part = [
        "",
        f"--{boundary}",
        f'Content-Type: {attachment.mime}; name="{name}"',
        f"Content-Disposition: attachment; filename*=UTF-8''{quote(attachment.name)}",
        "Content-Transfer-Encoding: base64",
        "",
        *_lines(attachment.content),
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(head).encode("ascii") + b"\r\n" + body + "\r\n".join(part).encode("ascii")


def _lines(content: bytes) -> list[str]:
    encoded = base64.b64encode(content).decode("ascii")
    return [encoded[at : at + 76] for at in range(0, len(encoded), 76)]
