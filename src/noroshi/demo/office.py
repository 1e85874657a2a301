"""The working day of one person: logon, mail, documents, browsing, and the noise of the machine.

The rhythm: people come between 08:20 and 09:20, few work at lunch (12:00 to 13:00), most leave between 17:30
and 19:30. Each person draws from a source of chance of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.demo import logons, names
from noroshi.demo import windows_images as images
from noroshi.demo.company import AD_DNS, SERVERS, VICTIM
from noroshi.demo.mail import Attachment, Mail
from noroshi.demo.times import HOUR, MILLI, MINUTE, SECOND, at
from noroshi.demo.traffic import Exchange, Load
from noroshi.demo.windows import SYSTEM, Launch, Process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from noroshi.demo.company import Client
    from noroshi.demo.mail import Mailing
    from noroshi.demo.network import Network
    from noroshi.demo.world import World

_ACTIVITIES: Final = 105
_WEIGHTS: Final = {8: 3, 9: 12, 10: 12, 11: 11, 12: 4, 13: 11, 14: 12, 15: 12, 16: 11, 17: 8, 18: 3}
_NOISE: Final = (
    (
        "svchost",
        images.SYSTEM32 + "backgroundTaskHost.exe",
        '"{image}" -ServerName:App.AppXtk181tbxbce2qsex02s8tw7hfxa9xb3t.mca',
    ),
    ("svchost", images.SYSTEM32 + "RuntimeBroker.exe", "{image} -Embedding"),
    ("svchost", images.SYSTEM32 + "taskhostw.exe", "taskhostw.exe"),
    (
        "svchost",
        images.SYSTEM32 + "dllhost.exe",
        "{image} /Processid:{{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}}",
    ),
    ("svchost", images.SYSTEM32 + "smartscreen.exe", "{image} -Embedding"),
    (
        "svchost",
        images.SYSTEM32 + "SearchProtocolHost.exe",
        '"{image}" Global\\UsGthrFltPipeMssGthrPipe12_ Global\\UsGthrCtrlFltPipeMssGthrPipe12',
    ),
    ("svchost", images.SYSTEM32 + "audiodg.exe", "{image} 0x3d4"),
    (
        "svchost",
        "C:\\Program Files (x86)\\Google\\Update\\GoogleUpdate.exe",
        '"{image}" /ua /installsource scheduler',
    ),
    ("svchost", images.SYSTEM32 + "gpupdate.exe", "gpupdate.exe /target:computer"),
)
_SYSTEM_NOISE: Final = (
    "taskhostw.exe",
    "SearchProtocolHost.exe",
    "audiodg.exe",
    "GoogleUpdate.exe",
    "gpupdate.exe",
)


class OfficeDay:
    """One person's day at one machine."""

    def __init__(self, world: World, network: Network, mailing: Mailing, client: Client) -> None:
        self._world = world
        self._network = network
        self._mailing = mailing
        self._client = client
        self._rng: Random = world.rng(f"person:{client.host}")
        self._machine = world.machine(client.host)
        self.account = self._machine.account(client.person)
        self.shell = self._machine.shell(self.account)
        self.outlook = self.shell
        self._counter = 0

    def live(self) -> Iterator[int]:
        """The actor: arrive, work, leave."""
        arrive = at("8:20") + round(self._rng.triangular(0, 60, 35) * MINUTE) + self._rng.randrange(MINUTE)
        leave = at("17:30") + round(self._rng.triangular(0, 120, 30) * MINUTE)
        yield arrive
        yield from self._arrive(arrive)
        for moment in self._moments(arrive + 3 * MINUTE, leave):
            yield moment
            self._act(moment)
        yield leave
        logons.logged_off(self._machine, leave, self.account, logons.INTERACTIVE)

    def _moments(self, start: int, end: int) -> list[int]:
        hours, weights = list(_WEIGHTS), list(_WEIGHTS.values())
        count = round(_ACTIVITIES * self._world.busyness * self._rng.uniform(0.75, 1.25))
        chosen = self._rng.choices(hours, weights, k=count)
        moments = [at(f"{hour}:00") + self._rng.randrange(HOUR) for hour in chosen]
        return sorted(t for t in moments if start < t < end - MINUTE and not self._away(t))

    def _away(self, t: int) -> bool:
        """Between two leases the machine sleeps; the victim's is quiet around the opening of the mail."""
        gap = any(
            a.end <= t < b.start + MINUTE
            for a, b in zip(self._client.leases, self._client.leases[1:], strict=False)
        )
        return gap or (self._client.host == VICTIM and at("13:09") < t < at("13:16"))

    def _arrive(self, t: int) -> Iterator[int]:
        client, machine, world = self._client, self._machine, self._world
        address = client.address(t)
        if not client.branch:
            world.dhcp.give(t, client, address)
            for i, name in enumerate(("wpad", "dc01", "mx01")):
                self._network.resolve(t + (4 + i) * SECOND, address, f"{name}.{AD_DNS}")
        t += 30 * SECOND
        yield t
        self.shell = machine.shell(self.account)
        source = (address, machine.port())
        logons.ticket_granting(world.dc, t, self.account, source)
        logons.service_ticket(world.dc, t + 40 * MILLI, self.account, f"{client.host}$", source)
        logons.logged_on(machine, t + 300 * MILLI, self.account, logons.INTERACTIVE)
        userinit = self._start(
            t + SECOND, images.SYSTEM32 + "userinit.exe", "C:\\Windows\\system32\\userinit.exe", self.shell
        )
        self.shell = self._start(
            t + 2 * SECOND, "C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE", userinit
        )
        machine.end(t + 30 * SECOND, userinit)
        command = f'"{images.OFFICE}OUTLOOK.EXE" '
        self.outlook = self._start(t + 50 * SECOND, images.OFFICE + "OUTLOOK.EXE", command, self.shell)
        mx = f"mx01.{AD_DNS}"
        machine.query_dns(t + 52 * SECOND, self.outlook, mx, SERVERS["MX01"])
        machine.connect(t + 53 * SECOND, self.outlook, (address, machine.port()), (SERVERS["MX01"], 993), mx)
        self._start(
            t + 70 * SECOND, images.CHROME, f'"{images.CHROME}" --profile-directory=Default', self.shell
        )

    def _start(self, t: int, image: str, command: str, parent: Process) -> Process:
        launch = Launch(command, image, parent, self.account, f"C:\\Users\\{self.account.name}\\")
        return self._machine.start(t, launch)

    def _act(self, t: int) -> None:
        choice = self._rng.choices(
            (self._browse, self._noise, self._fetch_mail, self._write_mail, self._open_document, self._share),
            (40, 24, 10, 7, 9, 10),
        )[0]
        choice(t)

    # -- browsing ----------------------------------------------------------------------------------

    def _browse(self, t: int) -> None:
        rng = self._rng
        if rng.random() < 0.03:
            site = rng.choice(("www.onrain-kajino.example", "dl.torrent-hako.example"))
            self._network.denied_by_proxy(t, self._client, "CONNECT", f"{site}:443", ("-", names.CHROME))
            return
        if rng.random() < 0.72:
            for i in range(rng.randrange(1, 4)):
                host = rng.choice(names.HTTPS_SITES)
                received = round(rng.lognormvariate(9.5, 1.2))
                load = Load(rng.randrange(900, 9000), received, rng.randrange(200, 60_000))
                self._network.tunnel(t + i * 350 * MILLI, self._client, host, load, names.CHROME)
            return
        host = rng.choice(names.HTTP_SITES)
        self._network.pages(t, self._client, host, visit(rng, host))

    # -- mail --------------------------------------------------------------------------------------

    def _fetch_mail(self, t: int) -> None:
        """A mail from a partner arrives for this person, and Outlook looks."""
        rng = self._rng
        domain, host, address = rng.choice(names.PARTNERS)
        self._counter += 1
        attachments: tuple[Attachment, ...] = ()
        if rng.random() < 0.3:
            name = rng.choice(names.DOCUMENTS)
            extension, mime = rng.choice(
                (("pdf", "application/pdf"), ("xlsx", _XLSX), ("pdf", "application/pdf"))
            )
            attachments = (
                Attachment(f"{name}.{extension}", mime, rng.randrange(20_000, 400_000), f"{name}{t}"),
            )
        mail = Mail(
            f"{rng.choice(('eigyo', 'info', 'takeda', 'ono', 'support'))}@{domain}",
            (self._client.person.mailbox,),
            rng.choice(("", "Re: ", "Re: ")) + rng.choice(names.SUBJECTS),
            f"<{t}.{self._counter}@{host}.{domain}>",
            size=rng.randrange(2_500, 12_000),
            attachments=attachments,
            tls=rng.random() < 0.55,
        )
        self._mailing.receive((f"{host}.{domain}", address), mail, t)
        source = (self._client.address(t), self._machine.port())
        self._machine.connect(t + 20 * SECOND, self.outlook, source, (SERVERS["MX01"], 993), f"mx01.{AD_DNS}")

    def _write_mail(self, t: int) -> None:
        rng, person = self._rng, self._client.person
        self._counter += 1
        me = (f"{self._client.host.lower()}.{AD_DNS}", self._client.address(t))
        message_id = f"<{t}.{self._counter}@{self._client.host.lower()}>"
        if rng.random() < 0.5:
            domain, host, address = rng.choice(names.PARTNERS)
            mail = Mail(person.mailbox, (f"eigyo@{domain}",), "Re: " + rng.choice(names.SUBJECTS), message_id)
            self._mailing.send(t, me, mail, (f"{host}.{domain}", address))
        else:
            other = rng.choice(self._world.clients()).person
            mail = Mail(person.mailbox, (other.mailbox,), rng.choice(names.SUBJECTS), message_id)
            self._mailing.deliver_inside(t, me, mail)

    # -- the machine -------------------------------------------------------------------------------

    def _open_document(self, t: int) -> None:
        rng, machine = self._rng, self._machine
        word = rng.random() < 0.4
        program, extension = ("WINWORD.EXE", "docx") if word else ("EXCEL.EXE", "xlsx")
        name = rng.choice(names.DOCUMENTS)
        path = f"\\\\FS01\\共有\\{self._client.person.department}\\{name}.{extension}"
        option = "/n " if word else ""
        process = self._start(
            t, images.OFFICE + program, f'"{images.OFFICE}{program}" {option}"{path}"', self.shell
        )
        if rng.random() < 0.5:
            folder = f"C:\\Users\\{self.account.name}\\AppData\\Roaming\\Microsoft\\Office\\Recent"
            machine.create_file(t + 4 * SECOND, process, f"{folder}\\{name}.LNK")
        if rng.random() < 0.2:
            printing = self._start(
                t + 90 * SECOND, images.SYSTEM32 + "splwow64.exe", "C:\\Windows\\splwow64.exe 8192", process
            )
            machine.end(t + 200 * SECOND, printing)
        machine.end(t + rng.randrange(4, 40) * MINUTE, process)

    def _share(self, t: int) -> None:
        """A file share on FS01: ticket, network logon there, connection."""
        machine, address = self._machine, self._client.address(t)
        port = machine.port()
        logons.service_ticket(self._world.dc, t, self.account, "FS01$", (address, port))
        there = self._world.machine("FS01")
        session = there.account(self._client.person, session=0)
        logons.logged_on(there, t + 200 * MILLI, session, logons.NETWORK, (address, port))
        logons.logged_off(there, t + self._rng.randrange(20, 600) * SECOND, session, logons.NETWORK)

    def _noise(self, t: int) -> None:
        rng, machine = self._rng, self._machine
        _, image, command = rng.choice(_NOISE)
        system = image.rsplit("\\", 1)[1] in _SYSTEM_NOISE
        launch = Launch(
            command.format(image=image), image, machine.svchost, SYSTEM if system else self.account
        )
        process = machine.start(t, launch)
        if rng.random() < 0.4:
            explorer = f"HKU\\{self.account.sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer"
            key = f"{explorer}\\RecentDocs\\.xlsx\\MRUListEx"
            machine.set_registry(t + 2 * SECOND, self.shell, key, "Binary Data")
        machine.end(t + rng.randrange(2, 400) * SECOND, process)


_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def visit(rng: Random, host: str, top: str | None = None) -> list[Exchange]:
    """A page of an ordinary site and some of what it embeds, as Chrome asks for them."""
    path = top or rng.choice(names.PAGES).format(n=rng.randrange(1, 900))
    referer = "" if rng.random() < 0.4 else f"https://www.search.example/search?q={rng.randrange(1000)}"
    page = Exchange("GET", path, 200, 0, rng.randrange(6_000, 60_000), "text/html", referer, names.CHROME)
    own = f"http://{host}{path}"
    assets = rng.sample(names.ASSETS, rng.randrange(1, 4))
    exchanges = [page]
    for asset, mime, size in assets:
        unchanged = rng.random() < 0.3
        status, body = (304, 0) if unchanged else (200, size)
        exchanges.append(Exchange("GET", asset, status, 0, body, mime, own, names.CHROME))
    return exchanges


def everybody(world: World, network: Network, mailing: Mailing) -> dict[str, OfficeDay]:
    """A day for every client, by host name."""
    days = {client.host: OfficeDay(world, network, mailing, client) for client in world.clients()}
    for day in days.values():
        world.day.spawn(day.live())
    return days
