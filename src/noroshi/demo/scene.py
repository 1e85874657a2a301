"""What the special scenes have in common: the world, the people, PowerShell runs, opened mails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.demo import logons, powershell
from noroshi.demo import windows_images as images
from noroshi.demo.company import AD_DNS, DOMAIN_SID, SERVERS, Client, Lease, Person
from noroshi.demo.times import DAY_END, MIDNIGHT, MILLI, SECOND
from noroshi.demo.windows import Account, Launch, Process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.demo.mail import Attachment, Mailing
    from noroshi.demo.network import Network
    from noroshi.demo.office import OfficeDay
    from noroshi.demo.world import World

_CONTENT_OUTLOOK: Final = (
    "C:\\Users\\{user}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\{folder}\\"
)


@dataclass(frozen=True, slots=True)
class Run:
    """A PowerShell run: command line, who and what started it, the script blocks, how long."""

    command_line: str
    parent: Process
    account: Account
    blocks: tuple[str, ...]
    seconds: int = 4


class Scene:
    """The stage on which look-alikes, near misses and the chain play."""

    def __init__(
        self, world: World, network: Network, mailing: Mailing, people: dict[str, OfficeDay]
    ) -> None:
        self.world = world
        self.network = network
        self.mailing = mailing
        self.people = people
        self.rng = world.rng("scene")

    def at(self, t: int, play: Callable[[int], None]) -> None:
        """Let something happen at an instant."""
        self.world.day.spawn(_once(t, play))

    def client(self, host: str) -> Client:
        """A client, or a server that goes out through the proxy like one."""
        if host in SERVERS:
            somebody = Person(f"{host}$", host, "", f"{DOMAIN_SID}-1000")
            return Client(
                host, somebody, "", (Lease(SERVERS[host], MIDNIGHT, DAY_END),), "winlogbeat", branch=False
            )
        return self.world.company[host]

    def run_powershell(self, t: int, host: str, run: Run) -> Process:
        """Start PowerShell and let it log itself."""
        machine = self.world.machine(host)
        process = machine.start(t, Launch(run.command_line, images.POWERSHELL, run.parent, run.account))
        console = "\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1"
        machine.start(t + 30 * MILLI, Launch(console, images.SYSTEM32 + "conhost.exe", process, run.account))
        end = t + run.seconds * SECOND
        powershell.session(machine, t, process, run.blocks, end)
        machine.end(end + 40 * MILLI, process)
        return process

    def network_logon(self, t: int, host: str, person: Person, source: str) -> Account:
        """A person logs on to a machine over the network; gives the session there."""
        machine = self.world.machine(host)
        account = machine.account(person, elevated=True, session=0)
        ends = (source, 49_000 + self.rng.randrange(9_000))
        logons.service_ticket(self.world.dc, t, account, f"{host}$", ends)
        logons.logged_on(machine, t + 120 * MILLI, account, logons.NETWORK, ends)
        logons.logged_off(machine, t + 90 * SECOND, account, logons.NETWORK)
        return account

    def through_proxy(self, t: int, host: str, process: Process) -> None:
        """Sysmon's view of any request that goes to the proxy: a connection to PROXY01 and no more."""
        machine = self.world.machine(host)
        source = (self.client(host).address(t), machine.port())
        machine.connect(t, process, source, (SERVERS["PROXY01"], 3128), f"proxy01.{AD_DNS}")

    def open_attachment(self, t: int, host: str, attachment: Attachment) -> tuple[Process, str]:
        """Outlook writes an attachment to its folder and Word opens it; gives Word and the path."""
        person, machine = self.people[host], self.world.machine(host)
        user, folder = person.account.name, f"{self.rng.getrandbits(40):010X}"[:8]
        path = _CONTENT_OUTLOOK.format(user=user, folder=folder) + attachment.name
        machine.create_file(t, person.outlook, path)
        machine.mark_of_the_web(t, person.outlook, path, sysmon_hashes(attachment))
        command = f'"{images.OFFICE}WINWORD.EXE" /n "{path}" /o ""'
        launch = Launch(command, images.OFFICE + "WINWORD.EXE", person.outlook, person.account)
        return machine.start(t + 2 * SECOND, launch), path


def sysmon_hashes(attachment: Attachment) -> str:
    """An attachment's hashes as Sysmon prints them."""
    hashes = attachment.hashes()
    imphash = (attachment.imphash or "0" * 32).upper()
    return f"MD5={hashes['md5'].upper()},SHA256={hashes['sha256'].upper()},IMPHASH={imphash}"


def _once(t: int, play: Callable[[int], None]) -> Iterator[int]:
    yield t
    play(t)
