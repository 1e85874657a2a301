"""Words of an ordinary Japanese office: people, subjects, file names, web sites. All names are made up.

Domains end in ``.example`` or ``.test`` and addresses are from the documentation ranges (RFC 2606, RFC 5737).
"""

from __future__ import annotations

from typing import Final

FAMILY: Final = (
    ("佐藤", "sato"), ("鈴木", "suzuki"), ("高橋", "takahashi"), ("田中", "tanaka"), ("伊藤", "ito"),
    ("渡辺", "watanabe"), ("山本", "yamamoto"), ("中村", "nakamura"), ("小林", "kobayashi"), ("加藤", "kato"),
    ("吉田", "yoshida"), ("山田", "yamada"), ("佐々木", "sasaki"), ("山口", "yamaguchi"),
    ("松本", "matsumoto"),
    ("井上", "inoue"), ("木村", "kimura"), ("林", "hayashi"), ("清水", "shimizu"), ("斎藤", "saito"),
    ("阿部", "abe"), ("森", "mori"), ("池田", "ikeda"), ("橋本", "hashimoto"), ("石川", "ishikawa"),
)  # fmt: skip
GIVEN: Final = (
    ("太郎", "t"), ("花子", "h"), ("健一", "k"), ("美咲", "m"), ("翔", "s"), ("由美", "y"), ("直樹", "n"),
    ("明美", "a"), ("亮", "r"), ("恵子", "e"), ("大輔", "d"), ("文子", "f"),
)  # fmt: skip
DEPARTMENTS: Final = ("営業部", "経理部", "総務部", "製造部", "購買部", "品質管理部")

SUBJECTS: Final = (
    "見積書の件", "7月度請求書送付のご案内", "打ち合わせ日程のご相談", "納期回答について", "議事録送付",
    "図面の差し替えのお願い", "発注書(第3ロット)", "夏季休業のお知らせ", "検収のご連絡", "在庫確認のお願い",
    "お見積りのお礼", "来週の定例会議について", "不具合報告書", "配送遅延のお詫び", "契約更新の件",
)  # fmt: skip
DOCUMENTS: Final = (
    "見積書_20200720", "議事録_0721", "作業手順書_第2版", "7月度売上集計", "在庫一覧", "検査成績書_A32",
    "出張報告書", "月次報告_営業部", "工程表_8月", "図面変更通知", "発注書_0722", "稟議書_設備更新",
)  # fmt: skip

PARTNERS: Final = (
    ("tsukuba-shoji.example", "mail", "192.0.2.44"), ("kawasaki-seiko.example", "mx1", "192.0.2.45"),
    ("nagoya-butsuryu.example", "mx", "192.0.2.46"), ("hokuto-denki.example", "mail2", "192.0.2.47"),
    ("seto-print.example", "smtp", "192.0.2.48"), ("aoba-kogyo.example", "mx01", "192.0.2.49"),
    ("fuji-parts.example", "mail", "192.0.2.50"), ("mirai-law.example", "mx", "192.0.2.51"),
)  # fmt: skip
"""Mail domain, mail host, its address."""

HTTPS_SITES: Final = (
    "www.search.example", "mail.groupware-cloud.example", "news.asahi-times.example", "www.map-navi.example",
    "static.cdn-one.example", "fonts.cdn-two.example", "www.shokuhin-tsuhan.example",
    "teams.office-cloud.example",
    "outlook.office-cloud.example", "login.office-cloud.example", "sns.tsubuyaki.example",
    "video.doga.example",
    "www.ginko-net.example", "keihi.keiri-cloud.example", "stats.ad-measure.example",
    "api.weather-now.example",
    "www.norikae.example", "img.photo-host.example", "wiki.jiten.example", "shop.buhin-store.example",
)  # fmt: skip
HTTP_SITES: Final = (
    "www.kogyo-shimbun.example", "www.buhin-catalog.example", "www.nagoya-butsuryu.example",
    "www.tenki-yoho.example", "www.city-minato.example", "www.fuji-parts.example", "blog.seizo-memo.example",
    "www.kikai-forum.example",
)  # fmt: skip
PAGES: Final = (
    "/", "/news/", "/news/20200722.html", "/product/list.html", "/product/detail.php?id={n}", "/company/",
    "/search?q=%E8%BB%B8%E5%8F%97&page={n}", "/archive/2020/07/{n}.html", "/contact/",
)  # fmt: skip
ASSETS: Final = (
    ("/css/style.css", "text/css", 14_000), ("/js/common.js", "application/javascript", 32_000),
    ("/img/logo.png", "image/png", 9_000), ("/img/main.jpg", "image/jpeg", 84_000),
    ("/favicon.ico", "image/x-icon", 1_150),
)  # fmt: skip

CHROME: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/84.0.4147.89 Safari/537.36"
)
IE11: Final = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"
BITS: Final = "Microsoft BITS/7.8"
EMOTET_AGENT: Final = (
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.2; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; "
    ".NET CLR 2.0.50727; .NET CLR 3.0.30729; .NET CLR 3.5.30729)"
)
"""What Windows' ``ObtainUserAgentString`` gives on such a machine: the malware asks it."""
