"""``noroshi collect``: feeds by the command line, with their exit statuses, in both languages."""

from __future__ import annotations

import json
import re
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from noroshi.cli.main import app
from noroshi.collect.sources import SOURCES
from noroshi.store.store import open_store
from tests.collect.provider import Provider, Reply, serving
from tests.collect.sources.test_urlhaus import HEAD, ROW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Run


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider of URLhaus on loopback."""
    with serving() as there:
        there.answer = lambda _: Reply(HEAD + ROW)
        yield there


@pytest.fixture
def config(tmp_path: Path, provider: Provider) -> Path:
    """Two feeds of that provider, and one that is switched off."""
    file = tmp_path / "feeds.toml"
    common = f'base_url = "{provider.url}"\nallow_private = true\npause = 0\n'
    file.write_text(
        f'[feeds.one]\nkind = "urlhaus"\n{common}\n[feeds.two]\nkind = "urlhaus"\nformat = "text"\n{common}\n'
        f'[feeds.off]\nkind = "urlhaus"\nenabled = false\n{common}'
    )
    return file


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the store is."""
    return tmp_path / "noroshi.db"


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_source_is_listed_in_both_languages(run: Run) -> None:
    """Every source is listed in both languages, for programs with its terms and addresses."""
    for language in ("en", "ja"):
        result = run("collect", "list", "--lang", language)
        assert 0 == result.status
        assert all(name in result.out for name in SOURCES)
    rows = {row["feed"]: row for row in _lines(run("collect", "list", "--format", "ndjson").out)}
    assert "https://urlhaus.abuse.ch" == rows["urlhaus"]["base_url"]
    assert ["csv", "text", "api"] == rows["urlhaus"]["formats"]
    assert all(row["terms"] and row["limits"] and not row["configured"] for row in rows.values())


def test_without_a_configuration_nothing_is_contacted(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a configuration nothing is contacted: a source runs when it is named or configured."""
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("somebody was contacted"))
    result = run("collect", "run", "--store", place)
    assert (0, "") == (result.status, result.out)
    assert "Nothing is due" in result.err
    assert "No feed is configured" in run("collect", "status", "--store", place).err


def test_what_is_due_runs_and_nothing_else(run: Run, config: Path, place: Path, provider: Provider) -> None:
    """What is due runs and nothing else; a second run at once has nothing to do."""
    arguments = ("--config", config, "--store", place)
    rows = _lines(run("collect", "run", *arguments, "--format", "ndjson").out)
    assert ["one", "two"] == [row["feed"] for row in rows]
    again = run("collect", "run", *arguments)
    assert (0, "") == (again.status, again.out)
    assert 2 == len(provider.asked)
    named = run("collect", "run", "one", *arguments)
    assert 3 == len(provider.asked)
    assert "one" in named.out


def test_the_configuration_may_stand_in_the_environment(
    run: Run, config: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration may stand in the environment."""
    monkeypatch.setenv("NOROSHI_COLLECT", str(config))
    monkeypatch.setenv("NOROSHI_STORE", str(place))
    assert "two" in run("collect", "run").out
    status = run("collect", "status", "--lang", "en")
    assert "off" in status.out
    assert re.search(r"2026-03-02 \([\d,]+ d\)", status.out)
    assert 1 == status.status  # the row of the sample is old


def test_a_failing_feed_is_told_in_the_readers_language(
    run: Run, config: Path, place: Path, provider: Provider
) -> None:
    """A failing feed is told in the reader's language, with exit status 1, at once and later."""
    provider.answer = lambda _: Reply(status=404)
    arguments = ("--config", config, "--store", place)
    english = run("collect", "run", "one", *arguments, "--lang", "en")
    assert 1 == english.status
    assert "FAILING" in english.out
    assert "error: http://127.0.0.1" in english.out
    assert "answers with status 404; check the address" in english.out
    japanese = run("collect", "status", *arguments, "--lang", "ja")
    assert 1 == japanese.status
    assert "異常" in japanese.out
    assert "HTTP ステータス 404 が返された。アドレスを確認すること" in japanese.out


def test_reasons_and_drift_are_told(run: Run, place: Path, provider: Provider) -> None:
    """Reasons and drift are told, in Japanese too."""
    body = HEAD.replace(b"reporter", b"colour") + ROW + ROW.replace(b"http://bad.example/a#b", b"nonsense")
    provider.answer = lambda _: Reply(body)
    arguments = ("run", "urlhaus", "--base-url", provider.url, "--allow-private", "--store", place)
    out = run("collect", *arguments, "--lang", "ja").out
    assert "形式の変化: 欠落した列 `reporter`、新しい列 `colour`" in out
    assert "1 件: url として正しくない" in out


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("what the indicators stand in is missing", "format drift: missing `url`; new `link`")),
        ("ja", ("IoC のある列がない", "形式の変化: 欠落した列 `url`、新しい列 `link`")),
    ],
)
def test_a_renamed_column_is_told_by_run_and_by_status(
    run: Run, place: Path, provider: Provider, language: str, told: tuple[str, str]
) -> None:
    """A feed whose URLs stand under another name is failing, and both names are told, at once and later."""
    provider.answer = lambda _: Reply(HEAD.replace(b",url,", b",link,") + ROW)
    arguments = ("urlhaus", "--base-url", provider.url, "--allow-private")
    shown = run("collect", "run", *arguments, "--store", place, "--lang", language)
    later = run("collect", "status", "--store", place, "--lang", language)
    assert (1, 1) == (shown.status, later.status)
    for one in told:
        assert one in shown.out
        assert one in later.out


def test_a_second_run_leaves_the_feed_alone(run: Run, config: Path, place: Path, provider: Provider) -> None:
    """A second run says so and leaves the feed alone: exit status 2 if nothing else was to be read."""
    arguments = ("--config", config, "--store", place)
    with open_store(place) as other, other.alone("feed:one"):
        both = run("collect", "run", *arguments, "--format", "ndjson", "--lang", "en")
        assert ["two"] == [row["feed"] for row in _lines(both.out)]
        assert "one: another run is reading it at this moment" in both.err
        only = run("collect", "run", "one", *arguments, "--lang", "ja")
        assert (2, "") == (only.status, only.out)
        assert "one: 別の実行が取得中" in only.err
    assert 1 == len(provider.asked)
    assert "one" in run("collect", "run", "one", *arguments).out
    assert 2 == len(provider.asked)


def test_a_test_keeps_nothing(run: Run, place: Path, provider: Provider) -> None:
    """A test keeps nothing: neither indicators nor where the feed stands."""
    result = run(
        "collect", "test", "urlhaus", "--base-url", provider.url, "--allow-private", "--store", place
    )
    assert "urlhaus" in result.out
    assert not place.exists()
    assert 0 == run("indicators", "stats", "--store", place).status
    before = place.read_bytes()
    run("collect", "test", "urlhaus", "--base-url", provider.url, "--allow-private", "--store", place)
    assert before == place.read_bytes()


@pytest.mark.parametrize(
    ("language", "told", "refused"),
    [
        ("en", "urlhaus: contacts urlhaus.abuse.ch once", "add --yes to go on"),
        ("ja", "urlhaus: urlhaus.abuse.ch に 1 回だけ接続する", "続けるには --yes を付けること"),
    ],
)
def test_a_test_says_whom_it_contacts_and_waits_for_a_yes(
    run: Run, monkeypatch: pytest.MonkeyPatch, language: str, told: str, refused: str
) -> None:
    """Without a terminal it ends there, before anything is looked up; with --yes it goes on."""
    asked: list[str] = []

    def resolve(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    monkeypatch.setattr("time.sleep", lambda _: None)
    ended = run("collect", "test", "urlhaus", "--lang", language)
    assert (2, "", []) == (ended.status, ended.out, asked)
    assert told in ended.err
    assert refused in ended.err
    went_on = run("collect", "test", "urlhaus", "--yes", "--lang", language)
    assert told in went_on.err
    assert {"urlhaus.abuse.ch"} == set(asked)


@pytest.mark.parametrize(("answer", "status"), [("n\n", 2), ("\n", 2), ("y\n", 1)])
def test_at_a_terminal_a_test_asks(monkeypatch: pytest.MonkeyPatch, answer: str, status: int) -> None:
    """A yes goes on (and fails here, where no name is known); everything else contacts nobody."""
    asked: list[str] = []

    def resolve(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("typer.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    result = CliRunner().invoke(app, ["collect", "test", "urlhaus", "--lang", "en"], input=answer)
    assert status == result.exit_code, result.output
    assert bool(asked) == (answer == "y\n")
    assert "Go on?" in result.stderr


def test_an_address_of_ones_own_is_not_asked_about(run: Run, config: Path, provider: Provider) -> None:
    """Neither where the configuration names it; it is told all the same."""
    result = run("collect", "test", "one", "--config", config, "--lang", "en")
    assert "one: contacts 127.0.0.1 once" in result.err
    assert 1 == len(provider.asked)


def test_a_private_address_is_refused_unless_allowed(run: Run, place: Path, provider: Provider) -> None:
    """A private address is refused unless it is allowed."""
    result = run("collect", "run", "urlhaus", "--base-url", provider.url, "--store", place, "--lang", "en")
    assert "127.0.0.1 is no public address" in result.out
    assert [] == provider.asked


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("no such feed", ("run", "nobody")),
        ("no such feed", ("test", "nobody")),
        ("cannot be read", ("run", "--config", "none.toml")),
    ],
)
def test_wrong_usage_is_one_line(run: Run, place: Path, what: str, arguments: tuple[str, ...]) -> None:
    """Wrong usage is one line and exit status 2."""
    result = run("collect", *arguments, "--store", place)
    assert (2, 1) == (result.status, len(result.err.splitlines()))
    assert what in result.err


def test_what_was_recorded_is_told_in_the_readers_language(run: Run, place: Path, provider: Provider) -> None:
    """Reasons and errors are kept with their templates, whatever language the run was told in."""
    asked = ("urlhaus", "--base-url", provider.url, "--allow-private", "--store", place)
    provider.answer = lambda _: Reply(HEAD + ROW.replace(b"http://bad.example/a#b", b"nonsense") + b'"2"\n')
    run("collect", "run", *asked, "--lang", "en")
    told = run("collect", "status", "--store", place, "--lang", "ja")
    assert "url として正しくない" in told.out
    assert "9 列の行ではない" in told.out
    assert "is no row of 9 cells" in run("collect", "status", "--store", place, "--lang", "en").out
    provider.answer = lambda _: Reply(status=404)
    run("collect", "run", *asked, "--lang", "en")
    told = run("collect", "status", "--store", place, "--lang", "ja")
    assert "HTTP ステータス 404 が返された。アドレスを確認すること" in told.out
    document = json.loads(
        run("collect", "status", "--store", place, "--format", "ndjson", "--lang", "ja").out
    )
    assert document["error"].endswith("answers with status 404; check the address")


def test_a_record_of_an_older_version_is_still_told(run: Run, place: Path) -> None:
    """It holds plain texts: what stands alone has its words, what has values stays as it was."""
    old = {
        "last_read": "2026-11-20T00:00:00+00:00",
        "last_tried": "2026-11-21T00:00:00+00:00",
        "rows": 2,
        "rejected": 2,
        "reasons": [["is no object", 1], ["is no row of 9 cells", 1]],
        "error": "https://feed.example/a: needs a key; set key_file or key_env",
        "error_parts": ["https://feed.example/a", "needs a key", "set key_file or key_env"],
    }
    with open_store(place) as store:
        store.state.put("feed:urlhaus", at=datetime(2026, 11, 21, tzinfo=UTC), health=old)
    told = run("collect", "status", "--store", place, "--lang", "ja")
    assert "https://feed.example/a: キーが必要である。key_file か key_env を設定すること" in told.out
    assert "1 件: オブジェクトではない" in told.out
    assert "1 件: is no row of 9 cells" in told.out
