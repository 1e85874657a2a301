"""What firewall, IPS and Zeek write about a connection: same ends, same bytes, own numbers and times."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from noroshi.demo import fortigate, suricata, zeek
from noroshi.demo.company import NAT
from noroshi.demo.times import MILLI, MINUTE, SECOND, epoch_us
from noroshi.demo.traffic import Leg, Passage, Request, packets

if TYPE_CHECKING:
    from noroshi.demo.traffic import Certificate, End, Exchange
    from noroshi.demo.world import World

SERVICES: Final = {80: "HTTP", 443: "HTTPS", 25: "SMTP", 465: "SMTPS", 587: "SUBMISSION"}
_JA3: Final = "b32309a26951912be7dba376398abc3b"
_STATUS: Final = {
    200: "OK",
    206: "Partial Content",
    302: "Found",
    304: "Not Modified",
    403: "Forbidden",
    404: "Not Found",
}


def service(port: int) -> str:
    """FortiGate's name of a service."""
    return SERVICES.get(port, f"tcp/{port}")


def connection(leg: Leg) -> zeek.Connection:
    """A leg as Zeek names it."""
    return zeek.Connection(leg.start, leg.uid, leg.source, leg.destination)


class Sensors:
    """FW01, the IPS behind it and Zeek at the servers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._day = world.day

    def passed(self, passage: Passage) -> Leg:
        """A session that went through: firewall record, IPS flow and, at the servers, Zeek's conn.

        Returns:
            The connection as it looks inside, behind the translation of published addresses.
        """
        leg = passage.leg
        nat = ("dnat", *passage.inside) if passage.inside else ("snat", NAT, leg.source[1])
        session = fortigate.Session(
            leg.start,
            passage.seconds,
            leg.session,
            leg.source,
            leg.destination,
            service(leg.destination[1]),
            passage.policy,
            packets(passage.load.sent),
            packets(passage.load.received),
            nat,
            inbound=passage.inside is not None,
        )
        self._world.firewall.add(session.end, fortigate.traffic(session))
        inside = Leg(leg.start, leg.source, passage.inside or leg.destination, leg.flow, leg.uid, leg.session)
        written = passage.end + MINUTE
        self._world.files["eve"].add(written, suricata.flow_line(self._flow(inside, passage), written))
        if passage.at_servers:
            self._conn(inside, passage)
        return inside

    def _flow(self, leg: Leg, passage: Passage) -> suricata.Flow:
        sent, received = packets(passage.load.sent), packets(passage.load.received)
        return suricata.Flow(
            leg.flow, leg.start, passage.end, leg.source, leg.destination, sent, received, passage.app
        )

    def _conn(self, leg: Leg, passage: Passage) -> None:
        load = passage.load
        out, back = packets(load.sent), packets(load.received)
        row = {
            **connection(leg).head(leg.start),
            "proto": "tcp",
            "service": "ssl" if passage.app == "tls" else passage.app,
            "duration": zeek.interval(passage.end - leg.start),
            "orig_bytes": load.sent,
            "resp_bytes": load.received,
            "conn_state": "SF",
            "local_orig": zeek.local(leg.source[0]),
            "local_resp": zeek.local(leg.destination[0]),
            "missed_bytes": 0,
            "history": "ShADadFf",
            "orig_pkts": out[1],
            "orig_ip_bytes": out[0],
            "resp_pkts": back[1],
            "resp_ip_bytes": back[0],
        }
        self._world.zeek("conn", passage.end + 5 * SECOND, row)

    def refused(self, t: int, number: int, ends: tuple[End, End], policy: int) -> None:
        """A connection outwards that the firewall denied; the IPS sees its three first packets."""
        source, destination = ends
        session = fortigate.Session(t, 0, number, source, destination, service(destination[1]), policy)
        self._world.firewall.add(t, fortigate.denied(session))
        flow = suricata.Flow(
            self._day.ids.getrandbits(50), t, t + 9 * SECOND, source, destination, (156, 3), (0, 0)
        )
        self._world.files["eve"].add(t + 69 * SECOND, suricata.flow_line(flow, t + 69 * SECOND))

    def handshake(self, passage: Passage, name: str, certificate: Certificate | None = None) -> None:
        """A TLS handshake: EVE tls, and Zeek ssl at the servers."""
        if certificate is not None:
            self._nameless(passage, certificate)
            return
        t, leg = passage.leg.start + 35 * MILLI, passage.leg
        self._world.files["eve"].add(t, suricata.tls_line(t, self._flow(leg, passage), name, _JA3))
        row = {
            **connection(leg).head(leg.start + 12 * MILLI),
            "version": "TLSv12",
            "cipher": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "curve": "x25519",
            "server_name": name,
            "resumed": False,
            "next_protocol": "h2",
            "established": True,
            "subject": f"CN={name}",
            "issuer": "CN=Example Trust RSA CA 2020,O=Example Trust,C=JP",
            "validation_status": "ok",
        }
        self._world.zeek("ssl", leg.start + 60 * MILLI, row)

    def _nameless(self, passage: Passage, certificate: Certificate) -> None:
        """A handshake without server name, with a certificate that signs itself."""
        t, leg = passage.leg.start + 35 * MILLI, passage.leg
        self._world.files["eve"].add(t, suricata.nameless_tls_line(t, self._flow(leg, passage), certificate))
        row = {
            **connection(leg).head(leg.start + 12 * MILLI),
            "version": "TLSv12",
            "cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "curve": "x25519",
            "resumed": False,
            "established": True,
            "subject": certificate.subject,
            "issuer": certificate.subject,
            "validation_status": "self signed certificate",
        }
        self._world.zeek("ssl", leg.start + 60 * MILLI, row)

    def http(self, leg: Leg, t: int, request: Request, *, at_servers: bool) -> None:
        """A request in clear, asked at `t`: EVE http, with file and alert; Zeek http at the servers."""
        exchange = request.exchange
        done = t + exchange.took_ms * MILLI
        self._eve_http(leg, done, request)
        if not at_servers:
            return
        fuid = "F" + self._day.base62(17)
        row = _zeek_http(connection(leg).head(t), request)
        if exchange.received:
            mime = "application/x-dosexec" if exchange.executable else exchange.content_type
            row |= {"resp_fuids": [fuid], "resp_mime_types": [mime]}
            if exchange.filename:
                row["resp_filenames"] = [exchange.filename]
            if exchange.executable:
                self._world.zeek("files", done, _zeek_file(fuid, leg, done, exchange))
        self._world.zeek("http", done, row)

    def _eve_http(self, leg: Leg, t: int, request: Request) -> None:
        exchange, xff = request.exchange, request.forwarded_for
        flow = suricata.Flow(
            leg.flow, leg.start, t, leg.source, leg.destination, (0, 0), (0, 0), "http", xff=xff
        )
        http, eve = _eve_object(request), self._world.files["eve"]
        eve.add(t, suricata.http_line(t, flow, http, request.depth - 1))
        if exchange.signature:
            alert = {
                "action": "allowed",
                "signature_id": exchange.signature[0],
                "signature": exchange.signature[1],
                "category": "A Network Trojan was detected",
                "severity": 1,
            }
            eve.add(t, suricata.alert_line(t, flow, alert, http))
        if exchange.executable or exchange.filename:
            name = exchange.filename or exchange.path
            eve.add(t + MILLI, suricata.fileinfo_line(t + MILLI, flow, http, (name, exchange.received)))


def _eve_object(request: Request) -> dict[str, Any]:
    exchange = request.exchange
    http: dict[str, Any] = {"hostname": request.host}
    if request.port != 80:
        http["http_port"] = request.port
    http["url"] = exchange.path
    if exchange.agent:
        http["http_user_agent"] = exchange.agent
    http["http_content_type"] = exchange.content_type
    if exchange.referer:
        http["http_refer"] = exchange.referer
    http |= {"http_method": exchange.method, "protocol": "HTTP/1.1", "status": exchange.status}
    return http | {"length": exchange.received}


def _zeek_http(head: dict[str, Any], request: Request) -> dict[str, Any]:
    exchange = request.exchange
    return head | {
        "trans_depth": request.depth,
        "method": exchange.method,
        "host": request.host,
        "uri": exchange.path,
        "version": "1.1",
        "user_agent": exchange.agent or None,
        "referrer": exchange.referer or None,
        "request_body_len": exchange.sent,
        "response_body_len": exchange.received,
        "status_code": exchange.status,
        "status_msg": _STATUS[exchange.status],
        "proxied": [f"X-FORWARDED-FOR -> {request.forwarded_for}", "VIA -> 1.1 proxy01 (squid/4.10)"],
    }


def _zeek_file(fuid: str, leg: Leg, t: int, exchange: Exchange) -> dict[str, Any]:
    mark = f"{exchange.filename}{exchange.received}".encode()
    took = exchange.received // 4000 * MILLI
    return {
        "ts": epoch_us(t - took),
        "fuid": fuid,
        "tx_hosts": [leg.destination[0]],
        "rx_hosts": [leg.source[0]],
        "conn_uids": [leg.uid],
        "source": "HTTP",
        "depth": 0,
        "analyzers": ["MD5", "PE", "SHA1"],
        "mime_type": "application/x-dosexec",
        "filename": exchange.filename or None,
        "duration": zeek.interval(took),
        "local_orig": False,
        "is_orig": False,
        "seen_bytes": exchange.received,
        "total_bytes": exchange.received,
        "missing_bytes": 0,
        "overflow_bytes": 0,
        "timedout": False,
        "md5": hashlib.md5(mark, usedforsecurity=False).hexdigest(),
        "sha1": hashlib.sha1(mark, usedforsecurity=False).hexdigest(),
    }
