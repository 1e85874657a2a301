from __future__ import annotations

from typing import Any

import pytest

from noroshi.events.web import add_web_fields, normalise_url, split_host, split_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://www.example/", "www.example/"),
        ("http://www.example", "www.example/"),
        ("HTTPS://User:Pass@WWW.Example:8443/A/b%20C;v=1?q=1#top", "www.example/A/b%20C;v=1"),
        ("http://www.example?q", "www.example/"),
        ("http://www.example#f", "www.example/"),
        ("http://www.example./x", "www.example/x"),
        ("http://192.0.2.9:7080/abc/def/", "192.0.2.9/abc/def/"),
        ("http://[2001:DB8::1]:8080/x", "[2001:db8::1]/x"),
        ("ftp://ftp.example/pub/a.bin", "ftp.example/pub/a.bin"),
        ("http://日本.example/あ", "日本.example/あ"),
        ("http://a@b@www.example/x", "www.example/x"),
        ("http://www.example\\@evil.example/x", "www.example\\@evil.example/x"),
        ("http://www.example/r?u=http://other.example/y", "www.example/r"),
    ],
)
def test_absolute_urls_become_host_and_path(url: str, expected: str) -> None:
    """Scheme, user, port, query and fragment go; the path stays as it is (by hand from RFC 3986)."""
    assert expected == normalise_url(url)


@pytest.mark.parametrize("url", ["", "-", "/only/path", "www.example:443", "mailto:a@b.example", "://x/y", "http://", "http:///x", "?"])  # fmt: skip  # noqa: E501
def test_without_a_host_there_is_nothing_to_compare(url: str) -> None:
    """A path alone, a tunnel and garbage have no normalised URL."""
    assert normalise_url(url) is None


@pytest.mark.parametrize(
    ("path", "host", "expected"),
    [
        ("/a?b", "WWW.example:8080", "www.example/a"),
        ("//wp-login.php", "www.example", "www.example//wp-login.php"),
        ("/", "[2001:db8::1]:80", "[2001:db8::1]/"),
        ("/r?u=http://other.example/", "www.example", "www.example/r"),
        ("http://real.example/x", "proxy.example", "real.example/x"),
    ],
)
def test_paths_are_put_on_their_host(path: str, host: str, expected: str) -> None:
    """A host header may carry a port; an absolute URL names its own host."""
    assert expected == normalise_url(path, host)


def test_a_referer_without_the_port_equals_its_url() -> None:
    """Emotet in 2019 posted to IP:port and left the port out of the Referer."""
    fields: dict[str, Any] = {
        "c-uri": "http://192.0.2.9:8080/mult/rtm/",
        "cs-referer": "http://192.0.2.9/mult/rtm/",
    }
    add_web_fields(fields)
    assert "192.0.2.9/mult/rtm/" == fields["c-uri-norm"] == fields["cs-referer-norm"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cs-uri-stem": "/x", "cs-host": "www.example"}, {"c-uri-norm": "www.example/x"}),
        ({"c-uri": "/x?y", "r-dns": "www.example"}, {"c-uri-norm": "www.example/x"}),
        ({"cs-uri": "http://www.example/"}, {"c-uri-norm": "www.example/"}),
        ({"c-uri": ["http://www.example/"]}, {"c-uri-norm": "www.example/"}),
        ({"cs-uri-stem": "/x"}, {}),
        ({"c-uri": "www.example:443", "cs-host": "www.example", "cs-method": "CONNECT"}, {}),
        ({"cs-referrer": "https://www.example/a"}, {"cs-referer-norm": "www.example/a"}),
        ({"cs(Referer)": "-"}, {}),
        ({"cs-referer": "/relative"}, {}),
        ({"c-uri": None, "cs-referer": 5, "cs-host": {"a": 1}}, {}),
        ({"c-uri": [[]], "cs-uri-stem": True}, {}),
        ({}, {}),
    ],
)
def test_only_what_the_log_shows_is_set(fields: dict[str, Any], expected: dict[str, str]) -> None:
    """From absolute URLs, from parts, from lists; hostile types and tunnels give nothing."""
    before = dict(fields)
    add_web_fields(fields)
    assert before | expected == fields


def test_a_url_is_taken_apart() -> None:
    """All parts, nothing decoded."""
    parts = split_url("http://user@www.Example:8080/a.d/b.tar.gz?x=1#y")
    assert ("http", "www.example", "8080", "/a.d/b.tar.gz", "x=1", "gz", "www.example/a.d/b.tar.gz") == parts
    assert ("", "", "", "/a.d/b", "", "", "") == split_url("/a.d/b")


@pytest.mark.parametrize(
    ("authority", "expected"),
    [
        ("www.example:443", ("www.example", "443")),
        ("[2001:db8::1]:443", ("[2001:db8::1]", "443")),
        ("[2001:db8::1]", ("[2001:db8::1]", "")),
        ("2001:db8::1", ("2001:db8::1", "")),
        ("u:p@h:1", ("h", "1")),
        ("[", ("[", "")),
        ("", ("", "")),
        (":", ("", "")),
    ],
)
def test_hosts_and_ports(authority: str, expected: tuple[str, str]) -> None:
    """Names, addresses of both kinds, and what is neither."""
    assert expected == split_host(authority)


def test_a_url_of_a_megabyte_is_read() -> None:
    """Length costs time in proportion only, and long URLs are not cached."""
    url = "http://" + "a@" * 100_000 + "www.example/" + "/?#" * 300_000
    assert "www.example//" == normalise_url(url)
