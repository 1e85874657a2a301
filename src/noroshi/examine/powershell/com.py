"""COM objects that scripts use to start programs and to fetch files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.powershell.clients import download, request
from noroshi.examine.powershell.values import Thing, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.evaluator import Evaluator

    Method = Callable[[Evaluator, n.Node, Thing, list[Any]], Any]

_ENVIRONMENT: Final = re.compile(r"%([^%\s]{1,64})%")


def expand_environment(evaluator: Evaluator, text: str) -> str:
    """``%TEMP%`` and its like put in."""
    return _ENVIRONMENT.sub(lambda found: evaluator.session.environment_value(found[1]), text)


def _run(evaluator: Evaluator, node: n.Node, _thing: Thing, args: list[Any]) -> int:
    command = expand_environment(evaluator, text_of(args[0]))
    evaluator.session.effect(EffectKind.PROCESS, "WScript.Shell.Run", node, command=command)
    return 0


def _exec(evaluator: Evaluator, node: n.Node, _thing: Thing, args: list[Any]) -> Thing:
    command = expand_environment(evaluator, text_of(args[0]))
    evaluator.session.effect(EffectKind.PROCESS, "WScript.Shell.Exec", node, command=command)
    return Thing("wshexec")


def _shell_execute(evaluator: Evaluator, node: n.Node, _thing: Thing, args: list[Any]) -> None:
    command = " ".join(text_of(arg) for arg in args[:2] if arg)
    evaluator.session.effect(EffectKind.PROCESS, "Shell.Application.ShellExecute", node, command=command)


def _registry(evaluator: Evaluator, node: n.Node, _thing: Thing, args: list[Any]) -> None:
    key, _, name = text_of(args[0]).rpartition("\\")
    value = args[1] if len(args) > 1 else None
    evaluator.session.effect(
        EffectKind.REGISTRY_WRITE, "WScript.Shell.RegWrite", node, key=key, name=name, value=value
    )


def _open(_evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> None:
    if len(args) > 1:
        thing.state |= {"verb": text_of(args[0]).upper(), "url": text_of(args[1])}


def _send(evaluator: Evaluator, node: n.Node, thing: Thing, args: list[Any]) -> None:
    verb, url = text_of(thing.state.get("verb", "GET")), thing.state.get("url", "")
    if verb == "GET":
        download(evaluator, node, thing.type, url)
    else:
        request(evaluator, node, thing.type, verb, url, body=args[0] if args else None)


def _save(evaluator: Evaluator, node: n.Node, _thing: Thing, args: list[Any]) -> None:
    evaluator.session.effect(EffectKind.FILE_WRITE, "ADODB.Stream.SaveToFile", node, path=args[0])


def _navigate(evaluator: Evaluator, node: n.Node, thing: Thing, args: list[Any]) -> None:
    request(evaluator, node, thing.type, "GET", args[0])


def _wmi_create(evaluator: Evaluator, node: n.Node, thing: Thing, args: list[Any]) -> Thing:
    if "win32_process" in text_of(thing.state.get("value", "")):
        evaluator.session.effect(EffectKind.PROCESS, "Win32_Process.Create", node, command=args[0])
    return Thing("wmi result", {"returnvalue": 0})


def _shortcut(evaluator: Evaluator, node: n.Node, _thing: Thing, args: list[Any]) -> Thing:
    evaluator.session.effect(EffectKind.FILE_WRITE, "WScript.Shell.CreateShortcut", node, path=args[0])
    return Thing("wshshortcut", {"path": args[0]})


def _expand(evaluator: Evaluator, _node: n.Node, _thing: Thing, args: list[Any]) -> str:
    return expand_environment(evaluator, text_of(args[0]))


COM_METHODS: Final[dict[tuple[str, str], Method]] = {
    ("wscript.shell", "run"): _run,
    ("wscript.shell", "exec"): _exec,
    ("wscript.shell", "regwrite"): _registry,
    ("wscript.shell", "createshortcut"): _shortcut,
    ("wscript.shell", "expandenvironmentstrings"): _expand,
    ("shell.application", "shellexecute"): _shell_execute,
    ("msxml2.xmlhttp", "open"): _open,
    ("msxml2.xmlhttp", "send"): _send,
    ("msxml2.serverxmlhttp", "open"): _open,
    ("msxml2.serverxmlhttp", "send"): _send,
    ("microsoft.xmlhttp", "open"): _open,
    ("microsoft.xmlhttp", "send"): _send,
    ("winhttp.winhttprequest", "open"): _open,
    ("winhttp.winhttprequest", "send"): _send,
    ("adodb.stream", "savetofile"): _save,
    ("internetexplorer.application", "navigate"): _navigate,
    ("internetexplorer.application", "navigate2"): _navigate,
    ("wmi class", "create"): _wmi_create,
}
