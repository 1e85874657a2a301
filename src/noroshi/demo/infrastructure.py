"""BIND's query log of NS01 and ISC dhcpd's lines of DHCP01.

Sources: BIND 9.11 ``category queries`` with ``print-category`` and ``print-severity``; ISC DHCP 4.4 in
syslog.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.demo.times import MILLI, SECOND, bind, syslog

if TYPE_CHECKING:
    from noroshi.demo.company import Client
    from noroshi.demo.day import Day
    from noroshi.demo.logs import LogFile

_NS01 = "10.20.0.53"


class NameServer:
    """NS01: every query that reached it."""

    def __init__(self, day: Day, log: LogFile) -> None:
        self._day = day
        self._log = log

    def query(self, t: int, client: tuple[str, int], name: str, kind: str = "A") -> None:
        """A client asked for a name."""
        tag = f"0x7f{self._day.ids.getrandbits(24):06x}e0{self._day.ids.getrandbits(8):02x}"
        self._log.add(
            t,
            f"{bind(t)} queries: info: client @{tag} {client[0]}#{client[1]} ({name}): "
            f"query: {name} IN {kind} +E(0)K ({_NS01})",
        )


class DhcpServer:
    """DHCP01: leases given, renewed and released."""

    def __init__(self, log: LogFile) -> None:
        self._log = log

    def _write(self, t: int, text: str) -> None:
        self._log.add(t, f"{syslog(t)} dhcp01 dhcpd[812]: {text}")

    def _via(self, address: str) -> str:
        return address.rsplit(".", 1)[0].replace("10.20.5", "10.20.4") + ".1"

    def give(self, t: int, client: Client, address: str) -> None:
        """The four steps of a new lease."""
        via, who = self._via(address), f"{client.mac} ({client.host})"
        self._write(t, f"DHCPDISCOVER from {client.mac} via {via}")
        self._write(t + SECOND, f"DHCPOFFER on {address} to {who} via {via}")
        self._write(t + SECOND + 40 * MILLI, f"DHCPREQUEST for {address} (10.20.0.67) from {who} via {via}")
        self._write(t + SECOND + 41 * MILLI, f"DHCPACK on {address} to {who} via {via}")

    def renew(self, t: int, client: Client, address: str) -> None:
        """A renewal, asked for directly."""
        who = f"{client.mac} ({client.host})"
        self._write(t, f"DHCPREQUEST for {address} from {who} via eth0")
        self._write(t + MILLI, f"DHCPACK on {address} to {who} via eth0")

    def release(self, t: int, client: Client, address: str) -> None:
        """The client gives its address back."""
        self._write(t, f"DHCPRELEASE of {address} from {client.mac} ({client.host}) via eth0 (found)")
