"""One fact, many logs: what a connection leaves in proxy, firewall, IPS, Zeek and DNS, consistently.

Where things are: the IPS listens on the inside of FW01 and sees all traffic to the internet before address
translation (the proxy's address for proxied traffic). Zeek listens at the server segment: PROXY01, MX01, NS01
and NEWS01, but not clients that go straight out. The proxy resolves names for its clients. The branch has its
own line, of which only PROXY02's log is collected.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from noroshi.demo import fortigate, squid, suricata, zeek
from noroshi.demo.company import AD_DNS, MAIL_DOMAIN, SERVERS
from noroshi.demo.names import CHROME, HTTP_SITES, HTTPS_SITES, PARTNERS
from noroshi.demo.sensors import Sensors, connection
from noroshi.demo.times import MILLI, SECOND
from noroshi.demo.traffic import HEADERS_IN, HEADERS_OUT, Exchange, Leg, Load, Passage, Request

if TYPE_CHECKING:
    from noroshi.demo.company import Client
    from noroshi.demo.traffic import Certificate, End
    from noroshi.demo.world import World

_PROXY: Final = SERVERS["PROXY01"]
_NAMESERVER: Final = SERVERS["NS01"]
_UPSTREAM: Final = "203.0.113.53"
_TTL: Final = 300 * SECOND
_FIXED: Final = {f"{host}.{domain}": address for domain, host, address in PARTNERS}
POLICY_SERVERS: Final = 10
POLICY_OLD_SUPPLIER: Final = 12
POLICY_SUBMISSION: Final = 14
POLICY_BLOCK_SMTP: Final = 20
POLICY_PUBLISHED: Final = 30


def site_address(name: str) -> str:
    """The address of an ordinary site: from the documentation ranges, always the same for a name."""
    if name in _FIXED:
        return _FIXED[name]
    known = (*HTTPS_SITES, *HTTP_SITES)
    if name in known:
        return f"198.51.100.{130 + known.index(name)}"
    return f"192.0.2.{100 + hashlib.sha256(name.encode()).digest()[0] % 100}"


def _is_address(host: str) -> bool:
    return host.replace(".", "").isdigit()


def _internal(name: str) -> str | None:
    """The address of one of the company's own names."""
    host = name.split(".", 1)[0].upper().replace("WPAD", "PROXY01")
    return SERVERS.get(host) if name.endswith((f".{AD_DNS}", f".{MAIL_DOMAIN}")) else None


class Network:
    """The company's network."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._day = world.day
        self._sensors = Sensors(world)
        self._resolved: dict[tuple[str, str], int] = {}
        self._session = 401_000
        self._ports: dict[str, int] = {}
        self._addresses: dict[str, str] = {}

    def place(self, name: str, address: str) -> None:
        """Give a site a fixed address."""
        self._addresses[name] = address

    def address_of(self, host: str) -> str:
        """A site's address; an address stands for itself."""
        return host if _is_address(host) else self._addresses.get(host) or site_address(host)

    def _port(self, address: str) -> int:
        port = self._ports.get(address, 32_768 + sum(address.encode()) * 7 % 20_000)
        port += 1 + self._day.ids.randrange(3)
        self._ports[address] = port if port < 60_900 else 32_768
        return port

    def _number(self) -> int:
        """The firewall's next session id."""
        self._session += self._day.ids.randrange(1, 5)
        return self._session

    def _leg(self, start: int, source: End, destination: End) -> Leg:
        uid = "C" + self._day.base62(17)
        return Leg(start, source, destination, self._day.ids.getrandbits(50), uid, self._number())

    # -- names ---------------------------------------------------------------------------------------------

    def resolve(self, t: int, client: str, name: str) -> int:
        """A client of NS01 asks for a name unless it remembers; gives the delay in microseconds."""
        if _is_address(name) or self._resolved.get((client, name), 0) > t:
            return 0
        self._resolved[client, name] = t + _TTL
        own, rng = _internal(name), self._day.ids
        source, rtt = (client, rng.randrange(49_152, 65_000)), rng.randrange(400, 26_000)
        address = own or self.address_of(name)
        self._world.names.query(t, source, name)
        self._zeek_dns(t, source, (name, address), rtt)
        if not own and self._resolved.get((_UPSTREAM, name), 0) <= t:
            self._resolved[_UPSTREAM, name] = t + _TTL
            self._ask_upstream(t + 200, name, address)
        return rtt + 400

    def _zeek_dns(self, t: int, source: End, answer: tuple[str, str], rtt: int) -> None:
        asked = zeek.Connection(t, "C" + self._day.base62(17), source, (_NAMESERVER, 53))
        row = {
            **asked.head(t),
            "proto": "udp",
            "trans_id": self._day.ids.randrange(65_536),
            "rtt": zeek.interval(rtt),
            "query": answer[0],
            "qclass": 1,
            "qclass_name": "C_INTERNET",
            "qtype": 1,
            "qtype_name": "A",
            "rcode": 0,
            "rcode_name": "NOERROR",
            "AA": False,
            "TC": False,
            "RD": True,
            "RA": True,
            "Z": 0,
            "answers": [answer[1]],
            "TTLs": ["300.000000"],
            "rejected": False,
        }
        self._world.zeek("dns", t + 5 * SECOND, row)

    def _ask_upstream(self, t: int, name: str, address: str) -> None:
        rng = self._day.ids
        source, number = (_NAMESERVER, rng.randrange(20_000, 60_000)), rng.randrange(65_536)
        ends = (source, (_UPSTREAM, 53), (70, 1), (90, 1))
        flow = suricata.Flow(rng.getrandbits(50), t, t, *ends, app="dns", proto="UDP")
        answered = t + 9 * MILLI
        self._world.files["eve"].add(t, suricata.dns_line(t, flow, (number, name), None))
        self._world.files["eve"].add(answered, suricata.dns_line(answered, flow, (number, name), address))

    # -- the proxy -----------------------------------------------------------------------------------------

    def _proxy_line(self, client: Client, request: squid.ProxyRequest) -> None:
        if client.branch:
            self._world.files["squid2"].add(request.ended, squid.native(request))
        else:
            self._world.files["squid"].add(request.ended, squid.combined(request))

    def _user(self, client: Client) -> str:
        return client.person.user if client.branch else "-"

    def _resolve_for_proxy(self, t: int, client: Client, host: str) -> int:
        return 0 if client.branch else self.resolve(t, _PROXY, host)

    def denied_by_proxy(
        self, t: int, client: Client, method: str, url: str, headers: tuple[str, str] = ("-", "-")
    ) -> None:
        """The proxy refused a request itself; nothing left the company. Headers: Referer and User-Agent."""
        request = squid.ProxyRequest(
            t + 2 * MILLI, 1, client.address(t), self._user(client), method, url, 403, 3_952, "TCP_DENIED",
            "-", "text/html", *headers,
        )  # fmt: skip
        self._proxy_line(client, request)

    def tunnel(  # noqa: PLR0913 - what a tunnel shows
        self,
        t: int,
        client: Client,
        host: str,
        load: Load,
        agent: str = "-",
        *,
        certificate: Certificate | None = None,
    ) -> int:
        """``CONNECT host:443``: an encrypted tunnel of which only name and amounts are seen; gives its end.

        Args:
            t: When the client asked.
            client: Who.
            host: Name of the server.
            load: Payload inside the tunnel, handshake included.
            agent: User-Agent of the ``CONNECT`` request.
            certificate: Of a server that is asked for by its address.
        """
        start = t + self._resolve_for_proxy(t, client, host) + 2 * MILLI
        end, server = start + load.lasting_ms * MILLI, self.address_of(host)
        request = squid.ProxyRequest(
            end, load.lasting_ms + 2, client.address(t), self._user(client), "CONNECT", f"{host}:443", 200,
            load.received + 39, "TCP_TUNNEL", server, "-", "-", agent,
        )  # fmt: skip
        self._proxy_line(client, request)
        if not client.branch:
            leg = self._leg(start, (_PROXY, self._port(_PROXY)), (server, 443))
            passage = Passage(leg, load, POLICY_SERVERS, "tls", at_servers=True)
            self._sensors.passed(passage)
            self._sensors.handshake(passage, host, certificate)
        return end

    def pages(self, t: int, client: Client, host: str, exchanges: list[Exchange], port: int = 80) -> int:
        """Plain HTTP through the proxy over one connection to the server; gives its end."""
        start = t + self._resolve_for_proxy(t, client, host) + 2 * MILLI
        leg = self._leg(start, (_PROXY, self._port(_PROXY)), (self.address_of(host), port))
        moment, address = start + 10 * MILLI, client.address(t)
        for depth, exchange in enumerate(exchanges, 1):
            moment += exchange.after_ms * MILLI
            asked, moment = moment, moment + exchange.took_ms * MILLI
            authority = host if port == 80 else f"{host}:{port}"
            self._relayed(moment, client, f"http://{authority}{exchange.path}", exchange)
            if not client.branch:
                request = Request(exchange, host, port, depth, address)
                self._sensors.http(leg, asked, request, at_servers=True)
        end = moment + 120 * MILLI
        if not client.branch:
            sent = sum(exchange.sent + HEADERS_OUT for exchange in exchanges)
            received = sum(exchange.received + HEADERS_IN for exchange in exchanges)
            load = Load(sent, received, (end - start) // MILLI)
            self._sensors.passed(Passage(leg, load, POLICY_SERVERS, "http", at_servers=True))
        return end

    def _relayed(self, ended: int, client: Client, url: str, exchange: Exchange) -> None:
        """The proxy's line about a request in clear."""
        host = url.split("/", 3)[2].split(":", 1)[0]
        request = squid.ProxyRequest(
            ended, exchange.took_ms, client.address(ended), self._user(client), exchange.method, url,
            exchange.status, exchange.received + HEADERS_IN, "TCP_MISS", self.address_of(host),
            exchange.content_type, exchange.referer or "-", exchange.agent or "-",
        )  # fmt: skip
        self._proxy_line(client, request)

    def filtered(self, t: int, client: Client, host: str, path: str) -> None:
        """The firewall's web filter (category gambling) answered the proxy with a block page."""
        start = t + self._resolve_for_proxy(t, client, host)
        leg = self._leg(start, (_PROXY, self._port(_PROXY)), (self.address_of(host), 80))
        session = fortigate.Session(
            start, 1, leg.session, leg.source, leg.destination, "HTTP", POLICY_SERVERS, (512, 4)
        )
        self._world.firewall.add(start, fortigate.web_blocked(session, host, path, (11, "Gambling")))
        self._sensors.passed(Passage(leg, Load(430, 5_100, 1_000), POLICY_SERVERS, "http", at_servers=True))
        page = Exchange("GET", path, 403, 0, 5_100, "text/html", "", CHROME)
        self._relayed(start + 60 * MILLI, client, f"http://{host}{path}", page)

    def by_address_inside(self, t: int, client: Client, url: str, exchange: Exchange) -> None:
        """A request to a machine of the company's own that a client sent to the proxy all the same."""
        self._relayed(t + exchange.took_ms * MILLI, client, url, exchange)

    # -- the firewall --------------------------------------------------------------------------------------

    def straight_out(
        self,
        t: int,
        ends: tuple[End, End],
        load: Load,
        route: tuple[int, str],
        exchange: Exchange | None = None,
    ) -> None:
        """A connection from a client straight to the internet that the firewall let through.

        Args:
            t: First packet.
            ends: Client and server.
            load: What it carries.
            route: The policy that lets it through, and Suricata's name of the protocol.
            exchange: The HTTP exchange in it, if it is one in clear.
        """
        leg = self._leg(t, *ends)
        self._sensors.passed(Passage(leg, load, *route))
        if exchange is not None:
            request = Request(exchange, ends[1][0], ends[1][1])
            self._sensors.http(leg, t + 80 * MILLI, request, at_servers=False)

    def refused(self, t: int, ends: tuple[End, End], policy: int = 0) -> None:
        """A connection of a client to the internet that the firewall denied."""
        self._sensors.refused(t, self._number(), ends, policy)

    def served(self, t: int, source: End, server: tuple[End, End], load: Load, app: str) -> zeek.Connection:
        """A connection from the internet to a server (outer and inner end); gives its inner identity."""
        leg = self._leg(t, source, server[0])
        passage = Passage(leg, load, POLICY_PUBLISHED, app, at_servers=True, inside=server[1])
        return connection(self._sensors.passed(passage))

    def server_out(self, t: int, source: str, destination: End, load: Load, app: str) -> zeek.Connection:
        """A connection from a server of the company to the internet, not through the proxy."""
        leg = self._leg(t, (source, self._port(source)), destination)
        self._sensors.passed(Passage(leg, load, POLICY_SERVERS, app, at_servers=True))
        return connection(leg)

    def knocked(self, t: int, source: End, destination: End) -> None:
        """Somebody on the internet tried a port that is not published; the firewall denied it."""
        name = f"tcp/{destination[1]}"
        session = fortigate.Session(t, 0, self._number(), source, destination, name, 0, inbound=True)
        self._world.firewall.add(t, fortigate.denied(session))
