"""Loading collects every mistake with its line, and runs with the rest."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from noroshi.errors import UsageError
from noroshi.rules import load_rules
from noroshi.rules.model import AllOf, Number, RuleLogSource, Text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rules.conftest import Load

GOOD = """\
title: Good
id: 11111111-1111-4111-8111-111111111111
logsource: {product: windows, service: security}
detection:
  selection:
    EventID: 1
  condition: selection
"""


def test_a_rule_keeps_its_texts_and_log_source(load: Load) -> None:
    """Texts for people come along, the level informational where none is given."""
    loaded = load(
        a=GOOD + "tags: [attack.t1047]\nfields: [User]\ndate: 2026/01/02\nreferences: [https://a.example]\n"
    )
    rule = loaded.ruleset.rules[0]
    assert RuleLogSource("windows", "security", None) == rule.logsource
    assert ("Good", "informational", ("attack.t1047",), ("User",), "2026/01/02") == (
        rule.meta.title,
        rule.meta.level,
        rule.meta.tags,
        rule.meta.fields,
        rule.meta.date,
    )
    assert {"files": 1, "rules": 1, "errors": 0}.items() <= loaded.counts.items()


BAD: list[tuple[str, str, int, str]] = [
    (
        "unknown modifier",
        "  s:\n    A: 1\n    B|nonsense: x\n  condition: s\n",
        7,
        "Unknown modifier 'nonsense'",
    ),
    ("undefined selection", "  s:\n    A: 1\n  condition: s and t\n", 7, "'t' not defined"),
    ("empty pattern", "  s:\n    A: 1\n  condition: 1 of filter_*\n", 7, "doesn't match any detection"),
    ("condition syntax", "  s:\n    A: 1\n  condition: s and (\n", 7, "Expected"),
    ("old aggregation", "  s:\n    A: 1\n  condition: s | count() > 5\n", 7, "pipe syntax"),
    ("no condition", "  s:\n    A: 1\n", 4, "at least one condition"),
    ("look-ahead", "  s:\n    A|re:\n      - fine\n      - 'a(?=b)'\n  condition: s\n", 8, "look-ahead"),
    ("look-behind", "  s:\n    A|re: '(?<!a)b'\n  condition: s\n", 6, "look-behind"),
    ("back-reference", "  s:\n    A|re: '(a)\\1'\n  condition: s\n", 6, "back-references"),
    ("broken regex", "  s:\n    A|re: 'a('\n  condition: s\n", 6, "missing"),
    (
        "broken network",
        "  s:\n    A|cidr:\n      - 10.0.0.0/8\n      - 10.0.0.1/8\n  condition: s\n",
        8,
        "host bits",
    ),
    ("text compared", "  s:\n    A|gt: five\n  condition: s\n", 6, "incompatible"),
    ("exists of text", "  s:\n    A|exists: 'yes'\n  condition: s\n", 6, "incompatible"),
    ("exists without field", "  s:\n    '|exists': true\n  condition: s\n", 6, "field"),
    ("null keyword", "  s:\n    - word\n    - null\n  condition: s\n", 7, "null needs a field"),
    ("keyword that starts", "  s:\n    '|startswith': a\n  condition: s\n", 6, "startswith needs a field"),
    ("cidr keyword", "  s:\n    '|cidr': 10.0.0.0/8\n  condition: s\n", 6, "cidr needs a field"),
    ("two placeholders", "  s:\n    A|expand: '%a%%b%'\n  condition: s\n", 6, "more than one placeholder"),
    (
        "placeholder in regex",
        "  s:\n    A|re|expand: '%a%'\n  condition: s\n",
        6,
        "inside a regular expression",
    ),
    ("wide of kanji", "  s:\n    A|wide|contains: 日本\n  condition: s\n", 6, "ascii"),
    ("date as value", "  s:\n    A: 2020-07-22\n  condition: s\n", 6, "Unsupported type"),
    ("boolean field name", "  s:\n    on: 1\n  condition: s\n", 6, "is no text"),
    ("same key twice", "  s:\n    A: 1\n    A: 2\n  condition: s\n", 7, "stands here twice"),
    (
        "same key in other words",
        "  s:\n    A|wide: a\n    A|utf16le: b\n  condition: s\n",
        7,
        "means the same",
    ),
    (
        "too many values",
        f"  s:\n    A|windash|contains: [{', '.join(['-a'] * 1601)}]\n  condition: s\n",
        4,
        "200000",
    ),
    ("too deep", f"  s:\n    A: 1\n  condition: {'not ' * 2000}s\n", 7, "nests too deep"),
    ("unused bad selection", "  s:\n    A: 1\n  t:\n    B|cidr: x\n  condition: s\n", 8, "CIDR"),
]


@pytest.mark.parametrize(
    ("detection", "line", "why"), [item[1:] for item in BAD], ids=[item[0] for item in BAD]
)
def test_a_bad_detection_is_located(load: Load, detection: str, line: int, why: str) -> None:
    """The error names the line of the very selection, key or list entry; the good rule stays."""
    bad = f"title: Bad\nlogsource:\n  category: process_creation\ndetection:\n{detection}"
    loaded = load(bad=bad, good=GOOD)
    assert ["Good"] == [rule.meta.title for rule in loaded.ruleset.rules]
    assert [f"line {line}"] == [error.place for error in loaded.errors]
    assert why in loaded.errors[0].what
    assert loaded.errors[0].path.endswith("bad.yml")
    assert loaded.errors[0].mend


HEADS = [
    ("id: not-a-uuid", 1, "UUID"),
    ("level: grave", 1, "level"),
    ("status: nice", 1, "status"),
    ("tags: attack.t1047", 1, "list"),
    ("date: yesterday", 1, "invalid"),
    ("noroshi: {timezone: Asia/Nowhere}", 1, "time zone"),
    ("noroshi: 5", 1, "no mapping"),
    ("noroshi:\n  outcomes: allowed", 2, "no list"),
    ("noroshi:\n  prerequisites:\n    - {setting: a}", 3, "log_source"),
]


@pytest.mark.parametrize("value", ["{}", "0", "false", "''", "[]"])
def test_a_log_source_that_is_no_text_is_refused(load: Load, value: str) -> None:
    """Also where the value counts as false."""
    loaded = load(
        a=GOOD.replace("{product: windows, service: security}", f"\n  product: windows\n  service: {value}")
    )
    assert ["line 5"] == [error.place for error in loaded.errors]


@pytest.mark.parametrize(("head", "line", "why"), HEADS)
def test_a_bad_head_is_located(load: Load, head: str, line: int, why: str) -> None:
    """Texts and the noroshi block are checked too."""
    body = GOOD.replace("id: 11111111-1111-4111-8111-111111111111\n", "") if head.startswith("id") else GOOD
    loaded = load(a=f"{head}\n{body}")
    assert () == loaded.ruleset.rules
    assert f"line {line}" == loaded.errors[0].place
    assert why in loaded.errors[0].what


def test_every_error_of_a_rule_is_told(load: Load) -> None:
    """Two mistakes give two errors."""
    loaded = load(a=GOOD.replace("title: Good\n", "title: 5\nlevel: grave\n"))
    assert ["line 1", "line 2"] == sorted(error.place for error in loaded.errors)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("title: [a\n", "line 2"),
        ("- a\n- b\n", "line 1"),
        ("just words\n", "line 1"),
        ("a: &x [*x]\n", "line 1"),
        ("[" * 100_000, "line 1"),
        ("- " * 100_000, "line 1"),
        ("a: !!python/object/apply:os.system [x]\n", "line 1"),
        ("a: \x00\n", ""),
        ("action: dance\n", "line 1"),
        ("action: {a: b}\n", "line 1"),
    ],
    ids=[
        "unclosed",
        "list",
        "scalar",
        "recursive",
        "deep flow",
        "deep block",
        "tag",
        "nul",
        "action",
        "odd action",
    ],
)
def test_what_is_no_rule_is_one_error(load: Load, text: str, place: str) -> None:
    """Hostile YAML is an error, never a traceback, and other files go on."""
    loaded = load(bad=text, good=GOOD)
    assert 1 == len(loaded.ruleset.rules)
    assert [place] == [error.place for error in loaded.errors]


def test_values_nested_too_deep_are_one_error(load: Load) -> None:
    """Deeper than Python recurses, not deep enough to be seen before parsing."""
    nested = "[" * 480 + "a" + "]" * 480
    loaded = load(
        bad=GOOD.replace("EventID: 1", f"EventID: {nested}"), good=GOOD.replace("1111111", "2222222")
    )
    assert 1 == len(loaded.ruleset.rules)
    assert 1 == len(loaded.errors)


def test_a_billion_laughs_is_refused(load: Load) -> None:
    """Aliases that expand exponentially are refused before anything walks them."""
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join([f'*{chr(97 + i)}'] * 10)}]\n" for i in range(8)
    )
    loaded = load(bad=f"title: Bomb\nlogsource: {{product: a}}\n{bomb}")
    assert "billion laughs" in loaded.errors[0].what


def test_folders_are_walked_without_tests_and_searches(tmp_path: Path) -> None:
    """`*.yml` and `*.yaml` of any depth; tests, searches and hidden folders are no rules."""
    places = ["a.yml", "b/c.yaml", "b/tests.yml", "searches/d.yml", ".git/e.yml", "b/notes.txt"]
    for number, place in enumerate(places):
        file = tmp_path / place
        file.parent.mkdir(exist_ok=True)
        file.write_text(GOOD.replace("11111111", f"1111111{number}").replace("Good", place))
    loaded = load_rules([tmp_path])
    assert ["a.yml", "b/c.yaml"] == [rule.meta.title for rule in loaded.ruleset.rules]
    direct = load_rules([tmp_path / "searches" / "d.yml"])
    assert ["searches/d.yml"] == [rule.meta.title for rule in direct.ruleset.rules]


def test_a_file_is_read_once_whatever_it_is_called(tmp_path: Path) -> None:
    """The same file by its folder, by its name and by a link."""
    file = tmp_path / "a.yml"
    file.write_text(GOOD)
    (tmp_path / "link.yml").symlink_to(file)
    loaded = load_rules([tmp_path, file, tmp_path / "." / "a.yml"])
    assert (1, ()) == (len(loaded.ruleset.rules), loaded.errors)


def test_a_file_that_is_too_large_is_an_error(tmp_path: Path) -> None:
    """Four megabytes are more than any rule."""
    (tmp_path / "a.yml").write_bytes(GOOD.encode() + b"#" * (4 << 20))
    assert "larger than" in load_rules([tmp_path]).errors[0].what


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    """A path that is not there is told."""
    loaded = load_rules([tmp_path / "nowhere"])
    assert ["cannot be read: No such file or directory"] == [error.what for error in loaded.errors]


def test_a_second_rule_with_an_id_is_refused(load: Load) -> None:
    """The first stays, in the order of paths."""
    loaded = load(a=GOOD, b=GOOD.replace("Good", "Again"))
    assert ["Good"] == [rule.meta.title for rule in loaded.ruleset.rules]
    assert "line 2" == loaded.errors[0].place
    assert "11111111-1111-4111-8111-111111111111" in loaded.errors[0].what


def test_a_rule_without_id_gets_the_same_one_each_time(tmp_path: Path) -> None:
    """It depends on the place below the given folder and the title, not on where the folder is."""
    ids = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "rule.yml").write_text(GOOD.replace("id: 11111111-1111-4111-8111-111111111111\n", ""))
        ids.append(load_rules([folder]).ruleset.rules[0].id)
    assert ids[0] == ids[1]
    assert "" != ids[0]


def test_global_and_repeat_documents(load: Load) -> None:
    """Sigma's collection actions merge as pySigma merges them."""
    loaded = load(
        a="""\
        action: global
        title: Shared
        logsource: {product: windows}
        detection: {condition: selection}
        ---
        detection: {selection: {A: 1}}
        ---
        action: repeat
        detection: {selection: {B: 2}}
        ---
        action: reset
        ---
        title: Own
        logsource: {product: linux}
        detection: {selection: {C: 3}, condition: selection}
        """
    )
    assert () == loaded.errors
    a, b, c = Number("A", 1), Number("B", 2), Number("C", 3)
    assert [a, AllOf((a, b)), c] == [rule.condition for rule in loaded.ruleset.rules]
    assert [6, 8, 13] == [rule.meta.line for rule in loaded.ruleset.rules]


LISTED = GOOD.replace("    EventID: 1\n", "    User|expand: '%admins%'\n    Host|expand: '%hosts%'\n")


def test_a_rule_with_an_unknown_list_sleeps(load: Load) -> None:
    """It is loaded inactive and counted; knowing the list wakes it."""
    rule = load(a=LISTED, _lists=frozenset({"hosts"})).ruleset.rules[0]
    assert ("unknown list admins", ("admins", "hosts")) == (rule.inactive, rule.lists)
    assert "" == load(a=LISTED, _lists=frozenset({"hosts", "admins"})).ruleset.rules[0].inactive


def test_strict_refuses_a_rule_with_an_unknown_list(load: Load) -> None:
    """With strict it is an error instead."""
    loaded = load(a=LISTED, b=GOOD.replace("1111111", "2222222"), _strict=True)
    assert ["Good"] == [rule.meta.title for rule in loaded.ruleset.rules]
    assert ["unknown list admins, hosts"] == [error.what for error in loaded.errors]


def test_a_guide_beside_a_rule_gives_meaning_and_title(tmp_path: Path) -> None:
    """The first line of the meaning section, in both languages."""
    (tmp_path / "rule.yml").write_text(GOOD)
    (tmp_path / "guide.md").write_text("# Good\n\n## Meaning\n\nIt means this.\n\n## Goal\n\nx\n")
    (tmp_path / "guide.ja.md").write_text("# 良い\n\n## 検知の意味\n\nこういう意味。\n", encoding="utf-8")
    meta = load_rules([tmp_path]).ruleset.rules[0].meta
    assert ("良い", "It means this.", "こういう意味。") == (meta.title_ja, meta.meaning.en, meta.meaning.ja)
    assert str(tmp_path) == meta.folder


def test_a_part_of_a_correlation_names_its_japanese_title_itself(load: Load) -> None:
    """It shares the folder of its correlation and has no guide of its own."""
    meta = load(a=GOOD + "noroshi:\n  title_ja: 良い\n").ruleset.rules[0].meta
    assert "良い" == meta.title_ja


def test_the_noroshi_block(load: Load) -> None:
    """What Sigma has no place for."""
    block = """\
    noroshi:
      trace_kind: process
      pyramid_level: ttp
      timezone: Asia/Tokyo
      outcomes: [allowed]
      stage: staged
      owner: soc
      review_interval_days: 90
      prerequisites:
        - {log_source: Sysmon 1, setting: Parents, setting_ja: 親, fallback: '4688', fallback_ja: '4688'}
    """
    meta = load(a=GOOD + dedent(block)).ruleset.rules[0].meta
    assert ("process", "ttp", "Asia/Tokyo", ("allowed",)) == (
        meta.trace_kind,
        meta.pyramid_level,
        meta.timezone,
        meta.outcomes,
    )
    assert ("staged", "soc", 90) == (meta.stage, meta.owner, meta.review_interval_days)
    assert ("Sysmon 1: Parents",) == meta.prerequisites
    assert ("親", "4688") == (meta.needs[0].setting.ja, meta.needs[0].fallback.en)


PIPELINE = """\
name: Ours
priority: 10
transformations:
  - id: rename
    type: field_name_mapping
    mapping: {EventID: event.code}
    rule_conditions:
      - {type: logsource, product: windows}
"""


def test_a_processing_pipeline_is_applied(load: Load, tmp_path: Path) -> None:
    """The user's pySigma pipelines change fields before conversion."""
    pipeline = tmp_path / "pipeline.yaml.txt"
    pipeline.write_text(PIPELINE)
    loaded = load(
        a=GOOD, b=GOOD.replace("1111111", "2222222").replace("windows", "linux"), _pipelines=[pipeline]
    )
    assert ["event.code", "EventID"] == [rule.condition.field for rule in loaded.ruleset.rules]  # type: ignore[union-attr]


def test_an_unknown_pipeline_is_a_usage_error(load: Load) -> None:
    """Neither a file nor an installed name."""
    with pytest.raises(UsageError, match="nonsense"):
        load(a=GOOD, _pipelines=["nonsense"])


def test_a_pipeline_that_refuses_a_rule_is_an_error(load: Load, tmp_path: Path) -> None:
    """A rule_failure transformation refuses that one rule."""
    pipeline = tmp_path / "pipeline.txt"
    pipeline.write_text(
        "transformations:\n  - {type: rule_failure, message: not for us, "
        "rule_conditions: [{type: logsource, product: linux}]}\n"
    )
    loaded = load(
        a=GOOD, b=GOOD.replace("1111111", "2222222").replace("windows", "linux"), _pipelines=[pipeline]
    )
    assert 1 == len(loaded.ruleset.rules)
    assert "not for us" in loaded.errors[0].what


def test_a_long_text_value_with_many_brackets_is_fine(load: Load) -> None:
    """Length alone refuses nothing."""
    value = "[" * 700 + "x" * 2000
    rule = load(a=GOOD.replace("EventID: 1", f"CommandLine: '{value}'")).ruleset.rules[0]
    assert Text("CommandLine", (value,)) == rule.condition
