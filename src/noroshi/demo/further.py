"""Other products' logs of the ordinary day: remote access, two more firewalls, SSH, Exchange.

The background of ``rules hits``, an era's whole day and the day that drafts are tried on have these logs; the
demo day itself stays as it is. Nobody attacks here;
what looks like it has an honest reason: a mistyped password, the administrator at work, the company's own
scanner (site list ``own_scanners``), a circular to everybody, a printer that asks its maker for firmware.

Sources: "PAN-OS Administrator's Guide" 10.1, "Syslog Field Descriptions"; Cisco "ASA Series Syslog
Messages"; the lines that OpenSSH, PAM and sudo write; Exchange Server, "Message tracking".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.demo.company import ADMIN, ADMIN_PC, MAIL_DOMAIN, SERVERS, Company, found
from noroshi.demo.day import Day
from noroshi.demo.further_lines import AnyConnect, Asa, Exchange, PanOs, Sshd
from noroshi.demo.generate import date_files
from noroshi.demo.logs import LogFile
from noroshi.demo.times import HOUR, MILLI, MINUTE, SECOND, at

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

SCANNER: Final = "10.20.0.61"
_PRINTER: Final = "10.21.6.90"
_WEBSITES: Final = ("198.51.100.71", "198.51.100.72", "198.51.100.73", "198.51.100.74")
_KNOCKERS: Final = ("203.0.113.201", "203.0.113.202", "203.0.113.203")


def write(folder: Path, seed: int = 20200722) -> dict[str, int]:
    """Add the logs, and the list ``own_scanners`` (``lists/own-scanners.toml``), to a day already written.

    Args:
        folder: The day's folder.
        seed: Chance; the same seed gives the same bytes.

    Returns:
        Records by file, relative to ``logs/``.
    """
    logs = folder / "logs"
    names = ("firewall/pa-fw01.log", "firewall/asa01.log", "linux/secure.log", "mail/exchange-tracking.log")
    paths = [logs / name for name in names]
    files = [LogFile(path) for path in paths[:3]]
    files.append(LogFile(paths[3], header=Exchange.HEADER))
    day, company = Day(seed), found(1.0)
    _remote_access(day.rng("further-vpn"), company, PanOs(files[0]), AnyConnect(files[1]))
    _palo_alto(day.rng("further-pan"), PanOs(files[0]))
    _asa(day.rng("further-asa"), Asa(files[1]))
    _ssh(day.rng("further-ssh"), company, Sshd(files[2]))
    _exchange(day.rng("further-mail"), company, Exchange(files[3]))
    for file in files:
        file.close()
    date_files(folder)
    (folder / "lists").mkdir(exist_ok=True)
    (folder / "lists" / "own-scanners.toml").write_text(
        f'# The company\'s own scanner.\n[lists.own_scanners]\ntype = "ip"\nvalues = ["{SCANNER}"]\n',
        encoding="utf-8",
    )
    return {file.path.relative_to(logs).as_posix(): file.count for file in files}


def _remote_access(rng: Random, company: Company, pan: PanOs, asa: AnyConnect) -> None:
    """People who work from home; every sixth mistypes the password once or twice and is then in."""
    for number, client in enumerate(company.office()[:24]):
        t = at("08:20") + rng.randrange(90 * MINUTE)
        user, public = client.person.user, f"203.0.113.{100 + number}"
        for _ in range(1 + number % 2 if number % 6 == 0 else 0):
            (pan if number % 4 < 2 else asa).refused(t, user, public)
            t += rng.randrange(8, 30) * SECOND
        gateway = pan if number % 4 < 2 else asa
        gateway.connected(t, user, public, f"10.21.9.{10 + number}")
        gateway.left(t + rng.randrange(3, 8) * HOUR, user, public)


def _palo_alto(rng: Random, pan: PanOs) -> None:
    """Browsing of the laboratory, the scanner's nightly sweep and what the IPS thinks of it."""
    for _ in range(2500):
        t = at("08:30") + rng.randrange(10 * HOUR)
        source, website = f"10.21.7.{rng.randrange(20, 60)}", rng.choice(_WEBSITES)
        pan.traffic(t, (source, rng.randrange(49152, 65000)), (website, rng.choice((443, 443, 80))), "allow")
        if rng.random() < 0.2:
            pan.url(t, (source, rng.randrange(49152, 65000)), website)
    for host in range(1, 255):
        for port in (22, 445, 3389):
            t = at("02:00") + (host * 3 + port % 3) * 400 * MILLI
            pan.traffic(t, (SCANNER, 40_000 + host), (f"10.21.7.{host}", port), "deny")
    for host in range(20, 60, 5):
        t = at("02:10") + host * SECOND
        pan.vulnerability(t, (SCANNER, 41_000 + host), (f"10.21.7.{host}", 80))


def _asa(rng: Random, asa: Asa) -> None:
    """The warehouse: handhelds and desks that go out, and the printer that may not."""
    for _ in range(1500):
        t = at("07:00") + rng.randrange(12 * HOUR)
        source = (f"10.21.6.{rng.randrange(20, 50)}", rng.randrange(49152, 65000))
        asa.connection(t, source, (rng.choice(_WEBSITES), 443), rng.randrange(2_000, 90_000))
    for hour in range(24):
        asa.denied(at(f"{hour:02d}:17:05"), (_PRINTER, 50_000 + hour), ("198.51.100.75", 443))


def _ssh(rng: Random, company: Company, sshd: Sshd) -> None:
    """The administrator from the admin host, the hourly backup, and the internet knocking now and then."""
    for number, host in enumerate(("web01", "ns01", "mx01", "news01")):
        t, address = at("09:40") + number * 25 * MINUTE, company[ADMIN_PC].address(at("09:40"))
        if number == 1:
            sshd.refused(t - 9 * SECOND, host, ADMIN.user, address)
        sshd.session(t, host, (ADMIN.user, "password" if number == 1 else "publickey"), address)
        sshd.sudo(t + 40 * SECOND, host, ADMIN.user, "/usr/bin/systemctl reload rsyslog")
        for hour in range(24):
            backup = at(f"{hour:02d}:05") + number * MINUTE
            sshd.session(backup, host, ("backup", "publickey"), SERVERS["MON01"])
    for hour in range(24):
        for _ in range(rng.randrange(1, 5)):
            t = at(f"{hour:02d}:30") + rng.randrange(20 * MINUTE)
            sshd.refused(
                t, "web01", rng.choice(("admin", "test", "oracle")), rng.choice(_KNOCKERS), known=False
            )


def _exchange(rng: Random, company: Company, exchange: Exchange) -> None:
    """Mail between colleagues and partners; at 15:00 a circular to everybody by the mailing list."""
    boxes = [client.person.mailbox for client in company.clients.values()]
    for _ in range(900):
        t = at("08:00") + rng.randrange(11 * HOUR)
        one, other = rng.sample(boxes, 2)
        partner = rng.choice(("takeda", "mori", "ono")) + "@partner.example"
        way = rng.randrange(3)
        if way == 0:
            exchange.delivered(t, one, (other,), "打合せの件", incoming=False)
        elif way == 1:
            exchange.delivered(t, partner, (one,), "見積書の件", incoming=True)
        else:
            exchange.sent(t, one, partner, "納期の件")
    for number, box in enumerate(boxes):
        t = at("15:00") + number * 120 * MILLI
        exchange.delivered(t, f"soumu@{MAIL_DOMAIN}", (box,), "【全社】夏季休業のお知らせ", incoming=False)
