"""Shortcuts: command, hidden arguments, differing targets, what is appended or cut out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.examine.traces import traces_of
from tests.examine import links
from tests.examine.specimens import COMMAND, URLS
from tests.examine.test_walk import codes

if TYPE_CHECKING:
    from tests.examine.conftest import Examine


def test_target_and_arguments_are_one_command_line_to_its_urls(examined: Examine) -> None:
    """Target and arguments are one command line to its urls."""
    program, _, arguments = COMMAND.partition(" ")
    raw = links.shortcut(strings={"relative": program, "arguments": arguments})
    result = examined(raw, "invoice.pdf.lnk")
    assert ["lnk", "command-line", "powershell"] == [node.type for node in result.nodes]
    assert list(URLS) == [trace.value for trace in traces_of(result) if trace.kind == "download"]


def test_arguments_behind_blanks_are_told(examined: Examine) -> None:
    """Arguments behind blanks are told, and the command stands without the blanks."""
    raw = links.shortcut(
        strings={"relative": "cmd.exe", "arguments": " \n" * 200 + "/c calc"}, show=7, ids=links.POWERSHELL
    )
    result = examined(raw, "a.lnk")
    assert ["arguments-hidden", "runs-minimised"] == codes(result)[:2]
    assert '"C:\\Windows\\System32\\PowerShell ISE.exe" /c calc' == result.nodes[1].text


def test_targets_that_differ_are_told(examined: Examine) -> None:
    """A reader that shows one of them shows the wrong one."""
    raw = links.shortcut(ids=links.POWERSHELL, info=links.link_info("C:\\readme.txt"))
    assert ["targets-differ"] == codes(examined(raw, "a.lnk"))


def test_what_is_appended_is_a_specimen(examined: Examine) -> None:
    """What is appended is a specimen."""
    raw = links.shortcut(strings={"relative": "a.exe"}, appended=bytes(30) + b"http://appended.example/x")
    result = examined(raw, "a.lnk")
    assert ["appended"] == codes(result)[:1]
    assert [("appended data", "text", 25)] == [(node.via, node.type, node.size) for node in result.nodes[2:]]


def test_a_script_that_findstr_cuts_out_of_the_shortcut(examined: Examine) -> None:
    """The lines of the script stand in the shortcut's own bytes."""
    script = b'\r\nSet QQ=1\r\nx = "http://cut.example/QQ"\r\n'
    arguments = '/c findstr "QQ" *.lnk > %temp%\\t.vbs & wscript %temp%\\t.vbs'
    raw = links.shortcut(strings={"relative": "cmd.exe", "arguments": arguments}, appended=script)
    result = examined(raw, "a.lnk")
    cut = next(node for node in result.nodes if node.via == "cut out")
    assert ("t.vbs", "vbscript") == (cut.name, cut.type)
    assert "http://cut.example/QQ" in {trace.value for trace in traces_of(result)}


def test_a_shortcut_that_ends_early_is_one_finding(examined: Examine) -> None:
    """A shortcut that ends early is one finding."""
    raw = links.shortcut(strings={"relative": "a.exe", "arguments": "x"})
    assert ["damaged"] == codes(examined(raw[:-6], "a.lnk"))
