"""A script to one `Evaluation`: its statements, then, for their texts, functions that nothing called."""

from __future__ import annotations

import re
from typing import Any, Final

from noroshi.examine.budget import Budget
from noroshi.examine.javascript.calling import ReturnSignal
from noroshi.examine.javascript.globals import install
from noroshi.examine.javascript.literals import text_in
from noroshi.examine.javascript.rendering import render
from noroshi.examine.javascript.statements import BreakSignal, Runner
from noroshi.examine.javascript.tree import Node, parsed, walked
from noroshi.examine.javascript.values import Function, Scope, ThrowSignal, Unknown, text_of
from noroshi.examine.meter import LimitError, Meter
from noroshi.examine.model import EffectKind, Evaluation
from noroshi.examine.powershell.values import EvaluationError
from noroshi.examine.stack import with_room
from noroshi.examine.vba.evaluator import Evaluator
from noroshi.examine.vba.nodes import Module, Procedure
from noroshi.examine.vba.session import Frame, Session
from noroshi.examine.vba.values import FaultError

MAX_SOURCE: Final = 1 << 22
MAX_INNER: Final = 200
"""Texts that are evaluated as scripts."""

_IGNORED: Final = re.compile(r"(?im)^\s*@(?:if|else|elif|end|set|cc_on)\b[^\r\n]*|/\*@cc_on|@\*/")


class Script(Runner):
    """One script and the texts that it evaluates."""

    def __init__(self, session: Session, host: Evaluator) -> None:
        super().__init__(session, host)
        self._texts = 0

    def run(self, source: str, scope: Scope) -> Any:
        """The statements of a source that stands in the session's; its last expression's value.

        Raises:
            LimitError: The budget ends.
        """
        tree = parsed(source, self.session.meter)
        self.literals(tree)
        self.hoist(tree, scope)
        value: Any = None
        for kid in tree.kids:
            try:
                if kid.kind == "expression_statement":
                    value = self.value(kid, scope)
                else:
                    self.statement(kid, scope)
            except ReturnSignal as signal:
                return signal.value
            except BreakSignal:
                continue
            except ThrowSignal as signal:
                self.session.unknown_at(kid, text_of(signal.value)[:80])
            except (EvaluationError, FaultError) as problem:
                self.session.unknown_at(kid, str(problem)[:80])
        return value

    def literals(self, tree: Node) -> None:
        """Every text that is written in the script."""
        for node in walked(tree):
            if node.kind in {"string", "string_fragment"}:
                self.session.see(text_in(node), "literal", node)

    def evaluated(self, text: Any) -> Any:
        """``eval``: an effect, and the text is evaluated where it stands."""
        if not isinstance(text, str):
            return text
        if self.here is not None:
            self.session.effect(
                EffectKind.SCRIPT, "eval", self.here, text=text, language="javascript", evaluated="in place"
            )
        return self._within(text, self.world)

    def _within(self, text: str, scope: Scope) -> Any:
        """Evaluate another source: the session's is put aside meanwhile."""
        if self._texts >= MAX_INNER or len(text) > MAX_SOURCE:
            return Unknown("eval")
        self._texts += 1
        session = self.session
        before, here = (session.source, session.lines), self.here
        session.source, session.lines = text, []
        try:
            return self.run(text, scope)
        finally:
            session.source, session.lines = before
            self.here = here

    def compiled(self, values: list[Any]) -> Any:
        """``Function(parameters …, body)``: an effect, and a function."""
        *names, body = [text_of(value) for value in values] or [""]
        if self.here is not None:
            self.session.effect(
                EffectKind.SCRIPT,
                "Function",
                self.here,
                text=body,
                language="javascript",
                evaluated="in place",
            )
        source = f"(function({','.join(names)}){{{body}\n}})"
        found = self._within(source, self.world)
        return found if isinstance(found, Function) else Unknown("Function")

    def dead(self) -> None:
        """Functions that nothing called, for their texts only."""
        self.session.dead = True
        for function in list(self.made.values()):
            if id(function.node) in self.called:
                continue
            try:
                self.call(function, None, [Unknown("argument")] * 3)
            except (ThrowSignal, BreakSignal, ReturnSignal, EvaluationError, FaultError):
                continue


def evaluate(text: str, budget: Budget | None = None) -> Evaluation:
    """What a script would do, and every text that comes up in it. Nothing is executed.

    Args:
        text: JavaScript or JScript.
        budget: Shared with the rest of an examination; a fresh one by default.
    """
    return with_room(lambda: _evaluate(text[:MAX_SOURCE], budget or Budget()))


def _evaluate(text: str, budget: Budget) -> Evaluation:
    source = _IGNORED.sub(lambda found: " " * len(found[0]), text)
    session = _session(source, budget)
    script = Script(session, Evaluator(session, lambda _: None))
    session.frames.append(Frame(session.modules["script"].top))
    install(script)
    try:
        script.run(source, script.world)
        script.dead()
    except LimitError:
        pass
    except RecursionError:
        session.unknown.setdefault("nested too deeply")
    session.settle()
    return Evaluation(
        effects=tuple(session.effects),
        seen=tuple(session.seen.values()),
        cleaned=render(source, session),
        foldings=tuple(session.foldings),
        bounded=tuple(budget.reached.values()),
        unknown=tuple(session.unknown),
        steps=session.meter.steps,
    )


def _session(source: str, budget: Budget) -> Session:
    top = Procedure(0, len(source), "", "script")
    lines = [match.end() for match in re.finditer(r"\r\n?|\n", source)]
    return Session(
        Meter(budget), source, {"script": Module("", 0, max(len(source), 1 << 62), top)}, {}, {}, lines=lines,
        globals={"script": {}}, global_types={"script": {}},
    )  # fmt: skip
