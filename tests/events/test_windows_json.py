"""Windows events in every JSON shape and layout, good and bad."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from noroshi.events.format import MAX_LINE_BYTES, Head
from noroshi.events.formats.windows_json import WindowsJsonDocuments, WindowsJsonLines
from noroshi.events.model import Outcome, Source, ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import detect, head_of
from noroshi.events.windows.text import Documents

if TYPE_CHECKING:
    from noroshi.events.model import Event

SYSMON = "Microsoft-Windows-Sysmon/Operational"
FLAT: dict[str, Any] = {
    "EventID": 1,
    "Channel": SYSMON,
    "SourceName": "Microsoft-Windows-Sysmon",
    "Hostname": "PC-001.minato.example",
    "UtcTime": "2020-07-22 04:12:09.123",
    "EventTime": "2020-07-22 13:12:10",
    "Image": "C:\\Windows\\System32\\cmd.exe",
    "User": "MINATO\\t.suzuki",
    "CommandLine": "cmd /c whoami",
    "ProcessId": "4000",
    "Hashes": "MD5=0123456789ABCDEF0123456789ABCDEF,IMPHASH=FEDCBA9876543210FEDCBA9876543210",
}
DATA = {name: FLAT[name] for name in ("UtcTime", "Image", "User", "CommandLine", "ProcessId", "Hashes")}
SYSTEM = {
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
    "EventID": 1,
    "Level": 4,
    "TimeCreated": {"#attributes": {"SystemTime": "2020-07-22T04:12:09.200Z"}},
    "Channel": SYSMON,
    "Computer": "PC-001.minato.example",
}
BARE_SYSTEM = {
    "Provider": {"@Name": "Microsoft-Windows-Sysmon"},
    "EventID": {"@Qualifiers": "0", "#text": "1"},
    "TimeCreated": {"@SystemTime": "2020-07-22T04:12:09.200Z"},
    "Channel": SYSMON,
    "Computer": "PC-001.minato.example",
}
WINLOG = {
    "event_id": "1",
    "channel": SYSMON,
    "provider_name": "Microsoft-Windows-Sysmon",
    "computer_name": "PC-001.minato.example",
    "event_data": DATA,
}
SHAPES: dict[str, dict[str, Any]] = {
    "flat": FLAT,
    "text id": {**FLAT, "EventID": "1"},
    "sigma names": {
        **DATA,
        "EventID": 1,
        "Channel": SYSMON,
        "Provider_Name": "Microsoft-Windows-Sysmon",
        "Computer": "PC-001",
    },
    "evtx": {"Event": {"System": SYSTEM, "EventData": DATA}},
    "xmltodict": {
        "Event": {
            "System": BARE_SYSTEM,
            "EventData": {"Data": [{"@Name": name, "#text": text} for name, text in DATA.items()]},
        }
    },
    "top": {"System": SYSTEM, "EventData": {"#attributes": {"Name": "x"}, **DATA}},
    "velociraptor": {
        "System": {**SYSTEM, "Provider": {"Name": "Microsoft-Windows-Sysmon"}, "EventID": {"Value": 1}},
        "EventData": DATA,
    },
    "ecs": {"@timestamp": "2020-07-22T04:12:09.200Z", "winlog": WINLOG, "event": {"code": "1"}},
    "dotted": {
        "winlog.event_id": 1,
        "winlog.channel": SYSMON,
        "winlog.provider_name": "Microsoft-Windows-Sysmon",
        "winlog.computer_name": "PC-001",
        **{f"winlog.event_data.{name}": text for name, text in DATA.items()},
    },
    "winlogbeat 6": {
        "event_id": 1,
        "log_name": SYSMON,
        "source_name": "Microsoft-Windows-Sysmon",
        "computer_name": "PC-001",
        "event_data": DATA,
    },
    "elastic hit": {"_index": "x", "_source": {"winlog": WINLOG}},
}


def read(data: bytes, problems: Problems | None = None) -> list[Event]:
    """The events of an input, by the format that says it is its own."""
    head = head_of(data, complete=True)
    lines, documents = WindowsJsonLines(), WindowsJsonDocuments()
    chosen = lines if lines.sniff(head) >= documents.sniff(head) else documents
    assert max(lines.sniff(head), documents.sniff(head)) > 0.8
    found = problems if problems is not None else Problems()
    return list(chosen.decode(io.BytesIO(data), Source("x.json", "id"), found))


def line(record: dict[str, Any]) -> bytes:
    """A record as one line."""
    return json.dumps(record).encode() + b"\n"


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_gives_the_same_sigma_event(name: str) -> None:
    """The same process creation in any shape has the same log source, names, host, person and time."""
    (event,) = read(line(SHAPES[name]) * 1)
    assert ("windows", "sysmon", {"process_creation"}) == (
        event.logsource.product,
        event.logsource.service,
        set(event.logsource.categories),
    )
    fields = event.fields
    assert (1, SYSMON, "Microsoft-Windows-Sysmon") == tuple(
        fields[key] for key in ("EventID", "Channel", "Provider_Name")
    )
    assert DATA == {key: fields[key] for key in DATA}
    assert "FEDCBA9876543210FEDCBA9876543210" == fields["Imphash"]
    assert ("pc-001", "t.suzuki") == (event.entities.host, event.entities.user)
    assert datetime(2020, 7, 22, 4, 12, 9, 123_000, UTC) == event.time.at
    assert ZoneOrigin.RECORD is event.time.zone
    for key, value in event.kind.constants.items():
        assert value == fields[key]


def test_hot_path_and_long_way_agree() -> None:
    """The second record of a kind takes the fast path and gets the same fields and kind as the first."""
    first, second = read(line(FLAT) * 2)
    assert first.fields == second.fields
    assert first.kind is second.kind
    assert (0, len(line(FLAT))) == (first.position, second.position)


@pytest.mark.parametrize("value", [True, 1.0, "1"])
def test_event_id_is_the_number_whatever_its_type(value: object) -> None:
    """A record whose EventID compares equal in Python still gets the kind's own number."""
    events = read(line(FLAT) + line({**FLAT, "EventID": value}))
    assert [1, 1] == [event.fields["EventID"] for event in events]
    assert "1" == str(events[1].fields["EventID"])


def test_provider_name_of_the_record_wins() -> None:
    """A record that already has Provider_Name keeps it, after the hot path has learnt its key."""
    events = read(line(FLAT) + line({**FLAT, "Provider_Name": "Other"}))
    assert ["Microsoft-Windows-Sysmon", "Other"] == [event.fields["Provider_Name"] for event in events]
    assert "Other" == events[1].kind.constants["Provider_Name"]


LAYOUTS = {
    "lines": b"".join(line(FLAT) for _ in range(3)),
    "crlf": b"".join(line(FLAT).replace(b"\n", b"\r\n") for _ in range(3)),
    "no last newline": b"".join(line(FLAT) for _ in range(3))[:-1],
    "bom": b"\xef\xbb\xbf" + b"".join(line(FLAT) for _ in range(3)),
    "array": json.dumps([FLAT] * 3).encode(),
    "pretty array": json.dumps([SHAPES["evtx"]] * 3, indent=2).encode(),
    "glued": json.dumps(FLAT).encode() * 3,
    "glued with space": (json.dumps(SHAPES["evtx"]) + " ").encode() * 3,
    "pretty": (json.dumps(SHAPES["evtx"], indent=4) + "\n").encode() * 3,
    "flat indentation": (json.dumps(SHAPES["xmltodict"], indent=0) + "\n").encode() * 3,
    "utf-16": ("\ufeff" + "".join(json.dumps(FLAT) + "\r\n" for _ in range(3))).encode("utf-16-le"),
    "utf-16 be": ("\ufeff" + "".join(json.dumps(FLAT) + "\n" for _ in range(3))).encode("utf-16-be"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_all_records(name: str) -> None:
    """Lines, lists, pretty-printed and glued documents, byte order marks and UTF-16."""
    problems = Problems()
    events = read(LAYOUTS[name], problems)
    assert 3 == len(events)
    assert 0 == problems.total
    assert ["cmd /c whoami"] * 3 == [event.fields["CommandLine"] for event in events]
    assert 3 == len({event.position for event in events})


def test_documents_are_cut_anywhere() -> None:
    """A stream that arrives byte by byte gives the same documents."""

    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, 7))

    script = {**FLAT, "CommandLine": 'a "quoted\\" }{ \n{ [ text'}
    data = json.dumps(script, indent=1).encode() * 5
    events = list(WindowsJsonDocuments().decode(Dripping(data), Source("x", "y"), Problems()))
    assert [script["CommandLine"]] * 5 == [event.fields["CommandLine"] for event in events]


BAD_LINES = {
    "cut off": json.dumps(FLAT).encode()[:100],
    "no object": b'"text"',
    "text": b"Jul 22 04:12:09 host program: message",
    "NULs": b"\0" * 40,
    "too deep": b'{"EventID":1,"a":' + b"[" * 300 + b"]" * 300 + b"}",
    "far too deep": b'{"EventID":1,"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_bad_line_is_one_located_error(name: str) -> None:
    """The error names the line; the lines around it are read."""
    problems = Problems()
    events = read(line(FLAT) + BAD_LINES[name] + b"\n" + line(FLAT), problems)
    assert 2 == len(events)
    assert ["line 2"] == [error.place for error in problems.errors]
    assert "x.json" == problems.errors[0].path


def test_endless_line_is_skipped_without_being_held() -> None:
    """A line beyond the limit is one error; positions behind it are still byte offsets."""
    long = b'{"EventID": 1, "a": "' + b"x" * (MAX_LINE_BYTES + 3_000_000) + b'"}\n'
    problems = Problems()
    events = read(line(FLAT) + long + line(FLAT), problems)
    assert ["line 2"] == [error.place for error in problems.errors]
    assert [0, len(line(FLAT)) + len(long)] == [event.position for event in events]


REPAIRS = {
    "surrogate": (json.dumps(FLAT).replace("whoami", "who\\ud800ami").encode(), "cmd /c who\ufffdami"),
    "invalid UTF-8": (json.dumps(FLAT).encode().replace(b"whoami", b"who\xffami"), "cmd /c who\ufffdami"),
    "NUL": (json.dumps(FLAT).encode().replace(b"whoami", b"who\0ami"), "cmd /c who\ufffdami"),
}


@pytest.mark.parametrize("name", REPAIRS)
def test_broken_text_is_repaired_and_counted(name: str) -> None:
    """The record is read with U+FFFD in its place."""
    raw, expected = REPAIRS[name]
    problems = Problems()
    events = read(line(FLAT) + raw + b"\n", problems)
    assert expected == events[1].fields["CommandLine"]
    assert (1, 0) == (problems.repaired, problems.total)


def test_nan_and_huge_integers_are_values() -> None:
    """NaN reads as null, an integer beyond 64 bits as a number; neither is an error."""
    raw = json.dumps({**FLAT, "A": 1}).replace('"A": 1', '"A": NaN, "B": ' + "9" * 5_000).encode()
    problems = Problems()
    events = read(line(FLAT) + raw + b"\n", problems)
    assert None is events[1].fields["A"]
    assert isinstance(events[1].fields["B"], float)
    assert 0 == problems.total


def test_cut_off_document_does_not_swallow_the_next() -> None:
    """A pretty-printed record that ends in the middle is one error; the next one is read."""
    whole = json.dumps(SHAPES["evtx"], indent=2).encode() + b"\n"
    problems = Problems()
    events = read(whole + whole[:200] + b"\n" + whole, problems)
    assert 2 == len(events)
    assert ["record 2"] == [error.place for error in problems.errors]


def test_record_that_is_no_windows_event_is_kept() -> None:
    """An unknown JSON object among Windows records becomes an event without log source."""
    events = read(line(FLAT) + line({"some": "thing"}))
    assert (None, {"some": "thing"}) == (events[1].logsource.product, events[1].fields)


@pytest.mark.parametrize(
    "record",
    [
        {"timestamp": "2020-07-22T04:12:09.123456+0000", "event_type": "http", "src_ip": "192.0.2.1"},
        {"ts": 1595391129.1, "uid": "C1", "id.orig_h": "192.0.2.1"},
        {"transaction": {"client_ip": "192.0.2.1", "messages": []}},
        {"EventName": "x", "message": "y"},
    ],
)
def test_other_json_logs_are_not_claimed(record: dict[str, Any]) -> None:
    """Suricata, Zeek, ModSecurity and anything else is left to its own format."""
    head = head_of(line(record) * 3, complete=True)
    assert 0.0 == WindowsJsonLines().sniff(head)
    assert 0.0 == WindowsJsonDocuments().sniff(head)


def test_long_first_document_is_recognised_by_its_keys() -> None:
    """A first record longer than the head is still recognised."""
    record = json.dumps({**SHAPES["evtx"], "pad": "x" * 100_000}).encode()
    head = Head(record[:65_536], ())
    assert WindowsJsonDocuments().sniff(head) > 0.5


def test_ranges_that_touch_give_every_line_once() -> None:
    """Any way of cutting a file into two ranges gives the events and positions of the whole."""
    data = b"".join(line({**FLAT, "RecordNumber": number}) for number in range(5))
    fmt = WindowsJsonLines()
    whole = [event.position for event in fmt.decode(io.BytesIO(data), Source("x", "y"), Problems())]
    for cut in range(1, len(data)):
        first = fmt.decode_range(io.BytesIO(data), Source("x", "y"), Problems(), 0, cut)
        second = fmt.decode_range(io.BytesIO(data[cut:]), Source("x", "y"), Problems(), cut, None)
        assert whole == [event.position for event in (*first, *second)], cut


def test_offset_of_a_host_is_learnt_and_applied() -> None:
    """Sysmon's UtcTime beside NXLog's local EventTime gives the zone of the host's other records."""
    security = {
        "EventID": 4625,
        "Channel": "Security",
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "Hostname": "PC-001.minato.example",
        "EventTime": "2020-07-22 13:15:00",
    }
    events = read(line(security) + line(FLAT) + line({**security, "Hostname": "PC-002"}))
    assert timedelta(hours=9) == events[0].source.learnt_offsets["pc-001"]
    assert (datetime(2020, 7, 22, 4, 15, tzinfo=UTC), ZoneOrigin.LEARNT) == (
        events[0].time.at,
        events[0].time.zone,
    )
    assert ZoneOrigin.ASSUMED_UTC is events[2].time.zone
    assert Outcome.FAILED is events[0].outcome


def test_kinds_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile input cannot make kinds without end; later ones share a kind and keep their log source."""
    monkeypatch.setattr("noroshi.events.windows.catalogue.MAX_KINDS", 3)
    monkeypatch.setattr("noroshi.events.windows.decoder.MAX_KINDS", 3)
    records = b"".join(line({**FLAT, "Channel": "Security", "EventID": number}) for number in range(20, 30))
    fmt = WindowsJsonLines()
    events = list(fmt.decode(io.BytesIO(records), Source("x", "y"), Problems()))
    assert {"security"} == {event.logsource.service for event in events}
    assert 4 == len({event.kind for event in events})
    assert list(range(20, 30)) == [event.fields["EventID"] for event in events]


DHCPD = b"Jul 22 04:12:09 gw dhcpd[812]: DHCPACK on 10.20.4.114 to 00:00:5e:00:53:01 (pc-001) via eth0\n"


@pytest.mark.parametrize("before", [0, 1, 10, 20])
def test_syslog_with_one_windows_line_is_syslog(before: int) -> None:
    """Wherever the record stands among twenty lines of dhcpd, those lines are read."""
    data = DHCPD * before + line(FLAT) + DHCPD * (20 - before)
    head = head_of(data, complete=True)
    assert 0.0 == WindowsJsonDocuments().sniff(head)
    found = detect(head).format
    assert found is not None
    assert "syslog" == found.name
    problems = Problems()
    events = list(found.decode(io.BytesIO(data), Source("x.log", "id"), problems))
    assert (21, 0) == (len(events), problems.total)


@pytest.mark.parametrize("step", [7, 1 << 20])
def test_text_between_documents_is_one_error_a_stretch(step: int) -> None:
    """Skipped text is never silent: one located error a stretch, however the stream is cut."""

    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, step))

    data = b"banner\n" + line(FLAT) + DHCPD * 3 + line(FLAT) + b" , ]\0\n" + line(FLAT) + DHCPD
    problems = Problems()
    events = list(WindowsJsonDocuments().decode(Dripping(data), Source("x.json", "id"), problems))
    assert ["record 1", "record 2", "record 3"] == [f"record {event.position}" for event in events]
    places = ["before record 1", "after record 1", "after record 2", "after record 3"]
    assert places == [error.place for error in problems.errors]
    assert "NUL bytes stand between the records" == problems.errors[2].what


def test_endless_text_between_documents_is_bounded() -> None:
    """A stretch of any length is one piece of at most 64 KiB."""
    documents = Documents()
    chunks = [b"{}", *[b"text " * 10_000] * 30, b"{}"]
    pieces = [piece for chunk in chunks for piece in documents.feed(chunk)]
    assert [("{}", 0), ("text " * 13_107 + "t", 2), ("{}", 1_500_002)] == [
        (piece.raw.decode(), piece.offset) for piece in pieces
    ]
