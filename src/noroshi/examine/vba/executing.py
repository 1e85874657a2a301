"""``Execute``, ``ExecuteGlobal`` and ``Eval`` of VBScript: the text is evaluated where it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.vba.functions import argument
from noroshi.examine.vba.nodes import Module, Procedure
from noroshi.examine.vba.session import Frame
from noroshi.examine.vba.values import Thing, Unknown, text_of

if TYPE_CHECKING:
    from noroshi.examine.vba.evaluator import Evaluator
    from noroshi.examine.vba.nodes import Node

MAX_TEXTS: Final = 200
"""Texts of one evaluation that are evaluated as scripts."""

MAX_LENGTH: Final = 1 << 20
_RESULT: Final = "noroshi_result"


def executed(evaluator: Evaluator, node: Node, values: list[Any], *, everywhere: bool = False) -> Any:
    """``Execute``, or with `everywhere` ``ExecuteGlobal``: an effect, and the statements run.

    Raises:
        FaultError: A statement fails.
    """
    given = argument(values, 0, "")
    text = text_of(evaluator.plain(given, node) if isinstance(given, Thing) else given)
    evaluator.session.effect(
        EffectKind.SCRIPT, "Execute", node, text=text, language="vbscript", evaluated="in place"
    )
    _run(evaluator, text, everywhere=everywhere)


def evaluated(evaluator: Evaluator, node: Node, values: list[Any]) -> Any:
    """``Eval``: the value of an expression.

    Raises:
        FaultError: It fails.
    """
    text = text_of(argument(values, 0, ""))
    evaluator.session.see(text, "computed", node)
    frame = _run(evaluator, f"{_RESULT} = {text}", everywhere=False)
    if frame is None:
        return evaluator.session.unknown_at(node)
    for variables in (frame.variables, *evaluator.session.globals.values()):
        if _RESULT in variables:
            return variables.pop(_RESULT)
    return Unknown(evaluator.session.text_at(node))


def _run(evaluator: Evaluator, text: str, *, everywhere: bool) -> Frame | None:
    """Parse a text as one more module and run its own statements with the running procedure's variables."""
    from noroshi.examine.vba.parser import Parser  # noqa: PLC0415 - the parser's tables reach back here

    session = evaluator.session
    if len(session.modules) > MAX_TEXTS or len(text) > MAX_LENGTH or len(session.frames) > 50:
        return None
    session.meter.text(len(session.source) >> 6)
    key, begin = f"execute {len(session.modules)}", len(session.source)
    session.source += text + "\n"
    session.lines += [begin + match.end() for match in re.finditer(r"\r\n?|\n", text + "\n")]
    top = Procedure(begin, begin, "", key)
    module = Module(key, begin, len(session.source) - 1, top)
    session.modules[key], session.globals[key], session.global_types[key] = module, {}, {}
    Parser(session.source, module).parse()
    around = session.frame
    frame = Frame(top) if everywhere else Frame(top, around.variables, around.types)
    session.frames.append(frame)
    try:
        evaluator.run(frame)
    finally:
        session.frames.pop()
    return frame
