"""The document around the code: its properties, variables, shapes and cells, as far as they were given.

Keys of the properties given, in any case: a built-in or custom property,
a document variable or a shape by its
name (``Comments``); a cell as ``Sheet1!A1``; the text of the body as ``Content``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.vba.values import Thing, Unknown, text_of

if TYPE_CHECKING:
    from noroshi.examine.vba.evaluator import Evaluator
    from noroshi.examine.vba.nodes import Node

ROOTS: Final = frozenset(
    {"activedocument", "thisdocument", "activeworkbook", "thisworkbook", "application", "activesheet",
    "documents",
     "workbooks", "sheets", "worksheets", "range", "cells", "selection", "activewindow", "presentations",
     "activepresentation", "word", "excel", "options", "system", "normal", "activecell", "columns", "rows",
     "names"}
)  # fmt: skip
_BUILT_IN: Final = (
    "title", "subject", "author", "keywords", "comments", "template", "last author", "revision number",
    "application name", "last print date", "creation date", "last save time", "total editing time",
    "number of pages", "number of words", "number of characters", "security", "category", "format", "manager",
    "company", "number of bytes", "number of lines", "number of paragraphs", "number of slides",
    "number of notes",
    "number of hidden slides", "number of multimedia clips", "hyperlink base",
)  # fmt: skip
_TEXTS: Final = frozenset(
    {"value", "value2", "text", "alternativetext", "title", "formula", "caption", "name", "comment"}
)
_FETCHING: Final = frozenset({"open", "opentext", "add"})


def member(evaluator: Evaluator, node: Node, owner: Thing, name: str, values: list[Any]) -> Any:
    """A member of the document or of something in it."""
    session = evaluator.session
    if owner.name == "application" and name in {"run", "ontime"}:
        return evaluator.builtin(node, "application.run", values[1:] if name == "ontime" else values)
    if name in {"shell", "executeexcel4macro"} and values:
        return evaluator.builtin(node, name, values)
    if name in {"followhyperlink", "follow"} or (name in _FETCHING and values):
        target = text_of(values[0]) if values else ""
        if "://" in target or name == "followhyperlink":
            session.effect(EffectKind.DOWNLOAD, name, node, url=target)
        return Thing("document", name=name)
    if name in {"saveas", "saveas2", "savecopyas", "exportasfixedformat"} and values:
        session.effect(EffectKind.FILE_WRITE, name, node, path=values[0])
        return None
    if name in {"addfromstring", "insertlines", "addfromfile"} and values:
        session.effect(EffectKind.SCRIPT, name, node, text=values[-1], language="vba")
        return None
    if name == "ontime":
        return None
    if name in owner.state:
        return owner.state[name]
    inner = Thing("document", {"above": owner}, f"{owner.name}.{name}")
    found = _known(evaluator, name, owner)
    if found is not None:
        return found
    return item(evaluator, inner, values) if values else inner


def _known(evaluator: Evaluator, name: str, owner: Thing) -> Any:
    properties = evaluator.session.properties
    if name in _TEXTS and owner.name.rpartition(".")[2] not in {"thisdocument", "activedocument"}:
        above = default(evaluator, owner)
        if above is not None:
            return above
    if name in properties and not isinstance(properties[name], Thing):
        evaluator.session.read(name)
        return Thing("property", {"value": properties[name]}, name)
    return None


def item(evaluator: Evaluator, owner: Thing, values: list[Any]) -> Any:
    """An item of a collection of the document, by its name or number; a cell by its address."""
    properties = evaluator.session.properties
    keys = [evaluator_text(value) for value in values]
    last = owner.name.rpartition(".")[2].partition("(")[0]
    if last == "builtindocumentproperties" and isinstance(values[0], int):
        at = values[0] - 1
        keys = [_BUILT_IN[at]] if 0 <= at < len(_BUILT_IN) else keys
    if last == "cells" and len(values) > 1:
        keys = [_address(values[0], values[1])]
    key = keys[0].lower().replace("$", "") if keys else ""
    candidates = (
        [f"{_sheet(owner)}!{key}", key] if last in {"range", "cells"} else [key, key.replace(" ", "")]
    )
    for candidate in candidates:
        if candidate in properties:
            evaluator.session.read(candidate)
            return Thing("property", {"value": properties[candidate]}, candidate)
    shown = ", ".join(keys)
    return Thing("document", {"above": owner, "key": key}, f"{owner.name}({shown})")


def evaluator_text(value: Any) -> str:
    """A key as text; that of an object is its name."""
    return value.name if isinstance(value, Thing) else text_of(value)


def _sheet(owner: Thing) -> str:
    """The sheet on the way to a cell; empty if none is named."""
    found: Any = owner
    while isinstance(found, Thing):
        if "key" in found.state and "sheets(" in found.name.rpartition(".")[2]:
            return str(found.state["key"])
        found = found.state.get("above")
    return ""


def _address(row: Any, column: Any) -> str:
    if not isinstance(row, int):
        return text_of(row)
    if isinstance(column, str):
        return f"{column}{row}"
    letters, number = "", column if isinstance(column, int) else 1
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def default(evaluator: Evaluator, value: Thing) -> Any:
    """The text that a part of the document stands for; None if it was not given."""
    properties = evaluator.session.properties
    parts = value.name.lower().split(".")
    for count in (3, 2, 1):
        found = properties.get(".".join(parts[-count:]))
        if found is not None and len(parts) > 1:
            evaluator.session.read(".".join(parts[-count:]))
            return found
    return None


def put(evaluator: Evaluator, node: Node, owner: Thing, name: str, value: Any) -> None:
    """Set a property of the document: a template from elsewhere is fetched."""
    if isinstance(value, str):
        evaluator.session.see(value, "computed", node)
        if name == "attachedtemplate" and "://" in value:
            evaluator.session.effect(EffectKind.DOWNLOAD, name, node, url=value)
    if isinstance(value, Unknown):
        return
    owner.state[name] = value
