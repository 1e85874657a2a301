"""Objects: which one a name or a program identifier means, its members, and its default property."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.vba import com, documents
from noroshi.examine.vba.contents import items_of
from noroshi.examine.vba.forms import control_member, form_member, of_name
from noroshi.examine.vba.values import RECORD, Array, FaultError, Thing, Unknown, text_of

if TYPE_CHECKING:
    from noroshi.examine.vba.evaluator import Evaluator
    from noroshi.examine.vba.nodes import Argument, Node

PLAIN: Final = frozenset({"control", "property", "document"})
"""Objects that are mostly meant by their default property."""
_CLASSES: Final = {
    "wscript.shell": "wscript", "wshshell": "wscript", "iwshruntimelibrary.wshshell": "wscript",
    "wshruntime": "wscript",
    "shell.application": "shell", "shell": "shell", "scripting.filesystemobject": "fso",
    "filesystemobject": "fso",
    "scripting.dictionary": "dictionary", "dictionary": "dictionary", "collection": "collection",
    "adodb.stream": "stream", "schedule.service": "scheduler", "wbemscripting.swbemlocator": "locator",
    "msscriptcontrol.scriptcontrol": "scriptcontrol", "scriptcontrol": "scriptcontrol",
    "internetexplorer.application": "browser", "wscript.network": "network",
    "72c24dd5-d70a-438b-8a42-98424b88afb8": "wscript", "f935dc22-1cf0-11d0-adb9-00c04fd58a0b": "wscript",
    "13709620-c279-11ce-a49e-444553540000": "shell", "9ba05972-f6a8-11cf-a442-00a0c90a8f39": "shell",
    "c08afd90-f2a1-11d1-8455-00a0c91f3880": "shell", "0d43fe01-f093-11cf-8940-00a0c9054228": "fso",
}  # fmt: skip
_LIBRARIES: Final = ("msxml", "scripting.", "vba.", "shell32.")
_HTTP: Final = re.compile(r"xmlhttp|winhttp|serverxmlhttp")
_DOM: Final = re.compile(r"domdocument|xmldom")
_VERSION: Final = re.compile(r"(?:\.\d+)+$|(?<=[a-z])\d+$")
_GUID: Final = re.compile(r"new:\{?([0-9a-f-]{36})\}?")


def create(evaluator: Evaluator, node: Node, identifier: str) -> Any:
    """The object of a program identifier or a type's name."""
    given = identifier.strip().lower()
    name = given if given in _CLASSES else _VERSION.sub("", given)
    kind = _CLASSES.get(name)
    if kind is None and name.startswith(_LIBRARIES):
        kind = _CLASSES.get(name.rpartition(".")[2])
    if kind is None:
        if _HTTP.search(name):
            kind = "http"
        elif _DOM.search(name):
            kind = "dom"
        elif name.endswith(".application"):
            kind = "document"
        elif name in evaluator.session.forms:
            return of_name(evaluator.session, name)
        elif name in evaluator.session.modules:
            return Thing("module", name=name)
        else:
            return evaluator.session.unknown_at(node, identifier)
    return Thing(kind, name=identifier)


def bound(evaluator: Evaluator, node: Node, moniker: str) -> Any:
    """The object that ``GetObject`` binds a moniker to."""
    lower = moniker.strip().lower()
    if lower.startswith("winmgmts:"):
        path = lower.partition(":")[2].split(":")[-1].rpartition("\\")[2].rpartition("/")[2]
        return Thing("wmiclass", name=path) if path.startswith("win32_") else Thing("wmi", name=lower)
    if lower.startswith(("script:", "http:", "https:")):
        url = moniker.strip() if lower.startswith("http") else moniker.strip()[7:]
        evaluator.session.effect(EffectKind.DOWNLOAD, "GetObject", node, url=url)
        return evaluator.session.unknown_at(node)
    found = _GUID.match(lower)
    if found is not None or lower.startswith("new:"):
        return create(evaluator, node, found[1] if found else moniker.strip()[4:])
    return evaluator.session.unknown_at(node, moniker)


def own_control(evaluator: Evaluator, name: str) -> Any:
    """A control of the form whose code runs, by its bare name; None if it has none."""
    form = evaluator.session.forms.get(evaluator.session.frame.procedure.module)
    if form is None:
        return None
    owner = of_name(evaluator.session, evaluator.session.frame.procedure.module)
    return form_member(evaluator.session, owner, name)


def global_object(evaluator: Evaluator, name: str) -> Any:
    """An object that code may name without declaring it; an unknown name is an empty variable."""
    session = evaluator.session
    if name == "me":
        name = session.frame.procedure.module
    if name in session.forms:
        return of_name(session, name)
    if name in documents.ROOTS:
        return Thing("document", name=name)
    if name in session.modules:
        return Thing("module", name=name)
    if name == "wscript":
        return Thing("host", name=name)
    return None


def get(evaluator: Evaluator, node: Node, owner: Thing, name: str) -> Any:
    """A property of an object, or a method without arguments."""
    return _member(evaluator, node, owner, name, [])


def call(evaluator: Evaluator, node: Node, owner: Thing, name: str, arguments: tuple[Argument, ...]) -> Any:
    """A member of an object with arguments."""
    return _member(evaluator, node, owner, name, evaluator.arguments(arguments, com.NAMES.get(name, ())))


def _member(evaluator: Evaluator, node: Node, owner: Thing, name: str, values: list[Any]) -> Any:
    method = com.METHODS.get((owner.kind, name))
    if method is not None:
        return method(evaluator, node, owner, values)
    if owner.kind == "form":
        found = form_member(evaluator.session, owner, name, values)
        return found if found is not None else Unknown(evaluator.session.text_at(node))
    if owner.kind == "control":
        return control_member(evaluator.session, owner, name, values)
    if owner.kind == "property":
        return (
            owner
            if name in {"item", "range", "textframe", "textrange", "characters"}
            else owner.state["value"]
        )
    if owner.kind == "module":
        return documents.member(evaluator, node, Thing("document", name=owner.name), name, values)
    if owner.kind == "document":
        return documents.member(evaluator, node, owner, name, values)
    if name in owner.state:
        found = owner.state[name]
        return index(evaluator, node, found, values) if values and isinstance(found, Thing | Array) else found
    return evaluator.session.unknown_at(node)


def put(evaluator: Evaluator, node: Node, owner: Thing, name: str, value: Any) -> None:
    """Set a property of an object."""
    setter = com.SETTERS.get((owner.kind, name))
    if setter is not None:
        setter(evaluator, node, owner, value)
        return
    if owner.kind == "document":
        documents.put(evaluator, node, owner, name, value)
        return
    if isinstance(value, str):
        evaluator.session.see(value, "computed", node)
    owner.state[name] = value.copy() if isinstance(value, Array) else value


def put_index(evaluator: Evaluator, node: Node, owner: Thing, keys: list[Any], value: Any) -> None:
    """Set an item of an object, ``dictionary(key) = value``."""
    if owner.kind == "dictionary" and keys:
        items_of(owner)[text_of(keys[0])] = value
    elif owner.kind == "environment" and keys:
        evaluator.session.environment[text_of(keys[0]).lower()] = text_of(value)
    elif isinstance(value, str):
        evaluator.session.see(value, "computed", node)


def index(evaluator: Evaluator, node: Node, owner: Any, values: list[Any]) -> Any:
    """An item of an object.

    Raises:
        FaultError: The object has no items.
    """
    if isinstance(owner, Array):
        return owner.items[owner.offset([int(text_of(value) or 0) for value in values])]
    if not isinstance(owner, Thing):
        raise FaultError(13)
    if owner.kind == "document":
        return documents.item(evaluator, owner, values)
    if not values:
        return owner
    return _member(evaluator, node, owner, "item", values)


def default_of(evaluator: Evaluator, value: Any) -> Any:
    """What an object means in an expression; None if that is not known, any other value as it is."""
    if not isinstance(value, Thing) or value.kind == RECORD:
        return value
    if value.kind == "control":
        return control_member(evaluator.session, value, "value", [])
    if value.kind == "property":
        return value.state["value"]
    if value.kind == "document":
        return documents.default(evaluator, value)
    return value.state.get("default")


_STARTERS: Final = {
    "create": "Win32_Process.Create",
    "run": "Run",
    "exec": "Exec",
    "shellexecute": "ShellExecute",
}


def call_unknown(evaluator: Evaluator, node: Node, name: str, values: list[Any]) -> Any:
    """A member of an object that is not known: what can only start a program is an effect all the same."""
    texts = [value for value in values if isinstance(value, str) and value]
    if name in _STARTERS and texts:
        command = " ".join(texts) if name == "shellexecute" else texts[0]
        evaluator.session.effect(EffectKind.PROCESS, _STARTERS[name], node, command=command)
        return 0
    for text in texts:
        evaluator.session.see(text, "computed", node)
    return Unknown(evaluator.session.text_at(node))
