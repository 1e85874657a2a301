"""The compiled cache: the same rules, faster; rebuilt when anything changed or it is damaged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from noroshi.rules import default_cache_dir, load_rules

RULES = """\
title: Listed
id: 11111111-1111-4111-8111-111111111111
name: listed
logsource: {product: windows}
detection:
  s:
    A|contains|all: ['b*c', d]
    B|re|i: x.y
    C|cidr: 10.0.0.0/8
    D|hour|gte: 5
    E|neq: null
    F|expand: '%names%'
  condition: s
---
title: Often
correlation:
  type: value_count
  rules: [listed]
  group-by: [User]
  timespan: 5m
  aliases: {ip: {listed: c-ip}}
  condition: {field: ip, gte: 2, lt: 9}
---
title: Broken
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with rules."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "rule.yml").write_text(RULES)
    return rules


def test_the_cache_gives_what_was_put_in(folder: Path, tmp_path: Path) -> None:
    """Rules, correlations, errors and counts are equal; the lists are looked at each time."""
    first = load_rules([folder], cache_dir=tmp_path / "cache")
    second = load_rules([folder], cache_dir=tmp_path / "cache")
    assert (False, True) == (first.from_cache, second.from_cache)
    assert (first.ruleset, first.counts) == (second.ruleset, second.counts)
    assert [str(error) for error in first.errors] == [str(error) for error in second.errors]
    assert [] != list(first.errors)
    awake = load_rules([folder], lists=frozenset({"names"}), cache_dir=tmp_path / "cache")
    assert (True, ["unknown list names"], [""]) == (
        awake.from_cache,
        [rule.inactive for rule in second.ruleset.rules],
        [rule.inactive for rule in awake.ruleset.rules],
    )


def test_any_change_makes_it_anew(folder: Path, tmp_path: Path) -> None:
    """A changed rule, a new guide, another pipeline."""
    cache = tmp_path / "cache"
    load_rules([folder], cache_dir=cache)
    (folder / "rule.yml").write_text(RULES.replace("Listed", "Changed"))
    changed = load_rules([folder], cache_dir=cache)
    assert (False, "Changed") == (changed.from_cache, changed.ruleset.rules[0].meta.title)
    (folder / "guide.md").write_text("# Changed\n\n## Meaning\n\nNew.\n")
    guided = load_rules([folder], cache_dir=cache)
    assert (False, "New.") == (guided.from_cache, guided.ruleset.rules[0].meta.meaning.en)
    pipeline = tmp_path / "pipeline.txt"
    pipeline.write_text("transformations: [{type: field_name_mapping, mapping: {A: Z}}]\n")
    assert not load_rules([folder], cache_dir=cache, pipelines=[pipeline]).from_cache
    assert load_rules([folder], cache_dir=cache, pipelines=[pipeline]).from_cache
    pipeline.write_text("transformations: [{type: field_name_mapping, mapping: {A: Y}}]\n")
    assert not load_rules([folder], cache_dir=cache, pipelines=[pipeline]).from_cache


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_cache_is_made_anew_and_counted(folder: Path, tmp_path: Path, damage: bytes | None) -> None:
    """Truncated, overwritten or with one byte changed: the rules are right all the same."""
    cache = tmp_path / "cache"
    right = load_rules([folder], cache_dir=cache)
    (file,) = cache.iterdir()
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]) if damage is None else damage)
    again = load_rules([folder], cache_dir=cache)
    assert (right.ruleset, False, 1) == (again.ruleset, again.from_cache, again.counts["cache_broken"])
    assert load_rules([folder], cache_dir=cache).from_cache


def test_a_well_signed_cache_of_another_shape_is_made_anew(folder: Path, tmp_path: Path) -> None:
    """The digest is right, the content is not."""
    from hashlib import blake2b  # noqa: PLC0415

    cache = tmp_path / "cache"
    load_rules([folder], cache_dir=cache)
    (file,) = cache.iterdir()
    payload = b"\x81\xa1a\x01"
    file.write_bytes(blake2b(payload, digest_size=16).digest() + payload)
    assert 1 == load_rules([folder], cache_dir=cache).counts["cache_broken"]


def test_a_cache_that_cannot_be_written_costs_only_time(folder: Path, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "cache").write_text("in the way")
    assert 1 == len(load_rules([folder], cache_dir=tmp_path / "cache").ruleset.rules)


def test_old_rule_sets_are_forgotten(folder: Path, tmp_path: Path) -> None:
    """The folder does not grow for ever, and no half-written file stays."""
    for number in range(12):
        (folder / "rule.yml").write_text(RULES.replace("Listed", f"Listed {number}"))
        load_rules([folder], cache_dir=tmp_path / "cache")
    names = [path.name for path in (tmp_path / "cache").iterdir()]
    assert 8 == len(names)
    assert all(name.endswith(".msgpack") for name in names)


def test_the_cache_needs_no_pysigma(folder: Path, tmp_path: Path) -> None:
    """Start-up from the cache does not import the parser."""
    cache = tmp_path / "cache"
    load_rules([folder], cache_dir=cache)
    code = (
        "import sys; from noroshi.rules import load_rules; "
        f"print(load_rules([{str(folder)!r}], cache_dir={str(cache)!r}).from_cache, 'sigma' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert "True False" == out.stdout.strip()


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The XDG base directory specification; a relative value counts as none."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert Path("/somewhere/noroshi") == default_cache_dir()
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert Path("/home/somebody/.cache/noroshi") == default_cache_dir()
