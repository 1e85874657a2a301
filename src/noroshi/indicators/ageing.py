"""Which lifetime an indicator has, and its score at a moment."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.decay import DecayModel
from noroshi.indicators.indicator import Threat  # noqa: TC001 - msgspec reads the types of the fields
from noroshi.indicators.kinds import LEVELS, PyramidLevel

if TYPE_CHECKING:
    from noroshi.indicators.indicator import Indicator

DEFAULTS: Final = Path(__file__).with_name("lifetimes.toml")
_MAX_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Lifetime:
    """One row of ``lifetimes.toml``: whom it fits, and how those age.

    Attributes:
        name: For people.
        model: The decay.
        types: Types that it fits; empty for all, as with levels and threats.
        levels: Pyramid levels.
        threats: Kinds of threat, of which the indicator has at least one.
        only: The indicator has no other kind of threat.
    """

    name: str
    model: DecayModel
    types: frozenset[str] = frozenset()
    levels: frozenset[PyramidLevel] = frozenset()
    threats: frozenset[Threat] = frozenset()
    only: bool = False

    def fits(self, indicator: Indicator) -> bool:
        """Whether everything that the row names is so."""
        if self.types and indicator.type not in self.types:
            return False
        if self.levels and indicator.level not in self.levels:
            return False
        if not self.threats:
            return True
        threats = indicator.threats
        return not self.threats.isdisjoint(threats) and (not self.only or self.threats.issuperset(threats))


@dataclass(frozen=True, slots=True)
class Score:
    """How much an indicator is worth at a moment.

    Attributes:
        value: 0 to 100.
        base: At age 0: the highest confidence that a source gives, else the lifetime's default.
        decayed: Below the threshold.
        decays_at: When it falls below the threshold unless it is seen again; None where nobody gave a time.
        lifetime: The row that decided.
    """

    value: float
    base: float
    decayed: bool
    decays_at: datetime | None
    lifetime: Lifetime


class Lifetimes:
    """The rows, in order; the first that fits decides."""

    def __init__(self, rows: tuple[Lifetime, ...]) -> None:
        self.rows = rows

    def of(self, indicator: Indicator) -> Lifetime:
        """The row of an indicator. The defaults have one for every level; your own rows stand before them."""
        return next(row for row in self.rows if row.fits(indicator))

    def score(self, indicator: Indicator, at: datetime) -> Score:
        """The score at a moment.

        Age counts from the newest report or sighting in our own logs, whichever came later: each of them
            shows that
        the indicator is in use, as MISP's sightings do. A report from the future is as new as one of this
        moment. Where nobody gave a time, nothing can have aged.
        """
        lifetime = self.of(indicator)
        confidence = indicator.confidence
        base = lifetime.model.default_base_score if confidence is None else float(confidence)
        newest = newest_time(indicator)
        elapsed = max(timedelta(0), at - newest) if newest is not None else timedelta(0)
        value = lifetime.model.score(base, elapsed)
        decays_at = None if newest is None else newest + lifetime.model.decays_after(base)
        return Score(value, base, lifetime.model.is_decayed(value), decays_at, lifetime)


def newest_time(indicator: Indicator) -> datetime | None:
    """When it was last reported or seen in our own logs; None if nobody says."""
    times = (indicator.last_seen, indicator.sightings.last)
    return max((time for time in times if time is not None), default=None)


@cache
def default_lifetimes() -> Lifetimes:
    """The rows that come with Noroshi."""
    return Lifetimes(_read(DEFAULTS))


def load_lifetimes(path: Path | None) -> Lifetimes:
    """One's own rows before the defaults.

    Raises:
        LocatedError: The file cannot be read, or a row of it is wrong.
    """
    return default_lifetimes() if path is None else Lifetimes((*_read(path), *default_lifetimes().rows))


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    """A row as it stands in the file."""

    name: str
    lifetime_days: float
    decay_speed: float
    threshold: float
    default_base_score: float
    types: frozenset[str] = frozenset()
    levels: frozenset[PyramidLevel] = frozenset()
    threats: frozenset[Threat] = frozenset()
    only: bool = False


def _read(path: Path) -> tuple[Lifetime, ...]:
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        raise LocatedError(
            str(path), "", Sentence("cannot be read: {reason}", reason=error.strerror), "check the path"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LocatedError(
            str(path), "", Sentence("is no TOML: {error}", error=error), "correct the file"
        ) from None
    rows = document.get("lifetime")
    if not isinstance(rows, list) or not rows:
        raise LocatedError(str(path), "", "holds no `[[lifetime]]`", "write one row for each lifetime")
    return tuple(_row(str(path), number, row) for number, row in enumerate(rows, 1))


def _row(path: str, number: int, fields: Any) -> Lifetime:
    place = f"lifetime {number}"
    try:
        row = msgspec.convert(fields, _Row, strict=False)
    except msgspec.ValidationError as error:
        raise LocatedError(
            path, place, Sentence("is wrong: {reason}", reason=error), "see lifetimes.toml of Noroshi"
        ) from None
    if unknown := row.types - LEVELS.keys():
        wrong = Sentence("`{type}` is no type of indicator", type=min(unknown))
        names = ", ".join(sorted(LEVELS))
        raise LocatedError(path, place, wrong, Sentence("use one of {names}", names=names))
    numbers_fit = (
        0 < row.lifetime_days <= 36_500
        and 0.01 <= row.decay_speed <= 100
        and 0 <= row.threshold <= 100
        and 0 <= row.default_base_score <= 100
    )
    if not numbers_fit:
        what = "days must be 0 to 36,500, the speed 0.01 to 100, scores 0 to 100"
        raise LocatedError(path, place, what, "correct the number")
    model = DecayModel(row.lifetime_days, row.decay_speed, row.threshold, row.default_base_score)
    return Lifetime(row.name, model, row.types, row.levels, row.threats, row.only)
