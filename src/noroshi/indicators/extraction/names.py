"""Which texts are names of hosts: known suffixes, reserved ones, and what only looks like one.

Suffixes are the ICANN part of the Public Suffix List (https://publicsuffix.org) as the library ships it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from publicsuffixlist import PublicSuffixList

from noroshi.indicators.extraction.tables import words

MAX_NAME: Final = 253
RESERVED: Final = frozenset({"example", "test", "invalid", "onion", "i2p"})
"""Last labels that no registry knows but reports use: RFC 2606, RFC 7686, I2P."""

_FILES: Final = words("names", "files")

_CODE_TAILS: Final = words("names", "code_tails")
"""Suffixes that are words of programs and sentences too."""
_CODE_HEADS: Final = words("names", "code_heads")
"""What stands before a dot in programs."""
_FIELD_WORDS: Final = words("names", "field_words")
"""Suffixes that are names of fields and attributes."""
_PRODUCTS: Final = words("names", "products")
"""Names of products and words that look like domains."""

_LABEL: Final = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_SENTENCE: Final = re.compile(r"[A-Z][a-z]+")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


@cache
def _all_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=4096)
def is_suffix_label(label: str) -> bool:
    """Whether something can be registered under this last label (lower case, Unicode or IDNA)."""
    if label in RESERVED:
        return True
    ascii_label = to_ascii(label)
    # Under some (``za``, ``bd``) names are given below a second label only.
    return bool(ascii_label) and any(
        _suffixes().publicsuffix(f"x.{second}{ascii_label}", accept_unknown=False)
        for second in ("", "co.", "com.")
    )


def to_ascii(name: str) -> str | None:
    """The name in IDNA form; None if it has none."""
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return None


@lru_cache(maxsize=16_384)
def is_host_name(name: str) -> bool:
    """Whether a name in lower case lies below a public suffix (``co.jp`` alone does not)."""
    labels = name.split(".")
    if len(labels) < 2 or len(name) > MAX_NAME or not all(map(_LABEL.fullmatch, labels)):
        return False
    if labels[-1] in RESERVED:
        return True
    ascii_name = to_ascii(name)
    if ascii_name is None:
        return False
    return _suffixes().privatesuffix(ascii_name, accept_unknown=False) is not None


def suffix_labels(name: str) -> int:
    """How many labels of a valid name belong to its registry: 1 of ``evil.com``, 2 of ``evil.co.jp``."""
    if name.rpartition(".")[2] in RESERVED:
        return 1
    suffix = _all_suffixes().publicsuffix(to_ascii(name) or name, accept_unknown=False)
    return str(suffix).count(".") + 1 if suffix else 1


def looks_like_file_or_code(written: str) -> bool:
    """Whether a bare, not defanged name is more likely a file, an attribute or the seam of two sentences.

    Args:
        written: As it stands in the text, in its own case, a valid name when folded.
    """
    name = written.lower()
    head, _, tail = name.rpartition(".")
    if name in _PRODUCTS or _is_mixed(written):
        return True
    if head.startswith("www."):
        return False
    if tail in _FILES and suffix_labels(name) == 1:
        return True
    return "." not in head and tail in _CODE_TAILS and head in _CODE_HEADS


def _is_mixed(written: str) -> bool:
    """``System.Net``, ``done.In``: capitals in the last label of a name that is not all in capitals."""
    tail = written.rpartition(".")[2]
    return not written.isupper() and any(letter.isupper() for letter in tail)


def looks_like_field(name: str) -> bool:
    """Whether a bare name in running text is more likely a field or attribute: ``alert.rule.id``."""
    head, _, tail = name.rpartition(".")
    words_only = head.replace(".", "").replace("_", "").isalpha() and not head.startswith("www.")
    return tail in _FIELD_WORDS and words_only and suffix_labels(name) == 1


def is_seam(left: str, right: str) -> bool:
    """Whether ``。`` between two texts ends a sentence: a whole name before it, a capitalised word behind."""
    return bool(_SENTENCE.match(right)) and is_host_name(left.lower())
