"""The modules of a project to one `Evaluation`: what starts by itself, then, for its texts, what does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.budget import Budget
from noroshi.examine.meter import LimitError, Meter
from noroshi.examine.model import Evaluation
from noroshi.examine.stack import with_room
from noroshi.examine.vba.nodes import Module, Procedure
from noroshi.examine.vba.parser import Parser
from noroshi.examine.vba.rendering import render
from noroshi.examine.vba.session import Frame, Session
from noroshi.examine.vba.statements import EndSignal, Runner
from noroshi.examine.vba.tokens import text_in, tokens
from noroshi.examine.vba.values import FaultError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from noroshi.examine.forms import Form

_STARTS: Final = (
    "", "autoexec", "auto_open", "autoopen", "document_open", "documentopen", "workbook_open", "autonew",
    "document_new",
    "workbook_activate", "workbook_windowactivate", "presentation_open", "slide_open",
    "onslideshowpagechange",
)  # fmt: skip
"""What runs when a document is opened, in this order; the module's own statements (VBScript) first."""
_LATER: Final = re.compile(
    r"(?:auto_?(?:close|exit|save)|(?:document|workbook|presentation)_\w*|\w+_(?:initialize|activate|open|painted|layout"
    r"|resize|change|click|gotfocus|lostfocus|mouse\w+|enter|exit|load|calculate|selectionchange|beforeclose|onconnecting"
    r"|statechange|terminate|beforesave|newmail\w*|startup|quit))$"
)


def evaluate(
    modules: Mapping[str, str],
    budget: Budget | None = None,
    forms: Mapping[str, Form] | None = None,
    properties: Mapping[str, str] | None = None,
) -> Evaluation:
    """What the macros of a document would do, and every text that comes up in them. Nothing is executed.

    Where no procedure starts by itself, those that no other one calls count as entry points: a button,
    a ribbon
    or another document may start them.

    Args:
        modules: Name → source of each module, in the project's order.
        budget: Shared with the rest of an examination; a fresh one by default.
        forms: Name → form, with the values of its controls.
        properties: Of the document, by name in any case; see `noroshi.examine.vba.documents`.
    """
    return with_room(lambda: _evaluate(modules, budget or Budget(), forms or {}, properties or {}))


def _evaluate(
    texts: Mapping[str, str], budget: Budget, forms: Mapping[str, Form], properties: Mapping[str, str]
) -> Evaluation:
    session = _session(texts, budget, forms, properties)
    runner = Runner(session)
    try:
        _texts_of_forms(session)
        for module in session.modules.values():
            Parser(session.source, module).parse()
        _see_literals(session)
        _declare(session, runner)
        for procedure in _entries(session):
            _enter(session, runner, procedure)
        _dead_code(session, runner)
    except LimitError:
        pass
    except RecursionError:
        session.unknown.setdefault("nested too deeply")
    session.settle()
    for module in session.modules.values():
        for procedure in (module.top, *module.procedures.values()):
            for statement in procedure.body:
                if statement.word == "unparsed" and len(session.unknown) < 500:
                    session.unknown.setdefault(session.text_at(statement))
    return Evaluation(
        effects=tuple(session.effects),
        seen=tuple(session.seen.values()),
        cleaned=render(session),
        foldings=tuple(session.foldings),
        bounded=tuple(budget.reached.values()),
        unknown=tuple(session.unknown),
        steps=session.meter.steps,
    )


def _session(
    texts: Mapping[str, str], budget: Budget, forms: Mapping[str, Form], properties: Mapping[str, str]
) -> Session:
    source = ""
    modules: dict[str, Module] = {}
    for name, text in texts.items():
        key, begin = name.lower(), len(source)
        source += text + "\n"
        top = Procedure(begin, begin, "", key)
        modules[key] = Module(name, begin, len(source) - 1, top)
    lines = [match.end() for match in re.finditer(r"\r\n?|\n", source)]
    return Session(
        Meter(budget), source, modules,
        {name.lower(): form for name, form in forms.items()},
        {name.lower(): value for name, value in properties.items()},
        lines=lines,
        globals={name: {} for name in modules},
        global_types={name: {} for name in modules},
    )  # fmt: skip


def _texts_of_forms(session: Session) -> None:
    """Values of forms and properties are kept whether or not the code reads them."""
    nowhere = Procedure(-1, -1, "", "")
    for form in session.forms.values():
        for control in form.controls:
            for text in (control.value, control.caption, control.tag, control.tip):
                session.see(text, "form value", Procedure(-1, -1, control.name, ""))
    for text in session.properties.values():
        session.see(text, "property", nowhere)


def _see_literals(session: Session) -> None:
    for module in session.modules.values():
        for word in module.words:
            if word.kind == "text":
                session.see(text_in(word.text), "literal", Procedure(word.start, word.end, "", ""))


def _declare(session: Session, runner: Runner) -> None:
    """Variables and constants of all modules, before anything runs."""
    for module in session.modules.values():
        declarations = [one for one in module.top.body if one.word in {"dim", "const"}]
        frame = Frame(Procedure(module.begin, module.end, "", module.top.module, body=declarations))
        session.frames.append(frame)
        try:
            runner.run(frame)
        finally:
            session.frames.pop()


def _entries(session: Session) -> Iterator[Procedure]:
    """What starts by itself, in the order of events; else what no other procedure calls."""
    modules = session.modules.values()
    starts = [
        procedure
        for name in _STARTS
        for module in modules
        for procedure in ([module.top] if not name else [module.procedures.get(name)])
        if procedure is not None
        and any(one.word not in {"dim", "const", "unparsed"} for one in procedure.body)
    ]
    yield from starts
    later = [
        procedure
        for module in modules
        for name, procedure in module.procedures.items()
        if _LATER.match(name) and procedure not in starts
    ]
    for procedure in later:
        if procedure not in session.ran:
            yield procedure
    if not starts and not later:
        everything = [one for module in modules for one in module.procedures.values()]
        yield from _uncalled(session, everything)


def _uncalled(session: Session, procedures: list[Procedure]) -> list[Procedure]:
    names: dict[str, int] = {}
    for module in session.modules.values():
        for word in module.words:
            if word.kind == "name":
                names[word.text] = names.get(word.text, 0) + 1
    roots: list[Procedure] = []
    for procedure in procedures:
        inside = sum(
            word.kind == "name" and word.text == procedure.name
            for word in tokens(session.source, procedure.start, procedure.end)
        )
        if not procedure.parameters and names.get(procedure.name, 0) <= inside:
            roots.append(procedure)
    return roots


def _enter(session: Session, runner: Runner, procedure: Procedure) -> None:
    session.ran.add(procedure)
    session.frames.append(Frame(procedure))
    try:
        runner.run(session.frames[-1])
    except (EndSignal, FaultError):
        return
    finally:
        session.frames.clear()


def _dead_code(session: Session, runner: Runner) -> None:
    """Evaluate what did not run, for its texts only."""
    session.dead = True
    procedures = [one for module in session.modules.values() for one in module.procedures.values()]
    for procedure in procedures:
        if procedure not in session.ran:
            _enter(session, runner, procedure)
    for procedure in procedures:
        session.frames.append(Frame(procedure))
        for at, statement in enumerate(procedure.body):
            if at in procedure.reached:
                continue
            try:
                runner.single(statement)
            except (FaultError, EndSignal):
                continue
        session.frames.clear()
