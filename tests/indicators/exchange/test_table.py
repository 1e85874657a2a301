from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from noroshi.indicators.exchange.table import Table
from noroshi.indicators.indicator import Indicator, SourceClaim, Threat, Tlp
from tests.indicators.exchange.samples import AT, read, several, typical, written


@given(given_indicators=several)
def test_a_round_trip_loses_nothing(given_indicators: list[Indicator]) -> None:
    """Whatever letters stand in whichever field."""
    found, errors = read(Table(), written(Table(), *given_indicators))
    assert [] == errors
    assert [Table().carried(one) for one in given_indicators] == found


def test_every_type_goes_through() -> None:
    """Each type has its word in the column `type`."""
    found, errors = read(Table(), written(Table(), *typical()))
    assert ([], typical()) == (errors, found)


def test_a_spreadsheet_calculates_nothing() -> None:
    """A value, tag or comment that begins like a formula is text."""
    evil = Indicator.of("=HYPERLINK(1)", "text", SourceClaim("x", comments=("@SUM(1)",), last_seen=AT))
    cells = written(Table(), evil).decode().splitlines()[1].split(",")
    assert "'=HYPERLINK(1)" == cells[0]
    assert "'@SUM(1)" in cells


@pytest.mark.parametrize(
    "content",
    [
        "ioc_value,ioc_type,malware,threat_type,first_seen\nevil[.]example,domain,Emotet,botnet_cc,2020-07-01\n",
        "Indicator;Type;Family;Threat;First seen\nevil.example;domain;Emotet;c2;2020-07-01 00:00:00\n",
        "\ufeff値\t種別\tマルウェア\t脅威\t初回観測\nevil.example\tdomain\tEmotet\tC&C\t2020-07-01T00:00:00Z\n",
        (
            '# banner\n# "first_seen_utc", "ioc_value", "ioc_type", "malware_printable", "threat_type"\n'
            '"2020-07-01 00:00:00", "evil.example", "domain", "Emotet", "c2"\n# end\n'
        ),
        "threat,value,first_seen,family\nc2,evil.example,2020-07-01T09:00:00+09:00,Emotet\n",
    ],
)
def test_foreign_tables_are_read_by_their_columns(content: str) -> None:
    """Whatever the order, the separator, the language, and a header inside a comment."""
    seen = datetime(2020, 7, 1, tzinfo=UTC)
    claim = SourceClaim("test", threats=(Threat.C2,), families=("Emotet",), first_seen=seen)
    assert ([Indicator.of("evil.example", "domain", claim)], []) == read(Table(), content)


def test_a_bad_row_is_told_and_the_rest_goes_on() -> None:
    """Its place and what is wrong with it."""
    found, errors = read(
        Table(),
        "value,type,tlp,confidence,first_seen,status,level\n"
        "300.1.1.1,ip,,,,,\n"
        "a.example,domain,purple,,,,\n"
        "a.example,domain,,101,,,\n"
        "a.example,domain,,,yesterday,,\n"
        "a.example,domain,,,,unsure,\n"
        "a.example,domain,,,,,top\n"
        "what is this,,,,,,\n"
        "b.example,domain,red,5,,,\n",
    )
    assert ["b.example"] == [one.value for one in found]
    assert Tlp.RED is found[0].tlp
    assert [
        "in: row 2: `300.1.1.1` is no ip",
        "in: row 3: `purple` is no TLP label",
        "in: row 4: confidence `101` is no whole number from 0 to 100",
        "in: row 5: `yesterday` is no time",
        "in: row 6: `unsure` is no status",
        "in: row 7: `top` is no pyramid level",
        "in: row 8: `what is this` does not show what it is, and there is no type",
    ] == [str(error).partition(";")[0] for error in errors]


def test_what_has_no_header() -> None:
    """One error, nothing guessed."""
    found, errors = read(Table(), "evil.example,domain\n")
    assert ([], ["header"]) == (found, [error.place for error in errors])


def test_a_cell_without_end() -> None:
    """A quote that is never closed does not read the whole disk into one cell."""
    found, errors = read(Table(), 'value,comment\nevil.example,"' + "x" * 200_000)
    assert [] == found
    assert ["in"] == [error.path for error in errors]
