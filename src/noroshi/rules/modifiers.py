"""What Sigma's modifiers mean beyond what pySigma's parser takes: names and orders brought to its form."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_LE
from typing import Any, Final

from sigma.modifiers import SigmaValueModifier, modifier_mapping
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine, RegexPattern
from sigma.types import SigmaCIDRExpression, SigmaFieldReference, SigmaString

from noroshi.errors import Sentence
from noroshi.rules.model import TIME_PARTS
from noroshi.rules.regexes import RegexError, compile_re2, to_re2


class CasedFieldReference(SigmaFieldReference):
    """A field reference compared without folding (``fieldref|cased``)."""


class _CaseFieldReference(SigmaValueModifier[SigmaFieldReference, SigmaFieldReference]):
    def modify(self, val: SigmaFieldReference) -> SigmaFieldReference:
        return CasedFieldReference(val.field, val.starts_with, val.ends_with)


_CASED_REFERENCE: Final = "noroshi-cased-fieldref"
modifier_mapping[_CASED_REFERENCE] = _CaseFieldReference


class _EncodedString(SigmaString):
    """The bytes of a text in UTF-16, on their way to base64; pySigma carries them as text, ASCII only."""

    raw: bytes = b""

    def __bytes__(self) -> bytes:
        return self.raw


class _EncodingModifier(SigmaValueModifier[SigmaString, SigmaString]):
    encoding = "utf-16-le"
    mark = b""

    def modify(self, val: SigmaString) -> SigmaString:
        out = _EncodedString()
        out.s = val.s
        if not val.contains_special():
            out.raw = self.mark + bytes(val).decode().encode(self.encoding)
        return out


class _BigEndianModifier(_EncodingModifier):
    encoding = "utf-16-be"


class _MarkedModifier(_EncodingModifier):
    mark = BOM_UTF16_LE


class _NetworkModifier(SigmaValueModifier[SigmaString, SigmaCIDRExpression | SigmaString]):
    """A network, or a placeholder for a list of them (``cidr|expand``), which pySigma refuses."""

    def modify(self, val: SigmaString) -> SigmaCIDRExpression | SigmaString:
        return val if val.contains_placeholder() else SigmaCIDRExpression(str(val), source=self.source)


_NETWORK_OR_LIST: Final = "noroshi-cidr-or-list"
modifier_mapping[_NETWORK_OR_LIST] = _NetworkModifier

_BEFORE_BASE64: Final = {
    "wide": "noroshi-wide-bytes",
    "utf16le": "noroshi-wide-bytes",
    "utf16be": "noroshi-utf16be-bytes",
    "utf16": "noroshi-utf16-bytes",
}
modifier_mapping.update(
    {
        "noroshi-wide-bytes": _EncodingModifier,
        "noroshi-utf16be-bytes": _BigEndianModifier,
        "noroshi-utf16-bytes": _MarkedModifier,
    }
)


class LinearEngine(RegexEngine):
    """RE2 with the translations of `noroshi.rules.regexes`."""

    def compile(self, pattern: str, flags: int = 0) -> RegexPattern:
        """The compiled pattern; flags do not change whether it is valid."""
        del flags
        compiled: RegexPattern = compile_re2(to_re2(pattern))
        return compiled

    @property
    def error(self) -> type[Exception]:
        """What `compile` raises."""
        return RegexError


POLICY: Final = SigmaPolicy(regex_engine=LinearEngine())
"""Linear regular expressions, no template variables, no outside sources."""


class KeyRefusedError(ValueError):
    """A key of a detection that cannot be taken; `keys` leads to it from the detection mapping."""

    def __init__(self, keys: tuple[str | int, ...], what: str) -> None:
        super().__init__(what)
        self.keys = keys


_NUMERIC: Final = frozenset({"lt", "lte", "gt", "gte", *TIME_PARTS, "exists"})
_PLACES: Final = frozenset({"contains", "startswith", "endswith"})
_LINKING: Final = ("all", "neq")
_ENCODING: Final = frozenset({"base64", "base64offset", "wide", "utf16", "utf16le", "utf16be"})
_FLAGS: Final = ("i", "ignorecase", "m", "multiline", "s", "dotall")
_PLACEHOLDER: Final = re.compile(r"(?<!\\)%\w+%")
_EXACT_FLOAT: Final = 1 << 53
_WINDASH: Final = 125
MAX_VALUES: Final = 200_000
"""Values of one rule; ``windash`` counts as the 125 that three dashes become."""
MAX_CONDITION: Final = 10_000
"""Characters of a rule's conditions; those of SigmaHQ reach 557."""
MAX_NAMED_VALUES: Final = 1_000_000
"""Values of one rule times the selections that its condition may name: pySigma copies them each time."""


def normalise_detections(definition: dict[str, Any]) -> dict[str, Any]:
    """A `detection` or `filter` mapping with every key's modifiers in the form that pySigma takes.

    Raises:
        KeyRefusedError: For a field name that is no text, for what pySigma would take silently wrongly, and
            for more than the bounds of this module.
    """
    weight = sum(_weight(part, 1) for part in definition.values())
    if weight > MAX_VALUES:
        raise KeyRefusedError(
            (),
            Sentence(
                "it stands for more than {max_values} values: use a list with expand", max_values=MAX_VALUES
            ),
        )
    for name in definition:
        if not isinstance(name, str):
            raise KeyRefusedError(
                (name,), Sentence("the name {name!r} of a selection is no text: put it in quotes", name=name)
            )
    _check_condition(definition.get("condition"), weight)
    return {
        name: part if name in {"condition", "rules"} else _normalise(part, (name,))
        for name, part in definition.items()
    }


def _check_condition(condition: Any, weight: int) -> None:
    parts = condition if isinstance(condition, list) else [condition]
    for part in parts:
        if part is not None and not isinstance(part, str):
            raise KeyRefusedError(("condition",), Sentence("the condition {part!r} is no text", part=part))
    text = " ".join(map(str, parts))
    if len(text) > MAX_CONDITION:
        raise KeyRefusedError(
            ("condition",),
            Sentence("the condition is longer than {max_condition} characters", max_condition=MAX_CONDITION),
        )
    if weight * (len(text.split()) // 2) > MAX_NAMED_VALUES:
        raise KeyRefusedError(
            ("condition",),
            Sentence(
                "the condition names more than {max_named_values} values", max_named_values=MAX_NAMED_VALUES
            ),
        )


def _weight(part: Any, each: int) -> int:
    """How many values a definition may become once its modifiers have expanded them."""
    if isinstance(part, list):
        return sum(_weight(item, each) for item in part)
    if isinstance(part, dict):
        return sum(_weight(item, _WINDASH if "|windash" in str(key) else each) for key, item in part.items())
    return each


def _normalise(part: Any, keys: tuple[str | int, ...]) -> Any:
    if isinstance(part, list):
        return [_normalise(item, (*keys, at)) for at, item in enumerate(part)]
    if not isinstance(part, dict):
        return _exact(part) if isinstance(part, int) else part
    out: dict[str, Any] = {}
    for key, value in part.items():
        here = (*keys, key)
        if not isinstance(key, str):
            raise KeyRefusedError(here, Sentence("the field name {key!r} is no text", key=key))
        name = normalise_key(key)
        if name in out:
            raise KeyRefusedError(
                here, Sentence("the key {key!r} means the same as another one here", key=key)
            )
        out[name] = _values(value, here, frozenset(key.split("|")[1:]))
        _check_keyword(name, here)
    return out


def _values(value: Any, keys: tuple[str | int, ...], modifiers: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_values(item, (*keys, at), modifiers) for at, item in enumerate(value)]
    if "re" in modifiers:
        return _placed(value, keys, modifiers)
    if isinstance(value, float) and not value.is_integer() and not modifiers.isdisjoint(TIME_PARTS):
        raise KeyRefusedError(
            keys, Sentence("a part of a time is a whole number, not {value!r}", value=value)
        )
    if isinstance(value, int) and not modifiers & _NUMERIC:
        return _exact(value)
    if "expand" in modifiers and modifiers & _ENCODING and _PLACEHOLDER.search(str(value)):
        raise KeyRefusedError(
            keys,
            Sentence(
                "{encoding} would encode the placeholder {value!r}, not what its list holds",
                encoding=min(modifiers & _ENCODING),
                value=value,
            ),
        )
    return value


def _placed(value: Any, keys: tuple[str | int, ...], modifiers: frozenset[str]) -> str:
    """A regular expression with ``startswith`` or ``endswith`` as an anchor: it is searched otherwise."""
    if "cased" in modifiers and (flag := modifiers & {"i", "ignorecase"}):
        raise KeyRefusedError(keys, Sentence("cased and {flag} contradict each other", flag=min(flag)))
    places = modifiers & _PLACES
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise KeyRefusedError(keys, Sentence("the regular expression {value!r} is no text", value=value))
    source = str(value)
    if len(places) != 1 or places == {"contains"}:
        return source
    try:
        to_re2(source)
    except RegexError as error:
        raise KeyRefusedError(
            keys,
            Sentence("the regular expression {source!r} is refused: {error}", source=source, error=error),
        ) from None
    return rf"\A(?:{source})" if places == {"startswith"} else rf"(?:{source})\z"


def _exact(value: int) -> int | str:
    """A number that pySigma would round through a float, as the text that equals it."""
    return value if -_EXACT_FLOAT <= value <= _EXACT_FLOAT else str(value)


def _check_keyword(name: str, keys: tuple[str | int, ...]) -> None:
    field, *modifiers = name.split("|")
    if not field and (where := {"startswith", "endswith"}.intersection(modifiers)):
        raise KeyRefusedError(
            keys, Sentence("{where} needs a field: keywords match anywhere in a value", where=min(where))
        )


def normalise_key(key: str) -> str:
    """``Field|a|b`` in the one order of modifiers that pySigma takes; the orders mean the same.

    What makes a value something else (``re``, ``fieldref``, ``cidr``) stands first, flags behind
    ``re``, what links values and ``cased`` last: pySigma loses ``cased`` where another modifier comes
    after it, refuses ``startswith`` before ``fieldref`` and ``neq`` before ``re``, and letters outside
    ASCII in UTF-16 even where base64 follows. A regular expression is placed by its own anchors
    (`_placed`) and is cased by itself.
    """
    field, *modifiers = key.split("|")
    if "re" in modifiers:
        modifiers = _in_front("re", *_FLAGS, of=[m for m in modifiers if m not in {*_PLACES, "cased"}])
    if not {"base64", "base64offset"}.isdisjoint(modifiers):
        modifiers = [_BEFORE_BASE64.get(modifier, modifier) for modifier in modifiers]
    modifiers = ["wide" if modifier == "utf16le" else modifier for modifier in modifiers]
    if {"cidr", "expand"} <= set(modifiers):
        modifiers = ["expand", _NETWORK_OR_LIST, *(m for m in modifiers if m not in {"cidr", "expand"})]
    modifiers = _in_front("fieldref", of=[m for m in modifiers if m not in _LINKING]) + [
        modifier for modifier in modifiers if modifier in _LINKING
    ]
    if "cased" in modifiers:
        last = _CASED_REFERENCE if "fieldref" in modifiers else "cased"
        modifiers = [*(modifier for modifier in modifiers if modifier != "cased"), last]
    return "|".join((field, *modifiers))


def _in_front(*first: str, of: list[str]) -> list[str]:
    """The modifiers with these, where they occur, before the others."""
    front = [name for name in first if name in of]
    return [*front, *(modifier for modifier in of if modifier not in front)]
