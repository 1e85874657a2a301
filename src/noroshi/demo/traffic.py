"""The parts of traffic: exchanges, loads, legs, passages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from noroshi.demo.times import MILLI, SECOND

End = tuple[str, int]
"""Address and port."""

HEADERS_OUT: Final = 420
"""Bytes of a request without its body."""
HEADERS_IN: Final = 310
"""Bytes of an answer without its body."""


def packets(payload: int) -> tuple[int, int]:
    """Bytes at IP level and packets for a payload: 1,400 bytes a packet, four for opening and closing."""
    count = payload // 1400 + 4
    return payload + 40 * count, count


@dataclass(frozen=True, slots=True)
class Exchange:
    """An HTTP request and its answer.

    Attributes:
        method: Request method.
        path: Request target, query included.
        status: Answer's status.
        sent: Bytes of the request's body.
        received: Bytes of the answer's body.
        content_type: Of the answer.
        referer: Referer header, or empty.
        agent: User-Agent header, or empty.
        filename: Name of a file in the answer (Content-Disposition), or empty.
        executable: Whether the answer is a Windows program.
        signature: Number and text of an IPS signature that matches the request, which the IPS only reports.
        after_ms: Pause before the request.
    """

    method: str
    path: str
    status: int
    sent: int
    received: int
    content_type: str
    referer: str = ""
    agent: str = ""
    filename: str = ""
    executable: bool = False
    signature: tuple[int, str] | None = None
    after_ms: int = 40

    @property
    def took_ms(self) -> int:
        """How long the answer took."""
        return 30 + self.received // 4000


@dataclass(frozen=True, slots=True)
class Request:
    """An exchange as the sensors meet it: Host header's name and port, its number, who is behind it."""

    exchange: Exchange
    host: str
    port: int
    depth: int = 1
    forwarded_for: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What a connection carries: payload bytes each way, and how long it lasts."""

    sent: int
    received: int
    lasting_ms: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a handshake without a server name shows: a certificate that signs itself, and the client's JA3."""

    subject: str
    ja3: str


@dataclass(frozen=True, slots=True)
class Leg:
    """A connection between two addresses, with the numbers that FortiGate, Suricata and Zeek gave it."""

    start: int
    source: End
    destination: End
    flow: int
    uid: str
    session: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A session that the firewall let through.

    Attributes:
        leg: The connection as the firewall saw it arrive.
        load: What it carried.
        policy: Which policy let it through.
        app: Suricata's name of the protocol.
        at_servers: Whether the server segment, where Zeek listens, takes part.
        inside: The server behind a published address, for connections from the internet.
    """

    leg: Leg
    load: Load
    policy: int
    app: str
    at_servers: bool = False
    inside: End | None = None

    @property
    def end(self) -> int:
        """Last packet."""
        return self.leg.start + self.load.lasting_ms * MILLI

    @property
    def seconds(self) -> int:
        """Duration in whole seconds, at least one."""
        return max(1, (self.end - self.leg.start) // SECOND)
