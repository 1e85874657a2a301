"""Objects of .NET and COM that scripts use. What they would do is not done; it is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.powershell.clients import CLIENT_METHODS, request
from noroshi.examine.powershell.com import COM_METHODS
from noroshi.examine.powershell.regexes import evaluated, matches_of, replaced, split_text
from noroshi.examine.powershell.streaming import (
    CRYPTO_METHODS,
    ENCODING_METHODS,
    STREAM_METHODS,
    unwrapped,
)
from noroshi.examine.powershell.streams import content_of, encoding
from noroshi.examine.powershell.texts import TEXT_METHODS
from noroshi.examine.powershell.values import (
    EvaluationError,
    ScriptValue,
    Thing,
    Unknown,
    bytes_of,
    from_items,
    integer_of,
    items_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.evaluator import Evaluator

    Method = Callable[[Evaluator, n.Node, Thing, list[Any]], Any]

_STREAMS: Final = ("stream", "streamreader", "binaryreader", "stringreader")


def create(evaluator: Evaluator, node: n.Node, type_: str, arguments: list[Any]) -> Any:
    """``New-Object type arguments`` and ``[type]::new(arguments)``.

    Raises:
        EvaluationError: The arguments do not fit.
    """
    kind = type_.rpartition(".")[2]
    if kind in {
        "gzipstream",
        "deflatestream",
        "cryptostream",
        "bufferedstream",
        "streamreader",
        "binaryreader",
    }:
        return _over_stream(type_, kind, arguments)
    if kind == "memorystream":
        first = arguments[0] if arguments else bytearray()
        start = bytearray() if isinstance(first, int) else bytearray(bytes_of(unwrapped(first)))
        return Thing(type_, content=start)
    if type_ == "string":
        return _new_text(arguments)
    if kind in {"arraylist", "list", "queue", "stack"} and type_.startswith("collections"):
        return list(items_of(arguments[0])) if arguments and not isinstance(arguments[0], int) else []
    if type_.endswith("[]"):
        return _new_array(evaluator, type_, arguments)
    if kind.endswith("encoding") and type_.startswith("text."):
        return encoding(kind)
    return _with_arguments(evaluator, node, type_, kind, arguments)


def _over_stream(type_: str, kind: str, arguments: list[Any]) -> Thing:
    made = Thing(type_, {"base": arguments[0]})
    if kind == "cryptostream":
        made.state["transform"] = arguments[1]
    elif kind in {"gzipstream", "deflatestream"} and len(arguments) > 1:
        made.state["compress"] = arguments[1]
    elif len(arguments) > 1:
        made.state["encoding"] = arguments[1]
    if isinstance(arguments[0], str | Unknown):
        raise EvaluationError("a file is not read")
    return made


def _new_text(arguments: list[Any]) -> str:
    first = arguments[0] if arguments else ""
    if isinstance(first, list) and len(arguments) <= 1:
        return "".join(map(text_of, first))
    if len(arguments) == 2 and isinstance(arguments[1], int):
        return text_of(first) * min(integer_of(arguments[1]), 1_000_000)
    if isinstance(first, list) and len(arguments) == 3:
        begin, count = integer_of(arguments[1]), integer_of(arguments[2])
        return "".join(map(text_of, first[begin : begin + count]))
    return text_of(first)


def _new_array(evaluator: Evaluator, type_: str, arguments: list[Any]) -> Any:
    size = integer_of(arguments[0]) if arguments else 0
    evaluator.session.meter.items(size)
    if type_ == "byte[]":
        return bytearray(size)
    return [0 if type_ in {"int[]", "long[]"} else None] * size


def _with_arguments(evaluator: Evaluator, node: n.Node, type_: str, kind: str, arguments: list[Any]) -> Thing:
    made = Thing(type_)
    if kind == "stringbuilder":
        made.state["value"] = text_of(arguments[0]) if arguments and isinstance(arguments[0], str) else ""
    elif kind == "regex":
        made.state |= {
            "value": text_of(arguments[0]),
            "options": text_of(arguments[1]) if len(arguments) > 1 else "",
        }
    elif kind == "stringreader":
        made.content = bytearray(text_of(arguments[0]).encode("utf-8", "surrogatepass"))
    elif kind == "tcpclient" and len(arguments) > 1:
        request(evaluator, node, "TCPClient", "CONNECT", f"{text_of(arguments[0])}:{text_of(arguments[1])}")
    elif kind == "pscredential" and len(arguments) > 1:
        made.state |= {"username": text_of(arguments[0]), "password": text_of(arguments[1])}
    elif kind == "processstartinfo" and arguments:
        made.state["filename"] = arguments[0]
        if len(arguments) > 1:
            made.state["arguments"] = arguments[1]
    elif arguments:
        made.state["value"] = from_items(arguments) if len(arguments) == 1 else text_of(arguments[0])
    return made


def thing_member(evaluator: Evaluator, node: n.Node, thing: Thing, name: str) -> Any:
    """A property of an object.

    Raises:
        EvaluationError: It is not known.
    """
    if name in thing.state:
        return thing.state[name]
    kind = thing.type.rpartition(".")[2]
    if kind in {"memorystream", "gzipstream", "deflatestream"} and name == "length":
        return len(content_of(thing, evaluator.session.meter))
    if name == "position":
        return thing.at
    if kind == "stringbuilder" and name == "length":
        return len(text_of(thing.state.get("value", "")))
    if name == "basestream" and "base" in thing.state:
        return thing.state["base"]
    if name in {"endofstream", "hasexited"}:
        return True
    return _lazy_member(evaluator, node, thing, name)


_CONTAINERS: Final = frozenset(
    {"headers", "proxy", "credentials", "startinfo", "invokecommand", "defaultcredentials"}
)


def _lazy_member(evaluator: Evaluator, node: n.Node, thing: Thing, name: str) -> Any:
    if _method_of(thing, name) is not None:
        return Thing("method", {"holder": thing, "name": name})
    if name in _CONTAINERS:
        thing.state[name] = Thing(name)
        return thing.state[name]
    if name in {"responsetext", "responsebody", "content", "stdout", "standardoutput"}:
        return Unknown(f"{name} of {text_of(thing.state.get('url', thing.type))}")
    return evaluator.session.unknown_at(node)


def call_thing(evaluator: Evaluator, node: n.Node, thing: Thing, name: str, arguments: list[Any]) -> Any:
    """A method of an object.

    Raises:
        EvaluationError: It fails, or is not known.
    """
    method = _method_of(thing, name)
    return (
        _any_method(evaluator, node, thing, name)
        if method is None
        else method(evaluator, node, thing, arguments)
    )


def _method_of(thing: Thing, name: str) -> Method | None:
    kind = thing.type.rpartition(".")[2]
    method = _METHODS.get((kind, name)) or COM_METHODS.get((_com_kind(thing.type), name))
    if method is None and kind.endswith(("webclient", "httpclient", "webrequest", "webresponse")):
        method = CLIENT_METHODS.get(name)
    if method is None and name in STREAM_METHODS and kind.endswith(_STREAMS):
        method = STREAM_METHODS[name]
    if method is None and "codec" in thing.state:
        method = ENCODING_METHODS.get(name)
    if method is None and "cryptography" in thing.type:
        method = CRYPTO_METHODS.get(name)
    return method


_SILENT: Final = frozenset(
    {
        "close",
        "dispose",
        "flush",
        "add",
        "set",
        "clear",
        "start",
        "beginerrorreadline",
        "waitforexit",
        "open",
        "genkey",
    }
)


def _com_kind(type_: str) -> str:
    parts = type_.split(".")
    return ".".join(parts[:2])


def _any_method(evaluator: Evaluator, node: n.Node, thing: Thing, name: str) -> Any:
    if name == "tostring":
        return text_of(thing)
    if name in {"gettype", "getawaiter", "getnetworkcredential"}:
        return thing
    if name in {"getresult", "result", "get_result"}:
        return thing.state.get("value")
    if name in _SILENT:
        return None
    return evaluator.session.unknown_at(node)


# -- builders, expressions, method references, processes --


def _append(evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> Thing:
    added = "".join(text_of(item) for item in items_of(args[0])) if args else ""
    evaluator.session.meter.text(len(added))
    thing.state["value"] = text_of(thing.state.get("value", "")) + added
    return thing


def _append_line(evaluator: Evaluator, node: n.Node, thing: Thing, args: list[Any]) -> Thing:
    return _append(evaluator, node, thing, [(text_of(args[0]) if args else "") + "\r\n"])


def _edit(name: str) -> Method:
    def edit(evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> Thing:
        text = text_of(thing.state.get("value", ""))
        thing.state["value"] = TEXT_METHODS[name](text, args, evaluator.session.meter)
        return thing

    return edit


def regex_call(evaluator: Evaluator, name: str, pattern: str, options: str, args: list[Any]) -> Any:
    """A method of ``[regex]``, its pattern and options apart.

    Raises:
        EvaluationError: It is not known, or the pattern is not taken.
    """
    text = text_of(args[0])
    cased = "ignorecase" not in options.lower() and options not in {"1", "65"}
    from_right = "righttoleft" in options.lower() or options == "64"
    meter = evaluator.session.meter
    if name == "replace" and isinstance(args[1], ScriptValue):
        matches = matches_of(text, pattern, cased=cased)
        return evaluated(text, matches, _by_script(evaluator, args[1]), meter)
    if name == "replace":
        return replaced(text, pattern, text_of(args[1]), meter, cased=cased)
    if name == "split":
        return split_text(text, pattern, 0, meter, cased=cased)
    found = [_match(match) for match in matches_of(text, pattern, from_right=from_right, cased=cased)]
    if name == "matches":
        return found
    if name == "match":
        return found[0] if found else Thing("match", {"value": "", "success": False, "groups": []})
    if name == "ismatch":
        return bool(found)
    raise EvaluationError(f"regular expressions have no {name}")


def _by_script(evaluator: Evaluator, script: ScriptValue) -> Callable[[Any], str]:
    """A ``MatchEvaluator``: the script block is called with each match (``$args[0]`` or its parameter)."""

    def by(match: Any) -> str:
        result = from_items(evaluator.runner.call(script.body, [_match(match)], {}, None))
        if isinstance(result, Unknown):
            raise EvaluationError("what the script block makes of a match is unknown")
        return text_of(result)

    return by


def _match(match: Any) -> Thing:
    groups = [Thing("group", {"value": match.group(at) or ""}) for at in range(len(match.groups()) + 1)]
    return Thing(
        "match", {"value": match.group(0), "success": True, "groups": groups, "index": match.start()}
    )


def _regex(name: str) -> Method:
    def call(evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> Any:
        pattern, options = text_of(thing.state.get("value", "")), text_of(thing.state.get("options", ""))
        return regex_call(evaluator, name, pattern, options, args)

    return call


def _invoke_method(evaluator: Evaluator, node: n.Node, thing: Thing, args: list[Any]) -> Any:
    from noroshi.examine.powershell.members import call_member  # noqa: PLC0415

    holder: Any = thing.state["holder"]
    return call_member(evaluator, node, holder, thing.state["name"], args)  # type: ignore[arg-type]


def _start_process(evaluator: Evaluator, node: n.Node, thing: Thing, _args: list[Any]) -> bool:
    info = thing.state.get("startinfo", thing)
    state = info.state if isinstance(info, Thing) else {}
    command = " ".join(text_of(state[key]) for key in ("filename", "arguments") if key in state)
    evaluator.session.effect(EffectKind.PROCESS, "Diagnostics.Process.Start", node, command=command)
    return True


def _invoke_script(evaluator: Evaluator, node: n.Node, _thing: Thing, args: list[Any]) -> Any:
    text = text_of(args[-1] if args and isinstance(args[0], bool) else args[0])
    evaluator.session.effect(EffectKind.SCRIPT, "InvokeScript", node, text=text, language="powershell")
    return from_items(evaluator.runner.text(node, text))


def _script_text(evaluator: Evaluator, node: n.Node, thing: Thing, _args: list[Any]) -> Any:
    return _invoke_script(evaluator, node, thing, [thing.state["value"]])


_METHODS: Final[dict[tuple[str, str], Method]] = {
    ("stringbuilder", "append"): _append,
    ("stringbuilder", "appendline"): _append_line,
    ("stringbuilder", "insert"): _edit("insert"),
    ("stringbuilder", "replace"): _edit("replace"),
    ("stringbuilder", "remove"): _edit("remove"),
    ("regex", "replace"): _regex("replace"),
    ("regex", "split"): _regex("split"),
    ("regex", "match"): _regex("match"),
    ("regex", "matches"): _regex("matches"),
    ("regex", "ismatch"): _regex("ismatch"),
    ("method", "invoke"): _invoke_method,
    ("process", "start"): _start_process,
    ("invokecommand", "invokescript"): _invoke_script,
    ("invokecommand", "newscriptblock"): lambda _e, _n, _t, args: Thing(
        "script text", {"value": text_of(args[0])}
    ),
    ("invokecommand", "expandstring"): lambda _e, _n, _t, args: text_of(args[0]),
    ("script text", "invoke"): _script_text,
    ("script text", "invokereturnasis"): _script_text,
}
