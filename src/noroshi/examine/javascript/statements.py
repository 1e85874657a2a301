"""Statements of a script, with jumps as signals; where a condition is not known, every branch runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.javascript import members
from noroshi.examine.javascript.calling import ReturnSignal
from noroshi.examine.javascript.interpreter import Interpreter
from noroshi.examine.javascript.lists import keys_of
from noroshi.examine.javascript.values import Scope, Table, ThrowSignal, Unknown, same, truth_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.javascript.tree import Node

_FUNCTIONS: Final = frozenset({"function_declaration", "generator_function_declaration"})
_NESTED: Final = frozenset(
    {
        "function_expression",
        "arrow_function",
        "function_declaration",
        "method_definition",
        "class_declaration",
    }
)


class BreakSignal(Exception):  # noqa: N818 - flow of control, not a mistake
    """``break``.

    Attributes:
        label: Empty for the nearest loop.
    """

    def __init__(self, label: str = "") -> None:
        super().__init__()
        self.label = label


class ContinueSignal(BreakSignal):
    """``continue``."""


class Runner(Interpreter):
    """Runs the statements of one script."""

    def __init__(self, session: Any, host: Any) -> None:
        super().__init__(session, host)
        self.block = self.body

    def body(self, node: Node, scope: Scope) -> None:
        """The statements of a function or of the script, its declarations first."""
        self.hoist(node, scope)
        for kid in node.kids:
            self.statement(kid, scope)

    def hoist(self, node: Node, scope: Scope) -> None:
        """Functions and ``var`` variables of a body exist before its first statement."""
        if node.cache is None:
            node.cache = _declared(node)
        names, functions = node.cache
        for name in names:
            scope.variables.setdefault(name, None)
        for declared in functions:
            scope.variables[declared.parts["name"].text] = self.function(declared, scope)

    def statement(self, node: Node, scope: Scope) -> None:
        """One statement.

        Raises:
            BreakSignal: It leaves a loop.
            ReturnSignal: It leaves the function.
            ThrowSignal: It throws.
        """
        self.session.meter.step()
        action = STATEMENTS.get(node.kind)
        if action is not None:
            action(self, node, scope)
        elif node.kind not in _FUNCTIONS:
            self.value(node, scope)

    def _block(self, node: Node, scope: Scope) -> None:
        for kid in node.kids:
            self.statement(kid, scope)

    def _declaration(self, node: Node, scope: Scope) -> None:
        for kid in node.kids:
            target, given = kid.parts.get("name"), kid.parts.get("value")
            if target is None:
                continue
            if target.kind == "identifier" and node.kind == "lexical_declaration":
                scope.variables[target.text] = None
            if given is not None:
                self.store(target, self.value(given, scope), scope)

    def _class(self, node: Node, scope: Scope) -> None:
        made = Table(kind="Class")
        body = node.parts.get("body")
        for kid in body.kids if body is not None else ():
            if kid.kind == "method_definition":
                made.items[kid.parts["name"].text] = self.function(kid, scope)
        if "name" in node.parts:
            scope.variables[node.parts["name"].text] = made

    # -- conditions --

    def _if(self, node: Node, scope: Scope) -> None:
        truth = truth_of(self.value(node.parts["condition"], scope))
        branches = [node.parts.get("consequence"), node.parts.get("alternative")]
        if truth is not None:
            chosen = branches[0] if truth else branches[1]
            if chosen is not None:
                self.statement(chosen, scope)
            return
        for branch in branches:
            if branch is not None:
                self._perhaps(branch, scope)

    def _perhaps(self, node: Node, scope: Scope) -> None:
        """A branch that may not run: nothing in it leaves the statements around it."""
        self.doubtful += 1
        try:
            self.statement(node, scope)
        except (BreakSignal, ReturnSignal, ThrowSignal):
            return
        finally:
            self.doubtful -= 1

    def _switch(self, node: Node, scope: Scope) -> None:
        value = self.value(node.parts["value"], scope)
        cases = node.parts["body"].kids
        chosen, unsure = self._case(value, cases, scope)
        for at, case in enumerate(cases):
            if not unsure and (chosen is None or at < chosen):
                continue
            for kid in case.kids:
                if kid is case.parts.get("value"):
                    continue
                if unsure:
                    self._perhaps(kid, scope)
                    continue
                try:
                    self.statement(kid, scope)
                except ContinueSignal:
                    raise
                except BreakSignal as signal:
                    if signal.label:
                        raise
                    return

    def _case(self, value: Any, cases: list[Node], scope: Scope) -> tuple[int | None, bool]:
        """The case that a value goes to, and whether that is not known."""
        default: int | None = None
        for at, case in enumerate(cases):
            if "value" not in case.parts:
                default = at
                continue
            equal = same(value, self.value(case.parts["value"], scope), strict=True)
            if equal is None:
                return None, True
            if equal:
                return at, False
        return default, False

    # -- loops --

    def _turn(self, node: Node, scope: Scope, label: str) -> bool:
        """One turn of a loop; whether it goes on."""
        try:
            self.statement(node, scope)
        except ContinueSignal as signal:
            if signal.label and signal.label != label:
                raise
        except BreakSignal as signal:
            if signal.label and signal.label != label:
                raise
            return False
        return True

    def _while(self, node: Node, scope: Scope, label: str = "") -> None:
        while True:
            truth = truth_of(self.value(node.parts["condition"], scope))
            if truth is False:
                return
            if truth is None:
                self._perhaps(node.parts["body"], scope)
                return
            if not self._turn(node.parts["body"], scope, label):
                return

    def _do(self, node: Node, scope: Scope, label: str = "") -> None:
        while self._turn(node.parts["body"], scope, label):
            if not truth_of(self.value(node.parts["condition"], scope)):
                return

    def _for(self, node: Node, scope: Scope, label: str = "") -> None:
        initial = node.parts.get("initializer")
        inner = Scope({}, scope, is_function=False)
        if initial is not None:
            self.statement(initial, inner)
        condition, step = node.parts.get("condition"), node.parts.get("increment")
        while True:
            truth = self._condition(condition, inner)
            if truth is False:
                return
            if truth is None:
                self._perhaps(node.parts["body"], inner)
                return
            if not self._turn(node.parts["body"], inner, label):
                return
            if step is not None:
                self.value(step, inner)

    def _condition(self, node: Node | None, scope: Scope) -> bool | None:
        if node is None or node.kind == "empty_statement":
            return True
        return truth_of(self.value(node, scope))

    def _for_in(self, node: Node, scope: Scope, label: str = "") -> None:
        value = self.value(node.parts["right"], scope)
        target = node.parts["left"]
        inner = Scope({}, scope, is_function=False)
        if "kind" in node.parts or target.text not in scope.variables:
            inner.variables[target.text] = None
        if isinstance(value, Unknown):
            self.store(target, Unknown(target.text), inner)
            self._perhaps(node.parts["body"], inner)
            return
        items = members.items_in(value) if node.sign == "of" else keys_of(value)
        for item in items:
            self.store(target, item, inner)
            if not self._turn(node.parts["body"], inner, label):
                return

    def _labelled(self, node: Node, scope: Scope) -> None:
        label, body = node.parts["label"].text, node.parts["body"]
        loop = _LOOPS.get(body.kind)
        try:
            if loop is not None:
                loop(self, body, scope, label)
            else:
                self.statement(body, scope)
        except BreakSignal as signal:
            if signal.label != label:
                raise

    # -- jumps --

    def _break(self, node: Node, _: Scope) -> None:
        raise BreakSignal(node.parts["label"].text if "label" in node.parts else "")

    def _continue(self, node: Node, _: Scope) -> None:
        raise ContinueSignal(node.parts["label"].text if "label" in node.parts else "")

    def _return(self, node: Node, scope: Scope) -> None:
        raise ReturnSignal(self.value(node.kids[0], scope) if node.kids else None)

    def _throw(self, node: Node, scope: Scope) -> None:
        raise ThrowSignal(self.value(node.kids[0], scope) if node.kids else None)

    def _try(self, node: Node, scope: Scope) -> None:
        handler, last = node.parts.get("handler"), node.parts.get("finalizer")
        try:
            self.statement(node.parts["body"], scope)
        except ThrowSignal as signal:
            if handler is not None:
                inner = Scope({}, scope, is_function=False)
                if "parameter" in handler.parts:
                    inner.variables[handler.parts["parameter"].text] = signal.value
                self.statement(handler.parts["body"], inner)
        finally:
            if last is not None:
                for kid in last.kids:
                    self.statement(kid, scope)

    def _with(self, node: Node, scope: Scope) -> None:
        owner = self.value(node.parts["object"], scope)
        inner = Scope(owner.items if isinstance(owner, Table) else {}, scope, is_function=False)
        self.statement(node.parts["body"], inner)

    def _nothing(self, node: Node, scope: Scope) -> None:
        """An empty statement, or an import."""


def _declared(node: Node) -> tuple[list[str], list[Node]]:
    """Names of ``var`` variables and functions that belong to a body, those of inner functions left out."""
    names: dict[str, None] = {}
    functions: list[Node] = []
    waiting = list(node.kids)
    while waiting:
        at = waiting.pop()
        if at.kind in _FUNCTIONS:
            if "name" in at.parts:
                functions.append(at)
            continue
        if at.kind in _NESTED:
            continue
        if at.kind == "variable_declarator" and at.parts["name"].kind == "identifier":
            names.setdefault(at.parts["name"].text)
        waiting += at.kids
    return list(names), functions[::-1]


_LOOPS: Final[dict[str, Callable[[Runner, Node, Scope, str], None]]] = {
    "while_statement": Runner._while, "do_statement": Runner._do,  # noqa: SLF001 - the table of this class
    "for_statement": Runner._for, "for_in_statement": Runner._for_in,  # noqa: SLF001 - as above
}  # fmt: skip
STATEMENTS: Final[dict[str, Callable[[Runner, Node, Scope], None]]] = {
    "statement_block": Runner._block, "else_clause": Runner._block, "ERROR": Runner._block,  # noqa: SLF001 - as above
    "variable_declaration": Runner._declaration, "lexical_declaration": Runner._declaration,  # noqa: SLF001 - as above
    "if_statement": Runner._if, "switch_statement": Runner._switch, "while_statement": Runner._while,  # noqa: SLF001 - as above
    "do_statement": Runner._do, "for_statement": Runner._for, "for_in_statement": Runner._for_in,  # noqa: SLF001 - as above
    "labeled_statement": Runner._labelled, "break_statement": Runner._break,  # noqa: SLF001 - as above
    "continue_statement": Runner._continue, "return_statement": Runner._return,  # noqa: SLF001 - as above
    "throw_statement": Runner._throw, "try_statement": Runner._try, "with_statement": Runner._with,  # noqa: SLF001 - as above
    "class_declaration": Runner._class, "empty_statement": Runner._nothing,  # noqa: SLF001 - as above
    "import_statement": Runner._nothing,  # noqa: SLF001 - as above
}  # fmt: skip
