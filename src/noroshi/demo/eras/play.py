"""One era's infection, step by step, as it shows in the logs of one machine."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from noroshi.demo import campaign, powershell
from noroshi.demo import windows_images as images
from noroshi.demo.chain import MAIL_SERVERS
from noroshi.demo.company import VICTIM
from noroshi.demo.eras.facts import ZIP
from noroshi.demo.mail import Mail
from noroshi.demo.names import EMOTET_AGENT
from noroshi.demo.network import POLICY_SUBMISSION
from noroshi.demo.scene import Run, sysmon_hashes
from noroshi.demo.times import MILLI, MINUTE, SECOND, at
from noroshi.demo.traffic import Certificate, Exchange, Load
from noroshi.demo.windows import Launch

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.demo.eras.facts import Facts
    from noroshi.demo.scene import Scene
    from noroshi.demo.windows import Process

_IMAGES: Final = {
    "word": images.OFFICE + "WINWORD.EXE",
    "excel": images.OFFICE + "EXCEL.EXE",
    "onenote": images.OFFICE + "ONENOTE.EXE",
}
_CMD: Final = images.SYSTEM32 + "cmd.exe"
_WSCRIPT: Final = images.SYSTEM32 + "wscript.exe"
_REGSVR32: Final = images.SYSTEM32 + "regsvr32.exe"
_RUNDLL32: Final = "C:\\Windows\\SysWOW64\\rundll32.exe"
_SCHTASKS: Final = images.SYSTEM32 + "schtasks.exe"


class EraChain:
    """Plays one era on a scene."""

    def __init__(self, scene: Scene, facts: Facts) -> None:
        self._scene = scene
        self._facts = facts
        self._rng = scene.world.rng(f"era:{facts.era}")
        self._machine = scene.world.machine(VICTIM)
        self._client = scene.client(VICTIM)
        self._person = scene.people[VICTIM]
        self._home = f"C:\\Users\\{self._client.person.user}"

    def play(self) -> None:
        """Put the steps into the schedule."""
        self._scene.at(at("13:05:12"), self._mail)
        self._scene.at(at("13:11:38"), self._open)

    def _start(self, t: int, command: str, image: str, parent: Process, content: str = "") -> Process:
        launch = Launch(command, image, parent, self._person.account, self._home + "\\", content)
        return self._machine.start(t, launch)

    # -- delivery --

    def _mail(self, t: int) -> None:
        mail = Mail(
            "takeda@tsukuba-shoji.example",
            (self._client.person.mailbox,),
            self._facts.subject,
            "<20200722040508.9D1C@mail.tsukuba-shoji.example>",
            campaign.THREAD,
            7_800,
            (self._facts.attachment,),
            tls=False,
            display="武田 誠",
        )
        self._scene.mailing.receive(campaign.SENDER_HOST, mail, t)

    def _open(self, t: int) -> None:
        """The attachment is saved and opened; an archive is unpacked by Explorer first."""
        facts, machine, person = self._facts, self._machine, self._person
        folder = f"{self._home}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\7QK2P3ZD\\"
        saved = folder + facts.attachment.name
        machine.create_file(t, person.outlook, saved)
        machine.mark_of_the_web(t, person.outlook, saved, sysmon_hashes(facts.attachment))
        document, parent = saved, person.outlook
        if facts.attachment.mime == ZIP:
            document, parent = f"{self._home}\\Downloads\\{facts.inside}", person.shell
            machine.create_file(t + SECOND, person.shell, document)
        if facts.templates:
            document = f"{self._home}\\AppData\\Roaming\\Microsoft\\Templates\\{facts.attachment.name}"
            machine.create_file(t + 2 * SECOND, person.shell, document)
        self._launch(t + 4 * SECOND, document, parent)

    # -- execution --

    def _launch(self, t: int, document: str, parent: Process) -> None:
        opener = parent
        if self._facts.opener in _IMAGES:
            image = _IMAGES[self._facts.opener]
            opener = self._start(t, f'"{image}" "{document}"', image, parent)
        start = {
            "wmi": self._by_wmi,
            "message": self._by_message,
            "child": self._by_child,
            "shortcut": self._by_shortcut,
            "script": self._by_script,
        }[self._facts.launcher]
        start(t + 25 * SECOND, document, opener)

    def _encoded(self) -> tuple[str, str]:
        """The downloader in clear and as PowerShell takes it."""
        joined = "*".join(f"http://{host}{path}" for host, path in self._facts.sites)
        text = campaign.script(self._rng).replace("*".join(campaign.DOWNLOADS), joined)
        return text, powershell.encode(text)

    def _by_wmi(self, t: int, _document: str, _opener: Process) -> None:
        text, encoded = self._encoded()
        host = self._machine.wmi_host(t)
        run = Run(f"powershell -e {encoded}", host, self._person.account, (text,), seconds=7)
        self._fetch(t + 2 * SECOND, self._scene.run_powershell(t + SECOND, VICTIM, run))

    def _by_message(self, t: int, _document: str, _opener: Process) -> None:
        """``cmd /c`` shows an error box, then PowerShell with the encoded command."""
        text, encoded = self._encoded()
        command = (
            "cmd cmd.exe /c msg %username% /v Word experienced an error trying to open the file. "
            f"& P^Ow^er^she^L^L -w hidden -ENCOD {encoded}"
        )
        shell = self._start(t, command, _CMD, self._machine.wmi_host(t))
        box = images.SYSTEM32 + "msg.exe"
        self._start(
            t + 300 * MILLI, "msg t.suzuki /v Word experienced an error trying to open the file.", box, shell
        )
        run = Run(f"POwersheLL -w hidden -ENCOD {encoded}", shell, self._person.account, (text,), seconds=7)
        self._fetch(t + 2 * SECOND, self._scene.run_powershell(t + SECOND, VICTIM, run))

    def _by_child(self, t: int, _document: str, opener: Process) -> None:
        """The document's own process fetches the payload and starts what runs it."""
        self._fetch(t, opener)

    def _by_shortcut(self, t: int, document: str, opener: Process) -> None:
        """The link cuts a script out of itself and runs it."""
        name = document.rpartition("\\")[2]
        script = f"{self._home}\\AppData\\Local\\Temp\\ewDOBvVCu.vbs"
        command = (
            f'"C:\\Windows\\System32\\cmd.exe" /v:on /c findstr "gQVhs.*" "{name}" > "{script}" & "{script}"'
        )
        shell = self._start(t, command, _CMD, opener)
        finder = images.SYSTEM32 + "findstr.exe"
        self._start(t + 200 * MILLI, f'findstr  "gQVhs.*" "{name}"', finder, shell)
        self._machine.create_file(t + 400 * MILLI, shell, script)
        host = self._start(t + 700 * MILLI, f'"{_WSCRIPT}" "{script}"', _WSCRIPT, shell)
        self._fetch(t + 2 * SECOND, host)

    def _by_script(self, t: int, _document: str, opener: Process) -> None:
        """A script in the document, written to the temporary folder and run by the script host."""
        folder = "OneNote\\16.0\\Exported\\{9C1F}\\NT\\0\\" if self._facts.opener == "onenote" else ""
        script = f"{self._home}\\AppData\\Local\\Temp\\{folder}click.wsf"
        self._machine.create_file(t, opener, script)
        host = self._start(t + SECOND, f'"{_WSCRIPT}" "{script}"', _WSCRIPT, opener)
        self._fetch(t + 2 * SECOND, host)

    # -- download and installation --

    def _fetch(self, t: int, fetcher: Process) -> None:
        """The first site is gone, the second serves the payload."""
        facts, network = self._facts, self._scene.network
        (first, gone), (second, served) = facts.sites[:2]
        self._scene.through_proxy(t, VICTIM, fetcher)
        network.pages(t, self._client, first, [Exchange("GET", gone, 404, 0, 4_211, "text/html")])
        self._scene.through_proxy(t + 2 * SECOND, VICTIM, fetcher)
        answer = Exchange(
            "GET",
            served,
            200,
            0,
            372_736,
            "application/x-msdownload",
            filename=facts.payload,
            executable=True,
        )
        network.pages(t + 2 * SECOND, self._client, second, [answer])
        path = f"{self._home}\\{facts.payload}"
        self._machine.create_file(t + 4 * SECOND, fetcher, path)
        self._run(t + 6 * SECOND, path, fetcher)

    def _run(self, t: int, path: str, parent: Process) -> None:
        mark = self._facts.mark + ":payload"
        if self._facts.loader == "program":
            program = self._start(t, f'"{path}"', path, parent, mark)
        elif self._facts.loader == "rundll32":
            program = self._start(t, f'"{_RUNDLL32}" {path},Control_RunDLL', _RUNDLL32, parent)
        else:
            short = "..\\" + self._facts.payload
            program = self._start(t, f"{_REGSVR32} /s {short}", _REGSVR32, parent)
        copy = (
            f"{self._home}\\AppData\\Local\\Uxqkd\\{self._word(5)}.{self._facts.payload.rpartition('.')[2]}"
        )
        self._machine.create_file(t + 2 * SECOND, program, copy)
        value = {"program": f'"{copy}"', "rundll32": f'{_RUNDLL32} "{copy}",Control_RunDLL'}.get(
            self._facts.loader, f'{_REGSVR32} "{copy}"'
        )
        run = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
        key = f"HKU\\{self._person.account.sid}\\{run}\\{self._word(5)}"
        self._machine.set_registry(t + 8 * SECOND, program, key, value)
        self._program = program
        self._calls(t + 40 * SECOND)
        self._second_stage(t + 40 * MINUTE)
        self._spam(t + 100 * MINUTE)

    def _word(self, length: int) -> str:
        return "".join(self._rng.choice(string.ascii_lowercase) for _ in range(length))

    # -- command and control --

    def _calls(self, t: int) -> None:
        for number in range(9):
            moment = t + number * 15 * MINUTE + self._rng.randrange(20) * SECOND
            self._scene.at(moment, self._call)

    def _call(self, t: int) -> None:
        facts = self._facts
        address, port = facts.c2[0] if facts.network != "https" else facts.c2[1]
        self._scene.through_proxy(t, VICTIM, self._program)
        if facts.network == "https":
            certificate = Certificate(f"CN={self._word(8)}, O=Global Security, C=GB", facts.ja3)
            load = Load(self._rng.randrange(900, 1_900), self._rng.randrange(1_200, 3_000), 1_400)
            self._scene.network.tunnel(t, self._client, address, load, certificate=certificate)
            return
        path = campaign.c2_path(self._rng)
        shown = address if facts.network == "old post" or port == 80 else f"{address}:{port}"
        call = Exchange(
            "POST", path, 200, self._rng.randrange(600, 7_000), self._rng.randrange(120, 900),
            "text/html; charset=UTF-8", f"http://{shown}{path}", EMOTET_AGENT,
        )  # fmt: skip
        self._scene.network.pages(t, self._client, address, [call], port=port)

    # -- what comes after --

    def _second_stage(self, t: int) -> None:
        """Another family arrives: a library in ProgramData, a task for it, and a look around."""
        self._scene.at(t, self._stay)

    def _stay(self, t: int) -> None:
        library = f"C:\\ProgramData\\Rdvkq\\{self._word(6)}.dll"
        self._machine.create_file(t, self._program, library)
        task = (
            f'schtasks.exe /Create /F /TN "{self._word(8)}" /SC MINUTE /MO 30 /TR "regsvr32.exe -s {library}"'
        )
        self._start(t + 3 * SECOND, task, _SCHTASKS, self._program)
        for number, command in enumerate(
            (
                "whoami /all",
                "ipconfig /all",
                "net view /all",
                "nltest /domain_trusts",
                'net group "Domain Admins" /domain',
            )
        ):
            image = images.SYSTEM32 + command.split()[0] + ".exe"
            self._start(t + (10 + 4 * number) * SECOND, command, image, self._program)

    def _spam(self, t: int) -> None:
        for number, server in enumerate(MAIL_SERVERS):
            if not server[0].startswith("mx"):
                self._scene.at(t + number * 9 * SECOND, self._sender(server))

    def _sender(self, server: tuple[str, str]) -> Callable[[int], None]:
        name, address = server

        def send(t: int) -> None:
            network, machine = self._scene.network, self._machine
            network.place(name, address)
            source = (self._client.address(t), machine.port())
            port = 587 if name.startswith("smtp") else 465
            network.resolve(t, source[0], name)
            machine.connect(t + 60 * MILLI, self._program, source, (address, port), name)
            load = Load(self._rng.randrange(180_000, 260_000), 3_400, self._rng.randrange(2_500, 9_000))
            route = (POLICY_SUBMISSION, "tls" if port == 465 else "smtp")
            network.straight_out(t + 60 * MILLI, (source, (address, port)), load, route)

        return send
