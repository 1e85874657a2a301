"""Plain text: one value a line, its type told by what it is; ``#`` and ``;`` begin a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.lines import lines_of
from noroshi.indicators.indicator import Indicator, SourceClaim
from noroshi.indicators.kinds import guess_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from noroshi.indicators.exchange.format import Defaults


class PlainText:
    """Values and nothing else."""

    name: Final = "text"
    cannot_carry: Final = ("all_but_value", "hidden_types")

    def read(self, file: BinaryIO, path: str, defaults: Defaults) -> Iterator[Indicator | LocatedError]:
        """One indicator a line."""
        claim = defaults.apply(SourceClaim(""))
        for line in lines_of(file, path):
            if isinstance(line, LocatedError):
                yield line
                continue
            number, text = line
            value = text.strip()
            if not value or value[0] in "#;":
                continue
            type_ = guess_type(value)
            if type_ is None:
                what = Sentence("`{value}` does not show what it is", value=value[:80])
                yield LocatedError(path, f"line {number}", what, "use CSV with a column `type`")
            else:
                yield Indicator.of(value, type_, claim)

    def write(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:  # noqa: ARG002 - no time in it
        """One value a line; `carried` says which."""
        for indicator in indicators:
            if self._shows_its_type(indicator):
                yield f"{indicator.value}\n".encode()

    def carried(self, indicator: Indicator) -> Indicator | None:
        """The value with its type."""
        return Indicator.of(indicator.value, indicator.type) if self._shows_its_type(indicator) else None

    def _shows_its_type(self, indicator: Indicator) -> bool:
        return guess_type(indicator.value) == indicator.type and indicator.value[0] not in "#;"
