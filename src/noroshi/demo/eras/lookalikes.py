"""Ordinary events that resemble the traces of the later eras; they come with an era's day only.

The demo day of July 2020 stays as it is, to the byte: its look-alikes are in `noroshi.demo.lookalikes`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from noroshi.demo import windows_images as images
from noroshi.demo.company import ADMIN, ADMIN_PC
from noroshi.demo.eras.facts import ORDINARY_JA3, XLS, ZIP
from noroshi.demo.mail import Attachment, Mail
from noroshi.demo.manifest import LookAlike
from noroshi.demo.times import MINUTE, SECOND, at
from noroshi.demo.traffic import Certificate, Load
from noroshi.demo.windows import Launch

if TYPE_CHECKING:
    from noroshi.demo.scene import Scene
    from noroshi.demo.windows import Process

_CLIENTS, _HQ = "windows/nxlog-clients.json", "windows/winlogbeat-hq.ndjson"
_PARTNER: Final = ("mail.tsukuba-shoji.example", "192.0.2.44")
_MEETING: Final = "192.0.2.220"
_CONTROL: Final = (
    f"{images.SYSTEM32}rundll32.exe shell32.dll,Control_RunDLL C:\\Windows\\System32\\timedate.cpl"
)
_MEETING_ADDIN: Final = "Microsoft\\TeamsMeetingAddin\\1.0.20\\x64\\Microsoft.Teams.AddinLoader.dll"
_LIBRARY: Final = f'{images.SYSTEM32}regsvr32.exe /s "C:\\Program Files\\MinatoAddin\\keihi.ocx"'

LOOK_ALIKES: Final = (
    LookAlike(
        "addin-registers-library",
        "10:05:00",
        ("PC-008",),
        "An installer registers controls and runs a script of its own, and the clock is set",
        "インストーラーが部品を登録して自前のスクリプトを動かし、日付と時刻の設定画面も開かれる",
        (_CLIENTS,),
        ("regsvr32-odd-library", "rundll32-control-rundll", "script-from-temporary-folder"),
        "keihi.ocx",
    ),
    LookAlike(
        "notebook-opened",
        "10:20:00",
        ("PC-009",),
        "A OneNote notebook is opened, and a picture in it is shown",
        "OneNote のノートを開き、中の画像を表示する",
        (_CLIENTS,),
        ("onenote-starts-script", "office-starts-interpreter"),
        "ONENOTE.EXE",
    ),
    LookAlike(
        "protected-archive",
        "10:40:00",
        ("PC-020",),
        "A partner sends an archive with a password; the workbook in it is opened",
        "取引先からパスワード付き zip が届き、中の xlsx を開く",
        (_CLIENTS, "zeek/smtp.log"),
        ("reply-chain-archive", "reply-chain-document"),
        "Temp1_",
    ),
    LookAlike(
        "meeting-by-address",
        "13:30:00",
        ("PC-021",),
        "A conference client keeps tunnels to a media relay by its address, whose certificate signs itself",
        "Web 会議クライアントが中継サーバーへ IP アドレスで接続を続ける(証明書は自己署名)",
        ("proxy/proxy01-access.log",),
        ("https-to-bare-address", "self-signed-without-name"),
        f"CONNECT {_MEETING}",
    ),
    LookAlike(
        "admin-looks-around",
        "16:05:00",
        (ADMIN_PC,),
        "An administrator checks a machine with the usual commands",
        "管理者が端末の状態を一通りのコマンドで確認する",
        (_HQ,),
        ("look-around",),
        "systeminfo",
    ),
)


class EraLookalikes:
    """Plays them."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._world = scene.world

    def play(self) -> None:
        """Put them into the schedule."""
        self._scene.at(at("10:05"), self._register)
        self._scene.at(at("10:20"), self._notebook)
        self._scene.at(at("10:40"), self._archive)
        for i in range(9):
            self._scene.at(at("13:30") + i * 5 * MINUTE, self._meeting)
        self._scene.at(at("16:05"), self._look_around)

    def _start(self, t: int, host: str, command: str, image: str, parent: Process | None = None) -> Process:
        person = self._scene.people[host]
        launch = Launch(command, image, parent or person.shell, person.account)
        return self._world.machine(host).start(t, launch)

    def _register(self, t: int) -> None:
        setup = "C:\\Program Files\\MinatoAddin\\KeihiRenkei.exe"
        installer = self._start(t, "PC-008", f'"{setup}" /install', setup)
        self._start(t + SECOND, "PC-008", _LIBRARY, images.SYSTEM32 + "regsvr32.exe", installer)
        user = self._scene.people["PC-008"].account.name
        local = f"C:\\Users\\{user}\\AppData\\Local\\"
        command = f'{images.SYSTEM32}regsvr32.exe /s /n /i:user "{local}{_MEETING_ADDIN}"'
        self._start(t + 20 * SECOND, "PC-008", command, images.SYSTEM32 + "regsvr32.exe")
        command = f'"{images.SYSTEM32}wscript.exe" "{local}Temp\\7zS41C2\\setup.vbs"'
        self._start(t + 30 * SECOND, "PC-008", command, images.SYSTEM32 + "wscript.exe", installer)
        self._start(t + 90 * SECOND, "PC-008", _CONTROL, images.SYSTEM32 + "rundll32.exe")

    def _notebook(self, t: int) -> None:
        image = images.OFFICE + "ONENOTE.EXE"
        note = self._start(t, "PC-009", f'"{image}" "\\\\FS01\\共有\\議事録.one"', image)
        user = self._scene.people["PC-009"].account.name
        folder = f"C:\\Users\\{user}\\AppData\\Local\\Temp\\OneNote\\16.0\\Exported\\"
        self._world.machine("PC-009").create_file(t + 5 * SECOND, note, f"{folder}図1.png")

    def _archive(self, t: int) -> None:
        person = self._scene.client("PC-020").person
        item = Attachment("見積一式.zip", ZIP, 88_000, "minato-day:partner:1")
        mail = Mail(
            "takeda@tsukuba-shoji.example",
            (person.mailbox,),
            "Re: 見積一式(パスワードは別送)",
            "<20200722014000.7A@mail.tsukuba-shoji.example>",
            "<20200721.3@minato-works.example>",
            attachments=(item, Attachment("表紙.xls", XLS, 31_000, "minato-day:partner:2")),
            tls=False,
        )
        self._scene.mailing.receive(_PARTNER, mail, t)
        self._scene.at(t + 4 * MINUTE, partial(self._open_unpacked, person.user))

    def _open_unpacked(self, user: str, t: int) -> None:
        path = f"C:\\Users\\{user}\\AppData\\Local\\Temp\\Temp1_見積一式.zip\\見積.xlsx"
        image = images.OFFICE + "EXCEL.EXE"
        self._start(t, "PC-020", f'"{image}" "{path}"', image)

    def _meeting(self, t: int) -> None:
        client = self._scene.client("PC-021")
        relay = Certificate("CN=relay, O=Kaigi, C=JP", ORDINARY_JA3)
        self._scene.network.tunnel(t, client, _MEETING, Load(220_000, 310_000, 60_000), certificate=relay)

    def _look_around(self, t: int) -> None:
        account = self._world.machine(ADMIN_PC).account(ADMIN, elevated=True)
        parent = self._scene.people[ADMIN_PC].shell
        commands = ("systeminfo", "ipconfig /all", "whoami /all", "nltest /dsgetdc:MINATO", "net share")
        for i, command in enumerate(commands):
            image = f"{images.SYSTEM32}{command.split(' ', 1)[0]}.exe"
            launch = Launch(command, image, parent, account)
            self._world.machine(ADMIN_PC).start(t + i * 20 * SECOND, launch)
