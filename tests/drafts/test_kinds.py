"""Patterns that drafts are made of: what they take and what they leave, by hand."""

from __future__ import annotations

import re

import pytest

from noroshi.drafts.kinds import commands, http, paths

ENCODED = "JABh" * 40


@pytest.mark.parametrize(
    ("command", "taken", "left"),
    [
        (
            f"powershell -e {ENCODED}",
            [f"powershell.exe -EncodedCommand {ENCODED}", f"powershell  –enc {ENCODED}=="],
            ["powershell -File a.ps1", "powershell -e JABh", f"powershell -x {ENCODED}"],
        ),
        (
            "rundll32.exe C:\\Users\\a\\x1.dll,Control_RunDLL",
            ["rundll32 C:\\Users\\b\\kd83.dll,Control_RunDLL"],
            [
                "rundll32 C:\\Windows\\System32\\shell32.dll,Control_RunDLL",
                "rundll32 C:\\Users\\b\\kd83.dll,Start",
            ],
        ),
        ("mshta http://one.example/a.hta", ["mshta https://two.example/b"], ["mshta C:\\a.hta"]),
    ],
)
def test_patterns_of_arguments(command: str, taken: list[str], left: list[str]) -> None:
    """The next wave's call is taken, administration is not."""
    pattern = re.compile(commands.arguments_pattern(command))
    assert taken == [one for one in taken if pattern.search(one)]
    assert [] == [one for one in left if pattern.search(one)]


@pytest.mark.parametrize(
    ("path", "taken", "left"),
    [
        (
            "C:\\Users\\a.b\\284.exe",
            ["c:\\users\\x\\7.EXE"],
            ["C:\\Users\\x\\setup.exe", "C:\\Users\\x\\y\\7.exe"],
        ),
        (
            "C:\\Users\\‹USERNAME›\\AppData\\Local\\KBDYAK\\dxdiagn.exe",
            ["C:\\Users\\x\\AppData\\Local\\Abc\\q.exe"],
            ["C:\\Users\\x\\AppData\\Roaming\\Abc\\q.exe"],
        ),
    ],
)
def test_patterns_of_paths(path: str, taken: list[str], left: list[str]) -> None:
    """The user, the random folder and the name are free."""
    pattern = re.compile(paths.path_pattern(path))
    assert taken == [one for one in taken if pattern.search(one)]
    assert [] == [one for one in left if pattern.search(one)]


def test_patterns_of_addresses() -> None:
    """Addresses of the same shape are taken, pages of sites are not."""
    pattern = re.compile(
        http.path_pattern(
            [
                "http://a.example/wp-content/x8rTz/",
                "http://b.example/blog/p7Hd/",
                "http://c.example/a1b2c3.bin",
            ]
        )
    )
    taken = ["http://z.example/wp-admin/Kq3vB/", "http://z.example/any.bin"]
    left = ["http://z.example/", "http://z.example/wp-content/themes/x/style.css", "http://z.example/a/b/c/"]
    assert taken == [one for one in taken if pattern.search(one)]
    assert [] == [one for one in left if pattern.search(one)]
