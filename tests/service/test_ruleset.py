"""Rules and lists together: the lists of a pack stay where the user gives others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from noroshi.service.ruleset import prepare, read_lists


def test_an_empty_list_of_a_pack_stays_beside_the_users_lists(tmp_path: Path) -> None:
    """A known but empty list is known: rules that exclude by it go on working when other lists are given."""
    pack, own = tmp_path / "pack.toml", tmp_path / "own.toml"
    pack.write_text('[lists.proxies]\ntype = "ip"\nvalues = []\n', "utf-8")
    own.write_text('[lists.mail_servers]\ntype = "ip"\nvalues = ["192.0.2.25"]\n', "utf-8")
    lists, errors = read_lists([pack], [own])
    assert [] == errors
    assert ("mail_servers", "proxies") == lists.names


def test_a_list_of_the_user_replaces_the_packs(tmp_path: Path) -> None:
    """The same name twice: the user's list is the one that counts."""
    pack, own = tmp_path / "pack.toml", tmp_path / "own.toml"
    pack.write_text('[lists.proxies]\ntype = "ip"\nvalues = []\n', "utf-8")
    own.write_text('[lists.proxies]\ntype = "ip"\nvalues = ["192.0.2.8"]\n', "utf-8")
    lists, _ = read_lists([pack], [own])
    found = lists.get("proxies")
    assert found is not None
    assert ["192.0.2.8"] == [entry.value for entry in found.entries]


RULE = """\
title: Anything
id: 5e0ab2f2-0000-4000-8000-000000000003
status: test
logsource:
  product: windows
detection:
  selection:
    CommandLine|contains: encoded
  condition: selection
level: low
"""


def _rule(folder: Path) -> Path:
    path = folder / "rule.yml"
    path.write_text(RULE, encoding="utf-8")
    return path


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 4096])
def test_damaged_cache_files_are_passed_over(damage: bytes, tmp_path: Path) -> None:
    """Emptied, cut or overwritten: the rules are loaded as if nothing were cached, and cached anew."""
    rule, cache = _rule(tmp_path), tmp_path / "cache"
    prepare([rule], cache_dir=cache)
    files = sorted(cache.iterdir())
    whole = [path.read_bytes() for path in files]
    assert 2 == len(files)
    for path in files:
        path.write_bytes(damage)
    again = prepare([rule], cache_dir=cache)
    assert (1, ()) == (len(again.loaded.ruleset.rules), again.errors)
    assert whole == [path.read_bytes() for path in files]


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "cache").write_bytes(b"")
    assert 1 == len(prepare([_rule(tmp_path)], cache_dir=tmp_path / "cache").loaded.ruleset.rules)


def test_a_full_disk_leaves_no_half_written_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written to its end is taken away."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    prepare([_rule(tmp_path)], cache_dir=tmp_path / "cache")
    assert [] == list((tmp_path / "cache").iterdir())


def test_runs_that_share_a_cache_do_not_hurt_each_other(tmp_path: Path) -> None:
    """Eight at once, from nothing."""
    rule = _rule(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: prepare([rule], cache_dir=tmp_path / "cache"), range(8)))
    assert [1] * 8 == [len(one.loaded.ruleset.rules) for one in found]
    assert 2 == len(list((tmp_path / "cache").iterdir()))


def test_a_pattern_too_large_to_compile_costs_its_rule_only(tmp_path: Path) -> None:
    """A thousand ``?`` are more than Hyperscan takes: one error, and the other rule works."""
    _rule(tmp_path)
    huge = RULE.replace("000000000003", "000000000004").replace("Anything", "Huge")
    huge = huge.replace("|contains: encoded", f": '{'?' * 1000}b'")
    (tmp_path / "huge.yml").write_text(huge, encoding="utf-8")
    prepared = prepare([tmp_path])
    assert ["Huge: a pattern cannot be compiled (Pattern length exceeds limit.)"] == [
        error.what for error in prepared.errors
    ]
    assert ["Anything"] == [rule.meta.title for rule in prepared.compiled.rules]
