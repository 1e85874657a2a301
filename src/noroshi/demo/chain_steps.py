"""The steps of the infection as the answer sheet names them; `chain` plays them."""

from __future__ import annotations

from typing import Final

from noroshi.demo import campaign
from noroshi.demo.company import AD_DNS, VICTIM
from noroshi.demo.manifest import Step

_CLIENTS, _SQUID, _EVE = "windows/nxlog-clients.json", "proxy/proxy01-access.log", "ips/eve.json"
_FIREWALL, _ZEEK = "firewall/fortigate.log", "zeek/{}.log"

STEPS: Final = (
    Step(
        "mail",
        "13:05:12",
        "A reply to an old thread arrives with a Word document",
        "過去のやり取りへの返信を装ったメールに Word 文書が添付されて届く",
        ("zeek/smtp.log", "zeek/files.log", "mail/mail.log"),
        ("reply-chain-document", "known-document-in-traffic"),
        "allowed",
        "13:05:12",
    ),
    Step(
        "open",
        "13:11:38",
        "Outlook stores the document, Word opens it, the person enables its content",
        "Outlook が文書を保存し、Word で開かれ、利用者がコンテンツを有効化する",
        (_CLIENTS,),
        ("known-document-on-host",),
        "unknown",
        "TrustRecords",
    ),
    Step(
        "wmi",
        "13:12:09",
        "WMI starts PowerShell with an encoded command; Word is no ancestor of it",
        "WMI 経由で PowerShell がエンコードされたコマンドで起動する(Word は祖先プロセスではない)",
        (_CLIENTS,),
        (
            "wmi-starts-powershell",
            "office-then-wmi-powershell",
            "encoded-command",
            "encoded-url-list",
            "encoded-command-host-application",
            "script-download-loop",
        ),
        "unknown",
        "powershell -e JA",
    ),
    Step(
        "download",
        "13:12:14",
        "Four of five compromised sites are asked; the fourth answers with the executable",
        "5 つの改ざんサイトのうち 4 つに接続し、4 番目が実行ファイルを返す",
        (_SQUID, _EVE, _ZEEK.format("http"), _ZEEK.format("files"), "dns/queries.log", _FIREWALL),
        ("download-url", "download-host-hidden", "download-host-dns"),
        "allowed",
        campaign.SERVED_PATH,
    ),
    Step(
        "write",
        "13:12:15",
        "PowerShell writes the executable to the user's profile and starts it",
        "PowerShell が実行ファイルを利用者のプロファイルに書き込み、起動する",
        (_CLIENTS,),
        ("powershell-writes-executable", "program-from-profile"),
        "unknown",
        "284.exe",
    ),
    Step(
        "persist",
        "13:12:24",
        "The copy under AppData registers itself in the Run key",
        "AppData 配下の複製が Run キーに登録される",
        (_CLIENTS,),
        ("run-key-in-profile",),
        "unknown",
        "CurrentVersion\\\\Run\\\\dxdiagn",
    ),
    Step(
        "c2-denied-proxy",
        "13:12:58",
        "The first call to a C2 server is refused by the proxy",
        "最初の C2 サーバーへの通信をプロキシが遮断する",
        (_SQUID,),
        ("c2-request", "post-refers-to-itself", "post-to-bare-address"),
        "blocked",
        "198.51.100.77",
    ),
    Step(
        "c2-denied-firewall",
        "13:13:05",
        "The second is refused by the firewall",
        "2 番目の通信をファイアウォールが遮断する",
        (_FIREWALL, _EVE),
        ("c2-connection",),
        "blocked",
        "198.51.100.86",
    ),
    Step(
        "c2-direct",
        "13:13:31",
        "The third goes straight out on 7080 through an old policy, to an unreported server",
        "3 番目は古いポリシーにより 7080 番で直接外部へ出る(未報告のサーバー)",
        (_FIREWALL, _EVE, _CLIENTS),
        ("post-refers-to-itself",),
        "allowed",
        "198.51.100.23",
    ),
    Step(
        "c2-proxied",
        "13:14:05",
        "The fourth is answered through the proxy on 8080; calls go on every quarter of an hour",
        "4 番目はプロキシ経由の 8080 番で応答があり、以後およそ 15 分ごとに続く",
        (_SQUID, _EVE, _ZEEK.format("http"), _FIREWALL),
        ("c2-request", "post-refers-to-itself", "post-to-bare-address"),
        "allowed",
        "198.51.100.61:8080",
    ),
    Step(
        "spam",
        "15:00:10",
        "The machine itself sends mail to many servers on 25, 465 and 587",
        "端末自身が 25・465・587 番で多数のメールサーバーへ送信を始める",
        (_FIREWALL, "dns/queries.log", _CLIENTS),
        ("client-sends-mail",),
        "allowed",
        "203.0.113.150",
    ),
    Step(
        "bounces",
        "15:04:20",
        "Bounces of mail that the person never wrote come back",
        "本人が送っていないメールの不達通知が戻ってくる",
        ("mail/mail.log",),
        (),
        "unknown",
        "from=<>",
    ),
)


def victim() -> dict[str, str]:
    """The entities that the encounter must name."""
    return {
        "host": VICTIM,
        "fqdn": f"{VICTIM}.{AD_DNS}",
        "user": "t.suzuki",
        "mailbox": "t.suzuki@minato-works.example",
        "address": "10.20.4.114",
    }
