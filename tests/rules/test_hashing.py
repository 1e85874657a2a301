"""The rule hash: the same for what matches the same, other for what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.rules.conftest import Load

BASE = """\
title: A
logsource: {product: windows, category: process_creation}
detection:
  selection:
    Image|endswith: ['\\a.exe', '\\b.exe']
    User: x
  other: {B: 1}
  condition: selection and not other
"""


def hash_of(load: Load, text: str) -> str:
    """The hash of one rule."""
    loaded = load(rule=text)
    assert () == loaded.errors
    return loaded.ruleset.rules[0].hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: A", "title: B\ndescription: another\nlevel: high\ntags: [attack.t1047]"),
        ("['\\a.exe', '\\b.exe']", "\n      - '\\b.exe'\n      - \"\\\\a.exe\"  # comment"),
        ("    User: x\n", ""),
        ("selection and not other", "not other and selection"),
        ("selection", "chosen"),
        ("condition: selection and not other", "condition: (selection) and (not (other))"),
    ],
    ids=["texts", "formatting", "order of keys", "order of the condition", "names", "brackets"],
)
def test_the_same_rule_in_other_words(load: Load, old: str, new: str) -> None:
    """Texts, YAML formatting, orders and names mean nothing."""
    changed = BASE.replace(old, new)
    if not new:
        changed = changed.replace("  selection:\n", "  selection:\n    User: x\n")
    assert hash_of(load, BASE) == hash_of(load, changed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("windows", "linux"),
        ("process_creation", "file_event"),
        ("\\b.exe", "\\c.exe"),
        ("endswith", "contains"),
        ("endswith", "endswith|cased"),
        ("endswith", "endswith|all"),
        ("and not", "or not"),
        ("and not other", "and other"),
        ("B: 1", "B: '1'"),
        ("title: A", "title: A\nnoroshi: {timezone: Asia/Tokyo}"),
    ],
)
def test_another_rule(load: Load, old: str, new: str) -> None:
    """Log source, values, modifiers, logic, and the zone of time parts count."""
    assert hash_of(load, BASE) != hash_of(load, BASE.replace(old, new))


def test_it_has_32_hexadecimal_digits(load: Load) -> None:
    """As the alert ids that it goes into."""
    found = hash_of(load, BASE)
    assert 32 == len(found)
    assert 0 <= int(found, 16)
