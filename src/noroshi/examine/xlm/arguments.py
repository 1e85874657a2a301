"""Arguments of functions that act: as values, texts and references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from noroshi.examine.xlm.nodes import Missing
from noroshi.examine.xlm.text import FormulaError, parsed
from noroshi.examine.xlm.values import Area, FaultError, text_of, unknown_in

if TYPE_CHECKING:
    from noroshi.examine.xlm.evaluator import Evaluator
    from noroshi.examine.xlm.nodes import Call


def given(evaluator: Evaluator, call: Call, place: int, default: Any = None) -> Any:
    """An argument's value; the default where it is left out."""
    if place >= len(call.arguments) or isinstance(call.arguments[place], Missing):
        return default
    return evaluator.value(call.arguments[place])


def said(evaluator: Evaluator, call: Call, place: int) -> str:
    """An argument as text; an error as its name, so that the rest of an effect stands."""
    try:
        return text_of(given(evaluator, call, place, ""))
    except FaultError as problem:
        return str(problem.fault)


def target(evaluator: Evaluator, call: Call, place: int) -> Area | None:
    """An argument as a reference, also where a name, a text or a function gives it."""
    if place >= len(call.arguments):
        return None
    found = evaluator.operand(call.arguments[place])
    if isinstance(found, str) and not unknown_in(found):
        found = reference_in(evaluator, found)
    return found if isinstance(found, Area) else None


def reference_in(evaluator: Evaluator, text: str) -> Any:
    """The reference that a text means."""
    try:
        return evaluator.operand(parsed(text))
    except FormulaError:
        return None
