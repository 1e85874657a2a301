# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, Envelope, UnreadableRecordError
from noroshi.events.formats.sysmon_linux import SysmonLinux
from noroshi.events.model import Event, LogSource, Source

SYSMON = (
    '<Event><System><Provider Name="Linux-Sysmon" Guid="{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"/><EventID>1</EventID>'
    '<Version>5</Version><Level>4</Level><TimeCreated SystemTime="2020-07-22T04:12:09.123456000Z"/>'
    "<EventRecordID>42</EventRecordID><Channel>Linux-Sysmon/Operational</Channel><Computer>WEB01</Computer></System>"
    '<EventData><Data Name="RuleName">-</Data><Data Name="UtcTime">2020-07-22 04:12:09.120</Data>'
    '<Data Name="Image">/usr/bin/bash</Data><Data Name="CommandLine">bash -c &quot;echo 日本 &gt; /tmp/x&quot;</Data>'
    '<Data Name="User">www-data</Data><Data Name="ParentImage">/usr/sbin/httpd</Data></EventData></Event>'
)


def values(event: Event, *names: str) -> tuple[Any, ...]:
    """The values of these fields."""
    return tuple(event.fields.get(name) for name in names)


@pytest.mark.parametrize("start", ["", "Jul 22 13:12:09 WEB01 sysmon: "])
def test_sysmon_for_linux(start: str) -> None:
    """Bare or in syslog: Sysmon's fields, and the category of its event id."""
    data = (start + SYSMON + "\n").encode()
    (event,) = check_format("syslog" if start else "sysmon-linux", data)
    assert LogSource("linux", "sysmon", frozenset({"process_creation"})) == event.logsource
    assert (1, "/usr/bin/bash", 'bash -c "echo 日本 > /tmp/x"') == values(
        event, "EventID", "Image", "CommandLine"
    )
    assert datetime(2020, 7, 22, 4, 12, 9, 120000, tzinfo=UTC) == event.time.at
    assert ("web01", "www-data") == (event.entities.host, event.entities.user)


def test_the_time_of_sysmon_for_linux_is_utc_whatever_the_zone() -> None:
    """UtcTime names no zone and is UTC by its definition, so `--zone` must not shift it."""
    source = Source("s", "s", zone=ZoneInfo("Asia/Tokyo"))
    (event,) = SysmonLinux().reader(source).feed(SYSMON, BARE, 0)
    assert datetime(2020, 7, 22, 4, 12, 9, 120000, tzinfo=UTC) == event.time.at


def event_of(number: int, **data: str) -> str:
    """A record of this event id with these data."""
    listed = "".join(f'<Data Name="{name}">{value}</Data>' for name, value in data.items())
    return (
        f'<Event><System><Provider Name="Linux-Sysmon"/><EventID>{number}</EventID>'
        '<TimeCreated SystemTime="2020-07-22T04:12:09.5Z"/><Computer>WEB01.minato.test</Computer></System>'
        f"<EventData>{listed}</EventData></Event>"
    )


def read(line: str, envelope: Envelope = BARE) -> Event:
    """The event of one line."""
    (event,) = SysmonLinux().reader(Source("s", "s")).feed(line, envelope, 0)
    return event


@pytest.mark.parametrize(
    ("number", "category"),
    [
        (1, "process_creation"),
        (3, "network_connection"),
        (5, "process_termination"),
        (9, "raw_access_thread"),
        (11, "file_event"),
        (23, "file_delete"),
        (4, "sysmon_status"),
        (16, "sysmon_status"),
    ],
)
def test_categories_are_those_of_windows_sysmon(number: int, category: str) -> None:
    """The event ids that Sysmon for Linux writes."""
    assert category in read(event_of(number)).logsource.categories


@pytest.mark.parametrize(
    ("number", "expected"), [(1, "allowed"), (11, "allowed"), (27, "blocked"), (255, "unknown")]
)
def test_outcomes_are_those_of_windows_sysmon(number: int, expected: str) -> None:
    """What Sysmon saw took place, unless the event is that it was blocked; 255 is Sysmon's own error."""
    assert expected == read(event_of(number)).outcome.value


def test_connections() -> None:
    """Event 3: who called whom; the peer is no watched machine."""
    event = read(event_of(3, UtcTime="2020-07-22 04:12:09.120", Image="/usr/bin/curl", User="www-data",
                          SourceIp="10.20.0.30", DestinationIp="198.51.100.7", DestinationPort="8080",
                          DestinationHostname="-"))  # fmt: skip
    assert ("198.51.100.7", "8080") == values(event, "dst_ip", "DestinationPort")
    assert {"10.20.0.30", "198.51.100.7"} == {one.value for one in event.observables if one.type == "ip"}
    assert (None, "web01") == (event.entities.address, event.entities.host)


def test_without_utctime_the_record_s_own_time_counts() -> None:
    """``TimeCreated`` is UTC with its zone."""
    assert datetime(2020, 7, 22, 4, 12, 9, 500_000, tzinfo=UTC) == read(event_of(11)).time.at


def test_entities_of_xml_are_read_and_angle_brackets_too() -> None:
    """A command line holds everything that XML escapes, line ends and Japanese included."""
    event = read(event_of(1, CommandLine="bash -c &apos;a &amp;&amp; b &gt; /tmp/請求書&#10;&lt;x&gt;&apos;"))
    assert "bash -c 'a && b > /tmp/請求書\n<x>'" == event.fields["CommandLine"]


def test_the_first_of_two_values_counts_and_data_cannot_pose_as_system() -> None:
    """What a command line quotes must not become the event's id or host."""
    quoted = "echo &lt;EventID&gt;3&lt;/EventID&gt;&lt;Computer&gt;DC01&lt;/Computer&gt;"
    event = read(
        event_of(1, CommandLine=quoted).replace("</EventData>", '<Data Name="EventID">3</Data></EventData>')
    )
    assert (1, "WEB01.minato.test") == values(event, "EventID", "Computer")


def test_the_host_of_syslog_stands_in_for_a_missing_computer() -> None:
    """Sysmon's own name goes first."""
    line = event_of(1)
    nameless = line.replace("<Computer>WEB01.minato.test</Computer>", "")
    envelope = Envelope(host="lb01", program="sysmon")
    assert ("WEB01.minato.test", "lb01") == tuple(
        read(text, envelope).fields["Computer"] for text in (line, nameless)
    )


def test_damaged_records_are_refused() -> None:
    """Cut off by syslog's line limit, without an id, or endless."""
    for line in (SYSMON[:400], SYSMON.replace("<EventID>1</EventID>", ""), SYSMON + "x" * 1_100_000):
        with pytest.raises(UnreadableRecordError):
            read(line)


def test_events_of_windows_are_not_taken() -> None:
    """Windows' Sysmon has another provider, and its own format."""
    windows = SYSMON.replace("Linux-Sysmon", "Microsoft-Windows-Sysmon")
    assert (1.0, 0.0) == (SysmonLinux().recognise(SYSMON, BARE), SysmonLinux().recognise(windows, BARE))
