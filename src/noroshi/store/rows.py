"""An indicator as a row of the table, and back."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from noroshi.folding import fold
from noroshi.indicators.indicator import NEVER_SIGHTED, Indicator, Sightings, SourceClaim, Status
from noroshi.indicators.kinds import PyramidLevel

if TYPE_CHECKING:
    from sqlalchemy import Row

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ENCODE: Final = msgspec.json.Encoder()
_FIELDS: Final = tuple(field.name for field in fields(SourceClaim))
_CLAIMS: Final = msgspec.json.Decoder(tuple[SourceClaim, ...])


def to_micros(time: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC."""
    return (time - _EPOCH) // _MICROSECOND


def to_time(micros: int) -> datetime:
    """Aware UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def to_day(time: datetime) -> int:
    """Whole days since 1970-01-01 UTC."""
    return (time - _EPOCH).days


def _micros(time: datetime | None) -> int | None:
    return None if time is None else to_micros(time)


def _time(micros: int | None) -> datetime | None:
    return None if micros is None else to_time(micros)


@lru_cache(maxsize=65_536)
def words(said: tuple[str, ...]) -> str:
    """Words as one text of `schema`: folded, each between two line feeds; empty for none.

    Feeds say the same few words of nearly all their indicators, hence the cache.
    """
    cleaned = [word for one in said if (word := one_word(one))]
    return _storable("\n" + "\n".join(cleaned) + "\n") if cleaned else ""


def one_word(text: str) -> str:
    """A word as it stands in such a text."""
    return " ".join(fold(text).replace("\0", " ").split())


def to_row(key: bytes, indicator: Indicator) -> dict[str, Any]:
    """The row under this key (`Indicator.key`), without the times that the store itself sets."""
    sightings = indicator.sightings
    tlp = indicator.tlp
    return {
        "key": key,
        "type": indicator.type,
        "value": indicator.value,
        "level": int(indicator.level),
        "status": indicator.status.value,
        "reason": _storable(indicator.reason),
        "exempt": indicator.exempt,
        "claims": _claims_text(indicator.claims),
        "threats": words(indicator.threats),
        "families": words(indicator.families),
        "tags": words(indicator.tags),
        "sources": words(indicator.sources),
        "tlp": "" if tlp is None else tlp.value,
        "confidence": indicator.confidence,
        "compromised_site": indicator.compromised_site,
        "first_seen": _micros(indicator.first_seen),
        "last_seen": _micros(indicator.last_seen),
        "sighted_count": sightings.count,
        "sighted_first": _micros(sightings.first),
        "sighted_last": _micros(sightings.last),
    }


def to_times(key: bytes, indicator: Indicator) -> dict[str, Any]:
    """Of the row what times are in."""
    return {
        "key": key,
        "claims": _claims_text(indicator.claims),
        "first_seen": _micros(indicator.first_seen),
        "last_seen": _micros(indicator.last_seen),
    }


def from_row(row: Row[Any]) -> Indicator:
    """The indicator of a row of `schema.INDICATOR`."""
    count = row.sighted_count
    return Indicator(
        row.value,
        row.type,
        _CLAIMS.decode(row.claims),
        PyramidLevel(row.level),
        Status(row.status),
        row.reason,
        bool(row.exempt),
        Sightings(count, _time(row.sighted_first), _time(row.sighted_last)) if count else NEVER_SIGHTED,
    )


def _claims_text(claims: tuple[SourceClaim, ...]) -> str:
    said = [_said(claim) for claim in claims]
    try:
        return _ENCODE.encode(said).decode()
    except UnicodeEncodeError:
        return json_text(said)


def _said(claim: SourceClaim) -> dict[str, Any]:
    """Only what the claim says: a third of the space of all fields."""
    said = {name: value for name in _FIELDS if (value := getattr(claim, name))}
    if claim.confidence == 0:
        said["confidence"] = 0
    return said


def json_text(value: Any) -> str:
    """A value as JSON text, lone surrogates repaired (semantics: "text from outside")."""
    return _ENCODE.encode(_repaired(msgspec.to_builtins(value))).decode()


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if isinstance(value, list | tuple):
        return [_repaired(item) for item in value]
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    return value


def _storable(text: str) -> str:
    """Text that both databases take: PostgreSQL has no NUL, neither has lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return str(_repaired(text)).replace("\0", "�")
