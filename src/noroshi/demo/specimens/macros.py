"""The macro of July 2020 in shape: a long junk of dead code around one call of WMI, its text in a form.

What it would start is text only that can reach nothing: all addresses in it are reserved names.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from noroshi.demo.specimens.forms import TextBox
from noroshi.demo.specimens.projects import Project

if TYPE_CHECKING:
    from random import Random

_JUNK: Final = 220
_LONGEST_LINE: Final = 900


def project(command: str, marker: str, rng: Random) -> Project:
    """A project that gives this command to WMI, with the command cut up by a marker in a form's text box."""
    form, box, module, entry, maker = (_name(rng) for _ in range(5))
    pieces = _cut(command, marker, rng)
    boxes = (
        TextBox(_name(rng), "".join(rng.choice(string.ascii_letters) for _ in range(37))),
        TextBox(box, pieces, tag=_cut("winmgmts:Win32_Process", marker, rng), tip=_name(rng)),
    )
    document = f"Private Sub Document_open()\r\n{module}.{entry}\r\nEnd Sub\r\n"
    text = _module(rng, (entry, maker, form, box, marker))
    return Project(document, {module: text}, {form: boxes})


def _module(rng: Random, names: tuple[str, str, str, str, str]) -> str:
    entry, maker, form, box, marker = names
    clean, process, startup, given, number = (_name(rng) for _ in range(5))
    lines = [
        f"Function {entry}()",
        "On Error Resume Next",
        *_junk(rng, _JUNK // 2),
        f"Set {process} = GetObject({clean}({form}.{box}.Tag))",
        f'Set {startup} = GetObject({clean}("{_cut("winmgmts:Win32_ProcessStartup", marker, rng)}"))',
        f"{startup}.ShowWindow = {rng.randrange(100, 999)} * 0",
        *_junk(rng, _JUNK // 2),
        f"{process}.Create {maker}, Null, {startup}, {number}",
        "End Function",
        f"Function {maker}()",
        *_junk(rng, _JUNK),
        f"{maker} = {clean}({form}.{box}.Text)",
        "End Function",
        f"Function {clean}({given})",
        f'{clean} = Join(Split({given}, "{marker}"), "")',
        "End Function",
    ]
    return "\r\n".join(lines) + "\r\n"


def _junk(rng: Random, count: int) -> list[str]:
    """Lines that do nothing: the whole of them is dead."""
    lines: list[str] = []
    while len(lines) < count:
        one, two = _name(rng), _name(rng)
        words = [_name(rng) for _ in range(rng.randrange(2, 6))]
        lines += rng.choice(
            (
                [f'{one} = "{words[0]}" & "{words[1]}"'],
                [f"Dim {one} As Integer", f"{one} = {rng.randrange(99)}", f"Do While {one} < {one} - 1",
                 f"{one} = {one} + {rng.randrange(2, 9)}", "Loop"],
                [f"GoTo {two}", f"Dim {one} As String", f'{one} = "{words[0]}"', f"{two}:"],
                [f"{one} = Len(\"{' '.join(words)}\") * {rng.randrange(2, 400)}"],
            )
        )  # fmt: skip
    return lines


def _cut(text: str, marker: str, rng: Random) -> str:
    """The text with the marker strewn in."""
    out, at = [], 0
    while at < len(text):
        step = rng.randrange(2, 9)
        out.append(text[at : at + step])
        at += step
    return marker.join(out)


def _name(rng: Random) -> str:
    letters = string.ascii_lowercase
    return rng.choice(string.ascii_uppercase) + "".join(
        rng.choice(letters) for _ in range(rng.randrange(5, 11))
    )
