"""Cmdlets that stand for themselves: variables, objects, scripts, files, registry, programs, the web."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.powershell.automatic import ALIASES, CANONICAL, CMDLETS, NAMES
from noroshi.examine.powershell.binding import Signature
from noroshi.examine.powershell.ciphers import secure_text
from noroshi.examine.powershell.clients import download, request
from noroshi.examine.powershell.objects import create
from noroshi.examine.powershell.operators import wildcard
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.binding import Bound
    from noroshi.examine.powershell.evaluator import Evaluator

    Action = Callable[[Evaluator, n.Command, Bound, list[Any] | None], Any]

_PATHS: Final = ("path", "literalpath", "filepath", "name", "destination")

SIGNATURES: Final[dict[str, Signature]] = {
    "foreach-object": Signature(("process",), ("begin", "end", "inputobject", "membername", "argumentlist")),
    "where-object": Signature(("filterscript",), ("property", "inputobject", "eq", "ne", "like", "notlike",
    "match",
        "notmatch", "gt", "lt", "ge", "le", "contains", "in", "value")),
    "select-object": Signature(("property",), ("first", "last", "skip", "index", "expandproperty",
    "inputobject"),
        ("unique",)),
    "sort-object": Signature(("property",), ("inputobject",), ("descending", "unique")),
    "write-output": Signature(("inputobject",), (), ("noenumerate",)),
    "measure-object": Signature(("property",), ("inputobject",), ("sum", "average", "character", "line",
    "word")),
    "new-object": Signature(("typename", "argumentlist"), ("comobject", "property"), ("strict",)),
    "invoke-expression": Signature(("command",)),
    "invoke-command": Signature(("scriptblock",), ("argumentlist", "computername", "session"),
    ("nonewscope",)),
    "get-variable": Signature(("name",), ("scope", "include"), ("valueonly",)),
    "set-variable": Signature(("name", "value"), ("scope", "option", "visibility"), ("force", "passthru")),
    "new-variable": Signature(("name", "value"), ("scope", "option", "visibility"), ("force", "passthru")),
    "set-item": Signature(("path", "value"), ("literalpath",), ("force",)),
    "get-item": Signature(("path",), ("literalpath",), ("force",)),
    "get-childitem": Signature(("path", "filter"), ("literalpath", "include", "exclude"), ("recurse",
    "force", "name")),
    "get-content": Signature(("path",), ("literalpath", "encoding", "totalcount", "delimiter"), ("raw",)),
    "set-content": Signature(("path", "value"), ("literalpath", "encoding"), ("force", "nonewline")),
    "add-content": Signature(("path", "value"), ("literalpath", "encoding"), ("force", "nonewline")),
    "out-file": Signature(("filepath",), ("inputobject", "encoding", "width"), ("append", "force")),
    "start-process": Signature(("filepath", "argumentlist"), ("workingdirectory", "verb", "windowstyle",
    "credential",
        "redirectstandardoutput"), ("wait", "passthru", "nonewwindow")),
    "invoke-webrequest": Signature(("uri",), ("outfile", "method", "body", "headers", "useragent",
    "credential",
        "proxy", "timeoutsec", "contenttype", "infile", "sessionvariable", "websession"),
        ("usebasicparsing", "usedefaultcredentials", "skipcertificatecheck", "disablekeepalive")),
    "start-bitstransfer": Signature(("source", "destination"), ("displayname", "priority", "transfertype"),
        ("asynchronous",)),
    "start-sleep": Signature(("seconds",), ("milliseconds",)),
    "convertto-securestring": Signature(("string",), ("key", "securekey"), ("asplaintext", "force")),
    "convertfrom-securestring": Signature(("securestring",), ("key", "securekey"), ("asplaintext",)),
    "set-alias": Signature(("name", "value"), ("scope", "option", "description"), ("force", "passthru")),
    "get-alias": Signature(("name",), ("definition", "scope")),
    "get-command": Signature(("name",), ("commandtype", "module", "noun", "verb"), ("all", "listimported")),
    "join-path": Signature(("path", "childpath"), ("additionalchildpath",), ("resolve",)),
    "split-path": Signature(("path",), (), ("leaf", "parent", "leafbase", "extension")),
    "set-itemproperty": Signature(("path", "name", "value"), ("literalpath", "type", "propertytype"),
    ("force",)),
    "new-itemproperty": Signature(("path", "name"), ("value", "type", "propertytype"), ("force",)),
    "new-item": Signature(("path",), ("name", "itemtype", "value", "type"), ("force",)),
    "remove-item": Signature(("path",), ("literalpath", "include", "exclude"), ("recurse", "force")),
    "copy-item": Signature(("path", "destination"), ("literalpath",), ("recurse", "force")),
    "move-item": Signature(("path", "destination"), ("literalpath",), ("force",)),
    "invoke-item": Signature(("path",), ("literalpath",)),
    "invoke-wmimethod": Signature(("class", "name", "argumentlist"), ("path", "computername", "namespace")),
    "invoke-cimmethod": Signature(("classname", "methodname"), ("arguments", "computername", "namespace")),
    "get-wmiobject": Signature(("class", "property"), ("query", "filter", "namespace", "computername"),
    ("list",)),
    "register-scheduledtask": Signature(("taskname",), ("action", "trigger", "xml", "user"), ("force",)),
    "new-service": Signature(("name", "binarypathname"), ("displayname", "startuptype")),
    "add-type": Signature(("typedefinition",), ("assemblyname", "memberdefinition", "name", "namespace",
    "path",
        "language"), ("passthru",)),
    "get-random": Signature(("maximum",), ("minimum", "inputobject", "count")),
    "test-path": Signature(("path",), ("literalpath", "pathtype")),
    "start-job": Signature(("scriptblock",), ("argumentlist", "name", "filepath")),
    "write-host": Signature(("object",), ("foregroundcolor", "backgroundcolor", "separator"), ("nonewline",)),
}  # fmt: skip


def _path(bound: Bound) -> str:
    return text_of(bound.get("path", "literalpath", "filepath"))


# -- variables, aliases, commands --


def _variables(evaluator: Evaluator, pattern: str) -> list[Any]:
    """Variables whose name fits, as objects with name and value."""
    found: dict[str, Any] = {}
    for scope in evaluator.session.scopes:
        found |= {name: value for name, value in scope.items() if wildcard(name, pattern)}
    found |= {
        name: Unknown(f"${shown}")
        for name, shown in NAMES.items()
        if name not in found and wildcard(name, pattern)
    }
    return [
        Thing("variable", {"name": NAMES.get(name, name), "value": value, "key": name})
        for name, value in found.items()
    ]


def _get_variable(evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None) -> Any:
    names = items_of(bound.get("name")) or ["*"]
    found = [thing for name in names for thing in _variables(evaluator, variable_name(text_of(name)))]
    if "valueonly" in bound.switches:
        return from_items([thing.state["value"] for thing in found])
    return found


def _set_variable(evaluator: Evaluator, _node: n.Command, bound: Bound, values: list[Any] | None) -> None:
    value = bound.get("value") if "value" in bound.values else from_items(values or [])
    for name in items_of(bound.get("name")):
        evaluator.session.assign(variable_name(text_of(name)), value)


def _set_item(evaluator: Evaluator, node: n.Command, bound: Bound, values: list[Any] | None) -> None:
    drive, colon, name = _path(bound).partition(":")
    value = bound.get("value") if "value" in bound.values else from_items(values or [])
    name = name.lstrip("\\/")
    if colon and drive.lower() == "variable":
        evaluator.session.assign(variable_name(name), value)
    elif colon and drive.lower() == "env":
        evaluator.session.environment[name.lower()] = text_of(value)
    elif colon and drive.lower() == "alias":
        evaluator.session.aliases[name.lower()] = text_of(value).lower()
    elif colon and drive.lower() == "function" and isinstance(value, ScriptValue):
        evaluator.session.functions[name.lower()] = value.body
    else:
        evaluator.session.effect(EffectKind.FILE_WRITE, "Set-Item", node, path=_path(bound), content=value)


def _get_item(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> Any:
    found: list[Any] = []
    for path in items_of(bound.get("path", "literalpath")):
        if isinstance(path, Thing):
            found.append(path)
            continue
        drive, colon, name = text_of(path).partition(":")
        found += _items_on(evaluator, node, drive.lower() if colon else "", name.lstrip("\\/"), text_of(path))
    return found


def _items_on(evaluator: Evaluator, node: n.Command, drive: str, name: str, path: str) -> list[Any]:
    if drive == "variable":
        return _variables(evaluator, variable_name(name) or "*")
    if drive == "env":
        known = evaluator.session.environment
        fits = [key for key in known if wildcard(key, name.lower() or "*")]
        return [Thing("variable", {"name": key, "value": known[key]}) for key in fits]
    if drive == "alias":
        return [
            Thing("alias", {"name": key, "value": to})
            for key, to in ALIASES.items()
            if wildcard(key, name or "*")
        ]
    if drive == "function":
        return []
    return [Thing("file", {"fullname": path, "name": path.rpartition("\\")[2], "value": path,
                           "length": evaluator.session.unknown_at(node)})]  # fmt: skip


def _set_alias(evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None) -> None:
    evaluator.session.aliases[text_of(bound.get("name")).lower()] = text_of(bound.get("value")).lower()


def _get_alias(_evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None) -> list[Any]:
    wanted = text_of(bound.get("name")).lower() or "*"
    definition = text_of(bound.get("definition")).lower()
    return [
        Thing("alias", {"name": name, "value": name, "definition": CANONICAL.get(to, to)})
        for name, to in ALIASES.items()
        if wildcard(name, wanted) and (not definition or wildcard(to, definition))
    ]


def _get_command(
    _evaluator: Evaluator, _node: n.Command, bound: Bound, _values: list[Any] | None
) -> list[Any]:
    patterns = [text_of(item) for item in items_of(bound.get("name"))] or ["*"]
    found = [name for pattern in patterns for name in CMDLETS if wildcard(name, pattern)]
    if not found:
        found = [pattern for pattern in patterns if not set(pattern) & set("*?[")]
    return [Thing("command", {"name": name, "value": name}) for name in found]


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
        evaluator.session.effect(EffectKind.FILE_WRITE, by, node, path=_path(bound), content=shown)

    return write


def _get_content(evaluator: Evaluator, node: n.Command, bound: Bound, _values: list[Any] | None) -> Any:
    path = _path(bound)
    drive, colon, name = path.partition(":")
    if colon and drive.lower() == "variable":
        return from_items(
            [thing.state["value"] for thing in _variables(evaluator, variable_name(name.lstrip("\\/")))]
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
        evaluator.session.effect(EffectKind.FILE_WRITE, by, node, path=target, source=_path(bound))

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
        key=_path(bound),
        name=bound.get("name"),
        value=bound.get("value"),
    )


def _start_process(evaluator: Evaluator, node: n.Command, bound: Bound, values: list[Any] | None) -> Thing:
    program = bound.get("filepath") if "filepath" in bound.values else from_items(values or [])
    words = [text_of(program), *(text_of(item) for item in items_of(bound.get("argumentlist")))]
    evaluator.session.effect(EffectKind.PROCESS, "Start-Process", node, command=" ".join(words))
    return Thing("diagnostics.process", {"id": Unknown("process id")})


def _invoke_item(evaluator: Evaluator, node: n.Command, bound: Bound, values: list[Any] | None) -> None:
    program = _path(bound) or text_of(from_items(values or []))
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
    parent, _, leaf = _path(bound).rpartition("\\")
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
    "get-variable": _get_variable,
    "set-variable": _set_variable,
    "new-variable": _set_variable,
    "set-item": _set_item,
    "get-item": _get_item,
    "get-childitem": _get_item,
    "set-alias": _set_alias,
    "new-alias": _set_alias,
    "get-alias": _get_alias,
    "get-command": _get_command,
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
SIGNATURES["invoke-restmethod"] = SIGNATURES["invoke-webrequest"]
SIGNATURES["new-alias"] = SIGNATURES["set-alias"]
SIGNATURES["get-ciminstance"] = SIGNATURES["get-wmiobject"]
SIGNATURES["new-scheduledtaskaction"] = Signature(("execute", "argument"), ("workingdirectory",))
