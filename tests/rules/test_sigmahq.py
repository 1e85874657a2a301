"""The whole public rule set loads: nothing refused that should not be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from noroshi.rules import load_rules
from noroshi.rules.model import Regex
from noroshi.rules.walk import predicates

_MODIFIER = re.compile(r"^[^#]*\|re(\||:)", re.MULTILINE)
REFUSED: dict[str, str] = {}
"""File name → reason, of the rules that cannot be loaded; SigmaHQ has none."""


@pytest.mark.real_data
def test_every_sigmahq_rule_loads(sigmahq: Path, tmp_path: Path) -> None:
    """3,754 rules, no error; two sleep for want of a list; the cache gives the same."""
    folders = [sigmahq / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]
    loaded = load_rules(folders, cache_dir=tmp_path)
    assert REFUSED == {error.path.rpartition("/")[2]: error.what for error in loaded.errors}
    assert (3754, 0) == (loaded.counts["rules"], loaded.counts["correlations"])
    sleeping = [rule for rule in loaded.ruleset.rules if rule.inactive]
    assert ["unknown list known_cdcs"] * 2 == [rule.inactive for rule in sleeping]
    again = load_rules(folders, cache_dir=tmp_path)
    assert (True, loaded.ruleset) == (again.from_cache, again.ruleset)


@pytest.mark.real_data
def test_every_regex_of_sigmahq_arrives(sigmahq: Path) -> None:
    """The rules whose files write the modifier are those with a regex in their condition."""
    folders = [sigmahq / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]
    ruleset = load_rules(folders).ruleset
    with_regex = {r.id for r in ruleset.rules if any(isinstance(n, Regex) for n in predicates(r.condition))}
    written = {
        rule.id
        for rule in ruleset.rules
        if _MODIFIER.search(Path(rule.meta.path).read_text(encoding="utf-8"))
    }
    assert written == with_regex
