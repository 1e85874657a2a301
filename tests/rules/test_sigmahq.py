"""The whole public rule set loads: nothing refused that should not be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from noroshi.rules import Loaded, load_rules
from noroshi.rules.model import Regex
from noroshi.rules.walk import predicates

_MODIFIER = re.compile(r"^[^#]*\|re(\||:)", re.MULTILINE)
REFUSED: dict[str, str] = {}
"""File name → reason, of the rules that cannot be loaded; SigmaHQ has none."""


@pytest.fixture(scope="module")
def folders(sigmahq: Path) -> list[Path]:
    """SigmaHQ's three folders."""
    return [sigmahq / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of its own."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def loaded(folders: list[Path], cache: Path) -> Loaded:
    """All of it, parsed once."""
    return load_rules(folders, cache_dir=cache)


@pytest.mark.real_data
def test_every_sigmahq_rule_loads(loaded: Loaded) -> None:
    """3,754 rules, no error; two sleep for want of a list."""
    assert REFUSED == {error.path.rpartition("/")[2]: error.what for error in loaded.errors}
    assert (3754, 0) == (loaded.counts["rules"], loaded.counts["correlations"])
    sleeping = [rule for rule in loaded.ruleset.rules if rule.inactive]
    assert ["unknown list known_cdcs"] * 2 == [rule.inactive for rule in sleeping]


@pytest.mark.real_data
def test_the_cache_gives_the_same(loaded: Loaded, folders: list[Path], cache: Path) -> None:
    """Every rule, every text."""
    again = load_rules(folders, cache_dir=cache)
    assert (True, loaded.ruleset) == (again.from_cache, again.ruleset)


@pytest.mark.real_data
def test_every_regex_of_sigmahq_arrives(loaded: Loaded) -> None:
    """The rules whose files write the modifier are those with a regex in their condition."""
    rules = loaded.ruleset.rules
    with_regex = {rule.id for rule in rules if any(isinstance(n, Regex) for n in predicates(rule.condition))}
    written = {
        rule.id for rule in rules if _MODIFIER.search(Path(rule.meta.path).read_text(encoding="utf-8"))
    }
    assert written == with_regex
