"""The demo day extended: a feed publishes, `collect run` reads it, the next scan finds it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from noroshi.demo import campaign

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def test_what_the_feed_publishes_is_found_by_the_next_scan(run: Run, day: Path, tmp_path: Path) -> None:
    """What the feed publishes is found by the next scan: the download, and the C2 server by its port."""
    folder, store = tmp_path / "feed", tmp_path / "noroshi.db"
    known = ("--zone", "Asia/Tokyo", "--lists", day / "site.toml", "--identities", day / "identities.csv")
    scan = ("scan", day / "logs", *known, "--workers", 1, "--indicators", store, "--format", "ndjson")
    command = [sys.executable, "-m", "noroshi.cli.main", "demo", "--feed", str(folder), "--lang", "en"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as feed:  # noqa: S603
        assert feed.stdout is not None
        assert "127.0.0.1" in feed.stdout.readline()
        while "scan" not in feed.stdout.readline():
            pass
        collected = run("collect", "run", "--config", folder / "feeds.toml", "--store", store, "--lang", "en")
        feed.terminate()
    assert (0, 2) == (collected.status, collected.out.count(" ok "))
    alerts = [json.loads(line) for line in run(*scan).out.splitlines()]
    found = {
        (one["indicator"]["value"], one["rule"]["level"], one["outcome"])
        for one in alerts
        if one["kind"] == "indicator"
    }
    url = f"http://{campaign.SERVED_HOST}{campaign.SERVED_PATH}"
    endpoint = "{}:{}".format(*campaign.C2_DIRECT)
    assert {(url, "high", "allowed"), (endpoint, "high", "allowed")} <= found


def test_it_ends_by_itself_and_says_what_to_do(run: Run, tmp_path: Path) -> None:
    """It ends by itself, and says what to do meanwhile, in both languages."""
    for language, last in (("en", "The time is over"), ("ja", "時間になった")):
        result = run("demo", "--feed", tmp_path, "--minutes", 0, "--lang", language)
        assert 0 == result.status
        assert "collect run --config" in result.out
        assert last in result.out
