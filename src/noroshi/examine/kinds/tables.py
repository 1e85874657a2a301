"""Tables as text that Excel opens: commands in their cells (DDE), and queries of web pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.kinds.texts import decoded
from noroshi.examine.model import Effect, EffectKind, Finding, Place, Seen, Severity
from noroshi.examine.office.package_links import dde_outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_LINKS: Final = 200
_LINK: Final = re.compile(
    r"(?im)(?:^|[,;\t\"])[ \t]{0,8}[=+\-@]([^\r\n,;\t|']{1,200})\|[ \t]{0,8}'([^'\r\n]{0,8000})'[ \t]{0,8}!"
)
_SERVICE: Final = re.compile(r"[\w.\\:/ ]+$")
_QUERY: Final = re.compile(r"\AWEB\s*\r?\n\d+\s*\r?\n((?:https?|file|\\\\)[^\r\n]+)", re.IGNORECASE)


class TableExaminer:
    """Examines tables with separators that hold DDE commands (``.csv``, ``.txt``)."""

    name: Final = "table"
    types: Final = frozenset({"csv"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """Only where a cell holds a command: other tables are plain texts."""
        if not name.lower().endswith((".csv", ".tsv", ".txt", ".xls")):
            return None
        text = decoded(content)
        return Recognition("csv", 0.7) if text and _LINK.search(text[:1_000_000]) else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """The commands, then the text."""
        text = decoded(specimen.content) or ""
        if not budget.take("text", len(text)):
            return
        for _, match in zip(range(MAX_LINKS), _LINK.finditer(text), strict=False):
            line = text.count("\n", 0, match.start(1)) + 1
            service = _SERVICE.search(match[1])
            yield from dde_outcomes(service[0].strip() if service else "", match[2], Place(line=line))
        yield Seen(text, "source")


class QueryExaminer:
    """Examines web queries (``.iqy``), which Excel loads into a sheet, formulas included."""

    name: Final = "web query"
    types: Final = frozenset({"iqy"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By its first lines."""
        del name
        text = decoded(content)
        return Recognition("iqy", 0.9) if text and _QUERY.match(text[:4_000]) else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """The address that Excel asks."""
        text = decoded(specimen.content) or ""
        found = _QUERY.match(text)
        if found is not None and budget.take("text", len(text)):
            url = found[1].strip()
            yield Finding("loads-from-outside", Severity.HIGH, {"kind": "web query", "target": url})
            yield Effect(EffectKind.DOWNLOAD, {"url": url}, "web query")
        yield Seen(text, "source")


EXAMINERS: Final = (TableExaminer(), QueryExaminer())
