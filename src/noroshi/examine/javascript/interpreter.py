"""Expressions of a script to values; calls of its own functions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.javascript import calling, members
from noroshi.examine.javascript.literals import number_in, pattern_in, text_in
from noroshi.examine.javascript.operators import apply
from noroshi.examine.javascript.values import (
    NULL,
    Function,
    List,
    Scope,
    Table,
    Thing,
    Unknown,
    text_of,
    truth_of,
    unsure,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.javascript.tree import Node
    from noroshi.examine.vba.evaluator import Evaluator
    from noroshi.examine.vba.session import Session

ABSENT: Final = object()


class Interpreter:
    """Evaluates expressions of one script.

    Attributes:
        host: What the objects of Windows are modelled in.
        world: Global variables.
        doubtful: Deeper than 0 inside a branch that may not run: nothing leaves it.
        called: Functions that ran.
        made: Functions that came up, in order.
    """

    def __init__(self, session: Session, host: Evaluator) -> None:
        self.session = session
        self.host = host
        self.world = Scope({}, this=Table(kind="Window"))
        self.doubtful = 0
        self.depth = 0
        self.called: set[int] = set()
        self.made: dict[int, Function] = {}
        self.block: Callable[[Node, Scope], None] = _no_block
        self.here: Node | None = None

    def value(self, node: Node, scope: Scope) -> Any:
        """The value of an expression.

        Raises:
            ThrowSignal: The script throws.
            LimitError: The budget ends.
        """
        self.session.meter.step()
        action = EXPRESSIONS.get(node.kind)
        if action is not None:
            return action(self, node, scope)
        for kid in node.kids:
            self.value(kid, scope)
        return Unknown(self.session.text_at(node))

    # -- names --

    def lookup(self, name: str, scope: Scope) -> Any:
        """The value of a variable, or `ABSENT`."""
        at: Scope | None = scope
        while at is not None:
            if name in at.variables:
                return at.variables[name]
            at = at.above
        window = self.world.this
        return window.items.get(name, ABSENT) if isinstance(window, Table) else ABSENT

    def assign(self, name: str, value: Any, scope: Scope) -> None:
        """Set a variable where it is declared, else a global one."""
        at: Scope | None = scope
        while at is not None:
            if name in at.variables:
                at.variables[name] = value
                return
            at = at.above
        self.world.variables[name] = value

    def this(self, scope: Scope) -> Any:
        """What ``this`` means."""
        at: Scope | None = scope
        while at is not None:
            if at.this is not None:
                return at.this
            at = at.above
        return None

    def _identifier(self, node: Node, scope: Scope) -> Any:
        found = self.lookup(node.text, scope)
        if found is ABSENT:
            return Unknown(node.text)
        return found

    # -- targets of assignments --

    def store(self, target: Node, value: Any, scope: Scope) -> None:
        """Put a value where the target says."""
        match target.kind:
            case "identifier" | "shorthand_property_identifier_pattern":
                self.assign(target.text, value, scope)
            case "member_expression" | "subscript_expression":
                owner, key = self.place(target, scope)
                members.put(self, target, owner, key, value)
            case "parenthesized_expression" if target.kids:
                self.store(target.kids[0], value, scope)
            case "array_pattern":
                for at, kid in enumerate(target.kids):
                    self.store(kid, members.get(self, kid, value, at), scope)
            case "object_pattern":
                for kid in target.kids:
                    named = kid.parts.get("key", kid)
                    self.store(kid.parts.get("value", kid), members.get(self, kid, value, named.text), scope)
            case "assignment_pattern":
                value = self.value(target.parts["right"], scope) if value is None else value
                self.store(target.parts["left"], value, scope)

    def place(self, node: Node, scope: Scope) -> tuple[Any, Any]:
        """Owner and key of a member."""
        owner = self.value(node.parts["object"], scope)
        if node.kind == "member_expression":
            return owner, node.parts["property"].text
        return owner, self.value(node.parts["index"], scope)

    # -- constants --

    def _string(self, node: Node, _: Scope) -> str:
        return text_in(node)

    def _number(self, node: Node, _: Scope) -> Any:
        return number_in(node.text)

    def _regex(self, node: Node, _: Scope) -> Table:
        source, flags = pattern_in(node)
        return Table({"source": source, "flags": flags, "global": "g" in flags}, kind="RegExp")

    def _template(self, node: Node, scope: Scope) -> str:
        parts = [
            text_of(self.value(kid.kids[0], scope))
            if kid.kind == "template_substitution" and kid.kids
            else text_in(kid)
            for kid in node.kids
        ]
        return str(self.seen(node, "".join(parts), "template"))

    def _array(self, node: Node, scope: Scope) -> List:
        items: list[Any] = []
        for kid in node.kids:
            if kid.kind == "spread_element":
                items += members.items_in(self.value(kid.kids[0], scope))
            else:
                items.append(self.value(kid, scope))
        self.session.meter.items(len(items))
        return List(items)

    def _object(self, node: Node, scope: Scope) -> Table:
        made = Table()
        for kid in node.kids:
            if kid.kind == "pair":
                made.items[self._key(kid.parts["key"], scope)] = self.value(kid.parts["value"], scope)
            elif kid.kind == "method_definition":
                made.items[self._key(kid.parts["name"], scope)] = self.function(kid, scope)
            elif kid.kind == "shorthand_property_identifier":
                made.items[kid.text] = self._identifier(kid, scope)
        return made

    def _key(self, node: Node, scope: Scope) -> str:
        if node.kind == "string":
            return text_in(node)
        if node.kind == "computed_property_name" and node.kids:
            return text_of(self.value(node.kids[0], scope))
        return text_of(number_in(node.text)) if node.kind == "number" else node.text

    # -- calls --

    def function(self, node: Node, scope: Scope) -> Function:
        """The function that a node defines."""
        return calling.defined(self, node, scope)

    def call(self, called: Any, this: Any, values: list[Any]) -> Any:
        """What a function gives.

        Raises:
            ThrowSignal: It throws, or is none.
        """
        return calling.call(self, called, this, values)

    def _inner(self, node: Node, scope: Scope) -> Any:
        return self.value(node.kids[0], scope) if node.kids else None

    def _sequence(self, node: Node, scope: Scope) -> Any:
        value: Any = None
        for kid in node.kids:
            value = self.value(kid, scope)
        return value

    def _call(self, node: Node, scope: Scope) -> Any:
        target = node.parts["function"]
        given = node.parts.get("arguments")
        if given is not None and given.kind == "template_string":
            return Unknown(self.session.text_at(node))
        while target.kind == "parenthesized_expression" and target.kids[0].kind.endswith("_expression"):
            target = target.kids[0]
        self.here = node
        if target.kind in {"member_expression", "subscript_expression"}:
            owner, key = self.place(target, scope)
            values = calling.arguments(self, given, scope)
            self.here = node
            return self.seen(node, members.call(self, node, owner, key, values), "call")
        called = self.value(target, scope)
        values = calling.arguments(self, given, scope)
        self.here = node
        return self.seen(node, self.call(called, None, values), "call")

    def _new(self, node: Node, scope: Scope) -> Any:
        called = self.value(node.parts["constructor"], scope)
        values = calling.arguments(self, node.parts.get("arguments"), scope)
        self.here = node
        return calling.construct(self, called, values)

    # -- members and operators --

    def _member(self, node: Node, scope: Scope) -> Any:
        owner, key = self.place(node, scope)
        if "optional_chain" in {kid.kind for kid in node.kids} and (owner is None or owner is NULL):
            return None
        self.here = node
        return members.get(self, node, owner, key)

    def _unary(self, node: Node, scope: Scope) -> Any:
        operand = node.parts["argument"]
        if node.sign == "typeof":
            if operand.kind == "identifier" and self.lookup(operand.text, scope) is ABSENT:
                return "undefined"
            return members.type_of(self.value(operand, scope))
        if node.sign == "delete":
            return members.delete(self, operand, scope)
        value = self.value(operand, scope)
        if node.sign == "void":
            return None
        if node.sign == "!":
            truth = truth_of(value)
            return Unknown(self.session.text_at(node)) if truth is None else not truth
        if unsure(value):
            return Unknown(self.session.text_at(node))
        number = members.numeric(self, value)
        if node.sign == "-":
            return -number if number != 0 else -0.0 if isinstance(number, float) else 0
        return number if node.sign == "+" else apply("~", number, 0)

    def _update(self, node: Node, scope: Scope) -> Any:
        target = node.parts["argument"]
        before = self.value(target, scope)
        if unsure(before):
            return Unknown(self.session.text_at(node))
        number = members.numeric(self, before)
        after = number + 1 if node.sign == "++" else number - 1
        self.store(target, after, scope)
        return after if self.session.source[node.start] in "+-" else number

    def _binary(self, node: Node, scope: Scope) -> Any:
        sign = node.sign
        left = self.value(node.parts["left"], scope)
        if sign in {"&&", "||", "??"}:
            return self._either(node, sign, left, scope)
        right = self.value(node.parts["right"], scope)
        return self.combined(node, sign, left, right)

    def _either(self, node: Node, sign: str, left: Any, scope: Scope) -> Any:
        truth = truth_of(left) if sign != "??" else left is not None and left is not NULL
        if truth is None:
            self.doubtful += 1
            try:
                right = self.value(node.parts["right"], scope)
            finally:
                self.doubtful -= 1
            return left if sign == "||" and not isinstance(left, Unknown) else right if sign == "||" else left
        return left if truth == (sign != "&&") else self.value(node.parts["right"], scope)

    def combined(self, node: Node, sign: str, left: Any, right: Any) -> Any:
        """A binary operation; texts that it makes are kept."""
        found = members.combine(self, node, sign, left, right)
        if isinstance(found, str):
            self.session.make_text([text_of(left), text_of(right)])
            return self.seen(node, found, "concat")
        return found

    def _augmented(self, node: Node, scope: Scope) -> Any:
        target, sign = node.parts["left"], node.sign.removesuffix("=")
        before = self.value(target, scope)
        if sign in {"&&", "||", "??"}:
            truth = truth_of(before) if sign != "??" else before is not None and before is not NULL
            if truth is not None and truth == (sign != "&&"):
                return before
            found = self.value(node.parts["right"], scope)
        else:
            found = self.combined(node, sign, before, self.value(node.parts["right"], scope))
        self.store(target, found, scope)
        return found

    def _assign(self, node: Node, scope: Scope) -> Any:
        value = self.value(node.parts["right"], scope)
        self.store(node.parts["left"], value, scope)
        return value

    def _ternary(self, node: Node, scope: Scope) -> Any:
        truth = truth_of(self.value(node.parts["condition"], scope))
        if truth is not None:
            return self.value(node.parts["consequence" if truth else "alternative"], scope)
        self.doubtful += 1
        try:
            first = self.value(node.parts["consequence"], scope)
            self.value(node.parts["alternative"], scope)
        finally:
            self.doubtful -= 1
        return (
            first
            if isinstance(first, Function | List | Table | Thing)
            else Unknown(self.session.text_at(node))
        )

    def seen(self, node: Node, value: Any, rule: str) -> Any:
        """A value that came up: a text is kept, and what it was made of is folded."""
        if isinstance(value, str):
            self.session.see(value, "computed", node)
            self.session.fold(node, value, rule)
        return value


def _no_block(_: Node, __: Scope) -> None:
    return None


EXPRESSIONS: Final[dict[str, Callable[[Interpreter, Node, Scope], Any]]] = {
    "identifier": Interpreter._identifier, "string": Interpreter._string, "number": Interpreter._number,  # noqa: SLF001 - the table of this class
    "template_string": Interpreter._template, "regex": Interpreter._regex,  # noqa: SLF001 - as above
    "array": Interpreter._array, "object": Interpreter._object,  # noqa: SLF001 - as above
    "parenthesized_expression": Interpreter._inner, "sequence_expression": Interpreter._sequence,  # noqa: SLF001 - as above
    "await_expression": Interpreter._inner, "expression_statement": Interpreter._inner,  # noqa: SLF001 - as above
    "call_expression": Interpreter._call, "new_expression": Interpreter._new,  # noqa: SLF001 - as above
    "member_expression": Interpreter._member, "subscript_expression": Interpreter._member,  # noqa: SLF001 - as above
    "unary_expression": Interpreter._unary, "update_expression": Interpreter._update,  # noqa: SLF001 - as above
    "binary_expression": Interpreter._binary, "ternary_expression": Interpreter._ternary,  # noqa: SLF001 - as above
    "assignment_expression": Interpreter._assign, "augmented_assignment_expression": Interpreter._augmented,  # noqa: SLF001 - as above
    "true": lambda _, __, ___: True, "false": lambda _, __, ___: False, "null": lambda _, __, ___: NULL,
    "undefined": lambda _, __, ___: None, "this": lambda self, _, scope: self.this(scope),
    "NaN": lambda _, __, ___: math.nan,
    **dict.fromkeys(("function_expression", "arrow_function", "function", "generator_function"),
                    Interpreter.function),
}  # fmt: skip
