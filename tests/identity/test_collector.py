from __future__ import annotations

from noroshi.events.model import Entities
from noroshi.identity import LinkCollector
from tests.identity.days import DHCP, KINDS, PROXY, SYSTEM_3, Day, at


def test_kinds_are_wanted_by_log_source_and_event() -> None:
    """Sysmon 3 tells, System 3 and process creation do not."""
    collector = LinkCollector()
    wanted = [
        collector.wants(kind)
        for kind in (PROXY, DHCP, KINDS[4624], KINDS[4768], KINDS[3], SYSTEM_3, KINDS[4688])
    ]
    assert [True, True, True, True, True, False, False] == wanted


def test_repeated_records_take_one_place_an_hour() -> None:
    """A proxy writes thousands of lines for one user; the earliest of each hour is kept."""
    day = Day()
    for minute in range(120):
        day.proxy(f"{10 + minute // 60}:{minute % 60:02d}", "10.20.4.114", "t.suzuki")
    collector = LinkCollector()
    for event in reversed(day.events):
        collector.observe(event)
    assert 2 == len(collector)
    (link,) = collector.directory().links
    assert ("1", "61") == (link.evidence.position, link.last and link.last.position)


def test_memory_is_bounded_and_the_loss_is_counted() -> None:
    """The eleventh fact finds no room, also when workers are merged."""
    day = Day()
    for number in range(12):
        day.proxy("10:00", f"10.20.4.{number + 1}", "t.suzuki")
    collector = LinkCollector(max_points=10)
    for event in day.events:
        collector.observe(event)
    assert (10, 2) == (len(collector), collector.lost)
    small = LinkCollector(max_points=4)
    small.merge(collector.export())
    assert (4, 8) == (len(small), small.lost)


def test_hostile_values_tell_nothing_and_break_nothing() -> None:
    """Lists, objects, huge numbers and texts, lone surrogates, missing times."""
    day = Day()
    for value in ([1], {"a": 1}, 1 << 80, "x" * 5000, "\ud800", None, 1.5, True, ""):
        day.proxy("10:00", "10.20.4.1", value)  # type: ignore[arg-type]
        day.logon("10:00", "PC-001", value, value, IpAddress=value)  # type: ignore[arg-type]
        day.add(
            DHCP,
            "dhcpd.log",
            "10:00",
            dhcp_action="assign",
            ip=value,
            mac=value,
            hostname=value,
            lease_seconds=value,
        )
        day.add(
            DHCP,
            "dhcpd.log",
            "10:00",
            dhcp_action="assign",
            ip="10.20.4.2",
            mac="m",
            hostname="h",
            lease_end=value,
        )
        day.proxy("10:00", "10.20.4.1", "u").fields["time"] = value
    day.proxy("10:00", "10.20.4.1", "u").fields.pop("time")
    collector = LinkCollector()
    for event in day.events:
        collector.observe(event)
    merged = LinkCollector()
    merged.merge(collector.export())
    assert merged.directory().links == collector.directory().links


def test_epoch_times_are_kept_once_in_a_thousand_seconds() -> None:
    """As text (Squid) and as numbers (Zeek)."""
    day = Day()
    for seconds in range(0, 3000, 100):
        day.proxy("10:00", "10.20.4.1", "u1").fields["time"] = f"{1_595_390_000 + seconds}.250"
        day.proxy("10:00", "10.20.4.2", "u2").fields["time"] = 1_595_390_000.25 + seconds
    collector = LinkCollector()
    for event in day.events:
        collector.observe(event)
    assert 6 == len(collector)


def test_nobody_in_particular_is_never_joined() -> None:
    """Administrator, guest, machine and service accounts; loopback and link-local addresses."""
    day = Day()
    for user in ("Administrator", "guest", "PC-014$", "NT AUTHORITY\\SYSTEM", "DWM-3", "-"):
        day.logon("10:00", "PC-014", user, 2)
        day.proxy("10:00", "10.20.4.1", user)
    day.lease("09:00", "assign", "10.20.4.9", "iPhone", hours=8)
    for ip in ("127.0.0.1", "::1", "169.254.3.4", "fe80::1", "198.51.100.1", "0.0.0.0", "-"):
        day.connection("10:00", "PC-014", ip)
    collector = LinkCollector()
    for event in day.events:
        collector.observe(event)
    assert () == collector.directory().links
    assert (
        Entities(user="system")
        == collector.directory().resolve(Entities(user="system"), at("10:00")).entities
    )
