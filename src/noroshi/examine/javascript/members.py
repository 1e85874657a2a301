"""Members of values: reading, calling and setting them; operations between values of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.javascript import things
from noroshi.examine.javascript.lists import LIST, item_at, keys_of, place_of, put_item
from noroshi.examine.javascript.operators import NUMERIC, apply, compared
from noroshi.examine.javascript.strings import STRING, exec_of, given, number_text, test_of
from noroshi.examine.javascript.values import (
    Function,
    List,
    Native,
    Null,
    Table,
    Thing,
    ThrowSignal,
    Unknown,
    integer_of,
    number_of,
    same,
    text_of,
    unsure,
)
from noroshi.examine.vba.values import Array

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from noroshi.examine.javascript.interpreter import Interpreter
    from noroshi.examine.javascript.tree import Node
    from noroshi.examine.javascript.values import Scope

MAX_CHAIN: Final = 50


def error(name: str, message: str) -> Table:
    """An error as scripts catch it."""
    return Table(
        {"name": name, "message": message, "description": message, "number": -2146827850}, kind="Error"
    )


def get(interpreter: Interpreter, node: Node, owner: Any, key: Any) -> Any:
    """A member of a value, a function bound to it.

    Raises:
        ThrowSignal: It has none, because it is ``undefined`` or ``null``.
    """
    if isinstance(key, Unknown):
        return Unknown(interpreter.session.text_at(node))
    match owner:
        case None | Null():
            raise ThrowSignal(error("TypeError", f"{text_of(key)} of {text_of(owner)}"))
        case str():
            return _of_text(interpreter, owner, key)
        case List():
            return _of_list(interpreter, owner, key)
        case Table():
            return _of_table(interpreter, owner, text_of(key))
        case Function() | Native():
            return _of_function(interpreter, owner, text_of(key))
        case bool() | int() | float():
            return _of_number(interpreter, owner, text_of(key))
        case Thing() | Array():
            return things.get(interpreter, node, owner, text_of(key))
    return Unknown(interpreter.session.text_at(node))


def _bound(interpreter: Interpreter, name: str, owner: Any, method: Callable[..., Any]) -> Native:
    """A method of the language with what it belongs to; ``call`` and ``apply`` may give another ``this``."""
    return Native(
        name, lambda this, values: method(interpreter, owner if this is None else this, values), None
    )


def _of_text(interpreter: Interpreter, owner: str, key: Any) -> Any:
    place = place_of(key)
    if place is not None:
        return owner[place] if place < len(owner) else None
    name = text_of(key)
    if name == "length":
        return len(owner)
    if name == "constructor":
        return interpreter.world.variables["String"]
    return _method(interpreter, owner, name, STRING, "String")


def _method(
    interpreter: Interpreter, owner: Any, name: str, methods: Mapping[str, Callable[..., Any]], kind: str
) -> Any:
    """A method of the language, else what the script put into the prototype of the kind."""
    method = methods.get(name)
    if method is None:
        return _extended(interpreter, kind, name)
    return _bound(interpreter, name, owner, method)


def _extended(interpreter: Interpreter, kind: str, name: str) -> Any:
    """What the script put into the prototype of a kind."""
    made = interpreter.world.variables.get(kind)
    above = made.items.get("prototype") if isinstance(made, Native) else None
    return above.items.get(name) if isinstance(above, Table) else None


def _of_list(interpreter: Interpreter, owner: List, key: Any) -> Any:
    found = item_at(owner, key)
    if found is not None or place_of(key) is not None:
        return found
    name = text_of(key)
    if name == "constructor":
        return interpreter.world.variables["Array"]
    return _method(interpreter, owner, name, LIST, "Array")


_EXPRESSION: Final[dict[str, Callable[..., Any]]] = {"test": test_of, "exec": exec_of}


def _of_table(interpreter: Interpreter, owner: Table, name: str) -> Any:
    at: Table | None = owner
    for _ in range(MAX_CHAIN):
        if at is None:
            break
        if name in at.items:
            return at.items[name]
        at = at.above
    if owner.kind == "RegExp" and name in _EXPRESSION:
        return _bound(interpreter, name, owner, _EXPRESSION[name])
    if name == "constructor":
        return owner.made_by or interpreter.world.variables["Object"]
    if name in _OBJECT:
        return _bound(interpreter, name, owner, _OBJECT[name])
    if owner.kind == "Window":
        return interpreter.world.variables.get(name)
    return _extended(interpreter, "Object", name)


_OBJECT: Final[dict[str, Callable[..., Any]]] = {
    "hasOwnProperty": lambda _, owner, values: text_of(given(values, 0, "")) in keys_of(owner),
    "toString": lambda _, owner, __: text_of(owner),
    "valueOf": lambda _, owner, __: owner.items.get("_value", owner),
    "toLocaleString": lambda _, owner, __: text_of(owner),
    "isPrototypeOf": lambda _, __, ___: False, "propertyIsEnumerable": lambda _, __, ___: True,
}  # fmt: skip


def _of_function(interpreter: Interpreter, owner: Function | Native, name: str) -> Any:
    if name in owner.items:
        return owner.items[name]
    match name:
        case "prototype":
            return owner.items.setdefault("prototype", Table(made_by=owner))
        case "call":
            return Native("call", lambda _, v: interpreter.call(owner, given(v, 0), v[1:]))
        case "apply":
            return Native("apply", lambda _, v: interpreter.call(owner, given(v, 0), items_in(given(v, 1))))
        case "bind":
            return Native("bind", lambda _, v: Native(
                "bound", lambda __, more: interpreter.call(owner, given(v, 0), [*v[1:], *more])))  # fmt: skip
        case "toString" | "valueOf":
            return Native(name, lambda _, __: text_of(owner) if name == "toString" else owner)
        case "constructor":
            return interpreter.world.variables["Function"]
        case "name":
            return owner.name
        case "length":
            return (
                len(getattr(owner.node.parts.get("parameters"), "kids", []))
                if isinstance(owner, Function)
                else 1
            )
    return None


def _of_number(interpreter: Interpreter, owner: float, name: str) -> Any:
    if name == "toString":
        return Native(
            name,
            lambda _, values: number_text(owner, values) if not isinstance(owner, bool) else text_of(owner),
        )
    if name == "toFixed":
        return Native(
            name,
            lambda _, values: f"{number_of(owner):.{max(0, min(100, integer_of(given(values, 0, 0))))}f}",
        )
    if name == "constructor":
        return interpreter.world.variables["Boolean" if isinstance(owner, bool) else "Number"]
    return Native(name, lambda _, __: owner) if name == "valueOf" else _extended(interpreter, "Number", name)


def call(interpreter: Interpreter, node: Node, owner: Any, key: Any, values: list[Any]) -> Any:
    """A member, called.

    Raises:
        ThrowSignal: It is no function, or it throws.
    """
    if isinstance(owner, Thing):
        return things.call(interpreter, node, owner, text_of(key), values)
    if isinstance(owner, Unknown):
        return things.call_unknown(interpreter, node, text_of(key), values)
    if isinstance(owner, str) and not isinstance(key, Unknown):  # the way of most of an obfuscated script
        method = STRING.get(text_of(key))
        if method is not None:
            return method(interpreter, owner, values)
    called = get(interpreter, node, owner, key)
    if called is None:
        raise ThrowSignal(error("TypeError", f"{text_of(key)} is not a function"))
    return interpreter.call(called, owner, values)


def call_unknown(interpreter: Interpreter, called: Any, values: list[Any]) -> Any:
    """A function that is not known: its texts are kept."""
    node = interpreter.here
    for value in values:
        if isinstance(value, str) and node is not None:
            interpreter.session.see(value, "computed", node)
    if node is None:
        return Unknown(text_of(called))
    return interpreter.session.unknown_at(node)


def put(interpreter: Interpreter, node: Node, owner: Any, key: Any, value: Any) -> None:
    """Set a member."""
    if isinstance(key, Unknown):
        return
    match owner:
        case List():
            put_item(interpreter, owner, key, value)
        case Table():
            interpreter.session.meter.items(16)
            owner.items[text_of(key)] = value
            if owner.kind == "Window":
                interpreter.world.variables[text_of(key)] = value
            things.moved(interpreter, node, owner.kind, text_of(key), value)
        case Function() | Native():
            owner.items[text_of(key)] = value
        case Thing():
            things.put(interpreter, node, owner, text_of(key), value)
        case Unknown():
            things.moved(interpreter, node, owner.text, text_of(key), value)


def delete(interpreter: Interpreter, node: Node, scope: Scope) -> bool:
    """``delete``."""
    if node.kind in {"member_expression", "subscript_expression"}:
        owner, key = interpreter.place(node, scope)
        if isinstance(owner, Table):
            owner.items.pop(text_of(key), None)
    return True


def items_in(value: Any) -> list[Any]:
    """The items of what can be spread."""
    if isinstance(value, List):
        return list(value.items)
    if isinstance(value, str):
        return list(value)
    return list(value.items.get("_items", [])) if isinstance(value, Table) else []


def type_of(value: Any) -> Any:
    """``typeof``."""
    match value:
        case None:
            return "undefined"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case Function() | Native():
            return "function"
        case Unknown():
            return Unknown("typeof")
    return "object"


def primitive(interpreter: Interpreter, value: Any) -> Any:
    """An object as an operator takes it: by its own ``valueOf`` or ``toString``, else as a text."""
    if isinstance(value, Table):
        for name in ("valueOf", "toString"):
            own = _of_table(interpreter, value, name)
            if isinstance(own, Function):
                found = interpreter.call(own, value, [])
                if not isinstance(found, Table | List):
                    return found
        if "_value" in value.items:
            return value.items["_value"]
        return text_of(value)
    return text_of(value) if isinstance(value, List | Function | Native | Thing | Array) else value


def numeric(interpreter: Interpreter, value: Any) -> int | float:
    """A value as an arithmetic operator takes it."""
    return number_of(primitive(interpreter, value))


def combine(interpreter: Interpreter, node: Node, sign: str, left: Any, right: Any) -> Any:
    """A binary operation."""
    if sign in {"===", "!==", "==", "!="}:
        equal = same(left, right, strict=len(sign) == 3)
        return Unknown(interpreter.session.text_at(node)) if equal is None else equal == (sign[0] == "=")
    if sign == "in":
        return text_of(left) in keys_of(right)
    if sign == "instanceof":
        return _instance(left, right)
    left, right = primitive(interpreter, left), primitive(interpreter, right)
    if sign == "+" and (isinstance(left, str) or isinstance(right, str)):
        return text_of(left) + text_of(right)
    if unsure(left) or unsure(right):
        return Unknown(interpreter.session.text_at(node))
    if sign in {"<", ">", "<=", ">="}:
        return compared(sign, left, right)
    if sign not in NUMERIC:
        return Unknown(interpreter.session.text_at(node))
    return apply(sign, number_of(left), number_of(right))


def _instance(left: Any, right: Any) -> bool:
    name = right.name if isinstance(right, Native) else ""
    if isinstance(left, List):
        return name in {"Array", "Object"}
    if isinstance(left, Function | Native):
        return name in {"Function", "Object"}
    return isinstance(left, Table) and (left.made_by is right or name in {left.kind, "Object"})
