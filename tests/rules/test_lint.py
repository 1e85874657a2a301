"""Lint: what a rule folder must have, each missing thing told with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from noroshi.rules.attack import load_attack
from noroshi.rules.lint import lint
from tests.rules.pack import CORRELATION, RULE, write_pack

if TYPE_CHECKING:
    from noroshi.rules.lint import Issue


def short(issue: Issue) -> tuple[str, str, str]:
    """File, place and text of an issue."""
    return Path(issue.at.path).name, issue.at.place, issue.at.what


def test_a_good_pack_has_no_issues(tmp_path: Path) -> None:
    """Nothing to say."""
    write_pack(tmp_path)
    assert [] == lint([tmp_path])


BROKEN = [
    ("rule.yml", "attack.t1047", "attack.t9999", 1, "T9999 is unknown in ATT&CK"),
    # https://attack.mitre.org/techniques/T1064/ is deprecated, T1086 was revoked by T1059.001
    ("rule.yml", "attack.t1047", "attack.t1064", 1, "T1064 is deprecated in ATT&CK"),
    ("rule.yml", "attack.t1047", "attack.t1086", 1, "T1086 is revoked in ATT&CK"),
    ("rule.yml", "attack.execution", "attack.executing", 1, "the tactic 'executing' is unknown"),
    ("rule.yml", "  trace_kind: process_ancestry\n", "", 16, "noroshi.trace_kind is missing"),
    ("rule.yml", "process_ancestry", "ancestry", 17, "noroshi.trace_kind is 'ancestry'"),
    ("rule.yml", "pyramid_level: ttp", "pyramid_level: top", 18, "noroshi.pyramid_level is 'top'"),
    ("rule.yml", "stage: staged", "stage: stages", 19, "noroshi.stage is 'stages'"),
    ("rule.yml", "level: medium\n", "", 1, "the rule has no level"),
    ("rule.yml", "  owner: soc\n", "", 16, "noroshi.owner is missing"),
    ("rule.yml", "days: 180", "days: 1800", 21, "review_interval_days is not from 1 to 730"),
    ("rule.yml", "  owner: soc\n", "  owner: soc\n  colour: red\n", 21, "noroshi.colour is unknown"),
    ("rule.yml", "  owner: soc\n", "  owner: soc\n  outcomes: [good]\n", 21, "the outcome 'good' is unknown"),
    ("rule.yml", ", setting_ja: 親プロセス", "", 23, "no setting and setting_ja"),
    ("rule.yml", ", fallback_ja: '4688'", "", 23, "one language only"),
    ("rule.yml", "Image|endswith: [", "Image|ends: [", 11, "Unknown modifier 'ends'"),
    ("guide.md", "## Goal", "## Aims", 7, "none of a guide's"),
    ("guide.ja.md", "{host} で", "", 17, "other placeholders"),
    ("guide.ja.md", "`ParentImage`、", "", 17, "other fields"),
    (
        "guide.ja.md",
        "- 原因:資産管理。\n  - 見分け方:全端末で出る。",
        "ない。",
        1,
        "0 false positives, 1 in English",
    ),
    ("tests.yml", "expect: no_match", "expect: nothing", 13, "neither 'match' nor 'no_match'"),
    ("tests.yml", "    near_miss: It runs the inventory's script.\n", "", 1, "no test is a near miss"),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "what"), BROKEN, ids=[f"{item[0]} {item[4]}" for item in BROKEN]
)
def test_a_broken_thing_is_told(  # noqa: PLR0917 - a table
    tmp_path: Path, name: str, old: str, new: str, line: int, what: str
) -> None:
    """With its file and line, as an error."""
    file = write_pack(tmp_path) / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    issues = lint([tmp_path])
    found = [short(issue) for issue in issues if not issue.warning]
    assert any((name, f"line {line}") == one[:2] and what in one[2] for one in found), found


@pytest.mark.parametrize("name", ["guide.md", "guide.ja.md", "tests.yml"])
def test_a_missing_file_is_told(tmp_path: Path, name: str) -> None:
    """Guides and tests belong to a rule."""
    (write_pack(tmp_path) / name).unlink()
    assert [name] == [short(issue)[0] for issue in lint([tmp_path])]


def test_the_noroshi_block_is_required(tmp_path: Path) -> None:
    """For a rule that has a folder of its own."""
    (write_pack(tmp_path) / "rule.yml").write_text(RULE.split("noroshi:")[0])
    assert [("rule.yml", "line 1", "the rule has no noroshi block")] == [
        short(one) for one in lint([tmp_path])
    ]


def test_no_test_expects_a_match(tmp_path: Path) -> None:
    """A rule that nothing matches is not tested."""
    file = write_pack(tmp_path) / "tests.yml"
    file.write_text(file.read_text().replace("expect: match", "expect: no_match"))
    assert [("tests.yml", "line 1", "no test expects a match")] == [short(one) for one in lint([tmp_path])]


def test_a_search_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A guide's search names rules that exist below the folder."""
    folder = write_pack(tmp_path)
    for name in ("guide.md", "guide.ja.md"):
        text = (folder / name).read_text(encoding="utf-8")
        changed = text.replace("{logs} ", "{logs} --rules {folder}/../searches/office.yml ")
        (folder / name).write_text(changed, encoding="utf-8")
    assert {("guide.md", "line 17"), ("guide.ja.md", "line 17")} == {
        short(one)[:2] for one in lint([tmp_path])
    }
    searches = folder.parent / "searches"
    searches.mkdir()
    (searches / "office.yml").write_text(RULE.replace("selection and not managed", "selection"))
    assert [] == lint([tmp_path])
    (searches / "office.yml").write_text(RULE.replace("selection and not managed", "nothing"))
    assert {"office.yml"} == {short(one)[0] for one in lint([tmp_path])}


def test_a_positive_filter_is_a_warning(tmp_path: Path) -> None:
    """It may be meant so; usually it is not."""
    write_pack(tmp_path)
    body = "rules: [wmi_powershell]\n  s: {A: 1}\n  condition: "
    text = f"title: F\nlogsource: {{product: windows}}\nfilter:\n  {body}"
    (tmp_path / "filter.yml").write_text(f"{text}s\n")
    (issue,) = lint([tmp_path])
    assert (True, ("filter.yml", "line 6")) == (issue.warning, short(issue)[:2])
    (tmp_path / "filter.yml").write_text(f"{text}not s\n")
    assert [] == lint([tmp_path])


def test_silencing_another_packs_rule_is_a_warning(tmp_path: Path) -> None:
    """A correlation without generate makes the rules that it refers to silent."""
    write_pack(tmp_path)
    (tmp_path / "mine.yml").write_text(CORRELATION.replace("  generate: true\n", ""))
    (issue,) = lint([tmp_path])
    assert (True, "mine.yml") == (issue.warning, short(issue)[0])
    assert "'PowerShell by WMI'" in issue.at.what
    (tmp_path / "mine.yml").write_text(CORRELATION)
    assert [] == lint([tmp_path])


def test_the_attack_table_is_dated() -> None:
    """Version and date are printed; https://attack.mitre.org names these."""
    attack = load_attack()
    assert ("18.1", "2025-11-13") == (attack.version, attack.modified)
    assert "Windows Management Instrumentation" == attack.name("attack.t1047")
    assert "" == attack.problem("attack.s0367")  # Emotet
    assert "" == attack.problem("cve.2020-1472")
    assert "unknown" in attack.problem("attack.g9999")
