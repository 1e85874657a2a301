"""Commands: functions of the script, cmdlets, and programs (which become process effects)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.powershell import nodes as n
from noroshi.examine.powershell.actions import ACTIONS
from noroshi.examine.powershell.automatic import ALIASES, CANONICAL
from noroshi.examine.powershell.binding import Given, Signature, bind
from noroshi.examine.powershell.filters import FILTERS
from noroshi.examine.powershell.scanner import plain_dashes
from noroshi.examine.powershell.signatures import SIGNATURES
from noroshi.examine.powershell.values import (
    EvaluationError,
    ScriptValue,
    Thing,
    Unknown,
    items_of,
    text_of,
)

if TYPE_CHECKING:
    from noroshi.examine.powershell.statements import Runner

_SPLAT: Final = "@"
_PROGRAM_ENDS: Final = (".exe", ".com", ".bat", ".cmd", ".vbs", ".js", ".hta", ".ps1", ".scr", ".dll", ".msi")


def run_command(runner: Runner, node: n.Command, values: list[Any] | None) -> list[Any]:
    """What a command gives to the pipeline; `values` came through the pipeline, or None."""
    session = runner.session
    session.meter.step()
    try:
        return _run(runner, node, values)
    except (EvaluationError, OverflowError) as problem:
        return [session.unknown_at(node, str(problem))]
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        return [session.unknown_at(node, "arguments of another type")]


def _run(runner: Runner, node: n.Command, values: list[Any] | None) -> list[Any]:
    target = runner.evaluator.value(node.name)
    if isinstance(target, list) and len(target) == 1:
        target = target[0]
    if isinstance(target, ScriptValue):
        return _call_block(runner, node, target.body, values)
    if isinstance(target, Unknown):
        _arguments(runner, node)
        return [runner.session.unknown_at(node)]
    if isinstance(target, Thing):
        target = target.state.get("value", target.state.get("name", ""))
    name = resolve(runner, text_of(target).strip())
    if not isinstance(node.name, n.Literal):
        runner.session.fold(node.name, CANONICAL.get(name, name), "command")
    return _named(runner, node, name, values)


def resolve(runner: Runner, written: str) -> str:
    """A command's name in lower case, aliases followed and module and ``.exe`` taken off cmdlets."""
    name = plain_dashes(written.lower())
    for _ in range(5):
        name = name.rpartition("\\")[2] if name.startswith("microsoft.powershell.") else name
        following = runner.session.aliases.get(name) or (
            None if name in runner.session.functions else ALIASES.get(name)
        )
        if following is None or following == name:
            break
        name = following
    return name


def _named(runner: Runner, node: n.Command, name: str, values: list[Any] | None) -> list[Any]:
    session = runner.session
    if name in session.functions:
        return _call_block(runner, node, session.functions[name], values)
    given = _arguments(runner, node)
    if name in FILTERS:
        return FILTERS[name](runner, node, bind(SIGNATURES.get(name, Signature()), given), values or [])
    if name in ACTIONS:
        bound = bind(SIGNATURES.get(name, Signature()), given)
        return _as_list(ACTIONS[name](runner.evaluator, node, bound, values))
    if name in CANONICAL or ("-" in name and not name.endswith(_PROGRAM_ENDS) and "\\" not in name):
        session.unknown_at(node, f"{name} is not evaluated")
        return []
    return _program(runner, node, given)


def _as_list(found: Any) -> list[Any]:
    return list(items_of(found))


def _program(runner: Runner, node: n.Command, given: list[Given]) -> list[Any]:
    """A program of its own: a process effect with its whole command line."""
    target = text_of(runner.evaluator.value(node.name))
    if not target:
        return []
    words = [target]
    for parameter, value, has_value in given:
        if parameter:
            words.append(f"-{parameter}" + (f":{text_of(value)}" if has_value else ""))
        else:
            words += [_quoted(text_of(item)) for item in items_of(value)]
    runner.session.effect(EffectKind.PROCESS, "command", node, command=" ".join(words))
    return [Unknown(f"output of {target}")]


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word and not word.startswith(('"', "/")) else word


def _arguments(runner: Runner, node: n.Command) -> list[Given]:
    found: list[Given] = []
    for argument in node.arguments:
        value = None if argument.value is None else runner.evaluator.value(argument.value)
        splat = isinstance(argument.value, n.Variable) and runner.session.source[argument.start] == _SPLAT
        if splat and isinstance(value, dict):
            found += [(key, entry, True) for key, entry in value.items()]
        elif splat:
            found += [("", item, True) for item in items_of(value)]
        else:
            found.append((argument.parameter, value, argument.value is not None))
    return found


def _call_block(runner: Runner, node: n.Command, block: n.Block, values: list[Any] | None) -> list[Any]:
    names = tuple(parameter.name for parameter in block.parameters)
    bound = bind(Signature(positional=names), _arguments(runner, node))
    named = {name: value for name, value in bound.values.items() if name in names}
    for switch in bound.switches:
        named[switch] = True
    return runner.call(block, bound.rest, named, values)
