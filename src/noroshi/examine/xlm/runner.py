"""Runs macros: cell after cell down a column, with jumps, loops, blocks and macros inside macros."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.xlm.actions import ACTIONS
from noroshi.examine.xlm.arguments import given, said, target
from noroshi.examine.xlm.evaluator import Evaluator
from noroshi.examine.xlm.machine import library_call
from noroshi.examine.xlm.nodes import Call, Named, Reference
from noroshi.examine.xlm.rendering import shown
from noroshi.examine.xlm.session import Frame, JumpSignal, ReturnSignal
from noroshi.examine.xlm.values import Area, FaultError, Unknown, number_of, truth_of, unknown_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.xlm.session import Session, Spot

MAX_CALLS: Final = 60
MAX_VISITS: Final = 50_000
"""Of one cell; a loop beyond is given up."""
_OPENING: Final = {"WHILE", "FOR", "FOR.CELL"}


class Runner:
    """Runs the macros of one session."""

    def __init__(self, session: Session) -> None:
        self.session: Final = session
        self.evaluator: Final = Evaluator(session)
        self.evaluator.macros = {**ACTIONS, "RUN": self._run_macro, "ON.TIME": self._on_time}
        self.evaluator.run_named = self._run_named
        self._visits: dict[Spot, int] = {}

    def macro(self, spot: Spot, arguments: list[Any]) -> Any:
        """What the macro at a cell gives.

        Raises:
            HaltSignal: It ends everything.
            LimitError: The budget ends.
        """
        session = self.session
        if len(session.frames) >= MAX_CALLS:
            session.cannot(f"{spot[0]}: calls nested too deeply")
            return Unknown("RUN")
        session.frames.append(Frame(spot, arguments))
        try:
            self._down(spot)
        except ReturnSignal as signal:
            return signal.value
        finally:
            session.frames.pop()
        return True

    def _down(self, spot: Spot) -> None:
        """One cell after the other; empty cells are passed, as Excel does."""
        at: Spot | None = spot
        while at is not None:
            self.session.frames[-1].spot = at
            self._visits[at] = self._visits.get(at, 0) + 1
            if self._visits[at] > MAX_VISITS:
                self.session.cannot(f"{at[0]}: a loop without an end")
                return
            try:
                at = self._cell(at)
            except JumpSignal as signal:
                at = signal.spot

    def _cell(self, at: Spot) -> Spot | None:
        """Evaluate one cell; where it goes on."""
        session = self.session
        session.meter.step()
        cell = session.cell(*at)
        if cell is not None and cell.formula is not None:
            session.ran.add(at)
            node = cell.formula
            if isinstance(node, Call) and node.name in _BLOCKS:
                return _BLOCKS[node.name](self, node, at)
            if isinstance(node, Call) and node.name == "IF" and len(node.arguments) == 1:
                return self._if_block(node, at)
            try:
                cell.value = self.evaluator.value(node)
            except FaultError as problem:
                cell.value = problem.fault
        return self._below(at)

    def _below(self, at: Spot) -> Spot | None:
        """The next cell of the column that holds something."""
        sheet = self.session.sheet(at[0])
        if sheet is None:
            return None
        for distance in range(1, 64):
            if (at[1] + distance, at[2]) in sheet.cells:
                return at[0], at[1] + distance, at[2]
        self.session.meter.items(len(sheet.cells) >> 2)
        rows = [row for row, column in sheet.cells if column == at[2] and row > at[1]]
        return (at[0], min(rows), at[2]) if rows else None

    def _column(self, at: Spot) -> Iterator[tuple[Spot, Call]]:
        """The calls below a cell, in order."""
        below = self._below(at)
        while below is not None:
            self.session.meter.step()
            cell = self.session.cell(*below)
            if cell is not None and isinstance(cell.formula, Call):
                yield below, cell.formula
            below = self._below(below)

    # -- blocks --

    def _of_block(self, at: Spot) -> Iterator[tuple[Spot, Call]]:
        """The calls below a cell that belong to its own block, not to one inside it."""
        depth = 0
        for below, call in self._column(at):
            if call.name == "IF" and len(call.arguments) == 1:
                depth += 1
            elif not depth:
                yield below, call
            elif call.name == "END.IF":
                depth -= 1

    def _truth(self, node: Call) -> bool | None:
        before = self.session.guesses
        try:
            truth = truth_of(self.evaluator.value(node.arguments[0])) if node.arguments else None
        except FaultError:
            truth = None
        return truth if self.session.guesses == before else None

    def _if_block(self, node: Call, at: Spot) -> Spot | None:
        truth = self._truth(node)
        self.session.frames[-1].unsure.append(truth is None)
        return self._below(at) if truth is not False else self._clause(at)

    def _clause(self, at: Spot) -> Spot | None:
        """Where a block goes on whose condition does not hold."""
        for below, call in self._of_block(at):
            if call.name == "END.IF":
                return below
            if call.name == "ELSE":
                return self._below(below)
            if call.name == "ELSE.IF":
                truth = self._truth(call)
                self.session.frames[-1].unsure[-1:] = [truth is None]
                return self._below(below) if truth is not False else self._clause(below)
        return self._below(at)

    def _else(self, _: Call, at: Spot) -> Spot | None:
        """The next clause, reached from the end of the one before it."""
        unsure = self.session.frames[-1].unsure
        if not unsure or unsure[-1]:
            return self._below(at)
        for below, call in self._of_block(at):
            if call.name == "END.IF":
                return below
        return self._below(at)

    def _end_if(self, _: Call, at: Spot) -> Spot | None:
        if self.session.frames[-1].unsure:
            self.session.frames[-1].unsure.pop()
        return self._below(at)

    # -- loops --

    def _while(self, node: Call, at: Spot) -> Spot | None:
        truth = self._truth(node)
        loops = self.session.frames[-1].loops
        if truth is False or (loops and loops[-1] == (at, "once")):
            if loops and loops[-1][0] == at:
                loops.pop()
            return self._after_loop(at)
        if not loops or loops[-1][0] != at:
            loops.append((at, "once" if truth is None else "while"))
        return self._below(at)

    def _for(self, node: Call, at: Spot) -> Spot | None:
        name = said(self.evaluator, node, 0).lower()
        first, last, step = (given(self.evaluator, node, place, 1) for place in (1, 2, 3))
        if any(unknown_in(one) for one in (first, last, step)):
            values: list[Any] = [first]
        else:
            begin, end, by = (number_of(one) for one in (first, last, step))
            count = int((end - begin) / by) + 1 if by else 1
            self.session.meter.items(max(0, min(count, MAX_VISITS)))
            values = [begin + by * turn for turn in range(min(max(0, count), MAX_VISITS))]
        return self._each(name, values, at)

    def _for_cell(self, node: Call, at: Spot) -> Spot | None:
        name, area = said(self.evaluator, node, 0).lower(), target(self.evaluator, node, 1)
        values: list[Any] = []
        if area is not None and area.rows * area.columns <= MAX_VISITS:
            values = [
                Area(area.sheet, row, column, row, column)
                for row in range(area.row, area.last_row + 1)
                for column in range(area.column, area.last_column + 1)
            ]
        return self._each(name, values, at)

    def _each(self, name: str, values: list[Any], at: Spot) -> Spot | None:
        if not values:
            return self._after_loop(at)
        self.session.values[name] = values[0]
        self.session.frames[-1].loops.append((at, (name, iter(values[1:]))))
        return self._below(at)

    def _next(self, _: Call, at: Spot) -> Spot | None:
        loops = self.session.frames[-1].loops
        if not loops:
            return self._below(at)
        opener, left = loops[-1]
        if isinstance(left, str):
            return opener
        name, values = left
        for value in values:
            self.session.values[name] = value
            return self._below(opener)
        loops.pop()
        return self._below(at)

    def _break(self, _: Call, at: Spot) -> Spot | None:
        loops = self.session.frames[-1].loops
        return self._after_loop(loops.pop()[0]) if loops else self._below(at)

    def _after_loop(self, at: Spot) -> Spot | None:
        depth = 0
        for below, call in self._column(at):
            if call.name in _OPENING:
                depth += 1
            elif call.name == "NEXT":
                if not depth:
                    return self._below(below)
                depth -= 1
        return self._below(at)

    # -- macros by reference or name --

    def _run_macro(self, evaluator: Evaluator, call: Call) -> Any:
        area = target(evaluator, call, 0)
        if area is None:
            evaluator.session.cannot(shown(call)[:60])
            return Unknown("RUN")
        return self.macro((area.sheet, area.row, area.column), [])

    def _on_time(self, evaluator: Evaluator, call: Call) -> Any:
        area = target(evaluator, call, 1)
        return True if area is None else self.macro((area.sheet, area.row, area.column), [])

    def _run_named(self, evaluator: Evaluator, call: Call) -> Any:
        """A call of a name or a cell: a registered function of a library, or a macro."""
        name = call.target.name.lower() if isinstance(call.target, Named) else call.name.lower()
        registered = self.session.registered.get(name)
        if registered is not None:
            values = [said(evaluator, call, place) for place in range(len(call.arguments))]
            return library_call(evaluator, *registered, values)
        area: Any = evaluator.operand(call.target) if isinstance(call.target, Named | Reference) else None
        arguments = [self._given(call, place) for place in range(len(call.arguments))]
        if isinstance(area, Area) and evaluator.session.sheet(area.sheet) is not None:
            return self.macro((area.sheet, area.row, area.column), arguments)
        for value in arguments:
            evaluator.session.see(value)
        evaluator.session.cannot(shown(call)[:60])
        return Unknown(shown(call)[:60])

    def _given(self, call: Call, place: int) -> Any:
        try:
            return self.evaluator.value(call.arguments[place])
        except FaultError as problem:
            return problem.fault


_BLOCKS: Final = {
    "ELSE": Runner._else, "ELSE.IF": Runner._else, "END.IF": Runner._end_if,  # noqa: SLF001 - the table of this class
    "WHILE": Runner._while, "FOR": Runner._for, "FOR.CELL": Runner._for_cell,  # noqa: SLF001 - as above
    "NEXT": Runner._next, "BREAK": Runner._break,  # noqa: SLF001 - as above
}  # fmt: skip
