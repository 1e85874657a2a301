"""Properties and methods of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell.objects import call_thing, thing_member
from noroshi.examine.powershell.texts import (
    ARRAY_METHODS,
    OVERLOADS,
    TABLE_METHODS,
    TEXT_METHODS,
    number_method,
)
from noroshi.examine.powershell.values import (
    EvaluationError,
    ScriptValue,
    Table,
    Thing,
    TypeValue,
    Unknown,
    from_items,
    text_of,
    truth_of,
)

if TYPE_CHECKING:
    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.evaluator import Evaluator

_SIZES: Final = frozenset({"length", "count", "longlength"})


def get_member(evaluator: Evaluator, node: n.Node, holder: Any, name: str) -> Any:
    """``holder.name``.

    Raises:
        EvaluationError: There is none.
    """
    if isinstance(holder, Unknown):
        return evaluator.session.unknown_at(node)
    if isinstance(holder, Thing):
        return thing_member(evaluator, node, holder, name)
    if isinstance(holder, Table):
        return _of_table(holder, name)
    if name in _SIZES:
        return len(holder) if isinstance(holder, str | list | bytearray) else 0 if holder is None else 1
    if isinstance(holder, str):
        return _method(holder, name)
    if isinstance(holder, list):
        return _of_each(evaluator, node, holder, name)
    if isinstance(holder, TypeValue):
        return holder.name.rpartition(".")[2] if name == "name" else _full_name(holder, name)
    if isinstance(holder, ScriptValue) and name == "ast":
        return Thing("ast", {"extent": Thing("extent", {"text": holder.text})})
    raise EvaluationError(f"no member {name}")


def _full_name(holder: TypeValue, name: str) -> Any:
    if name == "fullname":
        return f"System.{holder.name}"
    return Thing("reflection", {"of": holder.name, "value": name})


def _of_table(holder: Table, name: str) -> Any:
    if name in holder:
        return holder[name]
    if name == "keys":
        return holder.keys_as_written()
    if name == "values":
        return list(holder.values())
    return len(holder) if name in _SIZES else None


def _method(holder: str, name: str) -> Thing:
    if name not in TEXT_METHODS:
        raise EvaluationError(f"no member {name}")
    return Thing("method", {"holder": holder, "name": name, "tostring": OVERLOADS.get(name, name)})


def _of_each(evaluator: Evaluator, node: n.Node, holder: list[Any], name: str) -> Any:
    """A member of an array is that of each element."""
    found = [get_member(evaluator, node, item, name) for item in holder]
    return from_items(found)


def set_member(evaluator: Evaluator, node: n.Node, holder: Any, name: str, value: Any) -> None:
    """``holder.name = value``; on what has no state it is noted as unknown."""
    if isinstance(holder, Table):
        holder.put(name, value)
    elif isinstance(holder, Thing):
        holder.state[name] = value
        if name == "position" and isinstance(value, int):
            holder.at = max(value, 0)
    elif not isinstance(holder, TypeValue):
        evaluator.session.unknown_at(node)


def call_member(evaluator: Evaluator, node: n.Invoke, holder: Any, name: str, arguments: list[Any]) -> Any:
    """``holder.name(arguments)``.

    Raises:
        EvaluationError: There is no such method, or it fails.
    """
    meter = evaluator.session.meter
    if isinstance(holder, Unknown):
        return evaluator.session.unknown_at(node)
    if isinstance(holder, Thing):
        return call_thing(evaluator, node, holder, name, arguments)
    if isinstance(holder, ScriptValue):
        return _call_script(evaluator, holder, name, arguments)
    if isinstance(holder, str):
        return _call_text(evaluator, holder, name, arguments)
    if isinstance(holder, bool) and name == "tostring":
        return text_of(holder)
    if isinstance(holder, int | float):
        return number_method(holder, name, arguments)
    if isinstance(holder, Table) and name in TABLE_METHODS:
        return TABLE_METHODS[name](holder, arguments, meter)
    if isinstance(holder, list | bytearray):
        return _call_array(evaluator, node, holder, name, arguments)
    if isinstance(holder, TypeValue):
        return _call_type(evaluator, node, holder, name, arguments)
    raise EvaluationError(f"no method {name}")


def _call_text(evaluator: Evaluator, holder: str, name: str, arguments: list[Any]) -> Any:
    if name in {"invoke", "invokereturnasis"}:
        raise EvaluationError("a text cannot be invoked")
    if name not in TEXT_METHODS:
        raise EvaluationError(f"texts have no {name}")
    if any(isinstance(argument, Unknown) for argument in arguments) and name in {"split", "substring"}:
        raise EvaluationError("an argument is unknown")
    return TEXT_METHODS[name](str(holder), arguments, evaluator.session.meter)


def _call_script(evaluator: Evaluator, holder: ScriptValue, name: str, arguments: list[Any]) -> Any:
    if name in {"invoke", "invokereturnasis"}:
        return from_items(evaluator.runner.call(holder.body, arguments, {}, None))
    if name == "tostring":
        return holder.text
    if name == "getnewclosure":
        return holder
    raise EvaluationError(f"script blocks have no {name}")


def _call_array(evaluator: Evaluator, node: n.Invoke, holder: Any, name: str, arguments: list[Any]) -> Any:
    if name in {"foreach", "where"} and arguments and isinstance(arguments[0], ScriptValue):
        return _each(evaluator, holder, name, arguments[0])
    if name in ARRAY_METHODS:
        return ARRAY_METHODS[name](holder, arguments, evaluator.session.meter)
    return from_items([call_member(evaluator, node, item, name, arguments) for item in holder])


def _each(evaluator: Evaluator, holder: Any, name: str, script: ScriptValue) -> list[Any]:
    results: list[Any] = []
    for item in holder:
        outputs = evaluator.runner.each(script, item)
        results += outputs if name == "foreach" else [item] if truth_of(from_items(outputs)) else []
    return results


def _call_type(
    evaluator: Evaluator, node: n.Invoke, holder: TypeValue, name: str, arguments: list[Any]
) -> Any:
    if name in {"getmethod", "getfield", "getproperty", "gettype"}:
        wanted = text_of(arguments[0]) if arguments else ""
        return Thing("reflection", {"of": holder.name, "value": wanted})
    if name == "tostring":
        return holder.name
    return evaluator.session.unknown_at(node)
