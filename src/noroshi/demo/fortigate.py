"""FortiGate (FortiOS 6.2) key-value records in a syslog server's file.

Sources: FortiOS 6.2 Log Reference, traffic (forward) and UTM web filter. A traffic record is written when the
session ends; a denied one at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from noroshi.demo.times import SECOND, local, syslog


@dataclass(frozen=True, slots=True)
class Session:
    """A session through the firewall.

    Attributes:
        start: First packet.
        duration_s: Seconds, whole.
        number: Session id.
        source: Address and port before translation.
        destination: Address and port as the source asked for them.
        service: ``HTTPS``, ``tcp/7080`` …
        policy: Policy id; 0 is the implicit deny.
        sent: Bytes and packets from the source.
        received: Bytes and packets to the source.
        nat: ``snat`` or ``dnat`` with the address and port put in, or nothing.
        proto: 6 TCP, 17 UDP.
        inbound: From the internet to a server.
    """

    start: int
    duration_s: int
    number: int
    source: tuple[str, int]
    destination: tuple[str, int]
    service: str
    policy: int
    sent: tuple[int, int] = (0, 0)
    received: tuple[int, int] = (0, 0)
    nat: tuple[str, str, int] | None = None
    proto: int = 6
    inbound: bool = False

    @property
    def end(self) -> int:
        """When its record is written."""
        return self.start + self.duration_s * SECOND + SECOND // 5


def _head(t: int, logid: str, kind: str, subtype: str, level: str) -> str:
    day, clock = local(t).split(" ")
    return (
        f'{syslog(t)} fw01 date={day} time={clock} devname="FW01" devid="FG100ETK20000001" logid="{logid}" '
        f'type="{kind}" subtype="{subtype}" level="{level}" vd="root" eventtime={t * 1000} tz="+0900"'
    )


def _interfaces(session: Session) -> tuple[str, str]:
    inside = ("internal", "dmz")[
        session.source[0].startswith("10.20.0.") or session.destination[0].startswith("203.")
    ]
    role = "dmz" if inside == "dmz" else "lan"
    outside = ("wan1", "wan")
    source, target = (outside, (inside, role)) if session.inbound else ((inside, role), outside)
    return (
        f'srcintf="{source[0]}" srcintfrole="{source[1]}"',
        f'dstintf="{target[0]}" dstintfrole="{target[1]}"',
    )


def _ends(session: Session) -> str:
    source_interface, target_interface = _interfaces(session)
    return (
        f"srcip={session.source[0]} srcport={session.source[1]} {source_interface} "
        f"dstip={session.destination[0]} dstport={session.destination[1]} {target_interface}"
    )


def _translation(session: Session) -> str:
    if session.nat is None:
        return 'trandisp="noop"'
    kind, address, port = session.nat
    word = "transip={} transport={}" if kind == "snat" else "tranip={} tranport={}"
    return f'trandisp="{kind}" ' + word.format(address, port)


def traffic(session: Session) -> str:
    """A forward traffic record of an accepted session."""
    country = ("Japan", "Reserved") if session.inbound else ("Reserved", "Japan")
    action = "close" if session.proto == 6 else "accept"
    return (
        f"{_head(session.end, '0000000013', 'traffic', 'forward', 'notice')} {_ends(session)} "
        f'sessionid={session.number} proto={session.proto} action="{action}" policyid={session.policy} '
        f'policytype="policy" service="{session.service}" dstcountry="{country[1]}" '
        f'srccountry="{country[0]}" '
        f"{_translation(session)} duration={session.duration_s} sentbyte={session.sent[0]} "
        f"rcvdbyte={session.received[0]} sentpkt={session.sent[1]} rcvdpkt={session.received[1]} "
        f'appcat="unscanned"'
    )


def denied(session: Session) -> str:
    """A forward traffic record of a session that the policy refused."""
    country = ("Japan", "Reserved") if session.inbound else ("Reserved", "Japan")
    return (
        f"{_head(session.start, '0000000013', 'traffic', 'forward', 'notice')} {_ends(session)} "
        f'sessionid={session.number} proto={session.proto} action="deny" policyid={session.policy} '
        f'policytype="policy" service="{session.service}" dstcountry="{country[1]}" '
        f'srccountry="{country[0]}" '
        f'trandisp="noop" duration=0 sentbyte=0 rcvdbyte=0 sentpkt=0 appcat="unscanned" crscore=30 '
        f'craction=131072 crlevel="high"'
    )


def web_blocked(session: Session, host: str, path: str, category: tuple[int, str]) -> str:
    """A web filter record: the category of the site is refused."""
    return (
        f"{_head(session.start, '0316013056', 'utm', 'webfilter', 'warning')} policyid={session.policy} "
        f'sessionid={session.number} eventtype="ftgd_blk" {_ends(session)} proto=6 '
        f'service="{session.service}" '
        f'hostname="{host}" profile="default" action="blocked" reqtype="direct" url="{path}" '
        f"sentbyte={session.sent[0]} "
        f'rcvdbyte=0 direction="outgoing" msg="URL belongs to a denied category in policy" method="domain" '
        f'cat={category[0]} catdesc="{category[1]}" crscore=30 craction=4194304 crlevel="high"'
    )
