"""Methods of texts and regular expressions; expressions are matched by RE2, in linear time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.javascript.values import (
    NULL,
    Function,
    List,
    Native,
    Table,
    Unknown,
    integer_of,
    number_of,
    text_of,
)
from noroshi.examine.powershell.regexes import MAX_MATCHES, compiled
from noroshi.examine.powershell.values import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.javascript.interpreter import Interpreter

    Method = Callable[[Interpreter, str, list[Any]], Any]

MAX_TEXT: Final = 1 << 24


def given(values: list[Any], place: int, default: Any = None) -> Any:
    """An argument, or the default where it is left out."""
    return values[place] if place < len(values) and values[place] is not None else default


def _char_at(_: Interpreter, text: str, values: list[Any]) -> str:
    at = integer_of(given(values, 0, 0))
    return text[at] if 0 <= at < len(text) else ""


def _code_at(_: Interpreter, text: str, values: list[Any]) -> Any:
    place = given(values, 0, 0)
    if isinstance(place, Unknown):
        return place
    at = integer_of(place)
    return ord(text[at]) if 0 <= at < len(text) else math.nan


def _index(_: Interpreter, text: str, values: list[Any]) -> int:
    return text.find(text_of(given(values, 0, "undefined")), max(0, integer_of(given(values, 1, 0))))


def _last_index(_: Interpreter, text: str, values: list[Any]) -> int:
    return text.rfind(text_of(given(values, 0, "undefined")))


def _within(length: int, value: Any, default: int) -> int:
    """A place that may count from the end, inside the text."""
    at = default if value is None else integer_of(value)
    return max(0, length + at) if at < 0 else min(at, length)


def _slice(_: Interpreter, text: str, values: list[Any]) -> str:
    begin, end = _within(len(text), given(values, 0), 0), _within(len(text), given(values, 1), len(text))
    return text[begin:end] if begin < end else ""


def _substring(_: Interpreter, text: str, values: list[Any]) -> str:
    begin = min(max(0, integer_of(given(values, 0, 0))), len(text))
    end = min(max(0, integer_of(given(values, 1, len(text)))), len(text))
    return text[min(begin, end) : max(begin, end)]


def _substr(_: Interpreter, text: str, values: list[Any]) -> str:
    begin = _within(len(text), given(values, 0), 0)
    count = integer_of(given(values, 1, len(text)))
    return text[begin : begin + max(0, count)]


def _split(interpreter: Interpreter, text: str, values: list[Any]) -> List:
    by = given(values, 0)
    if by is None:
        return List([text])
    parts: list[Any]
    if isinstance(by, Table) and by.kind == "RegExp":
        parts = []
        begin = 0
        for match in found_by(by, text):
            if match.end() == match.start() and match.start() in {0, len(text)}:
                continue
            parts += [text[begin : match.start()], *match.groups()]
            begin = match.end()
        parts.append(text[begin:])
    else:
        sign = text_of(by)
        parts = list(text.split(sign)) if sign else list(text)
    interpreter.session.meter.items(len(parts))
    limit = given(values, 1)
    return List(parts if limit is None else parts[: max(0, integer_of(limit))])


def found_by(expression: Table, text: str) -> list[Any]:
    """All matches of a regular expression.

    Raises:
        EvaluationError: RE2 does not take it.
    """
    flags = text_of(expression.items.get("flags", ""))
    marks = "".join(flag for flag in "sm" if flag in flags)
    matcher = compiled(text_of(expression.items.get("source", "")), cased="i" not in flags, flags=marks)
    found: list[Any] = []
    for match in matcher.finditer(text):
        found.append(match)
        if len(found) >= MAX_MATCHES:
            break
    return found


def _replace(interpreter: Interpreter, text: str, values: list[Any], *, every: bool = False) -> Any:
    what, by = given(values, 0, "undefined"), given(values, 1, "undefined")
    if isinstance(what, Table) and what.kind == "RegExp":
        matches = found_by(what, text)
        matches = matches if "g" in text_of(what.items.get("flags", "")) else matches[:1]
        spans = [(match.start(), match.end(), [match[0], *match.groups()]) for match in matches]
    else:
        wanted = text_of(what)
        spans, at = [], text.find(wanted)
        while at >= 0:
            spans.append((at, at + len(wanted), [wanted]))
            if not every or not wanted:
                break
            at = text.find(wanted, at + len(wanted))
    parts: list[str] = []
    begin = 0
    for start, end, groups in spans:
        parts += [text[begin:start], _put_in(interpreter, by, groups, start, text)]
        begin = end
        interpreter.session.meter.text(len(parts[-1]) + 260)
    return "".join((*parts, text[begin:]))


def _put_in(interpreter: Interpreter, by: Any, groups: list[Any], start: int, text: str) -> str:
    if isinstance(by, Function | Native):
        return text_of(interpreter.call(by, None, [*groups, start, text]))
    filled = text_of(by)
    if "$" not in filled:
        return filled
    for number in range(len(groups) - 1, 0, -1):
        filled = filled.replace(f"${number}", text_of(groups[number] or ""))
    return filled.replace("$&", text_of(groups[0])).replace("$$", "$")


def _match(_: Interpreter, text: str, values: list[Any]) -> Any:
    what = given(values, 0, "")
    expression = (
        what if isinstance(what, Table) else Table({"source": text_of(what), "flags": ""}, kind="RegExp")
    )
    found = found_by(expression, text)
    if not found:
        return NULL
    if "g" in text_of(expression.items.get("flags", "")):
        return List([match[0] for match in found])
    return List([found[0][0], *found[0].groups()], {"index": found[0].start()})


def _search(_: Interpreter, text: str, values: list[Any]) -> int:
    what = given(values, 0, "")
    expression = (
        what if isinstance(what, Table) else Table({"source": text_of(what), "flags": ""}, kind="RegExp")
    )
    found = found_by(expression, text)
    return found[0].start() if found else -1


def _repeat(interpreter: Interpreter, text: str, values: list[Any]) -> str:
    count = max(0, integer_of(given(values, 0, 0)))
    interpreter.session.meter.text(len(text) * count)
    if len(text) * count > MAX_TEXT:
        raise EvaluationError("the text is too long")
    return text * count


def _pad(interpreter: Interpreter, text: str, values: list[Any], *, begin: bool) -> str:
    width, fill = integer_of(given(values, 0, 0)), text_of(given(values, 1, " ")) or " "
    lacking = min(width - len(text), MAX_TEXT)
    if lacking <= 0:
        return text
    interpreter.session.meter.text(lacking)
    filled = (fill * (lacking // len(fill) + 1))[:lacking]
    return filled + text if begin else text + filled


def test_of(interpreter: Interpreter, expression: Table, values: list[Any]) -> bool:
    """``RegExp.test``."""
    del interpreter
    return bool(found_by(expression, text_of(given(values, 0, "undefined"))))


def exec_of(interpreter: Interpreter, expression: Table, values: list[Any]) -> Any:
    """``RegExp.exec``: the next match of a global expression, from where the last one ended."""
    del interpreter
    text = text_of(given(values, 0, "undefined"))
    begin = (
        integer_of(expression.items.get("lastIndex", 0)) if "g" in text_of(expression.items["flags"]) else 0
    )
    for match in found_by(expression, text):
        if match.start() >= begin:
            expression.items["lastIndex"] = max(match.end(), match.start() + 1)
            return List([match[0], *match.groups()], {"index": match.start(), "input": text})
    expression.items["lastIndex"] = 0
    return NULL


def _concat(interpreter: Interpreter, text: str, values: list[Any]) -> str:
    joined = text + "".join(text_of(one) for one in values)
    interpreter.session.meter.text(len(joined))
    return joined


def _at(_: Interpreter, text: str, values: list[Any]) -> Any:
    at = integer_of(given(values, 0, 0))
    return text[at] if -len(text) <= at < len(text) else None


STRING: Final[dict[str, Method]] = {
    "charAt": _char_at, "charCodeAt": _code_at, "codePointAt": _code_at, "indexOf": _index, "at": _at,
    "lastIndexOf": _last_index, "slice": _slice, "substring": _substring, "substr": _substr, "split": _split,
    "replace": _replace, "replaceAll": lambda i, t, v: _replace(i, t, v, every=True), "match": _match,
    "search": _search, "repeat": _repeat, "concat": _concat,
    "includes": lambda _, t, v: text_of(given(v, 0, "undefined")) in t,
    "startsWith": lambda _, t, v: t.startswith(text_of(given(v, 0, "undefined"))),
    "endsWith": lambda _, t, v: t.endswith(text_of(given(v, 0, "undefined"))),
    "toLowerCase": lambda _, t, __: t.lower(), "toUpperCase": lambda _, t, __: t.upper(),
    "toLocaleLowerCase": lambda _, t, __: t.lower(), "toLocaleUpperCase": lambda _, t, __: t.upper(),
    "trim": lambda _, t, __: t.strip(), "trimStart": lambda _, t, __: t.lstrip(),
    "trimEnd": lambda _, t, __: t.rstrip(), "toString": lambda _, t, __: t, "valueOf": lambda _, t, __: t,
    "padStart": lambda i, t, v: _pad(i, t, v, begin=True),
    "padEnd": lambda i, t, v: _pad(i, t, v, begin=False),
    "localeCompare": lambda _, t, v: (t > text_of(given(v, 0, ""))) - (t < text_of(given(v, 0, ""))),
    "fontcolor": lambda _, t, v: f'<font color="{text_of(given(v, 0))}">{t}</font>',
    "link": lambda _, t, v: f'<a href="{text_of(given(v, 0))}">{t}</a>',
    "italics": lambda _, t, __: f"<i>{t}</i>",
    "bold": lambda _, t, __: f"<b>{t}</b>",
}  # fmt: skip


def number_text(value: float, values: list[Any]) -> str:
    """``Number.toString(base)``."""
    base = integer_of(given(values, 0, 10))
    if base == 10 or not 2 <= base <= 36 or not math.isfinite(number_of(value)):
        return text_of(value)
    number, sign = abs(value), "-" if value < 0 else ""
    whole, fraction, digits = int(number), number - int(number), ""
    letters = "0123456789abcdefghijklmnopqrstuvwxyz"
    while whole or not digits:
        whole, rest = divmod(whole, base)
        digits = letters[rest] + digits
    if fraction:
        digits += "."
        for _ in range(52):
            fraction *= base
            digits += letters[int(fraction)]
            fraction -= int(fraction)
            if not fraction:
                break
    return sign + digits
