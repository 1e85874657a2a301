"""Functions of VBA and of libraries (``Declare``) that would touch the machine: they become effects."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.libraries import library_function
from noroshi.examine.model import EffectKind
from noroshi.examine.vba import objects
from noroshi.examine.vba.executing import evaluated, executed
from noroshi.examine.vba.functions import argument
from noroshi.examine.vba.nodes import Argument, Literal
from noroshi.examine.vba.values import FaultError, Thing, Unknown, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.vba.evaluator import Evaluator
    from noroshi.examine.vba.nodes import Imported, Node

    Action = Callable[[Evaluator, Node, list[Any]], Any]


def texts(evaluator: Evaluator, node: Node, values: list[Any]) -> list[Any]:
    """Arguments for an effect: objects are replaced by what they stand for."""
    return [evaluator.plain(value, node) if isinstance(value, Thing) else value for value in values]


def _shell(evaluator: Evaluator, node: Node, values: list[Any]) -> int:
    command, window = argument(texts(evaluator, node, values), 0, ""), argument(values, 1)
    evaluator.session.effect(EffectKind.PROCESS, "Shell", node, command=command, window=window)
    return 1


def _environ(evaluator: Evaluator, node: Node, values: list[Any]) -> Any:
    name = argument(texts(evaluator, node, values), 0, "")
    if isinstance(name, int):
        return evaluator.session.unknown_at(node)
    return evaluator.session.environment_value(text_of(name))


def _create_object(evaluator: Evaluator, node: Node, values: list[Any]) -> Any:
    return objects.create(evaluator, node, text_of(argument(texts(evaluator, node, values), 0, "")))


def _get_object(evaluator: Evaluator, node: Node, values: list[Any]) -> Any:
    given = texts(evaluator, node, values)
    moniker = text_of(argument(given, 0, ""))
    if not moniker:
        return objects.create(evaluator, node, text_of(argument(given, 1, "")))
    return objects.bound(evaluator, node, moniker)


def _call_by_name(evaluator: Evaluator, node: Node, values: list[Any]) -> Any:
    owner, name = argument(values, 0), text_of(argument(values, 1, "")).lower()
    if isinstance(owner, Unknown):
        return objects.call_unknown(evaluator, node, name, values[3:])
    if not isinstance(owner, Thing):
        raise FaultError(424)
    kind = argument(values, 2, 1)
    if kind in {4, 8} and len(values) > 3:
        objects.put(evaluator, node, owner, name, values[3])
        return None
    given = tuple(Argument(Literal(node.start, node.end, value)) for value in values[3:])
    if owner.kind in {"module", "form"} and (called := evaluator.procedure(name, owner.name)) is not None:
        return evaluator.call(called, given)
    return objects.call(evaluator, node, owner, name, given)


def _run_by_name(evaluator: Evaluator, node: Node, values: list[Any]) -> Any:
    """``Application.Run`` and ``OnTime``: a procedure of the project by its name."""
    name = text_of(argument(values, 0, "")).lower().rpartition("!")[2].rpartition(".")[2]
    called = evaluator.procedure(name)
    if called is None:
        return evaluator.session.unknown_at(node)
    return evaluator.call(called, tuple(Argument(Literal(node.start, node.end, one)) for one in values[1:]))


def _message(evaluator: Evaluator, node: Node, values: list[Any]) -> int:
    text = argument(texts(evaluator, node, values), 0, "")
    evaluator.session.effect(EffectKind.MESSAGE, "MsgBox", node, text=text)
    return 1


def _path_effect(kind: EffectKind, by: str, *names: str) -> Action:
    def act(evaluator: Evaluator, node: Node, values: list[Any]) -> None:
        given = texts(evaluator, node, values)
        named = {name: argument(given, at, "") for at, name in enumerate(names)}
        evaluator.session.effect(kind, by, node, **named)

    return act


def _setting(evaluator: Evaluator, node: Node, values: list[Any]) -> None:
    application, section, name, value = [text_of(argument(values, at, "")) for at in range(4)]
    key = f"HKEY_CURRENT_USER\\Software\\VB and VBA Program Settings\\{application}\\{section}"
    evaluator.session.effect(EffectKind.REGISTRY_WRITE, "SaveSetting", node, key=key, name=name, value=value)


def _not_known(evaluator: Evaluator, node: Node, _: list[Any]) -> Any:
    return Unknown(evaluator.session.text_at(node))


def _excel4(evaluator: Evaluator, node: Node, values: list[Any]) -> Any:
    formula = text_of(argument(texts(evaluator, node, values), 0, ""))
    head, _, rest = formula.lstrip("=").partition("(")
    if head.strip().lower() == "exec":
        command = rest.rstrip(") ").strip('"').replace('""', '"')
        evaluator.session.effect(EffectKind.PROCESS, "ExecuteExcel4Macro", node, command=command)
    else:
        evaluator.session.effect(
            EffectKind.SCRIPT, "ExecuteExcel4Macro", node, text=formula, language="excel4"
        )
    return 0


def _ignored(_: Evaluator, __: Node, ___: list[Any]) -> None:
    return None


ACTIONS: Final[dict[str, Action]] = {
    "shell": _shell, "environ": _environ, "createobject": _create_object, "getobject": _get_object,
    "callbyname": _call_by_name, "msgbox": _message, "execute": executed,
    "executeglobal": partial(executed, everywhere=True), "eval": evaluated,
    "executeexcel4macro": _excel4, "savesetting": _setting,
    "application.run": _run_by_name,
    "kill": _path_effect(EffectKind.FILE_DELETE, "Kill", "path"),
    "filecopy": _path_effect(EffectKind.FILE_WRITE, "FileCopy", "source", "path"),
    "name": _path_effect(EffectKind.FILE_WRITE, "Name", "source", "path"),
    "mkdir": _path_effect(EffectKind.FILE_WRITE, "MkDir", "path"),
    **dict.fromkeys(("inputbox", "dir", "now", "date", "time", "timer", "rnd", "curdir", "filelen", "getattr",
                     "dateadd", "datediff", "datepart", "cdate", "year", "month", "day", "hour", "minute",
                     "second",
                     "weekday", "timevalue", "timeserial", "dateserial", "input", "eof", "lof",
                     "getsetting", "command",
                     "varptr", "strptr", "objptr", "err", "isdate"), _not_known),
    **dict.fromkeys(("randomize", "erase", "load", "unload", "beep", "appactivate", "chdir", "chdrive",
    "freefile", "rmdir",
                     "setattr", "sendkeys"), _ignored),
}  # fmt: skip


def imported_call(evaluator: Evaluator, node: Node, imported: Imported, values: list[Any]) -> Any:
    """A function of a Windows library."""
    given = texts(evaluator, node, values)
    found = library_function(imported.alias)
    if found is None:
        shown = [text_of(value) for value in given if isinstance(value, str)]
        if shown:
            evaluator.session.see(" ".join(shown), "computed", node)
        return evaluator.session.unknown_at(node, f"{imported.library}!{imported.alias}")
    kind, by, places = found
    evaluator.session.effect(
        kind,
        by,
        node,
        **{word: argument(given, at) for word, at in places.items() if argument(given, at) is not None},
    )
    return 0 if kind is EffectKind.DOWNLOAD else 1
