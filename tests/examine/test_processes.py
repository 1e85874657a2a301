"""Who would start whom, worked by hand after what Windows logs (Sysmon 1) for each means of starting."""

from __future__ import annotations

import pytest

from noroshi.examine.model import Effect, EffectKind
from noroshi.examine.processes import image_of, program_of, starts_of
from noroshi.examine.result import Examination, Node, Told


def node(number: int, parent: int | None, type_: str, name: str = "", text: str = "") -> Node:
    """A specimen without content."""
    return Node(number, parent, "piece", name, type_, 1, 1, "", "", str(number), 0.0, text)


def process(command: str, by: str) -> Effect:
    """A process that would start."""
    return Effect(EffectKind.PROCESS, {"command": command}, by)


def examination(nodes: list[Node], told: dict[int, list[Effect]]) -> Examination:
    """An examination of these."""
    made = Examination("x")
    for one in nodes:
        made.add(one)
        for effect in told.get(one.number, []):
            made.add(Told(one.number, effect))
    return made


def test_wmi_stands_between_a_document_and_what_it_starts() -> None:
    """Word asks WMI, WMI starts PowerShell, whose script starts what it has brought along."""
    command = "powershell -e JABh"
    made = examination(
        [
            node(0, None, "ole", "a.doc"),
            node(1, 0, "form-value"),
            node(2, 1, "command-line", text=command),
            node(3, 2, "powershell"),
        ],
        {
            0: [process(command, "Win32_Process.Create")],
            3: [process(r"C:\Users\x\1.exe -a", "Start-Process")],
        },
    )
    assert [
        ("winword.exe", "wmiprvse.exe", "powershell.exe"),
        ("winword.exe", "wmiprvse.exe", "powershell.exe", "1.exe"),
    ] == [one.ancestry for one in starts_of(made)]


def test_a_script_host_and_a_shortcut_are_parents() -> None:
    """A shortcut's command runs under the shell; a VBScript under its host."""
    shortcut = examination(
        [
            node(0, None, "lnk", "a.lnk"),
            node(1, 0, "command-line", text="cmd /c x.vbs"),
            node(2, 1, "vbscript"),
        ],
        {2: [process("regsvr32 /s a.dll", "WScript.Shell.Run")]},
    )
    assert [("explorer.exe", "cmd.exe", "wscript.exe", "regsvr32.exe")] == [
        one.ancestry for one in starts_of(shortcut)
    ]


def test_built_in_commands_are_no_processes() -> None:
    """``start`` is a word of the shell; the program after it is the process."""
    made = examination(
        [node(0, None, "batch", "a.cmd")],
        {0: [process("start /min powershell -e JABh", "cmd"), process("powershell -e JABh", "start")]},
    )
    assert [("cmd.exe", "powershell.exe")] == [one.ancestry for one in starts_of(made)]


def test_a_workbook_runs_in_excel() -> None:
    """By the name's ending."""
    made = examination([node(0, None, "ole", "a.XLS")], {0: [process("calc", "Shell")]})
    assert [("excel.exe", "calc.exe")] == [one.ancestry for one in starts_of(made)]


@pytest.mark.parametrize(
    ("command", "program", "image"),
    [
        ('"C:\\Program Files\\A b\\c.exe" -x', "C:\\Program Files\\A b\\c.exe", "c.exe"),
        ("C:\\Program Files\\A b\\c.EXE -x", "C:\\Program Files\\A b\\c.EXE", "c.exe"),
        ("powershell -e JABh", "powershell", "powershell.exe"),
        ("  cmd.exe", "cmd.exe", "cmd.exe"),
        ("", "", ""),
    ],
)
def test_programs_of_command_lines(command: str, program: str, image: str) -> None:
    """Quoted, with spaces, bare, empty."""
    assert (program, image) == (program_of(command), image_of(program_of(command)))
