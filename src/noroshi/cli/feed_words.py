"""What feeds complain about, in the reader's language: our own sentences, recognised by their words.

A feed's complaints lie in the store as English texts, without the template that `noroshi.errors.Sentence`
has, so that whoever reads them later, in whatever language, sees what happened then.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from noroshi.cli.errors import sentence
from noroshi.cli.words import words

if TYPE_CHECKING:
    from noroshi.cli.words import Words

_GROUP: Final = "feed_errors."
_PLACE: Final = re.compile(r"\{(\w)\}")
_MAX_DEPTH: Final = 3


def in_words(say: Words, text: str, depth: int = 0) -> str:
    """The sentence in the language of `say`; as it is where nobody has translated it."""
    if say.language == "en" or depth > _MAX_DEPTH:
        return text
    for key, pattern in _patterns():
        match = pattern.fullmatch(text)
        if match:
            inner = {name: in_words(say, part, depth + 1) for name, part in match.groupdict().items()}
            return say(key, **inner)
    return sentence(text, say.language)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Key and pattern of every English sentence: those around another first, then those that say most."""
    found = {key: text for key, text in words("en").entries.items() if key.startswith(_GROUP)}
    ordered = sorted(found.items(), key=lambda one: (one[1][0] != "{", -len(_PLACE.sub("", one[1]))))
    return tuple((key, re.compile(_expression(text), re.DOTALL)) for key, text in ordered)


def _expression(text: str) -> str:
    parts = _PLACE.split(text)
    return "".join(f"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts))
