"""Names, addresses and files among letters and dots."""

from __future__ import annotations

import pytest

from noroshi.indicators.extraction import Choices, extract
from tests.indicators.extraction.cases import found


@pytest.mark.parametrize(
    "text",
    [
        "setup.py",
        "main.rs",
        "README.md",
        "install.sh",
        "libc.so",
        "run.pl",
        "Node.js",
        "ASP.NET",
        "VB.NET",
        "socket.io",
        "System.Net.WebClient",
        "System.IO",
        "this.name",
        "self.id",
        "document.open",
        "Date.now()",
        "os.path.join(a)",
        "math.pi",
        "foo.bar()",
        "e.g. this, i.e. that",
        "U.S. and U.K.",
        "a.m. or p.m.",
        "It is done.In the end",
        "It is done.The end",
        "version 1.2.3.4",
        "v1.2.3.4",
        "Version: 1.2.3.4",
        "バージョン1.2.3.4",
        "Chrome/10.0.0.1",
        "1.2.3.4.5",
        "1.2.3",
        "999.1.1.1",
        "256.256.256.256",
        "192.0.2.1a",
        "01.02.03.04",
        "0.1.2.3",
        "2020.07.22.13",
        "1,2,3,4",
        "12:34:56",
        "00:11:22:33:44:55",
        "std::string",
        "a::b",
        "::",
        "1::",
        "co.jp",
        "com",
        ".com",
        "localhost",
        "foo.local",
        "foo.unknownsuffix",
        "C:\\Windows\\evil.com",
        "$env.name",
        "@evil.com",
        "-----.-----",
        "a..b..c",
        "...",
        "3.14",
        "1.000.000",
        "株式会社.です",
        "次の通り.以上",
        "package.json",
        "config.yaml",
        "/usr/lib/libx.so",
        "the field process.name says so",
        "`alert.rule.id` of a line",
        "see page.zone and entities.host there",
        "with email.attachments.file.name in ECS",
    ],
)
def test_nothing_to_find(text: str) -> None:
    """Files of programs, attributes, versions, dates, times, seams of sentences, bare suffixes."""
    assert [] == found(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("domain evil.com", "evil.com"),
        ("domain evil.com", "EVIL.COM"),
        ("domain evil.com", "Evil.com"),
        ("domain evil.com", "evil.com."),
        ("domain evil.com", "*.evil.com"),
        ("domain evil.com", ".evil.com"),
        ("domain evil.com", "(evil.com)"),
        ("domain evil.com", "`evil.com`"),
        ("domain evil.com", "|evil.com|Emotet|"),
        ("domain evil.com", "evil.com、次"),
        ("domain evil.com", "evil.comに接続"),
        ("domain evil.com", "接続先evil.comへ"),
        ("domain evil.com", "ドメイン「evil.com」"),
        ("domain evil.com", "domain=evil.com"),
        ("domain evil.com", "evil.com:8080"),
        ("domain evil.com", "evil.com。Next sentence"),
        ("domain evil.co.jp", "evil.co.jp"),
        ("domain evil.test", "evil.test"),
        ("domain evil.example", "evil.example"),
        ("domain evil.invalid", "evil.invalid"),
        ("domain abcdefghij234567.onion", "abcdefghij234567.onion"),
        ("domain evil.github.io", "evil.github.io"),
        ("domain a-b.c-d.example", "a-b.c-d.example"),
        ("domain 123.example", "123.example"),
        ("domain xn--fiqs8s.example", "xn--fiqs8s.example"),
        ("domain 日本語.jp", "日本語.jp"),
        ("domain 名がドメイン.中国", "名がドメイン.中国"),
        ("domain evil.sh", "domain: evil.sh"),
        ("domain evil.zip", "ドメイン：evil.zip"),
        ("domain www.evil.py", "www.evil.py"),
        ("domain evil.host", "evil.host"),
        ("domain evil.host", "\nevil.host\n"),
        ("domain evil.host", "* evil.host\r\n"),
        ("domain evil.host", "| evil.host | C2 |"),
        ("domain evil.host", "the C2 evil.host answers"),
        ("domain evil.host", "at evil[.]host today"),
        ("domain www.evil.zone", "see www.evil.zone now"),
        ("domain evil.co.id", "see evil.co.id now"),
        ("domain evil.com.py", "evil.com.py"),
        ("ip 192.0.2.1", "192.0.2.1"),
        ("ip 192.0.2.1", "192.0.2.1."),
        ("ip 192.0.2.1", "(192.0.2.1)"),
        ("ip 192.0.2.1", "192.0.2.1です"),
        ("ip 192.0.2.1", "IPは192.0.2.1"),
        ("ip 192.0.2.1", "src=192.0.2.1 "),
        ("ip 192.0.2.1", "_192.0.2.1_"),
        ("ip:port 192.0.2.1:443", "192.0.2.1:443,"),
        ("ip:port 192.0.2.1:443", "（192.0.2.1:443）"),
        ("ip 192.0.2.1", "192.0.2.1:99999"),
        ("cidr 192.0.2.0/24", "192.0.2.0/24."),
        ("ip 2001:db8::1", "2001:DB8::1"),
        ("ip 2001:db8:0:0:0:0:0:1", "2001:db8:0:0:0:0:0:1"),
        ("ip 2001:db8::1", "アドレスは2001:db8::1です"),
        ("email a.b+c@evil.example", "a.b+c@evil.example"),
        ("email a@evil.example", "a@evil.example."),
        ("file_name invoice.doc", "invoice.doc"),
        ("file_name invoice.pdf.exe", "invoice.pdf.exe"),
        ("file_name x.dll", "C:\\Windows\\Temp\\x.dll"),
        ("file_name 請求書.doc", "請求書.doc"),
        ("file_name archive.zip", "archive.zip"),
    ],
)
def test_one_thing(value: str, text: str) -> None:
    """Names under known and reserved suffixes, addresses, mail addresses and files."""
    assert [value] == found(text)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (["ip 192.0.2.1", "ip 192.0.2.9"], "192.0.2.1-192.0.2.9"),
        (["domain a.example", "domain b.example"], "a.example, b.example"),
        (["domain a.example", "domain b.example"], "a.example\nb.example"),
        (["domain a.example", "domain b.example"], "a.example|b.example"),
        (["domain a.example", "ip 192.0.2.1"], "a.example (192.0.2.1)"),
        (["ip 192.0.2.1", "domain a.example"], "192.0.2.1,a.example"),
    ],
)
def test_several_things(expected: list[str], text: str) -> None:
    """Lists with whatever between."""
    assert expected == found(text)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ([], "see https://blog.vendor.example/post and vendor.example"),
        (["url https://vendor.example/x"], "hxxps://vendor[.]example/x"),
        (["url https://notvendor.example/x"], "https://notvendor.example/x"),
    ],
)
def test_the_own_site(expected: list[str], text: str) -> None:
    """The vendor's own links are no indicators unless defanged; a name that only ends so is another."""
    choices = Choices(own_sites=frozenset({"vendor.example"}))
    assert expected == [f"{one.type} {one.value}" for one in extract(text, choices)]


def test_reference_sites_can_be_wanted() -> None:
    """Without references ordinary links to them are indicators too; hashes in them always are."""
    text = "https://www.virustotal.com/gui/file/" + "a1b2c3d4" * 8
    assert [f"sha256 {'a1b2c3d4' * 8}"] == found(text)
    everything = [one.type for one in extract(text, Choices(references=frozenset()))]
    assert ["url", "sha256"] == everything
