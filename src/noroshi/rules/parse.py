"""One YAML document to pySigma's objects, every refusal with the keys that lead to its place."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sigma.collection import deep_dict_update
from sigma.exceptions import SigmaCollectionError, SigmaConditionError, SigmaError
from sigma.filters import SigmaFilter
from sigma.rule import SigmaDetection, SigmaRule
from sigma.rule.base import check_alias_expansion
from sigma.rule.detection import EmptySigmaDetections

from noroshi.errors import LocatedError, Sentence
from noroshi.rules.convert import ConversionError, any_of, convert
from noroshi.rules.documents import line_of, shortened
from noroshi.rules.modifiers import POLICY, KeyRefusedError, normalise_detections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sigma.rule.detection import SigmaDetectionItem

    from noroshi.rules.documents import Document, Key
    from noroshi.rules.model import Condition

_MEND: Final = "mend it as the Sigma specification says, or leave the rule out"
_INSIDES: Final = re.compile(r"'?\b([A-Z]\w+)\(\w+=.*\)'?", re.DOTALL)
"""An object of pySigma as Python shows it: its kind says enough."""
_NO_DETECTIONS: Final = EmptySigmaDetections()
_TOP_LEVEL: Final = (
    "name",
    "taxonomy",
    "related",
    "level",
    "status",
    "date",
    "modified",
    "fields",
    "author",
    "description",
    "references",
    "title",
    "scope",
    "license",
    "logsource",
)
_KEYS: Final = {
    "SigmaIdentifierError": "id",
    "SigmaFalsePositivesError": "falsepositives",
    "SigmaTagError": "tags",
    **{f"Sigma{key.capitalize()}Error": key for key in _TOP_LEVEL},
}


class Problem(NamedTuple):
    """One reason against a document: the keys that lead to its place, what is wrong, the mend."""

    keys: tuple[Key, ...]
    what: str
    mend: str = _MEND


class Refused(Exception):  # noqa: N818 - a refusal is what it is
    """A document that is no usable rule."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems


def located(document: Document, problems: Iterable[Problem]) -> Iterator[LocatedError]:
    """The problems with their lines."""
    for problem in problems:
        line = line_of(document, problem.keys)
        yield LocatedError(document.file.path, f"line {line}", shortened(problem.what), problem.mend)


def actions(found: Iterable[Document]) -> Iterator[Document]:
    """Sigma's collection actions applied as pySigma does: ``global``, ``reset``, ``repeat``.

    Raises:
        Refused: For what is no mapping or an unknown action; the file's later documents are lost with it.
    """
    template: dict[str, Any] = {}
    previous: dict[str, Any] = {}
    for document in found:
        value = _mapping(document)
        action = value.get("action")
        if action is None and ("correlation" in value or "filter" in value):
            yield document
        elif action is None:
            previous = deep_dict_update(value, copy.deepcopy(template)) if template else value
            yield replace(document, value=previous)
        elif action == "global":
            template = {key: item for key, item in value.items() if key != "action"}
            previous = template
        elif action == "reset":
            template = {}
        else:
            rest = {key: item for key, item in value.items() if key != "action"}
            previous = deep_dict_update(copy.deepcopy(previous), rest)
            yield replace(document, value=previous)


def _mapping(document: Document) -> dict[str, Any]:
    value = document.value
    if not isinstance(value, dict):
        raise Refused((Problem((), "the document is no mapping", "write a Sigma rule"),))
    try:
        check_alias_expansion(value, SigmaCollectionError)
    except SigmaCollectionError as error:
        raise Refused((Problem((), text_of(error), "write the values out"),)) from None
    if value.get("action") not in (None, "global", "reset", "repeat"):
        raise Refused(
            (Problem(("action",), Sentence("the action {action!r} is unknown", action=value["action"])),)
        )
    return value


def parse_rule(value: Mapping[str, Any]) -> SigmaRule:
    """The rule as pySigma parses it, its modifiers applied.

    Raises:
        Refused: With everything that pySigma found wrong.
    """
    rule: SigmaRule = _parse(SigmaRule, value, "detection")
    return rule


def parse_filter(value: Mapping[str, Any]) -> SigmaFilter:
    """The filter as pySigma parses it.

    Raises:
        Refused: With everything that pySigma found wrong.
    """
    parsed: SigmaFilter = _parse(SigmaFilter, value, "filter")
    return parsed


def _parse(kind: Any, value: Mapping[str, Any], section: str) -> Any:
    part = value.get(section)
    source = dict(value)
    try:
        if isinstance(part, dict):
            source[section] = normalise_detections(part)
        parsed = kind.from_dict(source, collect_errors=True, policy=POLICY)
    except KeyRefusedError as error:
        raise Refused((Problem((section, *error.keys), str(error)),)) from None
    except RecursionError:
        raise Refused((Problem((section,), Sentence("{section} nests too deep", section=section)),)) from None
    except (SigmaError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise Refused((_problem(error, section, value),)) from None
    if parsed.errors:
        raise Refused(tuple(_problem(error, section, value) for error in parsed.errors))
    return parsed


def _problem(error: Exception, section: str, value: Mapping[str, Any]) -> Problem:
    key = _KEYS.get(type(error).__name__)
    # pySigma raises the error of the date `modified` for too many dashes as well.
    if key is not None and "windash" not in text_of(error):
        return Problem((key,), text_of(error))
    if isinstance(error, SigmaConditionError):
        return Problem((section, "condition"), text_of(error))
    return Problem((section, *_culprit(value.get(section))), text_of(error))


def text_of(error: Exception) -> str:
    """The reason that an exception of pySigma gives, without its own idea of the place."""
    text = str(error.args[0]) if error.args else type(error).__name__
    return _INSIDES.sub(r"\1", text).rstrip(".")


def _culprit(section: Any) -> tuple[Key, ...]:
    """The keys below a section that lead to the first part that pySigma refuses on its own."""
    if not isinstance(section, dict):
        return ()
    for name, definition in section.items():
        if name not in {"condition", "rules"} and _refused(definition):
            return (name, *_inside(definition))
    return ()


def _inside(definition: Any) -> tuple[Key, ...]:
    if isinstance(definition, list):
        for at, item in enumerate(definition):
            if _refused(item):
                return (at, *_inside(item))
    if isinstance(definition, dict):
        for key, item in definition.items():
            if _refused({key: item}):
                return (key, *_entry(key, item))
    return ()


def _entry(key: Any, values: Any) -> tuple[Key, ...]:
    if isinstance(values, list):
        for at, item in enumerate(values):
            if _refused({key: item}):
                return (at,)
    return ()


def _refused(definition: Any) -> bool:
    try:
        part = normalise_detections({"part": definition})["part"]
        detection = SigmaDetection.from_definition(part, policy=POLICY)
    except (SigmaError, ValueError, TypeError, AttributeError):
        return True
    return not _converts(detection)


def _converts(detection: SigmaDetection) -> bool:
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            if not _converts(item):
                return False
        elif not _item_converts(item):
            return False
    return True


def _item_converts(item: SigmaDetectionItem) -> bool:
    try:
        convert(item.postprocess(_NO_DETECTIONS))
    except (ConversionError, SigmaError):
        return False
    return True


def condition_of(rule: SigmaRule, value: Mapping[str, Any], section: str = "detection") -> Condition:
    """The rule's condition as IR; several conditions are alternatives.

    Raises:
        Refused: If a condition cannot be parsed or evaluated.
    """
    try:
        return any_of(convert(condition.parsed) for condition in rule.detection.parsed_condition)
    except SigmaConditionError as error:
        raise Refused((Problem((section, "condition"), text_of(error)),)) from None
    except RecursionError:
        raise Refused((Problem((section, "condition"), "the condition nests too deep"),)) from None
    except (ConversionError, SigmaError, TypeError) as error:
        culprit = _culprit(value.get(section)) or ("condition",)
        raise Refused((Problem((section, *culprit), text_of(error)),)) from None
