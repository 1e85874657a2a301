"""Ordinary events that resemble Emotet's traces on the network and in mail."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from noroshi.demo import campaign, modsecurity, names
from noroshi.demo.company import MFP, SERVERS, WEB_PUBLIC
from noroshi.demo.mail import DOC, Attachment, Mail
from noroshi.demo.manifest import LookAlike
from noroshi.demo.network import POLICY_OLD_SUPPLIER
from noroshi.demo.office import visit
from noroshi.demo.times import MILLI, MINUTE, SECOND, at
from noroshi.demo.traffic import Exchange, Load
from noroshi.demo.windows import Launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.demo.scene import Scene

_CLIENTS, _HQ = "windows/nxlog-clients.json", "windows/winlogbeat-hq.ndjson"
_SQUID, _EVE, _FIREWALL, _MAIL = (
    "proxy/proxy01-access.log",
    "ips/eve.json",
    "firewall/fortigate.log",
    "mail/mail.log",
)
_BITS_HOSTS: Final = ("PC-004", "PC-010", "PC-016", "PC-022", "PC-028", "PC-034", "PC-039", "PC-045")
_MONITOR: Final = f"http://{SERVERS['MON01']}/report/status"
_SUPPLIER: Final = ("198.51.100.201", 7080)
_NEWSLETTER_ROUNDS: Final = 60

LOOK_ALIKES: Final = (
    LookAlike(
        "form-to-itself",
        "11:15:00",
        ("PC-018", "PC-027"),
        "Web forms that post to their own page",
        "自分自身のページへ送信する Web フォーム",
        (_SQUID, _EVE),
        ("form-posts-to-itself", "post-refers-to-itself"),
        "/form/entry.php",
    ),
    LookAlike(
        "printer-page",
        "10:48:00",
        ("PC-009",),
        "A form of the printer's own web page, reached by its address",
        "複合機の管理画面(IP アドレス直打ち)のフォーム送信",
        (_SQUID,),
        ("post-refers-to-itself", "post-to-bare-address"),
        "10.20.0.90",
    ),
    LookAlike(
        "monitoring-post",
        "08:40:00",
        ("PC-002",),
        "A monitoring script that posts to a bare internal address",
        "監視スクリプトによる社内 IP アドレスへの POST",
        (_SQUID,),
        ("post-to-bare-address",),
        "/report/status",
    ),
    LookAlike(
        "bits-update",
        "09:30:00",
        _BITS_HOSTS,
        "Updates fetched by BITS, an executable among them",
        "BITS による更新プログラムの取得(実行ファイルを含む)",
        (_SQUID, _EVE, "zeek/files.log"),
        ("download-url",),
        names.BITS,
    ),
    LookAlike(
        "wsus-sync",
        "03:10:00",
        ("SCCM01",),
        "WSUS synchronises with its upstream",
        "WSUS の上流同期",
        (_SQUID,),
        ("download-url",),
        "sws.update-cdn.example",
    ),
    LookAlike(
        "vendor-document",
        "09:50:00",
        ("PC-020",),
        "A partner answers an old thread with a real .doc",
        "取引先が過去のやり取りに正規の .doc を添付して返信",
        ("zeek/smtp.log", "zeek/files.log", _MAIL),
        ("reply-chain-document",),
        "kawasaki-seiko.example",
    ),
    LookAlike(
        "honest-visits",
        "12:18:00",
        ("PC-033", "PC-047"),
        "People visit the compromised sites for what they are",
        "改ざんサイトへの通常の閲覧",
        (_SQUID, "dns/queries.log"),
        ("download-url", "download-host-hidden", "download-host-dns"),
        "/menu.html",
    ),
    LookAlike(
        "waf-scanner",
        "02:13:00",
        ("WEB01",),
        "Scanners post attacks at WEB01; the WAF refuses them",
        "WEB01 への攻撃スキャン(WAF が遮断)",
        ("waf/modsec_audit.json", _FIREWALL),
        ("post-to-bare-address",),
        "942100",
    ),
    LookAlike(
        "newsletter",
        "16:00:00",
        ("NEWS01",),
        "The newsletter server sends to many mail servers; some bounce",
        "メールマガジンサーバーによる大量配信と不達通知",
        (_FIREWALL, "zeek/smtp.log", _MAIL),
        ("client-sends-mail",),
        "10.20.0.26",
    ),
    LookAlike(
        "supplier-7080",
        "09:40:00",
        ("PC-045",),
        "The supplier's ordering system on port 7080, straight out",
        "仕入先の受発注システム(7080 番、直接通信)",
        (_FIREWALL, _CLIENTS),
        ("c2-connection", "post-to-bare-address"),
        "198.51.100.201",
    ),
    LookAlike(
        "web-filter",
        "12:33:00",
        ("PC-032",),
        "The firewall's web filter blocks a betting site at lunch",
        "昼休みの公営競技サイト閲覧を Web フィルターが遮断",
        (_FIREWALL, _SQUID),
        ("download-url",),
        "webfilter",
    ),
)


class WebLookalikes:
    """Plays the look-alikes on the network and in mail."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._network = scene.network
        self._rng = scene.world.rng("lookalikes-web")

    def play(self) -> None:
        """Put them into the schedule."""
        scene = self._scene
        scene.at(at("11:15"), self._form)
        scene.at(at("10:48"), self._printer)
        scene.at(at("03:10"), self._wsus)
        scene.at(at("09:50"), self._vendor_document)
        scene.at(at("12:18"), self._honest_visits)
        scene.at(at("12:33"), self._web_filter)
        for i, host in enumerate(_BITS_HOSTS):
            scene.at(at("09:30") + i * 500 * SECOND, partial(self._bits, host))
        for actor in (self._monitoring(), self._scanner(), self._newsletter(), self._supplier()):
            scene.world.day.spawn(actor)

    def _form(self, t: int) -> None:
        forms = (
            ("PC-018", "www.city-minato.example", "/form/entry.php"),
            ("PC-027", "www.kikai-forum.example", "/login"),
        )
        for host, site, path in forms:
            own = f"http://{site}{path}"
            page = Exchange("GET", path, 200, 0, 9_800, "text/html", "", names.CHROME)
            post = Exchange("POST", path, 200, 1_180, 10_400, "text/html", own, names.CHROME, after_ms=42_000)
            self._network.pages(t, self._scene.client(host), site, [page, post])

    def _printer(self, t: int) -> None:
        url = f"http://{MFP}/address/list/"
        for i, method in enumerate(("GET", "POST")):
            exchange = Exchange(
                method, "/address/list/", 200, 900, 5_200, "text/html", url if i else "", names.IE11
            )
            self._network.by_address_inside(t + i * 31 * SECOND, self._scene.client("PC-009"), url, exchange)

    def _monitoring(self) -> Iterator[int]:
        client = self._scene.client("PC-002")
        for t in range(at("08:40"), at("18:00"), 10 * MINUTE):
            yield t
            post = Exchange(
                "POST", "/report/status", 200, 2_048, 41, "application/json", "", "python-requests/2.24.0"
            )
            self._network.by_address_inside(t, client, _MONITOR, post)

    def _bits(self, host: str, t: int) -> None:
        client, site = self._scene.client(host), "dl.update-cdn.example"
        cab = "/d/msdownload/update/software/secu/2020/07/windows10.0-kb4565503-x64_9f2a6c.cab"
        head = Exchange("HEAD", cab, 200, 0, 0, "application/vnd.ms-cab-compressed", "", names.BITS)
        ranges = [
            Exchange("GET", cab, 206, 0, 1_048_576, "application/vnd.ms-cab-compressed", "", names.BITS)
        ] * 2
        self._network.pages(t, client, site, [head, *ranges])
        setup = Exchange(
            "GET",
            "/edge/release2/84.0.4147.89_chrome_updater.exe",
            200,
            0,
            2_104_832,
            "application/octet-stream",
            "",
            names.BITS,
            executable=True,
        )
        self._network.pages(t + 40 * SECOND, client, "redirector.update-cdn.example", [setup])

    def _wsus(self, t: int) -> None:
        server, site, agent = (
            self._scene.client("SCCM01"),
            "sws.update-cdn.example",
            "Windows-Update-Agent/10.0.10011.16384",
        )
        self._network.tunnel(t, server, site, Load(61_000, 4_800_000, 74_000), agent)
        package = Exchange(
            "GET",
            "/c/upgr/2020/07/defender-definitions-1.319.1683.exe",
            200,
            0,
            9_000_448,
            "application/octet-stream",
            "",
            agent,
            executable=True,
        )
        self._network.pages(t + 90 * SECOND, server, "dl.update-cdn.example", [package])

    def _vendor_document(self, t: int) -> None:
        drawing = Attachment("図面変更通知_A32.doc", DOC, 96_256, "vendor document")
        person = self._scene.client("PC-020").person
        mail = Mail(
            "ono@kawasaki-seiko.example",
            (person.mailbox,),
            "Re: 図面の差し替えのお願い",
            "<20200722004958.77AA@mx1.kawasaki-seiko.example>",
            "<20200720013011.02@minato-works.example>",
            attachments=(drawing,),
            tls=False,
            display="小野 真一",
        )
        self._scene.mailing.receive(("mx1.kawasaki-seiko.example", "192.0.2.45"), mail, t)
        self._scene.at(t + 8 * MINUTE, partial(self._read, drawing))

    def _read(self, drawing: Attachment, t: int) -> None:
        word, _ = self._scene.open_attachment(t, "PC-020", drawing)
        self._scene.world.machine("PC-020").end(t + 11 * MINUTE, word)

    def _honest_visits(self, t: int) -> None:
        client, site = self._scene.client("PC-033"), campaign.SERVED_HOST
        self._network.pages(t, client, site, visit(self._rng, site, "/"))
        self._network.pages(t + 50 * SECOND, client, site, visit(self._rng, site, "/menu.html"))
        shopper, load = self._scene.client("PC-047"), Load(2_100, 88_000, 31_000)
        self._network.tunnel(t + 22 * MINUTE, shopper, "www.hanamura-shop.example", load, names.CHROME)

    def _web_filter(self, t: int) -> None:
        client = self._scene.client("PC-032")
        for i in range(3):
            moment = t + i * 20 * SECOND
            self._network.filtered(moment, client, "www.keirin-yoso.example", "/race/")

    def _scanner(self) -> Iterator[int]:
        """Attacks at WEB01 in three waves, refused by the WAF."""
        attacks = (
            ("POST", "/contact.php", "id=1%27+or+%271%27%3D%271", modsecurity.SQLI, "python-requests/2.22.0"),
            ("GET", "/index.php?page=../../../../etc/passwd", "", modsecurity.TRAVERSAL, "curl/7.68.0"),
            ("GET", "/cgi-bin/test-cgi", "", modsecurity.SCANNER, "Mozilla/5.00 (Nikto/2.1.6)"),
        )
        for wave, clock in enumerate(("02:13", "04:41", "14:30")):
            source = f"203.0.113.{200 + wave}"
            for i in range(45):
                t = at(clock) + i * 2_300 * MILLI
                yield t
                self._attack(t, source, attacks[i % 3])

    def _attack(self, t: int, source: str, attack: tuple[str, str, str, modsecurity.Detection, str]) -> None:
        method, uri, body, detection, agent = attack
        port = 40_000 + self._rng.randrange(20_000)
        server = ((WEB_PUBLIC, 80), (SERVERS["WEB01"], 80))
        self._network.served(t, (source, port), server, Load(640 + len(body), 560, 180), "http")
        request = {
            "method": method,
            "uri": uri,
            "body": body,
            "headers": {"Host": WEB_PUBLIC, "User-Agent": agent, "Accept": "*/*"},
        }
        response = {
            "http_code": 403,
            "headers": {"Server": "nginx", "Content-Type": "text/html", "Connection": "close"},
        }
        ends = ((source, port), (SERVERS["WEB01"], 80))
        line = modsecurity.transaction(t, ends, request, response, (detection, modsecurity.SCORE))
        self._scene.world.files["waf"].add(t + 40 * MILLI, line)

    def _newsletter(self) -> Iterator[int]:
        """NEWS01 delivers by itself; bounces come back to MX01."""
        news = SERVERS["NEWS01"]
        for i in range(_NEWSLETTER_ROUNDS):
            t = at("16:00") + i * 9 * SECOND
            yield t
            domain = f"kokyaku-{i % 34:02d}.example"
            relay = (f"mx.{domain}", f"203.0.113.{60 + i % 34}")
            self._network.place(*relay)
            letter = Mail(
                "newsletter@minato-works.example",
                (f"info@{domain}",),
                "みなと製作所だより 7月号",
                f"<{t}@news01.minato-works.example>",
                size=48_000,
            )
            self._scene.mailing.send_from(t, ("news01.minato-works.example", news), letter, relay)
            if i % 15 == 7:
                bounce = Mail(
                    "",
                    ("newsletter@minato-works.example",),
                    "Undelivered Mail Returned to Sender",
                    f"<{t}.bounce@{relay[0]}>",
                    size=9_400,
                )
                self._scene.mailing.receive(relay, bounce, t + 4 * SECOND)

    def _supplier(self) -> Iterator[int]:
        host = "PC-045"
        machine, person, client = (
            self._scene.world.machine(host),
            self._scene.people[host],
            self._scene.client(host),
        )
        image = "C:\\Program Files (x86)\\JuhacchuClient\\juhacchu.exe"
        yield at("09:40")
        process = machine.start(at("09:40"), Launch(f'"{image}"', image, person.shell, person.account))
        for t in range(at("09:41"), at("17:00"), 30 * MINUTE):
            yield t
            source = (client.address(t), machine.port())
            post = Exchange(
                "POST", "/juhacchu/order.cgi", 200, 1_400, 2_300, "text/xml", "", "JuhacchuClient/4.2"
            )
            machine.connect(t, process, source, _SUPPLIER)
            self._network.straight_out(
                t, (source, _SUPPLIER), Load(1_900, 2_600, 2_400), (POLICY_OLD_SUPPLIER, "http"), post
            )
