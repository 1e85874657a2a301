"""TCP connections and UDP flows of a capture: who began, how much went which way, and what was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.events.capture.hello import Hello, begins_tls, client_hello
from noroshi.events.capture.http import Exchange, Half, Message, Room, begins_http
from noroshi.events.capture.segments import ACK, FIN, RST, SYN, TCP, Segment
from noroshi.events.capture.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WAITING_REQUESTS: Final = 1_000
MAX_PREFIX: Final = 1 << 14

Said = Exchange | Hello


@dataclass(slots=True)
class Connection:
    """A connection, or the datagrams between two ends.

    Attributes:
        client, server: Address and port.
        first, last: Nanoseconds since 1970.
        state: ``new``, ``established``, ``closed``, ``rejected``, as EVE's flows say it.
        packet: Number of the first packet.
    """

    client: tuple[str, int]
    server: tuple[str, int]
    protocol: int
    packet: int
    first: int
    room: Room
    last: int = 0
    state: str = "new"
    to_server: Stream = field(default_factory=Stream)
    to_client: Stream = field(default_factory=Stream)
    _speaks: str = ""
    _prefix: bytes = b""
    _asking: Half = field(init=False)
    _answering: Half = field(init=False)
    _open: list[Exchange] = field(default_factory=list)
    _early: list[Message] = field(default_factory=list)
    _done: int = 0

    def __post_init__(self) -> None:
        self._begin("")

    @property
    def ended(self) -> bool:
        """Whether both sides are done."""
        return self.state in {"closed", "rejected"}

    def take(self, segment: Segment) -> Iterator[Said]:
        """Take a segment in; what is said completely now."""
        outward = (segment.source, segment.source_port) == self.client
        stream = self.to_server if outward else self.to_client
        stream.packets += 1
        stream.size += segment.size
        self.last = max(self.last, segment.time)
        self._turn(segment)
        if segment.protocol != TCP:
            return
        gaps = stream.gaps
        raw = stream.push(segment.sequence, segment.payload, segment.flags)
        if stream.gaps != gaps or len(segment.payload) < segment.size:
            (self._asking if outward else self._answering).gap()
        if raw:
            yield from self._heard(raw, segment, outward=outward)

    def finish(self) -> Iterator[Said]:
        """What the end of the connection or of the capture cuts off."""
        for outward, stream in ((True, self.to_server), (False, self.to_client)):
            gaps = stream.gaps
            raw = stream.finish()
            if stream.gaps != gaps:
                (self._asking if outward else self._answering).gap()
            if raw:
                yield from self._heard(raw, None, outward=outward)
        if (request := self._asking.finish()) is not None:
            yield from self._asked(request)
        if (answer := self._answering.finish()) is not None:
            yield from self._answered(answer)
        yield from self._open
        yield from (Exchange(answer=early) for early in self._early)
        self._open.clear()
        self._early.clear()

    def _turn(self, segment: Segment) -> None:
        """The state behind this segment."""
        both = bool(self.to_server.packets and self.to_client.packets)
        if segment.protocol != TCP:
            self.state = "established" if both else "new"
        elif segment.flags & RST:
            self.state = "closed" if self.state == "established" else "rejected"
        elif segment.flags & FIN:
            self._done |= 1 if (segment.source, segment.source_port) == self.client else 2
            self.state = "closed" if self._done == 3 else self.state
        elif both and self.state == "new" and (segment.flags & ACK or segment.payload):
            self.state = "established"

    def _heard(self, raw: bytes, segment: Segment | None, *, outward: bool) -> Iterator[Said]:
        """What these bytes complete; the first ones tell what is spoken."""
        if self._speaks in {"", "tls"} and outward:
            self._prefix += raw
            self._speaks = self._speaks or _language(self._prefix)
            if self._speaks == "tls":
                yield from self._hello()
            raw, self._prefix = (self._prefix, b"") if self._speaks == "http" else (b"", self._prefix)
        elif not self._speaks and raw.startswith(b"HTTP/1."):
            self._speaks = "http"
        if self._speaks == "http":
            packet, time = (segment.number, segment.time) if segment else (self.packet, self.last)
            yield from self._http(raw, packet, time, outward=outward)

    def _hello(self) -> Iterator[Hello]:
        try:
            found = client_hello(self._prefix)
        except ValueError:
            self._speaks = "other"
            return
        if found is not None:
            self._speaks = "other"
            yield found
        elif len(self._prefix) >= MAX_PREFIX:
            self._speaks = "other"

    def _http(self, raw: bytes, packet: int, time: int, *, outward: bool) -> Iterator[Said]:
        if self._answering.tunnel:  # what follows a CONNECT is a conversation of its own
            self._begin("")
            yield from self._heard(raw, None, outward=outward)
            return
        half = self._asking if outward else self._answering
        for message in half.feed(raw, packet, time):
            yield from self._asked(message) if outward else self._answered(message)

    def _begin(self, speaks: str) -> None:
        self._speaks, self._prefix = speaks, b""
        self._asking = Half(answers=False, room=self.room)
        self._answering = Half(answers=True, room=self.room)

    def _asked(self, message: Message) -> Iterator[Said]:
        """A request: it waits for its answer, which may have been captured before it."""
        found = Exchange(message)
        if self._early:
            found.answer = self._early.pop(0)
            yield found
        elif len(self._open) < MAX_WAITING_REQUESTS:
            self._open.append(found)
            self._answering.asked.append(message)

    def _answered(self, message: Message) -> Iterator[Said]:
        """An answer: it belongs to the oldest request that waits."""
        if message.first[1][0] == "1" and message.first[1] != "101":
            return  # 100 Continue and the like: the answer is still to come
        if self._open:
            found = self._open.pop(0)
            found.answer = message
            yield found
        elif len(self._early) < MAX_WAITING_REQUESTS:
            self._early.append(message)


def _language(prefix: bytes) -> str:
    """What a client that begins like this speaks; empty while that is open."""
    if begins_tls(prefix):
        return "tls"
    if begins_http(prefix):
        return "http"
    return "other" if len(prefix) >= 24 else ""


def opened(segment: Segment, room: Room) -> Connection:
    """The connection that begins with this segment; who is the client tells SYN, else the ports."""
    ends = (segment.source, segment.source_port), (segment.target, segment.target_port)
    answered = segment.protocol == TCP and segment.flags & (SYN | ACK) == SYN | ACK
    begun = segment.protocol == TCP and segment.flags & (SYN | ACK) == SYN
    server_first = segment.source_port < min(segment.target_port, 32_768)
    if answered or (not begun and server_first):
        ends = ends[1], ends[0]
    return Connection(*ends, segment.protocol, segment.number, segment.time, room, last=segment.time)
