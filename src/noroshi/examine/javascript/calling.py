"""Functions of the script: what defines them, and what calling them gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.javascript import members
from noroshi.examine.javascript.values import (
    Function,
    List,
    Native,
    Scope,
    Table,
    Thing,
    ThrowSignal,
    Unknown,
)

if TYPE_CHECKING:
    from noroshi.examine.javascript.interpreter import Interpreter
    from noroshi.examine.javascript.tree import Node

MAX_CALLS: Final = 200


class ReturnSignal(Exception):  # noqa: N818 - flow of control, not a mistake
    """``return``.

    Attributes:
        value: What the function gives.
    """

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def defined(interpreter: Interpreter, node: Node, scope: Scope) -> Function:
    """The function that a node defines."""
    name = node.parts["name"].text if "name" in node.parts else ""
    arrow = node.kind == "arrow_function"
    made = Function(node, scope, interpreter.session.source[node.start : node.end], name, arrow)
    interpreter.made.setdefault(id(node), made)
    return made


def call(interpreter: Interpreter, called: Any, this: Any, values: list[Any]) -> Any:
    """What a function gives.

    Raises:
        ThrowSignal: It throws, or is none.
    """
    if isinstance(called, Native):
        return called.action(this if called.this is None else called.this, values)
    if not isinstance(called, Function):
        if isinstance(called, Unknown | Thing):
            return members.call_unknown(interpreter, called, values)
        raise ThrowSignal(members.error("TypeError", "not a function"))
    if interpreter.depth >= MAX_CALLS:
        interpreter.session.unknown.setdefault(f"{called.name or 'function'}: calls nested too deeply")
        return Unknown(called.name or "function")
    interpreter.called.add(id(called.node))
    scope = Scope({}, called.scope, None if called.arrow else this)
    _bind(interpreter, called, scope, values)
    interpreter.depth += 1
    try:
        return _body(interpreter, called.node, scope)
    finally:
        interpreter.depth -= 1


def _bind(interpreter: Interpreter, called: Function, scope: Scope, values: list[Any]) -> None:
    if not called.arrow:
        given = List(list(values), {"callee": called})
        scope.variables["arguments"] = given
    if called.name and called.node.kind == "function_expression":
        scope.variables.setdefault(called.name, called)
    single = called.node.parts.get("parameter")
    kids = [single] if single is not None else getattr(called.node.parts.get("parameters"), "kids", [])
    for at, parameter in enumerate(kids):
        if parameter.kind == "rest_pattern" and parameter.kids:
            scope.variables[parameter.kids[0].text] = List(values[at:])
            return
        name = parameter.parts["left"] if parameter.kind == "assignment_pattern" else parameter
        if name.kind == "identifier":
            scope.variables[name.text] = None
        interpreter.store(parameter, values[at] if at < len(values) else None, scope)


def _body(interpreter: Interpreter, node: Node, scope: Scope) -> Any:
    body = node.parts.get("body")
    if body is None:
        return None
    if body.kind != "statement_block":
        return interpreter.value(body, scope)
    before, interpreter.doubtful = interpreter.doubtful, 0
    try:
        interpreter.block(body, scope)
    except ReturnSignal as signal:
        return signal.value
    finally:
        interpreter.doubtful = before
    return None


def arguments(interpreter: Interpreter, node: Node | None, scope: Scope) -> list[Any]:
    """The arguments of a call."""
    values: list[Any] = []
    for kid in node.kids if node is not None else ():
        if kid.kind == "spread_element":
            values += members.items_in(interpreter.value(kid.kids[0], scope))
        else:
            values.append(interpreter.value(kid, scope))
    return values


def construct(interpreter: Interpreter, called: Any, values: list[Any]) -> Any:
    """``new``."""
    if isinstance(called, Native):
        return called.action(None, values)
    if not isinstance(called, Function):
        return members.call_unknown(interpreter, called, values)
    above = called.items.get("prototype")
    made = Table(above=above if isinstance(above, Table) else None, made_by=called)
    found = interpreter.call(called, made, values)
    return found if isinstance(found, Table | List | Function | Thing) else made
