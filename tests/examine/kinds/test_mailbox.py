"""Mailboxes: each mail is a specimen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.examine.model import Seen
from tests.examine import specimens

if TYPE_CHECKING:
    from tests.examine.conftest import Examine

BORDER = b"From keiri@partner.example Wed Jul 22 10:00:00 2020\n"


def box(*mails: bytes) -> bytes:
    """A mailbox of these mails."""
    return b"".join(BORDER + mail.replace(b"\nFrom ", b"\n>From ") + b"\n\n" for mail in mails)


def test_each_mail_is_examined(examined: Examine) -> None:
    """Each mail is examined, with what is attached."""
    first = specimens.mail("one\n", {"a.txt": b"http://one.example/"})
    result = examined(box(first, specimens.mail("From here on\n", {})), "inbox")
    assert ["mbox", "eml", "text", "eml"] == [node.type for node in result.nodes]
    texts = [one.text for one in result.told[2] if isinstance(one, Seen) and one.how == "body"]
    assert ["From here on"] == [text.strip() for text in texts]


def test_a_single_mail_behind_a_border_is_a_mail(examined: Examine) -> None:
    """Some programs save a mail with its border."""
    assert "eml" == examined(box(specimens.mail("x", {})), "a.eml").nodes[0].type


def test_a_line_that_begins_with_from_is_no_border(examined: Examine) -> None:
    """A border stands behind an empty line and before a head."""
    mail = specimens.mail("x\n\nFrom Tokyo with love 2020\n\ny\n", {})
    assert ["eml"] == [node.type for node in examined(mail, "a.eml").nodes]
