"""Cmdlets on variables, drives such as ``variable:`` and ``env:``, aliases and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.powershell.automatic import ALIASES, CANONICAL, CMDLETS, NAMES
from noroshi.examine.powershell.operators import wildcard
from noroshi.examine.powershell.scanner import variable_name
from noroshi.examine.powershell.values import ScriptValue, Thing, Unknown, from_items, items_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.binding import Bound
    from noroshi.examine.powershell.evaluator import Evaluator

    Action = Callable[[Evaluator, n.Command, Bound, list[Any] | None], Any]


def path_of(bound: Bound) -> str:
    """The path that a command names."""
    return text_of(bound.get("path", "literalpath", "filepath"))


def variables_like(evaluator: Evaluator, pattern: str) -> list[Any]:
    """Variables whose name fits, as objects with name and value."""
    found: dict[str, Any] = {}
    for scope in evaluator.session.scopes:
        found |= {name: value for name, value in scope.items() if wildcard(name, pattern)}
    found |= {
        name: Unknown(f"${shown}")
        for name, shown in NAMES.items()
        if name not in found and wildcard(name, pattern)
    }
    return [
        Thing("variable", {"name": NAMES.get(name, name), "value": value, "key": name})
        for name, value in found.items()
    ]


def _get_variable(evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None) -> Any:
    names = items_of(bound.get("name")) or ["*"]
    found = [thing for name in names for thing in variables_like(evaluator, variable_name(text_of(name)))]
    if "valueonly" in bound.switches:
        return from_items([thing.state["value"] for thing in found])
    return found


def _set_variable(evaluator: Evaluator, _node: n.Command, bound: Bound, values: list[Any] | None) -> None:
    value = bound.get("value") if "value" in bound.values else from_items(values or [])
    for name in items_of(bound.get("name")):
        evaluator.session.assign(variable_name(text_of(name)), value)


def _set_item(evaluator: Evaluator, node: n.Command, bound: Bound, values: list[Any] | None) -> None:
    drive, colon, name = path_of(bound).partition(":")
    value = bound.get("value") if "value" in bound.values else from_items(values or [])
    name = name.lstrip("\\/")
    if colon and drive.lower() == "variable":
        evaluator.session.assign(variable_name(name), value)
    elif colon and drive.lower() == "env":
        evaluator.session.environment[name.lower()] = text_of(value)
    elif colon and drive.lower() == "alias":
        evaluator.session.aliases[name.lower()] = text_of(value).lower()
    elif colon and drive.lower() == "function" and isinstance(value, ScriptValue):
        evaluator.session.functions[name.lower()] = value.body
    else:
        evaluator.session.effect(EffectKind.FILE_WRITE, "Set-Item", node, path=path_of(bound), content=value)


def _get_item(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> Any:
    found: list[Any] = []
    for path in items_of(bound.get("path", "literalpath")):
        if isinstance(path, Thing):
            found.append(path)
            continue
        drive, colon, name = text_of(path).partition(":")
        found += _items_on(evaluator, node, drive.lower() if colon else "", name.lstrip("\\/"), text_of(path))
    return found


def _items_on(evaluator: Evaluator, node: n.Command, drive: str, name: str, path: str) -> list[Any]:
    if drive == "variable":
        return variables_like(evaluator, variable_name(name) or "*")
    if drive == "env":
        known = evaluator.session.environment
        fits = [key for key in known if wildcard(key, name.lower() or "*")]
        return [Thing("variable", {"name": key, "value": known[key]}) for key in fits]
    if drive == "alias":
        return [
            Thing("alias", {"name": key, "value": to})
            for key, to in ALIASES.items()
            if wildcard(key, name or "*")
        ]
    if drive == "function":
        return []
    return [Thing("file", {"fullname": path, "name": path.rpartition("\\")[2], "value": path,
                           "length": evaluator.session.unknown_at(node)})]  # fmt: skip


def _set_alias(evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
    evaluator.session.aliases[text_of(bound.get("name")).lower()] = text_of(bound.get("value")).lower()


def _get_alias(_evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None) -> list[Any]:
    wanted = text_of(bound.get("name")).lower() or "*"
    definition = text_of(bound.get("definition")).lower()
    return [
        Thing("alias", {"name": name, "value": name, "definition": CANONICAL.get(to, to)})
        for name, to in ALIASES.items()
        if wildcard(name, wanted) and (not definition or wildcard(to, definition))
    ]


def _get_command(
    _evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None
) -> list[Any]:
    patterns = [text_of(item) for item in items_of(bound.get("name"))] or ["*"]
    found = [name for pattern in patterns for name in CMDLETS if wildcard(name, pattern)]
    if not found:
        found = [pattern for pattern in patterns if not set(pattern) & set("*?[")]
    return [Thing("command", {"name": name, "value": name}) for name in found]


VARIABLE_ACTIONS: Final[dict[str, Action]] = {
    "get-variable": _get_variable,
    "set-variable": _set_variable,
    "new-variable": _set_variable,
    "set-item": _set_item,
    "get-item": _get_item,
    "get-childitem": _get_item,
    "set-alias": _set_alias,
    "new-alias": _set_alias,
    "get-alias": _get_alias,
    "get-command": _get_command,
}
