from __future__ import annotations

import pytest

from noroshi.events.formats._dhcp import lease_seconds, plain_mac


@pytest.mark.parametrize("text", ["00155D0A0472", "00-15-5D-0A-04-72", "00:15:5d:0a:04:72", "0015.5d0a.0472"])
def test_hardware_addresses_have_one_notation(text: str) -> None:
    """The notations of Windows, Cisco and Unix."""
    assert "00:15:5d:0a:04:72" == plain_mac(text)


@pytest.mark.parametrize("text", ["", "00155D0A04", "f" * 100, None, 7])
def test_what_is_none_is_none(text: object) -> None:
    """Wrong lengths and types."""
    assert plain_mac(text) is None


def test_durations_are_bounded() -> None:
    """Infinity is DHCP's own largest number; negative ones are none."""
    assert 28800 == lease_seconds("28800")
    assert 0xFFFFFFFF == lease_seconds(10**30)
    assert [None, None, None] == [lease_seconds(-1), lease_seconds("x"), lease_seconds(float("inf"))]
