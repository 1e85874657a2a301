"""One fact, many logs: what a connection leaves in proxy, firewall, IPS, Zeek and DNS, consistently.

Where things are: the IPS listens on the inside of FW01 and sees all traffic to the internet before address
translation (the proxy's address for proxied traffic). Zeek listens at the server segment: PROXY01, MX01, NS01
and NEWS01, but not clients that go straight out. The proxy resolves names for its clients. The branch has its
own line, of which only PROXY02's log is collected.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.demo import fortigate, squid, suricata, zeek
from noroshi.demo.company import AD_DNS, NAT, SERVERS
from noroshi.demo.names import CHROME, HTTP_SITES, HTTPS_SITES, PARTNERS
from noroshi.demo.times import MILLI, MINUTE, SECOND, epoch_us

if TYPE_CHECKING:
    from noroshi.demo.company import Client
    from noroshi.demo.world import World

_PROXY: Final = SERVERS["PROXY01"]
_NAMESERVER: Final = SERVERS["NS01"]
_UPSTREAM: Final = "203.0.113.53"
_TTL: Final = 300 * SECOND
_JA3: Final = "b32309a26951912be7dba376398abc3b"
_SERVICES: Final = {80: "HTTP", 443: "HTTPS", 25: "SMTP", 465: "SMTPS", 587: "SUBMISSION"}
_FIXED: Final = {f"{host}.{domain}": address for domain, host, address in PARTNERS}
POLICY_SERVERS: Final = 10
POLICY_OLD_SUPPLIER: Final = 12
POLICY_SUBMISSION: Final = 14
POLICY_BLOCK_SMTP: Final = 20
POLICY_PUBLISHED: Final = 30


def packets(payload: int) -> tuple[int, int]:
    """Bytes at IP level and packets for a payload: 1,400 bytes a packet, four for opening and closing."""
    count = payload // 1400 + 4
    return payload + 40 * count, count


def site_address(name: str) -> str:
    """The address of an ordinary site: from the documentation ranges, always the same for a name."""
    if name in _FIXED:
        return _FIXED[name]
    known = (*HTTPS_SITES, *HTTP_SITES)
    if name in known:
        return f"198.51.100.{130 + known.index(name)}"
    return f"192.0.2.{100 + hashlib.sha256(name.encode()).digest()[0] % 100}"


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
        agent: User-Agent header.
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


_HEADERS_OUT: Final = 420
_HEADERS_IN: Final = 310
_STATUS: Final = {
    200: "OK",
    206: "Partial Content",
    302: "Found",
    304: "Not Modified",
    403: "Forbidden",
    404: "Not Found",
}


@dataclass(frozen=True, slots=True)
class _Leg:
    """The connection between a client-side address and a server, with all identifiers."""

    start: int
    source: tuple[str, int]
    destination: tuple[str, int]
    flow: int
    uid: str
    session: int


class Network:
    """The company's network and its sensors."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._day = world.day
        self._resolved: dict[tuple[str, str], int] = {}
        self._session = 401_000
        self._ports: dict[str, int] = {}
        self._addresses: dict[str, str] = {}

    def place(self, name: str, address: str) -> None:
        """Give a site a fixed address."""
        self._addresses[name] = address

    def address_of(self, host: str) -> str:
        """A site's address; an address stands for itself."""
        if host.replace(".", "").isdigit():
            return host
        return self._addresses.get(host) or site_address(host)

    def _port(self, address: str) -> int:
        port = (
            self._ports.get(address, 32_768 + sum(address.encode()) * 7 % 20_000)
            + 1
            + self._day.ids.randrange(3)
        )
        self._ports[address] = port if port < 60_900 else 32_768
        return port

    def _leg(self, start: int, source: str, destination: tuple[str, int], port: int = 0) -> _Leg:
        self._session += self._day.ids.randrange(1, 5)
        return _Leg(
            start, (source, port or self._port(source)), destination, self._day.ids.getrandbits(50),
            "C" + self._day.base62(17), self._session,
        )  # fmt: skip

    def resolve(self, t: int, client: str, name: str) -> int:
        """A resolver client asks NS01 for a name unless it remembers; gives the delay in microseconds."""
        if name.replace(".", "").isdigit() or self._resolved.get((client, name), 0) > t:
            return 0
        self._resolved[client, name] = t + _TTL
        rng, address = self._day.ids, self._internal(name) or self.address_of(name)
        source, number, rtt = (
            (client, rng.randrange(49_152, 65_000)),
            rng.randrange(65_536),
            rng.randrange(400, 26_000),
        )
        self._world.names.query(t, source, name)
        connection = zeek.Connection(t, "C" + self._day.base62(17), source, (_NAMESERVER, 53))
        self._world.zeek("dns", t + 5 * SECOND, {
            **connection.head(t), "proto": "udp", "trans_id": number, "rtt": zeek.interval(rtt), "query": name,
            "qclass": 1, "qclass_name": "C_INTERNET", "qtype": 1, "qtype_name": "A", "rcode": 0,
            "rcode_name": "NOERROR", "AA": False, "TC": False, "RD": True, "RA": True, "Z": 0,
            "answers": [address], "TTLs": ["300.000000"], "rejected": False,
        })  # fmt: skip
        if not self._internal(name) and self._resolved.get((_UPSTREAM, name), 0) <= t:
            self._resolved[_UPSTREAM, name] = t + _TTL
            self._ask_upstream(t + 200, name, address)
        return rtt + 400

    def _internal(self, name: str) -> str | None:
        host = name.split(".", 1)[0].upper().replace("WPAD", "PROXY01")
        return SERVERS.get(host) if name.endswith((f".{AD_DNS}", ".minato-works.example")) else None

    def _ask_upstream(self, t: int, name: str, address: str) -> None:
        rng = self._day.ids
        source, number = (_NAMESERVER, rng.randrange(20_000, 60_000)), rng.randrange(65_536)
        flow = suricata.Flow(
            rng.getrandbits(50), t, t, source, (_UPSTREAM, 53), (70, 1), (90, 1), app="dns", proto="UDP"
        )
        eve = self._world.files["eve"]
        eve.add(t, suricata.dns_line(t, flow, (number, name), None))
        eve.add(t + 9 * MILLI, suricata.dns_line(t + 9 * MILLI, flow, (number, name), address))

    # -- the proxy ---------------------------------------------------------------------------------------------

    def _proxy_line(self, client: Client, request: squid.ProxyRequest) -> None:
        if client.branch:
            self._world.files["squid2"].add(request.ended, squid.native(request))
        else:
            self._world.files["squid"].add(request.ended, squid.combined(request))

    def _user(self, client: Client) -> str:
        return client.person.user if client.branch else "-"

    def denied_by_proxy(
        self, t: int, client: Client, method: str, url: str, *, referer: str = "-", agent: str = "-"
    ) -> None:  # noqa: PLR0913, E501 - the parts of a request
        """The proxy refused a request itself; nothing left the company."""
        request = squid.ProxyRequest(
            t + 2 * MILLI, 1, client.address(t), self._user(client), method, url, 403, 3_952, "TCP_DENIED", "-",
            "text/html", referer, agent,
        )  # fmt: skip
        self._proxy_line(client, request)

    def tunnel(self, t: int, client: Client, host: str, *, sent: int, received: int, lasting_ms: int, agent: str,  # noqa: PLR0913 - the parts of a tunnel
               port: int = 443) -> int:  # fmt: skip
        """``CONNECT host:443``: an encrypted tunnel of which only name and amounts are seen; gives its end.

        Args:
            t: When the client asked.
            client: Who.
            host: Name or address of the server.
            sent: Payload bytes of the client, handshake included.
            received: Payload bytes of the server.
            lasting_ms: How long.
            agent: User-Agent of the ``CONNECT`` request.
            port: Port of the server.
        """
        start = t + self._resolve_for_proxy(t, client, host) + 2 * MILLI
        end = start + lasting_ms * MILLI
        server = self.address_of(host)
        request = squid.ProxyRequest(
            end, lasting_ms + 2, client.address(t), self._user(client), "CONNECT", f"{host}:{port}", 200,
            received + 39, "TCP_TUNNEL", server, "-", "-", agent,
        )  # fmt: skip
        self._proxy_line(client, request)
        if client.branch:
            return end
        leg = self._leg(start, _PROXY, (server, port))
        self._passed(leg, end, sent, received, POLICY_SERVERS, app="tls", at_servers=True)
        flow = self._flow(leg, end, sent, received, "tls")
        self._world.files["eve"].add(
            start + 35 * MILLI, suricata.tls_line(start + 35 * MILLI, flow, host, _JA3)
        )
        self._world.zeek("ssl", start + 60 * MILLI, {
            **self._connection(leg).head(start + 12 * MILLI), "version": "TLSv12",
            "cipher": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "curve": "x25519", "server_name": host,
            "resumed": False, "next_protocol": "h2", "established": True, "subject": f"CN={host}",
            "issuer": "CN=Example Trust RSA CA 2020\\,O=Example Trust\\,C=JP", "validation_status": "ok",
        })  # fmt: skip
        return end

    def _resolve_for_proxy(self, t: int, client: Client, host: str) -> int:
        return 0 if client.branch else self.resolve(t, _PROXY, host)

    def pages(self, t: int, client: Client, host: str, exchanges: list[Exchange], port: int = 80) -> int:  # noqa: PLR0913 - the parts of a visit
        """Plain HTTP through the proxy over one connection to the server; gives its end."""
        start = t + self._resolve_for_proxy(t, client, host) + 2 * MILLI
        server = self.address_of(host)
        leg = self._leg(start, _PROXY, (server, port))
        moment, sent, received = start + 10 * MILLI, 0, 0
        for depth, exchange in enumerate(exchanges, 1):
            moment += exchange.after_ms * MILLI
            took = 30 + exchange.received // 4000
            authority = host if port == 80 else f"{host}:{port}"
            request = squid.ProxyRequest(
                moment + took * MILLI, took, client.address(t), self._user(client), exchange.method,
                f"http://{authority}{exchange.path}", exchange.status, exchange.received + _HEADERS_IN, "TCP_MISS",
                server, exchange.content_type, exchange.referer or "-", exchange.agent or "-",
            )  # fmt: skip
            self._proxy_line(client, request)
            if not client.branch:
                self._http_seen(leg, moment, took, exchange, (host, port), depth, client.address(t))
            sent += exchange.sent + _HEADERS_OUT
            received += exchange.received + _HEADERS_IN
            moment += took * MILLI
        end = moment + 120 * MILLI
        if not client.branch:
            self._passed(leg, end, sent, received, POLICY_SERVERS, app="http", at_servers=True)
        return end

    def _http_seen(self, leg: _Leg, t: int, took: int, exchange: Exchange, authority: tuple[str, int], depth: int,  # noqa: PLR0913 - the parts of a request
                   xff: str) -> None:  # fmt: skip
        """A proxied request in EVE and Zeek."""
        done = t + took * MILLI
        self._eve_http(leg, done, exchange, authority, depth, xff)
        connection = self._connection(leg)
        fuid = "F" + self._day.base62(17)
        values: dict[str, object] = {
            **connection.head(t), "trans_depth": depth, "method": exchange.method, "host": authority[0],
            "uri": exchange.path, "version": "1.1", "user_agent": exchange.agent or None,
            "referrer": exchange.referer or None, "request_body_len": exchange.sent,
            "response_body_len": exchange.received, "status_code": exchange.status,
            "status_msg": _STATUS.get(exchange.status, "OK"),
            "proxied": [f"X-FORWARDED-FOR -> {xff}", "VIA -> 1.1 proxy01 (squid/4.10)"],
        }  # fmt: skip
        if exchange.received:
            mime = "application/x-dosexec" if exchange.executable else exchange.content_type
            values |= {"resp_fuids": [fuid], "resp_mime_types": [mime]}
            if exchange.filename:
                values["resp_filenames"] = [exchange.filename]
            if exchange.executable:
                self._zeek_file(fuid, leg, done, exchange, mime)
        self._world.zeek("http", done, values)

    def _zeek_file(self, fuid: str, leg: _Leg, t: int, exchange: Exchange, mime: str) -> None:
        mark = f"{exchange.filename}{exchange.received}".encode()
        self._world.zeek("files", t, {
            "ts": epoch_us(t - exchange.received // 4000 * MILLI), "fuid": fuid, "tx_hosts": [leg.destination[0]],
            "rx_hosts": [leg.source[0]], "conn_uids": [leg.uid], "source": "HTTP", "depth": 0,
            "analyzers": ["MD5", "PE", "SHA1"], "mime_type": mime, "filename": exchange.filename or None,
            "duration": zeek.interval(exchange.received // 4000 * MILLI), "local_orig": False, "is_orig": False,
            "seen_bytes": exchange.received, "total_bytes": exchange.received, "missing_bytes": 0,
            "overflow_bytes": 0, "timedout": False,
            "md5": hashlib.md5(mark, usedforsecurity=False).hexdigest(),
            "sha1": hashlib.sha1(mark, usedforsecurity=False).hexdigest(),
        })  # fmt: skip

    def _eve_http(
        self, leg: _Leg, t: int, exchange: Exchange, authority: tuple[str, int], depth: int, xff: str
    ) -> None:  # noqa: PLR0913, E501 - the parts of a request
        flow = suricata.Flow(
            leg.flow, leg.start, t, leg.source, leg.destination, (0, 0), (0, 0), app="http", xff=xff
        )
        http = self.eve_http(exchange, authority)
        eve = self._world.files["eve"]
        eve.add(t, suricata.http_line(t, flow, http, depth - 1))
        if exchange.signature:
            alert = {
                "action": "allowed", "signature_id": exchange.signature[0], "signature": exchange.signature[1],
                "category": "A Network Trojan was detected", "severity": 1,
            }  # fmt: skip
            eve.add(t, suricata.alert_line(t, flow, alert, http))
        if exchange.executable or exchange.filename:
            name = exchange.filename or exchange.path
            eve.add(t + MILLI, suricata.fileinfo_line(t + MILLI, flow, http, (name, exchange.received)))

    def eve_http(self, exchange: Exchange, authority: tuple[str, int]) -> dict[str, Any]:
        """The ``http`` object of EVE for a request."""
        host, port = authority
        http: dict[str, Any] = {"hostname": host}
        if port != 80:
            http["http_port"] = port
        http["url"] = exchange.path
        if exchange.agent:
            http["http_user_agent"] = exchange.agent
        http["http_content_type"] = exchange.content_type
        if exchange.referer:
            http["http_refer"] = exchange.referer
        http |= {"http_method": exchange.method, "protocol": "HTTP/1.1", "status": exchange.status}
        if exchange.status in (301, 302):
            http["redirect"] = exchange.path
        return http | {"length": exchange.received}

    # -- the firewall and the sensors --------------------------------------------------------------------------

    def _connection(self, leg: _Leg) -> zeek.Connection:
        return zeek.Connection(leg.start, leg.uid, leg.source, leg.destination)

    def _flow(self, leg: _Leg, end: int, sent: int, received: int, app: str) -> suricata.Flow:  # noqa: PLR0913 - the parts of a flow
        return suricata.Flow(
            leg.flow, leg.start, end, leg.source, leg.destination, packets(sent), packets(received), app
        )

    def _passed(self, leg: _Leg, end: int, sent: int, received: int, policy: int, *, app: str,  # noqa: PLR0913 - the parts of a session
                at_servers: bool = False, nat: tuple[str, str, int] | None = None, inbound: bool = False) -> None:  # fmt: skip
        """A session that the firewall let through: its record, the IPS's flow and, at the servers, Zeek's conn."""
        number = leg.destination[1]
        session = fortigate.Session(
            leg.start, max(1, (end - leg.start) // SECOND), leg.session, leg.source, leg.destination,
            _SERVICES.get(number, f"tcp/{number}"), policy, packets(sent), packets(received),
            nat or ("snat", NAT, leg.source[1]), inbound=inbound,
        )  # fmt: skip
        self._world.firewall.add(session.end, fortigate.traffic(session))
        inside = leg
        if inbound and nat:
            inside = _Leg(leg.start, leg.source, (nat[1], nat[2]), leg.flow, leg.uid, leg.session)
        flow = self._flow(inside, end, sent, received, app)
        self._world.files["eve"].add(end + MINUTE, suricata.flow_line(flow, end + MINUTE))
        if at_servers:
            self._zeek_conn(inside, end, sent, received, "ssl" if app == "tls" else app)

    def _zeek_conn(self, leg: _Leg, end: int, sent: int, received: int, service: str) -> None:  # noqa: PLR0913 - the parts of a session
        out, back = packets(sent), packets(received)
        self._world.zeek("conn", end + 5 * SECOND, {
            **self._connection(leg).head(leg.start), "proto": "tcp", "service": service,
            "duration": zeek.interval(end - leg.start), "orig_bytes": sent, "resp_bytes": received, "conn_state": "SF",
            "local_orig": zeek.local(leg.source[0]), "local_resp": zeek.local(leg.destination[0]), "missed_bytes": 0,
            "history": "ShADadFf", "orig_pkts": out[1], "orig_ip_bytes": out[0], "resp_pkts": back[1],
            "resp_ip_bytes": back[0],
        })  # fmt: skip

    def straight_out(self, t: int, source: tuple[str, int], destination: tuple[str, int], *, sent: int, received: int,  # noqa: PLR0913 - the parts of a connection
                     lasting_ms: int, policy: int, app: str = "failed", exchange: Exchange | None = None) -> int:  # fmt: skip
        """A connection from a client straight to the internet that the firewall let through; gives its end."""
        leg = self._leg(t, source[0], destination, source[1])
        end = t + lasting_ms * MILLI
        self._passed(leg, end, sent, received, policy, app=app)
        if exchange is not None:
            self._eve_http(leg, t + lasting_ms * MILLI // 2, exchange, destination, 1, "")
        return end

    def refused(self, t: int, source: tuple[str, int], destination: tuple[str, int], policy: int = 0) -> None:
        """A connection that the firewall denied; the IPS sees the first packets only."""
        self._session += 1
        number = destination[1]
        service = _SERVICES.get(number, f"tcp/{number}")
        session = fortigate.Session(t, 0, self._session, source, destination, service, policy)
        self._world.firewall.add(t, fortigate.denied(session))
        flow = suricata.Flow(
            self._day.ids.getrandbits(50), t, t + 9 * SECOND, source, destination, (156, 3), (0, 0)
        )
        self._world.files["eve"].add(t + 69 * SECOND, suricata.flow_line(flow, t + 69 * SECOND))

    def served(self, t: int, source: tuple[str, int], published: tuple[str, int], server: tuple[str, int], *, sent: int,  # noqa: PLR0913 - the parts of a connection
               received: int, lasting_ms: int, app: str) -> tuple[int, zeek.Connection]:  # fmt: skip
        """A connection from the internet to a published server; gives its end and its identity inside."""
        leg = self._leg(t, source[0], published, source[1])
        end = t + lasting_ms * MILLI
        nat = ("dnat", server[0], server[1])
        self._passed(
            leg, end, sent, received, POLICY_PUBLISHED, app=app, at_servers=True, nat=nat, inbound=True
        )
        return end, zeek.Connection(t, leg.uid, source, server)

    def knocked(self, t: int, source: tuple[str, int], destination: tuple[str, int]) -> None:
        """Somebody on the internet tried a port that is not published; the firewall denied it at its outside."""
        self._session += 1
        session = fortigate.Session(
            t, 0, self._session, source, destination, f"tcp/{destination[1]}", 0, inbound=True
        )
        self._world.firewall.add(t, fortigate.denied(session))

    def filtered(self, t: int, client: Client, host: str, path: str, category: tuple[int, str]) -> None:
        """The firewall's web filter answered the proxy with a block page."""
        start = t + self._resolve_for_proxy(t, client, host)
        leg = self._leg(start, _PROXY, (self.address_of(host), 80))
        session = fortigate.Session(
            start, 1, leg.session, leg.source, leg.destination, "HTTP", POLICY_SERVERS, (512, 4)
        )
        self._world.firewall.add(start, fortigate.web_blocked(session, host, path, category))
        self._passed(leg, start + SECOND, 430, 5_100, POLICY_SERVERS, app="http", at_servers=True)
        request = squid.ProxyRequest(
            start + 60 * MILLI, 60, client.address(t), self._user(client), "GET", f"http://{host}{path}", 403, 5_410,
            "TCP_MISS", leg.destination[0], "text/html", "-", CHROME,
        )  # fmt: skip
        self._proxy_line(client, request)

    def by_address_inside(self, t: int, client: Client, url: str, exchange: Exchange) -> None:
        """A request to a machine of the company's own that a client sent to the proxy all the same."""
        request = squid.ProxyRequest(
            t + 25 * MILLI, 25, client.address(t), self._user(client), exchange.method, url, exchange.status,
            exchange.received + _HEADERS_IN, "TCP_MISS", url.split("/")[2].split(":")[0], exchange.content_type,
            exchange.referer or "-", exchange.agent or "-",
        )  # fmt: skip
        self._proxy_line(client, request)

    def server_out(self, t: int, source: str, destination: tuple[str, int], *, sent: int, received: int, lasting_ms: int,  # noqa: PLR0913 - the parts of a connection
                   app: str) -> tuple[int, zeek.Connection]:  # fmt: skip
        """A connection from a server of the company to the internet, not through the proxy."""
        leg = self._leg(t, source, destination)
        end = t + lasting_ms * MILLI
        self._passed(leg, end, sent, received, POLICY_SERVERS, app=app, at_servers=True)
        return end, self._connection(leg)
