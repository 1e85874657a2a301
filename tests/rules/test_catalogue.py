"""Rules as rows and pages, conditions as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.rules import load_rules
from noroshi.rules.catalogue import find, page, rows
from noroshi.rules.model import (
    AllOf,
    AnyOf,
    Boolean,
    Cidr,
    Compare,
    Exists,
    Expand,
    FieldRef,
    Not,
    Null,
    Number,
    Regex,
    Text,
    TimePart,
    Wildcard,
)
from noroshi.rules.rendering import MAX_LINES, condition_lines
from tests.rules.pack import ID, write_pack

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.rules.model import Condition


def test_rows_in_both_languages(tmp_path: Path) -> None:
    """The most severe first; Japanese where there is a guide."""
    write_pack(tmp_path, correlation=True)
    ruleset = load_rules([tmp_path]).ruleset
    english = rows(ruleset)
    assert [("high", "correlation", "event_count"), ("medium", "rule", "windows / – / process_creation")] == [
        (row.level, row.kind, row.logsource) for row in english
    ]
    assert "WMI started PowerShell on this machine." == english[1].meaning
    japanese = rows(ruleset, "ja")
    assert ("WMI から起動された PowerShell", "この端末で WMI が PowerShell を起動した。") == (
        japanese[1].title,
        japanese[1].meaning,
    )
    assert ("Three times", "Three times") == (japanese[0].title, japanese[0].meaning)


@pytest.mark.parametrize("wanted", [ID, ID.upper(), ID[:8], "wmi_powershell", "wmi", "WMI"])
def test_a_rule_is_found_by_what_people_remember(tmp_path: Path, wanted: str) -> None:
    """Id, name, folder; the beginning of an id where it names one or several."""
    write_pack(tmp_path, correlation=True)
    assert "PowerShell by WMI" == find(load_rules([tmp_path]).ruleset, wanted)[0].meta.title


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    """Too short a beginning finds nothing either."""
    write_pack(tmp_path)
    ruleset = load_rules([tmp_path]).ruleset
    assert [[], []] == [find(ruleset, "nothing"), find(ruleset, ID[:4])]


def test_pages_hold_guide_and_references(tmp_path: Path) -> None:
    """The guide in the reader's language, else in English; a correlation names its rules."""
    folder = write_pack(tmp_path, correlation=True)
    ruleset = load_rules([tmp_path]).ruleset
    shown = page(ruleset.rules[0], ruleset, "ja")
    assert shown.guide is not None
    assert "ja" == shown.guide.language
    (folder / "guide.ja.md").unlink()
    fallen_back = page(ruleset.rules[0], ruleset, "ja").guide
    assert fallen_back is not None
    assert "en" == fallen_back.language
    correlation = page(ruleset.correlations[0], ruleset)
    assert ((ID, "PowerShell by WMI"),) == correlation.refers_to
    assert ("event_count, 600 s", "group-by: entity.host", "gte 3") == correlation.detection
    assert None is correlation.guide


LINES: list[tuple[Condition, str]] = [
    (Text("A", (Wildcard.MANY, "b?", Wildcard.ONE)), r"A = *b\??"),
    (Text("A", ("b",), cased=True), "A == b"),
    (Text(None, ("b",)), "any value ⊃ b"),
    (Number("A", 5), "A = 5"),
    (Boolean("A", value=True), "A = True"),
    (Null("A"), "A is missing or null"),
    (Exists("A", expected=True), "A is there"),
    (Exists("A", expected=False), "A is not there"),
    (Regex("A", "a.b", "i"), "A ~ /a.b/i"),
    (Cidr("A", "10.0.0.0/8"), "A is in 10.0.0.0/8"),
    (Compare("A", "gte", 5), "A ≥ 5"),
    (Compare("A", "lt", 5, "hour"), "A.hour < 5"),
    (TimePart("A", "hour", 5), "A.hour = 5"),
    (FieldRef("A", "B", "endswith"), "A $= B"),
    (Expand("A", "names"), "A is in the list %names%"),
]


@pytest.mark.parametrize(("node", "line"), LINES, ids=[line for _, line in LINES])
def test_a_predicate_as_text(node: Condition, line: str) -> None:
    """One line each, as an analyst would say it."""
    assert [line] == condition_lines(node)


def test_a_tree_as_text() -> None:
    """Indented by what it stands in; in Japanese too."""
    tree = AllOf((Number("A", 1), Not(AnyOf((Number("B", 2), Number("C", 3))))))
    assert ["all of:", "  A = 1", "  not:", "    any of:", "      B = 2", "      C = 3"] == condition_lines(
        tree
    )
    assert ["すべて:", "  A = 1", "  次に該当しない:", "    いずれか:"] == condition_lines(tree, "ja")[:4]


def test_a_long_condition_is_cut() -> None:
    """What is left out is counted."""
    lines = condition_lines(AnyOf(tuple(Number("A", number) for number in range(MAX_LINES + 9))))
    assert (MAX_LINES + 1, "… and 10 more lines") == (len(lines), lines[-1])
