"""The world of the day: the company, its log files and the products that write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.demo import zeek
from noroshi.demo.company import SERVERS, Client, Company, found
from noroshi.demo.day import Day
from noroshi.demo.infrastructure import DhcpServer, NameServer
from noroshi.demo.logs import LogFile, RotatedLog
from noroshi.demo.postfix import Postfix
from noroshi.demo.times import MINUTE, SECOND, at
from noroshi.demo.windows import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

_FILES: Final = {
    "clients": "windows/nxlog-clients.json",
    "hq": "windows/winlogbeat-hq.ndjson",
    "branch": "windows/winlogbeat-branch.ndjson",
    "dc": "windows/nxlog-dc01.json",
    "squid": "proxy/proxy01-access.log",
    "squid2": "proxy/proxy02-access.log",
    "eve": "ips/eve.json",
    "waf": "waf/modsec_audit.json",
    "mail": "mail/mail.log",
    "bind": "dns/queries.log",
    "dhcp": "dhcp/dhcpd.log",
}
FORTIGATE: Final = "firewall/fortigate.log"
ROTATED_AT: Final = at("12:00")


class World:
    """All that actors act upon.

    Args:
        folder: Where the logs go; made if absent.
        seed: Same seed, same day.
        scale: Size; 1.0 is 64 clients, below that they do less, above there are more of them.
    """

    def __init__(self, folder: Path, seed: int, scale: float) -> None:
        self.day = Day(seed)
        self.company: Company = found(scale)
        self.busyness = min(1.0, scale)
        self.folder = folder
        self.files = {name: LogFile(folder / path) for name, path in _FILES.items()}
        for path in zeek.FIELDS:
            target = folder / f"zeek/{path}.log"
            self.files[f"zeek-{path}"] = LogFile(target, header=zeek.header(path), footer=zeek.footer())
        self.firewall = RotatedLog(folder / FORTIGATE, ROTATED_AT)
        self.names = NameServer(self.day, self.files["bind"])
        self.dhcp = DhcpServer(self.files["dhcp"])
        self.postfix = Postfix(self.day, self.files["mail"])
        self._machines: dict[str, Machine] = {}
        self.dc = Machine(self.day, "DC01", "nxlog", self.files["dc"])
        self._machines["DC01"] = self.dc

    def rng(self, name: str) -> Random:
        """A source of chance for one actor."""
        return self.day.rng(name)

    def machine(self, host: str) -> Machine:
        """A Windows machine by short name."""
        if host not in self._machines:
            self._machines[host] = self._made(host)
        return self._machines[host]

    def _made(self, host: str) -> Machine:
        if host in SERVERS:
            return Machine(self.day, host, "winlogbeat", self.files["hq"])
        client = self.company[host]
        if client.agent == "nxlog":
            return Machine(self.day, host, "nxlog", self.files["clients"])
        if not client.branch:
            return Machine(self.day, host, "winlogbeat", self.files["hq"])
        # The branch's line is thin: each machine is late by minutes of its own, so the file is unsorted.
        lag = self.rng(f"lag:{host}").randrange(1, 20) * MINUTE + SECOND
        return Machine(self.day, host, "winlogbeat", self.files["branch"], lag)

    def address(self, host: str, t: int) -> str:
        """The address of a server or client at an instant."""
        if host in SERVERS:
            return SERVERS[host]
        return self.company[host].address(t)

    def zeek(self, path: str, written_at: int, values: dict[str, object]) -> None:
        """Write a row of a Zeek log."""
        self.files[f"zeek-{path}"].add(written_at, zeek.row(path, values))

    def all_files(self) -> Iterator[LogFile]:
        """Every log file, for the run to write and close."""
        yield from self.files.values()
        yield self.firewall.older
        yield self.firewall.live

    def clients(self) -> list[Client]:
        """All clients in order."""
        return list(self.company.clients.values())
