# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Event, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

ACCEPTED = (
    "2 123456789010 eni-0a1b2c3d 10.20.4.114 198.51.100.7 50123 80 6 20 4249 1595391129 1595391189 ACCEPT OK"
)
REJECTED = (
    "2 123456789010 eni-0a1b2c3d 192.0.2.77 10.20.0.30 4711 3389 6 1 40 1595391130 1595391190 REJECT OK"
)
NO_DATA = "2 123456789010 eni-0a1b2c3d - - - - - - - 1595391131 1595391191 - NODATA"
CUSTOM = (
    "version vpc-id srcaddr dstaddr srcport dstport pkt-srcaddr action start flow-direction\n"
    "5 vpc-1 10.20.4.114 2001:db8::7 50123 443 10.20.9.9 ACCEPT 1595391129 egress\n"
)
HEADING = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"


def read(text: str, name: str = "vpcflow") -> tuple[list[Event], Problems]:
    """The events of this text."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), Source("flow.log", "s"), problems)), problems


def test_records_of_the_default_order_are_read() -> None:
    """With and without the heading of S3 files; the manual's names and Sigma's."""
    accepted, rejected, empty = check_format("vpcflow", f"{ACCEPTED}\n{REJECTED}\n{NO_DATA}\n".encode())
    again = check_format("vpcflow", f"{HEADING}\n{ACCEPTED}\n{REJECTED}\n{NO_DATA}\n".encode())
    assert [event.fields for event in again] == [accepted.fields, rejected.fields, empty.fields]
    expected = {
        "src_ip": "10.20.4.114",
        "dst_ip": "198.51.100.7",
        "dst_port": "80",
        "bytes": "4249",
        "log-status": "OK",
    }
    assert expected == {name: accepted.fields[name] for name in expected}
    assert accepted.logsource.covers("aws", "vpcflow", "firewall")
    assert [Outcome.ALLOWED, Outcome.BLOCKED, Outcome.UNKNOWN] == [
        event.outcome for event in (accepted, rejected, empty)
    ]
    assert [Entities(address="10.20.4.114"), Entities(address="10.20.0.30"), Entities()] == [
        event.entities for event in (accepted, rejected, empty)
    ]
    assert "src_ip" not in empty.fields
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == accepted.time.at


def test_a_custom_format_is_read_by_its_heading() -> None:
    """Any fields in any order."""
    (event,) = check_format("vpcflow", CUSTOM.encode())
    assert ("2001:db8::7", "10.20.9.9", "egress") == tuple(
        event.fields[name] for name in ("dst_ip", "pkt-srcaddr", "flow-direction")
    )


def test_cloudwatch_exports_and_syslog_are_taken_off() -> None:
    """The time of ingestion stands before the record; a forwarder adds an envelope."""
    (event,) = check_format("vpcflow", f"2020-07-22T04:14:00.000Z {ACCEPTED}".encode())
    assert "2020-07-22T04:14:00.000Z" == event.fields["envelope_time"]
    events, problems = read(f"<134>Jul 22 04:14:00 fwd vpc: {ACCEPTED}\n", name="syslog")
    assert (0, "vpcflow") == (problems.total, events[0].kind.format)


def test_a_cut_record_is_one_error() -> None:
    """Fewer values than columns."""
    events, problems = read(f"{ACCEPTED[:60]}\n{REJECTED}\n")
    assert (1, ["line 1"]) == (len(events), [error.place for error in problems.errors])
