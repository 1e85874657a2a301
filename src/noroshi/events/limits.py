"""What each format's log cannot show, however well it is read: `limits.toml`, in both languages."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Limits:
    """What the log of one format cannot show; sentences, with code words in grave accents.

    Attributes:
        en: In English.
        ja: In Japanese.
    """

    en: str
    ja: str


@cache
def all_limits() -> Mapping[str, Limits]:
    """The limits of every format, by the format's name."""
    text = files("noroshi.events").joinpath("limits.toml").read_text(encoding="utf-8")
    return {name: Limits(entry["en"], entry["ja"]) for name, entry in tomllib.loads(text).items()}
