"""Two situations that come near and must not become encounters; they come with the campaign only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.demo import campaign
from noroshi.demo import windows_images as images
from noroshi.demo.company import ADMIN, ADMIN_PC, HONEST_VISITOR, PROTECTED_VIEW
from noroshi.demo.mail import Mail
from noroshi.demo.manifest import LookAlike
from noroshi.demo.office import visit
from noroshi.demo.scene import Run
from noroshi.demo.times import MILLI, SECOND, at
from noroshi.demo.windows import Launch

if TYPE_CHECKING:
    from noroshi.demo.scene import Scene

_CLIENTS, _HQ = "windows/nxlog-clients.json", "windows/winlogbeat-hq.ndjson"
_SQUID = "proxy/proxy01-access.log"

NEAR_MISSES: Final = (
    LookAlike(
        "protected-view",
        "13:06:40",
        (PROTECTED_VIEW,),
        "The same campaign's mail, opened in protected view with macros off; nothing follows",
        "同じ攻撃メールを受信したが、保護ビュー(マクロ無効)で開いただけで、その後は何も起きていない",
        (_HQ, "zeek/smtp.log", "zeek/files.log"),
        ("reply-chain-document", "known-document-in-traffic", "office-then-wmi-powershell"),
        campaign.DOCUMENT_UNKNOWN.name,
    ),
    LookAlike(
        "visitor-and-admin",
        "13:12:20",
        (HONEST_VISITOR, "PC-029"),
        "While PC-014 is infected, one PC visits the compromised site's top page, and an administrator "
        "starts "
        "PowerShell over WMI on another",
        "PC-014 の感染と同時刻に、別の端末が改ざんサイトのトップページを閲覧し、"
        "さらに別の端末では管理者が WMI 経由で "
        ""
        ""
        ""
        "PowerShell を起動",
        (_SQUID, _CLIENTS),
        ("download-url", "wmi-starts-powershell"),
        "sakura-bento.example/ HTTP",
    ),
)


class NearMisses:
    """Plays the near misses."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._network = scene.network
        self._rng = scene.world.rng("near-misses")

    def play(self) -> None:
        """Put them into the schedule."""
        self._scene.at(at("13:06:40"), self._protected_view)
        self._scene.at(at("13:12:20"), self._visitor_and_admin)

    def _protected_view(self, t: int) -> None:
        person = self._scene.client(PROTECTED_VIEW).person
        mail = Mail(
            "takeda@tsukuba-shoji.example",
            (person.mailbox,),
            "Re: 見積書の件",
            "<20200722040631.1F77@mail.tsukuba-shoji.example>",
            "<20200716020000.88@mail.tsukuba-shoji.example>",
            7_700,
            (campaign.DOCUMENT_UNKNOWN,),
            tls=False,
            display="武田 誠",
        )
        self._scene.mailing.receive(campaign.SENDER_HOST, mail, t)
        self._scene.at(at("13:20:10"), self._open_protected)

    def _open_protected(self, t: int) -> None:
        """Word opens the file in its sandbox (a second Word without a window) and is closed again."""
        machine, person = self._scene.world.machine(PROTECTED_VIEW), self._scene.people[PROTECTED_VIEW]
        word, _ = self._scene.open_attachment(t, PROTECTED_VIEW, campaign.DOCUMENT_UNKNOWN)
        image = images.OFFICE + "WINWORD.EXE"
        sandbox = machine.start(t + 3 * SECOND, Launch(f'"{image}" /Embedding', image, word, person.account))
        machine.end(t + 70 * SECOND, sandbox)
        machine.end(t + 71 * SECOND, word)

    def _visitor_and_admin(self, t: int) -> None:
        scene, site = self._scene, campaign.SERVED_HOST
        self._network.pages(t + 11 * SECOND, scene.client(HONEST_VISITOR), site, visit(self._rng, site, "/"))
        source = scene.client(ADMIN_PC).address(t)
        session = scene.network_logon(t, "PC-029", ADMIN, source)
        provider = scene.world.machine("PC-029").wmi_host(t + 500 * MILLI)
        block = "Get-HotFix | Sort-Object InstalledOn | Select-Object -Last 5"
        command = f'powershell.exe -NoProfile -Command "{block}"'
        scene.run_powershell(t + SECOND, "PC-029", Run(command, provider, session, (block,)))
