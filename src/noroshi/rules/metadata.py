"""What people read of a rule: Sigma's texts and the `noroshi` block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from noroshi.errors import Sentence
from noroshi.rules.model import LEVELS, Meaning, Prerequisite, RuleMeta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.rules.documents import Document


class MetadataError(ValueError):
    """A text or a value of the `noroshi` block that cannot be taken; `keys` leads to it."""

    def __init__(self, keys: tuple[str | int, ...], what: str) -> None:
        super().__init__(what)
        self.keys = keys


def read_metadata(document: Document, value: Mapping[str, Any]) -> RuleMeta:
    """The metadata of a rule that pySigma has already accepted.

    Raises:
        MetadataError: If the `noroshi` block has a value of the wrong kind.
    """
    block = value.get("noroshi")
    if block is not None and not isinstance(block, dict):
        raise MetadataError(("noroshi",), "noroshi is no mapping")
    block = block or {}
    needs = _needs(block.get("prerequisites"))
    return RuleMeta(
        title=_text(value, "title"),
        title_ja=_block_text(block, "title_ja"),
        level=_level(value.get("level")),
        status=_text(value, "status"),
        description=_text(value, "description"),
        author=_text(value, "author"),
        date=_text(value, "date"),
        modified=_text(value, "modified"),
        references=_texts(value, "references"),
        tags=_texts(value, "tags"),
        falsepositives=_texts(value, "falsepositives"),
        fields=_texts(value, "fields"),
        trace_kind=_block_text(block, "trace_kind"),
        pyramid_level=_block_text(block, "pyramid_level"),
        prerequisites=tuple(_one_line(need) for need in needs),
        timezone=_timezone(block),
        outcomes=_outcomes(block.get("outcomes")),
        path=document.file.path,
        line=document.line,
        needs=needs,
        stage=_block_text(block, "stage"),
        owner=_block_text(block, "owner"),
        review_interval_days=_days(block.get("review_interval_days")),
    )


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return "" if found is None else str(found).strip()


def _texts(value: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(str(item) for item in value.get(key) or () if item is not None)


def _level(level: Any) -> str:
    text = "informational" if level is None else str(level).lower()
    return text if text in LEVELS else "informational"


def _block_text(block: Mapping[str, Any], key: str) -> str:
    found = block.get(key, "")
    if not isinstance(found, str):
        raise MetadataError(("noroshi", key), Sentence("noroshi.{key} is no text", key=key))
    return found


def _timezone(block: Mapping[str, Any]) -> str:
    zone = _block_text(block, "timezone")
    try:
        if zone:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MetadataError(
            ("noroshi", "timezone"), Sentence("the time zone {zone!r} is unknown", zone=zone)
        ) from None
    return zone


def _outcomes(found: Any) -> tuple[str, ...]:
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise MetadataError(("noroshi", "outcomes"), "noroshi.outcomes is no list of texts")
    return tuple(found)


def _days(found: Any) -> int:
    if found is None:
        return 0
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= 1 << 31:
        raise MetadataError(
            ("noroshi", "review_interval_days"), "noroshi.review_interval_days is no whole number"
        )
    return found


def _needs(found: Any) -> tuple[Prerequisite, ...]:
    if found is None:
        return ()
    if not isinstance(found, list):
        raise MetadataError(("noroshi", "prerequisites"), "noroshi.prerequisites is no list")
    return tuple(_need(at, item) for at, item in enumerate(found))


def _need(at: int, item: Any) -> Prerequisite:
    keys = ("noroshi", "prerequisites", at)
    if isinstance(item, str):
        return Prerequisite(Meaning(item))
    if not isinstance(item, dict) or not isinstance(item.get("log_source"), str):
        raise MetadataError(keys, "a prerequisite names no log_source")
    return Prerequisite(_both(item, "log_source"), _both(item, "setting"), _both(item, "fallback"))


def _both(item: Mapping[str, Any], key: str) -> Meaning:
    return Meaning(en=_text(item, key), ja=_text(item, f"{key}_ja"))


def _one_line(need: Prerequisite) -> str:
    return f"{need.log_source.en}: {need.setting.en}" if need.setting.en else need.log_source.en
