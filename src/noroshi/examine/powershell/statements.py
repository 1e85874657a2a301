"""Statements: what would run, in which order, with every way explored where the way is unknown.

* An unknown condition: both branches, one after the other.
* A loop that has caused an effect is not ended by ``break`` or ``return``: whether the first download
  succeeds is not known, and the other addresses are traces too.
* An error is not raised; ``catch`` runs as code that might run, without effects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell import nodes as n
from noroshi.examine.powershell.cmdlets import run_command
from noroshi.examine.powershell.evaluator import Evaluator
from noroshi.examine.powershell.operators import wildcard
from noroshi.examine.powershell.parser import parse_at
from noroshi.examine.powershell.regexes import compiled
from noroshi.examine.powershell.session import MAX_CALLS
from noroshi.examine.powershell.values import (
    EvaluationError,
    ScriptValue,
    Unknown,
    from_items,
    items_of,
    same,
    text_of,
    truth_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from noroshi.examine.powershell.session import Session

ENDLESS: Final = 100_000
"""Turns of a loop whose condition does not depend on it."""


class FlowSignal(Exception):  # noqa: N818 - control flow, no error
    """``break``, ``continue``, ``return``, ``throw`` or ``exit`` on its way out."""

    def __init__(self, kind: str, value: Any = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.value = value


class Runner:
    """Runs statements of one session, statically."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.evaluator = Evaluator(session, self)

    def script(self, block: n.Block) -> list[Any]:
        """A whole script; its outputs."""
        outputs: list[Any] = []
        try:
            self._into(block, outputs)
        except FlowSignal as signal:
            outputs += items_of(signal.value)
        return outputs

    def block(self, block: n.Block) -> list[Any]:
        """The outputs of a block; `FlowSignal` goes through."""
        outputs: list[Any] = []
        self._into(block, outputs)
        return outputs

    def _into(self, block: n.Block, outputs: list[Any]) -> None:
        self.session.ran.add(block)
        for statement in block.statements:
            outputs += self.outputs(statement)

    def outputs(self, node: n.Node) -> list[Any]:
        """What a statement gives to the pipeline."""
        action = self._ACTIONS.get(type(node))
        if action is None:
            found = self.evaluator.value(node)
            return [] if isinstance(node, n.Postfix | n.Assign) else _unrolled(found)
        self.session.meter.step()
        found = action(self, node)
        return found if isinstance(found, list) else []

    # -- statements --

    def _nested_block(self, node: n.Block) -> list[Any]:
        return self.block(node)

    def _unparsed(self, node: n.Unparsed) -> None:
        self.session.unknown_at(node, node.reason)

    def _pipeline(self, node: n.Pipeline) -> list[Any]:
        values: list[Any] | None = None
        for element in node.elements:
            if isinstance(element, n.Command):
                values = run_command(self, element, values)
            else:
                values = self.outputs(element)
        return values or []

    def _command(self, node: n.Command) -> list[Any]:
        return run_command(self, node, None)

    def _if(self, node: n.If) -> list[Any]:
        outputs: list[Any] = []
        for condition, body in node.clauses:
            holds = self.evaluator.value(condition)
            if isinstance(holds, Unknown):
                outputs += self._perhaps(body)
            elif truth_of(holds):
                return outputs + self.block(body)
        if node.otherwise is not None:
            outputs += self.block(node.otherwise)
        return outputs

    def _perhaps(self, body: n.Block) -> list[Any]:
        """A branch that may be taken: its effects count, its way out does not."""
        try:
            return self.block(body)
        except FlowSignal as signal:
            return items_of(signal.value) if signal.kind == "return" else []

    def _loop(self, node: n.Loop) -> list[Any]:
        outputs: list[Any] = []
        before = len(self.session.effects)
        for turn in range(ENDLESS):
            if (node.kind == "while" or turn) and not self._goes_on(node, turn):
                break
            if not self._turn(node.body, outputs, before):
                break
            if len(self.session.effects) > before and turn >= 3:
                break
        return outputs

    def _goes_on(self, node: n.Loop, turn: int) -> bool:
        holds = self.evaluator.value(node.condition)
        if isinstance(holds, Unknown):
            return turn == 0
        return truth_of(holds) != (node.kind == "do-until")

    def _turn(self, body: n.Block, outputs: list[Any], effects: int) -> bool:
        """One turn; False where the loop ends."""
        try:
            self._into(body, outputs)
        except FlowSignal as signal:
            if signal.kind == "continue":
                return True
            caused = len(self.session.effects) > effects
            if signal.kind == "break":
                return caused
            if not caused:
                raise
            outputs += items_of(signal.value)
        return True

    def _for(self, node: n.For) -> list[Any]:
        outputs: list[Any] = []
        before = len(self.session.effects)
        if node.first is not None:
            self.outputs(node.first)
        for turn in range(ENDLESS):
            holds = True if node.condition is None else self.evaluator.value(node.condition)
            if isinstance(holds, Unknown) and turn:
                break
            if not isinstance(holds, Unknown) and not truth_of(holds):
                break
            if not self._turn(node.body, outputs, before):
                break
            if node.step is not None:
                self.outputs(node.step)
        return outputs

    def _foreach(self, node: n.ForEach) -> list[Any]:
        outputs: list[Any] = []
        before = len(self.session.effects)
        for item in list(items_of(self.evaluator.value(node.values))):
            self.session.assign(node.variable.name, item)
            if not self._turn(node.body, outputs, before):
                break
        return outputs

    def _switch(self, node: n.Switch) -> list[Any]:
        outputs: list[Any] = []
        for item in items_of(self.evaluator.value(node.value)):
            self.session.assign("_", item)
            try:
                self._clauses(node, item, outputs)
            except FlowSignal as signal:
                if signal.kind == "break":
                    break
                if signal.kind != "continue":
                    raise
        return outputs

    def _clauses(self, node: n.Switch, item: Any, outputs: list[Any]) -> None:
        taken = False
        for pattern, body in node.clauses:
            if pattern is not None and self._fits(node.flags, pattern, item):
                taken = True
                self._into(body, outputs)
        if not taken:
            for pattern, body in node.clauses:
                if pattern is None:
                    self._into(body, outputs)

    def _fits(self, flags: frozenset[str], pattern: n.Node, item: Any) -> bool:
        wanted = self.evaluator.value(pattern)
        if isinstance(item, Unknown):
            return True
        if isinstance(wanted, ScriptValue):
            return truth_of(from_items(self.block(wanted.body)))
        cased = "casesensitive" in flags
        if "regex" in flags:
            return compiled(text_of(wanted), cased=cased).search(text_of(item)) is not None
        if "wildcard" in flags:
            return wildcard(text_of(item), text_of(wanted), cased=cased)
        return (
            same(item, wanted, cased=cased)
            if not isinstance(item, str)
            else same(item, text_of(wanted), cased=cased)
        )

    def _try(self, node: n.Try) -> list[Any]:
        outputs: list[Any] = []
        try:
            self._into(node.body, outputs)
        except FlowSignal as signal:
            if signal.kind != "throw" or not node.handlers:
                self._finally(node, outputs)
                raise
            self.session.assign("_", signal.value)
            self._into(node.handlers[0], outputs)
        self._finally(node, outputs)
        return outputs

    def _finally(self, node: n.Try, outputs: list[Any]) -> None:
        if node.last is not None:
            self._into(node.last, outputs)

    def _function(self, node: n.Function) -> None:
        self.session.functions[node.name] = node.body

    def _flow(self, node: n.Flow) -> None:
        value = None if node.value is None else from_items(self.outputs(node.value))
        raise FlowSignal(node.kind, value)

    # -- calls --

    def call(
        self, block: n.Block, arguments: Sequence[Any], named: dict[str, Any], pipeline: list[Any] | None
    ) -> list[Any]:
        """A function or script block with its arguments; its outputs.

        Raises:
            EvaluationError: Calls are nested too deeply.
        """
        session = self.session
        if session.calls >= MAX_CALLS:
            raise EvaluationError("calls are nested too deeply")
        scope: dict[str, Any] = {"args": list(arguments), "input": pipeline or []}
        if pipeline:
            scope["_"] = from_items(list(pipeline))
        self._bind(block, scope, list(arguments), named)
        session.scopes.append(scope)
        session.calls += 1
        try:
            return self.script(block)
        finally:
            session.calls -= 1
            session.scopes.pop()

    def _bind(self, block: n.Block, scope: dict[str, Any], values: list[Any], named: dict[str, Any]) -> None:
        for parameter in block.parameters:
            chosen = next(
                (name for name in named if parameter.name.startswith(name) or name == parameter.name), None
            )
            if chosen is not None:
                scope[parameter.name] = named[chosen]
            elif values:
                scope[parameter.name] = values.pop(0)
            else:
                scope[parameter.name] = (
                    None if parameter.default is None else self.evaluator.value(parameter.default)
                )
            if parameter.type:
                scope[parameter.name] = self._typed(parameter, scope[parameter.name])

    def _typed(self, parameter: n.Parameter, value: Any) -> Any:
        from noroshi.examine.powershell.conversions import cast  # noqa: PLC0415
        from noroshi.examine.powershell.values import normal_type  # noqa: PLC0415

        try:
            return cast(normal_type(parameter.type), value)
        except EvaluationError:
            return value

    def each(self, script: ScriptValue, item: Any) -> list[Any]:
        """A script block for one value of a pipeline, in the caller's scope."""
        self.session.assign("_", item)
        try:
            return self.block(script.body)
        except FlowSignal as signal:
            if signal.kind in {"continue", "break"}:
                return []
            return items_of(signal.value)

    def text(self, node: n.Node, text: str) -> list[Any]:
        """A text run as a script (``Invoke-Expression``); its outputs.

        Raises:
            EvaluationError: Scripts are nested too deeply.
        """
        session = self.session
        if session.calls >= MAX_CALLS:
            raise EvaluationError("scripts are nested too deeply")
        begin = session.add_source(text)
        session.meter.text(len(text) + 300)
        block, _ = parse_at(session.source, begin)
        session.nested[node] = block
        session.calls += 1
        try:
            return self.script(block)
        finally:
            session.calls -= 1

    _ACTIONS: Final[dict[type, Callable[[Any, Any], Any]]] = {
        n.Block: _nested_block,
        n.Unparsed: _unparsed,
        n.Pipeline: _pipeline,
        n.Command: _command,
        n.If: _if,
        n.Loop: _loop,
        n.For: _for,
        n.ForEach: _foreach,
        n.Switch: _switch,
        n.Try: _try,
        n.Function: _function,
        n.Flow: _flow,
    }


def _unrolled(value: Any) -> list[Any]:
    return list(items_of(value))
