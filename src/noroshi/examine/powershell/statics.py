"""Static members of .NET types: an allow-list; everything else is unknown."""

from __future__ import annotations

import html
import math
import re
import urllib.parse
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.environment import FOLDERS
from noroshi.examine.model import EffectKind
from noroshi.examine.powershell import converting as c
from noroshi.examine.powershell.clients import request
from noroshi.examine.powershell.objects import create, regex_call
from noroshi.examine.powershell.streams import encoding
from noroshi.examine.powershell.values import (
    Char,
    EvaluationError,
    Thing,
    TypeValue,
    Unknown,
    bytes_of,
    integer_of,
    items_of,
    normal_type,
    number_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.evaluator import Evaluator

    Static = Callable[[Evaluator, n.Node, list[Any]], Any]

_CONSTANTS: Final[dict[tuple[str, str], Any]] = {
    ("string", "empty"): "",
    ("int", "maxvalue"): 2**31 - 1,
    ("int", "minvalue"): -(2**31),
    ("byte", "maxvalue"): 255,
    ("math", "pi"): math.pi,
    ("environment", "newline"): "\r\n",
    ("environment", "machinename"): "‹COMPUTERNAME›",
    ("environment", "username"): "‹USERNAME›",
    ("environment", "userdomainname"): "‹USERDOMAIN›",
    ("environment", "systemdirectory"): "C:\\Windows\\system32",
    ("environment", "currentdirectory"): "‹current directory›",
    ("io.path", "directoryseparatorchar"): Char("\\"),
    ("intptr", "zero"): 0,
    ("intptr", "size"): 8,
}


def get_static(evaluator: Evaluator, node: n.Node, type_: str, name: str) -> Any:
    """``[type]::name``.

    Raises:
        EvaluationError: It is not known.
    """
    if (type_, name) in _CONSTANTS:
        return _CONSTANTS[type_, name]
    if type_ == "text.encoding":
        return encoding(name)
    if (type_, name) in _STATICS or name == "new":
        return Thing("static method", {"type": type_, "name": name})
    if type_ in {"dateTime", "datetime", "guid"}:
        return evaluator.session.unknown_at(node)
    # Members of enumerations stand for their own names.
    return name if _is_enumeration(type_) else evaluator.session.unknown_at(node)


def _is_enumeration(type_: str) -> bool:
    return type_.rpartition(".")[2].endswith(
        ("mode", "options", "type", "protocol", "protocoltype", "style", "flags", "specialfolder",
        "fileattributes",
         "stringsplitoptions", "bindingflags", "access", "origin", "formattingoptions", "scope", "method")
    )  # fmt: skip


def call_static(evaluator: Evaluator, node: n.Node, type_: str, name: str, arguments: list[Any]) -> Any:
    """``[type]::name(arguments)``.

    Raises:
        EvaluationError: It fails, or is not known.
    """
    if name == "new":
        return create(evaluator, node, type_, arguments)
    method = _STATICS.get((type_, name))
    if method is not None:
        return method(evaluator, node, arguments)
    if type_ == "math":
        return _math(name, arguments)
    if type_ == "text.encoding" or name == "getencoding":
        return encoding(arguments[0] if arguments else name)
    if type_ == "text.regularexpressions.regex":
        return _regex(evaluator, name, arguments)
    if type_.startswith("security.cryptography") and name == "create":
        return Thing(type_ if not arguments else f"security.cryptography.{text_of(arguments[0]).lower()}")
    if type_ == "char":
        return _char(name, arguments)
    return evaluator.session.unknown_at(node)


def _math(name: str, args: list[Any]) -> Any:
    values = [number_of(arg) for arg in args]
    actions: dict[str, Callable[..., Any]] = {
        "abs": abs, "floor": math.floor, "ceiling": math.ceil, "round": round, "max": max, "min": min,
        "sqrt": math.sqrt, "truncate": math.trunc, "sin": math.sin, "cos": math.cos, "log": math.log,
        "exp": math.exp,
    }  # fmt: skip
    if name == "pow":
        base, power = values
        if abs(power) > 1024:
            raise EvaluationError("the power is too large")
        result = float(base) ** float(power)
        return int(result) if result.is_integer() else result
    if name not in actions:
        raise EvaluationError(f"Math has no {name}")
    return actions[name](*values)


def _regex(evaluator: Evaluator, name: str, args: list[Any]) -> Any:
    if name == "escape":
        return re.escape(text_of(args[0]))
    if name == "unescape":
        return _unescaped(text_of(args[0]))
    at = 3 if name == "replace" else 2
    options = text_of(args[at]) if len(args) > at else ""
    return regex_call(evaluator, name, text_of(args[1]), options, [args[0], *args[2:3]])


_ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|([nrtfv0])|(.))", re.DOTALL)
_CONTROL: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}


def _unescaped(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        return chr(int(code, 16)) if code else _CONTROL.get(found[3] or "", found[4] or "")

    return _ESCAPE.sub(plain, text)


def _char(name: str, args: list[Any]) -> Any:
    if name == "convertfromutf32":
        return chr(integer_of(args[0]))
    letter = text_of(args[0])
    actions: dict[str, Callable[[], Any]] = {
        "toupper": lambda: Char(letter.upper()),
        "tolower": lambda: Char(letter.lower()),
        "isletter": letter.isalpha,
        "isdigit": letter.isdigit,
        "isletterordigit": letter.isalnum,
        "isupper": letter.isupper,
        "islower": letter.islower,
        "iswhitespace": letter.isspace,
    }
    if name not in actions:
        raise EvaluationError(f"Char has no {name}")
    return actions[name]()


def _new_array(evaluator: Evaluator, node: n.Node, args: list[Any]) -> Any:
    type_ = args[0].name if isinstance(args[0], TypeValue) else normal_type(text_of(args[0]))
    return create(evaluator, node, f"{type_}[]", args[1:])


def _activated(evaluator: Evaluator, node: n.Node, args: list[Any]) -> Any:
    type_ = args[0].name if isinstance(args[0], TypeValue) else normal_type(text_of(args[0]))
    return create(evaluator, node, type_, args[1:])


def _folder(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    name = text_of(args[0]).lower()
    return FOLDERS.get(name, f"‹folder {name}›")


def _environment(evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    return evaluator.session.environment_value(text_of(args[0]))


def _temporary_folder(evaluator: Evaluator, _node: n.Node, _args: list[Any]) -> str:
    return evaluator.session.environment_value("temp") + "\\"


def _combine(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    parts = [text_of(part) for arg in args for part in items_of(arg)]
    return "\\".join([*(part.rstrip("\\") for part in parts[:-1]), *parts[-1:]])


def _write_file(name: str) -> Static:
    def write(evaluator: Evaluator, node: n.Node, args: list[Any]) -> None:
        content = args[1] if len(args) > 1 else None
        shown = f"{len(content)} bytes" if isinstance(content, bytearray) else content
        evaluator.session.effect(EffectKind.FILE_WRITE, f"IO.File.{name}", node, path=args[0], content=shown)

    return write


def _read_file(evaluator: Evaluator, node: n.Node, args: list[Any]) -> Unknown:
    evaluator.session.effect(EffectKind.FILE_READ, "IO.File.Read", node, path=args[0])
    return Unknown(f"content of {text_of(args[0])}")


def _delete_file(evaluator: Evaluator, node: n.Node, args: list[Any]) -> None:
    evaluator.session.effect(EffectKind.FILE_DELETE, "IO.File.Delete", node, path=args[0])


def _start(evaluator: Evaluator, node: n.Node, args: list[Any]) -> Thing:
    first = args[0]
    if isinstance(first, Thing):
        state = first.state
        command = " ".join(text_of(state[key]) for key in ("filename", "arguments") if key in state)
    else:
        command = " ".join(text_of(arg) for arg in args[:2])
    evaluator.session.effect(EffectKind.PROCESS, "Diagnostics.Process.Start", node, command=command)
    return Thing("diagnostics.process")


def _load(evaluator: Evaluator, node: n.Node, args: list[Any]) -> Thing:
    content = args[0]
    shown = f"{len(content)} bytes" if isinstance(content, bytearray | list) else text_of(content)
    evaluator.session.effect(EffectKind.LIBRARY, "Reflection.Assembly.Load", node, path=shown)
    return Thing("reflection.assembly")


def _sleep(evaluator: Evaluator, node: n.Node, args: list[Any]) -> None:
    evaluator.session.effect(EffectKind.SLEEP, "Thread.Sleep", node, milliseconds=args[0])


def _web_request(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> Thing:
    return Thing("net.webrequest", {"url": text_of(args[0])})


def _script(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> Thing:
    return Thing("script text", {"value": text_of(args[0])})


def _same(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> Any:
    return args[0]


def _url_decoded(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    return urllib.parse.unquote(text_of(args[0]))


def _query_decoded(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    return urllib.parse.unquote_plus(text_of(args[0]))


def _html_decoded(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    return html.unescape(text_of(args[0]))


def _hex(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    return "-".join(f"{byte:02X}" for byte in bytes_of(args[0]))


def _dns(evaluator: Evaluator, node: n.Node, args: list[Any]) -> Unknown:
    request(evaluator, node, "Net.Dns", "DNS", args[0])
    return Unknown(f"addresses of {text_of(args[0])}")


_MARSHAL: Final = "runtime.interopservices.marshal"
_STATICS: Final[dict[tuple[str, str], Static]] = {
    ("convert", "frombase64string"): c.from_base64,
    ("convert", "frombase64chararray"): c.from_base64,
    ("convert", "tobase64string"): c.to_base64,
    ("convert", "tobyte"): c.to_integer(8, signed=False),
    ("convert", "toint16"): c.to_integer(16, signed=True),
    ("convert", "toint32"): c.to_integer(32, signed=True),
    ("convert", "toint64"): c.to_integer(64, signed=True),
    ("convert", "touint16"): c.to_integer(16, signed=False),
    ("convert", "touint32"): c.to_integer(32, signed=False),
    ("convert", "tochar"): c.to_char,
    ("convert", "tostring"): c.to_string,
    ("string", "join"): c.join,
    ("string", "concat"): c.concat,
    ("string", "format"): c.formatted_text,
    ("string", "copy"): lambda _e, _n, args: text_of(args[0]),
    ("string", "isnullorempty"): lambda _e, _n, args: not text_of(args[0]),
    ("string", "isnullorwhitespace"): lambda _e, _n, args: not text_of(args[0]).strip(),
    ("array", "reverse"): c.reverse,
    ("array", "copy"): c.copy,
    ("buffer", "blockcopy"): c.copy,
    ("array", "indexof"): lambda _e, _n, args: (
        items_of(args[0]).index(args[1]) if args[1] in items_of(args[0]) else -1
    ),
    ("array", "createinstance"): _new_array,
    ("array", "sort"): lambda _e, _n, args: args[0].sort(key=text_of),
    ("environment", "getfolderpath"): _folder,
    ("environment", "getenvironmentvariable"): _environment,
    ("io.path", "combine"): _combine,
    ("io.path", "gettemppath"): _temporary_folder,
    ("io.path", "gettempfilename"): lambda _e, _n, _args: "‹temporary file›",
    ("io.path", "getrandomfilename"): lambda _e, _n, _args: "‹random name›",
    ("io.file", "writeallbytes"): _write_file("WriteAllBytes"),
    ("io.file", "writealltext"): _write_file("WriteAllText"),
    ("io.file", "writealllines"): _write_file("WriteAllLines"),
    ("io.file", "appendalltext"): _write_file("AppendAllText"),
    ("io.file", "readallbytes"): _read_file,
    ("io.file", "readalltext"): _read_file,
    ("io.file", "readalllines"): _read_file,
    ("io.file", "delete"): _delete_file,
    ("io.directory", "createdirectory"): _write_file("CreateDirectory"),
    ("diagnostics.process", "start"): _start,
    ("reflection.assembly", "load"): _load,
    ("reflection.assembly", "loadfile"): _load,
    ("reflection.assembly", "loadwithpartialname"): lambda _e, _n, _args: None,
    ("appdomain", "load"): _load,
    ("threading.thread", "sleep"): _sleep,
    ("net.webrequest", "create"): _web_request,
    ("net.webrequest", "createhttp"): _web_request,
    ("net.httpwebrequest", "create"): _web_request,
    ("net.dns", "gethostaddresses"): _dns,
    ("net.dns", "gethostbyname"): _dns,
    ("management.automation.scriptblock", "create"): _script,
    ("activator", "createinstance"): _activated,
    ("type", "gettype"): lambda _e, _n, args: TypeValue(normal_type(text_of(args[0]))),
    (_MARSHAL, "securestringtobstr"): _same,
    (_MARSHAL, "securestringtoglobalallocunicode"): _same,
    (_MARSHAL, "securestringtocotaskmemunicode"): _same,
    (_MARSHAL, "ptrtostringauto"): _same,
    (_MARSHAL, "ptrtostringbstr"): _same,
    (_MARSHAL, "ptrtostringuni"): _same,
    (_MARSHAL, "ptrtostringansi"): _same,
    ("uri", "unescapedatastring"): _url_decoded,
    ("web.httputility", "urldecode"): _query_decoded,
    ("net.webutility", "urldecode"): _query_decoded,
    ("web.httputility", "htmldecode"): _html_decoded,
    ("net.webutility", "htmldecode"): _html_decoded,
    ("bitconverter", "tostring"): _hex,
    ("bitconverter", "toint32"): lambda _e, _n, args: int.from_bytes(
        bytes_of(args[0])[:4], "little", signed=True
    ),
    ("bitconverter", "getbytes"): lambda _e, _n, args: bytearray(
        integer_of(args[0]).to_bytes(4, "little", signed=True)
    ),
}
