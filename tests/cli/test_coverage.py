"""`noroshi rules coverage`: its exit status, and what it prints for people and programs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rich.cells import cell_len
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


_ERAS = ["2019-04", "2022-01", "2023-03-onenote"]
_PIPED = ["rules", "coverage", "emotet", *(part for era in _ERAS for part in ("--era", era))]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_is_broken_inside_words_when_piped(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns no line is wider, and names of eras, kinds, levels and changes stand whole."""
    monkeypatch.setenv("COLUMNS", "80")
    result = CliRunner().invoke(app, [*_PIPED, "--lang", language])
    assert 0 == result.exit_code
    lines = result.stdout.splitlines()
    assert 80 >= max(map(cell_len, lines))
    assert ["2019", "2022", "2023"] in [line.split() for line in lines]
    assert ["04", "01", "03"] in [line.split() for line in lines]
    assert ["onenote"] in [line.split() for line in lines]
    labels = {re.split(r"\s{2,}", line.strip())[0] for line in lines}
    assert {
        "en": {"process ancestry", "network destination", "certificate", "artefact", "what starts the code"},
        "ja": {"プロセスの親子関係", "HTTP 通信の特徴", "証明書", "アーティファクト", "コードの起動方法"},
    }[language] <= labels


def test_which_rules_a_change_silences() -> None:
    """By hand: OneNote's own rule falls with the kind of document; hashes cost the two rules of hashes."""
    result = CliRunner().invoke(app, [*_PIPED, "--lang", "en"])
    silenced, rules = result.stdout.split("Which rules a change silences")[1].split("The rules by era")
    by_change = dict(re.findall(r"^  (\S.*)\n((?:    .*\n)+)", silenced, re.MULTILINE))
    assert [
        "Known Emotet document in a mail: all eras",
        "Known Emotet document saved on a machine: all eras",
    ] == [line.strip() for line in by_change["hashes"].splitlines()]
    assert "OneNote starts a script or shell: 2023-03-onenote" in by_change["kind of document"]
    assert "TLS fingerprint of a reported client: 2022-01 – 2023-03-onenote" in by_change["everything listed"]
    assert " ··○  high  OneNote starts a script or shell" in rules
    assert " ●●●  critical  Emotet infection: several stages on one machine" in rules


def test_every_era_is_seen_by_rules_of_three_kinds_whatever_changes() -> None:
    """At least three rules of different trace kinds at every change of every era; by the JSON."""
    document = json.loads(CliRunner().invoke(app, ["rules", "coverage", "emotet", "--format", "json"]).stdout)
    kinds = {rule["id"]: rule["trace_kind"] for rule in document["rules"]}
    assert 10 == len(document["eras"])
    for era in document["eras"]:
        assert 7 == len(era["left"])
        for fired in (era["rules"], *era["left"].values()):
            assert 3 <= len({kinds[rule] for rule in fired})
