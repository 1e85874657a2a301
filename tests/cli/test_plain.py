"""Values from logs made fit for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from noroshi.cli.story.checking import paragraph, sentences
from noroshi.cli.story.page import Page, broken
from noroshi.cli.story.plain import defanged, shortened, visible
from noroshi.cli.story.searches import harmless


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    """Whatever a log holds, the terminal gets printable characters only."""
    assert set() == {
        letter for letter in visible(text) if not letter.isprintable() and letter not in "\u00a0\u3000"
    }


@pytest.mark.parametrize(
    ("expected", "value", "field"),
    [
        ("hxxp://evil[.]example/a.exe", "http://evil.example/a.exe", ""),
        ("hxxps://www.evil[.]example:8080/", "https://www.evil.example:8080/", ""),
        ("get hxxp://198.51.100[.]7/x now", "get http://198.51.100.7/x now", "CommandLine"),
        ("198.51.100[.]7:443", "198.51.100.7:443", "dst_ip"),
        ("2001[:]db8::1", "2001:db8::1", "dst_ip"),
        ("10.20.4.114", "10.20.4.114", "src_ip"),
        ("hxxp://10.0.0[.]5/wpad.dat", "http://10.0.0.5/wpad.dat", "c-uri"),
        ("www.evil[.]example:443", "www.evil.example:443", "c-uri"),
        ("a.b@mail.evil[.]example", "a.b@mail.evil.example", "mail_from"),
        ("C:\\Users\\t.suzuki\\284.exe", "C:\\Users\\t.suzuki\\284.exe", "Image"),
        ("10.0.18362.1 (WinBuild)", "10.0.18362.1 (WinBuild)", "FileVersion"),
    ],
)
def test_addresses_of_the_outside_are_defanged(expected: str, value: str, field: str) -> None:
    """URLs everywhere, names where a field holds names; plain own addresses and files stay as they are."""
    assert expected == defanged(value, field)


@given(st.text(), st.integers(min_value=4, max_value=60))
def test_shortened_fits(text: str, cells: int) -> None:
    """Never wider than asked, and unchanged if it fits."""
    short = shortened(text, cells)
    assert cell_len(short) <= cells
    assert short == text or cell_len(text) > cells


def test_shortened_keeps_both_ends() -> None:
    """The beginning tells the program, the end the file."""
    assert "C:\\Users\\t…4.exe" == shortened("C:\\Users\\t.suzuki\\AppData\\284.exe", 16)


@given(st.text(alphabet="ab 、。「」漢字カナー()\u3000"), st.integers(min_value=8, max_value=30))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    """Each line fits, and together they are the text but for the spaces at the breaks."""
    lines = [text[start:end] for start, end in broken(text, width, width)]
    assert all(cell_len(line.rstrip(" ")) <= width for line in lines)
    assert text.replace(" ", "") == "".join(lines).replace(" ", "")


def test_japanese_lines_do_not_begin_with_a_full_stop() -> None:
    """Kinsoku: the full stop goes with its character to the next line."""
    lines = ["感染端末とみな"[start:end] for start, end in broken("感染端末とみな", 10, 10)]
    assert ["感染端末と", "みな"] == lines
    text = "感染端末。遮断"
    assert ["感染端", "末。遮断"] == [text[start:end] for start, end in broken(text, 8, 8)]
    wide = "感染端末\uff1a遮断"
    assert ["感染端", "末\uff1a遮断"] == [wide[start:end] for start, end in broken(wide, 8, 8)]


def test_a_host_name_cannot_become_a_command() -> None:
    """What could end a quotation or start a command becomes an escape that jq reads as that letter."""
    assert "pc-014" == harmless("pc-014")
    assert "t.suzuki@minato-works.example" == harmless("t.suzuki@minato-works.example")
    assert "x\\u0027\\u003b\\u0024\\u0028id\\u0029" == harmless("x';$(id)")
    assert set() == set(harmless("'\"`$;|&<>(){}\\ \n\u202e\U0001f600")) & set("'\"`$;|&<>(){} \n\u202e")


def test_sentences_of_a_guide() -> None:
    """English by full stop and space, Japanese by its own full stop; abbreviations and names stay."""
    assert ["Isolate it.", "Keep x.exe and 4.0 logs."] == sentences("Isolate it. Keep x.exe and\n4.0 logs.")
    assert ["隔離する。", "保全する。"] == sentences("隔離する。保全する。")


def test_colour_only_where_it_is_wanted() -> None:
    """A plain page holds no escape sequence, a coloured one does."""
    for colour in (False, True):
        page = Page(60, "en", colour=colour)
        page.line(("high", "red"))
        assert colour is ("\x1b[31m" in page.text())


def test_a_list_of_blind_spots_loses_no_item() -> None:
    """Japanese puts a full stop where English puts a comma: both are printed whole."""
    assert "Encrypted traffic, tunnels, others." == paragraph("Encrypted traffic, `tunnels`,\nothers.")
    assert "暗号化された通信。VPN。" == paragraph("暗号化された通信。`VPN`。")
