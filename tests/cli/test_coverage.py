"""`noroshi rules coverage`: its exit status, and what it prints for people and programs."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from noroshi.cli.main import app

_RULES = Path(__file__).parents[2] / "rules"
_CALL = ["rules", "coverage", "emotet", "--era", "2022-01"]


def test_an_era_seen_by_enough_kinds_passes() -> None:
    """Status 0, and the era stands in the JSON."""
    result = CliRunner().invoke(app, [*_CALL, "--format", "json"])
    assert result.exit_code == 0
    assert "2022-01" in json.dumps(json.loads(result.stdout))


def test_an_era_that_rules_do_not_see_fails_for_ci() -> None:
    """The logon pack knows nothing of Emotet: status 1, told in Japanese."""
    result = CliRunner().invoke(app, [*_CALL, "--rules", str(_RULES / "logon"), "--lang", "ja"])
    assert result.exit_code == 1
    assert "3 種類未満" in result.stdout
