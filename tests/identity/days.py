"""Events as the formats give them, made of few fields."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from noroshi.events.model import Event, Kind, LogSource, Source
from noroshi.events.traits import Table, TableTraits

JST = timezone(timedelta(hours=9), "JST")
TRAITS = TableTraits(Table(time=("time",)))
KINDS = {
    event_id: Kind("windows-json", LogSource("windows", service), {"EventID": event_id}, TRAITS)
    for service, event_id in (
        ("security", 4624),
        ("security", 4647),
        ("security", 4768),
        ("security", 4688),
        ("sysmon", 3),
    )
}
SYSTEM_3 = Kind("windows-json", LogSource("windows", "system"), {"EventID": 3}, TRAITS)
PROXY = Kind("squid", LogSource("squid", "access", frozenset({"proxy"})), {"cs-method": "GET"}, TRAITS)
DHCP = Kind("isc-dhcp", LogSource("isc_dhcp", "dhcp", frozenset({"dhcp"})), {}, TRAITS)
FIREWALL = Kind("fortigate", LogSource("fortigate", "traffic", frozenset({"firewall"})), {}, TRAITS)


def at(clock: str, day: int = 22) -> datetime:
    """A time of July 2020 in Japan."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2020, 7, day, hour, minute, tzinfo=JST)


class Day:
    """Events of one day, each with its number in its log."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._sources: dict[str, Source] = {}

    def add(self, kind: Kind, path: str, clock: str, /, **fields: Any) -> Event:
        """One event of this kind."""
        source = self._sources.setdefault(path, Source(path, path))
        moment = at(clock).astimezone(UTC)
        fields["time"] = moment.isoformat().replace("+00:00", "Z")
        event = Event(kind, fields, source, len(self.events) + 1)
        self.events.append(event)
        return event

    def lease(self, clock: str, action: str, ip: str, host: str, hours: int | None = None) -> Event:
        """A DHCP record; the hardware address follows from the host's name."""
        seconds = {"lease_seconds": hours * 3600} if hours else {}
        mac = f"02:00:00:00:00:{sum(host.encode()) % 256:02x}"
        fields = {"dhcp_action": action, "ip": ip, "mac": mac, "hostname": host, **seconds}
        return self.add(DHCP, "dhcpd.log", clock, **fields)

    def logon(self, clock: str, host: str, user: str, logon_type: int = 2, **fields: Any) -> Event:
        """A 4624."""
        named = {"Computer": f"{host}.minato-works.example", "TargetUserName": user, "LogonType": logon_type}
        return self.add(KINDS[4624], "security.json", clock, **named, **fields)

    def connection(self, clock: str, host: str, ip: str, user: str = "NT AUTHORITY\\SYSTEM") -> Event:
        """A Sysmon 3."""
        fields = {"Computer": host, "SourceIp": ip, "User": user, "Initiated": "true"}
        return self.add(KINDS[3], "sysmon.json", clock, **fields)

    def proxy(self, clock: str, ip: str, user: str | None = None, **fields: Any) -> Event:
        """A proxy line."""
        named = {"c-ip": ip, **({"cs-username": user} if user else {}), **fields}
        return self.add(PROXY, "access.log", clock, **named)
