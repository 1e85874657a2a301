"""Objects of the host: those of Windows, modelled once for VBA, and those of a browser or of Node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.javascript.values import (
    NULL,
    Function,
    List,
    Native,
    Table,
    Thing,
    Unknown,
    text_of,
    unsure,
)
from noroshi.examine.model import EffectKind
from noroshi.examine.vba import objects
from noroshi.examine.vba.com import METHODS
from noroshi.examine.vba.values import Array, FaultError

if TYPE_CHECKING:
    from noroshi.examine.javascript.interpreter import Interpreter
    from noroshi.examine.javascript.tree import Node

_READ: Final = frozenset(
    {"nodetypedvalue", "environment", "specialfolders", "actions", "count", "document", "application",
     "triggers", "settings", "registrationinfo", "principal", "windows", "parent", "methods_",
     "inparameters"}
)  # fmt: skip
"""Members that are read, not called."""

_LOCATIONS: Final = frozenset({"location", "href"})
_NODE: Final = {
    "exec": EffectKind.PROCESS, "execsync": EffectKind.PROCESS, "spawn": EffectKind.PROCESS,
    "spawnsync": EffectKind.PROCESS, "execfile": EffectKind.PROCESS, "execfilesync": EffectKind.PROCESS,
    "writefile": EffectKind.FILE_WRITE, "writefilesync": EffectKind.FILE_WRITE,
    "get": EffectKind.REQUEST, "unlinksync": EffectKind.FILE_DELETE,
}  # fmt: skip


def get(interpreter: Interpreter, node: Node, owner: Any, name: str) -> Any:
    """A property of an object of the host, or a method bound to it."""
    lower = name.lower()
    if isinstance(owner, Array):
        return len(owner.items) if lower == "length" else Unknown(interpreter.session.text_at(node))
    if owner.kind in {"browser-document", "node-module"}:
        return Native(name, lambda _, values: call(interpreter, node, owner, name, values))
    if lower in owner.state:
        return from_host(owner.state[lower])
    if lower in _READ:
        return _asked(interpreter, node, owner, lower, [])
    if (owner.kind, lower) in METHODS:
        return Native(
            name, lambda _, values: call(interpreter, interpreter.here or node, owner, name, values)
        )
    return Unknown(interpreter.session.text_at(node))


def call(interpreter: Interpreter, node: Node, owner: Thing, name: str, values: list[Any]) -> Any:
    """A method of an object of the host."""
    lower = name.lower()
    if owner.kind == "browser-document":
        return _document(interpreter, node, lower, values)
    if owner.kind == "node-module":
        return _node_module(interpreter, node, owner, lower, values)
    if owner.kind == "element" and lower == "setattribute":
        return None
    return _asked(interpreter, node, owner, lower, values)


def _asked(interpreter: Interpreter, node: Node, owner: Thing, name: str, values: list[Any]) -> Any:
    given = [to_host(value) for value in values]
    method = METHODS.get((owner.kind, name))
    try:
        if method is not None:
            return from_host(method(interpreter.host, node, owner, given))
        if owner.kind == "document":
            return from_host(objects._member(interpreter.host, node, owner, name, given))  # noqa: SLF001 - the same room's
        if name in owner.state:
            return from_host(owner.state[name])
    except FaultError:
        return Unknown(interpreter.session.text_at(node))
    for value in given:
        if isinstance(value, str):
            interpreter.session.see(value, "computed", node)
    return interpreter.session.unknown_at(node)


def put(interpreter: Interpreter, node: Node, owner: Thing, name: str, value: Any) -> None:
    """Set a property of an object of the host."""
    if owner.kind == "browser-document":
        moved(interpreter, node, "document", name, value)
        return
    try:
        objects.put(interpreter.host, node, owner, name.lower(), to_host(value))
    except FaultError:
        owner.state[name.lower()] = value
    if (
        owner.kind == "http"
        and name.lower() in {"onreadystatechange", "onload"}
        and isinstance(value, Function)
    ):
        owner.state["_then"] = value


def moved(interpreter: Interpreter, node: Node, owner: str, name: str, value: Any) -> None:
    """Setting a location leads the browser there; setting HTML writes a page."""
    if not isinstance(value, str):
        return
    if name in _LOCATIONS and ("location" in owner.lower() or name == "location" or owner == "Location"):
        interpreter.session.effect(EffectKind.REQUEST, "location", node, method="GET", url=value)
    elif name in {"innerHTML", "outerHTML"}:
        interpreter.session.effect(EffectKind.SCRIPT, name, node, text=value, language="html")
    else:
        interpreter.session.see(value, "computed", node)


def call_unknown(interpreter: Interpreter, node: Node, name: str, values: list[Any]) -> Any:
    """A method of an object that is not known; what can only start a program is an effect all the same."""
    lower = name.lower()
    if (
        lower in {"replace", "assign"}
        and len(values) == 1
        and isinstance(values[0], str)
        and "://" in values[0]
    ):
        interpreter.session.effect(EffectKind.REQUEST, "location", node, method="GET", url=values[0])
        return None
    try:
        found = objects.call_unknown(interpreter.host, node, lower, [to_host(value) for value in values])
    except FaultError:
        return Unknown(interpreter.session.text_at(node))
    for value in values:
        if isinstance(value, Function) and not interpreter.doubtful:
            interpreter.doubtful += 1
            interpreter.call(value, None, [])
            interpreter.doubtful -= 1
    return from_host(found)


def _document(interpreter: Interpreter, node: Node, name: str, values: list[Any]) -> Any:
    if name in {"write", "writeln"}:
        text = "".join(text_of(value) for value in values)
        interpreter.session.effect(EffectKind.SCRIPT, "document.write", node, text=text, language="html")
        return None
    if name == "createelement" and not unsure(text_of(values[0]) if values else ""):
        return Table(kind="Element")
    for value in values:
        if isinstance(value, str):
            interpreter.session.see(value, "computed", node)
    return Unknown(interpreter.session.text_at(node))


def _node_module(interpreter: Interpreter, node: Node, owner: Thing, name: str, values: list[Any]) -> Any:
    kind = _NODE.get(name)
    first = text_of(values[0]) if values else ""
    by = f"{owner.name}.{name}"
    if kind is EffectKind.PROCESS:
        more = (
            [text_of(one) for one in values[1].items]
            if len(values) > 1 and isinstance(values[1], List)
            else []
        )
        interpreter.session.effect(kind, by, node, command=" ".join([first, *more]))
    elif kind is EffectKind.FILE_WRITE:
        content = text_of(values[1]) if len(values) > 1 else ""
        interpreter.session.effect(kind, by, node, path=first, content=content)
    elif kind is EffectKind.REQUEST:
        interpreter.session.effect(kind, by, node, method="GET", url=first)
    elif kind is EffectKind.FILE_DELETE:
        interpreter.session.effect(kind, by, node, path=first)
    return Unknown(interpreter.session.text_at(node))


def to_host(value: Any) -> Any:
    """A value as the models of Windows' objects take it."""
    match value:
        case float() if value == int(value) if value == value and abs(value) < 1e15 else False:  # noqa: PLR0124 - NaN
            return int(value)
        case List():
            return Array([to_host(item) for item in value.items])
        case Table() | Function() | Native():
            return text_of(value)
    return None if value is NULL else value


def from_host(value: Any) -> Any:
    """A value of the models as scripts take it."""
    return (
        List([from_host(item) for item in value.items])
        if isinstance(value, Array) and value.type != "byte"
        else value
    )
