"""Regular expressions of .NET by RE2, in linear time; what RE2 lacks (look-around) is unknown."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import re2

from noroshi.examine.powershell.values import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.meter import Meter

_GROUP: Final = re.compile(r"\$(?:\$|&|(\d{1,2})|\{(\w+)\})")
_NAMED: Final = re.compile(r"\(\?<([A-Za-z_]\w*)>")
MAX_PATTERN: Final = 20_000
MAX_MATCHES: Final = 200_000


@lru_cache(maxsize=256)
def compiled(pattern: str, *, cased: bool = False, flags: str = "") -> Any:
    """The pattern for RE2.

    Raises:
        EvaluationError: RE2 does not take it.
    """
    if len(pattern) > MAX_PATTERN:
        raise EvaluationError("the pattern is too long")
    options = re2.Options()
    options.case_sensitive = cased
    options.log_errors = False
    marks = f"(?{flags})" if flags else ""
    try:
        return re2.compile(marks + _NAMED.sub(r"(?P<\1>", pattern), options=options)
    except re2.error:
        raise EvaluationError("the pattern cannot be matched in linear time") from None


def evaluated(text: str, found: list[Any], by: Callable[[Any], str], meter: Meter) -> str:
    """Each of the matches `found` (in the order of the text) replaced by what `by` makes of it."""
    parts: list[str] = []
    begin = 0
    for match in found:
        parts += [text[begin : match.start()], by(match)]
        begin = match.end()
        meter.text(len(parts[-1]) + 300)
    return "".join([*parts, text[begin:]])


def replaced(text: str, pattern: str, by: str, meter: Meter, *, cased: bool) -> str:
    """``-replace``: all matches, ``$1`` and ``${name}`` put in."""
    if pattern and not _special(pattern):
        return _plainly(text, pattern, by, meter, cased=cased)
    expression = compiled(pattern, cased=cased)
    parts: list[str] = []
    begin = 0
    for found in _matches(expression, text):
        parts += [text[begin : found.start()], _filled(by, found)]
        begin = found.end()
        meter.text(len(parts[-1]) + 300)
    parts.append(text[begin:])
    return "".join(parts)


def _special(pattern: str) -> bool:
    return any(mark in "\\^$.|?*+()[]{}#" for mark in pattern)


def _plainly(text: str, pattern: str, by: str, meter: Meter, *, cased: bool) -> str:
    filled = by.replace("$$", "$") if "$" in by and not re.search(r"\$[&\d{]", by) else by
    if cased and "$" not in by:
        meter.text(len(text) + text.count(pattern) * len(filled))
        return text.replace(pattern, filled)
    pieces = re.split(re.escape(pattern), text, flags=0 if cased else re.IGNORECASE)
    meter.text(len(text) + len(pieces) * len(filled))
    if "$" in by:
        found = re.search(re.escape(pattern), text, flags=0 if cased else re.IGNORECASE)
        filled = (
            by if found is None else by.replace("$&", found[0]).replace("$0", found[0]).replace("$$", "$")
        )
    return filled.join(pieces)


def _matches(expression: Any, text: str) -> list[Any]:
    found: list[Any] = []
    for match in expression.finditer(text):
        found.append(match)
        if len(found) >= MAX_MATCHES:
            break
    return found


def _filled(by: str, found: Any) -> str:
    def group(mark: re.Match[str]) -> str:
        if mark[0] == "$$":
            return "$"
        if mark[0] == "$&":
            return str(found.group(0))
        try:
            return str(found.group(int(mark[1]) if mark[1] else mark[2]) or "")
        except (IndexError, KeyError, re.error, re2.error):
            return mark[0]

    return _GROUP.sub(group, by)


def split_text(  # noqa: PLR0913 - the operator has as many options
    text: str, pattern: str, limit: int, meter: Meter, *, cased: bool, simple: bool = False
) -> list[str]:
    """``-split``: at most `limit` parts (0: all); groups of the pattern are kept between them."""
    meter.text(len(text))
    if simple or (pattern and not _special(pattern)):
        parts = re.split(
            re.escape(pattern), text, maxsplit=max(limit - 1, 0), flags=0 if cased else re.IGNORECASE
        )
        meter.items(len(parts))
        return parts
    expression = compiled(pattern, cased=cased)
    parts, begin = [], 0
    for found in _matches(expression, text):
        if limit and len(parts) >= limit - 1:
            break
        parts += [text[begin : found.start()], *(group or "" for group in found.groups())]
        begin = found.end()
    parts.append(text[begin:])
    meter.items(len(parts))
    return parts


def matches_of(
    text: str, pattern: str, *, flags: str = "", from_right: bool = False, cased: bool = True
) -> list[Any]:
    """``[regex]::Matches``; with `from_right` (RightToLeft) last first.

    Matching from the right is done for patterns whose matches do not depend on the direction.
    """
    found = _matches(compiled(pattern, cased=cased, flags=flags), text)
    return found[::-1] if from_right else found
