# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.formats import cisco_asa
from noroshi.events.model import Entities, Event, Observable, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

T = "Jul 22 2020 04:12:09 FW01 : "
DENY = f'{T}%ASA-4-106023: Deny tcp src inside:10.20.4.114/50123 dst outside:192.0.2.9/7080 by access-group "inside_in" [0x8ed66b60, 0xf8852875]'
BUILT = f"{T}%ASA-6-302013: Built outbound TCP connection 42 for outside:198.51.100.7/80 (198.51.100.7/80) to inside:10.20.4.114/50124 (203.0.113.10/40124)(MINATO\\t.suzuki)"
DOWN = f"{T}%ASA-6-302014: Teardown TCP connection 42 for outside:198.51.100.7/80 to inside:10.20.4.114/50124 duration 0:00:10 bytes 4666 TCP FINs from inside"
VPN = f"{T}%ASA-4-722051: Group <GP> User <bob> IP <198.51.100.20> IPv4 Address <10.212.134.200> IPv6 address <::> assigned to session"
EVENT = (
    "2020-07-22T04:12:09Z FTD01 : %FTD-1-430003: EventPriority: Low, DeviceUUID: 0a0b, InstanceID: 1, FirstPacketSecond: 2020-07-22T04:12:08Z, "
    "ConnectionID: 7, AccessControlRuleAction: Block with reset, SrcIP: 10.20.4.114, DstIP: 198.51.100.7, SrcPort: 50125, DstPort: 80, Protocol: tcp, "
    "Prefilter Policy: Unknown, User: No Authentication Required, UserAgent: Mozilla/5.0 (X11; Linux) (KHTML, like Gecko), ApplicationProtocol: HTTP, "
    "InitiatorBytes: 120, HTTPReferer: http://www.shop.example/wp/, URL: http://www.Shop.example/wp/a.exe?x=1, y"
)
SAMPLE = f"{DENY}\n{BUILT}\n{DOWN}\n{VPN}\n{EVENT}\n"


def read(text: str, name: str = "cisco-asa") -> tuple[list[Event], Problems]:
    """The events of this text."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), Source("asa.log", "s"), problems)), problems


def fields_of(text: str) -> dict[str, Any]:
    """The fields of one message."""
    (event,), _ = read(text)
    return event.fields


def test_connections_have_their_direction() -> None:
    """Outbound connections stand in the log with their destination first; a teardown goes by the ports."""
    deny, built, down, vpn, event = check_format("cisco-asa", SAMPLE.encode())
    assert ("10.20.4.114", "50123", "192.0.2.9", "7080", "inside_in", "inside", "tcp") == tuple(
        deny.fields[name]
        for name in ("src_ip", "src_port", "dst_ip", "dst_port", "acl", "src_interface", "protocol")
    )
    for connection in (built, down):
        assert ("10.20.4.114", "50124", "198.51.100.7", "80", "42") == tuple(
            connection.fields[name] for name in ("src_ip", "src_port", "dst_ip", "dst_port", "connection_id")
        )
    assert ("4666", "0:00:10", "TCP FINs") == tuple(
        down.fields[name] for name in ("bytes", "duration", "reason")
    )
    assert [Outcome.BLOCKED, Outcome.ALLOWED, Outcome.ALLOWED, Outcome.ALLOWED, Outcome.BLOCKED] == [
        one.outcome for one in (deny, built, down, vpn, event)
    ]
    assert [Entities(address="10.20.4.114"), Entities(user="t.suzuki", address="10.20.4.114")] == [
        deny.entities,
        built.entities,
    ]
    assert deny.logsource.covers("cisco", "asa", "firewall")
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == deny.time.at
    assert ("FW01", "106023", "4") == tuple(
        deny.fields[name] for name in ("dvchost", "message_id", "severity")
    )


def test_a_vpn_session_is_its_users() -> None:
    """The user is at the address in the tunnel; the public one is the peer."""
    (event,), _ = read(VPN)
    assert event.logsource.covers("cisco", "asa", "vpn")
    assert Entities(user="bob", address="10.212.134.200") == event.entities
    assert Observable("ip", "198.51.100.20", "src_ip") in event.observables


def test_a_security_event_is_read_by_its_names() -> None:
    """Values may hold commas; a URL makes it a proxy's record too; nobody is no user."""
    (event,), _ = read(EVENT)
    expected = {
        "AccessControlRuleAction": "Block with reset",
        "Prefilter Policy": "Unknown",
        "src_ip": "10.20.4.114",
        "dst_port": "80",
        "UserAgent": "Mozilla/5.0 (X11; Linux) (KHTML, like Gecko)",
        "c-useragent": "Mozilla/5.0 (X11; Linux) (KHTML, like Gecko)",
        "c-uri": "http://www.Shop.example/wp/a.exe?x=1, y",
        "c-uri-norm": "www.shop.example/wp/a.exe",
        "cs-referer-norm": "www.shop.example/wp/",
        "cs-host": "www.shop.example",
    }
    assert expected == {name: event.fields[name] for name in expected}
    assert "user" not in event.fields
    assert event.logsource.covers("cisco", "ftd", "firewall")
    assert event.logsource.covers("cisco", "ftd", "proxy")
    assert datetime(2020, 7, 22, 4, 12, 8, tzinfo=UTC) == event.time.at


MESSAGES = [
    ("106001: Inbound TCP connection denied from 192.0.2.77/901 to 10.20.0.30/111 flags SYN  on interface outside",
     {"src_ip": "192.0.2.77", "src_port": "901", "dst_ip": "10.20.0.30", "dst_port": "111", "flags": "SYN", "interface": "outside"}),
    ("106006: Deny inbound UDP from 192.0.2.77/53 to 10.20.0.30/1024 on interface outside", {"protocol": "UDP", "dst_port": "1024"}),
    ("106014: Deny inbound icmp src outside:192.0.2.77 dst inside:10.20.0.30 (type 8, code 0)", {"src_ip": "192.0.2.77", "dst_ip": "10.20.0.30"}),
    ("106015: Deny TCP (no connection) from 10.20.0.30/443 to 192.0.2.77/52675 flags FIN ACK  on interface inside", {"flags": "FIN ACK", "dst_ip": "192.0.2.77"}),
    ("106021: Deny UDP reverse path check from 10.20.9.9 to 10.20.0.30 on interface outside", {"src_ip": "10.20.9.9"}),
    ("106023: Deny udp src outside:2001:db8::1/320(EXAMPLE\\x) dst inside:2001:db8::2/321 by access-group ACL [0x0, 0x0]",
     {"src_ip": "2001:db8::1", "src_interface": "outside", "src_user": "EXAMPLE\\x", "dst_ip": "2001:db8::2", "acl": "ACL"}),
    ("106100: access-list out permitted tcp inside/10.20.4.114(50123) -> outside/192.0.2.9(7080) hit-cnt 1 first hit [0x1, 0x0]",
     {"action": "permitted", "src_ip": "10.20.4.114", "dst_port": "7080", "acl": "out", "hits": "1"}),
    ("302013: Built inbound TCP connection 1 for outside:192.0.2.77/62197 (192.0.2.77/62197) to dmz:10.20.0.30/443 (203.0.113.30/443)",
     {"src_ip": "192.0.2.77", "dst_ip": "10.20.0.30", "dst_port": "443", "dst_interface": "dmz"}),
    ("302015: Built outbound UDP connection 2 for outside:203.0.113.53/53 (203.0.113.53/53) to inside:10.20.4.114/50123 (203.0.113.10/1)",
     {"src_ip": "10.20.4.114", "dst_ip": "203.0.113.53", "dst_port": "53"}),
    ("302020: Built outbound ICMP connection for faddr 198.51.100.7/0 gaddr 203.0.113.10/1 laddr 10.20.4.114/1 type 8 code 0",
     {"src_ip": "10.20.4.114", "dst_ip": "198.51.100.7"}),
    ("305011: Built dynamic TCP translation from inside:10.20.4.114/50123 to outside:203.0.113.10/40123",
     {"src_ip": "10.20.4.114", "xlate_src_ip": "203.0.113.10", "xlate_src_port": "40123"}),
    ("710003: TCP access denied by ACL from 192.0.2.77/4711 to outside:203.0.113.1/22", {"dst_port": "22", "src_ip": "192.0.2.77"}),
    ("111008: User 'enable_15' executed the 'no logging enable' command.", {"user": "enable_15", "command": "no logging enable"}),
    ("111010: User 'admin', running 'CLI' from IP 10.20.0.2, executed 'write memory'", {"src_ip": "10.20.0.2", "command": "write memory"}),
    ("113004: AAA user authentication Successful : server =  10.20.0.5 : user = bob", {"user": "bob", "server": "10.20.0.5"}),
    ("113005: AAA user authentication Rejected : reason = AAA failure : server = 10.20.0.5 : user = bob : user IP = 198.51.100.20",
     {"user": "bob", "src_ip": "198.51.100.20", "reason": "AAA failure", "action": "login-failed"}),
    ("113015: AAA user authentication Rejected : reason = Invalid password : local database : user = bob: user IP = 198.51.100.20",
     {"user": "bob", "src_ip": "198.51.100.20", "reason": "Invalid password"}),
    ("113019: Group = GP, Username = bob, IP = 198.51.100.20, Session disconnected. Session Type: SSL, Duration: 2h:28m:09s, Bytes xmt: 5, Bytes rcv: 6, Reason: Idle Timeout",
     {"user": "bob", "duration": "2h:28m:09s", "bytes_sent": "5", "reason": "Idle Timeout"}),
    ("113039: Group <GP> User <佐藤> IP <198.51.100.20> AnyConnect parent session started.", {"user": "佐藤", "group": "GP"}),
    ('605004: Login denied from 198.51.100.20/4711 to outside:203.0.113.1/ssh for user "root"', {"user": "root", "dst_port": "ssh"}),
    ("611101: User authentication succeeded: IP address: 10.20.0.2, Uname: admin", {"user": "admin", "src_ip": "10.20.0.2"}),
    ("716039: Group <GP> User <bob> IP <198.51.100.20> Authentication: rejected, Session Type: WebVPN.", {"action": "login-failed", "session_type": "WebVPN"}),
    ("722022: Group <GP> User <bob> IP <198.51.100.20> TCP SVC connection established without compression", {"protocol": "TCP", "action": "vpn-connected"}),
    ("733100: [ Scanning] drop rate-1 exceeded. Current burst rate is 8 per second", {"object": "Scanning", "rate": "rate-1"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MESSAGES, ids=[text[:6] for text, _ in MESSAGES])
def test_messages_of_the_manual_are_taken_apart(text: str, expected: dict[str, str]) -> None:
    """Each of the sentences gives its names."""
    fields = fields_of(f"%ASA-6-{text}")
    assert expected == {name: fields.get(name) for name in expected}
    assert text.partition(": ")[2] == fields["message"]


def test_every_pattern_of_the_table_can_be_used() -> None:
    """Each compiles to a pattern that matches no empty text."""
    patterns = [cisco_asa._pattern(number) for number in cisco_asa._TABLE.raw["messages"]]
    assert [None] * len(patterns) == [pattern.fullmatch("") for pattern in patterns]


def test_intrusion_and_malware_events_say_what_was_done() -> None:
    """Without an inline result an intrusion was detected only."""
    start = "%FTD-1-430001: SrcIP: 192.0.2.77, DstIP: 10.20.0.30, Protocol: tcp, GID: 1, SID: 7, Message: TEST attack"
    malware = (
        "%FTD-1-430005: SrcIP: 198.51.100.7, DstIP: 10.20.4.114, FileAction: Malware Block, "
        "FileName: a.zip, ThreatName: Win.Test, FileSHA256: 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b"
    )
    (plain, dropped, virus), _ = read(f"{start}\n{start}, InlineResult: Dropped\n{malware}")
    assert [Outcome.DETECTED, Outcome.BLOCKED, Outcome.BLOCKED] == [
        one.outcome for one in (plain, dropped, virus)
    ]
    assert plain.logsource.covers("cisco", "ftd", "ids")
    assert "10.20.0.30" == plain.entities.address
    assert ("a.zip", "Win.Test") == (virus.fields["Filename"], virus.fields["Signature"])


@pytest.mark.parametrize(
    "envelope",
    [
        "<166>",
        "<166>Jul 22 2020 04:12:09: ",
        "<166>Jul 22 2020 04:12:09 fw1 : ",
        "Jul 22 04:12:09 fw1 ",
        "Jul 22 04:12:09 fw1 : ",
        "<166>2020-07-22T04:12:09Z fw1 : ",
        "<166>1 2020-07-22T04:12:09Z fw1 - - - - ",
        "Jul 22 04:12:10 10.20.0.1 Jul 22 2020 04:12:09: ",
    ],
)
def test_syslogs_of_all_settings_are_taken_off(envelope: str) -> None:
    """With the device's time, its name, both, or none; the number may stand where syslog has its program."""
    message = DENY.removeprefix(T)
    other = "Jul 22 04:12:09 mx1 other[1]: a thing\n"
    (first, event), problems = read(f"{other}{envelope}{message}\n", name="syslog")
    assert (0, "syslog", "cisco-asa", "192.0.2.9") == (
        problems.total,
        first.kind.format,
        event.kind.format,
        event.fields["dst_ip"],
    )


def test_other_messages_and_cut_ones() -> None:
    """A message that no table knows keeps its text; a line without a number is damaged."""
    events, problems = read(
        "%ASA-7-609002: Teardown local-host outside:192.0.2.1 duration 0:10:26\n%ASA-6-30\n"
    )
    assert "Teardown local-host outside:192.0.2.1 duration 0:10:26" == events[0].fields["message"]
    assert (1, ["line 2"]) == (len(events), [error.place for error in problems.errors])


@pytest.mark.parametrize(
    "start",
    [
        "<166>:Jul 22 2020 04:12:09 UTC: %ASA-session-6-302013: ",
        "<166>:Jul 22 2020 04:12:09: %ASA-session-6-302013: ",
        "<166>: Jul 22 2020 04:12:09 FW01: %ASA-user-identity-6-302013: ",
        "Jul 22 2020 04:12:09 FW01 :Jul 22 2020 04:12:09 UTC: %ASA-session-6-302013: ",
        "<166>Jul 22 2020 04:12:09 FW01 : %ASA-6-302013: ",
    ],
)
def test_emblem_lines_are_messages(start: str) -> None:
    """``logging host … format emblem``: a colon before the time, the message's class in its number."""
    text = BUILT.partition("302013: ")[2]
    (event,) = check_format("syslog", f"{start}{text}\n".encode())
    assert ("cisco-asa", "302013", "10.20.4.114") == (
        event.kind.format,
        event.fields["message_id"],
        event.fields["src_ip"],
    )
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == event.time.at
