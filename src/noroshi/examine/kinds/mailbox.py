"""Mailboxes in mbox form (RFC 4155): mails one after the other, each behind a line with ``From``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.model import Detail, Finding, Piece, Place, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_MAILS: Final = 1_000
_BORDER: Final = re.compile(
    rb"(?m)(?:\A|(?<=\n\n)|(?<=\n\r\n))From \S{1,320} [^\r\n]{0,80}\d{4}[^\r\n]{0,20}\r?\n(?=[!-9;-~]{1,60}:)"
)
_QUOTED: Final = re.compile(rb"(?m)^>(>*From )")


class MailboxExaminer:
    """Examines mailboxes of more than one mail; a single one is a mail."""

    name: Final = "mailbox"
    types: Final = frozenset({"mbox"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """A border at the beginning, and a second one or the ending of the name."""
        if isinstance(content, str) or not _BORDER.match(content[:1_000]):
            return None
        several = next(iter(_BORDER.finditer(content, 5)), None) is not None
        return Recognition("mbox", 0.95) if several or name.lower().endswith((".mbox", ".mbx")) else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its mails, in order."""
        raw = specimen.raw
        borders = list(_BORDER.finditer(raw))
        yield Detail("mails", str(len(borders)))
        ends = [found.start() for found in borders[1:]] + [len(raw)]
        for number, (found, end) in enumerate(zip(borders, ends, strict=True), 1):
            if number > MAX_MAILS:
                yield Finding("mails-left", Severity.LOW, {"limit": str(MAX_MAILS)})
                return
            if not budget.take("unfolded", end - found.end()):
                return
            mail = _QUOTED.sub(rb"\1", raw[found.end() : end])
            yield Piece("mail", str(number), mail, "eml", place=Place(offset=found.start()))


EXAMINERS: Final = (MailboxExaminer(),)
