"""The infection of PC-014, step by step, as it shows in every log.

The machine's proxy settings (a PAC file) send ports 80, 443 and 8080 to PROXY01; other ports go straight to the
firewall, which refuses all but 7080: a supplier's ordering system needed that, and the policy names no address.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from noroshi.demo import campaign, powershell
from noroshi.demo.company import AD_DNS, VICTIM
from noroshi.demo.mail import Mail
from noroshi.demo.manifest import Step
from noroshi.demo.names import EMOTET_AGENT
from noroshi.demo.network import POLICY_BLOCK_SMTP, POLICY_OLD_SUPPLIER, POLICY_SUBMISSION, Exchange
from noroshi.demo.scene import Run
from noroshi.demo.times import MILLI, MINUTE, SECOND, at
from noroshi.demo.windows import Launch

if TYPE_CHECKING:
    from noroshi.demo.scene import Scene
    from noroshi.demo.windows import Process

SENDER_HOST: Final = ("mail.tsukuba-shoji.example", "192.0.2.44")
SUBJECT: Final = "Re: 見積書の件"
THREAD: Final = "<20200717093104.5F3A@mail.tsukuba-shoji.example>"
MAIL_SERVERS: Final = tuple(
    (f"{host}.{domain}", f"203.0.113.{150 + i}")
    for i, (host, domain) in enumerate(
        (h, f"{d}.example")
        for d in ("tanaka-kensetsu", "higashi-sangyo", "nihon-kizai", "sanyo-shokai", "midori-noen", "taisei-unyu",
                  "chuo-kagaku", "kita-denshi")
        for h in ("smtp", "mail", "mx")
    )
)  # fmt: skip
"""Servers to which the infected machine talks in the afternoon: submission of stolen accounts, and mail exchangers."""

_CLIENTS, _SQUID, _EVE = "windows/nxlog-clients.json", "proxy/proxy01-access.log", "ips/eve.json"
_FIREWALL, _ZEEK = "firewall/fortigate.log", "zeek/{}.log"

STEPS: Final = (
    Step("mail", "13:05:12", "A reply to an old thread arrives with a Word document",
         "過去のやり取りへの返信を装ったメールに Word 文書が添付されて届く",
         ("zeek/smtp.log", "zeek/files.log", "mail/mail.log"), ("reply-chain-document", "known-document-in-traffic"),
         "allowed", "13:05:12"),
    Step("open", "13:11:38", "Outlook stores the document, Word opens it, the person enables its content",
         "Outlook が文書を保存し、Word で開かれ、利用者がコンテンツを有効化する",
         (_CLIENTS,), ("known-document-on-host",), "unknown", "TrustRecords"),
    Step("wmi", "13:12:09", "WMI starts PowerShell with an encoded command; Word is no ancestor of it",
         "WMI 経由で PowerShell がエンコードされたコマンドで起動する(Word は親プロセスではない)",
         (_CLIENTS,), ("wmi-starts-powershell", "office-then-wmi-powershell", "encoded-command", "encoded-url-list",
                       "encoded-command-host-application", "script-download-loop"),
         "unknown", "powershell -e JA"),
    Step("download", "13:12:14", "Four of five compromised sites are asked; the fourth answers with the executable",
         "5 つの改ざんサイトのうち 4 つに接続し、4 番目が実行ファイルを返す",
         (_SQUID, _EVE, _ZEEK.format("http"), _ZEEK.format("files"), "dns/queries.log", _FIREWALL),
         ("download-url", "download-host-hidden", "download-host-dns"), "allowed", campaign.SERVED_PATH),
    Step("write", "13:12:15", "PowerShell writes the executable to the user's profile and starts it",
         "PowerShell が実行ファイルを利用者のプロファイルに書き込み、起動する",
         (_CLIENTS,), ("powershell-writes-executable", "program-from-profile"), "unknown", "284.exe"),
    Step("persist", "13:12:24", "The copy under AppData registers itself in the Run key",
         "AppData 配下の複製が Run キーに登録される",
         (_CLIENTS,), ("run-key-in-profile",), "unknown", "CurrentVersion\\\\Run\\\\dxdiagn"),
    Step("c2-denied-proxy", "13:12:58", "The first call to a C2 server is refused by the proxy",
         "最初の C2 サーバへの通信をプロキシが遮断する",
         (_SQUID,), ("c2-request", "post-refers-to-itself", "post-to-bare-address"), "blocked", "198.51.100.77"),
    Step("c2-denied-firewall", "13:13:05", "The second is refused by the firewall",
         "2 番目の通信をファイアウォールが遮断する",
         (_FIREWALL, _EVE), ("c2-connection",), "blocked", "198.51.100.86"),
    Step("c2-direct", "13:13:31", "The third goes straight out on 7080 through an old policy, to an unreported server",
         "3 番目は古いポリシーにより 7080 番で直接外部へ出る(未報告のサーバ)",
         (_FIREWALL, _EVE, _CLIENTS), ("post-refers-to-itself",), "allowed", "198.51.100.23"),
    Step("c2-proxied", "13:14:05", "The fourth is answered through the proxy on 8080; calls go on every quarter of an hour",
         "4 番目はプロキシ経由の 8080 番で応答があり、以後およそ 15 分ごとに続く",
         (_SQUID, _EVE, _ZEEK.format("http"), _FIREWALL),
         ("c2-request", "post-refers-to-itself", "post-to-bare-address"), "allowed", "198.51.100.61:8080"),
    Step("spam", "15:00:10", "The machine itself sends mail to many servers on 25, 465 and 587",
         "端末自身が 25・465・587 番で多数のメールサーバへ送信を始める",
         (_FIREWALL, "dns/queries.log", _CLIENTS), ("client-sends-mail",), "allowed", "203.0.113.150"),
    Step("bounces", "15:04:20", "Bounces of mail that the person never wrote come back",
         "本人が送っていないメールの不達通知が戻ってくる",
         ("mail/mail.log",), (), "unknown", "from=<>"),
)  # fmt: skip


class Chain:
    """Plays the infection on a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._rng = scene.world.rng("chain")
        self._machine = scene.world.machine(VICTIM)
        self._client = scene.client(VICTIM)
        self._person = scene.people[VICTIM]

    def play(self) -> None:
        """Put the steps into the schedule."""
        self._scene.at(at("13:05:12"), self._mail)
        self._scene.at(at("13:11:38"), self._open)
        self._scene.at(at("15:00:10"), self._spam)
        self._scene.at(at("15:04:20"), self._bounces)

    def _mail(self, t: int) -> None:
        mail = Mail(
            "takeda@tsukuba-shoji.example", (self._client.person.mailbox,), SUBJECT,
            "<20200722040508.9D1C@mail.tsukuba-shoji.example>", THREAD, 7_800, (campaign.DOCUMENT,), tls=False,
            display="武田 誠",
        )  # fmt: skip
        self._scene.mailing.receive(t, SENDER_HOST, mail)

    def _open(self, t: int) -> None:
        word, path = self._scene.open_attachment(t, VICTIM, campaign.DOCUMENT)
        sid, stored = (
            self._person.account.sid,
            path.replace("\\", "/").replace("C:/Users/t.suzuki", "%USERPROFILE%"),
        )
        key = f"HKU\\{sid}\\Software\\Microsoft\\Office\\16.0\\Word\\Security\\Trusted Documents\\TrustRecords\\{stored}"
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
        network.tunnel(
            at("13:12:10.700"),
            client,
            "www.hanamura-shop.example",
            sent=812,
            received=5_230,
            lasting_ms=900,
            agent="-",
        )
        missing = Exchange("GET", "/wp-content/x8rTz/", 404, 0, 4_211, "text/html")
        network.pages(at("13:12:12.050"), client, "www.kitano-ryokan.example", [missing])
        network.tunnel(
            at("13:12:12.900"),
            client,
            "www.ohmi-garden.example",
            sent=798,
            received=4_911,
            lasting_ms=700,
            agent="-",
        )
        served = Exchange(
            "GET", campaign.SERVED_PATH, 200, 0, campaign.EXECUTABLE_BYTES, "application/octet-stream",
            filename="mK2vQ9zt.exe", executable=True,
        )  # fmt: skip
        network.pages(at("13:12:13.800"), client, campaign.SERVED_HOST, [served])
        self._machine.create_file(at("13:12:14.300"), shell, campaign.FIRST_PROGRAM)
        self._settle(at("13:12:15.600"), shell)

    def _settle(self, t: int, shell: Process) -> None:
        """The executable starts, copies itself, starts the copy, and the copy registers itself."""
        machine, account = self._machine, self._person.account
        image = campaign.FIRST_PROGRAM
        launch = Launch(f'"{image}"', image, shell, account, "C:\\Windows\\system32\\", "minato-day:program")
        first = machine.start(t, launch)
        machine.create_file(t + 2_400 * MILLI, first, campaign.PROGRAM)
        launch = Launch(
            f'"{campaign.PROGRAM}"', campaign.PROGRAM, first, account, content="minato-day:program"
        )
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
            "POST", path, 200, self._rng.randrange(4_200, 7_600), answer, "text/html; charset=UTF-8",
            f"http://{authority}{path}", EMOTET_AGENT,
        )  # fmt: skip

    def _call_denied_by_proxy(self, t: int) -> None:
        call = self._call(campaign.C2_PROXY_DENIED, 0)
        self._scene.through_proxy(t, VICTIM, self._program)
        self._scene.network.denied_by_proxy(
            t, self._client, "POST", call.referer, referer=call.referer, agent=call.agent
        )

    def _call_denied_by_firewall(self, t: int) -> None:
        source = (self._client.address(t), self._machine.port())
        self._scene.network.refused(t, source, campaign.C2_FIREWALL_DENIED)

    def _call_direct(self, t: int) -> None:
        source, call = (self._client.address(t), self._machine.port()), self._call(campaign.C2_DIRECT, 132)
        self._machine.connect(t, self._program, source, campaign.C2_DIRECT)
        self._scene.network.straight_out(
            t, source, campaign.C2_DIRECT, sent=call.sent + 520, received=call.received + 280, lasting_ms=1_900,
            policy=POLICY_OLD_SUPPLIER, app="http", exchange=call,
        )  # fmt: skip

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

    def _sender(self, server: tuple[str, str]):  # noqa: ANN202 - a callback of `Scene.at`
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
                network.refused(start, source, (address, port), POLICY_BLOCK_SMTP)
                return
            machine.connect(start, self._program, source, (address, port), name)
            network.straight_out(
                start, source, (address, port), sent=self._rng.randrange(180_000, 260_000), received=3_400,
                lasting_ms=self._rng.randrange(2_500, 9_000), policy=POLICY_SUBMISSION,
                app="tls" if port == 465 else "smtp",
            )  # fmt: skip

        return send

    def _bounces(self, t: int) -> None:
        for i in range(11):
            name, address = MAIL_SERVERS[2 * i]
            mail = Mail("", (self._client.person.mailbox,), "Undelivered Mail Returned to Sender",
                        f"<2020072206{i:02d}.B0@{name}>", size=11_200, tls=bool(i % 2))  # fmt: skip
            moment = t + i * 95 * SECOND
            self._scene.at(moment, lambda now, n=name, a=address, m=mail: self._bounce(now, (n, a), m))

    def _bounce(self, t: int, host: tuple[str, str], mail: Mail) -> None:
        self._scene.mailing.receive(t, host, mail)


def victim() -> dict[str, str]:
    """The entities that the encounter must name."""
    return {
        "host": VICTIM, "fqdn": f"{VICTIM}.{AD_DNS}", "user": "t.suzuki", "mailbox": "t.suzuki@minato-works.example",
        "address": "10.20.4.114",
    }  # fmt: skip
