"""Words of the command line in both languages: `en.toml` and `ja.toml` hold the same keys (tested).

`*.en.toml` and `*.ja.toml` beside them hold further groups.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from noroshi.errors import filled

LANGUAGES: Final = ("en", "ja")
_GROUPS: Final = (
    "collect",
    "coverage",
    "examine",
    "examine_kinds",
    "examine_office",
    "excluded",
    "extract",
    "health",
    "hits",
    "indicators",
    "inspect",
    "report",
    "retro",
    "who",
)


class Words:
    """The words of one language: ``say("summary.events", count=3)``."""

    def __init__(self, language: str, entries: dict[str, str]) -> None:
        self.language = language
        self.entries = entries

    def __call__(self, key: str, **values: Any) -> str:
        """The text of this key with its placeholders filled.

        Raises:
            KeyError: There is no such key: a mistake in the program.
        """
        return filled(self.entries[key], values)

    def term(self, group: str, value: str) -> str:
        """A word of the glossary (``level``, ``outcome`` …); the value itself where it has none."""
        return self.entries.get(f"{group}.{value}", value)


@cache
def words(language: str) -> Words:
    """The words of a language; English for an unknown one."""
    name = language if language in LANGUAGES else "en"
    folder = files("noroshi.cli.words")
    names = [f"{name}.toml", *(f"{group}.{name}.toml" for group in _GROUPS)]
    texts = [folder.joinpath(one).read_text(encoding="utf-8") for one in names]
    return Words(name, {key: text for one in texts for key, text in _flat("", tomllib.loads(one))})


def _flat(prefix: str, table: dict[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}.{key}" if prefix else key
        found += _flat(name, value) if isinstance(value, dict) else [(name, value)]
    return found
