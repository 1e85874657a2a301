"""The company: 株式会社みなと製作所 (Minato Works), its people, machines and addresses.

Head office: servers in 10.20.0.0/24, clients in 10.20.4.0/23 by DHCP, everything leaves through FW01 as
203.0.113.10. A branch (10.21.4.0/24) has its own proxy PROXY02. More clients than 64 (larger scales) get
networks of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from noroshi.demo.names import DEPARTMENTS, FAMILY, GIVEN
from noroshi.demo.times import DAY_END, MIDNIGHT, at

MAIL_DOMAIN: Final = "minato-works.example"
AD_DOMAIN: Final = "MINATO"
AD_DNS: Final = "corp.minato-works.example"
NAT: Final = "203.0.113.10"
WEB_PUBLIC: Final = "203.0.113.11"
MX_PUBLIC: Final = "203.0.113.12"
DOMAIN_SID: Final = "S-1-5-21-1906402188-2417893301-3300521764"

SERVERS: Final = {
    "DC01": "10.20.0.10",
    "FS01": "10.20.0.20",
    "PROXY01": "10.20.0.8",
    "MX01": "10.20.0.25",
    "NEWS01": "10.20.0.26",
    "WEB01": "10.20.0.80",
    "SCCM01": "10.20.0.40",
    "ASSET01": "10.20.0.41",
    "DHCP01": "10.20.0.67",
    "NS01": "10.20.0.53",
    "MON01": "10.20.0.60",
    "FW01": "10.20.0.1",
    "PROXY02": "10.21.0.8",
}
MFP: Final = "10.20.0.90"
"""The multi-function printer of the second floor, which has a web page and no name."""

VICTIM: Final = "PC-014"
PROTECTED_VIEW: Final = "PC-023"
MORNING_HOLDER: Final = "PC-037"
HONEST_VISITOR: Final = "PC-041"
ADMIN_PC: Final = "PC-003"
_SEATS: Final = {
    VICTIM: ("鈴木 太郎", "t.suzuki"),
    PROTECTED_VIEW: ("小林 花子", "h.kobayashi"),
    MORNING_HOLDER: ("中村 健一", "k.nakamura"),
    HONEST_VISITOR: ("松本 由美", "y.matsumoto"),
    ADMIN_PC: ("加藤 明美", "a.kato"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here.

    Attributes:
        user: Account name, ``t.suzuki``; the mailbox is ``user@minato-works.example``.
        name: As on the name plate.
        department: Where.
        sid: Security identifier of the account.
    """

    user: str
    name: str
    department: str
    sid: str

    @property
    def mailbox(self) -> str:
        """Mail address."""
        return f"{self.user}@{MAIL_DOMAIN}"


@dataclass(frozen=True, slots=True)
class Lease:
    """An address that a client holds from `start` until `end` (instants)."""

    address: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Client:
    """A personal computer.

    Attributes:
        host: ``PC-014``.
        person: Who uses it.
        mac: Hardware address, locally administered.
        leases: Its addresses of the day.
        agent: Which agent ships its Windows events: ``nxlog`` or ``winlogbeat``.
        branch: Whether it is behind PROXY02.
    """

    host: str
    person: Person
    mac: str
    leases: tuple[Lease, ...]
    agent: str
    branch: bool

    def address(self, t: int) -> str:
        """The address at an instant; while none is held, the last one."""
        held = [lease.address for lease in self.leases if lease.start <= t]
        return held[-1] if held else self.leases[0].address


ADMIN: Final = Person("a.kato-adm", "加藤 明美(管理者)", "情報システム室", f"{DOMAIN_SID}-1900")
ASSET_ACCOUNT: Final = Person("svc-asset", "資産管理", "情報システム室", f"{DOMAIN_SID}-1901")


def _person(number: int) -> Person:
    host = f"PC-{number:03d}"
    sid = f"{DOMAIN_SID}-{1100 + number}"
    if host in _SEATS:
        name, user = _SEATS[host]
        department = "情報システム室" if host == ADMIN_PC else DEPARTMENTS[number % len(DEPARTMENTS)]
        return Person(user, name, department, sid)
    family, romaji = FAMILY[number * 7 % len(FAMILY)]
    given, initial = GIVEN[number * 5 % len(GIVEN)]
    return Person(
        f"{initial}.{romaji}{number}", f"{family} {given}", DEPARTMENTS[number % len(DEPARTMENTS)], sid
    )


def _home_address(number: int) -> tuple[str, bool]:
    """Address of a client, and whether it stands in the branch."""
    if number <= 52:
        return f"10.20.4.{100 + number}", False
    if number <= 64:
        return f"10.21.4.{48 + number}", True
    block, seat = divmod(number - 65, 200)
    return f"10.{30 + block}.4.{10 + seat}", False


def _leases(host: str, home: str) -> tuple[Lease, ...]:
    """The leases of the day; one address changes hands at noon."""
    if host == VICTIM:
        return (
            Lease("10.20.5.77", MIDNIGHT, at("11:47:20")),
            Lease("10.20.4.114", at("12:01:33"), DAY_END),
        )
    if host == MORNING_HOLDER:
        return (
            Lease("10.20.4.114", MIDNIGHT, at("11:21:08")),
            Lease("10.20.4.137", at("11:24:41"), DAY_END),
        )
    return (Lease(home, MIDNIGHT, DAY_END),)


def _client(number: int) -> Client:
    host = f"PC-{number:03d}"
    home, branch = _home_address(number)
    mac = f"02:1a:4b:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
    agent = "winlogbeat" if branch or number % 10 == 3 else "nxlog"
    return Client(host, _person(number), mac, _leases(host, home), agent, branch)


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody and everything: `clients` by host name, in order."""

    clients: dict[str, Client]

    def __getitem__(self, host: str) -> Client:
        return self.clients[host]

    def office(self) -> list[Client]:
        """The clients of the head office, ordinary seats only (no IT, nobody who plays a part)."""
        return [c for c in self.clients.values() if not c.branch and c.host not in _SEATS]


def found(scale: float) -> Company:
    """The company at a size: never fewer than 64 clients, in proportion above that."""
    count = max(64, round(64 * scale))
    return Company({f"PC-{n:03d}": _client(n) for n in range(1, count + 1)})
