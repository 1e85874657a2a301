"""``cmd.exe`` statically: carets, quotes, variables and parts of them, ``set``, ``call``, ``for``, pipes.

Source: the help texts of ``cmd /?``, ``set /?``, ``for /?`` and ``call /?``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.examine.environment import ENVIRONMENT

if TYPE_CHECKING:
    from noroshi.examine.budget import Budget

MAX_DEPTH: Final = 12
MAX_TURNS: Final = 5_000
_VARIABLE: Final = r"([^%!:\r\n]{1,100})(?::(?:~(-?\d+)(?:,(-?\d+))?|([^%!=\r\n]+)=([^%!\r\n]*)))?"
_PERCENT: Final = re.compile("%" + _VARIABLE + "%")
_BATCH: Final = re.compile("%%|%" + _VARIABLE + "%")
_DELAYED: Final = re.compile("!" + _VARIABLE + "!")
_SET: Final = re.compile(r'(?is)set\s+(?:/[ap]\s+)?(?:"([^"=]+)=(.*)"\s*|([^"=]+)=(.*))$')
_CALL: Final = re.compile(r"(?i)(?:@|call\s+)+")
_FOR_LOOP: Final = re.compile(
    r"(?is)for\s+/l\s+%{1,2}([a-z])\s+in\s*\(\s*(-?\d+)\s*,\s*(-?\d+)\s*,\s*(-?\d+)\s*\)\s*do\s+(.*)$"
)
_FOR_LIST: Final = re.compile(r"(?is)for\s+%{1,2}([a-z])\s+in\s*\(([^)]*)\)\s*do\s+(.*)$")
_CMD: Final = re.compile(
    r'(?is)^\s*"?(?:(?:[^"\s]*[\\/])?cmd(?:\.exe)?|%comspec%)"?\s+((?:/[a-z][^\s/]*\s*)*?)/([cksr])\s*(.*)$'
)
_SEPARATORS: Final = "&|\r\n"


@dataclass(slots=True)
class Shell:
    """One ``cmd.exe``.

    Attributes:
        batch: The lines stand in a batch file, where ``%%`` is a percent sign (which ``call`` reads again).
        commands: The commands that it would start, in order, everything resolved.
        seen: Every intermediate text that differed from the one before.
    """

    budget: Budget
    delayed: bool = False
    variables: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    commands: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    batch: bool = False

    def line(self, text: str, depth: int = 0) -> None:
        """One line, as typed or in a batch file; percent variables are put in first, once for the line."""
        if depth > MAX_DEPTH or not self.budget.take("steps"):
            return
        expanded = self._expand(text, _BATCH if self.batch else _PERCENT)
        for piece in split_commands(expanded):
            self._command(piece, depth)

    def _command(self, piece: str, depth: int) -> None:
        if not self.budget.take("steps"):
            return
        bare = piece.strip().lstrip("@(").strip()
        if not bare:
            return
        if self._loop(bare, depth):
            return
        if (called := _CALL.match(bare)) is not None and called[0].strip().lower().endswith("call"):
            self.line(bare[called.end() :], depth + 1)
            return
        if self.delayed:
            bare = self._expand(bare, _DELAYED)
        if (found := _SET.match(without_carets(bare))) is not None:
            name, value = (found[1], found[2]) if found[1] else (found[3], found[4])
            self.variables[name.strip().lower()] = value
            self._see(value)
            return
        self._start(without_carets(bare), depth)

    def _start(self, command: str, depth: int) -> None:
        if (inner := inner_command(command)) is not None:
            self._see(command)
            options, text = inner
            shell = Shell(
                self.budget, "/v:on" in options or "/v " in options, self.variables, self.commands, self.seen
            )
            shell.line(text, depth + 1)
            return
        self.commands.append(
            command.strip().rstrip(")").strip()
            if command.count(")") > command.count("(")
            else command.strip()
        )
        self._see(command)

    def _loop(self, text: str, depth: int) -> bool:
        plain = without_carets(text)
        if (found := _FOR_LOOP.match(plain)) is not None:
            first, step, last = int(found[2]), int(found[3]), int(found[4])
            values = (
                [str(at) for at in range(first, last + (1 if step > 0 else -1), step or 1)][:MAX_TURNS]
                if step
                else []
            )
        elif (found := _FOR_LIST.match(plain)) is not None:
            values = re.split(r"[\s,;]+", found[2].strip())[:MAX_TURNS]
        else:
            return False
        letter, body = found[1], found[found.lastindex or 0].strip()
        if body.startswith("(") and body.endswith(")"):
            body = body[1:-1]
        for value in values:
            turned = re.sub(f"(?i)%{{1,2}}{letter}", lambda _found, value=value: value, body)
            for piece in split_commands(turned):
                self._command(piece, depth + 1)
        return True

    def _expand(self, text: str, pattern: re.Pattern[str]) -> str:
        expanded = pattern.sub(self._value, text)
        self.budget.take("text", len(expanded))
        if expanded != text:
            self._see(expanded)
        return expanded

    def _value(self, found: re.Match[str]) -> str:
        if found[1] is None:
            return "%"
        value = self.variables.get(found[1].lower())
        if value is None:
            return found[0]
        if found[2] is not None:
            return substring(value, int(found[2]), None if found[3] is None else int(found[3]))
        if found[4] is not None:
            return re.sub(re.escape(found[4]), lambda _found: found[5], value, flags=re.IGNORECASE)
        return value

    def _see(self, text: str) -> None:
        if text and (not self.seen or self.seen[-1] != text):
            self.seen.append(text)


def substring(value: str, begin: int, count: int | None) -> str:
    """``%value:~begin,count%``; negative numbers count from the end."""
    start = max(len(value) + begin, 0) if begin < 0 else begin
    if count is None:
        return value[start:]
    return value[start : len(value) + count] if count < 0 else value[start : start + count]


def inner_command(command: str) -> tuple[str, str] | None:
    """Options and text of the command that ``cmd /c`` would run; None for other programs."""
    found = _CMD.match(command)
    if found is None:
        return None
    text = found[3].strip()
    if (
        text.startswith('"')
        and text.endswith('"')
        and len(text) > 1
        and (text.count('"') == 2 or "/s" in found[1].lower())
    ):
        text = text[1:-1]
    elif text.startswith('"') and text.count('"') % 2:
        text = text[1:]
    return found[1].lower(), text


def without_carets(text: str) -> str:
    """The text with escaping carets taken off outside quotes."""
    out: list[str] = []
    quoted = False
    at = 0
    while at < len(text):
        here = text[at]
        if here == '"':
            quoted = not quoted
        elif here == "^" and not quoted:
            at += 1
            out.append(text[at : at + 1].replace("\n", "").replace("\r", ""))
            at += 1
            continue
        out.append(here)
        at += 1
    return "".join(out)


def split_commands(text: str) -> list[str]:
    """Commands between ``&``, ``&&``, ``|``, ``||`` and line ends, outside quotes, brackets and escapes."""
    pieces: list[str] = []
    begin = at = depth = 0
    quoted = False
    while at < len(text):
        here = text[at]
        if here == "^" and not quoted:
            at += 2
            continue
        if here == '"':
            quoted = not quoted
        elif not quoted and here == "(":
            depth += 1
        elif not quoted and here == ")":
            depth = max(depth - 1, 0)
        elif not quoted and here in _SEPARATORS and depth == 0 and not _redirects(text, at):
            pieces.append(text[begin:at])
            begin = at + 1
        at += 1
    pieces.append(text[begin:])
    return [piece for piece in pieces if piece.strip(" \t&|")]


def _redirects(text: str, at: int) -> bool:
    return text[at] == "&" and at > 0 and text[at - 1] in "<>"
