"""Mails: Japanese charsets, names of attachments, mails in mails."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from noroshi.examine.model import Detail, Seen
from tests.examine import specimens

if TYPE_CHECKING:
    from tests.examine.conftest import Examine


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "shift_jis"])
def test_a_japanese_body_is_read_in_its_charset(examined: Examine, charset: str) -> None:
    """A japanese body is read in its charset."""
    result = examined(specimens.mail("ご確認ください。\n", {}, charset), "a.eml")
    texts = [one.text for one in result.told[0] if isinstance(one, Seen) and one.how == "body"]
    assert ["ご確認ください。"] == [text.strip() for text in texts]


@pytest.mark.parametrize("codec", ["shift_jis", "iso2022_jp", "utf-8"])
def test_a_subject_without_encoding_is_read(examined: Examine, codec: str) -> None:
    """A subject without encoding is read."""
    raw = (
        b"From: a@corp.example\r\nTo: b@corp.example\r\nSubject: " + "請求書".encode(codec) + b"\r\n\r\nx\r\n"
    )
    assert Detail("subject", "請求書") in examined(raw, "a.eml").told[0]


def test_a_name_in_rfc_2231_pieces_is_put_together(examined: Examine) -> None:
    """A name in rfc 2231 pieces is put together."""
    raw = (
        b"From: a@corp.example\r\nTo: b@corp.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: application/octet-stream\r\n"
        b"Content-Disposition: attachment; filename*0*=utf-8''%E8%AB%8B;\r\n"
        b" filename*1*=%E6%B1%82.txt\r\n\r\nhello\r\n"
    )
    assert ["請求.txt"] == [node.name for node in examined(raw, "a.eml").nodes[1:]]


def test_a_mail_in_a_mail_is_a_specimen(examined: Examine) -> None:
    """A mail in a mail is a specimen."""
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "a@corp.example", "b@corp.example", "inner"
    inner.set_content("x")
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = "c@corp.example", "b@corp.example", "outer"
    outer.set_content("see")
    outer.add_attachment(inner)
    assert ["eml", "eml"] == [node.type for node in examined(outer.as_bytes(), "a.eml").nodes]
