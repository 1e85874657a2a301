# ruff: noqa: E501 - log lines are as long as the product writes them
"""Windows events as XML: exports, forwarded events, Splunk's forwarder; good, damaged and hostile."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from evtx import PyEvtxParser

from noroshi.events.conformance import check_format
from noroshi.events.format import MAX_LINE_BYTES
from noroshi.events.formats.windows_evtx import WindowsEvtx
from noroshi.events.formats.windows_xml import WindowsXml
from noroshi.events.model import LogSource, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.windows.text import BadRecordError
from noroshi.events.windows.xml import MAX_ELEMENTS, Elements, read_event

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.events.model import Event

CREATED = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider "
    "Name='Microsoft-Windows-Security-Auditing' Guid='{54849625-5478-4994-a5ba-3e3b0328c30d}'/><EventID>4688</EventID>"
    "<Version>2</Version><Level>0</Level><Task>13312</Task><Opcode>0</Opcode><Keywords>0x8020000000000000</Keywords>"
    "<TimeCreated SystemTime='2020-07-22T04:12:09.1234567Z'/><EventRecordID>71</EventRecordID><Correlation/>"
    "<Execution ProcessID='4' ThreadID='208'/><Channel>Security</Channel><Computer>PC-014.minato.example</Computer>"
    "<Security/></System><EventData><Data Name='SubjectUserName'>t.suzuki</Data><Data Name='SubjectDomainName'>MINATO"
    "</Data><Data Name='NewProcessId'>0x1234</Data><Data Name='NewProcessName'>C:\\Windows\\System32\\cmd.exe</Data>"
    "<Data Name='CommandLine'>cmd /c echo &quot;請求書&quot; &gt; &amp;1</Data><Data Name='TargetUserName'></Data>"
    "<Data Name='ParentProcessName'>C:\\Windows\\explorer.exe</Data></EventData></Event>"
)
SERVICE = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Service Control "
    "Manager' EventSourceName='Service Control Manager'/><EventID Qualifiers='16384'>7045</EventID><Level>4</Level>"
    "<TimeCreated SystemTime='2020-07-22T04:13:00Z'/><EventRecordID>72</EventRecordID><Channel>System</Channel>"
    "<Computer>PC-014</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='ServiceName'>updater</Data>"
    "</EventData><RenderingInfo Culture='ja-JP'><Message>サービスがシステムにインストールされました。</Message><Level>情報"
    "</Level></RenderingInfo></Event>"
)
UNNAMED = SERVICE.replace("7045", "7036").replace("<Data Name='ServiceName'>", "<Data>a</Data><Data>")
CLEARED = (
    "<Event><System><Provider Name='Microsoft-Windows-Eventlog'/><EventID>1102</EventID><TimeCreated "
    "SystemTime='2020-07-22T05:00:00Z'/><Channel>Security</Channel><Computer>PC-014</Computer></System><UserData>"
    "<LogFileCleared xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'><SubjectUserName>t.suzuki"
    "</SubjectUserName></LogFileCleared></UserData></Event>"
)
DECLARATION = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n'
EXPORT = f"{DECLARATION}<Events>{CREATED}{SERVICE}{UNNAMED}{CLEARED}</Events>"


def read(data: bytes) -> tuple[list[Event], Problems]:
    """The events of some bytes and what was wrong with them."""
    problems = Problems()
    return list(WindowsXml().decode(io.BytesIO(data), Source("log.xml", "id"), problems)), problems


def test_an_export_of_the_event_viewer() -> None:
    """All in one line; names as in EVTX, entities and quotes undone, empty data an empty text."""
    created, service, unnamed, cleared = check_format("windows-xml", EXPORT.encode())
    assert LogSource("windows", "security", frozenset({"process_creation"})) == created.logsource
    expected = {
        "EventID": 4688,
        "Channel": "Security",
        "Provider_Name": "Microsoft-Windows-Security-Auditing",
        "Image": "C:\\Windows\\System32\\cmd.exe",
        "ParentImage": "C:\\Windows\\explorer.exe",
        "CommandLine": 'cmd /c echo "請求書" > &1',
        "TargetUserName": "",
        "ExecutionProcessID": "4",
        "EventRecordID": "71",
    }
    assert expected == {name: created.fields.get(name) for name in expected}
    assert ("pc-014", "t.suzuki") == (created.entities.host, created.entities.user)
    assert "2020-07-22T04:12:09.123456+00:00" == created.time.at.isoformat()
    assert (7045, "updater", "S-1-5-18") == tuple(
        service.fields.get(name) for name in ("EventID", "ServiceName", "UserID")
    )
    assert ["a", "updater"] == unnamed.fields["Data"]
    assert ("t.suzuki", Outcome.ALLOWED) == (cleared.fields["SubjectUserName"], cleared.outcome)


def test_forwarded_events_keep_their_rendered_message() -> None:
    """A collector with RenderedText adds RenderingInfo; keyword rules see the message."""
    service = read(SERVICE.encode())[0][0]
    assert "サービスがシステムにインストールされました。" == service.fields["Message"]
    assert "4" == service.fields["Level"]


LAYOUTS = {
    "one a line (wevtutil, Splunk)": f"{CREATED}\n{SERVICE}\n".encode(),
    "pretty": f"{DECLARATION}<Events>\n{CREATED}\n{SERVICE}\n</Events>\n".replace("><", ">\n  <").encode(),
    "utf-16 with its mark": f"\ufeff{DECLARATION}<Events>{CREATED}{SERVICE}</Events>".encode("utf-16-le"),
    "utf-8 with its mark": f"\ufeff<Events>{CREATED}{SERVICE}</Events>".encode(),
    "console of a Japanese machine": f"{CREATED}\r\n{SERVICE}\r\n".encode("cp932"),
    "with comments": f"<Events><!-- System -->{CREATED}<!-- next -->{SERVICE}</Events>".encode(),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_and_encodings(layout: str) -> None:
    """The same two events, however they were written down."""
    events = check_format("windows-xml", LAYOUTS[layout])
    assert [4688, 7045] == [event.fields["EventID"] for event in events]
    assert 'cmd /c echo "請求書" > &1' == events[0].fields["CommandLine"]


def test_behind_a_syslog_header() -> None:
    """A forwarder that sends to syslog."""
    line = f"<13>1 2020-07-22T04:12:09Z PC-014 splunk 1 - - {CREATED}\n"
    (event,) = check_format("syslog", line.encode())
    assert ("windows-xml", 4688) == (event.kind.format, event.fields["EventID"])


@pytest.mark.parametrize("key", ["_raw", "event"])
def test_inside_the_json_of_splunk(key: str) -> None:
    """What Splunk exports (``_raw``, also under ``result``) and takes by its HTTP event collector (``event``)."""
    record = {"sourcetype": "XmlWinEventLog", "host": "PC-014", key: CREATED}
    documents = [record, {"preview": False, "result": record}]
    data = "".join(json.dumps(one) + "\n" for one in documents).encode()
    events = check_format("windows-json", data)
    assert ["C:\\Windows\\System32\\cmd.exe"] * 2 == [event.fields["Image"] for event in events]


def test_damaged_elements_are_one_error_each_and_the_rest_goes_on() -> None:
    """Cut off by the next one, not well-formed, other text between them, cut off by the end."""
    bad = CREATED.replace("</System>", "</Systen>")
    data = f"{CREATED}\n{CREATED[:400]}{CREATED}\n{bad}\nJul 22 some text\n{SERVICE}\n{CREATED[:500]}"
    events, problems = read(data.encode())
    assert [4688, 4688, 7045] == [event.fields["EventID"] for event in events]
    assert [
        ("record 2", "the record is cut off"),
        (
            "record 4",
            f"the record is not valid XML (mismatched tag at its line 1, character {bad.find('Systen') + 1})",
        ),
        ("after record 4", "the text between the XML events was skipped"),
        ("record 6", "the last record is cut off"),
    ] == [(error.place, error.what) for error in problems.errors]


def test_control_characters_are_repaired() -> None:
    """XML 1.0 has no notation for them, yet Windows writes them; each becomes U+FFFD and is counted."""
    for sign in ("\x01", "&#x1;", "&#31;", "\0"):
        events, problems = read(CREATED.replace("/c echo", f"/c{sign}echo").encode())
        assert 'cmd /c\ufffdecho "請求書" > &1' == events[0].fields["CommandLine"]
        assert (1, 0) == (problems.repaired, problems.total)


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("<a>" * 10_000, "nested deeper than 64 levels"),
        ("<a/>" * (MAX_ELEMENTS + 1), f"has more than {MAX_ELEMENTS:,} elements"),
        ("&bomb;", "undefined entity"),
        ('<!DOCTYPE x [<!ENTITY a "b">]>', "not well-formed"),
        ("x" * (4 << 20), "longer than 4,194,304 bytes"),
    ],
)
def test_hostile_elements_are_refused(inside: str, what: str) -> None:
    """Depth, number of elements and size are bounded; there is no document type, so no entity to expand."""
    with pytest.raises(BadRecordError, match=what):
        read_event(f"<Event>{inside}</Event>".encode())


def test_elements_are_cut_in_bounded_memory() -> None:
    """An element without end is told once and passed over; the next one is read."""
    elements = Elements()
    pieces = list(elements.feed(b"<Event>"))
    for _ in range(40):
        pieces += elements.feed(b"x" * (1 << 18))
        assert len(elements._buffer) < MAX_LINE_BYTES
    pieces += elements.feed(b"<Event>y</Event>" + b"z" * 200_000)
    pieces += elements.feed(b"z" * 200_000, last=True)
    assert [
        "the record is longer than 4,194,304 bytes",
        "",
        "the text between the XML events was skipped",
    ] == [piece.what for piece in pieces]
    assert b"<Event>y</Event>" == pieces[1].raw


@pytest.mark.real_data
def test_xml_and_evtx_give_the_same_events(sigmahq: Path) -> None:
    """The binding's own XML of SigmaHQ's recordings, read here, against the EVTX files themselves.

    Values of EVTX have types and those of XML are texts; XML has one notation for the end of a line.
    """
    compared = 0
    for path in sorted(sigmahq.rglob("*.evtx")):
        xml = "".join(
            record["data"].partition("?>")[2] for record in cast("Any", PyEvtxParser(str(path))).records()
        )
        events, problems = read(xml.encode())
        source = Source(str(path), "id")
        with path.open("rb") as file:
            originals = list(WindowsEvtx().decode(file, source, Problems()))
        assert 0 == problems.total
        assert [event.logsource for event in originals] == [event.logsource for event in events]
        for original, event in zip(originals, events, strict=True):
            compared += 1
            assert original.time.at == event.time.at
            texts = {
                name: value.replace("\r\n", "\n")
                for name, value in original.fields.items()
                if isinstance(value, str) and value
            }
            assert texts == {name: event.fields.get(name) for name in texts}
    assert compared > 80
