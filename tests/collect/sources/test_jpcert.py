"""JPCERT/CC: alerts as RSS 1.0 whose pages are read, and the blog as Atom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.collect.feeds import run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from noroshi.store.store import Store

ALERTS = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="ja"><channel rdf:about="x"><title>JPCERT/CC</title>
<items><rdf:Seq><rdf:li rdf:resource="{0}/at/2026/at260001.html"/></rdf:Seq></items></channel>
<item rdf:about="{0}/at/2026/at260001.html"><title>注意喚起: 製品の脆弱性 (CVE-2026-12345) (公開)</title>
<link>{0}/at/2026/at260001.html</link><dc:date>2026-03-01T15:00+09:00</dc:date></item></rdf:RDF>"""
PAGE = """<html><body><h1>注意喚起</h1><p>通信先は192.0.2[.]77である。CVE-2026-54321も悪用される。</p>
<a href="https://www.jpcert.or.jp/menu.html">目次</a></body></html>"""


def test_an_alert_is_read_with_its_page(provider: Provider, store: Store) -> None:
    """An alert is read with its page: numbers in the title, addresses in the Japanese text."""

    def answer(asked: Asked) -> Reply:
        listed = asked.path == "/rss/jpcert.rdf"
        return Reply((ALERTS.format(provider.url) if listed else PAGE).encode())

    provider.answer = answer
    health = run("jpcert", provider, store)
    for value, type_ in (("CVE-2026-12345", "cve"), ("CVE-2026-54321", "cve"), ("192.0.2.77", "ip")):
        found = store.indicators.get(value, type_)
        assert found is not None, value
        assert f"{provider.url}/at/2026/at260001.html" == found.claims[0].reference
    assert ("2026-03-01T06:00:00+00:00", 0) == (health.newest, health.rejected)


def test_the_blog_is_an_atom_feed(provider: Provider, store: Store) -> None:
    """The blog is an Atom feed at its own place."""
    provider.answer = lambda _: Reply(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>分析</title><link href="/ja/1"/>'
        "<updated>2026-03-01T00:00:00Z</updated>"
        "<content type='text'>C2：evil[.]example</content></entry></feed>".encode()
    )
    assert 1 == run("jpcert", provider, store, format="eyes").new
    assert ["/ja/atom.xml"] == [one.path for one in provider.asked]


def test_a_page_that_is_gone_is_told_and_the_title_kept(provider: Provider, store: Store) -> None:
    """A page that is gone is told, and the title is kept."""
    provider.answer = lambda asked: (
        Reply(ALERTS.format(provider.url).encode()) if asked.path.endswith("rdf") else Reply(status=404)
    )
    health = run("jpcert", provider, store)
    assert (1, 1) == (health.new, health.rejected)
