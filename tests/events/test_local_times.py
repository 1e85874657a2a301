from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.formats._local_times import regional_time
from noroshi.events.model import Source, ZoneOrigin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7/22/2020 1:12:09 PM", datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC)),
        ("7/8/2020 12:00:00 AM", datetime(2020, 7, 7, 15, 0, 0, tzinfo=UTC)),
        ("08/07/2020 13:12:09", datetime(2020, 7, 8, 4, 12, 9, tzinfo=UTC)),
        ("08.07.2020 13:12", datetime(2020, 7, 8, 4, 12, 0, tzinfo=UTC)),
        ("07/22/2020 13:12:09", datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC)),
        ("2020/07/22 13:12:09", datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC)),
        ("32/32/2020 13:12:09", None),
    ],
)
def test_regional_times(text: str, expected: datetime | None) -> None:
    """United States, Europe, Japan, read in the source's zone."""
    stamp = regional_time(text, Source("dns.log", "s", zone=ZoneInfo("Asia/Tokyo")))
    assert expected == (stamp.at if stamp else None)
    assert stamp is None or ZoneOrigin.SOURCE is stamp.zone
