from __future__ import annotations

import io

import pytest

from noroshi.events.formats._japanese import decode_japanese, without_escapes
from noroshi.events.formats._lines import Lines
from noroshi.events.model import Source
from noroshi.events.problems import Problems
from noroshi.events.windows.text import read_record

TEXTS = (
    "営業部の鈴木さん",
    r"C:\Users\鈴木\デスクトップ\見積書.doc",
    "日本",
    "佐藤",
    "user=高橋 file=ソフト一覧表.xls",
    "件名 ご確認ください",
)
CP932_ONLY = ("ﾃｽﾄ用ﾌｧｲﾙ.txt", "髙島屋①.docx", "草彅剛")


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
@pytest.mark.parametrize("text", TEXTS)
def test_japanese_lines_are_decoded(text: str, encoding: str) -> None:
    """Names, paths and subjects of a Japanese office, in both encodings."""
    assert text == decode_japanese(text.encode(encoding))


@pytest.mark.parametrize("text", CP932_ONLY)
def test_windows_own_characters(text: str) -> None:
    """Half-width katakana and the kanji that IBM and NEC added."""
    assert text == decode_japanese(text.encode("cp932"))


@pytest.mark.parametrize(
    "raw",
    [
        "café".encode("latin-1"),
        "CAFÉ À LA MAISON".encode("latin-1"),
        "Müller straße".encode("latin-1"),
        "Señor Ñandú".encode("latin-1"),
        "Привет мир".encode("cp1251"),
        "日本語テスト".encode()[:-1],
        "日本語テスト".encode()[1:],
        b"\x83\x65",
        b"GET /\xff\xfe HTTP/1.1",
        b"\xe3\x81",
        bytes(range(128, 256)),
    ],
)
def test_other_bytes_are_not_taken_for_japanese(raw: bytes) -> None:
    """Latin and Cyrillic texts, cut UTF-8, single characters and binary stay repaired."""
    assert decode_japanese(raw) is None


def test_each_line_of_a_file_is_decided_alone() -> None:
    """A file into which several programs write: readable lines are no repair, offsets are of bytes."""
    parts = [
        "日本 utf-8".encode(),
        "鈴木 cp932".encode("cp932"),
        "鈴木 euc".encode("euc_jp"),
        b"caf\xe9",
        b"ascii",
    ]
    problems = Problems()
    lines = list(Lines(io.BytesIO(b"\n".join(parts)), Source("mixed.log", "s"), problems))
    assert ["日本 utf-8", "鈴木 cp932", "鈴木 euc", "caf\ufffd", "ascii"] == [line.text for line in lines]
    starts = [sum(len(part) + 1 for part in parts[:at]) for at in range(len(parts))]
    assert starts == [line.offset for line in lines]
    assert 1 == problems.repaired


@pytest.mark.parametrize("text", TEXTS)
def test_iso_2022_jp_inside_any_line(text: str) -> None:
    """Its escape sequences tell where it begins and ends: a raw subject in an otherwise plain line."""
    raw = text.encode("iso2022_jp_ext")
    data = b"subject=" + raw + b" size=1\n" + "名=".encode() + raw + b"\nplain\n"
    problems = Problems()
    lines = [line.text for line in Lines(io.BytesIO(data), Source("a", "a"), problems)]
    assert [f"subject={text} size=1", f"名={text}", "plain"] == lines
    assert 0 == problems.repaired


def test_iso_2022_jp_that_is_none() -> None:
    """What does not decode stays as it is; nothing is lost."""
    assert b"\x1b$B\xff\x1b(B x" == without_escapes(b"\x1b$B\xff\x1b(B x")


def test_windows_json_of_a_japanese_console() -> None:
    """JSON is UTF-8 by its definition; what was written in the console's code page is read all the same."""
    line = '{"EventID": 1, "Image": "C:\\\\請求書\\\\表計算ソフト.exe"}'.encode("cp932")
    (record,), repaired = read_record(line)
    assert ("C:\\請求書\\表計算ソフト.exe", 0) == (record["Image"], repaired)
