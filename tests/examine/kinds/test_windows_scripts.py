"""Scripts of Windows Script Host: their kinds, encoded ones, files that hold several."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING

import pytest

from noroshi.examine.encoded_script import _ALPHABETS, _ORDER, decoded_blocks
from noroshi.examine.model import Effect

if TYPE_CHECKING:
    from noroshi.examine.result import Examination
    from tests.examine.conftest import Examine

RUN = "cmd /c calc"
JS = f'var w = new ActiveXObject("WScript.Shell");\r\nw.Run("{RUN}");\r\n'
VBS = f'Dim w\r\nSet w = CreateObject("WScript.Shell")\r\nw.Run "{RUN}"\r\n'


def commands(examination: Examination) -> list[str]:
    """Commands of all effects but those of commands themselves."""
    return [
        one.arguments["command"]
        for node in examination.nodes
        if node.type != "command-line"
        for one in examination.told.get(node.number, [])
        if isinstance(one, Effect) and "command" in one.arguments
    ]


def encoded(text: str) -> str:
    """A block of the Script Encoder, by the inverse of its alphabets."""
    marks = {"\n": "@&", "\r": "@#", ">": "@*", "<": "@!", "@": "@$"}
    out = ""
    for place, letter in enumerate(text):
        inverse = {
            plain: chr(code)
            for code, plain in _ALPHABETS[int(_ORDER[place % 64])].items()
            if code not in {60, 62, 64}
        }
        out += marks.get(letter) or inverse.get(letter, letter)
    length, total = (
        base64.b64encode(struct.pack("<I", one)).decode() for one in (len(text), sum(map(ord, text)))
    )
    return f"#@~^{length}{out}{total}^#~@"


@pytest.mark.parametrize(
    ("raw", "name", "kind"),
    [
        (JS, "a.js", "javascript"), (JS, "a.txt", "javascript"), (VBS, "a.vbs", "vbscript"),
        (VBS, "x", "vbscript"),
        (VBS, "a.js.vbs", "vbscript"),
    ],
)  # fmt: skip
def test_a_script_is_known_and_evaluated(examined: Examine, raw: str, name: str, kind: str) -> None:
    """By its words, also under another name."""
    result = examined(raw.encode(), name)
    assert kind == result.nodes[0].type
    assert [RUN] == commands(result)


def test_a_script_in_wide_characters(examined: Examine) -> None:
    """UTF-16 with its mark."""
    assert [RUN] == commands(examined(b"\xff\xfe" + JS.encode("utf-16-le"), "a.js"))


@pytest.mark.parametrize(("raw", "name"), [(JS, "a.jse"), (VBS, "a.vbe")])
def test_an_encoded_script_is_decoded(examined: Examine, raw: str, name: str) -> None:
    """The script behind it is a specimen."""
    result = examined(encoded(raw).encode(), name)
    assert [RUN] == commands(result)
    assert ["file", "decoded script"] == [node.via for node in result.nodes[:2]]


def test_the_public_example_of_an_encoded_script() -> None:
    """The head of the often quoted ``MsgBox "Hello"``, as Microsoft's tool wrote it."""
    assert 'MsgBox "H' == decoded_blocks("#@~^DgAAAA==\\ko$K6,JCqAQAAA==^#~@")[:9]


def test_a_script_host_file(examined: Examine) -> None:
    """Two languages in one ``.wsf``."""
    text = (
        f'<package><job id="a"><script language="JScript"><![CDATA[{JS}]]></script>'
        f'<script language="VBScript">{VBS.replace(RUN, "calc &amp; x")}</script></job></package>'
    )
    result = examined(text.encode(), "a.wsf")
    assert ["wsf", "javascript", "vbscript"] == [
        one.type for one in result.nodes if one.type != "command-line"
    ]
    assert [RUN, "calc & x"] == commands(result)


def test_scripts_of_a_page(examined: Examine) -> None:
    """A HTML application."""
    script = f'<script language="VBScript">{VBS}</script>'
    page = f'<html><head><hta:application id="a"></head><body>{script}</body></html>'
    assert [RUN] == commands(examined(page.encode(), "a.hta"))


def test_an_evaluated_text_is_no_second_specimen(examined: Examine) -> None:
    """What ``eval`` runs tells its effects once, where it stands."""
    code = f"""eval('new ActiveXObject("WScript.Shell").Run("{RUN}")')"""
    result = examined(code.encode(), "a.js")
    assert [RUN] == commands(result)
    assert ["javascript", "command-line", "command-line"] == [node.type for node in result.nodes]


def test_call_reads_doubled_percent_signs_of_a_batch_file_again(examined: Examine) -> None:
    """``%%x%%`` is ``%x%`` at the first reading and the value at the second, which ``call`` brings."""
    batch = """@echo off
set x=pow
call set "z=%%x%%ershell"
%z% -c one
for %%i in (a) do start %%i.exe
"""
    found = commands(examined(batch.encode(), "a.bat"))
    assert ["powershell -c one", "start a.exe"] == found[:2]
