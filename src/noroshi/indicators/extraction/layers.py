"""A text made readable while every place in it still knows where it stood in the original.

Making readable is a list of edits: ``[.]`` becomes ``.``, a tag becomes nothing. Edits of HTML come first,
edits of defanging go over what they left, so a place is followed down through all layers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noroshi.indicators.extraction.signals import Signals


class Edit(NamedTuple):
    """One change: the characters from `start` to `end` become `text`.

    Attributes:
        fang: It undoes a defanging; others only take away markup or a break of a line.
    """

    start: int
    end: int
    text: str
    fang: bool = True


class Layer:
    """The result of one list of edits, and the way back.

    Attributes:
        text: After the edits.
    """

    __slots__ = ("_begins", "_fangs", "_pieces", "text")

    def __init__(self, source: str, edits: Sequence[Edit]) -> None:
        """Edits in order, none overlapping another."""
        texts: list[str] = []
        begins: list[int] = []
        pieces: list[tuple[int, int, int]] = []
        at = length = 0
        for start, end, made, _ in (*edits, Edit(len(source), len(source), "")):
            if start > at:
                begins.append(length)
                pieces.append((length, at, -1))
                texts.append(source[at:start])
                length += start - at
            if made:
                begins.append(length)
                pieces.append((length, start, end))
                texts.append(made)
                length += len(made)
            at = end
        self.text = "".join(texts)
        self._begins = begins
        self._pieces = pieces
        self._fangs = [edit.start for edit in edits if edit.fang]

    def below(self, start: int, end: int) -> tuple[int, int]:
        """Where a (not empty) part of `text` stood before the edits."""
        begins, pieces = self._begins, self._pieces
        first = pieces[bisect_right(begins, start) - 1]
        last = pieces[bisect_right(begins, end - 1) - 1]
        before = first[1] if first[2] >= 0 else first[1] + start - first[0]
        return before, (last[2] if last[2] >= 0 else last[1] + end - last[0])

    def has_fang(self, start: int, end: int) -> bool:
        """Whether something between two places of the source was a defanging."""
        at = bisect_left(self._fangs, start)
        return at < len(self._fangs) and self._fangs[at] < end


class Layered:
    """A text with the layers it went through.

    Attributes:
        text: Readable: full-width letters as ASCII, defanging undone.
        written: Of the same length: the characters as they were written, where they were not edited.
        signals: Where in `text` anything can be.
    """

    __slots__ = ("_layers", "_source", "signals", "text", "written")

    def __init__(
        self, source: str, text: str, written: str, layers: tuple[Layer, ...], signals: Signals
    ) -> None:
        self.signals = signals
        self._source = source
        self._layers = layers
        self.text = text
        self.written = written

    def origin(self, start: int, end: int) -> tuple[int, int, bool]:
        """Where a part stands in the source, and whether it was defanged there."""
        fanged = self.text[start:end] != self.written[start:end]
        for layer in reversed(self._layers):
            start, end = layer.below(start, end)
            fanged = fanged or layer.has_fang(start, end)
        return start, end, fanged

    def source(self, start: int, end: int) -> str:
        """A part of the source."""
        return self._source[start:end]


def without_overlaps(edits: Sequence[Edit]) -> list[Edit]:
    """In order of place; of two that overlap the earlier (of two that begin at one place, the longer)."""
    ordered = sorted(edits, key=lambda edit: (edit.start, -edit.end))
    kept: list[Edit] = []
    for edit in ordered:
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept
