"""Attacks in uniform words: what an IPS or a WAF of any maker says about a packet or a request.

| field | holds |
|---|---|
| ``signature`` | name of the IPS signature that matched, as the product writes it |
| ``signature_severity`` | ``high``, ``medium``, ``low`` or ``informational`` |
| ``waf_attack`` | kinds of attack that a WAF recognised: the classes of `tables/attacks.toml` |

`tables/attacks.toml` says how severities are written, and by which rule numbers, texts and tags a WAF tells
each kind of attack: those of the OWASP Core Rule Set 3 and 4 (its rule files), of AWS' managed rule groups,
F5 ("Attack types" of the ASM manual), Imperva and FortiWeb.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.traits import load_table
from noroshi.events.values import as_text, elements, fold

if TYPE_CHECKING:
    from noroshi.events.model import Fields

MAX_VALUES: Final = 64
"""Rules, texts and tags of one request that are looked at."""
MAX_CHARS: Final = 512
_RAW: Final = load_table("attacks").raw
_WORDS: Final = {word: level for level, words in _RAW["severities"].items() for word in words}
_CLASSES: Final = tuple(
    (name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _RAW["waf_attacks"].items()
)
_TOLD_BY: Final = ("waf_rule_id", "waf_message", "waf_tag")
_PRIORITIES: Final = ("", "high", "medium", "low", "informational")
_SCORES: Final = ((7, "high"), (4, "medium"), (1, "low"), (0, "informational"))


def by_word(value: Any) -> str | None:
    """``Critical`` → ``high``; None for a word that the table does not have."""
    return _WORDS.get(fold(value.strip())) if isinstance(value, str) else None


def by_priority(value: Any) -> str | None:
    """Snort's and Suricata's priority: 1 is the most severe ("Snort Users Manual", 3.4.6)."""
    text = as_text(value) or ""
    return _PRIORITIES[min(int(text), 4)] if text.isdecimal() and text != "0" and len(text) < 4 else None


def by_score(value: Any) -> str | None:
    """A severity from 0 to 10, as CEF and LEEF write it, or a word."""
    text = as_text(value) or ""
    if not text.isdecimal() or len(text) > 2:
        return by_word(value)
    return next(level for least, level in _SCORES if int(text) >= least)


def add_signature(fields: Fields, name: Any, severity: str | None) -> None:
    """Name and severity of an IPS signature, where the log has them."""
    if isinstance(name, str) and name:
        fields["signature"] = name
    if severity is not None:
        fields["signature_severity"] = severity


def add_waf_attacks(fields: Fields) -> None:
    """``waf_attack`` out of the numbers, texts and tags of the WAF's rules that matched."""
    texts = [
        text[:MAX_CHARS]
        for name in _TOLD_BY
        for value in list(elements(fields.get(name)))[:MAX_VALUES]
        if (text := as_text(value)) is not None
    ]
    found = [name for name, pattern in _CLASSES if any(map(pattern.search, texts))]
    if found:
        fields["waf_attack"] = found
