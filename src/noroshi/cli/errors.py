"""Errors in the reader's language: sentences of `noroshi.errors` by `words/errors.<language>.toml`."""

from __future__ import annotations

import re
import tomllib
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("ja",)
"""Languages with words of their own; English stands in the source."""
_PLACE: Final = re.compile(
    r"\b(line|record|byte|chunk|value|position|row|character|page|part|event|object|attribute|lifetime|post)"
    r" (\d+)\b|\b(end|header)\Z",
    re.ASCII,
)
_SPOKEN: ContextVar[str] = ContextVar("language of errors", default="en")


def speak(language: str) -> None:
    """From here on errors on standard error are in this language: ``--lang``, else the locale's."""
    _SPOKEN.set(language)


def spoken() -> str:
    """The language of errors on standard error."""
    return _SPOKEN.get()


@cache
def _words(language: str, table: str) -> Mapping[str, str]:
    if language not in LANGUAGES:
        return {}
    text = files("noroshi.cli.words").joinpath(f"errors.{language}.toml").read_text(encoding="utf-8")
    found: Mapping[str, str] = tomllib.loads(text)[table]
    return found


def sentence(text: str, language: str) -> str:
    """A sentence in this language; as it is, where it has no words there (a library's, a product's own)."""
    words = _words(language, "sentences")
    if not isinstance(text, Sentence):
        return words.get(text) or _words(language, "values").get(text, text)
    template = words.get(text.template)
    if template is None:
        return f"{text}"
    values = {
        name: sentence(value, language) if isinstance(value, str) and " " in value else value
        for name, value in text.values.items()
    }
    return template.format(**values)


def place(text: str, language: str) -> str:
    """``line 12``, ``lists.own, value 3`` in this language."""
    words = _words(language, "places")
    if not words:
        return text
    return _PLACE.sub(lambda found: words[found[1] or found[3]].format(number=found[2]), text)


def told(error: Exception, language: str) -> str:
    """An error as one line: where, what, how to mend it."""
    if not isinstance(error, LocatedError):
        return sentence(str(error), language)
    what, mend = sentence(error.what, language), sentence(error.mend, language)
    if language not in LANGUAGES:
        return str(error)
    where = f"{error.path}: {place(error.place, language)}" if error.place else error.path
    return f"{where}: {what}。{mend}" if mend else f"{where}: {what}"
