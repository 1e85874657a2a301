"""Domains that could be taken for another one: typing errors, look-alike letters, other endings, additions.

Compared is the label that somebody registered and what stands above it (public suffixes of two labels such
as ``co.jp`` are told by a short second-level label), in Unicode, after letters that look alike have become
one letter (Unicode Technical Standard 39, "Confusable detection", in the small part that domains may use).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.indicators.model import Entry

MIN_LENGTH: Final = 5
"""Shorter names are one letter from too many others: for them only look-alike letters and endings count."""
_SECOND_LEVELS: Final = frozenset(
    {"co", "ac", "go", "or", "ne", "gr", "ed", "lg", "ad", "com", "net", "org", "edu", "gov"}
)
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_LIKE: Final = str.maketrans(
    # Digits, and letters of Latin, Greek, Cyrillic and Armenian that look like those of the alphabet.
    "01іӏıļłｌоοօαаеєсϲрρѕхҳуүѵνкκһгԁ5",
    "oliilllloooaaeeccppsxxyyvvkkhrds",
)


class _Parts(NamedTuple):
    """The registered label as it is, its skeleton, and the ending."""

    label: str
    skeleton: str
    ending: str


def _unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def skeleton(label: str) -> str:
    """The label with every letter that looks like another one written as that one."""
    plain = unicodedata.normalize("NFKD", label.translate(_LIKE))
    text = "".join(letter for letter in plain if not unicodedata.combining(letter))
    for pair, single in _PAIRS:
        text = text.replace(pair, single)
    return text.replace("-", "").replace("l", "i")


def _parts(name: str) -> _Parts:
    labels = name.split(".")
    tail = 2 if len(labels) > 2 and labels[-2] in _SECOND_LEVELS and len(labels[-1]) == 2 else 1
    if len(labels) <= tail:
        return _Parts(name, skeleton(_unicode(name)), "")
    label = _unicode(labels[-tail - 1])
    return _Parts(label, skeleton(label), ".".join(labels[-tail:]))


def one_apart(left: str, right: str) -> bool:
    """Whether one letter added, left out, changed, or two neighbours exchanged make one of the other."""
    if abs(len(left) - len(right)) > 1 or left == right:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    left, right = left[start:], right[start:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:])
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer[1:] == shorter


class Likenesses:
    """The entries by their normal domain, and what resembles them."""

    __slots__ = ("_entries", "_known")

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = tuple((_parts(name), entry) for name, entry in entries.items())
        self._known = frozenset(entries)

    def find(self, name: str) -> Entry | None:
        """The first entry that this normal domain resembles; None for the entries and what is below them."""
        labels = name.split(".")
        if any(".".join(labels[at:]) in self._known for at in range(len(labels))):
            return None
        found = _parts(name)
        return next((entry for wanted, entry in self._entries if _alike(found, wanted)), None)


def _alike(found: _Parts, wanted: _Parts) -> bool:
    if found.skeleton == wanted.skeleton:
        return True
    if len(wanted.skeleton) < MIN_LENGTH:
        return False
    words = found.label.split("-")
    added = len(words) > 1 and (wanted.label in words or f"{wanted.label}-" in found.label + "-")
    return added or one_apart(found.skeleton, wanted.skeleton)
