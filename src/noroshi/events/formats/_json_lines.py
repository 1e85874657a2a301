"""One JSON object a line: how it is read when the line is hostile, and how kinds of events are interned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import orjson

from noroshi.events.format import UnreadableRecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from noroshi.events.model import Fields, Kind

MAX_KINDS: Final = 256
"""How many kinds a format makes from what the log says; later ones share the format's plain kind."""

_Key = TypeVar("_Key", bound="Hashable")


def json_object(line: str) -> Fields:
    """The object that this line holds.

    ``NaN``, infinities and lone surrogates, which strict JSON refuses, are read as null and U+FFFD.

    Raises:
        UnreadableRecordError: It is no JSON, no object, or nested too deeply to read.
    """
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        value = _lenient(line)
    if not isinstance(value, dict):
        raise UnreadableRecordError("the line is JSON but not an object", "check that it is the right log")
    return value


def _lenient(line: str) -> Any:
    try:
        value = json.loads(line, parse_constant=lambda _: None)
        clean = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (ValueError, TypeError, RecursionError) as error:
        return _repaired(line, error)
    return orjson.loads(clean)


def _repaired(line: str, error: Exception) -> Any:
    """The value without its lone surrogates; the original error where that was not what is wrong."""
    try:
        value = json.loads(line, parse_constant=lambda _: None, parse_int=_bounded_int)
        text = (
            json.dumps(value, ensure_ascii=False)
            .encode("utf-16", "surrogatepass")
            .decode("utf-16", "replace")
        )
        return orjson.loads(text)
    except (ValueError, TypeError, RecursionError):
        what = "the line is not valid JSON"
        if isinstance(error, RecursionError):
            what = "the JSON is nested too deeply"
        raise UnreadableRecordError(what, "it may be cut off or damaged") from None


def _bounded_int(digits: str) -> int | float:
    return int(digits) if len(digits) < 19 else float(digits[:400])


class Kinds(Generic[_Key]):
    """Interned kinds, made on demand from what the log says, bounded because the log is hostile.

    Args:
        make: The kind of a key.
        plain: The kind of every key after the first `MAX_KINDS`.
    """

    def __init__(self, make: Callable[[_Key], Kind], plain: Kind) -> None:
        self._make = make
        self._plain = plain
        self._kinds: dict[_Key, Kind] = {}

    def __getitem__(self, key: _Key) -> Kind:
        kind = self._kinds.get(key)
        if kind is None:
            if len(self._kinds) >= MAX_KINDS:
                return self._plain
            kind = self._kinds[key] = self._make(key)
        return kind
