"""What every script finds: constructors, functions on texts and numbers, and the objects of its host."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import urllib.parse
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.javascript.lists import keys_of
from noroshi.examine.javascript.members import error, items_in, primitive
from noroshi.examine.javascript.strings import given
from noroshi.examine.javascript.things import from_host, to_host
from noroshi.examine.javascript.values import (
    NULL,
    Function,
    List,
    Native,
    Table,
    Thing,
    ThrowSignal,
    Unknown,
    integer_of,
    number_of,
    text_of,
    truth_of,
    unsure,
)
from noroshi.examine.model import EffectKind
from noroshi.examine.vba import objects

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.javascript.evaluation import Script

    Action = Callable[[Any, list[Any]], Any]

MAX_ITEMS: Final = 1_000_000
_ESCAPED: Final = re.compile(r"%u([0-9A-Fa-f]{4})|%([0-9A-Fa-f]{2})")
_DIGITS: Final = re.compile(r"\s*([-+]?)(0[xX])?([0-9A-Za-z]*)")
_FLOAT: Final = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def install(runner: Script) -> None:
    """Put everything into the script's world."""
    world = runner.world.variables
    for name, action in {**_functions(runner), **_constructors(runner)}.items():
        world[name] = Native(name, action)
    world |= {"undefined": None, "NaN": math.nan, "Infinity": math.inf}
    _members(runner)
    for name in ("window", "self", "globalThis", "top", "parent", "global", "frames"):
        world[name] = runner.world.this
    world["WScript"] = world["WSH"] = Thing("host", name="WScript")
    world["document"] = Thing("browser-document", {}, "document")
    world["location"] = Table(kind="Location")
    world["navigator"] = Table({"userAgent": Unknown("navigator.userAgent"), "appVersion": "5.0 (Windows)"})
    world["process"] = Table({"env": Table(dict(runner.session.environment)), "platform": "win32"})
    runner.world.this.items["location"] = world["location"]


def _members(runner: Script) -> None:
    """Functions that belong to constructors and to ``Math``, ``JSON`` and ``console``."""
    world = runner.world.variables
    world["String"].items["fromCharCode"] = Native("fromCharCode", lambda _, v: _characters(v))
    world["String"].items["fromCodePoint"] = Native("fromCodePoint", lambda _, v: _characters(v))
    world["String"].items["raw"] = Native("raw", lambda _, v: text_of(given(v, 0, "")))
    world["Array"].items["isArray"] = Native("isArray", lambda _, v: isinstance(given(v, 0), List))
    world["Array"].items["from"] = Native("from", lambda _, v: _listed(runner, v))
    world["Array"].items["of"] = Native("of", lambda _, v: List(list(v)))
    world["Number"].items |= {name: world[name] for name in ("parseInt", "parseFloat", "isNaN")}
    world["Number"].items |= {"MAX_SAFE_INTEGER": 2**53 - 1, "MAX_VALUE": 1.7976931348623157e308}
    world["Date"].items["now"] = Native("now", lambda _, __: Unknown("Date.now()"))
    for name, action in _OBJECT.items():
        world["Object"].items[name] = Native(name, action)
    world["Math"] = Table({name: Native(name, action) for name, action in _MATH.items()})
    world["Math"].items |= {"PI": math.pi, "E": math.e, "LN2": math.log(2), "SQRT2": math.sqrt(2)}
    world["JSON"] = Table({"parse": Native("parse", lambda _, v: _json(text_of(given(v, 0, ""))))})
    world["JSON"].items["stringify"] = Native("stringify", lambda _, v: _as_json(given(v, 0)))
    silent = ("log", "warn", "error", "info")
    world["console"] = Table({name: Native(name, lambda _, __: None) for name in silent})
    world["Reflect"] = Table({"apply": Native("apply", lambda _, v: _applied(runner, v))})


def _applied(runner: Script, values: list[Any]) -> Any:
    return runner.call(given(values, 0), given(values, 1), items_in(given(values, 2)))


def _quoted(safe: str) -> Action:
    return lambda _, v: urllib.parse.quote(text_of(given(v, 0, "undefined")), safe=safe, errors="replace")


def _functions(runner: Script) -> dict[str, Action]:
    return {
        "eval": lambda _, v: runner.evaluated(given(v, 0)),
        "execScript": lambda _, v: runner.evaluated(given(v, 0)),
        "setTimeout": lambda _, v: _later(runner, v), "setInterval": lambda _, v: _later(runner, v),
        "parseInt": lambda _, v: _parse_int(v), "parseFloat": lambda _, v: _parse_float(v),
        "isNaN": lambda _, v: math.isnan(number_of(given(v, 0))),
        "isFinite": lambda _, v: math.isfinite(number_of(given(v, 0))),
        "unescape": lambda _, v: _unescape(runner, text_of(given(v, 0, "undefined"))),
        "escape": lambda _, v: _escape(text_of(given(v, 0, "undefined"))),
        "decodeURIComponent": lambda _, v: _decoded(runner, v), "decodeURI": lambda _, v: _decoded(runner, v),
        "encodeURIComponent": _quoted("!'()*-._~"),
        "encodeURI": _quoted("!'()*-._~;/?:@&=+$,#"),
        "atob": lambda _, v: _from_base64(runner, text_of(given(v, 0, ""))),
        "btoa": lambda _, v: base64.b64encode(text_of(given(v, 0, "")).encode("latin-1", "replace")).decode(),
        "ActiveXObject": lambda _, v: _object(runner, v), "GetObject": lambda _, v: _bound(runner, v),
        "XMLHttpRequest": lambda _, __: Thing("http", {}, "XMLHttpRequest"),
        "fetch": lambda _, v: _fetched(runner, v),
        "require": lambda _, v: Thing("node-module", {}, text_of(given(v, 0, ""))),
        "alert": lambda _, v: _said(runner, v), "Enumerator": lambda _, v: given(v, 0, Unknown("Enumerator")),
        "importScripts": lambda _, v: _fetched(runner, v),
    }  # fmt: skip


def _constructors(runner: Script) -> dict[str, Action]:
    return {
        "Function": lambda _, v: runner.compiled(v),
        "String": lambda _, v: text_of(primitive(runner, v[0])) if v else "",
        "Number": lambda _, v: number_of(primitive(runner, v[0])) if v else 0,
        "Boolean": lambda _, v: bool(truth_of(given(v, 0))),
        "Array": lambda _, v: _array(runner, v),
        "Object": lambda _, v: v[0] if v and isinstance(v[0], Table) else Table(),
        "RegExp": lambda _, v: _expression(v), "Date": lambda _, __: Unknown("new Date()"),
        **{name: _failure(name)
           for name in ("Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError")},
        "Uint8Array": lambda _, v: _listed(runner, v), "Uint16Array": lambda _, v: _listed(runner, v),
        "Int8Array": lambda _, v: _listed(runner, v), "Map": lambda _, __: Table(kind="Map"),
        "Symbol": lambda _, __: Unknown("Symbol"), "Promise": lambda _, __: Unknown("Promise"),
    }  # fmt: skip


def _failure(name: str) -> Action:
    return lambda _, v: error(name, text_of(given(v, 0, "")))


def _expression(values: list[Any]) -> Table:
    first = given(values, 0, "")
    source = text_of(first.items.get("source", "")) if isinstance(first, Table) else text_of(first)
    flags = text_of(given(values, 1, ""))
    return Table({"source": source, "flags": flags, "global": "g" in flags}, kind="RegExp")


def _array(runner: Script, values: list[Any]) -> List:
    if len(values) == 1 and isinstance(values[0], int) and not isinstance(values[0], bool):
        count = max(0, min(values[0], MAX_ITEMS))
        runner.session.meter.items(count)
        return List([None] * count)
    return List(list(values))


def _listed(runner: Script, values: list[Any]) -> List:
    """``Array.from`` and typed arrays: of what can be spread, or of a length."""
    first = given(values, 0)
    if isinstance(first, int):
        return List([0] * len(_array(runner, [first]).items))
    if isinstance(first, Table) and "length" in first.items:
        items: list[Any] = [None] * len(_array(runner, [integer_of(first.items["length"])]).items)
    else:
        items = items_in(first)
    runner.session.meter.items(len(items))
    action = given(values, 1)
    if isinstance(action, Function | Native):
        items = [runner.call(action, None, [item, at]) for at, item in enumerate(items)]
    return List(items)


def _characters(values: list[Any]) -> Any:
    if any(unsure(value) for value in values):
        return Unknown("String.fromCharCode")
    codes = [integer_of(value) for value in values]
    return "".join(chr(code if 0 <= code < 0x110000 else code & 0xFFFF) for code in codes)


def _parse_int(values: list[Any]) -> Any:
    if unsure(given(values, 0)):
        return Unknown("parseInt")
    match = _DIGITS.match(text_of(given(values, 0, "undefined"))[:1_000])
    base = integer_of(given(values, 1, 0))
    if match is None:
        return math.nan
    base = base or (16 if match[2] else 10)
    digits = match[3] if match[2] and base == 16 else f"{'0' if match[2] else ''}{match[3]}"
    kept = ""
    for letter in digits:
        if not 2 <= base <= 36 or int(letter, 36) >= base:
            break
        kept += letter
    if not kept:
        return math.nan
    return int(kept, base) * (-1 if match[1] == "-" else 1)


def _parse_float(values: list[Any]) -> Any:
    match = _FLOAT.match(text_of(given(values, 0, ""))[:400])
    return number_of(float(match[0])) if match else math.nan


def _unescape(runner: Script, text: str) -> str:
    runner.session.meter.text(len(text))
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text)


def _escape(text: str) -> str:
    safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@*_+-./"
    return "".join(
        one if one in safe else f"%{ord(one):02X}" if ord(one) < 256 else f"%u{ord(one):04X}" for one in text
    )


def _decoded(runner: Script, values: list[Any]) -> str:
    text = text_of(given(values, 0, "undefined"))
    runner.session.meter.text(len(text))
    return urllib.parse.unquote(text, errors="replace")


def _from_base64(runner: Script, text: str) -> Any:
    clean = re.sub(r"\s+", "", text).rstrip("=")
    runner.session.meter.text(len(clean))
    try:
        return base64.b64decode(clean + "=" * (-len(clean) % 4)).decode("latin-1")
    except (binascii.Error, ValueError):
        return Unknown("atob")


def _object(runner: Script, values: list[Any]) -> Any:
    node = runner.here
    return (
        Unknown("ActiveXObject")
        if node is None
        else objects.create(runner.host, node, text_of(given(values, 0, "")))
    )


def _bound(runner: Script, values: list[Any]) -> Any:
    node = runner.here
    if node is None:
        return Unknown("GetObject")
    return from_host(runner.host.builtin(node, "getobject", [to_host(one) for one in values]))


def _fetched(runner: Script, values: list[Any]) -> Any:
    url = text_of(given(values, 0, ""))
    if runner.here is not None:
        options = given(values, 1)
        method = text_of(options.items.get("method", "GET")) if isinstance(options, Table) else "GET"
        runner.session.effect(EffectKind.REQUEST, "fetch", runner.here, method=method, url=url)
    return Unknown(f"fetch({url})")


def _said(runner: Script, values: list[Any]) -> None:
    if runner.here is not None:
        runner.session.effect(EffectKind.MESSAGE, "alert", runner.here, text=text_of(given(values, 0, "")))


def _later(runner: Script, values: list[Any]) -> int:
    """A function or a text that is run later is run now."""
    first = given(values, 0)
    if isinstance(first, Function | Native):
        runner.call(first, None, values[2:])
    elif isinstance(first, str):
        runner.evaluated(first)
    return 1


def _json(text: str) -> Any:
    def made(value: Any) -> Any:
        if isinstance(value, dict):
            return Table({key: made(one) for key, one in value.items()})
        return (
            List([made(one) for one in value])
            if isinstance(value, list)
            else NULL
            if value is None
            else value
        )

    try:
        return made(json.loads(text[:MAX_ITEMS]))
    except (ValueError, RecursionError):
        raise ThrowSignal(error("SyntaxError", "JSON")) from None


def _as_json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any, depth: int = 0) -> Any:
    if depth > 50:
        return None
    if isinstance(value, Table):
        return {key: _plain(value.items[key], depth + 1) for key in keys_of(value)}
    if isinstance(value, List):
        return [_plain(one, depth + 1) for one in value.items]
    return value if isinstance(value, str | int | float | bool) else None


def _assigned(_: Any, values: list[Any]) -> Any:
    target = given(values, 0)
    for value in values[1:]:
        if isinstance(target, Table) and isinstance(value, Table):
            target.items |= value.items
    return target


_OBJECT: Final[dict[str, Action]] = {
    "keys": lambda _, v: List(list(keys_of(given(v, 0)))), "assign": _assigned,
    "values": lambda _, v: List([given(v, 0).items[key] for key in keys_of(given(v, 0))]
                                if isinstance(given(v, 0), Table) else items_in(given(v, 0))),
    "entries": lambda _, v: List([List([key, given(v, 0).items[key]]) for key in keys_of(given(v, 0))]
                                 if isinstance(given(v, 0), Table) else []),
    "create": lambda _, v: Table(above=v[0] if v and isinstance(v[0], Table) else None),
    "freeze": lambda _, v: given(v, 0), "defineProperty": lambda _, v: given(v, 0),
    "getOwnPropertyNames": lambda _, v: List(list(keys_of(given(v, 0)))),
}  # fmt: skip


def _real(action: Callable[[float], float]) -> Action:
    def act(_: Any, values: list[Any]) -> Any:
        if unsure(given(values, 0)):
            return Unknown("Math")
        try:
            return number_of(action(float(number_of(given(values, 0)))))
        except (ValueError, OverflowError):
            return math.nan

    return act


def _whole(action: Callable[[float], int]) -> Action:
    def act(_: Any, values: list[Any]) -> Any:
        if unsure(given(values, 0)):
            return Unknown("Math")
        number = number_of(given(values, 0))
        return action(number) if math.isfinite(number) else number

    return act


_MATH: Final[dict[str, Action]] = {
    "floor": _whole(math.floor), "ceil": _whole(math.ceil),
    "round": _whole(lambda one: math.floor(one + 0.5)),
    "trunc": _whole(math.trunc), "abs": _real(abs), "sqrt": _real(math.sqrt), "log": _real(math.log),
    "sin": _real(math.sin), "cos": _real(math.cos), "tan": _real(math.tan), "exp": _real(math.exp),
    "log2": _real(math.log2), "log10": _real(math.log10), "atan": _real(math.atan),
    "sign": _real(lambda one: (one > 0) - (one < 0)),
    "pow": lambda _, v: number_of(float(number_of(given(v, 0))) ** min(1e3, float(number_of(given(v, 1))))),
    "min": lambda _, v: min((number_of(one) for one in v), default=math.inf),
    "max": lambda _, v: max((number_of(one) for one in v), default=-math.inf),
    "random": lambda _, __: Unknown("Math.random()"),
}  # fmt: skip
