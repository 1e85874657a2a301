"""Plain texts: everything in them is kept as seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.model import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_TEXT: Final = 1 << 24
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decoded(content: bytes | str) -> str | None:
    """The text, or None if it is none: UTF-8, UTF-16 with its mark, or Shift_JIS."""
    if isinstance(content, str):
        return content
    raw = content[:MAX_TEXT]
    codecs = ("utf-16",) if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "cp932")
    for codec in codecs:
        try:
            text = raw.decode(codec)
        except ValueError:
            continue
        return None if _CONTROL.search(text[:100_000]) else text
    return None


class TextExaminer:
    """Examines what is nothing but text, in any language without an evaluator."""

    name: Final = "text"
    types: Final = frozenset({"text"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """Anything that decodes without control characters."""
        del name
        text = decoded(content)
        if not text:
            return None
        return Recognition("text", 0.1)

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its text."""
        text = decoded(specimen.content) or ""
        if not budget.take("text", len(text)):
            return
        yield Seen(text, "body" if specimen.type == "text" else "source")


EXAMINERS: Final = (TextExaminer(),)
