"""A capture to records with EVE's names: ``http``, ``fileinfo``, ``dns``, ``tls``, ``flow``.

The names are Suricata's, the best-known ones for exactly this; values are what was on the wire.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.capture.connections import Connection, opened
from noroshi.events.capture.hello import Hello
from noroshi.events.capture.http import Exchange, Message, Room, hashes
from noroshi.events.capture.names import message as dns_message
from noroshi.events.capture.packets import SECOND, CaptureError, read_packets
from noroshi.events.capture.segments import ACK, SYN, TCP, UDP, Dissector, Segment
from noroshi.events.web import split_host, split_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.format import ByteSource

MAX_CONNECTIONS: Final = 50_000
_DNS: Final = frozenset({53, 5353})
_FILE_NAME: Final = re.compile(r"(?i)filename\*?\s*=\s*(?:UTF-8'[^']*')?\"?([^\";]+)")
_PROTOCOLS: Final = {TCP: "TCP", UDP: "UDP"}


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened.

    Attributes:
        event_type: As in EVE.
        position: Packet and a number behind it, ``17.2``: the same at every reading.
        content: Of a file that was transferred.
    """

    event_type: str
    position: str
    fields: dict[str, Any]
    content: bytes = b""


@dataclass(slots=True)
class Reading:
    """Reads one capture.

    Attributes:
        packets: Read so far.
        unknown: Link layers that are not known, with the number of their packets.
    """

    stream: ByteSource
    packets: int = 0
    first: int = 0
    last: int = 0
    _dissector: Dissector = field(default_factory=Dissector)
    _open: dict[tuple[Any, ...], Connection] = field(default_factory=dict)
    _room: Room = field(default_factory=Room)
    _serial: dict[int, int] = field(default_factory=dict)

    @property
    def unknown(self) -> dict[int, int]:
        """Link layers that are not known, with the number of their packets."""
        return self._dissector.unknown

    def records(self) -> Iterator[Record]:
        """All records, each when its last byte was seen.

        Raises:
            CaptureError: The file is damaged or ends early; everything before that was given.
        """
        problem: CaptureError | None = None
        packets = read_packets(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except CaptureError as damage:
                problem = damage
                break
            if packet is None:
                break
            self.packets += 1
            self.first = self.first or packet.time
            self.last = max(self.last, packet.time)
            segment = self._dissector.segment(packet)
            if segment is not None:
                yield from self._segment(segment)
        for connection in list(self._open.values()):
            yield from self._closed(connection)
        self._open.clear()
        if problem is not None:
            raise problem

    def _segment(self, segment: Segment) -> Iterator[Record]:
        ends = (segment.source, segment.source_port), (segment.target, segment.target_port)
        key = (segment.protocol, *sorted(ends))
        known = self._open.get(key)
        begins = segment.protocol == TCP and segment.flags & (SYN | ACK) == SYN
        if known is not None and begins and known.to_server.packets > 1:
            yield from self._closed(self._open.pop(key))
            known = None
        if known is None:
            if len(self._open) >= MAX_CONNECTIONS:
                yield from self._closed(self._open.pop(next(iter(self._open))))
            known = self._open[key] = opened(segment, self._room)
        for said in known.take(segment):
            yield from self._said(said, known, segment.time)
        if segment.protocol == UDP and _DNS & {segment.source_port, segment.target_port}:
            yield from self._name(segment, known)

    def _closed(self, connection: Connection) -> Iterator[Record]:
        """What the end cuts off, then the flow itself."""
        for said in connection.finish():
            yield from self._said(said, connection, connection.last)
        out, back = connection.to_server, connection.to_client
        flow = {
            "pkts_toserver": out.packets,
            "pkts_toclient": back.packets,
            "bytes_toserver": out.size,
            "bytes_toclient": back.size,
            "start": _time(connection.first),
            "end": _time(connection.last),
            "age": (connection.last - connection.first) // SECOND,
            "state": connection.state,
        }
        yield self._record("flow", connection, connection.first, {"flow": flow})
        self._serial.pop(connection.packet, None)

    def _said(self, said: Exchange | Hello, connection: Connection, time: int) -> Iterator[Record]:
        if isinstance(said, Hello):
            ja3 = {"hash": said.ja3, "string": said.fingerprint}
            tls: dict[str, Any] = {"version": said.version, "ja3": ja3}
            tls |= {"sni": said.server} if said.server else {}
            tls |= {"client_alpns": list(said.protocols)} if said.protocols else {}
            yield self._record("tls", connection, time, {"tls": tls})
            return
        if said.request is None and (said.answer is None or said.answer.first[1][0] == "1"):
            return
        http = _http(said)
        when = said.request.time if said.request else time
        yield self._record("http", connection, when, {"http": http})
        for message, direction in ((said.request, "to_server"), (said.answer, "to_client")):
            if message is not None and message.size:
                yield self._file(message, said, direction, connection, http)
                self._room.give(len(message.body))
                message.body.clear()

    def _file(
        self, message: Message, said: Exchange, direction: str, connection: Connection, http: dict[str, Any]
    ) -> Record:
        content = message.content()
        told: dict[str, Any] = {"size": len(content), "state": "CLOSED" if message.complete else "TRUNCATED"}
        told |= {"filename": name} if (name := _file_name(message, said)) else {}
        told |= hashes(content) if message.complete else {}
        given = {"fileinfo": told, "http": http, "direction": direction}
        return self._record("fileinfo", connection, message.time, given, content)

    def _name(self, segment: Segment, connection: Connection) -> Iterator[Record]:
        told = dns_message(segment.payload)
        if told is None:
            return
        given: dict[str, Any] = {
            "src_ip": segment.source,
            "src_port": segment.source_port,
            "dest_ip": segment.target,
            "dest_port": segment.target_port,
            "dns": told,
        }
        yield self._record("dns", connection, segment.time, given)

    def _record(
        self, event_type: str, connection: Connection, time: int, given: dict[str, Any], content: bytes = b""
    ) -> Record:
        stamp = _time(time)
        fields: dict[str, Any] = ({"timestamp": stamp} if stamp else {}) | {
            "flow_id": connection.packet,
            "event_type": event_type,
            "src_ip": connection.client[0],
            "src_port": connection.client[1],
            "dest_ip": connection.server[0],
            "dest_port": connection.server[1],
            "proto": _PROTOCOLS[connection.protocol],
        }
        serial = self._serial[connection.packet] = self._serial.get(connection.packet, 0) + 1
        return Record(event_type, f"{connection.packet}.{serial}", fields | given, content)


def _time(nanoseconds: int) -> str | None:
    """RFC 3339, with microseconds; None where the capture tells no time that could be."""
    seconds, rest = divmod(nanoseconds, SECOND)
    try:
        whole = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return whole.replace(microsecond=rest // 1_000).isoformat("T", "microseconds") if nanoseconds else None


def _http(said: Exchange) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if said.request is not None:
        method, target, version = said.request.first
        host, port = split_host(said.request.fields.get("host", ""))
        found |= {"http_method": method, "url": target, "protocol": version}
        found |= {"hostname": host} if host else {}
        found |= {"http_port": int(port)} if port.isdecimal() and len(port) < 6 else {}
        names = (("user-agent", "http_user_agent"), ("referer", "http_refer"), ("x-forwarded-for", "xff"))
        found |= {ours: said.request.fields[name] for name, ours in names if name in said.request.fields}
        if said.request.size:
            found["request_length"] = said.request.size
    if said.answer is not None:
        found |= {"status": int(said.answer.first[1]), "length": said.answer.size}
        kind = said.answer.fields.get("content-type", "").partition(";")[0].strip()
        found |= {"http_content_type": kind} if kind else {}
        if "location" in said.answer.fields:
            found["redirect"] = said.answer.fields["location"]
    return found


def _file_name(message: Message, said: Exchange) -> str:
    """As the sender names it, else the last part of the path that was asked for."""
    named = _FILE_NAME.search(message.fields.get("content-disposition", ""))
    if named:
        return named[1].strip().replace("\\", "/").rpartition("/")[2]
    if said.request is None:
        return ""
    return split_url(said.request.first[1]).path.rpartition("/")[2]
