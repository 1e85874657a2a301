from __future__ import annotations

import base64

import pytest

from noroshi.events.formats._mail import addresses, decoded_subject


def word(text: str, codec: str, charset: str) -> str:
    """An encoded word (RFC 2047, base64)."""
    return f"=?{charset}?B?{base64.b64encode(text.encode(codec)).decode()}?="


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        ("Invoice", "Invoice"),
        (word("請求書の件", "iso2022_jp", "ISO-2022-JP"), "請求書の件"),
        (word("請求書①", "cp932", "Shift_JIS"), "請求書①"),
        (word("請求", "utf-8", "UTF-8") + " " + word("書", "utf-8", "utf-8"), "請求書"),
        ("Re: =?UTF-8?Q?=E8=AB=8B=E6=B1=82?= 7", "Re: 請求 7"),
        ("=?x-unknown?B?YWJj?=", "abc"),
        ("=?UTF-8?B?%%%", "=?UTF-8?B?%%%"),
    ],
)
def test_subjects_are_read_as_a_person_sees_them(encoded: str, expected: str) -> None:
    """Encoded words in the character sets of Japanese mail; what cannot be decoded stays."""
    assert expected == decoded_subject(encoded)


@pytest.mark.parametrize("hostile", ["=?" * 100_000, "=?utf-8?B?" + "A" * 99_999 + "?=", "=?\ud800?B?YQ?="])
def test_hostile_subjects_are_bounded(hostile: str) -> None:
    """Long and broken ones are neither an exception nor slow."""
    assert isinstance(decoded_subject(hostile), str)


def test_addresses_are_bare() -> None:
    """Names and brackets are taken off; what is no text is left out."""
    assert ["a@b.example", "c@d.example"] == addresses(["佐藤 <a@b.example>", "c@d.example", "<>", 7])
    assert [] == addresses(None)
