"""Cmdlets that stand for themselves: variables, objects, scripts, files, registry, programs, the web."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.powershell.ciphers import secure_text
from noroshi.examine.powershell.clients import download, request
from noroshi.examine.powershell.objects import create
from noroshi.examine.powershell.scanner import variable_name
from noroshi.examine.powershell.values import (
    EvaluationError,
    ScriptValue,
    Table,
    Thing,
    TypeValue,
    Unknown,
    bytes_of,
    from_items,
    items_of,
    normal_type,
    text_of,
)
from noroshi.examine.powershell.variables import VARIABLE_ACTIONS, path_of, variables_like

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.binding import Bound
    from noroshi.examine.powershell.evaluator import Evaluator

    Action = Callable[[Evaluator, n.Command, Bound, list[Any] | None], Any]

# -- objects and scripts --


def _new_object(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> Any:
    if (com := bound.get("comobject")) is not None:
        return Thing(text_of(com).lower())
    type_ = bound.get("typename")
    name = type_.name if isinstance(type_, TypeValue) else normal_type(text_of(type_))
    raw = bound.get("argumentlist")
    arguments = [*(raw if isinstance(raw, list) else [] if raw is None else [raw]), *bound.rest]
    if isinstance(raw, list) and name.rpartition(".")[2] in {"memorystream", "arraylist", "string"}:
        arguments = _unwrapped(raw, name)
    made = create(evaluator, node, name, arguments)
    properties = bound.get("property")
    if isinstance(made, Thing) and isinstance(properties, Table):
        made.state |= properties
    return [made]


def _unwrapped(raw: list[Any], name: str) -> list[Any]:
    """``New-Object type (,$x)`` hands over one array; a plain array is the arguments."""
    if len(raw) == 1 and isinstance(raw[0], list | bytearray):
        return raw
    plain = all(isinstance(item, int) or (isinstance(item, str) and len(item) == 1) for item in raw)
    return [raw] if (plain and len(raw) > 3) or name.endswith("arraylist") else raw


def _invoke_expression(evaluator: Evaluator, node: n.Command, bound: Bound, values: list[Any] | None) -> Any:
    given = bound.get("command")
    outputs: list[Any] = []
    for item in items_of(given) if given is not None else values or []:
        text = text_of(item)
        evaluator.session.effect(
            EffectKind.SCRIPT, "Invoke-Expression", node, text=text, language="powershell"
        )
        if not isinstance(item, Unknown):
            outputs += evaluator.runner.text(node, text)
    return outputs


def _invoke_command(evaluator: Evaluator, _node: n.Command, bound: Bound, values: list[Any] | None) -> Any:
    script = bound.get("scriptblock")
    if not isinstance(script, ScriptValue):
        raise EvaluationError("no script block")
    arguments = items_of(bound.get("argumentlist"))
    return evaluator.runner.call(script.body, arguments, {}, values)


def _add_type(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
    source = bound.get("typedefinition", "memberdefinition")
    if source is not None:
        evaluator.session.effect(EffectKind.SCRIPT, "Add-Type", node, text=source, language="csharp")


def _to_secure(_evaluator: Evaluator, _node: n.Command, bound: Bound, values: list[Any] | None) -> Any:
    text = text_of(bound.get("string") if "string" in bound.values else from_items(values or []))
    if "key" not in bound.values:
        return text
    return secure_text(text, bytes(bytes_of(bound.get("key"))))


def _same(_evaluator: Evaluator, _node: n.Command, bound: Bound, values: list[Any] | None) -> Any:
    return bound.get("securestring", "string", "object") if bound.values else from_items(values or [])


# -- files, registry, programs --


def _write(by: str) -> Action:
    def write(evaluator: Evaluator, node: n.Command, bound: Bound, values: list[Any] | None) -> None:
        content = bound.get("value", "inputobject")
        content = from_items(values or []) if content is None else content
        shown = f"{len(content)} bytes" if isinstance(content, bytearray) else content
        evaluator.session.effect(EffectKind.FILE_WRITE, by, node, path=path_of(bound), content=shown)

    return write


def _get_content(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> Any:
    path = path_of(bound)
    drive, colon, name = path.partition(":")
    if colon and drive.lower() == "variable":
        return from_items(
            [thing.state["value"] for thing in variables_like(evaluator, variable_name(name.lstrip("\\/")))]
        )
    if colon and drive.lower() == "env":
        return evaluator.session.environment_value(name.lstrip("\\/"))
    evaluator.session.effect(EffectKind.FILE_READ, "Get-Content", node, path=path)
    return Unknown(f"content of {path}")


def _remove(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
    for path in items_of(bound.get("path", "literalpath")):
        if not text_of(path).lower().startswith(("variable:", "env:", "alias:", "function:")):
            evaluator.session.effect(EffectKind.FILE_DELETE, "Remove-Item", node, path=path)


def _copy(by: str) -> Action:
    def copy(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
        target = bound.get("destination")
        evaluator.session.effect(EffectKind.FILE_WRITE, by, node, path=target, source=path_of(bound))

    return copy


def _new_item(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
    path = "\\".join(text_of(part) for part in (bound.get("path"), bound.get("name")) if part is not None)
    if path.lower().startswith(("hk", "registry::")):
        evaluator.session.effect(EffectKind.REGISTRY_WRITE, "New-Item", node, key=path)
    else:
        evaluator.session.effect(
            EffectKind.FILE_WRITE, "New-Item", node, path=path, content=bound.get("value")
        )


def _set_property(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
    evaluator.session.effect(
        EffectKind.REGISTRY_WRITE,
        "Set-ItemProperty",
        node,
        key=path_of(bound),
        name=bound.get("name"),
        value=bound.get("value"),
    )


def _start_process(evaluator: Evaluator, node: n.Command, bound: Bound, values: list[Any] | None) -> Thing:
    program = bound.get("filepath") if "filepath" in bound.values else from_items(values or [])
    words = [text_of(program), *(text_of(item) for item in items_of(bound.get("argumentlist")))]
    evaluator.session.effect(EffectKind.PROCESS, "Start-Process", node, command=" ".join(words))
    return Thing("diagnostics.process", {"id": Unknown("process id")})


def _invoke_item(evaluator: Evaluator, node: n.Command, bound: Bound, values: list[Any] | None) -> None:
    program = path_of(bound) or text_of(from_items(values or []))
    evaluator.session.effect(EffectKind.PROCESS, "Invoke-Item", node, command=program)


def _wmi_method(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> Any:
    class_ = text_of(bound.get("class", "classname", "path")).lower()
    method = text_of(bound.get("name", "methodname")).lower()
    given = bound.get("argumentlist", "arguments")
    command = given.look_up("commandline") if isinstance(given, Table) else from_items(items_of(given)[:1])
    if "win32_process" in class_ and method == "create":
        evaluator.session.effect(EffectKind.PROCESS, "Win32_Process.Create", node, command=command)
        return Thing("wmi result", {"returnvalue": 0})
    return evaluator.session.unknown_at(node)


def _wmi_object(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> Any:
    class_ = text_of(bound.get("class", "query")).lower()
    if "list" in bound.switches or class_ == "win32_process":
        return Thing("wmi class", {"value": class_})
    return evaluator.session.unknown_at(node)


def _task(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
    evaluator.session.effect(
        EffectKind.SCHEDULED_TASK,
        "Register-ScheduledTask",
        node,
        name=bound.get("taskname"),
        action=bound.get("action"),
    )


def _task_action(_evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None) -> str:
    return " ".join(
        text_of(bound.get(name)) for name in ("execute", "argument") if bound.get(name) is not None
    )


def _service(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
    evaluator.session.effect(
        EffectKind.SERVICE, "New-Service", node, name=bound.get("name"), command=bound.get("binarypathname")
    )


def _sleep(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
    evaluator.session.effect(
        EffectKind.SLEEP,
        "Start-Sleep",
        node,
        seconds=bound.get("seconds"),
        milliseconds=bound.get("milliseconds"),
    )


# -- the web --


def _web_request(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> Any:
    url, method = bound.get("uri"), text_of(bound.get("method") or "GET").upper()
    if method == "GET":
        found = download(evaluator, node, "Invoke-WebRequest", url, bound.get("outfile"))
    else:
        request(evaluator, node, "Invoke-WebRequest", method, url, body=bound.get("body"))
        found = Unknown(f"answer of {text_of(url)}")
    return None if "outfile" in bound.values else found


def _transfer(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
    targets = items_of(bound.get("destination"))
    for at, url in enumerate(items_of(bound.get("source"))):
        download(evaluator, node, "Start-BitsTransfer", url, targets[at] if at < len(targets) else None)


# -- paths and small things --


def _join_path(_evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None) -> str:
    return f"{text_of(bound.get('path')).rstrip(chr(92))}\\{text_of(bound.get('childpath')).lstrip(chr(92))}"


def _split_path(_evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None) -> str:
    parent, _, leaf = path_of(bound).rpartition("\\")
    return leaf if "leaf" in bound.switches else parent


def _host(evaluator: Evaluator, node: n.Command, bound: Bound, values: list[Any] | None) -> None:
    shown = [bound.get("object"), *bound.rest] if bound.values else values or []
    evaluator.session.effect(
        EffectKind.MESSAGE, "Write-Host", node, text=" ".join(text_of(item) for item in shown)
    )


def _unknown(evaluator: Evaluator, node: n.Command, _bound: Bound, _values: list[Any] | None) -> Unknown:
    return evaluator.session.unknown_at(node)


def _nothing(_evaluator: Evaluator, _node: n.Command, _bound: Bound, _values: list[Any] | None) -> None:
    return None


ACTIONS: Final[dict[str, Action]] = {
    **VARIABLE_ACTIONS,
    "new-object": _new_object,
    "invoke-expression": _invoke_expression,
    "invoke-command": _invoke_command,
    "start-job": _invoke_command,
    "add-type": _add_type,
    "convertto-securestring": _to_secure,
    "convertfrom-securestring": _same,
    "set-content": _write("Set-Content"),
    "add-content": _write("Add-Content"),
    "out-file": _write("Out-File"),
    "get-content": _get_content,
    "remove-item": _remove,
    "copy-item": _copy("Copy-Item"),
    "move-item": _copy("Move-Item"),
    "new-item": _new_item,
    "set-itemproperty": _set_property,
    "new-itemproperty": _set_property,
    "start-process": _start_process,
    "invoke-item": _invoke_item,
    "invoke-wmimethod": _wmi_method,
    "invoke-cimmethod": _wmi_method,
    "get-wmiobject": _wmi_object,
    "get-ciminstance": _wmi_object,
    "register-scheduledtask": _task,
    "new-scheduledtaskaction": _task_action,
    "new-service": _service,
    "start-sleep": _sleep,
    "invoke-webrequest": _web_request,
    "invoke-restmethod": _web_request,
    "start-bitstransfer": _transfer,
    "join-path": _join_path,
    "split-path": _split_path,
    "write-host": _host,
    "get-random": _unknown,
    "get-date": _unknown,
    "test-path": _unknown,
    "get-process": _unknown,
    "get-location": _unknown,
    "get-itemproperty": _unknown,
    "set-strictmode": _nothing,
    "set-executionpolicy": _nothing,
    "import-module": _nothing,
    "set-location": _nothing,
    "clear-host": _nothing,
    "write-verbose": _nothing,
    "write-warning": _nothing,
    "write-error": _nothing,
    "remove-variable": _nothing,
}
