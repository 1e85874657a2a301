"""From the demo's mail to the demo day: drafted rules and added indicators show the encounter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from noroshi.demo import generate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def test_what_is_examined_detects_the_day(run: Run, tmp_path: Path) -> None:
    """The mail alone, with nothing from the packs or lists that come with Noroshi, tells of PC-014."""
    generate(tmp_path / "calm", scale=0.003, chain=False)
    manifest = generate(tmp_path / "day", scale=0.003)
    assert 0 == run("demo", "--mail", tmp_path / "mail").status
    mail, drafts, store = (
        tmp_path / "mail" / "emotet-day" / "mail-zip.eml",
        tmp_path / "drafts",
        tmp_path / "s.db",
    )
    given = ("--family", "Emotet", "--background", tmp_path / "calm" / "logs", "--lang", "en")
    made = run("examine", mail, "--draft-rules", drafts, "--add", "--store", store, *given)
    assert 0 == made.status
    assert 7 == made.err.count("written: fires on the specimen")
    assert "not written" not in made.err
    day = tmp_path / "day"
    scan = ("scan", day / "logs", "--rules", drafts, "--indicators", store, "--lists", day / "site.toml")
    where = ("--identities", day / "identities.csv", "--zone", "Asia/Tokyo")
    told = run(*scan, *where, "--lang", "en").out
    assert "ENCOUNTER 1 of 1" in told
    assert "Emotet on pc-014 (t.suzuki)" in told
    alerts = [
        json.loads(line)
        for line in run(*scan, *where, "--format", "ndjson", "--level", "medium").out.splitlines()
    ]
    fired = {one["rule"]["title"] for one in alerts if one["kind"] in {"rule", "correlation"}}
    assert 7 == len({one["rule"]["id"] for one in alerts if one["kind"] in {"rule", "correlation"}}), fired
    assert {"indicator"} <= {one["kind"] for one in alerts}
    hosts = {one["entities"].get("host", "") for one in alerts if one["rule"]["level"] == "high"}
    assert {manifest.victim["host"].lower()} == {one.lower() for one in hosts if one}
