"""Charsets, encoded words and names, with bytes written out by hand."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.examine.mail_texts import field_text, file_name, text_of, uuencoded, words_decoded


def word(raw: bytes, charset: str) -> str:
    """An encoded word of these bytes."""
    return f"=?{charset}?B?{base64.b64encode(raw).decode()}?="


@pytest.mark.parametrize(
    ("raw", "charset", "expected"),
    [
        (b"\x1b$B@A5a=q\x1b(B", "iso-2022-jp", "請求書"),
        (b"\x1b$B-!@A5a\x1b(B!", "iso-2022-jp", "①請求!"),
        (b"\x1b(I1;\x1b(B a", "iso-2022-jp", "ｱｻ a"),
        (b"\x1b$B@A5a=q\x1b(B", "us-ascii", "請求書"),
        (b"\x87\x40\x90\xbf", "Shift_JIS", "①請"),
        (b"\x90\xbf\x8b\x81", "", "請求"),
        (b"\x90\xbf\x8b\x81", "cp-unheard-of", "請求"),
        ("請求".encode("euc_jp"), "euc-jp", "請求"),
        ("請求".encode(), "shift_jis", "請求"),
    ],
)  # fmt: skip
def test_charsets_as_they_are_written(raw: bytes, charset: str, expected: str) -> None:
    """NEC's characters, half-width kana, a charset that is not told or not known."""
    assert expected == text_of(raw, charset)


@given(st.text(alphabet="請求書ー①アｱa \n髙", max_size=40))
def test_iso_2022_jp_is_what_a_second_codec_writes(text: str) -> None:
    """Everything that Python can write in ISO-2022-JP is read back."""
    writable = "".join(one for one in text if one not in "①髙")
    assert writable == text_of(writable.encode("iso2022_jp_ext"), "iso-2022-jp")


def test_words_cut_inside_a_character_are_joined() -> None:
    """A mail program that counts bytes cuts anywhere."""
    raw = "請求書".encode()
    assert "請求書です" == words_decoded(f"{word(raw[:4], 'utf-8')}\r\n {word(raw[4:], 'UTF-8')}です")


def test_words_of_two_charsets_and_texts_between() -> None:
    """Blanks between words belong to nobody, those beside texts do."""
    both = word(b"a", "utf-8") + " " + word(b"\x90\xbf", "shift_jis")
    assert "Re: a請 b" == words_decoded(f"Re: {both} b")
    assert "x y=" == words_decoded("=?utf-8?q?x_y=3D?=")
    assert "=?utf-8?X?x?=" == words_decoded("=?utf-8?X?x?=")


def test_raw_bytes_in_a_head() -> None:
    """Bytes come as surrogates from the reader of mails."""
    assert "請求" == field_text(b"\x90\xbf\x8b\x81".decode("ascii", "surrogateescape"))
    assert "請求" == field_text("\x1b$B@A5a\x1b(B")


@pytest.mark.parametrize(
    "field",
    [
        'attachment; filename="' + word(b"\x1b$B@A5a=q\x1b(B.zip", "ISO-2022-JP") + '"',
        "attachment; filename=" + word("請求書.zip".encode(), "utf-8"),
        "attachment; filename*=utf-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.zip",
        "attachment; filename*0*=iso-2022-jp''%1B%24B%40A5;\r\n filename*1*=a%3Dq%1B%28B; filename*2=.zip",
        "attachment; filename*1*=%8B%81%8F%91.zip; filename*0*=Shift_JIS'ja'%90%BF",
        'attachment; filename="' + "請求書.zip".encode("cp932").decode("ascii", "surrogateescape") + '"',
        'attachment; filename="' + "請求書.zip".encode().decode("ascii", "surrogateescape") + '"',
        'attachment; filename="\x1b$B@A5a=q\x1b(B.zip"',
        'application/zip; name="' + word("請求書.zip".encode(), "utf-8") + '"',
    ],
)  # fmt: skip
def test_names_of_attachments(field: str) -> None:
    """Every way in which the name of one file is written."""
    assert "請求書.zip" == file_name("attachment", field)


def test_names_that_are_quoted_or_absent() -> None:
    """Names that are quoted or absent."""
    assert 'a "b".txt' == file_name('attachment; filename="a \\"b\\".txt"')
    assert "a.txt" == file_name("inline", "text/plain; charset=utf-8; name=a.txt")
    assert "" == file_name("attachment; size=1", "text/plain")


def test_uuencoded_files() -> None:
    """The example of the manual page: ``Cat`` is ``#0V%T``."""
    assert [("a.txt", b"Cat")] == list(uuencoded("hi\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\nbye"))
    assert [] == list(uuencoded("begin 644 empty\nend\nbegin with words"))


@given(st.text(max_size=200), st.binary(max_size=200))
def test_anything_is_read(text: str, raw: bytes) -> None:
    """Whatever stands there, a text comes out."""
    given_text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    assert isinstance(field_text(given_text) + file_name(given_text) + text_of(raw, "iso-2022-jp"), str)
