"""What can go wrong, as values that name the place and the mend.

`NoroshiError` is the root. `LocatedError` is the one that people see: where, what, how to mend.

Programs, dead letters and logs get the English sentences. For people, `noroshi.cli.errors` puts those of
their language in the place: a sentence without values is looked up as it stands, one with values by its
template (`Sentence`).
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sentence(str):
    """An English sentence with values in it that still knows its template.

    >>> told = Sentence("is larger than {most:,} bytes", most=4096)
    >>> str(told), told.template
    ('is larger than 4,096 bytes', 'is larger than {most:,} bytes')

    Attributes:
        template: The sentence with its placeholders: the key of its words in other languages.
        values: Placeholder → value.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        """The sentence with its values filled in."""
        # An error as a value may not survive the way to another process; its sentence does.
        plain = {name: str(one) if isinstance(one, BaseException) else one for name, one in values.items()}
        made = super().__new__(cls, filled(template, plain))
        made.template, made.values = template, plain
        return made

    def __str__(self) -> str:
        """Itself, so that the template outlives ``str(error)`` of an error that carries the sentence."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Workers send errors to their parent."""
        return _sentence, (self.template, dict(self.values))


def filled(template: str, values: Mapping[str, Any]) -> str:
    """A template with its values; ``{count:,|event|events}`` is a number with the noun that it takes.

    >>> filled("{count:,|event|events} in {files:|file|files}", {"count": 1200, "files": 1})
    '1,200 events in 1 file'
    """
    return _COUNTING.vformat(template, (), values) if "|" in template else template.format(**values)


class _Counting(Formatter):
    """Format specifications that may end with ``|singular|plural``."""

    def format_field(self, value: Any, format_spec: str) -> str:
        own, bar, nouns = format_spec.partition("|")
        number = str(super().format_field(value, own))
        if not bar:
            return number
        one, _, many = nouns.partition("|")
        return f"{number} {one if value == 1 else many}"


_COUNTING: Final = _Counting()


def as_json(text: str) -> Any:
    """A text as plain JSON; a sentence with its template and values, so that it stays translatable.

    >>> as_json(Sentence("has {count} columns", count=3))
    {'template': 'has {count} columns', 'values': {'count': 3}}
    """
    if not isinstance(text, Sentence):
        return text
    values = {
        name: one if isinstance(one, int | float) else as_json(one if isinstance(one, str) else str(one))
        for name, one in text.values.items()
    }
    return {"template": text.template, "values": values}


def from_json(found: Any) -> str:
    """A text as `as_json` wrote it. What older versions kept is a plain text, and stays one."""
    if not isinstance(found, dict):
        return str(found)
    values = {
        str(name): one if isinstance(one, int | float) else from_json(one)
        for name, one in found["values"].items()
    }
    return Sentence(found["template"], **values)


def _sentence(template: str, values: Mapping[str, Any]) -> Sentence:
    return Sentence(template, **values)


class NoroshiError(Exception):
    """Root of all errors that Noroshi raises on purpose."""


class UsageError(NoroshiError):
    """The command was called with something it cannot take; exit status 2."""


@dataclass(unsafe_hash=True)  # not frozen: raising, `contextlib` and `pickle` set attributes of an exception
class LocatedError(NoroshiError):
    """One mistake at one place.

    Attributes:
        path: The file as the user named it, or ``-`` for standard input.
        place: Where in it: a line number (``line 12``), a record (``record 17``), an offset (``byte 4096``)
            or the empty string.
        what: What is wrong, one sentence without a full stop.
        mend: How to mend it, one sentence without a full stop; empty where nothing can be done.
    """

    path: str
    place: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: {self.place}" if self.place else self.path
        return f"{where}: {self.what}; {self.mend}" if self.mend else f"{where}: {self.what}"

    def __reduce__(self) -> tuple[type[LocatedError], tuple[str, str, str, str]]:
        """Workers send errors to their parent; an exception's own way knows `args` only."""
        return LocatedError, (self.path, self.place, self.what, self.mend)
