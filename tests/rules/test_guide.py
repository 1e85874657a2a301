"""Guides: fixed sections in two languages, steps, false positives, placeholders."""

from __future__ import annotations

import pytest

from noroshi.rules.guide import FalsePositive, Step, head_of, parse_guide, placeholders
from tests.rules.pack import GUIDE, GUIDE_JA

SEARCH = "noroshi scan {logs} --level informational --since {time-10m} --until {time+10m}"


def test_an_english_guide() -> None:
    """Every part arrives, nothing is wrong."""
    guide, problems = parse_guide(GUIDE, "en")
    assert [] == problems
    assert ("PowerShell by WMI", "WMI started PowerShell on this machine.") == (guide.title, guide.meaning)
    step = Step(
        "Who asked for {host}?",
        "WMI hides it.",
        ("ParentImage", "CommandLine"),
        SEARCH,
        "Word, shortly before.",
        "The inventory.",
        17,
    )
    assert (step,) == guide.steps
    assert (FalsePositive("Inventory.", "On every machine.", 26),) == guide.false_positives
    assert ("To see it.", "WMI hides the parent.", "No parent, no match.", "Isolate the machine.") == (
        guide.goal,
        guide.suspicious,
        guide.blind_spots,
        guide.response,
    )


def test_a_japanese_guide() -> None:
    """Japanese headings, labels and commas."""
    guide, problems = parse_guide(GUIDE_JA, "ja")
    assert [] == problems
    assert "この端末で WMI が PowerShell を起動した。" == guide.meaning
    assert (("ParentImage", "CommandLine"), "資産管理である。") == (
        guide.steps[0].fields,
        guide.steps[0].settles,
    )
    assert "全端末で出る。" == guide.false_positives[0].recognise


def test_a_full_width_colon_is_a_colon() -> None:
    """Japanese keyboards write it; escaped here, since editors and tools turn it into the narrow one."""
    wide = "\uff1a"
    guide, problems = parse_guide(
        GUIDE_JA.replace("理由:", f"理由{wide}").replace("原因:", f"原因{wide}"), "ja"
    )
    assert [] == problems
    assert ("WMI は親を隠す。", "資産管理。") == (guide.steps[0].why, guide.false_positives[0].cause)


def test_the_head_is_title_and_meaning() -> None:
    """What an alert needs of a guide."""
    assert ("WMI から起動された PowerShell", "この端末で WMI が PowerShell を起動した。") == head_of(
        GUIDE_JA, "ja"
    )
    assert ("", "") == head_of("nothing here", "en")


def test_headings_in_code_blocks_are_no_headings() -> None:
    """Free sections may hold fenced code."""
    guide, problems = parse_guide(GUIDE.replace("Isolate", "```\n## not a heading\n```\nIsolate"), "en")
    assert [] == problems
    assert "## not a heading" in guide.response


PROBLEMS = [
    ("# PowerShell by WMI\n", "", 1, "no title"),
    ("## Goal\n\nTo see it.\n", "", 1, "'Goal' is missing"),
    ("## Goal", "## Aims", 7, "none of a guide's"),
    ("No parent, no match.", "", 29, "is empty"),
    ("on this machine.", "on this\nmachine.", 6, "longer than one line"),
    ("   - Why: WMI hides it.\n", "", 17, "no 'Why'"),
    ("   - Why: WMI hides it.\n", "   - Why:\n", 17, "no 'Why'"),
    ("   - Why: WMI hides it.\n", "   - Why: a\n   - Why: b\n", 19, "stands here twice"),
    ("   - Raises:", "   - Rises:", 21, "no line of an item"),
    ("   - Why: WMI hides it.\n", "   - Why: WMI hides it.\n   and goes on\n", 19, "no line of an item"),
    ("`ParentImage`, `CommandLine`", "ParentImage", 17, "backquotes"),
    (" --since {time-10m}", "", 17, "bounds of time"),
    ("noroshi scan {logs}", "grep {logs}", 17, "no command"),
    ("1. Who", "Who", 17, "before the first item"),
    ("- Cause: Inventory.", "- Inventory.", 26, "before the first item"),
    ("  - Recognise: On every machine.\n", "", 26, "no 'Recognise'"),
    ("Isolate the machine.", "Isolate {machine}.", 35, "{machine} is unknown"),
    ("{time-10m}", "{time-ten}", 20, "{time-ten} is unknown"),
    ("{time-10m}", "{time-0m}", 20, "{time-0m} is unknown"),
]


@pytest.mark.parametrize(("old", "new", "line", "why"), PROBLEMS, ids=[item[3] for item in PROBLEMS])
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: int, why: str) -> None:
    """One broken thing at a time."""
    assert old in GUIDE
    problems = parse_guide(GUIDE.replace(old, new, 1), "en")[1]
    assert any(problem.line == line and why in problem.what and problem.mend for problem in problems), (
        problems
    )


def test_sections_out_of_order_are_told() -> None:
    """The order is fixed, so that a reader finds his way at night."""
    parts = GUIDE.split("## ")
    parts[2], parts[3] = parts[3], parts[2]
    problems = parse_guide("## ".join(parts), "en")[1]
    assert ["'Goal' stands too late"] == [problem.what for problem in problems]


def test_every_placeholder_of_the_closed_list_is_known() -> None:
    """The list of the reference page."""
    known = "{host} {user} {address} {mailbox} {time} {time-10m} {time+2h} {field:cs-host} {folder} {rule_id}"
    guide, problems = parse_guide(GUIDE.replace("WMI hides it.", known), "en")
    assert [] == problems
    assert {"field:cs-host", "time+2h", "rule_id"} <= set(placeholders(guide.steps[0]))


def test_hostile_text_is_only_wrong() -> None:
    """Anything gives problems, nothing raises."""
    for text in ("", "\0", "## " * 1000, "1. " * 1000, "{" * 10_000, "# x\n" + "## How to check\n" * 50):
        assert parse_guide(text, "en")[1]
