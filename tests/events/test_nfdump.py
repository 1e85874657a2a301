# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Event, Outcome, Source, ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

HEADING = (
    "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb,svln,dvln,ismc,odmc,idmc,osmc,"
    "mpls1,mpls2,mpls3,mpls4,mpls5,mpls6,mpls7,mpls8,mpls9,mpls10,cl,sl,al,ra,eng,exid,tr"
)
ROW = (
    "2020-07-22 13:12:09,2020-07-22 13:12:11,2.000,10.20.4.114,192.0.2.9,50123,7080,TCP,...AP.SF,64,0,10,4312,8,1480,1,2,0,0,0,0,0,0,"
    "0.0.0.0,0.0.0.0,0,0,00:00:00:00:00:00,00:00:00:00:00:00,00:00:00:00:00:00,00:00:00:00:00:00,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,"
    "0-0-0,0-0-0,0-0-0,0-0-0,    0.000,    0.000,    0.000,192.168.1.1,0/0,1,2020-07-22 13:12:12.000"
)
DROPPED = ROW.replace("10.20.4.114,192.0.2.9,50123,7080", "192.0.2.77,10.20.0.30,4711,22").replace(
    ",64,0,10", ",128,0,10"
)
SUMMARY = "Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n2,8624,20,1,2,3\n"
NEW = (
    "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,bps,bpp,flows\n"
    "2020-07-22 13:12:09.123,2.000,TCP,10.20.4.114,50123,2001:db8::9,7080,10,4312,17,431,1\n"
)


def read(text: str, name: str = "nfdump", source: Source | None = None) -> tuple[list[Event], Problems]:
    """The events of this text."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), source or Source("f.csv", "s"), problems)), problems


def test_flows_are_read_by_their_heading() -> None:
    """The names of 1.6 and Sigma's; the summary is no flow; the forwarding status is the outcome."""
    first, second = check_format("nfdump", f"{HEADING}\n{ROW}\n{DROPPED}\n{SUMMARY}".encode())
    expected = {
        "src_ip": "10.20.4.114",
        "dst_ip": "192.0.2.9",
        "dst_port": "7080",
        "pr": "TCP",
        "flg": "...AP.SF",
        "ibyt": "4312",
        "al": "0.000",
    }
    assert expected == {name: first.fields[name] for name in expected}
    assert [Outcome.ALLOWED, Outcome.BLOCKED] == [first.outcome, second.outcome]
    assert [Entities(address="10.20.4.114"), Entities(address="10.20.0.30")] == [
        first.entities,
        second.entities,
    ]
    assert first.logsource.covers("netflow", "nfdump", "firewall")


def test_the_columns_of_1_7_get_the_same_names() -> None:
    """Fewer columns with long names."""
    (event,) = check_format("nfdump", NEW.encode())
    assert ("10.20.4.114", "2001:db8::9", "7080", "4312", "TCP") == tuple(
        event.fields[name] for name in ("src_ip", "dst_ip", "dst_port", "ibyt", "protocol")
    )
    assert Outcome.UNKNOWN == event.outcome


def test_times_are_those_of_the_machine_that_printed() -> None:
    """No zone in the record."""
    source = Source("f.csv", "s", zone=ZoneInfo("Asia/Tokyo"))
    (event,), _ = read(NEW, source=source)
    assert (datetime(2020, 7, 22, 4, 12, 9, 123000, tzinfo=UTC), ZoneOrigin.SOURCE) == (
        event.time.at,
        event.time.zone,
    )


def test_rows_without_heading_and_under_syslog() -> None:
    """Rows of the full form are read in 1.6's order."""
    (bare,) = check_format("nfdump", ROW.encode())
    (event,), problems = read(f"<134>Jul 22 13:12:09 nf1 nfdump: {ROW}\n", name="syslog")
    assert (0, "nfdump", bare.fields["dst_ip"]) == (
        problems.total,
        event.kind.format,
        event.fields["dst_ip"],
    )


def test_a_cut_row_is_one_error() -> None:
    """Fewer values than columns."""
    events, problems = read(f"{HEADING}\n{ROW[:80]}\n{ROW}\n")
    assert (1, ["line 2"]) == (len(events), [error.place for error in problems.errors])
