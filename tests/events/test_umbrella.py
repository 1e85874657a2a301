# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.umbrella import Umbrella
from noroshi.events.model import Entities, Event, Observable, Outcome, Source

UMBRELLA = b"""\
"2020-07-22 04:12:09","T Suzuki (t.suzuki@minato-works.example)","T Suzuki (t.suzuki@minato-works.example),Honsha","10.20.4.114","203.0.113.10","Blocked","1 (A)","NOERROR","c2.example.","Malware,Command and Control","AD Users","AD Users,Sites","Malware"
"2020-07-22 04:12:10","PC-014","PC-014","","203.0.113.10","Allowed","28 (AAAA)","NXDOMAIN","\xe6\x97\xa5\xe6\x9c\xac.example.","","Roaming Computers","Roaming Computers","","1234","","5678"
"""


def test_umbrella_rows() -> None:
    """Columns of the manual; the identity's type says whose name it is."""
    blocked, failed = check_format("umbrella", UMBRELLA)
    assert ("c2.example", "A", "10.20.4.114") == tuple(
        blocked.fields[name] for name in ("query", "record_type", "src_ip")
    )
    assert ["Malware", "Command and Control"] == blocked.fields["categories"]
    assert (Outcome.BLOCKED, Outcome.ALLOWED) == (blocked.outcome, failed.outcome)
    assert Entities(user="t suzuki", address="10.20.4.114") == blocked.entities
    assert Entities(host="pc-014") == failed.entities
    assert Observable("domain", "日本.example", "query") in failed.observables


def test_the_times_of_umbrella_are_utc_whatever_the_zone() -> None:
    """The manual says UTC, so `--zone` must not shift them."""
    source = Source("s", "s", zone=ZoneInfo("Asia/Tokyo"))
    (event,) = Umbrella().reader(source).feed(UMBRELLA.decode().splitlines()[0], BARE, 0)
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == event.time.at


def read(line: str) -> Event:
    """The event of one row."""
    (event,) = Umbrella().reader(Source("s", "s")).feed(line, BARE, 0)
    return event


ROW = (
    '"2020-07-22 04:12:09","{}","{}","10.20.4.114","203.0.113.10","{}","{}","NOERROR","c2.example.",'
    '"Malware","{}","{}",""'
)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("PC-014.minato.test", "Anyconnect Roaming Client", Entities(address="10.20.4.114")),
        ("PC-014$", "AD Computers", Entities(host="pc-014", address="10.20.4.114")),
        ("MINATO\\t.suzuki", "AD Users", Entities(user="t.suzuki", address="10.20.4.114")),
        ("鈴木 (t.suzuki@minato-works.example)", "AD Users", Entities(user="鈴木", address="10.20.4.114")),
        ("Honsha", "Networks", Entities(address="10.20.4.114")),
    ],
)
def test_whose_name_an_identity_is(name: str, kind: str, expected: Entities) -> None:
    """A network's or site's name is nobody's."""
    assert expected == read(ROW.format(name, name, "Blocked", "1 (A)", kind, kind)).entities


def test_the_first_versions_have_ten_columns_and_later_ones_more() -> None:
    """Columns that were added behind are named by the manual, unknown ones left out."""
    short = '"2020-07-22 04:12:09","a","a","","203.0.113.10","Allowed","16 (TXT)","NOERROR","x.example.",""'
    assert ("x.example", "TXT", None) == tuple(
        read(short).fields.get(name) for name in ("query", "record_type", "src_ip")
    )
    long = ROW.format("a", "a", "Blocked", "255", "Sites", "Sites") + ',"1234","JP","5678","new","newer"'
    fields = read(long).fields
    assert ("1234", "JP", "5678", "255") == tuple(
        fields[name] for name in ("rule id", "destination countries", "organization id", "record_type")
    )


@pytest.mark.parametrize(
    ("action", "outcome"),
    [("Blocked", Outcome.BLOCKED), ("Allowed", Outcome.ALLOWED), ("Proxied", Outcome.ALLOWED)],
)
def test_actions(action: str, outcome: Outcome) -> None:
    """A proxied name was answered, with the intelligent proxy's address."""
    assert outcome == read(ROW.format("a", "a", action, "1 (A)", "Sites", "Sites")).outcome


def test_a_heading_is_no_row_and_spaces_between_columns_do_not_matter() -> None:
    """Reports that were exported by hand have both."""
    heading = "timestamp,most granular identity,identities,internal ip,external ip,action"
    assert 1.0 == Umbrella().recognise(heading, BARE)
    assert [] == list(Umbrella().reader(Source("s", "s")).feed(heading, BARE, 0))
    spaced = ROW.format("a", "a, b", "Blocked", "1 (A)", "Sites", "Sites").replace('","', '", "')
    assert ("c2.example", ["a", " b"]) == (read(spaced).fields["query"], read(spaced).fields["identities"])


def test_damaged_rows_are_refused() -> None:
    """A row that is cut off, and a row of Umbrella's other logs."""
    for line in ('"2020-07-22 04:12:09","a"', '"2020-07-22 04:12:09","a","10.0.0.5","GET","http://x/"'):
        assert 0.0 == Umbrella().recognise(line, BARE)
        with pytest.raises(UnreadableRecordError):
            list(Umbrella().reader(Source("s", "s")).feed(line, BARE, 0))
