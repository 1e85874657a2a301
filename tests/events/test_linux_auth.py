"""Logons on Linux: who tried what from where, and whether it worked, in the words of every log of logons."""

# ruff: noqa: E501 - log lines are as long as the program writes them
from __future__ import annotations

from typing import Any

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import Envelope
from noroshi.events.formats.linux_auth import MAX_REPEATED, LinuxAuth
from noroshi.events.model import Event, LogSource, Outcome, Source

SAMPLE = b"""\
2020-07-22T13:12:09+09:00 web01 sshd[123]: Failed password for invalid user admin from 203.0.113.9 port 4711 ssh2
2020-07-22T13:12:10+09:00 web01 sshd[123]: Accepted publickey for t.suzuki from 10.20.4.114 port 50122 ssh2: ED25519 SHA256:AAAA
2020-07-22T13:12:11+09:00 web01 sudo:  t.suzuki : user NOT in sudoers ; TTY=pts/0 ; PWD=/srv/t.suzuki ; USER=root ; COMMAND=/usr/bin/cat /etc/shadow
2020-07-22T13:12:12+09:00 web01 su[124]: FAILED SU (to root) t.suzuki on pts/0
2020-07-22T13:12:13+09:00 web01 login[125]: FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure
2020-07-22T13:12:14+09:00 web01 sshd[126]: Server listening on 0.0.0.0 port 22.
"""


def read(line: str, program: str = "sshd") -> list[Event]:
    """The events of one line."""
    return list(LinuxAuth().reader(Source("auth.log", "s")).feed(line, Envelope("web01", program), 0))


def uniform(line: str, program: str = "sshd") -> dict[str, Any]:
    """The uniform fields of a line's only event."""
    (event,) = read(line, program)
    names = ("logon_result", "logon_kind", "logon_user", "logon_host", "src_ip", "src_host", "logon_origin")
    return {name: event.fields[name] for name in names if name in event.fields}


def test_the_format_keeps_its_contract() -> None:
    """Recognised by the programs; the log source is the one that SigmaHQ's rules for syslog name."""
    events = check_format("syslog", SAMPLE)
    sources = [event.logsource for event in events]
    logon = frozenset({"authentication"})
    assert LogSource("linux", "sshd", logon) == sources[0] == sources[1]
    assert [LogSource("linux", "sudo", logon), LogSource("linux", "auth", logon)] == sources[2:4]
    assert LogSource("linux", "sshd") == sources[5]
    assert ["failed", "allowed", "failed", "failed", "failed", "unknown"] == [
        event.outcome for event in events
    ]
    assert "2020-07-22T04:12:09+00:00" == events[0].time.at.isoformat()


def test_a_failure_and_a_success_of_sshd() -> None:
    """The result, the account, the machine and where it came from."""
    failed = {
        "logon_result": "failure",
        "logon_kind": "ssh",
        "logon_user": "root",
        "logon_host": "web01",
        "src_ip": "203.0.113.9",
        "logon_origin": "203.0.113.9",
    }
    assert failed == uniform("Failed password for root from 203.0.113.9 port 4711 ssh2")
    accepted = uniform("Accepted password for MINATO\\T.Suzuki from 2001:db8::7 port 22 ssh2")
    assert ("success", "t.suzuki", "2001:db8::7") == tuple(
        accepted[name] for name in ("logon_result", "logon_user", "src_ip")
    )


@pytest.mark.parametrize(
    ("program", "line", "result", "user"),
    [
        ("sshd-session", "Failed keyboard-interactive/pam for invalid user  from 203.0.113.9 port 1 ssh2", "failure", None),
        ("sshd", "Connection closed by authenticating user root 203.0.113.9 port 4711 [preauth]", "failure", "root"),
        ("sshd", "Disconnected from invalid user oracle 203.0.113.9 port 4711 [preauth]", "failure", "oracle"),
        ("sshd", "ROOT LOGIN REFUSED FROM 203.0.113.9 port 4711 [preauth]", "failure", "root"),
        ("dropbear", "Bad password attempt for 'root' from 203.0.113.9:4711", "failure", "root"),
        ("dropbear", "Pubkey auth succeeded for 'root' with key md5 aa:bb from 192.0.2.4:4711", "success", "root"),
        ("sudo", "t.suzuki : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/bin/ls", "success", "t.suzuki"),
        ("sudo", "t.suzuki : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/bin/ls", "failure", "t.suzuki"),
        ("su", "(to root) t.suzuki on pts/1", "success", "t.suzuki"),
        ("su", "FAILED su for root by t.suzuki", "failure", "t.suzuki"),
        ("login", "ROOT LOGIN  on '/dev/tty1'", "success", "root"),
        ("gdm-password]", "pam_unix(gdm-password:auth): authentication failure; logname= uid=0 euid=0 tty=/dev/tty1 ruser= rhost=  user=t.suzuki", "failure", "t.suzuki"),
    ],
)  # fmt: skip
def test_every_program_says_its_result(program: str, line: str, result: str, user: str | None) -> None:
    """Each program's own sentences, in versions old and new."""
    found = uniform(line, program)
    assert (result, user) == (found["logon_result"], found.get("logon_user"))


@pytest.mark.parametrize(
    "line",
    [
        "Invalid user admin from 203.0.113.9 port 4711",
        "error: maximum authentication attempts exceeded for root from 203.0.113.9 port 4711 ssh2 [preauth]",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root",
        "User backup from 203.0.113.9 not allowed because not listed in AllowUsers",
        "pam_unix(sshd:session): session opened for user root by (uid=0)",
    ],
)
def test_what_another_line_says_already_is_no_second_attempt(line: str) -> None:
    """Otherwise one wrong password would count twice or three times."""
    (event,) = read(line)
    assert "logon_result" not in event.fields
    assert frozenset() == event.logsource.categories


def test_repeated_messages_are_as_many_attempts() -> None:
    """Rsyslog folds equal lines; brute force must not disappear in it. The number is not believed without bound."""
    line = "message repeated {} times: [ Failed password for root from 203.0.113.9 port 4711 ssh2]"
    events = read(line.format(5))
    assert 5 == len(events) == len({event.event_id for event in events})
    assert {"failure"} == {event.fields["logon_result"] for event in events}
    assert MAX_REPEATED == len(read(line.format(999_999)))


def test_a_stranger_is_no_watched_user() -> None:
    """Names that somebody outside tries are no entities; our people's attempts are."""
    (outside,) = read("Failed password for root from 203.0.113.9 port 1 ssh2")
    (inside,) = read("Failed password for root from 10.20.4.114 port 1 ssh2")
    assert ("web01", None) == (outside.entities.host, outside.entities.user)
    assert ("web01", "root") == (inside.entities.host, inside.entities.user)
    assert Outcome.FAILED is outside.outcome


def test_sudo_says_command_and_target() -> None:
    """The pairs keep sudo's names."""
    (event,) = read("t.suzuki : TTY=pts/0 ; PWD=/srv/a ; USER=root ; COMMAND=/bin/sh -c a ; b", "sudo")
    assert ("root", "/bin/sh -c a ; b", "/srv/a") == tuple(
        event.fields[name] for name in ("target_user", "COMMAND", "PWD")
    )


def test_a_name_with_blanks_forges_no_success() -> None:
    """The account's name is the attacker's text: it must not put words into sshd's mouth."""
    found = uniform("Failed password for invalid user x from 10.0.0.1 port 1 from 203.0.113.9 port 4711 ssh2")
    assert ("failure", "203.0.113.9") == (found["logon_result"], found["src_ip"])
