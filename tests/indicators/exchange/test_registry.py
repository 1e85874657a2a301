from __future__ import annotations

import pytest

from noroshi.indicators.exchange.registry import FORMATS, recognise
from tests.indicators.exchange.samples import typical, written


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_format_recognises_its_own_files(name: str) -> None:
    """By the first bytes, whatever the file is called."""
    assert name == recognise(written(FORMATS[name], *typical())[:4096])


@pytest.mark.parametrize(
    ("expected", "head"),
    [
        ("text", b""),
        ("text", b"# evil\nevil.example\n"),
        ("text", b"value\n"),
        ("csv", b'# banner\n# "first_seen_utc","ioc_id","ioc_value","ioc_type"\n"2020","1","a","b"\n'),
        ("csv", "値,種別\n".encode()),
        ("misp", b' {"Event": {}}'),
        ("misp", b'[{"Event": {}}]'),
        ("stix", b'{"more": false, "objects": []}'),
    ],
)
def test_files_of_others(expected: str, head: bytes) -> None:
    """A header inside a comment is a header; one word is a value."""
    assert expected == recognise(head)


def test_what_is_lost_is_said() -> None:
    """Every format names what it cannot carry."""
    assert all(one.cannot_carry for one in FORMATS.values())
