"""The infection of PC-014, step by step, as it shows in every log.

The machine's proxy settings (a PAC file) send ports 80, 443 and 8080 to PROXY01; other ports go straight to
the firewall, which refuses all but 7080: a supplier's ordering system needed that, and the policy names no
address.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from noroshi.demo import campaign, powershell
from noroshi.demo.company import VICTIM
from noroshi.demo.mail import Mail
from noroshi.demo.names import EMOTET_AGENT
from noroshi.demo.network import POLICY_BLOCK_SMTP, POLICY_OLD_SUPPLIER, POLICY_SUBMISSION
from noroshi.demo.scene import Run, sysmon_hashes
from noroshi.demo.specimens import family
from noroshi.demo.times import MILLI, MINUTE, SECOND, at
from noroshi.demo.traffic import HEADERS_IN, HEADERS_OUT, Exchange, Load
from noroshi.demo.windows import Launch

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.demo.scene import Scene
    from noroshi.demo.windows import Process

MAIL_SERVERS: Final = tuple(
    (f"{host}.{domain}", f"203.0.113.{150 + i}")
    for i, (host, domain) in enumerate(
        (h, f"{d}.example")
        for d in (
            "tanaka-kensetsu",
            "higashi-sangyo",
            "nihon-kizai",
            "sanyo-shokai",
            "midori-noen",
            "taisei-unyu",
            "chuo-kagaku",
            "kita-denshi",
        )
        for h in ("smtp", "mail", "mx")
    )
)
"""Servers that the infected machine talks to in the afternoon: submission, and mail exchangers."""


class Chain:
    """Plays the infection on a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._rng = scene.world.rng("chain")
        self._machine = scene.world.machine(VICTIM)
        self._client = scene.client(VICTIM)
        self._person = scene.people[VICTIM]
        self._facts = family.of_the_day(scene.world.day.seed)

    def play(self) -> None:
        """Put the steps into the schedule."""
        self._scene.at(at("13:05:12"), self._mail)
        self._scene.at(at("13:11:38"), self._open)
        self._scene.at(at("15:00:10"), self._spam)
        self._scene.at(at("15:04:20"), self._bounces)

    def _mail(self, t: int) -> None:
        mail = Mail(
            campaign.SENDER,
            (self._client.person.mailbox,),
            campaign.SUBJECT,
            campaign.MESSAGE_ID,
            campaign.THREAD,
            7_800,
            (self._facts.attachment,),
            tls=False,
            display=campaign.SENDER_NAME,
        )
        self._scene.mailing.receive(campaign.SENDER_HOST, mail, t)

    def _open(self, t: int) -> None:
        word, path = self._scene.open_attachment(t, VICTIM, self._facts.attachment)
        sid, stored = (
            self._person.account.sid,
            path.replace("\\", "/").replace("C:/Users/t.suzuki", "%USERPROFILE%"),
        )
        word_security = f"HKU\\{sid}\\Software\\Microsoft\\Office\\16.0\\Word\\Security"
        key = f"{word_security}\\Trusted Documents\\TrustRecords\\{stored}"
        self._machine.set_registry(at("13:12:07"), word, key, "Binary Data")
        host = self._machine.wmi_host(at("13:12:08.300"))
        text = campaign.script(self._rng)
        run = Run(f"powershell -e {powershell.encode(text)}", host, self._person.account, (text,), seconds=7)
        shell = self._scene.run_powershell(at("13:12:09.120"), VICTIM, run)
        self._download(shell)
        self._machine.end(at("13:18:40"), word)

    def _download(self, shell: Process) -> None:
        network, client = self._scene.network, self._client
        for clock in ("13:12:10.700", "13:12:12.050", "13:12:12.900", "13:12:13.800"):
            self._scene.through_proxy(at(clock), VICTIM, shell)
        network.tunnel(at("13:12:10.700"), client, "www.hanamura-shop.example", Load(812, 5_230, 900))
        missing = Exchange("GET", "/wp-content/x8rTz/", 404, 0, 4_211, "text/html")
        network.pages(at("13:12:12.050"), client, "www.kitano-ryokan.example", [missing])
        network.tunnel(at("13:12:12.900"), client, "www.ohmi-garden.example", Load(798, 4_911, 700))
        served = Exchange(
            "GET",
            campaign.SERVED_PATH,
            200,
            0,
            campaign.EXECUTABLE_BYTES,
            "application/octet-stream",
            filename=self._facts.executable.name,
            executable=True,
        )
        network.pages(at("13:12:13.800"), client, campaign.SERVED_HOST, [served])
        self._machine.create_file(at("13:12:14.300"), shell, campaign.FIRST_PROGRAM)
        self._settle(at("13:12:15.600"), shell)

    def _settle(self, t: int, shell: Process) -> None:
        """The executable starts, copies itself, starts the copy, and the copy registers itself."""
        machine, account = self._machine, self._person.account
        image = campaign.FIRST_PROGRAM
        hashes = sysmon_hashes(self._facts.executable)
        launch = Launch(f'"{image}"', image, shell, account, "C:\\Windows\\system32\\", hashes=hashes)
        first = machine.start(t, launch)
        machine.create_file(t + 2_400 * MILLI, first, campaign.PROGRAM)
        launch = Launch(f'"{campaign.PROGRAM}"', campaign.PROGRAM, first, account, hashes=hashes)
        self._program = machine.start(t + 3_100 * MILLI, launch)
        machine.end(t + 3_600 * MILLI, first)
        key = f"HKU\\{account.sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\dxdiagn"
        machine.set_registry(at("13:12:24"), self._program, key, f'"{campaign.PROGRAM}"')
        self._scene.at(at("13:12:58"), self._call_denied_by_proxy)
        self._scene.at(at("13:13:05"), self._call_denied_by_firewall)
        self._scene.at(at("13:13:31"), self._call_direct)
        for moment in self._later_calls():
            self._scene.at(moment, self._call_through_proxy)

    def _later_calls(self) -> list[int]:
        calls = [at("13:14:05")]
        while calls[-1] < at("17:10"):
            calls.append(calls[-1] + 15 * MINUTE + self._rng.randrange(-50, 50) * SECOND)
        return calls

    def _call(self, endpoint: tuple[str, int], answer: int) -> Exchange:
        """A call: multipart form, Referer equal to the URL."""
        address, port = endpoint
        path = campaign.c2_path(self._rng)
        authority = address if port == 80 else f"{address}:{port}"
        return Exchange(
            "POST",
            path,
            200,
            self._rng.randrange(4_200, 7_600),
            answer,
            "text/html; charset=UTF-8",
            f"http://{authority}{path}",
            EMOTET_AGENT,
        )

    def _call_denied_by_proxy(self, t: int) -> None:
        call = self._call(campaign.C2_PROXY_DENIED, 0)
        self._scene.through_proxy(t, VICTIM, self._program)
        self._scene.network.denied_by_proxy(t, self._client, "POST", call.referer, (call.referer, call.agent))

    def _call_denied_by_firewall(self, t: int) -> None:
        source = (self._client.address(t), self._machine.port())
        self._scene.network.refused(t, (source, campaign.C2_FIREWALL_DENIED))

    def _call_direct(self, t: int) -> None:
        source, call = (self._client.address(t), self._machine.port()), self._call(campaign.C2_DIRECT, 132)
        self._machine.connect(t, self._program, source, campaign.C2_DIRECT)
        self._scene.network.straight_out(
            t,
            (source, campaign.C2_DIRECT),
            Load(call.sent + HEADERS_OUT, call.received + HEADERS_IN, 1_900),
            (POLICY_OLD_SUPPLIER, "http"),
            call,
        )

    def _call_through_proxy(self, t: int) -> None:
        first = t == at("13:14:05")
        endpoint = campaign.C2_PROXIED if first or self._rng.random() < 0.6 else campaign.C2_PROXIED_443
        call = self._call(endpoint, 148_324 if first else self._rng.randrange(120, 900))
        self._scene.through_proxy(t, VICTIM, self._program)
        if first:
            call = replace(
                call,
                signature=(1_000_101, "MINATO LOCAL POST to a bare IP address, Referer names the address"),
            )
        self._scene.network.pages(t, self._client, endpoint[0], [call], port=endpoint[1])

    def _spam(self, t: int) -> None:
        """Three bursts to mail servers: mail exchangers on 25 are refused, submission is let through."""
        for burst in (0, 11 * MINUTE, 22 * MINUTE):
            for i, server in enumerate(MAIL_SERVERS):
                self._scene.at(
                    t + burst + i * 7 * SECOND + self._rng.randrange(4 * SECOND), self._sender(server)
                )

    def _sender(self, server: tuple[str, str]) -> Callable[[int], None]:
        name, address = server
        port = {"smtp": 587, "mail": 465, "mx": 25}[name.split(".", 1)[0]]

        def send(t: int) -> None:
            network, machine = self._scene.network, self._machine
            network.place(name, address)
            source = (self._client.address(t), machine.port())
            network.resolve(t, source[0], name)
            machine.query_dns(t, self._program, name, address)
            start = t + 60 * MILLI
            if port == 25:
                network.refused(start, (source, (address, port)), POLICY_BLOCK_SMTP)
                return
            machine.connect(start, self._program, source, (address, port), name)
            load = Load(self._rng.randrange(180_000, 260_000), 3_400, self._rng.randrange(2_500, 9_000))
            route = (POLICY_SUBMISSION, "tls" if port == 465 else "smtp")
            network.straight_out(start, (source, (address, port)), load, route)

        return send

    def _bounces(self, t: int) -> None:
        for i in range(11):
            name, address = MAIL_SERVERS[2 * i]
            mail = Mail(
                "",
                (self._client.person.mailbox,),
                "Undelivered Mail Returned to Sender",
                f"<2020072206{i:02d}.B0@{name}>",
                size=11_200,
                tls=bool(i % 2),
            )
            moment = t + i * 95 * SECOND
            self._scene.at(moment, partial(self._scene.mailing.receive, (name, address), mail))
