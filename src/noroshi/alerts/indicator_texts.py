"""What an alert of an indicator says of itself, in the reader's language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from noroshi.indicators.kinds import HASHES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from noroshi.indicators.indicator import Indicator

_SOURCES: Final = 2


@cache
def _words() -> Mapping[str, Any]:
    text = files("noroshi.alerts").joinpath("indicator_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


class IndicatorTexts:
    """Texts in one language; anything but ``ja`` reads English."""

    def __init__(self, language: str) -> None:
        self._words = _words()["ja" if language == "ja" else "en"]

    def title(self, indicator: Indicator) -> str:
        """What stands in place of a rule's title; the value itself is not in it."""
        return self._say(
            "title",
            type=self._of("type", _kind(indicator.type)),
            threat=self._threat(indicator),
            family=self._family(indicator),
        )

    def meaning(self, indicator: Indicator, precision: str, score: float, at: datetime) -> str:
        """One sentence: what was seen, who reported it as what and when, how much it is worth."""
        return self._say(
            "meaning",
            what=self._of("what", "host" if precision == "host" else _kind(indicator.type)),
            sources=self._named(indicator.sources),
            threat=self._threat(indicator),
            family=self._family(indicator),
            age=self._age(indicator, at),
            score=round(score),
            precision=self._words[f"precision_{precision}"],
        )

    def reason(self, reason: str) -> str:
        """Why the level is not the score's own."""
        return str(self._words[f"reason_{reason}"])

    def verdict(self, verdict: str, name: str) -> str:
        """What the exclusion lists said."""
        return self._say(f"verdict_{verdict}", list=name)

    def _say(self, key: str, **values: Any) -> str:
        return str(self._words[key]).format(**values)

    def _of(self, table: str, name: str) -> str:
        words: Mapping[str, str] = self._words[table]
        return words.get(name, words["other" if table != "threat" else "none"])

    def _threat(self, indicator: Indicator) -> str:
        return self._of("threat", indicator.threats[0] if indicator.threats else "none")

    def _family(self, indicator: Indicator) -> str:
        families = indicator.families
        return self._say("of_family", family=families[0]) if families else ""

    def _named(self, sources: tuple[str, ...]) -> str:
        shown = list(sources[:_SOURCES])
        if len(sources) > _SOURCES:
            shown.append(self._say("others", count=len(sources) - _SOURCES))
        return str(self._words["and"]).join(shown)

    def _age(self, indicator: Indicator, at: datetime) -> str:
        reported = indicator.last_seen
        if reported is None:
            return str(self._words["no_time"])
        days = (at - reported).days
        if days < 0:
            return str(self._words["later"])
        if days == 0:
            return str(self._words["same_day"])
        return str(self._words["day_before"]) if days == 1 else self._say("days_before", days=days)


def _kind(type_: str) -> str:
    return "hash" if type_ in HASHES else type_
