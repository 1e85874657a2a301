"""What ``findstr`` and ``more`` print of a file, by their help texts."""

from __future__ import annotations

import pytest

from noroshi.examine.cutting import Cut, cuts

FILE = b"\x4c\0junk\r\nQQ a\r\nqq b\r\n'QQ c'\r\nx.y\r\nxzy\r\n"


def contents(command: str) -> list[bytes]:
    """The contents of all cuts."""
    return [cut.content for cut in cuts(command, FILE)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('"QQ" a.lnk', b"QQ a\n'QQ c'"),
        ("/b QQ *.lnk", b"QQ a"),
        ("/i /b qq a.lnk", b"QQ a\nqq b"),
        ("/bi qq a.lnk", b"QQ a\nqq b"),
        ('/c:"QQ c" a.lnk', b"'QQ c'"),
        ('/e "b" a.lnk', b"qq b"),
        ('"QQ qq" a.lnk', b"QQ a\nqq b\n'QQ c'"),
        ("x.y a.lnk", b"x.y\nxzy"),
        ("/l x.y a.lnk", b"x.y"),
        (r"x\.y a.lnk", b"x.y"),
        ("[Qx][Qz] a.lnk", b"QQ a\n'QQ c'\nxzy"),
        ('/v /r "QQ qq junk x" a.lnk', b""),
    ],
)
def test_lines_that_findstr_picks(arguments: str, expected: bytes) -> None:
    """Literal and regular search strings, at the beginning, at the end, several of them."""
    assert expected == b"".join(contents(f"cmd /c findstr {arguments}"))


def test_the_file_that_it_is_written_to_names_the_cut() -> None:
    """Carets, quotes and folders are taken off."""
    command = 'cmd /c f^indstr /b "QQ" "%CD%\\a.lnk" > "%temp%\\b.vbs" & wscript "%temp%\\b.vbs"'
    assert [Cut("b.vbs", "findstr", b"QQ a")] == list(cuts(command, FILE))


def test_more_prints_what_follows_a_line() -> None:
    """``more +N`` begins behind N lines."""
    assert [b"x.y\r\nxzy\r\n"] == contents("cmd /c more +4 a.lnk > c.js")


def test_other_commands_cut_nothing() -> None:
    """Other commands cut nothing."""
    assert [] == contents("cmd /c findstr & nofindstr QQ a.lnk & more a.lnk")
