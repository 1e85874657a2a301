"""Times as Windows programs write them in the machine's regional format, without zone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.times import parse_time, with_zone

if TYPE_CHECKING:
    from noroshi.events.model import Source, Timestamp

REGIONAL: Final = (
    r"(?:\d{4}[/.-]\d{1,2}[/.-]\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}) \d{1,2}:\d\d(?::\d\d)?(?: [AP]M)?"
)
"""A regional date and time, as a regular expression without groups."""
_LATE_YEAR: Final = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4}) (\d{1,2}):(\d\d)(?::(\d\d))?(?: ([AP])M)?", re.ASCII
)


def regional_time(value: Any, source: Source, *, utc: bool = False) -> Timestamp | None:
    """``2020/07/22 13:12:09``; ``7/22/2020 1:12:09 PM`` and ``22.07.2020 13:12:09`` by their look.

    The month comes first between strokes with AM or PM, as in the United States, the day elsewhere, unless
    only one of both can be a month. With `utc` a time without zone is UTC by the product's definition.
    """
    match = _LATE_YEAR.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= 40 else None
    if match is None:
        return parse_time(f"{value.rstrip('Z ')}Z" if utc and isinstance(value, str) else value, source)
    first, stroke, second, year, hour, minute, seconds, half = match.groups()
    month, day = (int(first), int(second)) if half and stroke == "/" else (int(second), int(first))
    if month > 12:
        month, day = day, month
    hours = int(hour) % 12 + (12 if half == "P" else 0) if half else int(hour)
    try:
        naive = datetime(int(year), month, day, hours, int(minute), int(seconds or 0))  # noqa: DTZ001 - below
    except ValueError:
        return None
    return with_zone(naive, "Z" if utc else None, source)
