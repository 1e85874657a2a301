# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, Envelope, UnreadableRecordError
from noroshi.events.formats.auditd import MAX_OPEN, Auditd, socket_address
from noroshi.events.model import Event, Observable, Outcome, Source

TITLE = b"curl\0-o\0/tmp/\xe6\x97\xa5".hex().upper()
SAMPLE = f"""\
node=WEB01 type=SYSCALL msg=audit(1595391129.243:24287): arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e a2=55f a3=8 items=2 ppid=2686 pid=3538 auid=1000 uid=33 gid=33 euid=33 tty=pts0 ses=1 comm="curl" exe="/usr/bin/curl" key="exec"\x1dARCH=x86_64 SYSCALL=execve AUID="t.suzuki" UID="www-data"
node=WEB01 type=EXECVE msg=audit(1595391129.243:24287): argc=3 a0="curl" a1="-o" a2={"/tmp/日".encode().hex().upper()}
node=WEB01 type=CWD msg=audit(1595391129.243:24287): cwd="/var/www"
node=WEB01 type=PATH msg=audit(1595391129.243:24287): item=0 name="/usr/bin/curl" inode=409248 nametype=NORMAL
node=WEB01 type=PROCTITLE msg=audit(1595391129.243:24287): proctitle={TITLE}
type=SYSCALL msg=audit(1595391130.000:24288): arch=c000003e syscall=257 success=yes exit=3 pid=3539 ppid=1 uid=0 ses=4294967295 comm="sh" exe="/bin/dash" key=(null)
type=CWD msg=audit(1595391130.000:24288): cwd="/etc/cron.d"
type=PATH msg=audit(1595391130.000:24288): item=1 name="evil" nametype=CREATE
type=PROCTITLE msg=audit(1595391130.000:24288): proctitle="sh"
type=USER_LOGIN msg=audit(1595391131.000:24289): pid=1 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct="root" exe="/usr/sbin/sshd" hostname=? addr=198.51.100.7 terminal=ssh res=failed'
type=SYSCALL msg=audit(1595391132.000:24290): arch=c000003e syscall=42 success=yes exit=0 pid=9 ppid=1 uid=0 ses=2 comm="nc" exe="/bin/nc"
type=SOCKADDR msg=audit(1595391132.000:24290): saddr=02001F90C6336407000000000000000000
""".encode()


def read(lines: list[str], envelope: Envelope = BARE) -> list[Event]:
    """The events of these lines, end included."""
    reader = Auditd().reader(Source("audit.log", "s"))
    found = [event for at, line in enumerate(lines) for event in reader.feed(line, envelope, at)]
    return found + list(reader.finish())


def of(events: list[Event], category: str) -> Event:
    """The only event of this category."""
    (event,) = [event for event in events if category in event.logsource.categories]
    return event


def test_every_record_is_an_event_of_auditd() -> None:
    """Names are the audit log's own; ENRICHED names and hexadecimal arguments are read."""
    events = check_format("auditd", SAMPLE)
    records = [event for event in events if event.logsource.covers("linux", "auditd", None)]
    assert 12 == len(records)
    call, execve = records[:2]
    assert ("SYSCALL", "execve", "exec") == tuple(call.fields[name] for name in ("type", "SYSCALL", "key"))
    assert ("EXECVE", "curl", "/tmp/日") == tuple(execve.fields[name] for name in ("type", "a0", "a2"))
    assert "key" not in records[5].fields
    assert ("web01", "t.suzuki") == (call.entities.host, call.entities.user)


def test_execve_and_syscall_make_a_process() -> None:
    """Joined by the event's number, in the words of SigmaHQ's rules for Linux processes."""
    event = of(check_format("auditd", SAMPLE), "process_creation")
    expected = {
        "Image": "/usr/bin/curl",
        "CommandLine": "curl -o /tmp/日",
        "CurrentDirectory": "/var/www",
        "User": "www-data",
        "LogonId": "1",
        "ProcessId": "3538",
        "ParentProcessId": "2686",
        "audit_id": "1595391129.243:24287",
    }
    assert expected == {name: event.fields[name] for name in expected}
    assert ("linux", None) == (event.logsource.product, event.logsource.service)
    assert Observable("file_path", "/usr/bin/curl", "Image") in event.observables


def test_created_files_and_connections() -> None:
    """A relative name stands in the working directory; the socket address is read by hand from its bytes."""
    events = check_format("auditd", SAMPLE)
    created = of(events, "file_event")
    assert ("/etc/cron.d/evil", "/bin/dash") == (created.fields["TargetFilename"], created.fields["Image"])
    assert "LogonId" not in created.fields
    connected = of(events, "network_connection")
    assert ("198.51.100.7", 8080) == (connected.fields["DestinationIp"], connected.fields["DestinationPort"])


def test_pairs_inside_msg() -> None:
    """What programs log themselves stands in single quotes."""
    events = check_format("auditd", SAMPLE)
    (event,) = [event for event in events if event.fields.get("type") == "USER_LOGIN"]
    assert ("root", "198.51.100.7", "failed") == tuple(event.fields[name] for name in ("acct", "addr", "res"))
    assert "hostname" not in event.fields
    assert Outcome.FAILED == event.outcome


def test_divided_arguments_are_joined() -> None:
    """EXECVE writes an argument that is too long in pieces."""
    lines = [
        'type=SYSCALL msg=audit(1595391129.243:1): arch=c000003e syscall=59 success=yes pid=2 ppid=1 exe="/bin/sh"',
        'type=EXECVE msg=audit(1595391129.243:1): argc=2 a0="sh" a1_len=8 a1[0]=61616161 a1[1]=62622063',
    ]
    event = of(read(lines), "process_creation")
    assert "sh aaaabb c" == event.fields["CommandLine"]


def test_interleaved_and_unfinished_events() -> None:
    """Records of several events alternate; without a last record the oldest is closed when too many are open."""
    calls = [
        f'type=SYSCALL msg=audit(1595391129.243:{at}): syscall=59 pid=2 ppid=1 exe="/bin/sh"'
        for at in range(MAX_OPEN + 1)
    ]
    executed = [
        f'type=EXECVE msg=audit(1595391129.243:{at}): argc=1 a0="n{at}"' for at in range(MAX_OPEN + 1)
    ]
    found = [event for event in read(calls + executed) if event.logsource.categories]
    assert [f"n{at}" for at in range(1, MAX_OPEN + 1)] == [event.fields["CommandLine"] for event in found]


@pytest.mark.parametrize(
    ("saddr", "expected"),
    [
        ("0200005027000001", ("39.0.0.1", 80)),
        ("0A0001BB00000000" + "20010DB8000000000000000000000001", ("2001:db8::1", 443)),
        ("01002F72756E", None),
        ("02", None),
        (None, None),
    ],
)
def test_socket_addresses(saddr: str | None, expected: tuple[str, int] | None) -> None:
    """IPv4 and IPv6 as struct sockaddr lays them out on little-endian machines; local sockets are none."""
    assert expected == socket_address(saddr)


def test_damaged_records_are_refused() -> None:
    """Half a heading is no record."""
    with pytest.raises(UnreadableRecordError):
        read(["type=SYSCALL msg=audit(15953911"])
    assert 0.0 == Auditd().recognise("type=traffic subtype=forward", BARE)
