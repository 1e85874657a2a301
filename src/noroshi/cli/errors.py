"""Errors in the reader's language: sentences of `noroshi.errors` by `words/errors.<language>.toml`."""

from __future__ import annotations

import re
import tomllib
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError, Sentence, filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    import typer

LANGUAGES: Final = ("ja",)
"""Languages with words of their own; English stands in the source."""
_PLACE: Final = re.compile(
    r"\b(line|record|byte|chunk|value|position|row|character|page|part|event|object|attribute|lifetime|post)"
    r" (\d+)\b|\b(end|header)\Z",
    re.ASCII,
)
_VALUE: Final = re.compile(r"\{(\w+)\}", re.ASCII)
_MAX_LIBRARY: Final = 2_000
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
        return words.get(text) or _words(language, "values").get(text) or library(text, language)
    template = words.get(text.template)
    if template is None:
        return f"{text}"
    values = {
        name: sentence(value, language) if isinstance(value, str) and " " in value else value
        for name, value in text.values.items()
    }
    return filled(template, values)


def library(text: str, language: str) -> str:
    """What a library says, recognised by its pattern, for it has no template; others as they are."""
    if len(text) > _MAX_LIBRARY:
        return text
    for pattern, words in _patterns(language):
        if found := pattern.fullmatch(text):
            return words.format(**{name: sentence(one, language) for name, one in found.groupdict().items()})
    return text


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Pattern and words: those that begin with our words first, of these the longest first."""
    templates = sorted(
        _words(language, "libraries"), key=lambda one: (one[0] == "{", -len(_VALUE.sub("", one)))
    )
    return tuple(
        (re.compile(_expression(one), re.DOTALL), _words(language, "libraries")[one]) for one in templates
    )


def _expression(template: str) -> str:
    parts = _VALUE.split(template)
    return "".join(f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))


def usage(error: typer.TyperException, language: str) -> str:
    """A mistake in how the command was called: its usage, where its help is, and what is wrong."""
    what = error.format_message()
    context = getattr(error, "ctx", None)  # typer's error with a context is no public class
    if context is None or what.startswith("Usage:"):  # a group without a command: its help, and nothing else
        return what
    text = Sentence(
        "Usage: {usage}\nTry '{command} --help' for help.\n\nError: {what}",
        usage=context.get_usage().removeprefix("Usage: "),
        command=context.command_path,
        what=library(what.replace("Value error, ", ""), language),
    )
    return sentence(text, language)


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
