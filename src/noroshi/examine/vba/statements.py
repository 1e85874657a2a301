"""Statements: one after the other, with jumps, loops, handlers of errors and ``With``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.vba import objects
from noroshi.examine.vba.contents import items_of
from noroshi.examine.vba.evaluator import Evaluator
from noroshi.examine.vba.forms import controls_of
from noroshi.examine.vba.nodes import Member, Node, Statement
from noroshi.examine.vba.operators import compare
from noroshi.examine.vba.storing import Storage
from noroshi.examine.vba.values import (
    Array,
    FaultError,
    Thing,
    Unknown,
    number_of,
    text_of,
    truth_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.examine.vba.session import Frame, Session

LEAVE: Final = 1 << 30
"""The place behind every procedure's end."""
_NO_FAULT_LEFT: Final = -1


class EndSignal(Exception):  # noqa: N818 - flow of control, not a mistake
    """``End``: everything stops."""


class Runner(Storage):
    """Runs the statements of one session."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, Evaluator(session, self.run))

    def run(self, frame: Frame) -> None:
        """A procedure from its first statement.

        Raises:
            FaultError: An error that a handler of a caller may catch.
            EndSignal: The code ends everything.
            LimitError: The budget ends.
        """
        body = frame.procedure.body
        reached, meter = frame.procedure.reached, self.session.meter
        at = 0
        while at < len(body):
            statement = body[at]
            reached.add(at)
            meter.step()
            action = _ACTIONS.get(statement.word)
            if action is None:
                at += 1
                continue
            try:
                at = action(self, frame, statement, at)
            except FaultError as fault:
                at = self._fault(frame, statement, at, fault)

    def single(self, statement: Statement) -> None:
        """One statement that is not reached, for its texts: no jump and no loop."""
        if statement.word in {"let", "set", "call", "const", "print", "open"}:
            _ACTIONS[statement.word](self, self.session.frame, statement, 0)
            return
        for part in statement.parts:
            if isinstance(part, Node):
                self.evaluator.value(part)

    def _fault(self, frame: Frame, statement: Statement, at: int, fault: FaultError) -> int:
        if frame.handler == "next":
            return self._after(frame, statement, at)
        target = frame.procedure.labels.get(frame.handler)
        if target is not None and frame.faulted == _NO_FAULT_LEFT:
            frame.faulted = at
            return target
        if any(caller.handler for caller in self.session.frames[:-1]):
            raise fault
        self.session.unknown_at(statement, f"error {fault.number}")
        return self._after(frame, statement, at)

    def _after(self, frame: Frame, statement: Statement, at: int) -> int:
        """Behind a statement that failed; a condition that failed counts as not known."""
        if statement.word in {"if", "select", "elseif"}:
            frame.unsure.add(at if statement.word != "elseif" else statement.partner)
        if statement.word in {"for", "for each"}:
            return statement.partner + 1
        if statement.word == "loop" or (statement.word == "do" and statement.parts):
            frame.once.add(at)
        return at + 1

    # -- values --

    def _let(self, _: Frame, statement: Statement, at: int) -> int:
        target, node = statement.parts
        value = self.evaluator.value(node)
        if isinstance(value, Thing):
            value = self._meant(target, value, node)
        elif isinstance(value, Array):
            self.session.meter.items(len(value.items))
            value = value.copy()
        self.store(target, value)
        return at + 1

    def _meant(self, target: Node, value: Thing, node: Node) -> Any:
        """An object on the right of ``=``: its default property, or itself where that is not known."""
        if isinstance(target, Member) and value.kind not in objects.PLAIN:
            return value
        found = objects.default_of(self.evaluator, value)
        if found is not None:
            return found
        return value if value.kind in {"answer", "document"} else self.session.unknown_at(node)

    def _set(self, _: Frame, statement: Statement, at: int) -> int:
        target, node = statement.parts
        self.store(target, self.evaluator.value(node))
        return at + 1

    def _call(self, _: Frame, statement: Statement, at: int) -> int:
        self.evaluator.call_statement(statement.parts[0])
        return at + 1

    def _const(self, frame: Frame, statement: Statement, at: int) -> int:
        frame_variables = self._variables(frame)
        frame_variables[statement.name] = self.evaluator.scalar(statement.parts[0])
        return at + 1

    def _variables(self, frame: Frame) -> dict[str, Any]:
        """Where a declaration puts its variables."""
        return frame.variables if frame.procedure.name else self.session.globals[frame.procedure.module]

    # -- declarations --

    def _dim(self, frame: Frame, statement: Statement, at: int) -> int:
        variables = self._variables(frame)
        types = frame.types if frame.procedure.name else self.session.global_types[frame.procedure.module]
        for declared in statement.parts:
            if declared.bounds is not None and not declared.bounds:
                types[declared.name] = declared.type + "()" if declared.type == "byte" else ""
            elif declared.type:
                types[declared.name] = declared.type
            if declared.name in variables and isinstance(variables[declared.name], str | int | float):
                continue
            variables[declared.name] = self._fresh(statement, declared)
        return at + 1

    def _redim(self, _: Frame, statement: Statement, at: int) -> int:
        for declared in statement.parts:
            before = self.evaluator.variable(declared.name)
            old = before if isinstance(before, Array) else None
            if old is not None and not declared.type:
                declared.type = old.type
            made = self._array(declared)
            if statement.name == "preserve" and old is not None:
                kept = min(len(old.items), len(made.items))
                made.items[:kept] = old.items[:kept]
            self.evaluator.assign(declared.name, made)
        return at + 1

    # -- conditions --

    def _if(self, frame: Frame, statement: Statement, at: int) -> int:
        body = frame.procedure.body
        opener = at
        while True:
            truth = truth_of(self.evaluator.scalar(statement.parts[0]))
            if truth is None:
                frame.unsure.add(opener)
            if truth is not False:
                return at + 1
            at = statement.jump
            if at >= len(body):
                return at
            statement = body[at]
            frame.procedure.reached.add(at)
            if statement.word != "elseif":
                return at + 1

    def _clause(self, frame: Frame, statement: Statement, at: int) -> int:
        """The next clause, reached from the end of the one before it."""
        if statement.partner < 0 or statement.partner in frame.unsure:
            return at + 1
        end = frame.procedure.body[statement.partner].partner
        return end if end >= 0 else at + 1

    def _end_block(self, frame: Frame, statement: Statement, at: int) -> int:
        frame.unsure.discard(statement.partner)
        return at + 1

    def _select(self, frame: Frame, statement: Statement, at: int) -> int:
        body = frame.procedure.body
        value = self.evaluator.scalar(statement.parts[0])
        clause = statement.jump
        while clause < len(body) and body[clause].word == "case":
            frame.procedure.reached.add(clause)
            fits = body[clause].name == "else" or self._fits(value, body[clause].parts)
            if fits is None:
                frame.unsure.add(at)
            if fits is not False:
                return clause + 1
            clause = body[clause].jump
        return clause

    def _fits(self, value: Any, tests: tuple[tuple[str, Node, Node | None], ...]) -> bool | None:
        for sign, node, high in tests:
            wanted = self.evaluator.scalar(node)
            if sign == "to" and high is not None:
                low = compare(">=", value, wanted)
                fits = low if not low else compare("<=", value, self.evaluator.scalar(high))
            else:
                fits = compare(sign, value, wanted)
            if fits is not False:
                return fits
        return False

    # -- loops --

    def _for(self, frame: Frame, statement: Statement, at: int) -> int:
        variable, *nodes = statement.parts
        values = [1 if node is None else self.evaluator.scalar(node) for node in nodes]
        if any(isinstance(value, Unknown) for value in values):
            self.store(variable, values[0])
            frame.loops[at] = iter(())
            return at + 1
        first, last, step = (number_of(value) for value in values)
        frame.loops[at] = _numbers(first, last, step)
        return self._again(frame, statement, at)

    def _for_each(self, frame: Frame, statement: Statement, at: int) -> int:
        value = self.evaluator.value(statement.parts[1])
        if isinstance(value, Array):
            frame.loops[at] = iter(list(value.items))
        elif isinstance(value, Thing) and value.kind in {"dictionary", "collection"}:
            items = items_of(value)
            frame.loops[at] = iter(list(items) if value.kind == "dictionary" else list(items.values()))
        elif isinstance(value, Thing) and value.kind == "form":
            frame.loops[at] = iter(controls_of(self.session, value))
        else:
            self.store(statement.parts[0], Unknown(self.session.text_at(statement.parts[0])))
            frame.loops[at] = iter(())
            return at + 1
        return self._again(frame, statement, at)

    def _again(self, frame: Frame, statement: Statement, at: int) -> int:
        for value in frame.loops.get(at, ()):
            self.store(statement.parts[0], value)
            return at + 1
        return statement.partner + 1 if statement.partner >= 0 else at + 1

    def _next(self, frame: Frame, statement: Statement, at: int) -> int:
        opener = statement.partner
        if opener < 0 or opener not in frame.loops:
            return at + 1
        return self._again(frame, frame.procedure.body[opener], opener)

    def _holds(self, statement: Statement) -> bool | None:
        truth = truth_of(self.evaluator.scalar(statement.parts[0]))
        return truth if truth is None or statement.name == "while" else not truth

    def _do(self, frame: Frame, statement: Statement, at: int) -> int:
        if not statement.parts:
            return at + 1
        holds = self._holds(statement)
        if holds is None:
            frame.once.add(at)
        return statement.partner + 1 if holds is False and statement.partner >= 0 else at + 1

    def _loop(self, frame: Frame, statement: Statement, at: int) -> int:
        opener = statement.partner
        if opener < 0 or opener in frame.once or at in frame.once:
            frame.once -= {opener, at}
            return at + 1
        if statement.parts:
            return opener + 1 if self._holds(statement) else at + 1
        return opener

    def _exit(self, frame: Frame, statement: Statement, at: int) -> int:
        if statement.name in {"for", "do", "while"}:
            if frame.unsure or statement.partner < 0:
                frame.once.add(statement.partner)
                if statement.partner in frame.loops:
                    frame.loops[statement.partner] = iter(())
                return at + 1
            return frame.procedure.body[statement.partner].partner + 1
        return at + 1 if frame.unsure else LEAVE

    # -- jumps --

    def _goto(self, frame: Frame, statement: Statement, at: int) -> int:
        target = frame.procedure.labels.get(statement.name)
        return at + 1 if target is None or frame.unsure else target

    def _go_sub(self, frame: Frame, statement: Statement, at: int) -> int:
        target = frame.procedure.labels.get(statement.name)
        if target is None or len(frame.returns) > 1_000:
            return at + 1
        frame.returns.append(at + 1)
        return target

    def _return(self, frame: Frame, _: Statement, at: int) -> int:
        return frame.returns.pop() if frame.returns else at + 1

    def _on_error(self, frame: Frame, statement: Statement, at: int) -> int:
        frame.handler = (
            ""
            if statement.name in {"0", "1"} and statement.name not in frame.procedure.labels
            else statement.name
        )
        return at + 1

    def _resume(self, frame: Frame, statement: Statement, at: int) -> int:
        back = frame.faulted
        if back == _NO_FAULT_LEFT:
            return at + 1
        frame.faulted = _NO_FAULT_LEFT
        if statement.name in frame.procedure.labels:
            return frame.procedure.labels[statement.name]
        return back + 1

    def _end(self, frame: Frame, _: Statement, at: int) -> int:
        if frame.unsure:
            return at + 1
        raise EndSignal

    # -- with, files --

    def _with(self, frame: Frame, statement: Statement, at: int) -> int:
        frame.withs.append(Unknown(self.session.text_at(statement)))
        frame.withs[-1] = self.evaluator.value(statement.parts[0])
        return at + 1

    def _end_with(self, frame: Frame, _: Statement, at: int) -> int:
        if frame.withs:
            frame.withs.pop()
        return at + 1

    def _open(self, _: Frame, statement: Statement, at: int) -> int:
        path, number = statement.parts
        where = self.evaluator.text(path)
        self.session.files[self._number(number)] = where
        kind = EffectKind.FILE_READ if statement.name == "input" else EffectKind.FILE_WRITE
        if kind is EffectKind.FILE_READ:
            self.session.effect(kind, "Open", statement, path=where)
        return at + 1

    def _number(self, node: Node | None) -> str:
        return "" if node is None else self.evaluator.text(node)

    def _print(self, _: Frame, statement: Statement, at: int) -> int:
        number, *nodes = statement.parts
        values = [self.evaluator.scalar(node) for node in nodes if node is not None]
        path = self.session.files.get(self._number(number), "")
        content = values[0] if len(values) == 1 else "".join(text_of(value) for value in values)
        by = "Put" if statement.name == "put" else "Print"
        self.session.effect(EffectKind.FILE_WRITE, by, statement, path=path, content=content)
        return at + 1


def _numbers(first: float, last: float, step: float) -> Iterator[float]:
    """The values of a ``For``; the variable is left one step behind the last, as VBA leaves it."""
    value = first
    while (value <= last) if step >= 0 else (value >= last):
        yield value
        value += step


_ACTIONS: Final[dict[str, Callable[[Runner, Frame, Statement, int], int]]] = {
    word: getattr(Runner, name)
    for word, name in {
        "let": "_let", "set": "_set", "call": "_call", "const": "_const", "dim": "_dim", "redim": "_redim",
        "if": "_if", "elseif": "_clause", "else": "_clause", "case": "_clause", "end if": "_end_block",
        "select": "_select", "end select": "_end_block", "for": "_for", "for each": "_for_each",
        "next": "_next",
        "do": "_do", "loop": "_loop", "exit": "_exit", "goto": "_goto", "gosub": "_go_sub",
        "return": "_return",
        "on error": "_on_error", "resume": "_resume", "end": "_end", "with": "_with", "end with": "_end_with",
        "open": "_open", "print": "_print",
    }.items()
}  # fmt: skip
