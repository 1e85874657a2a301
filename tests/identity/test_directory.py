from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from noroshi.events.model import Entities
from noroshi.identity import Declared, Joined, LinkCollector, load_identities
from tests.identity.days import FIREWALL, JST, KINDS, Day, at

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.identity import Directory


def directory(day: Day, declared: Declared | None = None) -> Directory:
    """What the day's events tell."""
    collector = LinkCollector()
    for event in day.events:
        collector.observe(event)
    return collector.directory(declared)


def sentences(joined: Joined, lang: str = "en") -> list[str]:
    """The joins, as printed in Japan's time."""
    return [join.sentence(lang, JST) for join in joined.joins]


def changed_lease() -> Day:
    """10.20.4.114: PC-031 in the morning, PC-014 from 12:02 on for eight hours."""
    day = Day()
    day.lease("08:00", "assign", "10.20.4.114", "PC-031", hours=8)
    day.lease("12:02", "assign", "10.20.4.114", "PC-014", hours=8)
    return day


@pytest.mark.parametrize(
    ("clock", "host"),
    [
        ("07:59", None),
        ("08:00", "pc-031"),
        ("12:01", "pc-031"),
        ("12:02", "pc-014"),
        ("20:01", "pc-014"),
        ("20:02", None),
    ],
)
def test_a_changed_lease_ends_the_link_of_the_holder_before(clock: str, host: str | None) -> None:
    """The first lease would have run until 16:00, but the address went to PC-014 at 12:02."""
    known = directory(changed_lease())
    assert host == known.resolve(Entities(address="10.20.4.114"), at(clock)).entities.host


def test_a_join_prints_its_evidence_in_both_languages() -> None:
    """With the interval, the zone, and the record's place."""
    joined = directory(changed_lease()).resolve(Entities(address="10.20.4.114"), at("13:12"))
    assert [
        "10.20.4.114 was pc-014 from 2020-07-22 12:02 to 20:02 JST (DHCP lease, dhcpd.log, position 2)"
    ] == (sentences(joined))
    assert [
        "10.20.4.114 は 2020-07-22 12:02〜20:02(JST)の間 pc-014 が使用(DHCP リース、dhcpd.log の位置 2)"
    ] == sentences(joined, "ja")
    assert "host:pc-014" == joined.key


def test_an_end_that_no_record_shows_is_not_printed() -> None:
    """A dhcpd line has no duration: the lease is trusted for eight days, but nobody has seen its end."""
    day = Day()
    day.lease("12:02", "assign", "10.20.4.114", "PC-014")
    known = directory(day)
    joined = known.resolve(Entities(address="10.20.4.114"), at("13:12"))
    (sentence,) = sentences(joined)
    assert "10.20.4.114 was pc-014 from 2020-07-22 12:02 JST (DHCP lease, dhcpd.log, position 1)" == sentence
    assert [
        "10.20.4.114 は 2020-07-22 12:02(JST)以降 pc-014 が使用(DHCP リース、dhcpd.log の位置 1)"
    ] == sentences(joined, "ja")
    hosts = [
        known.resolve(Entities(address="10.20.4.114"), at("12:01", day)).entities.host for day in (30, 31)
    ]
    assert ["pc-014", None] == hosts


def test_nothing_seen_at_an_address_outlives_its_lease() -> None:
    """A ticket and a connection of the morning's holder say nothing once the address has gone to PC-014."""
    day = changed_lease()
    ticket = {"TargetUserName": "k.nakamura", "IpAddress": "10.20.4.114", "Status": "0x0"}
    day.add(KINDS[4768], "dc.json", "11:30", **ticket)
    day.connection("11:45", "PC-031", "10.20.4.114")
    known = directory(day)
    morning = known.resolve(Entities(address="10.20.4.114"), at("11:50")).entities
    assert ("pc-031", "k.nakamura") == (morning.host, morning.user)
    noon = known.resolve(Entities(address="10.20.4.114"), at("12:10")).entities
    assert ("pc-014", None) == (noon.host, noon.user)


def test_release_expiry_and_renewal_move_the_end() -> None:
    """Renewed at 12:00 until 20:00, released at 15:00; the next lease expires by itself."""
    day = Day()
    day.lease("08:00", "assign", "10.20.4.20", "PC-001", hours=8)
    day.lease("12:00", "renew", "10.20.4.20", "PC-001", hours=8)
    day.lease("15:00", "release", "10.20.4.20", "PC-001")
    day.lease("16:00", "assign", "10.20.4.20", "PC-002", hours=2)
    known = directory(day)
    hosts = [
        known.resolve(Entities(address="10.20.4.20"), at(clock)).entities.host
        for clock in ("13:00", "14:59", "15:00", "16:30", "18:00")
    ]
    assert ["pc-001", "pc-001", None, "pc-002", None] == hosts


def test_a_lease_without_a_name_takes_it_from_another_record_of_the_client() -> None:
    """Kea's log has the hardware address only."""
    day = Day()
    day.lease("08:00", "assign", "10.20.4.30", "PC-003", hours=1)
    day.lease("10:00", "assign", "10.20.4.31", "PC-003", hours=8).fields.pop("hostname")
    assert "pc-003" == directory(day).resolve(Entities(address="10.20.4.31"), at("11:00")).entities.host


def test_a_lease_outranks_a_connection_and_ends_with_the_lease() -> None:
    """A laptop that logs its address at home must not take the office's address of the same number."""
    day = changed_lease()
    day.connection("13:00", "PC-099", "10.20.4.114")
    known = directory(day)
    assert "pc-014" == known.resolve(Entities(address="10.20.4.114"), at("13:10")).entities.host


def test_connections_of_the_host_itself_join_its_address() -> None:
    """Without DHCP logs; two hosts that take turns within an hour are no join."""
    day = Day()
    day.connection("09:00", "PC-014", "10.20.4.114")
    day.connection("11:30", "PC-014", "10.20.4.114")
    day.connection("09:10", "PC-020", "10.20.4.50")
    day.connection("09:20", "PC-021", "10.20.4.50")
    day.connection("10:10", "PC-020", "10.20.4.50")
    day.connection("10:20", "PC-021", "10.20.4.50")
    known = directory(day)
    assert "pc-014" == known.resolve(Entities(address="10.20.4.114"), at("10:30")).entities.host
    joined = known.resolve(Entities(address="10.20.4.50"), at("10:15"))
    assert None is joined.entities.host
    assert ["10.20.4.50 fits 2 hosts at that time (pc-020, pc-021), so it is joined to none"] == [
        refusal.sentence() for refusal in joined.refusals
    ]


def test_an_address_that_moves_between_hosts_belongs_to_each_in_turn() -> None:
    """Without DHCP logs: PC-014 was last seen at 10:00, PC-020 first at 12:30."""
    day = Day()
    for clock, host in (("09:00", "PC-014"), ("10:00", "PC-014"), ("12:30", "PC-020"), ("13:30", "PC-020")):
        day.connection(clock, host, "10.20.4.60")
    known = directory(day)
    hosts = [
        known.resolve(Entities(address="10.20.4.60"), at(clock)).entities.host
        for clock in ("09:30", "11:30", "12:20", "12:45")
    ]
    assert ["pc-014", "pc-014", "pc-020", "pc-020"] == hosts


def nat() -> Day:
    """Three hosts behind the firewall's address within one hour."""
    day = Day()
    for minute, host in enumerate(("PC-001", "PC-002", "PC-003")):
        day.logon(f"09:1{minute}", "DC01", f"{host}$", 3, IpAddress="10.20.9.1")
    return day


def test_an_address_of_many_is_recognised_and_never_joined() -> None:
    """NAT: three machine accounts from one address within an hour; its alerts stay with the address."""
    joined = directory(nat()).resolve(Entities(address="10.20.9.1"), at("09:10"))
    assert Entities(address="10.20.9.1") == joined.entities
    assert "address:10.20.9.1" == joined.key
    (refusal,) = joined.refusals
    assert "10.20.9.1 is shared by many (3: pc-001, pc-002, pc-003), so it is not joined to a host" == (
        refusal.sentence()
    )
    assert (
        "10.20.9.1 は多数で共有されているため(3 件: pc-001, pc-002, pc-003)、端末には結び付けていない"
        == refusal.sentence("ja")
    )


def test_an_address_of_many_users_is_shared() -> None:
    """A proxy in a chain: five authenticated users within one hour."""
    day = Day()
    for number in range(5):
        day.proxy(f"09:0{number}", "10.20.0.8", f"user{number}")
    joined = directory(day).resolve(Entities(address="10.20.0.8"), at("09:03"))
    assert None is joined.entities.user
    assert "shared" == joined.refusals[0].reason


def test_the_forwarded_client_is_meant_not_the_relay() -> None:
    """X-Forwarded-For from an internal relay: the relay is shared, the client is joined.

    It has a lease like any client, but forwards for many.
    """
    day = changed_lease()
    day.lease("00:10", "assign", "10.20.0.9", "PROXY02", hours=24)
    for number in range(4):
        day.proxy("12:00", "10.20.0.9", None, **{"x-forwarded-for": f"10.20.4.{number}, 10.20.0.9"})
    line = day.proxy(
        "13:12", "10.20.0.9", "MINATO\\t.suzuki", **{"x-forwarded-for": "10.20.4.114, 10.20.0.9"}
    )
    known = directory(day)
    joined = known.resolve(Entities(address="10.20.0.9", user="t.suzuki"), at("13:12"), line.fields)
    assert Entities("pc-014", "t.suzuki", "10.20.4.114") == joined.entities
    assert [
        "10.20.0.9 forwarded for 10.20.4.114 (X-Forwarded-For of this record)",
        "10.20.4.114 was pc-014 from 2020-07-22 12:02 to 20:02 JST (DHCP lease, dhcpd.log, position 2)",
    ] == sentences(joined)
    assert None is known.resolve(Entities(address="10.20.0.9"), at("13:12")).entities.host


def test_an_administrator_on_many_hosts_joins_nothing() -> None:
    """Logged on at three hosts: an event of the account alone goes to none; their own events stay apart."""
    day = Day()
    for number in (1, 2, 3):
        day.logon(f"09:0{number}", f"PC-00{number}", "adm.sato", 2)
    known = directory(day)
    joined = known.resolve(Entities(user="adm.sato"), at("10:00"))
    assert "user:adm.sato" == joined.key
    assert "several" == joined.refusals[0].reason
    alone = known.resolve(Entities(host="pc-001"), at("10:00"))
    assert Entities(host="pc-001") == alone.entities


def test_a_terminal_server_joins_its_users_to_nothing() -> None:
    """Three people work on TS01: an event of the server has no user, each person's own desk stays theirs."""
    day = Day()
    for number in (1, 2, 3):
        day.logon(f"09:0{number}", f"PC-00{number}", f"user{number}", 2)
        day.logon(f"09:1{number}", "TS01", f"user{number}", 10, IpAddress=f"10.20.4.{number}")
    known = directory(day)
    assert Entities(host="ts01") == known.resolve(Entities(host="ts01"), at("10:00")).entities
    assert "host:pc-002" == known.resolve(Entities(user="user2"), at("10:00")).key
    assert "user:user2" == known.resolve(Entities(user="user2", address="10.20.4.9"), at("22:00")).key


def test_a_user_at_another_desk_is_not_the_user_of_a_host() -> None:
    """A program of user1 runs on FS01, where nobody sits; user1 sits at PC-001."""
    day = Day()
    day.logon("09:00", "PC-001", "user1", 2)
    day.connection("09:30", "FS01", "10.20.0.20", "MINATO\\user1")
    known = directory(day)
    assert Entities("fs01", None, "10.20.0.20") == known.resolve(Entities(host="fs01"), at("09:40")).entities
    assert Entities("pc-001", "user1") == known.resolve(Entities(host="pc-001"), at("09:40")).entities


def test_network_logons_say_nothing_about_where_the_user_sits() -> None:
    """Type 3 on a file server: the user is at the remote address; SYSTEM joins nothing."""
    day = Day()
    day.logon("09:00", "FS01", "t.suzuki", 3, IpAddress="::ffff:10.20.4.114")
    day.logon("09:00", "FS01", "SYSTEM", 2, TargetDomainName="NT AUTHORITY")
    day.logon("09:00", "FS01", "DWM-1", 2, TargetDomainName="Window Manager")
    day.logon("09:00", "FS01", "PC-014$", 3, IpAddress="10.20.4.114")
    known = directory(day)
    assert Entities(user="t.suzuki") == known.resolve(Entities(user="t.suzuki"), at("09:30")).entities
    assert Entities("pc-014", "t.suzuki", "10.20.4.114") == (
        known.resolve(Entities(address="10.20.4.114"), at("09:30")).entities
    )
    assert Entities(host="fs01") == known.resolve(Entities(host="fs01"), at("09:30")).entities


def test_a_mailbox_joins_over_its_user_to_the_host() -> None:
    """The domain of the mailbox is the directory's own, so the account of that name is its user."""
    day = Day()
    day.logon("08:55", "PC-014", "t.suzuki", 2, TargetDomainName="MINATO")
    known = directory(day)
    joined = known.resolve(Entities(mailbox="t.suzuki@minato-works.example"), at("13:05"))
    assert Entities("pc-014", "t.suzuki", None, "t.suzuki@minato-works.example") == joined.entities
    mailbox, presence = sentences(joined)
    assert (
        "mailbox t.suzuki@minato-works.example belongs to t.suzuki "
        "(mailbox named like the account of its domain, security.json, position 1)"
    ) == mailbox
    assert (
        "t.suzuki was logged on to pc-014 from 2020-07-22 08:55 to 20:55 JST "
        "(interactive logon, 4624, security.json, position 1)"
    ) == presence
    outside = known.resolve(Entities(mailbox="t.suzuki@shop.example"), at("13:05"))
    assert "mailbox:t.suzuki@shop.example" == outside.key


def test_a_logoff_ends_the_presence() -> None:
    """4647 at noon; the next logon begins anew."""
    day = Day()
    day.logon("08:55", "PC-014", "t.suzuki", 2)
    left = {"Computer": "PC-014", "TargetUserName": "t.suzuki"}
    day.add(KINDS[4647], "security.json", "12:00", **left)
    day.logon("14:00", "PC-020", "t.suzuki", 11)
    known = directory(day)
    hosts = [
        known.resolve(Entities(user="t.suzuki"), at(clock)).entities.host
        for clock in ("11:59", "12:30", "14:30")
    ]
    assert ["pc-014", None, "pc-020"] == hosts


def test_a_user_at_an_own_address_is_not_joined_to_the_desk() -> None:
    """The proxy saw t.suzuki at the address of no known host, while the desk has another one."""
    day = changed_lease()
    day.logon("08:55", "PC-014", "t.suzuki", 2)
    known = directory(day)
    tablet = known.resolve(Entities(user="t.suzuki", address="10.20.5.77"), at("13:00"))
    assert "user:t.suzuki" == tablet.key
    desk = known.resolve(Entities(user="t.suzuki"), at("13:00"))
    assert Entities("pc-014", "t.suzuki", "10.20.4.114") == desk.entities


def test_kerberos_and_firewall_name_the_user_of_an_address() -> None:
    """Granted tickets count, refused ones do not."""
    day = Day()
    ticket = {"TargetUserName": "h.ito", "TargetDomainName": "MINATO", "IpAddress": "::ffff:10.20.4.40"}
    day.add(KINDS[4768], "dc.json", "09:00", Status="0x0", **ticket)
    day.add(KINDS[4768], "dc.json", "09:00", Status="0x6", **ticket | {"IpAddress": "::ffff:10.20.4.41"})
    day.add(FIREWALL, "fw.log", "09:00", srcip="10.20.4.42", user="K.MORI")
    known = directory(day)
    users = [
        known.resolve(Entities(address=f"10.20.4.{last}"), at("09:30")).entities.user for last in (40, 41, 42)
    ]
    assert ["h.ito", None, "k.mori"] == users


def test_an_identity_list_decides_among_several(tmp_path: Path) -> None:
    """An administrator at many hosts has a desk of their own."""
    listed = tmp_path / "people.csv"
    listed.write_text("host,user,mailbox\nPC-002,adm.sato,sato@minato-works.example\n")
    declared, errors = load_identities([listed])
    day = Day()
    for number in (1, 2, 3):
        day.logon(f"09:0{number}", f"PC-00{number}", "adm.sato", 2)
    joined = directory(day, declared).resolve(Entities(mailbox="sato@minato-works.example"), at("10:00"))
    assert ((), "host:pc-002") == (errors, joined.key)


def busy_day() -> Day:
    """Everything at once, with repeated records and equal times."""
    day = changed_lease()
    dice = random.Random(3)  # noqa: S311 - sample events
    for _ in range(150):
        clock = f"{dice.randrange(8, 20):02d}:{dice.randrange(60):02d}"
        number = dice.randrange(1, 6)
        day.proxy(clock, f"10.20.4.{number}", f"user{dice.choice((number, number, 9))}")
        day.connection(clock, f"PC-{number:03d}", f"10.20.4.{dice.choice((number, number, 7))}", "MINATO\\u")
        day.logon(clock, f"PC-{number:03d}", f"user{number}", dice.choice((2, 3, 10)), IpAddress="10.20.4.9")
        day.lease(clock, dice.choice(("assign", "renew", "release")), "10.20.4.200", f"PC-{number:03d}", 2)
    return day


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_observation_does_not_matter(seed: int) -> None:
    """Shuffled, or spread over workers that are merged in any order: the same directory."""
    day = busy_day()
    expected = directory(day)
    dice = random.Random(seed)  # noqa: S311 - shuffling
    dice.shuffle(day.events)
    whole = LinkCollector()
    for begin in range(4):
        worker = LinkCollector()
        for event in day.events[begin::4]:
            worker.observe(event)
        whole.merge(worker.export())
    actual = whole.directory()
    assert expected.links == actual.links == directory(day).links
    assert (expected.shared, expected.domains) == (actual.shared, actual.domains)
    assert len(expected.links) > 50


def test_unsorted_input_resolves_like_sorted_input() -> None:
    """The lease of the afternoon is read before that of the morning."""
    day = changed_lease()
    day.events.reverse()
    known = directory(day)
    assert "pc-031" == known.resolve(Entities(address="10.20.4.114"), at("09:00")).entities.host
    assert "pc-014" == known.resolve(Entities(address="10.20.4.114"), at("13:00")).entities.host


def test_a_session_of_logons_stays_one_link() -> None:
    """Unlocking every hour extends the presence by twelve hours from the last."""
    day = Day()
    for hour in range(8, 18):
        day.logon(f"{hour:02d}:05", "PC-014", "t.suzuki", 7)
    (link,) = [link for link in directory(day).links if link.right.name == "pc-014"]
    assert (at("08:05"), at("17:05") + timedelta(hours=12)) == (link.start, link.end)
    assert ("1", "10") == (link.evidence.position, link.last and link.last.position)
