"""How the tables of cases are checked: a text, and all that it holds, as ``type value``, in order."""

from __future__ import annotations

from noroshi.indicators import extract


def found(text: str) -> list[str]:
    """Everything in the text, ``type value``; offsets and texts are checked on the way."""
    rows = []
    for one in extract(text):
        assert one.text == text[one.offset : one.offset + len(one.text)]
        rows.append(f"{one.type} {one.value}")
    return rows
