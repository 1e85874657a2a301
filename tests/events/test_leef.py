# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Event, Observable, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

ONE = "LEEF:1.0|Check Point|Firewall|R81|Drop|devTime=1595391129\tsrc=10.20.4.114\tdst=192.0.2.9\tsrcPort=50123\tdstPort=7080\tproto=6\tusrName=MINATO\\t.suzuki\taction=Drop"
TWO = "LEEF:2.0|Example Maker|網関|1.0|deny|^|devTime=Jul 22 2020 13:12:10 +0900^devTimeFormat=MMM dd yyyy HH:mm:ss Z^src=192.0.2.77^dst=10.20.0.30^dstPort=443^msg=a=b|c"
HEX = "LEEF:2.0|Zscaler|NSSWeblog|6.0|Allowed|x7C|devTime=2020-07-22T04:12:11Z|src=10.20.4.114|url=http://www.Shop.example/wp/a.exe|action=Allowed"
SAMPLE = f"{ONE}\n{TWO}\n{HEX}\n"


def read(text: str, name: str = "leef") -> tuple[list[Event], Problems]:
    """The events of this text."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), Source("a.leef", "s"), problems)), problems


def test_both_versions_are_read_as_specified() -> None:
    """Tabs, a delimiter as character and as code; equals signs and bars in values."""
    one, two, web = check_format("leef", SAMPLE.encode())
    expected = {
        "deviceVendor": "Check Point",
        "eventId": "Drop",
        "src_ip": "10.20.4.114",
        "dst_port": "7080",
        "srcPort": "50123",
        "usrName": "MINATO\\t.suzuki",
    }
    assert expected == {name: one.fields[name] for name in expected}
    assert ("a=b|c", "網関") == (two.fields["msg"], two.fields["deviceProduct"])
    assert ("http://www.Shop.example/wp/a.exe", "www.shop.example/wp/a.exe") == (
        web.fields["c-uri"],
        web.fields["c-uri-norm"],
    )
    assert [datetime(2020, 7, 22, 4, 12, second, tzinfo=UTC) for second in (9, 10, 11)] == [
        event.time.at for event in (one, two, web)
    ]


def test_log_source_outcome_and_watched_side() -> None:
    """Known vendors as for CEF, unknown ones by their names; the event id tells where no action does."""
    one, two, web = read(SAMPLE)[0]
    assert one.logsource.covers("checkpoint", None, "firewall")
    assert two.logsource.covers("example maker", "網関", "firewall")
    assert web.logsource.covers("zscaler", None, "proxy")
    assert [Outcome.BLOCKED, Outcome.BLOCKED, Outcome.ALLOWED] == [event.outcome for event in (one, two, web)]
    assert [Entities(user="t.suzuki", address="10.20.4.114"), Entities(address="10.20.0.30")] == [
        one.entities,
        two.entities,
    ]
    assert Observable("domain", "www.shop.example", "c-uri") in web.observables


@pytest.mark.parametrize(
    "envelope", ["<13>Jul 22 04:12:09 fw1 ", "<13>1 2020-07-22T04:12:09Z fw1 - - - - "], ids=["bsd", "ietf"]
)
def test_syslog_around_it_gives_the_time(envelope: str) -> None:
    """Where the record has none."""
    (event,), problems = read(f"{envelope}LEEF:1.0|A|B|1|2|src=10.0.0.1\n", name="syslog")
    assert (0, "leef", "fw1", "10.0.0.1") == (
        problems.total,
        event.kind.format,
        event.fields["dvchost"],
        event.fields["src"],
    )


def test_a_cut_heading_is_one_error() -> None:
    """A heading needs its five parts."""
    events, problems = read(f"LEEF:1.0|A|B\n{ONE}\n")
    assert (1, ["line 1"]) == (len(events), [error.place for error in problems.errors])
