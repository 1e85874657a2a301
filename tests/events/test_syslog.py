# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import Envelope
from noroshi.events.formats._syslog import unwrap
from noroshi.events.model import Event, Source, ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

SQUID = "1595391129.123    119 10.20.4.114 TCP_MISS/200 374 GET http://www.example/a.exe - HIER_DIRECT/198.51.100.7 text/html"
MIXED = f"""\
Jul 22 13:12:08 proxy01 squid[12]: {SQUID}
<38>Jul 22 13:12:09 web01 sshd[4711]: Failed password for root from 192.0.2.77 port 4 ssh2
2020-07-22T13:12:10.123456+09:00 web01 sudo: bob : TTY=pts/0 ; COMMAND=/bin/日本
<134>1 2020-07-22T04:12:11Z fw2 - - - - CEF:0|A|B|1|2|n|3|src=10.0.0.1
<13>1 2020-07-22T04:12:12Z app1 door 7 ID47 [a@1 k="v \\] w"][b@1] \ufeffdoor opened
Jul 22 13:12:13 proxy01 squid[12]: Starting Squid Cache
""".encode()


def read(data: bytes, source: Source | None = None) -> tuple[list[Event], Problems]:
    """The events of these bytes."""
    problems = Problems()
    entry = format_named("syslog")
    assert entry is not None
    return list(entry.decode(io.BytesIO(data), source or Source("messages", "s"), problems)), problems


@pytest.mark.parametrize(
    ("line", "envelope", "text"),
    [
        # RFC 3164, section 5.4, example 1
        (
            "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
            Envelope("mymachine", "su", "Oct 11 22:14:15", "", 34),
            "'su root' failed for lonvick on /dev/pts/8",
        ),
        # RFC 5424, section 6.5, examples 1, 2 and 4
        (
            "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick on /dev/pts/8",
            Envelope("mymachine.example.com", "su", "2003-10-11T22:14:15.003Z", "", 34),
            "'su root' failed for lonvick on /dev/pts/8",
        ),
        (
            "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
            Envelope("192.0.2.1", "myproc", "2003-08-24T05:14:15.000003-07:00", "8710", 165),
            "%% It's time to make the do-nuts.",
        ),
        (
            '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application"][examplePriority@32473 class="high"]',
            Envelope("mymachine.example.com", "evntslog", "2003-10-11T22:14:15.003Z", "", 165),
            "",
        ),
        ("<13>1 - - - - - - text", Envelope("", "", "", "", 13), "text"),
        ("Jul  2 04:12:09 mx1 postfix/smtpd[1]: connect", Envelope("mx1", "postfix/smtpd", "Jul  2 04:12:09", "1"), "connect"),
        ("Jul 22 04:12:09 2001:db8::1 named: x", Envelope("2001:db8::1", "named", "Jul 22 04:12:09"), "x"),
        ("Jul 22 04:12:09 fw1 date=2020-07-22 time=1", Envelope("fw1", "", "Jul 22 04:12:09"), "date=2020-07-22 time=1"),
        ("Jul 22 04:12:09 fw1 CEF:0|a|b|", Envelope("fw1", "", "Jul 22 04:12:09"), "CEF:0|a|b|"),
        ("Jul 22 04:12:09 fw1 CEF: 0|a|b|", Envelope("fw1", "", "Jul 22 04:12:09"), "CEF: 0|a|b|"),
        ("Jul 22 2020 04:12:09 fw1 x: y", Envelope("fw1", "x", "Jul 22 2020 04:12:09"), "y"),
        ("Jul 22 04:12:09 h1 last message repeated 3 times", Envelope("h1", "", "Jul 22 04:12:09"), "last message repeated 3 times"),
        ("<189>date=2020-07-22", Envelope(priority=189), "date=2020-07-22"),
        ("57 <34>Oct 11 22:14:15 h su: x", Envelope("h", "su", "Oct 11 22:14:15", "", 34), "x"),
        ("2020-07-22T13:12:10+09:00 web01 kernel: [ 1.5] x", Envelope("web01", "kernel", "2020-07-22T13:12:10+09:00"), "[ 1.5] x"),
        # an RFC 5424 line that a relay put an RFC 3164 header before: with its priority, and without
        (
            "<142>Jul 22 13:12:09 10.0.0.254 <134>1 2020-07-22T04:12:09Z fw2 CEF 7 - - CEF:0|A|B|",
            Envelope("fw2", "CEF", "2020-07-22T04:12:09Z", "7", 134),
            "CEF:0|A|B|",
        ),
        (
            "<142>Jul 22 13:12:09 10.0.0.254 1 2020-07-22T04:12:09Z fw2 CEF - - - CEF:0|A|B|",
            Envelope("fw2", "CEF", "2020-07-22T04:12:09Z", "", 142),
            "CEF:0|A|B|",
        ),
        # RFC 3164 twice: the message's own host, time and program stand in the inner one
        (
            "<142>Jul 22 13:12:10 10.0.0.254 <38>Jul 22 13:12:09 web01 sshd[4711]: Failed password",
            Envelope("web01", "sshd", "Jul 22 13:12:09", "4711", 38),
            "Failed password",
        ),
        (
            "<142>Jul 22 13:12:10 10.0.0.254 Jul 22 13:12:09 cp1 CheckPoint: action=drop",
            Envelope("cp1", "CheckPoint", "Jul 22 13:12:09", "", 142),
            "action=drop",
        ),
        (
            "Jul 22 13:12:10 10.0.0.254 Jul 22 2020 13:12:09: %ASA-6-302013: Built",
            Envelope("10.0.0.254", "", "Jul 22 13:12:10"),
            "Jul 22 2020 13:12:09: %ASA-6-302013: Built",
        ),
        ("Jul 22 04:12:09 h1 1 - a b c d e", Envelope("h1", "", "Jul 22 04:12:09"), "1 - a b c d e"),
        ("<999>Jul 22 04:12:09 h p: x", Envelope("h", "p", "Jul 22 04:12:09"), "x"),
    ],
)  # fmt: skip
def test_envelopes_of_the_standards_are_taken_off(line: str, envelope: Envelope, text: str) -> None:
    """The examples of RFC 3164 and RFC 5424, and what real daemons write."""
    assert (envelope, text) == unwrap(line)


@pytest.mark.parametrize(
    "line", ["", "plain text", SQUID, "<abc>x", "2020-07-22", "Jul 22 nothing", '{"a": 1}', "<>", "<1234>x"]
)
def test_other_lines_have_no_envelope(line: str) -> None:
    """What is not syslog is left alone."""
    assert unwrap(line) is None


def test_lines_of_many_programs_go_to_their_readers() -> None:
    """Squid and CEF by their formats; what nobody knows is a plain event under its program."""
    events = check_format("syslog", MIXED)
    formats = ["squid", "linux-auth", "linux-auth", "cef", "syslog", "syslog"]
    assert formats == [event.kind.format for event in events]
    squid, sshd, sudo, _, door, start = events
    assert ("http://www.example/a.exe", "proxy01") == (squid.fields["c-uri"], squid.fields["s-computername"])
    assert sshd.logsource.covers("linux", "sshd", None)
    assert "Failed password for root from 192.0.2.77 port 4 ssh2" == sshd.fields["message"]
    assert (4, 6) == (sshd.fields["facility"], sshd.fields["severity"])
    assert "bob : TTY=pts/0 ; COMMAND=/bin/日本" == sudo.fields["message"]
    assert datetime(2020, 7, 22, 4, 12, 10, 123456, tzinfo=UTC) == sudo.time.at
    assert door.logsource.covers(None, "door", None)
    assert not door.logsource.covers("linux", None, None)
    assert ("door opened", "app1") == (door.fields["message"], door.entities.host)
    assert "Starting Squid Cache" == start.fields["message"]


def test_times_without_year_and_zone_take_them_from_the_source() -> None:
    """The newest year that the source allows, in its zone."""
    source = Source("m", "m", zone=ZoneInfo("Asia/Tokyo"), newest=datetime(2020, 7, 23, tzinfo=UTC))
    events, _ = read(b"Jul 22 13:12:09 h p: x\nDec 31 13:12:09 h p: x", source)
    assert [datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC), datetime(2019, 12, 31, 4, 12, 9, tzinfo=UTC)] == [
        event.time.at for event in events
    ]
    assert ZoneOrigin.SOURCE is events[0].time.zone


def test_many_programs_are_bounded() -> None:
    """A hostile sender of ever new programs cannot grow the memory."""
    data = b"".join(b"Jul 22 13:12:09 h p%d: x\n" % number for number in range(10_000))
    events, problems = read(data)
    assert (10_000, 0) == (len(events), problems.total)


def test_hostile_lines_end_quickly() -> None:
    """Structured data and tags without end."""
    for line in (
        "<1>1 2020-07-22T04:12:09Z h a 1 - " + '[a b="' * 20_000,
        "<1>1 2020-07-22T04:12:09Z h a 1 - " + '[a b="c"]' * 20_000,
        "Jul 22 04:12:09 h " + "a[" * 50_000,
        "<1>" * 50_000,
        "9" * 100_000,
    ):
        events, problems = read(line.encode())
        assert (1, 0) == (len(events), problems.total)


NXLOG = '{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "PC-001", "UtcTime": "2020-07-22 04:12:09.123", "Image": "C:\\\\Windows\\\\cmd.exe"}'


@pytest.mark.parametrize("envelope", ["<14>Jul 22 13:12:09 PC-001 Microsoft-Windows-Sysmon[4000]: ", "<14>1 2020-07-22T04:12:09Z PC-001 winlogbeat - - - ", ""])  # fmt: skip
def test_windows_records_inside_syslog_are_windows_events(envelope: str) -> None:
    """A record behind an envelope, or alone among syslog lines, is what it is in a file of its own."""
    events, problems = read(MIXED + f"{envelope}{NXLOG}\n".encode())
    event = events[-1]
    assert (7, 0) == (len(events), problems.total)
    assert ("windows", "sysmon") == (event.logsource.product, event.logsource.service)
    assert ("C:\\Windows\\cmd.exe", "pc-001") == (event.fields["Image"], event.entities.host)
    assert len(MIXED) == event.position


def test_other_json_inside_syslog_is_no_windows_event() -> None:
    """An object without event id stays with whoever knows it, or text."""
    events, problems = read(
        MIXED + b'<14>Jul 22 13:12:09 app1 door[4]: {"message": "opened", "Channel": 3}\n'
    )
    assert (7, 0) == (len(events), problems.total)
    assert "windows" != events[-1].logsource.product
