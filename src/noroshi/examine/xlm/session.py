"""What an evaluation of macro sheets knows and has found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import Effect, EffectKind, Place, Seen
from noroshi.examine.xlm.nodes import Cell, Sheet, address
from noroshi.examine.xlm.values import OPEN, FaultError, text_of

if TYPE_CHECKING:
    from noroshi.examine.meter import Meter
    from noroshi.examine.xlm.nodes import Book
    from noroshi.examine.xlm.values import Area

SHORTEST_TEXT: Final = 3
SHORTEST_GROWING: Final = 64
MAX_UNKNOWN: Final = 300
Spot = tuple[str, int, int]
"""Sheet, row and column of a cell."""


class HaltSignal(Exception):  # noqa: N818 - flow of control, not a mistake
    """``HALT`` or ``CLOSE``: everything stops."""


class JumpSignal(Exception):  # noqa: N818 - as above
    """``GOTO``.

    Attributes:
        spot: Where it goes on.
    """

    def __init__(self, spot: Spot) -> None:
        super().__init__(spot)
        self.spot = spot


class ReturnSignal(Exception):  # noqa: N818 - as above
    """``RETURN``.

    Attributes:
        value: What the macro gives.
    """

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


@dataclass(slots=True)
class Frame:
    """A running macro.

    Attributes:
        given: Arguments that ``ARGUMENT`` has not taken yet.
        loops: Places of ``WHILE`` and ``FOR`` that are open, with what is left of each.
        unsure: Blocks of ``IF`` that are open: whether their condition was not known.
    """

    spot: Spot
    given: list[Any] = field(default_factory=list)
    loops: list[tuple[Spot, Any]] = field(default_factory=list)
    unsure: list[bool] = field(default_factory=list)


@dataclass(slots=True)
class Session:
    """One evaluation of a book.

    Attributes:
        values: Names that the macros set, in lower case.
        registered: Name that ``REGISTER`` gave a function of a library → library and function.
        files: Handle of an open file → its path.
        quiet: Deeper than 0 where nothing has effects: code that would not run.
        doubtful: Deeper than 0 inside a condition's branch that may not run: nothing ends or leaves.
        guesses: How often a value of the machine was guessed.
        pending: Places that may be jumped to.
        ran: Cells that were evaluated.
    """

    book: Book
    meter: Meter
    frames: list[Frame] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    registered: dict[str, tuple[str, str]] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)
    selection: Area | None = None
    quiet: int = 0
    doubtful: int = 0
    guesses: int = 0
    pending: list[Spot] = field(default_factory=list)
    ran: set[Spot] = field(default_factory=set)
    effects: list[Effect] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    _latest: str = ""
    _sheets: dict[str, Sheet] = field(default_factory=dict)

    @property
    def spot(self) -> Spot:
        """The cell that is evaluated now."""
        return self.frames[-1].spot if self.frames else ("", 0, 0)

    def sheet(self, name: str) -> Sheet | None:
        """A sheet by its name; the running one by the empty name."""
        key = (name or self.spot[0]).lower()
        if key not in self._sheets:
            found = self.book.sheet(key)
            if found is None:
                return None
            self._sheets[key] = found
        return self._sheets[key]

    def cell(self, sheet: str, row: int, column: int) -> Cell | None:
        """A cell that holds something."""
        found = self.sheet(sheet)
        return None if found is None else found.cells.get((row, column))

    def put(self, sheet: str, row: int, column: int, cell: Cell) -> None:
        """Write a cell."""
        found = self.sheet(sheet)
        if found is not None:
            self.meter.items(16)
            found.cells[row, column] = cell

    def place(self) -> Place:
        """The running cell."""
        sheet, row, column = self.spot
        return Place(row + 1, -1, f"{sheet}!{address(row, column)}" if sheet else "")

    def see(self, value: Any, how: str = "computed") -> None:
        """Keep a text; one that only continues the latest one replaces it."""
        if not isinstance(value, str) or len(value) < SHORTEST_TEXT or value in self.seen:
            return
        if len(self._latest) >= SHORTEST_GROWING and value.startswith(self._latest):
            self.seen.pop(self._latest, None)
        self.meter.text(len(value))
        self._latest = value
        self.seen[value] = Seen(value, how, self.place())

    def effect(self, kind: EffectKind, by: str, **arguments: Any) -> None:
        """Something that the macros would do; nothing where they are quiet."""
        texts = {name: _argument(value) for name, value in arguments.items() if value not in {None, ""}}
        for text in texts.values():
            self.see(text)
        if not self.quiet:
            exact = not any(OPEN in text for text in texts.values())
            made = Effect(kind, texts, by, self.place(), exact)
            if made not in self.effects[-50:]:
                self.effects.append(made)

    def cannot(self, what: str) -> None:
        """Note what could not be evaluated."""
        if not self.quiet and len(self.unknown) < MAX_UNKNOWN:
            self.unknown.setdefault(what)


def _argument(value: Any) -> str:
    try:
        return text_of(value)
    except FaultError as problem:
        return str(problem.fault)
