"""One PowerShell script to its `Evaluation`: what would run, then, for its texts, what would not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.examine.budget import Budget
from noroshi.examine.meter import LimitError, Meter
from noroshi.examine.model import Evaluation
from noroshi.examine.powershell.parser import parse
from noroshi.examine.powershell.rendering import render
from noroshi.examine.powershell.session import Session
from noroshi.examine.powershell.statements import FlowSignal, Runner
from noroshi.examine.powershell.traversal import blocks_in, literals_in
from noroshi.examine.stack import with_room

if TYPE_CHECKING:
    from noroshi.examine.powershell import nodes as n


def evaluate(text: str, budget: Budget | None = None) -> Evaluation:
    """What the script would do, and every text that comes up in it. Nothing is executed.

    Args:
        text: The script.
        budget: Shared with the rest of an examination; a fresh one by default.
    """
    return with_room(lambda: _evaluate(text, budget or Budget()))


def _evaluate(text: str, budget: Budget) -> Evaluation:
    block, _ = parse(text)
    session = Session(Meter(budget), text)
    for node in literals_in(block):
        if isinstance(node.value, str):
            session.see(node.value, "literal", node)
    runner = Runner(session)
    try:
        runner.script(block)
        _dead_code(session, runner, block)
    except LimitError:
        pass
    except RecursionError:
        session.unknown.setdefault("nested too deeply")
    return Evaluation(
        effects=tuple(session.effects),
        seen=tuple(session.seen.values()),
        cleaned=render(session, block),
        foldings=tuple(session.foldings),
        bounded=tuple(budget.reached.values()),
        unknown=tuple(session.unknown),
        steps=session.meter.steps,
    )


def _dead_code(session: Session, runner: Runner, block: n.Block) -> None:
    """Evaluate what did not run, for its texts only."""
    session.dead = True
    for tree in [block, *list(session.nested.values())]:
        for inner in blocks_in(tree):
            if inner not in session.ran:
                try:
                    runner.block(inner)
                except FlowSignal:
                    continue
