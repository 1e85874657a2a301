"""Cryptolaemus: the section says what an item is; keys and credits never become indicators."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from noroshi.indicators.indicator import Threat
from tests.collect.feeds import run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from noroshi.store.store import Store

DOCUMENT = "4c1d90b7e85fa263" * 4
KEY = "9be1d07735ac4f18" * 4


def _section(name: str, *lines: str) -> str:
    text = "\n".join(lines)
    return (
        f'<h4 id="{name}">{name}</h4>\n<div class="highlighter-rouge"><div class="highlight">'
        f"<pre><code>{text}\n</code></pre></div></div>\n"
    )


PASTE = (
    "<html><body><h1 id='emotet-malware-iocs'>Emotet</h1>"
    + _section("daily-log", "14:00 new run, see http://blog.example/story")
    + _section("epoch-1-documentdownloader-links", "hxxp://one.example/doc/", "http://two.example/inc/")
    + _section(
        "epoch-1-payloads-by-document-sha256---all-times-utc",
        "Creation Time 2020:07:22 03:10",
        DOCUMENT,
        "http://three.example/x/",
    )
    + _section("epoch-2-c2s", "192.0.2.20:80", "192.0.2.21:8080", "192.0.2.22")
    + _section("epoch-2---stealer-c2s", "192.0.2.30:7080")
    + _section("current-epoch-2-rsa-public-key", "MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAM", KEY)
    + _section("sandbox-runs", "http://sandbox.example/run/1")
    + _section("credits-and-notes-section", "thanks to http://helper.example/ and 192.0.2.99:80")
    + "</body></html>"
)


def _atom(content: str, updated: str = "2020-07-22T20:00:00+00:00") -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>p</title>'
        '<entry><title>Emotet 07/22/20</title><link href="https://paste.example/emotet/a.html"/>'
        f"<id>https://paste.example/emotet/a.html</id><updated>{updated}</updated>"
        f'<content type="html">{escape(content)}</content></entry></feed>'
    ).encode()


def _check(store: Store) -> None:
    expected = {
        ("http://one.example/doc/", "url"): (Threat.DOWNLOAD, ("document", "epoch1"), True),
        ("http://three.example/x/", "url"): (Threat.DOWNLOAD, ("epoch1", "payload"), True),
        (DOCUMENT, "sha256"): (Threat.MAIL, ("epoch1", "payload"), False),
        ("192.0.2.20:80", "ip:port"): (Threat.C2, ("epoch2",), False),
        ("192.0.2.30:7080", "ip:port"): (Threat.C2, ("epoch2", "stealer"), False),
    }
    for (value, type_), (threat, tags, compromised) in expected.items():
        found = store.indicators.get(value, type_)
        assert found is not None, value
        assert ((threat,), tags, ("Emotet",)) == (found.threats, found.tags, found.families)
        assert compromised is found.compromised_site
    never = ("http://blog.example/story", "http://sandbox.example/run/1", "http://helper.example/")
    assert [None] * 3 == [store.indicators.get(one, "url") for one in never]
    assert store.indicators.get("192.0.2.99:80", "ip:port") is None
    assert store.indicators.get(KEY, "sha256") is None


def test_the_feed_is_read_by_section(provider: Provider, store: Store) -> None:
    """The feed is read by section, and what was left out is counted."""
    provider.answer = lambda _: Reply(_atom(PASTE))
    health = run("cryptolaemus", provider, store)
    _check(store)
    assert (7, 0, ()) == (health.new, health.rejected, health.drift)
    assert ("ip in section epoch-2-c2s", 1) in health.left_out
    assert 6 == len(health.left_out)
    assert ("section current-epoch-2-rsa-public-key", 1) in health.left_out


def test_a_paste_is_read_again_only_when_it_changed(provider: Provider, store: Store) -> None:
    """A paste is read again only when it changed."""
    provider.answer = lambda _: Reply(_atom(PASTE))
    run("cryptolaemus", provider, store)
    assert (0, ("stale",)) == (
        (second := run("cryptolaemus", provider, store)).rows,
        second.failing,
    )
    longer = PASTE.replace("192.0.2.20:80", "192.0.2.20:80\n192.0.2.23:443")
    provider.answer = lambda _: Reply(_atom(longer, "2020-07-22T23:00:00+00:00"))
    assert 1 == run("cryptolaemus", provider, store).new


def test_pages_are_found_on_the_front_page_and_missing_ones_asked_for_again(
    provider: Provider, store: Store
) -> None:
    """Pages are found on the front page and missing ones asked for again, in spite of the front's ETag."""
    one, two = "emotet/2020/07/22/emotet-malware-IoCs_07-22-20.html", "emotet/2020/07/21/e_07-21-20.html"
    broken = {f"/{two}"}

    def answer(asked: Asked) -> Reply:
        if asked.path in {"", "/"}:
            if asked.headers.get("if-none-match") == "v1":
                return Reply(status=304)
            return Reply(f'<a href="/{one}">x</a><a href="{two}">y</a>'.encode(), headers={"ETag": "v1"})
        return Reply(status=404) if asked.path in broken else Reply(PASTE.encode())

    provider.answer = answer
    health = run("cryptolaemus", provider, store, format="html")
    _check(store)
    assert (7, 1, "2020-07-22T00:00:00+00:00") == (health.new, health.rejected, health.newest)
    broken.clear()
    run("cryptolaemus", provider, store, format="html")
    assert [f"/{one}", f"/{two}", f"/{two}"] == [a.path for a in provider.asked if a.path.endswith("html")]
    assert run("cryptolaemus", provider, store, format="html").unchanged


def test_a_section_that_nobody_knows_is_drift(provider: Provider, store: Store) -> None:
    """A section that nobody knows is drift, and gives nothing."""
    provider.answer = lambda _: Reply(_atom(_section("epoch-9-loaders", "192.0.2.50:80")))
    health = run("cryptolaemus", provider, store)
    assert (0, ("+epoch-9-loaders",)) == (health.new, health.drift)


def test_a_page_without_sections_is_told(provider: Provider, store: Store) -> None:
    """A page without sections is told: the page's shape has changed."""
    provider.answer = lambda _: Reply(_atom("<p>192.0.2.50:80</p>"))
    health = run("cryptolaemus", provider, store)
    assert ((("has no sections", 1),), ("all_rejected",)) == (health.reasons, health.failing)
