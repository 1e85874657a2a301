"""Cmdlets that work on what comes through the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell.members import call_member, get_member
from noroshi.examine.powershell.operators import binary
from noroshi.examine.powershell.values import (
    EvaluationError,
    ScriptValue,
    Table,
    Thing,
    Unknown,
    from_items,
    integer_of,
    items_of,
    number_of,
    text_of,
    truth_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.binding import Bound
    from noroshi.examine.powershell.statements import Runner

    Filter = Callable[[Runner, n.Command, Bound, list[Any]], list[Any]]

_COMPARISONS: Final = (
    "eq",
    "ne",
    "like",
    "notlike",
    "match",
    "notmatch",
    "gt",
    "lt",
    "ge",
    "le",
    "contains",
    "in",
)


def _input(bound: Bound, values: list[Any]) -> list[Any]:
    given = bound.get("inputobject")
    return values or (list(items_of(given)) if given is not None else [])


def _for_each(runner: Runner, node: n.Command, bound: Bound, values: list[Any]) -> list[Any]:
    scripts = [item for item in (bound.get("process"), *bound.rest) if isinstance(item, ScriptValue)]
    begin, end = bound.get("begin"), bound.get("end")
    if len(scripts) > 1 and begin is None:
        begin, scripts = scripts[0], scripts[1:]
    outputs: list[Any] = []
    if isinstance(begin, ScriptValue):
        outputs += runner.each(begin, None)
    for item in _input(bound, values):
        for script in scripts[:1]:
            outputs += runner.each(script, item)
        if not scripts:
            outputs += _member_of_each(runner, node, bound, item)
    for script in [*scripts[1:], *([end] if isinstance(end, ScriptValue) else [])]:
        outputs += runner.each(script, None)
    return outputs


def _member_of_each(runner: Runner, node: n.Command, bound: Bound, item: Any) -> list[Any]:
    """``% name arguments``: a member of each value."""
    name = text_of(bound.get("membername", "process")).lower()
    if bound.rest:
        found = call_member(runner.evaluator, node, item, name, bound.rest)  # type: ignore[arg-type]
        return list(items_of(found))
    try:
        found = get_member(runner.evaluator, node, item, name)
    except EvaluationError:
        found = Thing("method")
    if isinstance(found, Thing) and found.type == "method":
        found = call_member(runner.evaluator, node, item, name, [])  # type: ignore[arg-type]
    return list(items_of(found))


def _where(runner: Runner, node: n.Command, bound: Bound, values: list[Any]) -> list[Any]:
    script = bound.get("filterscript")
    kept: list[Any] = []
    for item in _input(bound, values):
        if isinstance(script, ScriptValue):
            holds = from_items(runner.each(script, item))
        else:
            holds = _compared(runner, node, bound, item)
        if isinstance(holds, Unknown) or truth_of(holds):
            kept.append(item)
    return kept


def _compared(runner: Runner, node: n.Command, bound: Bound, item: Any) -> Any:
    """``? name -eq value``."""
    name = text_of(bound.get("filterscript", "property")).lower()
    operator = next((word for word in _COMPARISONS if word in bound.values), None)
    held = get_member(runner.evaluator, node, item, name)
    return (
        held
        if operator is None
        else binary(f"-{operator}", held, bound.values[operator], runner.session.meter)
    )


def _select(runner: Runner, node: n.Command, bound: Bound, values: list[Any]) -> list[Any]:
    found = _input(bound, values)
    if (skip := bound.get("skip")) is not None:
        found = found[integer_of(skip) :]
    if (first := bound.get("first")) is not None:
        found = found[: integer_of(first)]
    if (last := bound.get("last")) is not None:
        found = found[-integer_of(last) :]
    if (index := bound.get("index")) is not None:
        found = [found[integer_of(at)] for at in items_of(index) if integer_of(at) < len(found)]
    if "unique" in bound.switches:
        found = list({text_of(item): item for item in found[::-1]}.values())[::-1]
    name = bound.get("expandproperty")
    if name is not None:
        found = [get_member(runner.evaluator, node, item, text_of(name).lower()) for item in found]
    return found


def _sort(runner: Runner, node: n.Command, bound: Bound, values: list[Any]) -> list[Any]:
    found = _input(bound, values)
    by = bound.get("property")

    def key(item: Any) -> Any:
        if isinstance(by, ScriptValue):
            item = from_items(runner.each(by, item))
        elif by is not None:
            item = get_member(runner.evaluator, node, item, text_of(by).lower())
        return (0, number_of(item), "") if isinstance(item, int | float) else (1, 0, text_of(item).lower())

    ordered = sorted(found, key=key, reverse="descending" in bound.switches)
    return list({text_of(item): item for item in ordered}.values()) if "unique" in bound.switches else ordered


def _through(_runner: Runner, _node: n.Command, bound: Bound, values: list[Any]) -> list[Any]:
    return _input(bound, values)


def _nothing(_runner: Runner, _node: n.Command, _bound: Bound, _values: list[Any]) -> list[Any]:
    return []


def _out_string(_runner: Runner, _node: n.Command, bound: Bound, values: list[Any]) -> list[Any]:
    found = _input(bound, values)
    return ["".join(text_of(item) for item in found)] if found else []


def _measure(_runner: Runner, _node: n.Command, bound: Bound, values: list[Any]) -> list[Any]:
    found = _input(bound, values)
    numbers = [item for item in found if isinstance(item, int | float)]
    return [Thing("measure", {"count": len(found), "sum": sum(numbers)})]


def _output(_runner: Runner, _node: n.Command, bound: Bound, values: list[Any]) -> list[Any]:
    given = [item for value in (bound.get("inputobject"), *bound.rest) for item in items_of(value)]
    return [*values, *given]


def _group(_runner: Runner, _node: n.Command, bound: Bound, values: list[Any]) -> list[Any]:
    groups = Table()
    for item in _input(bound, values):
        groups.setdefault(text_of(item), []).append(item)
    return [
        Thing("group", {"name": name, "group": items, "count": len(items)}) for name, items in groups.items()
    ]


FILTERS: Final[dict[str, Filter]] = {
    "foreach-object": _for_each,
    "where-object": _where,
    "select-object": _select,
    "sort-object": _sort,
    "out-string": _out_string,
    "out-null": _nothing,
    "out-default": _through,
    "out-host": _through,
    "tee-object": _through,
    "get-unique": _through,
    "measure-object": _measure,
    "group-object": _group,
    "write-output": _output,
    "format-table": _through,
    "format-list": _through,
}
