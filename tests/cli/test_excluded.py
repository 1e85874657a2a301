"""``noroshi indicators excluded`` as it is called from a shell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def test_verdicts_for_programs(run: Run) -> None:
    """One object a value, real values, in the order given; defanged ones are read."""
    result = run(
        "indicators",
        "excluded",
        "dl[.]dropbox[.]com",
        "hxxps://dropbox.com/s/x",
        "8.8.8.8",
        "--format",
        "ndjson",
    )
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [
        ("domain", "dl.dropbox.com", "shared", False, "shared-hosting"),
        ("url", "https://dropbox.com/s/x", "shared", True, "shared-hosting"),
        ("ip", "8.8.8.8", "allow", False, "public-resolvers"),
    ] == [(row["type"], row["value"], row["verdict"], row["alerts"], row["list"]) for row in rows]
    assert all(row["reason"] and row["date"] for row in rows)


def test_people_read_a_reason_in_their_language(run: Run) -> None:
    """Defanged, with list and reason."""
    table = run("indicators", "excluded", "bit.ly", "--lang", "ja").out
    assert "bit[.]ly" in table
    assert "共用" in table
    assert "短縮" in table
    assert "never alerts" in run("indicators", "excluded", "8.8.8.8", "--lang", "en").out


def test_own_lists_only(run: Run, tmp_path: Path) -> None:
    """Without the bundled ones; a mistake in one is an error line, the rest counts."""
    path = tmp_path / "own.toml"
    good = '[exclusions.a]\nverdict = "allow"\nreason = "ours"\nvalues = ["a.example"]\n'
    path.write_text(f'{good}[exclusions.b]\nverdict = "x"\n', "utf-8")
    result = run(
        "indicators",
        "excluded",
        "x.a.example",
        "bit.ly",
        "--exclusions",
        path,
        "--no-bundled",
        "--format",
        "ndjson",
    )
    assert ["allow", "none"] == [json.loads(line)["verdict"] for line in result.out.splitlines()]
    assert 1 == result.err.count("\n")


def test_a_type_that_the_value_is_not(run: Run) -> None:
    """Wrong usage: one line, status 2."""
    result = run("indicators", "excluded", "evil.example", "--type", "ip")
    assert (2, 1) == (result.status, result.err.count("\n"))
