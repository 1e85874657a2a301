# ruff: noqa: E501 - log lines are as long as the products write them
"""Who is who, through the commands: joins of `noroshi scan`, and `noroshi events who` over the same logs.

All logs are as the products write them. Everything is asked of proxy lines that name an address only.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

RULE = """\
title: Fetched
logsource: {category: proxy}
detection: {s: {c-uri|contains: /dropper}, condition: s}
level: high
"""
DHCPD = """\
2020-07-22T08:00:00+09:00 dhcp01 dhcpd[812]: DHCPACK on 10.20.4.114 to 02:1a:4b:00:00:31 (PC-031) via eth0
2020-07-22T12:02:00+09:00 dhcp01 dhcpd[812]: DHCPACK on 10.20.4.114 to 02:1a:4b:00:00:14 (PC-014) via eth0
2020-07-22T08:00:00+09:00 dhcp01 dhcpd[812]: DHCPACK on 10.20.4.150 to 02:1a:4b:00:00:50 (PC-050) via eth0
2020-07-22T09:30:00+09:00 dhcp01 dhcpd[812]: DHCPRELEASE of 10.20.4.150 from 02:1a:4b:00:00:50 (PC-050) via eth0
"""
BLUECOAT = """\
#Software: SGOS 6.7.4.1
#Version: 1.0
#Fields: date time c-ip cs-username s-action cs-method cs-uri-scheme cs-host cs-uri-path sc-status cs(X-Forwarded-For)
"""
IDENTITIES = """\
host,user,mailbox,address,from,to,shared
PC-040,,,10.20.4.140,2020-07-01,2020-07-31,
,h.ito,h.ito@minato-works.example,,,,
,,,10.20.0.30,,,nat
"""
JST = timezone(timedelta(hours=9))
DOMAIN = "corp.minato-works.example"


def utc(clock: str) -> datetime:
    """A time of 2020-07-22 in Japan."""
    return datetime.fromisoformat(f"2020-07-22T{clock}+09:00").astimezone(UTC)


def windows(event: int, clock: str, **fields: Any) -> dict[str, Any]:
    """A Windows event of 2020-07-22 in Japan, in UTC as Winlogbeat writes it."""
    stamp = f"{utc(clock):%Y-%m-%dT%H:%M:%SZ}"
    return {"EventID": event, "Channel": "Security", "@timestamp": stamp, **fields}


def logon(clock: str, host: str, user: str, kind: int = 2, ip: str = "-") -> dict[str, Any]:
    """A 4624."""
    return windows(
        4624,
        clock,
        Hostname=f"{host}.{DOMAIN}",
        LogonType=kind,
        TargetUserName=user,
        TargetDomainName="MINATO",
        IpAddress=ip,
    )


def ticket(clock: str, account: str, ip: str) -> dict[str, Any]:
    """A 4768 of the domain controller, granted."""
    return windows(
        4768,
        clock,
        Hostname=f"DC01.{DOMAIN}",
        TargetUserName=account,
        TargetDomainName=DOMAIN.upper(),
        IpAddress=f"::ffff:{ip}",
        Status="0x0",
    )


WINDOWS = [
    logon("08:50:00", "PC-014", "t.suzuki"),
    logon("09:10:00", "FS01", "k.abe", 3, "10.20.4.160"),
    ticket("09:11:00", "y.kato", "10.20.4.161"),
    ticket("09:12:00", "PC-162$", "10.20.4.162"),
    *(ticket("13:00:00", f"PC-00{at}$", "10.20.0.31") for at in range(3)),
    {
        **windows(3, "13:00:00", Hostname=f"PC-020.{DOMAIN}", UtcTime="2020-07-22 04:00:00.000"),
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Initiated": "true",
        "SourceIp": "10.20.4.120",
        "User": "MINATO\\h.ito",
    },
]
# clock, client, user, X-Forwarded-For
REQUESTS = [
    ("09:00:00", "10.20.4.114", "-", "-"),
    ("12:01:59", "10.20.4.114", "-", "-"),
    ("12:02:00", "10.20.4.114", "-", "-"),
    ("13:12:00", "10.20.4.114", "-", "-"),
    ("09:00:01", "10.20.4.150", "-", "-"),
    ("09:30:00", "10.20.4.150", "-", "-"),
    ("13:10:00", "10.20.4.120", "-", "-"),
    ("09:20:00", "10.20.4.160", "-", "-"),
    ("09:21:00", "10.20.4.161", "-", "-"),
    ("09:22:00", "10.20.4.162", "-", "-"),
    ("10:00:00", "10.20.4.130", "MINATO\\k.mori", "-"),
    ("10:05:00", "10.20.4.130", "-", "-"),
    ("10:06:00", "10.20.4.140", "-", "-"),
    ("13:15:00", "10.20.0.31", "-", "-"),
    ("13:16:00", "10.20.0.30", "-", "-"),
    ("13:20:00", "10.20.0.8", "-", "10.20.4.114"),
    ("13:21:00", "203.0.113.50", "-", "10.20.4.114"),
]
EXPECTED = {
    "09:00:00 10.20.4.114": "pc-031 by dhcp_lease",
    "12:01:59 10.20.4.114": "pc-031 by dhcp_lease",
    "12:02:00 10.20.4.114": "pc-014 by dhcp_lease",
    "13:12:00 10.20.4.114": "pc-014 by dhcp_lease",
    "09:00:01 10.20.4.150": "pc-050 by dhcp_lease",
    "09:30:00 10.20.4.150": "",
    "13:10:00 10.20.4.120": "pc-020 by sysmon_connection",
    "09:20:00 10.20.4.160": "k.abe by network_logon",
    "09:21:00 10.20.4.161": "y.kato by kerberos",
    "09:22:00 10.20.4.162": "pc-162 by machine_account",
    "10:00:00 10.20.4.130": "",
    "10:05:00 10.20.4.130": "k.mori by proxy_user",
    "10:06:00 10.20.4.140": "pc-040 by identity_list",
    "13:15:00 10.20.0.31": "",
    "13:16:00 10.20.0.30": "",
    "13:20:00 10.20.0.8": "10.20.4.114 by forwarded_for, pc-014 by dhcp_lease",
    "13:21:00 203.0.113.50": "",
}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """The day's logs; beside them the rule and the identity list."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "dhcpd.log").write_text(DHCPD)
    (folder / "windows.json").write_text("".join(f"{json.dumps(event)}\n" for event in WINDOWS))
    lines = [
        f"{utc(clock):%Y-%m-%d %H:%M:%S} {client} {user} TCP_NC_MISS GET http www.shop.example /dropper 200 {via}\n"
        for clock, client, user, via in REQUESTS
    ]
    (folder / "proxy.log").write_text(BLUECOAT + "".join(lines))
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "identities.csv").write_text(IDENTITIES)
    return folder


def test_each_kind_of_record_joins_and_prints_its_evidence(run: Run, logs: Path) -> None:
    """Leases that change hands and are released, logons, tickets, Sysmon 3, proxy users, lists, forwarding.

    A public sender's header, an address of three machines, and a declared NAT address join nothing.
    """
    result = run(
        "scan",
        logs,
        "--rules",
        logs.parent / "rule.yml",
        "--identities",
        logs.parent / "identities.csv",
        "--zone",
        "Asia/Tokyo",
        "--format",
        "ndjson",
    )
    found = {}
    for alert in map(json.loads, result.out.splitlines()):
        clock = datetime.fromisoformat(alert["time"]).astimezone(JST).strftime("%H:%M:%S")
        named = [
            f"{next(iter(join['found'].values()))} by {join['evidence']['what']}"
            for join in alert["joins"]
            if "address" in join["known"]
        ]
        found[f"{clock} {alert['event']['c-ip']}"] = ", ".join(named)
        assert all(join["evidence"]["path"] and join["evidence"]["record"] for join in alert["joins"])
    assert EXPECTED == found


def test_the_links_themselves_are_told_with_their_evidence(run: Run, logs: Path) -> None:
    """``events who``: all links, those of one name, and what a name is joined to at a time."""
    wanted = ("events", "who", logs, "--identities", logs.parent / "identities.csv", "--zone", "Asia/Tokyo")
    whole = run(*wanted).out
    lease = run(*wanted, "--of", "10.20.4.114").out
    noon = run(*wanted, "--of", "address:10.20.4.114", "--at", "2020-07-22T13:12").out
    nat = run(*wanted, "--of", "10.20.0.31", "--at", "2020-07-22T13:15", "--lang", "ja").out

    assert "10.20.0.31: seen for 3 (pc-000, pc-001, pc-002" in whole
    assert "10.20.0.30: declared so" in whole
    assert "10.20.4.114 was pc-031 from 2020-07-22 08:00 to 12:02 JST (DHCP lease," in lease
    assert "10.20.4.114 was pc-014 from 2020-07-22 12:02 JST (DHCP lease," in lease
    assert "Host pc-014, User t.suzuki, Address 10.20.4.114" in noon
    assert "t.suzuki was logged on to pc-014 from 2020-07-22 08:50" in noon
    assert "pc-031" not in noon
    assert "結び付けていない: 10.20.0.31 は多数で共有されているため" in nat


def test_links_are_lines_of_json_for_programs(run: Run, logs: Path) -> None:
    """One a link; for a name one line with its joins."""
    links = list(map(json.loads, run("events", "who", logs, "--format", "ndjson").out.splitlines()))
    (one,) = map(
        json.loads,
        run(
            "events", "who", logs, "--of", "PC-020", "--at", "2020-07-22T04:05:00Z", "--format", "ndjson"
        ).out.splitlines(),
    )

    assert {"address": "10.20.4.120"} in [link.get("left") for link in links]
    assert {"host": "pc-020", "user": "h.ito", "address": "10.20.4.120"} == {
        name: one["entities"][name] for name in ("host", "user", "address")
    }
    assert ["sysmon_activity", "sysmon_connection"] == sorted(join["first"]["what"] for join in one["joins"])


def test_an_unknown_name_and_a_time_alone_are_told(run: Run, logs: Path) -> None:
    """Nothing is invented; --at without --of is wrong usage."""
    assert "No record says whose this is." in run("events", "who", logs, "--of", "PC-999").out
    alone = run("events", "who", logs, "--at", "2020-07-22")
    assert 2 == alone.status
    assert "--at needs --of" in alone.err
