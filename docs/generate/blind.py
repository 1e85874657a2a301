"""What each product's log cannot show, however well it is read, in both languages.

A new format may say it in its own module instead, in a paragraph that begins with ``Cannot show: ``; the test of
the documentation fails for one that says it nowhere.
"""

from __future__ import annotations

from typing import Final

CANNOT_SHOW: Final[dict[str, tuple[str, str]]] = {
    "accesslog": (
        (
            "Request bodies, and headers other than Referer and user agent; virtual hosts without `%v`. Behind a balancer the"
            " client is the balancer, unless X-Forwarded-For is logged. Times are those of the request's end or begin, as"
            " configured."
        ),
        (
            "要求の本文と、Referer・User-Agent 以外のヘッダー。`%v` がなければ仮想ホスト。負荷分散装置の後ろでは、X-Forwarded-For を"
            "記録しない限り、クライアントは負荷分散装置になる。"
        ),
    ),
    "apache-error": (
        "Requests that succeeded. Times have no zone (give `--zone`).",
        "成功した要求。時刻にタイムゾーンがない(`--zone` で指定する)。",
    ),
    "nginx-error": (
        "Requests that succeeded. Times have no zone (give `--zone`).",
        "成功した要求。時刻にタイムゾーンがない(`--zone` で指定する)。",
    ),
    "windows-xml": (
        ("What the audit policy and Sysmon's configuration leave out. Types of values: all are texts."),
        "監査ポリシーや Sysmon の設定で記録していないこと。値の型(すべて文字列になる)。",
    ),
    "mailgateway": (
        (
            "The mail's text; whether anybody opened it; what the product does not log (many log attachments only where"
            " they find something). A verdict is the product's opinion."
        ),
        (
            "本文、開封の有無、製品が記録しないこと(添付ファイルは検知時だけ記録する製品が多い)。判定は製品の見解であり、"
            "本物の脅威かどうかは分からない。"
        ),
    ),
    "auditd": (
        (
            "What no audit rule selects (`auditctl -w`, `-a`): without rules on `execve` there are no processes. Names of"
            " hosts that a `connect` went to."
        ),
        "監査ルール(`auditctl -w`、`-a`)の対象外のこと。`execve` のルールがなければプロセスは残らない。`connect` の相手のホスト名。",
    ),
    "filterlog": (
        "Connections that no rule logs, bytes, URLs, users and processes.",
        "記録対象でないルールの通信、通信量、URL、利用者、プロセス。",
    ),
    "iptables": (
        (
            "Packets that no LOG rule names; whether a packet passed, unless the prefix says it; bytes of a connection, URLs,"
            " processes."
        ),
        "LOG のルールがない通信。接頭辞に書かれていなければ、通過したかどうか。接続全体の通信量、URL、プロセス。",
    ),
    "paloalto": (
        (
            "URLs without URL filtering logs; with HTTPS and without decryption only the host. Users only with User-ID. Times"
            " before PAN-OS 10.0 have no zone."
        ),
        (
            "URL フィルタリングのログがなければ URL は分からず、復号しない HTTPS はホスト名まで。利用者は User-ID があるときだけ。"
            "PAN-OS 10.0 より前の時刻にはタイムゾーンがない。"
        ),
    ),
    "vpcflow": (
        (
            "Names, URLs, processes, and the traffic to Amazon's own resolver and metadata service. A record is a minute or"
            " ten, not a connection."
        ),
        "名前、URL、プロセス、および Amazon のリゾルバーやメタデータサービスとの通信。1 件は 1 分または 10 分の集計であり、接続ではない。",
    ),
    "aws-waf": (
        "Bodies, and what happens behind the web server; requests that the logging filter drops.",
        "要求の本文、Web サーバーの後ろで起きたこと、ログのフィルターで除かれた要求。",
    ),
    "checkpoint": (
        (
            "URLs without URL Filtering; with HTTPS and without inspection only the host. Users only with Identity Awareness. Connections that no rule tracks."
        ),
        (
            "URL Filtering のログがなければ URL は分からず、復号しない HTTPS はホスト名まで。利用者は Identity Awareness があるときだけ。記録対象でないルールの通信は残らない。"
        ),
    ),
    "cloudtrail": (
        (
            "Data events (objects of S3, calls of Lambda) unless they were switched on; traffic; what runs inside a machine. Files come minutes late."
        ),
        (
            "有効にしていないデータイベント(S3 のオブジェクト、Lambda の呼び出し)、通信の中身、サーバー内部の動作。ファイルは数分遅れて届く。"
        ),
    ),
    "leef": (
        "What the product does not map to LEEF. An unknown vendor's log source is named by no public rule.",
        "製品が LEEF に写さないフィールド。表にないベンダーは公開ルールの対象にならない。",
    ),
    "modsecurity-serial": (
        "As for `modsecurity`.",
        "`modsecurity` と同じ。",
    ),
    "cisco-asa": (
        (
            "URLs, except where the device inspects HTTP; users only with identity firewall or VPN. What message ids are switched off or above the logging level."
        ),
        (
            "HTTP 検査がなければ URL は分からない。利用者はアイデンティティ ファイアウォールか VPN のときだけ。止めてあるメッセージ ID と、記録レベルを超えるもの。"
        ),
    ),
    "ifilter": (
        ("Of HTTPS without decryption only host and port. The user only with authentication."),
        ("復号しない HTTPS はホスト名とポートだけ。利用者は認証があるときだけ。"),
    ),
    "ifilter-block": (
        ("Requests that were let through: this is the log of blocks."),
        ("許可された要求。これは遮断だけのログである。"),
    ),
    "nfdump": (
        (
            "Names, URLs, users and processes. A flow has one direction and may be sampled; a connection may be cut into several."
        ),
        (
            "名前、URL、利用者、プロセス。フローは片方向で、間引かれていることもあり、一つの接続が複数に分かれることもある。"
        ),
    ),
    "snort": (
        (
            "What no signature names; the payload; names of hosts; whether the attack worked. The fast notation has no year."
        ),
        ("シグネチャのない通信、ペイロード、ホスト名、攻撃の成否。fast 形式の時刻には年がない。"),
    ),
    "webgateway": (
        (
            "What its log format leaves out. Of HTTPS without decryption only host and port. The user only with authentication."
        ),
        (
            "ログ形式に含めていないフィールド。復号しない HTTPS はホスト名とポートだけ。利用者は認証があるときだけ。"
        ),
    ),
    "zscaler": (
        (
            "What the feed's format leaves out. Of HTTPS without inspection only the host. Machines behind one location may share an address."
        ),
        (
            "フィードの形式に含めていないフィールド。復号しない HTTPS はホスト名まで。同じ拠点の端末は一つのアドレスを共有することがある。"
        ),
    ),
    "bind": (
        (
            "The program that asked. Answers only with `responselog`. Behind a forwarder the client is the forwarder;"
            " what a machine asks a resolver outside (DNS over HTTPS) is not here."
        ),
        (
            "問い合わせたプログラム。応答は `responselog` が有効なときだけ。フォワーダー経由ではクライアントがフォワーダーになる。"
            "外部リゾルバー(DNS over HTTPS)への問い合わせは残らない。"
        ),
    ),
    "cef": (
        (
            "What the product does not map to CEF. A vendor that the table does not know gets its own names as log source,"
            " which no public rule names."
        ),
        "製品が CEF に写さないフィールド。表にないベンダーは独自の名前のログソースになり、公開ルールの対象にならない。",
    ),
    "example": ("Anything real: this format is made up, to copy from.", "実在しない、書き写すための見本。"),
    "fortigate": (
        (
            "URLs, unless web filter logs are on; behind a proxy the source is the proxy's address. With HTTPS and without"
            " deep inspection only the host. No process, and a user only with authentication on the device."
        ),
        (
            "Web フィルターのログがなければ URL は分からない。プロキシの後ろでは送信元がプロキシのアドレスになる。"
            "HTTPS でディープインスペクションがなければホスト名まで。プロセスは分からず、利用者は機器での認証があるときだけ。"
        ),
    ),
    "isc-dhcp": (
        "Who uses the machine. The name is what the machine says of itself; addresses set by hand leave no line.",
        "端末の利用者。端末名は端末の自己申告であり、手動設定のアドレスは記録されない。",
    ),
    "isc-dhcp-leases": (
        "The past: the server rewrites the file now and then and keeps the latest state of each lease.",
        "過去の経緯。サーバーは時々ファイルを書き直し、各リースの最新の状態だけを残す。",
    ),
    "kea": (
        "Who uses the machine. Leases are logged at INFO and above only.",
        "端末の利用者。リースの記録は INFO 以上の設定のときだけ。",
    ),
    "kea-leases": (
        "The past beyond the last clean-up of the file.",
        "ファイルの前回の整理より前の経緯。",
    ),
    "modsecurity": (
        (
            "Transactions that the audit log does not select (`SecAuditLogRelevantStatus`), bodies without the parts C and"
            " E, and what happens behind the web server."
        ),
        "監査ログの対象外の通信(`SecAuditLogRelevantStatus`)、パート C・E がない場合の本文、Web サーバーの後ろで起きたこと。",
    ),
    "postfix": (
        "Attachments and text. The subject only where `header_checks` logs it. Whether anybody read the mail.",
        "添付ファイルと本文。件名は `header_checks` で記録した場合だけ。メールが読まれたかどうか。",
    ),
    "squid": (
        (
            "Referer, user agent and the size of what was sent. Queries are cut off (`strip_query_terms on` is the"
            " default). Of HTTPS without interception only host and port (`CONNECT`). The user only with authentication."
        ),
        (
            "Referer、User-Agent、送信したサイズ。クエリは既定で切り落とされる(`strip_query_terms on`)。"
            "復号しない HTTPS はホスト名とポートだけ(`CONNECT`)。利用者は認証があるときだけ。"
        ),
    ),
    "squid-combined": (
        (
            "The size of what was sent. Queries are cut off by default. Of HTTPS without interception only host and port"
            " (`CONNECT`). The user only with authentication. `common` has neither Referer nor user agent."
        ),
        (
            "送信したサイズ。クエリは既定で切り落とされる。復号しない HTTPS はホスト名とポートだけ(`CONNECT`)。"
            "利用者は認証があるときだけ。`common` には Referer も User-Agent もない。"
        ),
    ),
    "suricata": (
        (
            "Referer and content type without `extended` http logging; paths inside HTTPS (the name in the handshake only);"
            " hashes without `force-hash`. A sensor outside a proxy sees the proxy's address. No process, no user."
        ),
        (
            "`extended` でない http ログの Referer と Content-Type、HTTPS の中のパス(ハンドシェイクの名前だけ)、"
            "`force-hash` がない場合のハッシュ値。プロキシの外側のセンサーに見えるのはプロキシのアドレス。プロセスと利用者は分からない。"
        ),
    ),
    "syslog": (
        (
            "Fields: of a program that no format knows there is only the text, which keyword rules search. RFC 3164 has"
            " neither year nor zone; the year is taken from the file's date, the zone from `--zone`."
        ),
        (
            "フィールド。対応形式のないプログラムは本文だけで、キーワードのルールだけが効く。RFC 3164 には年もタイムゾーンもなく、"
            "年はファイルの日付、タイムゾーンは `--zone` から取る。"
        ),
    ),
    "w3c": (
        (
            "What its `#Fields` line does not name: a rule that looks at such a column is blind. Of HTTPS without"
            " interception only host and port."
        ),
        "`#Fields` 行にないフィールド。そのフィールドを見るルールは検知できない。復号しない HTTPS はホスト名とポートだけ。",
    ),
    "windows-dhcp": (
        "The zone of its times (give `--zone`), and more than a week: each weekday's file is overwritten.",
        "時刻のタイムゾーン(`--zone` で指定する)と、一週間より前。曜日ごとのファイルは上書きされる。",
    ),
    "windows-evtx": (
        (
            "The message text (it is in the provider's DLL, not in the file). The command line of 4688 without the audit"
            " setting for it; script blocks without script block logging; records that were overwritten or cleared."
        ),
        (
            "メッセージ本文(ファイルではなくプロバイダーの DLL にある)。監査設定がない場合の 4688 のコマンドライン、"
            "スクリプトブロックの記録がない場合の 4104、上書き・消去されたレコード。"
        ),
    ),
    "windows-json": (
        (
            "What the shipper left out. Where it wrote a local time without zone, the zone is learnt from the host's Sysmon"
            " records, else taken from `--zone`."
        ),
        "転送エージェントが落としたフィールド。タイムゾーンのない現地時刻は、その端末の Sysmon の記録から学習し、なければ `--zone` を使う。",
    ),
    "windows-json-documents": (
        "The same. As documents have no fixed ends, one file is read by one worker.",
        "同上。文書の切れ目が決まらないため、一つのファイルは一つのワーカーで読む。",
    ),
    "zeek": (
        (
            "Paths inside HTTPS (server name and certificate only), attachments after STARTTLS, SHA-256 without the policy"
            " for it. A sensor outside a proxy sees the proxy's address. No process; a user only in Kerberos, NTLM and the"
            " like."
        ),
        (
            "HTTPS の中のパス(サーバー名と証明書だけ)、STARTTLS 後の添付ファイル、設定がない場合の SHA-256。"
            "プロキシの外側のセンサーに見えるのはプロキシのアドレス。プロセスは分からず、利用者は Kerberos や NTLM などの記録だけ。"
        ),
    ),
}
