"""COM objects: what they would do becomes effects; Base64, dictionaries and streams are computed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.environment import FOLDERS
from noroshi.examine.model import EffectKind
from noroshi.examine.vba.contents import (
    add_item,
    first_text,
    has_item,
    item_of,
    items_of,
    load_xml,
    new_element,
    plain,
    set_typed_bytes,
    stream_read,
    stream_text,
    stream_write,
    stream_write_text,
    typed_bytes,
)
from noroshi.examine.vba.functions import argument
from noroshi.examine.vba.values import CLOSE, OPEN, Array, Thing, Unknown, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.vba.evaluator import Evaluator
    from noroshi.examine.vba.nodes import Node

    Method = Callable[[Evaluator, Node, Thing, list[Any]], Any]
    Setter = Callable[[Evaluator, Node, Thing, Any], None]

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "create": ("commandline", "currentdirectory", "processstartupinformation", "processid"),
    "shellexecute": ("file", "vargs", "vdir", "voperation", "vshow"),
    "run": ("command", "windowstyle", "waitonreturn"),
    "open": ("method", "url", "async"),
    "savetofile": ("filename", "options"),
    "followhyperlink": ("address",),
}
"""Names of arguments, in their order."""
_VARIABLE: Final = re.compile(r"%([^%\s]{1,64})%")
_HIVES: Final = {
    "hkcu": "HKEY_CURRENT_USER",
    "hklm": "HKEY_LOCAL_MACHINE",
    "hkcr": "HKEY_CLASSES_ROOT",
    "hku": "HKEY_USERS",
}


def _itself(_: Evaluator, __: Node, owner: Thing, ___: list[Any]) -> Thing:
    return owner


def _nothing(_: Evaluator, __: Node, ___: Thing, ____: list[Any]) -> None:
    return None


def _made(kind: str) -> Method:
    def make(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> Thing:
        name = first_text(evaluator, node, values) if values else kind
        return Thing(kind, {"above": owner}, name)

    return make


# -- processes --


def _wmi_get(evaluator: Evaluator, node: Node, _: Thing, values: list[Any]) -> Thing:
    name = first_text(evaluator, node, values).lower().rpartition(":")[2]
    return Thing("wmiclass", {}, name)


def _wmi_create(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> int:
    command = plain(evaluator, node, argument(values, 0, ""))
    by = "Win32_Process.Create" if "process" in owner.name.lower() else f"{owner.name}.Create"
    folder = plain(evaluator, node, argument(values, 1))
    evaluator.session.effect(EffectKind.PROCESS, by, node, command=command, directory=folder or None)
    return 0


def _wmi_method(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> Any:
    """``ExecMethod``: the command stands in the parameters' ``CommandLine``."""
    given = next(
        (value for value in values if isinstance(value, Thing) and "commandline" in value.state), owner
    )
    command = given.state.get("commandline")
    if command is None:
        return evaluator.session.unknown_at(node)
    return _wmi_create(evaluator, node, Thing("wmiclass", {}, "win32_process"), [command])


def _run(by: str) -> Method:
    def run(evaluator: Evaluator, node: Node, _: Thing, values: list[Any]) -> Any:
        command = plain(evaluator, node, argument(values, 0, ""))
        window = argument(values, 1) if by == "WScript.Shell.Run" else None
        evaluator.session.effect(EffectKind.PROCESS, by, node, command=command, window=window)
        return 0 if by == "WScript.Shell.Run" else Unknown(evaluator.session.text_at(node))

    return run


def _shell_execute(evaluator: Evaluator, node: Node, _: Thing, values: list[Any]) -> None:
    given = [plain(evaluator, node, value) for value in values]
    application, rest = argument(given, 0, ""), argument(given, 1, "")
    command = f"{text_of(application)} {text_of(rest)}".strip()
    evaluator.session.effect(
        EffectKind.PROCESS,
        "ShellExecute",
        node,
        command=command,
        application=application,
        window=argument(given, 4),
    )


def _expand(evaluator: Evaluator, node: Node, _: Thing, values: list[Any]) -> str:
    text = first_text(evaluator, node, values)
    return _VARIABLE.sub(lambda found: evaluator.session.environment_value(found[1]), text)


def _environment_item(evaluator: Evaluator, node: Node, _: Thing, values: list[Any]) -> Any:
    return evaluator.session.environment_value(first_text(evaluator, node, values))


def _special_folder(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> Any:
    if not values:
        return Thing("folders", {"above": owner}, "SpecialFolders")
    name = first_text(evaluator, node, values).lower()
    number = {"0": "windows", "1": "system", "2": "temp", "7": "startup", "26": "applicationdata"}.get(
        name, name
    )
    if number == "temp":
        return evaluator.session.environment_value("temp")
    known = {"appdata": "applicationdata"}.get(number, number)
    return FOLDERS.get(known, f"{OPEN}{name}{CLOSE}")


def _registry_write(evaluator: Evaluator, node: Node, _: Thing, values: list[Any]) -> None:
    path, value = first_text(evaluator, node, values), plain(evaluator, node, argument(values, 1, ""))
    hive, __, rest = path.partition("\\")
    full = f"{_HIVES.get(hive.lower(), hive)}\\{rest}"
    key, __, name = full.rpartition("\\")
    evaluator.session.effect(EffectKind.REGISTRY_WRITE, "RegWrite", node, key=key, name=name, value=value)


def _shortcut_save(evaluator: Evaluator, node: Node, owner: Thing, _: list[Any]) -> None:
    state = owner.state
    evaluator.session.effect(
        EffectKind.FILE_WRITE, "CreateShortcut", node, path=owner.name,
        target=state.get("targetpath"), arguments=state.get("arguments"),
    )  # fmt: skip


def _register_task(evaluator: Evaluator, node: Node, _: Thing, values: list[Any]) -> None:
    definition = argument(values, 1)
    command = ""
    if isinstance(definition, Thing):
        state = definition.state.get("_action", Thing("?")).state
        command = f"{text_of(state.get('path'))} {text_of(state.get('arguments'))}".strip()
    name = first_text(evaluator, node, values)
    evaluator.session.effect(
        EffectKind.SCHEDULED_TASK, "RegisterTaskDefinition", node, name=name, command=command
    )


def _task_part(_: Evaluator, __: Node, owner: Thing, ___: list[Any]) -> Thing:
    """``Actions`` and ``Actions.Create``: what is set there belongs to the definition."""
    if "_definition" not in owner.state:
        return Thing("taskactions", {"_definition": owner}, "Actions")
    action = Thing("action", {}, "Action")
    owner.state["_definition"].state["_action"] = action
    return action


def _code(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> Any:
    language = text_of(owner.state.get("language", "vbscript")).lower()
    text = plain(evaluator, node, argument(values, 0, ""))
    evaluator.session.effect(EffectKind.SCRIPT, "ScriptControl", node, text=text, language=language)
    return evaluator.session.unknown_at(node)


# -- requests and what is done with their answer --


def _http_open(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> None:
    owner.state["_method"] = first_text(evaluator, node, values)
    owner.state["_url"] = first_text(evaluator, node, values, 1)


def _http_send(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> None:
    body = plain(evaluator, node, argument(values, 0)) or None
    url, method = owner.state.get("_url", ""), owner.state.get("_method", "GET")
    evaluator.session.effect(EffectKind.REQUEST, owner.name, node, method=method, url=url, body=body)
    answer = Thing("answer", {"url": url}, f"answer of {text_of(url)}")
    owner.state |= {"responsebody": answer, "responsetext": answer, "responsestream": answer, "status": 200,
                    "readystate": 4, "statustext": "OK", "response": answer}  # fmt: skip


def _navigate(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> None:
    url = plain(evaluator, node, argument(values, 0, ""))
    evaluator.session.effect(EffectKind.REQUEST, owner.name, node, method="GET", url=url)


def _save(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> None:
    path, content = plain(evaluator, node, argument(values, 0, "")), owner.state.get("_content")
    if isinstance(content, Thing) and content.kind == "answer":
        evaluator.session.effect(
            EffectKind.DOWNLOAD, "ADODB.Stream.SaveToFile", node, url=content.state["url"], file=path
        )
        return
    evaluator.session.effect(
        EffectKind.FILE_WRITE, "ADODB.Stream.SaveToFile", node, path=path, content=content
    )


# -- files --


def _text_file(by: str) -> Method:
    def make(evaluator: Evaluator, node: Node, _: Thing, values: list[Any]) -> Thing:
        path = first_text(evaluator, node, values)
        if by == "CreateTextFile":
            evaluator.session.effect(EffectKind.FILE_WRITE, by, node, path=path)
        return Thing("textfile", {"path": path, "line": 1, "atendofstream": True}, path)

    return make


def _file_line(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> None:
    content = plain(evaluator, node, argument(values, 0, ""))
    evaluator.session.effect(
        EffectKind.FILE_WRITE, "TextStream.Write", node, path=owner.name, content=content
    )


def _file(kind: EffectKind, by: str, *names: str) -> Method:
    def act(evaluator: Evaluator, node: Node, _: Thing, values: list[Any]) -> None:
        named = {name: first_text(evaluator, node, values, at) for at, name in enumerate(names)}
        evaluator.session.effect(kind, by, node, **named)

    return act


def _build_path(evaluator: Evaluator, node: Node, _: Thing, values: list[Any]) -> str:
    return (
        first_text(evaluator, node, values).rstrip("\\")
        + "\\"
        + first_text(evaluator, node, values, 1).lstrip("\\")
    )


METHODS: Final[dict[tuple[str, str], Method]] = {
    ("wmi", "get"): _wmi_get, ("wmi", "instancesof"): _wmi_get, ("wmi", "execmethod"): _wmi_method,
    ("wmi", "execmethod_"): _wmi_method, ("locator", "connectserver"): _made("wmi"),
    ("wmiclass", "create"): _wmi_create, ("wmiclass", "spawninstance_"): _made("wmiinstance"),
    ("wmiclass", "methods_"): _itself, ("wmiclass", "item"): _itself, ("wmiclass", "inparameters"): _itself,
    ("wmiclass", "execmethod_"): _wmi_method,
    ("wscript", "run"): _run("WScript.Shell.Run"), ("wscript", "exec"): _run("WScript.Shell.Exec"),
    ("wscript", "expandenvironmentstrings"): _expand, ("wscript", "environment"): _made("environment"),
    ("environment", "item"): _environment_item, ("wscript", "specialfolders"): _special_folder,
    ("folders", "item"): _special_folder, ("wscript", "regwrite"): _registry_write,
    ("wscript", "createshortcut"): _made("shortcut"), ("shortcut", "save"): _shortcut_save,
    ("wscript", "popup"): _nothing, ("wscript", "sendkeys"): _nothing, ("wscript", "appactivate"): _nothing,
    ("host", "createobject"): lambda evaluator, node, _, values: (
        evaluator.builtin(node, "createobject", values)
    ),
    ("host", "sleep"): _file(EffectKind.SLEEP, "WScript.Sleep", "milliseconds"), ("host", "echo"): _nothing,
    ("host", "quit"): _nothing,
    ("shell", "shellexecute"): _shell_execute, ("shell", "open"): _run("Shell.Open"),
    **{("shell", name): _itself for name in ("item", "document", "application", "windows", "parent")},
    ("http", "open"): _http_open, ("http", "send"): _http_send, ("http", "setrequestheader"): _nothing,
    ("http", "setoption"): _nothing, ("http", "settimeouts"): _nothing, ("http", "waitforresponse"): _nothing,
    ("http", "setproxy"): _nothing,
    ("browser", "navigate"): _navigate, ("browser", "navigate2"): _navigate, ("browser", "quit"): _nothing,
    ("stream", "open"): _nothing, ("stream", "close"): _nothing, ("stream", "flush"): _nothing,
    ("stream", "write"): stream_write, ("stream", "writetext"): stream_write_text,
    ("stream", "readtext"): stream_text, ("stream", "read"): stream_read, ("stream", "savetofile"): _save,
    ("fso", "createtextfile"): _text_file("CreateTextFile"), ("fso",
    "opentextfile"): _text_file("OpenTextFile"),
    ("fso", "deletefile"): _file(EffectKind.FILE_DELETE, "DeleteFile", "path"),
    ("fso", "copyfile"): _file(EffectKind.FILE_WRITE, "CopyFile", "source", "path"),
    ("fso", "movefile"): _file(EffectKind.FILE_WRITE, "MoveFile", "source", "path"),
    ("fso", "createfolder"): _file(EffectKind.FILE_WRITE, "CreateFolder", "path"),
    ("fso", "getspecialfolder"): _special_folder, ("fso", "buildpath"): _build_path,
    ("textfile", "write"): _file_line, ("textfile", "writeline"): _file_line, ("textfile", "close"): _nothing,
    ("scheduler", "connect"): _nothing, ("scheduler", "getfolder"): _itself, ("scheduler",
    "newtask"): _made("task"),
    ("scheduler", "registertaskdefinition"): _register_task, ("task", "actions"): _task_part,
    ("taskactions", "create"): _task_part,
    **{("task", name): _made("taskpart") for name in ("triggers", "settings", "registrationinfo",
    "principal")},
    ("taskpart", "create"): _itself,
    **{("scriptcontrol", name): _code for name in ("eval", "executestatement", "addcode", "run")},
    ("dom", "createelement"): new_element, ("dom", "loadxml"): load_xml, ("element",
    "nodetypedvalue"): typed_bytes,
    ("element", "appendchild"): _nothing, ("dom", "appendchild"): _nothing,
    **{(kind, name): method for kind in ("dictionary", "collection")
       for name, method in (("add", add_item), ("item", item_of), ("exists", has_item))},
    ("dictionary", "count"): lambda _, __, owner, ___: len(items_of(owner)),
    ("collection", "count"): lambda _, __, owner, ___: len(items_of(owner)),
    ("dictionary", "items"): lambda _, __, owner, ___: Array(list(items_of(owner).values())),
    ("dictionary", "keys"): lambda _, __, owner, ___: Array(list(items_of(owner))),
}  # fmt: skip
SETTERS: Final[dict[tuple[str, str], Setter]] = {("element", "nodetypedvalue"): set_typed_bytes}
