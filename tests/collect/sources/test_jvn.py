"""JVN: CVE numbers out of ``sec:references``, under JVN's own number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.collect.feeds import run
from tests.collect.provider import Provider, Reply

if TYPE_CHECKING:
    from noroshi.store.store import Store

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:sec="http://jvn.jp/rss/mod_sec/3.0/">
<item rdf:about="https://jvndb.example/ja/contents/2026/JVNDB-2026-000001.html"><title>製品における脆弱性</title>
<link>https://jvndb.example/ja/contents/2026/JVNDB-2026-000001.html</link><description>概要</description>
<sec:identifier>JVNDB-2026-000001</sec:identifier>
<sec:references source="CVE" id="CVE-2026-0001">https://cve.example/1</sec:references>
<sec:references source="JVN" id="JVN#12345678">https://jvn.example/</sec:references>
<sec:references source="CVE" id="CVE-2026-broken">x</sec:references>
<dc:date>2026-03-01T10:00:00+09:00</dc:date><dcterms:issued>2026-02-27T10:00:00+09:00</dcterms:issued>
<dcterms:modified>2026-03-02T10:00:00+09:00</dcterms:modified></item></rdf:RDF>"""


@pytest.mark.parametrize(("path", "format_"), [("/rss/jvn.rdf", "jvn"), ("/ja/rss/jvndb_new.rdf", "jvndb")])
def test_references_are_cve_numbers(provider: Provider, store: Store, path: str, format_: str) -> None:
    """References are CVE numbers under JVN's number; the newest time counts; no page is fetched."""
    provider.answer = lambda _: Reply(FEED.encode())
    health = run("jvn", provider, store, format=format_)
    found = store.indicators.get("CVE-2026-0001", "cve")
    assert found is not None
    assert "JVNDB-2026-000001" == found.claims[0].external_id
    assert ("2026-03-02T01:00:00+00:00", 1, 1) == (health.newest, health.new, health.rejected)
    assert [path] == [one.path for one in provider.asked]
