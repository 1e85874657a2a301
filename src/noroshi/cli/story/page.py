"""A page of text for a terminal, a pipe or a file: wrapped by cells, coloured only where that is wanted."""

from __future__ import annotations

import io
import os
import shutil
import sys
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from noroshi.cli.story.plain import visible
from noroshi.cli.words import words
from noroshi.events.model import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo
    from pathlib import Path

    from noroshi.cli.words import Words

LEVEL_STYLES: Final = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
OUTCOME_STYLES: Final = {"allowed": "bold red", "blocked": "green", "quarantined": "green"}
NARROWEST: Final = 40
WIDEST: Final = 140
PLAIN: Final = 100
_WEEKDAYS: Final = {"en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "ja": list("月火水木金土日")}
_NOT_FIRST: Final = frozenset(
    "、。,.)」』】〉》]}ー・:;?!ゃゅょっァィゥェォャュョッ々…—%\uff0c\uff0e\uff09\uff1a\uff1b\uff1f\uff01\uff3d\uff5d"
)
_NOT_LAST: Final = frozenset("「『【〈《([{\uff08\uff3b\uff5b")

Part = tuple[str, str]
"""A text and its style."""


@dataclass(slots=True)
class Page:
    """Where the story is written.

    Attributes:
        width: Cells in a line.
        language: ``en`` or ``ja``.
        zone: Zone of the times shown.
    """

    width: int
    language: str
    zone: tzinfo = UTC
    colour: bool = False
    _out: io.StringIO = field(default_factory=io.StringIO)
    _console: Console | None = None

    @property
    def say(self) -> Words:
        """The words of the language."""
        return words(self.language)

    def text(self) -> str:
        """Everything written so far."""
        return self._out.getvalue()

    def blank(self) -> None:
        """An empty line."""
        self._write(Text())

    def line(self, *parts: str | Part, indent: int = 0, hang: int | None = None, style: str = "") -> None:
        """A paragraph of parts, wrapped; the lines after the first are indented by `hang`."""
        whole = _text(parts, style)
        rest = indent if hang is None else hang
        start = indent
        for begin, end in broken(whole.plain, self.width - indent, self.width - rest):
            self._write(Text(" " * start).append_text(whole[begin:end]))
            start = rest

    def whole(self, *parts: str | Part, indent: int = 0, style: str = "") -> None:
        """A line that is never broken: a command to copy."""
        self._write(Text(" " * indent).append_text(_text(parts, style)))

    def rule(self, left: str, right: str, style: str) -> None:
        """A line across the page with a title at its left and a word at its right end."""
        left, right = visible(left), visible(right)
        end = f" {right} ━━" if right else ""
        gap = max(self.width - cell_len(left) - cell_len(end) - 4, 2)
        self._write(Text(f"━━ {left} {'━' * gap}{end}", style))

    def heading(self, text: str) -> None:
        """A heading with an empty line before it."""
        self.blank()
        self.line(text, style="bold")

    def _write(self, text: Text) -> None:
        if self._console is None:
            self._console = Console(
                file=self._out,
                force_terminal=self.colour,
                color_system="standard" if self.colour else None,
                highlight=False,
                markup=False,
                emoji=False,
                soft_wrap=True,
                legacy_windows=False,
            )
        text.rstrip()
        self._console.print(text)

    def clock(self, at: datetime, day_of: datetime | None = None) -> str:
        """``13:12:09``; with the day where it is another one than that of `day_of`."""
        if not is_known(at):
            return self.say("time.unknown")
        local = at.astimezone(self.zone)
        same = day_of is None or local.date() == day_of.astimezone(self.zone).date()
        return f"{local:%H:%M:%S}" if same else f"{local:%m-%d %H:%M:%S}"

    def span(self, first: datetime, last: datetime, day_of: datetime | None = None) -> str:
        """One time, or the first and the last."""
        begin, end = self.clock(first, day_of), self.clock(last, day_of or first)
        return begin if begin == end else f"{begin}–{end}"

    def day(self, at: datetime) -> str:
        """``2020-07-22 (Wed)``; nothing where the time is unknown, which its clock says."""
        if not is_known(at):
            return ""
        local = at.astimezone(self.zone)
        return f"{local:%Y-%m-%d} ({_WEEKDAYS[self.say.language][local.weekday()]})"

    def zone_name(self, at: datetime) -> str:
        """``JST (UTC+09:00)``, or ``UTC``."""
        local = at.astimezone(self.zone)
        offset = f"{local:%z}"
        name = local.tzname() or ""
        shown = f"UTC{offset[:3]}:{offset[3:]}"
        return "UTC" if name == "UTC" else f"{name} ({shown})" if name.isalpha() else shown


def page_for(output: Path | None, language: str, zone: tzinfo | None) -> Page:
    """A page as wide as the terminal, coloured if it is one; plain for pipes and files."""
    terminal = output is None and sys.stdout.isatty()
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    columns = shutil.get_terminal_size((PLAIN, 24)).columns if output is None else PLAIN
    return Page(min(max(columns, NARROWEST), WIDEST), language, zone or UTC, colour)


def _text(parts: tuple[str | Part, ...], style: str) -> Text:
    whole = Text(style=style)
    for part in parts:
        text, own = (part, "") if isinstance(part, str) else part
        whole.append(visible(text), own)
    return whole


def broken(text: str, first: int, rest: int) -> Iterator[tuple[int, int]]:
    """Where each line begins and ends: after spaces, between Japanese letters, else wherever it must be."""
    start, room = 0, max(first, 8)
    while start < len(text):
        end = _line_end(text, start, room)
        yield start, end
        start = end
        while start < len(text) and text[start] == " ":
            start += 1
        room = max(rest, 8)
    if not text:
        yield 0, 0


def _line_end(text: str, start: int, room: int) -> int:
    used, may_break = 0, start
    for at in range(start, len(text)):
        used += cell_len(text[at])
        if used > room and text[at] != " ":
            return may_break if may_break > start else max(at, start + 1)
        if _breakable(text, at):
            may_break = at + 1
    return len(text)


def _breakable(text: str, at: int) -> bool:
    """Whether a line may end after this character."""
    if at + 1 >= len(text):
        return True
    here, following = text[at], text[at + 1]
    if here == " ":
        return following != " "
    if following in _NOT_FIRST or here in _NOT_LAST:
        return False
    return cell_len(here) == 2 or cell_len(following) == 2
