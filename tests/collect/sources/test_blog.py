"""Blogs: every dialect of feed, posts read once, pages followed on the feed's own site only."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pytest

from noroshi.indicators.indicator import Status
from tests.collect.feeds import AT, run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from noroshi.store.store import Store

HASH = "4c1d90b7e85fa263" * 4
TEXT = f"<p>C2: evil[.]example, see <a href='http://report.example/x'>a report</a></p><pre>{HASH}</pre>"
RSS2 = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/"><channel><title>b</title><item><title>New loader</title>'
    "<link>{link}</link><guid>g1</guid><pubDate>Sun, 01 Mar 2026 09:00:00 +0900</pubDate>"
    "<description>{summary}</description><media:content><media:title>picture.example</media:title>"
    "</media:content>{whole}</item></channel></rss>"
)
WHOLE = f"<content:encoded><![CDATA[{TEXT}]]></content:encoded>"
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>g1</id><title>New loader</title>'
    '<link rel="self" href="x"/><link href="/post"/><published>2026-02-01T00:00:00Z</published>'
    f"<updated>2026-03-01T00:00:00Z</updated><content type='html'>{escape(TEXT)}</content></entry></feed>"
)
XHTML = ATOM.replace(
    f"<content type='html'>{escape(TEXT)}</content>",
    f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>evil[.]example</p>'
    f'<a href="http://report.example/x">a</a><p>{HASH}</p></div></content>',
)
RDF = (
    '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><item rdf:about="g1"><title>New loader</title>'
    "<link>{link}</link><dc:date>2026-03-01T09:00:00+09:00</dc:date>" + WHOLE + "</item></rdf:RDF>"
)


def _rss(provider: Provider, *, summary: str = "Only the beginning", whole: str = "") -> bytes:
    return RSS2.format(link=f"{provider.url}/post", summary=summary, whole=whole).encode()


@pytest.mark.parametrize("dialect", ["rss2", "atom", "xhtml", "rdf", "shift_jis"])
def test_every_dialect_gives_the_same(provider: Provider, store: Store, dialect: str) -> None:
    """Every dialect gives the same: defanged names and hashes active, links candidates, with their post."""
    bodies = {
        "rss2": _rss(provider, whole=WHOLE),
        "atom": ATOM.encode(),
        "xhtml": XHTML.encode(),
        "rdf": RDF.replace("{link}", f"{provider.url}/post").encode(),
        "shift_jis": b'<?xml version="1.0" encoding="Shift_JIS"?>'
        + _rss(provider, whole=WHOLE).decode().split("?>", 1)[1].replace("New", "新種の").encode("shift_jis"),
    }
    provider.answer = lambda _: Reply(bodies[dialect])
    health = run("blog", provider, store)
    found = {type_: store.indicators.get(value, type_) for type_, value in
             (("domain", "evil.example"), ("sha256", HASH), ("url", "http://report.example/x"))}  # fmt: skip
    statuses = {type_: one and one.status for type_, one in found.items()}
    assert {"domain": Status.ACTIVE, "sha256": Status.ACTIVE, "url": Status.CANDIDATE} == statuses
    assert ("2026-03-01T00:00:00+00:00", ()) == (health.newest, health.failing)
    assert found["domain"] is not None
    claim = found["domain"].claims[0]
    assert ("新種の loader" if dialect == "shift_jis" else "New loader",) == claim.comments
    assert claim.reference.endswith("/post")
    assert store.indicators.get("picture.example", "domain") is None


def test_the_beginning_of_a_post_leads_to_its_page(provider: Provider, store: Store) -> None:
    """The beginning of a post leads to its page, once, and again when the page could not be had."""
    pages = [Reply(status=404), Reply(f"<html><body>{TEXT}</body></html>".encode())]

    def answer(asked: Asked) -> Reply:
        if asked.path == "/post":
            return pages.pop(0)
        seen = asked.headers.get("if-none-match") == "v1"
        return Reply(status=304) if seen else Reply(_rss(provider), headers={"ETag": "v1"})

    provider.answer = answer
    assert 1 == run("blog", provider, store).rejected
    assert 3 == run("blog", provider, store).new
    assert run("blog", provider, store).unchanged
    assert 2 == [one.path for one in provider.asked].count("/post")


def test_pages_elsewhere_are_not_followed(provider: Provider, store: Store) -> None:
    """Pages elsewhere are not followed: a feed must not send us around."""
    body = _rss(provider, summary="beware of evil[.]example").replace(b"127.0.0.1", b"elsewhere.example")
    provider.answer = lambda _: Reply(body)
    assert 1 == run("blog", provider, store).new
    assert 1 == len(provider.asked)


def test_follow_can_be_switched_off(provider: Provider, store: Store) -> None:
    """Follow can be switched off."""
    provider.answer = lambda _: Reply(_rss(provider))
    run("blog", provider, store, follow=False)
    assert 1 == len(provider.asked)


def test_a_feed_that_breaks_off_gives_what_came_before(provider: Provider, store: Store) -> None:
    """A feed that breaks off gives what came before, and is told."""
    whole = _rss(provider, whole=WHOLE)
    second = b"<item><title>x</title><description>gone[.]example"
    provider.answer = lambda _: Reply(whole.replace(b"</channel></rss>", second))
    health = run("blog", provider, store)
    assert (3, 1) == (health.new, health.rejected)
    assert "is broken XML" in health.reasons[0][0]


def test_an_undeclared_entity_is_read(provider: Provider, store: Store) -> None:
    """An entity of HTML that the feed does not declare is read; `&bogus;` stays as it is."""
    summary = "see&nbsp;evil[.]example &bogus; &eacute;"
    provider.answer = lambda _: Reply(_rss(provider, summary=summary))
    assert 1 == run("blog", provider, store, follow=False).new


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("no RSS or Atom", b"<html><body>moved</body></html>"),
        ("broken XML", b"not xml"),
        ("broken XML", b""),
        ("holds no posts", b"<rss><channel><title>t</title></channel></rss>"),
        ("declares entities", b'<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss>&b;</rss>'),
        ("broken XML", b"<rss" + b" a='1'" * 3),
    ],
)
def test_what_is_no_feed_is_an_error(provider: Provider, store: Store, what: str, body: bytes) -> None:
    """What is no feed is an error; one that attacks the reader is refused."""
    provider.answer = lambda _: Reply(body)
    health = run("blog", provider, store)
    assert what in health.error
    assert "error" in health.failing


def test_depth_is_bounded(provider: Provider, store: Store) -> None:
    """Depth is bounded."""
    provider.answer = lambda _: Reply(b"<rss>" + b"<a>" * 1000)
    health = run("blog", provider, store)
    assert "too many elements" in health.reasons[0][0] if health.reasons else health.error


def test_a_post_without_time_is_dated_by_its_reading(provider: Provider, store: Store) -> None:
    """A post without time is dated by its reading, and so the feed becomes stale from there."""
    body = _rss(provider, whole=WHOLE)
    start, end = body.index(b"<pubDate>"), body.index(b"</pubDate>") + len(b"</pubDate>")
    provider.answer = lambda _: Reply(body[:start] + body[end:])
    assert AT.isoformat() == run("blog", provider, store).newest
