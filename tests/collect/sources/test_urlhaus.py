"""URLhaus: CSV with the header in a comment, text, and the API with its key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from noroshi.indicators.indicator import Threat
from tests.collect.feeds import keyed, run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.store.store import Store

HEAD = (
    b"################\n# URLhaus Database Dump (CSV - recent URLs) #\n################\n#\n"
    b"# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\n"
)
ROW = (
    b'"7","2026-03-02 10:11:12","http://bad.example/a#b","online","2026-03-02 11:00:00",'
    b'"malware_download","elf,Emotet","https://urlhaus.example/url/7/","anon"\n'
)


def test_the_first_row_after_a_header_in_a_comment_is_kept(provider: Provider, store: Store) -> None:
    """The first row after a header in a comment is kept."""
    provider.answer = lambda _: Reply(HEAD + ROW + b'"8","2026-03-02 10:11:12","http://oth')
    health = run("urlhaus", provider, store)
    found = store.indicators.get("http://bad.example/a", "url")
    assert found is not None
    assert ("Emotet", "elf") == found.tags
    assert (Threat.DOWNLOAD,) == found.threats
    assert (2, 1, 1) == (health.rows, health.new, health.rejected)
    assert ("2026-03-02T11:00:00+00:00", ()) == (health.newest, health.failing)


def test_an_unchanged_file_is_asked_for_with_its_etag(provider: Provider, store: Store) -> None:
    """An unchanged file is asked for with its etag."""

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"v1"':
            return Reply(status=304)
        return Reply(HEAD + ROW, headers={"ETag": '"v1"'})

    provider.answer = answer
    run("urlhaus", provider, store)
    health = run("urlhaus", provider, store)
    assert (True, 1, 0, ()) == (health.unchanged, health.rows, health.new, health.failing)


def test_a_file_without_rows_is_failing(provider: Provider, store: Store) -> None:
    """A file without rows is failing."""
    provider.answer = lambda _: Reply(HEAD)
    assert ("zero_rows",) == run("urlhaus", provider, store).failing


def test_a_web_page_instead_of_the_file_is_an_error(provider: Provider, store: Store) -> None:
    """A web page instead of the file is an error."""
    provider.answer = lambda _: Reply(b"<html>moved</html>")
    assert ("error",) == run("urlhaus", provider, store).failing


def test_text_has_one_url_a_line(provider: Provider, store: Store) -> None:
    """Text has one url a line."""
    provider.answer = lambda _: Reply(b"# URLhaus\nhttp://bad.example/x\nhttp://[\n")
    health = run("urlhaus", provider, store, format="text")
    assert (2, 1, 1) == (health.rows, health.new, health.rejected)


def test_the_api_gets_the_key_and_tells_its_own_errors(
    provider: Provider, store: Store, tmp_path: Path
) -> None:
    """The api gets the key and tells its own errors."""
    row = {"id": "9", "url": "http://api.example/p", "date_added": "2026-03-02 01:02:03 UTC", "tags": None}
    provider.answer = lambda _: Reply(json.dumps({"query_status": "ok", "urls": [row]}).encode())
    assert 1 == run("urlhaus", provider, store, format="api", key_file=keyed(tmp_path)).new
    assert "k-123" == provider.asked[0].headers["auth-key"]
    provider.answer = lambda _: Reply(b'{"query_status":"unknown_auth_key"}')
    assert "unknown_auth_key" in run("urlhaus", provider, store, format="api", key_file=keyed(tmp_path)).error
