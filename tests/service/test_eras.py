"""Coverage by era: the scenes really scanned, and the background that must stay quiet."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from noroshi.demo.eras import ERAS, write_changed, write_era_day
from noroshi.demo.eras.lookalikes import LOOK_ALIKES
from noroshi.service.eras import LEAST_KINDS, ZONE, EraCoverage, cover
from noroshi.service.ruleset import prepare
from noroshi.service.scan import ScanOptions, scan

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def found() -> EraCoverage:
    """All eras with the bundled rules; of the changes those that take the most away."""
    return cover(prepare([]), write_changed, list(ERAS), ("hashes", "launcher"))


def test_every_era_is_seen_by_rules_of_three_kinds(found: EraCoverage) -> None:
    """At least three rules of different trace kinds fire in each."""
    assert () == found.thin()
    assert all(LEAST_KINDS <= len(found.kinds(era.fired)) for era in found.eras)


def test_a_change_never_blinds_an_era(found: EraCoverage) -> None:
    """Three kinds are left whatever of these the attacker changes; nothing appears out of nothing."""
    for era in found.eras:
        for change, left in era.left.items():
            assert left <= era.fired, (era.name, change)
            assert LEAST_KINDS <= len(found.kinds(left)), (era.name, change)


def test_new_hashes_silence_the_rules_on_hashes(found: EraCoverage) -> None:
    """And only those."""
    for era in found.eras:
        lost = {found.rules[name].pyramid_level for name in era.fired - era.left["hashes"]}
        assert {"hash"} == lost, era.name


@pytest.mark.parametrize(
    ("era", "title"),
    [
        ("2019-04", "POST to a bare public address that names itself as Referer"),
        ("2020-10", "rundll32 calls Control_RunDLL of a library in a writable folder"),
        ("2021-11", "Repeated HTTPS to one bare address"),
        ("2022-01", "Office starts a script host or library loader"),
        ("2022-04", "A script is cut out of a link by findstr"),
        ("2022-11", "Document copied into the Templates folder"),
        ("2023-03", "regsvr32 loads a library from a writable folder"),
        ("2023-03-onenote", "OneNote starts a script or shell"),
    ],
)
def test_what_is_peculiar_to_an_era_is_seen(found: EraCoverage, era: str, title: str) -> None:
    """The rule that was written for it fires in its scene."""
    fired = next(one.fired for one in found.eras if one.name == era)
    assert title in {found.rules[name].title for name in fired}


def test_what_resembles_the_eras_stays_below_high(tmp_path: Path) -> None:
    """A whole day without an infection, look-alikes of all eras in it: no alert at high or above.

    They do come near: rules of the pack below that level fire on the machines that they name.
    """
    write_era_day(tmp_path, ERAS["2022-01"], scale=0.3, infected=False)
    prepared = prepare([], [tmp_path / "lists", tmp_path / "site.toml"])
    options = ScanOptions((tmp_path / "logs",), (tmp_path / "identities.csv",), "low", zone=ZONE)
    with closing(scan(options, prepared)) as done:
        alerts = [(one.level, one.rule.title, one.entities.host) for one in done.alerts()]
    assert [] == [one for one in alerts if one[0] in {"high", "critical"}]
    near = {(title, host) for _, title, host in alerts}
    hosts = {host.lower() for one in LOOK_ALIKES for host in one.hosts}
    assert {
        ("Script host runs a script from a temporary or download folder", "pc-008"),
        ("Repeated HTTPS to one bare address", "pc-021"),
    } <= {(title, host.lower()) for title, host in near if host and host.lower() in hosts}


def test_what_no_rule_depends_on_is_named(found: EraCoverage) -> None:
    """A change that leaves every rule in every era is idle; one that costs a rule somewhere is not."""
    assert () == found.idle()
    eras = tuple(replace(era, left=dict(era.left) | {"file names": era.fired}) for era in found.eras)
    assert ("file names",) == replace(found, eras=eras).idle()


def test_an_era_is_thin_where_only_lists_see_it(found: EraCoverage) -> None:
    """A scene brings lists that know it: what is left once all that is listed has changed counts as well."""
    era = found.eras[0]
    alone = replace(era, left=dict(era.left) | {"indicators": frozenset()})
    assert (era.name,) == replace(found, eras=(alone,)).thin()
