"""What holds for every source in every format: hostile answers end in one located error, never in a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from noroshi.cli.words import words
from noroshi.collect.columns import Columns
from noroshi.collect.config import Settings
from noroshi.collect.run import Feed, run_feed
from noroshi.collect.sources import SOURCES
from tests.collect.feeds import AT, keyed, run
from tests.collect.provider import Provider, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.store.store import Store

WANTED: Final[dict[str, dict[str, Any]]] = {
    "x": {"accounts": ("sample",)},
    "taxii": {"collection": "c"},
    "anyrun": {"reports": ("11111111-1111-4111-8111-111111111111",)},
    "triage": {"query": "family:emotet"},
    "table": {"columns": Columns(value="url")},
}
"""What a source cannot do without."""
EVERY: Final = [(name, format_) for name, source in SOURCES.items() for format_ in source.addresses]
HOSTILE: Final = {
    "nothing": b"",
    "page": b"<!DOCTYPE html><html><body>Please log in</body></html>",
    "null": b"null",
    "number": b"5",
    "string": b'"x"',
    "list of lists": b"[[[1]], null, 7, {}]",
    "other objects": b'{"data": {"a": [1]}, "urls": 3, "objects": [1, {"type": 5}], "results": [3, {}]}',
    "all wrong": b'{"query_status": "ok", "urls": [{"url": {}}], "data": [{"ioc": [], "id": {}}, 3, null]}',
    "cut": b'{"query_status": "ok", "urls": [{"url": "http://bad.exa',
    "deep": b"[" * 100_000,
    "binary": bytes(range(256)) * 8,
    "bad zip": b"PK\x03\x04" + b"x" * 100,
    "quotes": b'# id,url\n"' * 50,
    "not unicode": b'{"data": ["\xff\xfe\xed\xa0\x80"]}',
}


@pytest.mark.parametrize(("name", "format_"), EVERY)
def test_a_hostile_answer_is_a_failing_feed(
    name: str, format_: str, provider: Provider, store: Store, tmp_path: Path
) -> None:
    """A hostile answer is a failing feed, and nothing of it is kept as an indicator."""
    settings = Settings(
        base_url=provider.url, format=format_, key_file=keyed(tmp_path), **WANTED.get(name, {})
    )
    for what, body in HOSTILE.items():
        provider.answer = lambda _, body=body: Reply(body)  # type: ignore[misc]  # the default binds it
        health = run_feed(Feed(what, SOURCES[name], settings), store, AT, provider.client())
        assert health.failing, what
        assert 0 == health.new, what


@pytest.mark.parametrize(("name", "format_"), EVERY)
def test_a_server_that_is_down_is_an_error(
    name: str, format_: str, provider: Provider, store: Store, tmp_path: Path
) -> None:
    """A server that is down is an error, told without the key."""
    provider.answer = lambda _: Reply(status=503)
    health = run(name, provider, store, format=format_, key_file=keyed(tmp_path), **WANTED.get(name, {}))
    assert ("error",) == health.failing
    assert "k-123" not in health.error


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_source_says_what_it_is(name: str, language: str) -> None:
    """Every source says what it is, needs and gives, its terms and limits, in both languages."""
    say = words(language)
    texts = [say(f"collect.{name}.{key}") for key in ("what", "needs", "terms", "gives", "limits")]
    assert all(texts)


@pytest.mark.parametrize(("name", "format_"), EVERY)
def test_every_default_address_is_https_or_left_to_the_user(name: str, format_: str) -> None:
    """Every default address is under TLS, or left to the user."""
    address = SOURCES[name].addresses[format_]
    assert not address or address.startswith("https://")
    assert not address.endswith("/")
