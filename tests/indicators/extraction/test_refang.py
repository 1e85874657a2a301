"""Whatever was done to an indicator is undone, and what only looks so is left alone."""

from __future__ import annotations

import pytest

from noroshi.indicators import extract
from tests.indicators.extraction.cases import found

URL = "http://evil.example/a"
SCHEMES = [
    "hxxp://evil.example/a",
    "hXXp://evil.example/a",
    "HXXP://evil.example/a",
    "hxXp://evil.example/a",
    "hxtp://evil.example/a",
    "htxp://evil.example/a",
    "h**p://evil.example/a",
    "htt*p://evil.example/a",
    "h00p://evil.example/a",
    "h__p://evil.example/a",
    "h[xx]p://evil.example/a",
    "h(tt)p://evil.example/a",
    "hxxxp://evil.example/a",
    "meow://evil.example/a",
    "me0w://evil.example/a",
    "xxxx://evil.example/a",
    "http__evil.example/a",
    "http:__evil.example/a",
    "hxxp__evil.example/a",
    "http:\\\\evil.example\\a",
    "hXXp:\\\\evil.example\\a",
    "http:\\/\\/evil.example\\/a",
    "http[:]//evil.example/a",
    "hxxp[:]//evil[.]example/a",
    "http(:)//evil.example/a",
    "http[://]evil.example/a",
    "http ://evil.example/a",
    "http: //evil.example/a",
    "hxxp:// evil.example/a",
    "http:/evil.example/a",
    "http:///evil.example/a",
    "hxxp[:]//evil[.]example[/]a",
    "ｈｔｔｐ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ／ａ",
    "hxxp：//evil．example/a",
    "http://evil.ex\u200bample/a",
    "\u202ahttp://evil.example/a\u202c",
    "HTTP://EVIL.EXAMPLE/a",
]


@pytest.mark.parametrize("text", SCHEMES)
def test_schemes(text: str) -> None:
    """Every spelling of ``http://`` that people use."""
    assert [f"url {URL}"] == found(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("https://evil.example", "hxxps://evil.example"),
        ("https://evil.example", "h**ps://evil.example"),
        ("https://evil.example", "xxxxs://evil.example"),
        ("https://evil.example", "meows://evil.example"),
        ("https://evil.example", "hXXpS[:]//evil[.]example"),
        ("https://evil.example", "https:__evil.example"),
        ("ftp://evil.example/x", "ftx://evil.example/x"),
        ("ftp://evil.example/x", "fxp://evil.example/x"),
        ("ftp://evil.example/x", "ftp://evil.example/x"),
        ("tftp://evil.example/x", "tFtp://evil.example/x"),
        ("sftp://evil.example/x", "sftp://evil.example/x"),
        ("ldap://evil.example/x", "ldap://evil.example/x"),
        ("tcp://192.0.2.1:4444", "tcp://192.0.2.1:4444"),
        ("udp://192.0.2.1:53", "udp://192[.]0[.]2[.]1:53"),
    ],
)
def test_other_schemes(value: str, text: str) -> None:
    """Other protocols keep theirs."""
    assert [f"url {value}"] == found(text)


DOTS = [
    "evil[.]com",
    "evil(.)com",
    "evil{.}com",
    "evil<.>com",
    "evil[.  .]com",
    "evil[ . ]com",
    "evil[ .]com",
    "evil [.] com",
    "evil[dot]com",
    "evil(dot)com",
    "evil{dot}com",
    "evil[DOT]com",
    "evil [dot] com",
    "evil-dot-com",
    "evil DOT com",
    "evil dot com",
    "evil punto com",
    "evil punkt com",
    "evil[punkt]com",
    "evil[,]com",
    "evil\\.com",
    "evil^.com",
    "evil].[com",
    "evil[.com",
    "evil.]com",
    "evil(.com",
    "evil%5B.%5Dcom",
    "evil%5b.%5dcom",
    "evil。com",
    "evil．com",
    "evil｡com",
    "evil【.】com",
    "evil「.」com",
    "evil【．】com",
    "evil［.］com",
    "evil（.）com",
    "evil[．]com",
    "ｅｖｉｌ．ｃｏｍ",
    "ｅｖｉｌ[.]ｃｏｍ",
    "ev\u200bil.com",
    "evil\u2060.com",
    "evil.c\u00adom",
    "\ufeffevil[.]com",
    "EVIL[.]COM",
    "Evil[.]com",
    "evil․com",
]


@pytest.mark.parametrize("text", DOTS)
def test_dots(text: str) -> None:
    """Every spelling of a dot, those that no other tool reads included."""
    assert ["domain evil.com"] == found(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("www.evil.com", "www[.]evil[.]com"),
        ("www.evil.com", "www.evil[.]com"),
        ("www.evil.co.jp", "www[.]evil[.]co[.]jp"),
        ("www.evil.co.jp", "www。evil。co。jp"),
        ("a.b.evil.example", "a(dot)b(dot)evil(dot)example"),
        ("www.evil.com", "www dot evil dot com"),
        ("名がドメイン.中国", "名がドメイン[.]中国"),
        ("日本語.jp", "日本語[.]jp"),
        ("xn--wgv71a119e.jp", "xn--wgv71a119e[.]jp"),
        ("bücher.example", "bücher[.]example"),
        ("пример.рф", "пример[.]рф"),
        ("setup.py", "setup[.]py"),
        ("evil.zip", "evil[.]zip"),
        ("dmarc.evil.example", "dmarc[.]evil[.]example"),
    ],
)
def test_domains(value: str, text: str) -> None:
    """Chains of dots, international names, and names that only defanging tells from files."""
    assert [f"domain {value}"] == found(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("ip 192.0.2.1", "192[.]0[.]2[.]1"),
        ("ip 192.0.2.1", "192.0.2[.]1"),
        ("ip 192.0.2.1", "192(.)0(.)2(.)1"),
        ("ip 192.0.2.1", "192[dot]0[dot]2[dot]1"),
        ("ip 192.0.2.1", "１９２．０．２．１"),
        ("ip 192.0.2.1", "192。0。2。1"),
        ("ip 192.0.2.1", "192\\.0\\.2\\.1"),
        ("ip:port 192.0.2.1:443", "192[.]0[.]2[.]1:443"),
        ("ip:port 192.0.2.1:443", "192[.]0[.]2[.]1[:]443"),
        ("ip:port 192.0.2.1:443", "１９２．０．２．１：４４３"),
        ("ip:port 192.0.2.1:8080", "192.0.2.1:8080"),
        ("cidr 192.0.2.0/24", "192[.]0[.]2[.]0/24"),
        ("ip 2001:db8::1", "2001[:]db8::1"),
        ("ip:port [2001:db8::1]:443", "[2001:db8::1]:443"),
        ("cidr 2001:db8::/32", "2001:db8::/32"),
        ("ip fe80::1", "fe80::1"),
    ],
)
def test_addresses(value: str, text: str) -> None:
    """Addresses, alone, with a port as one indicator, and networks."""
    assert [value] == found(text)


MAILS = [
    "user[at]evil[.]com",
    "user(at)evil(.)com",
    "user{at}evil{.}com",
    "user [at] evil [dot] com",
    "user (at) evil (dot) com",
    "user[@]evil[.]com",
    "user(@)evil.com",
    "user@evil[.]com",
    "user @ evil.com",
    "user AT evil.com",
    "user AT evil DOT com",
    "user at evil dot com",
    "user arroba evil.com",
    "user[arroba]evil.com",
    "user[et]evil.com",
    "user/AT/evil.com",
    "user_at_evil.com",
    "user＠evil．com",
    "<user@evil.com>",
    "mailto:user@evil.com",
    "user@evil.comまで",
    "連絡先はuser@evil.comです",
]


@pytest.mark.parametrize("text", MAILS)
def test_mail_addresses(text: str) -> None:
    """Every spelling of ``@``; the domain is no indicator of its own."""
    assert ["email user@evil.com"] == found(text)


@pytest.mark.parametrize(
    "text",
    [
        "MDOT is a department",
        "the regex .dot-star. is greedy",
        "a. [b",
        "see [.] and (.)",
        "the dot com bubble",
        "fooATAbar",
        "we look at evil places",
        "x-dot-project is a host name of App Engine",
        "meow: the cat said",
        "xxxx: a placeholder",
        "この件は終わりです。次の件に進みます。",
        "Mr. Smith (at noon) said so",
        "$x[.5]",
        "price: 1,000.50",
        "path \\. and \\/ end",
        "array[0].[1]",
    ],
)
def test_no_false_refanging(text: str) -> None:
    """Brackets, dots and words of ordinary prose."""
    assert [] == found(text)


def test_what_counts_as_defanged() -> None:
    """Brackets, schemes, full-width letters, invisible signs do; capitals and Japanese brackets do not."""
    flags = {
        text: [one.defanged for one in extract(text)]
        for text in (
            "evil[.]com",
            "hxxp://evil.com",
            "ｅｖｉｌ.com",
            "ev\u200bil.com",
            "EVIL.COM",
            "「evil.com」",
        )
    }
    assert [[True]] * 4 + [[False]] * 2 == list(flags.values())


def test_offsets_count_code_points_of_the_original() -> None:
    """Astral characters, deletions and replacements before an indicator do not move it."""
    text = "😀\u200b hxxp://a[.]example と b[.]example"
    assert [(3, "hxxp://a[.]example"), (24, "b[.]example")] == [
        (one.offset, one.text) for one in extract(text)
    ]
