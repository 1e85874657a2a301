"""The background that nobody here makes: visitors of WEB01, knocking, refused mail, leases, services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.demo.company import MORNING_HOLDER, MX_PUBLIC, NAT, SERVERS, VICTIM, WEB_PUBLIC
from noroshi.demo.times import DAY_END, HOUR, MIDNIGHT, MILLI, MINUTE, SECOND, at, syslog
from noroshi.demo.traffic import Load
from noroshi.demo.windows import SYSTEM, Launch
from noroshi.demo.windows_images import SYSTEM32

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.demo.network import Network
    from noroshi.demo.world import World

_KNOCKED_PORTS: Final = (23, 22, 445, 3389, 8080, 5900, 1433, 6379, 7547, 81, 8443)
_SERVICES: Final = (
    "Windows Update",
    "Background Intelligent Transfer Service",
    "Windows Modules Installer",
    "Software Protection",
)
_WINDOWS_SERVERS: Final = ("DC01", "FS01", "SCCM01", "ASSET01", "WEB01")
_MX01: Final = SERVERS["MX01"]


def _outsider(number: int) -> str:
    return f"203.0.113.{100 + number % 45}"


def visitors(world: World, network: Network) -> Iterator[int]:
    """People on the internet look at WEB01, by day more than by night."""
    rng = world.rng("visitors")
    count = round(620 * max(1.0, world.busyness))
    for t in sorted(MIDNIGHT + round(rng.triangular(0, 24, 14) * HOUR) for _ in range(count)):
        yield t
        source = (_outsider(rng.randrange(45)), rng.randrange(20_000, 60_000))
        network.served(
            t,
            source,
            ((WEB_PUBLIC, 443), (SERVERS["WEB01"], 443)),
            Load(rng.randrange(700, 3_000), rng.randrange(4_000, 200_000), rng.randrange(300, 20_000)),
            "tls",
        )


def knocking(world: World, network: Network) -> Iterator[int]:
    """The internet tries ports that are not published; the firewall denies."""
    rng = world.rng("knocking")
    t = MIDNIGHT
    while (t := t + round(rng.expovariate(1 / 60.0) * SECOND)) < DAY_END - MINUTE:
        yield t
        target = rng.choice((NAT, WEB_PUBLIC, MX_PUBLIC))
        source = (f"192.0.2.{201 + rng.randrange(50)}", rng.randrange(1_024, 65_000))
        network.knocked(t, source, (target, rng.choice(_KNOCKED_PORTS)))


def refused_mail(world: World, network: Network) -> Iterator[int]:
    """Spam for people who do not exist: MX01 refuses the recipient."""
    rng, log = world.rng("refused-mail"), world.files["mail"]
    for t in sorted(MIDNIGHT + rng.randrange(24 * HOUR - MINUTE) for _ in range(90)):
        yield t
        address, pid = _outsider(rng.randrange(45)), rng.randrange(40_000, 60_000)
        source, server = (address, rng.randrange(20_000, 60_000)), ((MX_PUBLIC, 25), (_MX01, 25))
        network.served(t, source, server, Load(290, 410, 1_100), "smtp")
        who = rng.choice(("admin", "sales", "test", "info2", "soumu01"))
        recipient, sender = (
            f"{who}@minato-works.example",
            f"promo{rng.randrange(99)}@bulk-{rng.randrange(20)}.example",
        )
        head = f"mx01 postfix/smtpd[{pid}]:"
        log.add(t, f"{syslog(t)} {head} connect from unknown[{address}]")
        log.add(
            t + 300 * MILLI,
            f"{syslog(t + 300 * MILLI)} {head} NOQUEUE: reject: RCPT from unknown[{address}]: 550 5.1.1 "
            f"<{recipient}>: "
            f"Recipient address rejected: User unknown in local recipient table; from=<{sender}> "
            f"to=<{recipient}> "
            f"proto=ESMTP helo=<{sender.split('@')[1]}>",
        )
        end = t + 900 * MILLI
        log.add(
            end,
            f"{syslog(end)} {head} disconnect from unknown[{address}] ehlo=1 mail=1 rcpt=0/1 quit=1 "
            f"commands=3/4",
        )


def services(world: World) -> Iterator[int]:
    """Services of the Windows servers start and stop, and their scheduled tasks run."""
    rng = world.rng("services")
    for t in sorted(MIDNIGHT + rng.randrange(24 * HOUR - HOUR) for _ in range(160)):
        yield t
        machine, name = world.machine(rng.choice(_WINDOWS_SERVERS)), rng.choice(_SERVICES)
        machine.service_state(t, name, "running")
        image = SYSTEM32 + "taskhostw.exe"
        task = machine.start(t + SECOND, Launch("taskhostw.exe", image, machine.svchost, SYSTEM))
        machine.end(t + rng.randrange(4, 90) * SECOND, task)
        machine.service_state(t + rng.randrange(100, 900) * SECOND, name, "stopped")


def leases(world: World) -> Iterator[int]:
    """The address 10.20.4.114 changes hands: PC-037 had it in the morning, PC-014 has it from noon."""
    victim, morning = world.company[VICTIM], world.company[MORNING_HOLDER]
    plan = (
        (morning.leases[0].end, morning, "release"),
        (morning.leases[1].start, morning, "give"),
        (victim.leases[0].end, victim, "release"),
        (victim.leases[1].start - SECOND - 41 * MILLI, victim, "give"),
    )
    for t, client, action in plan:
        yield t
        if action == "release":
            world.dhcp.release(t, client, client.address(t - SECOND))
        else:
            world.dhcp.give(t, client, client.address(t + 2 * SECOND))


def renewals(world: World) -> Iterator[int]:
    """Every four hours a client renews its lease."""
    rng = world.rng("renewals")
    plan = []
    for client in world.clients():
        if client.branch or len(client.leases) > 1:
            continue
        first = at("12:25") + rng.randrange(60 * MINUTE)
        plan += [(first, client.host), (first + 4 * HOUR, client.host)]
    for t, host in sorted(plan):
        yield t
        client = world.company[host]
        world.dhcp.renew(t, client, client.address(t))


def everything(world: World, network: Network) -> None:
    """Put all of it into the schedule."""
    for actor in (
        visitors(world, network),
        knocking(world, network),
        refused_mail(world, network),
        services(world),
        leases(world),
        renewals(world),
    ):
        world.day.spawn(actor)
