"""What an extraction gives, and what it may be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MAX_CHARS: Final = 64 * 1024 * 1024
"""Longer texts are refused: nobody writes so long a report, and everything below is kept in memory."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """One indicator where it stands.

    Attributes:
        type: One of `indicators.kinds.TYPES`.
        value: As it really is, never defanged: host names, hexadecimal digits and schemes in lower case,
            everything else as written. `kinds.normal_form` brings it to the form that the store keeps.
        text: As it is written, ``hxxp://evil[.]example``.
        offset: Where `text` begins in what was given, in code points:
            ``source[offset:offset + len(text)] == text``.
        defanged: It was written so that nobody follows it by accident (or so that a filter does not see it):
            brackets, ``hxxp``, full-width letters, invisible characters, Base64 …
    """

    type: str
    value: str
    text: str
    offset: int
    defanged: bool


@dataclass(frozen=True, slots=True)
class Found:
    """One indicator in a readable text (`layers.Layered`): where it stands there.

    Attributes:
        type: One of `indicators.kinds.TYPES`.
        value: As it really is.
        start: Where it begins in `Layered.text`.
        end: Where it ends there.
        hidden: It is written in a way that only decoding shows (Base64, an address as one number).
    """

    type: str
    value: str
    start: int
    end: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """How to extract.

    Attributes:
        html: The text is HTML: tags are no text, links are.
        own_sites: Domains whose ordinary, not defanged mentions are no indicators, themselves and all below:
            the site on which a report stands.
        references: The same for sites that reports refer to (`references.DEFAULT` unless told otherwise).
    """

    html: bool = False
    own_sites: frozenset[str] = field(default_factory=frozenset)
    references: frozenset[str] | None = None
