"""Drafts are written only if they are silent on ordinary logs, loud on the specimen, clean and tested."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from noroshi.demo import further, generate
from noroshi.demo.specimens import family
from noroshi.demo.specimens.writing import files_of
from noroshi.drafts import checking
from noroshi.drafts.checking import checked
from noroshi.drafts.drafting import drafts_of, material_of
from noroshi.drafts.writing import write_checked
from noroshi.engine.matcher import Matcher
from noroshi.errors import UsageError
from noroshi.rules.lint import lint
from noroshi.rules.testfile import read_tests
from noroshi.service.ruleset import prepare
from noroshi.service.ruletests import run_tests
from noroshi.service.testevents import build_events
from tests.drafts.conftest import SEED, examination

if TYPE_CHECKING:
    from noroshi.drafts.model import Checked, Material

LINE = '10.0.0.5 - - [22/Jul/2020:{}:12:13 +0900] "GET {} HTTP/1.1" 200 9046 "-" "{}" TCP_MISS:HIER_DIRECT\n'
DURABLE = {"download-shape", "file-path", "command-shape", "process-ancestry", "program-start"}
SHORT_LIVED = {"file-hash", "download-url"}


def log(path: Path, *lines: str) -> Path:
    """A proxy's log."""
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def found(day: Material, tmp_path_factory: pytest.TempPathFactory) -> list[Checked]:
    """The drafts of the day, tried on an ordinary line of a proxy."""
    quiet = log(
        tmp_path_factory.mktemp("logs") / "a.log",
        LINE.format("10", "http://www.tenki.example/", "Mozilla/5.0"),
    )
    return checked(day, drafts_of(day), [quiet])


def test_every_kind_of_trace_gives_a_rule(found: list[Checked]) -> None:
    """From the hash to the process ancestry; on this log the most general candidates will do."""
    assert DURABLE | SHORT_LIVED == {one.draft.name for one in found}
    assert [] == [(one.draft.name, one.why, one.what) for one in found if one.candidate is None]
    levels = ["hash", "artefact", "artefact", "artefact", "tool", "ttp", "artefact"]
    assert levels == [one.draft.pyramid_level for one in found]
    assert {""} == {one.candidate.narrowed for one in found if one.candidate}


def test_what_is_written_is_clean_and_tested(found: list[Checked], day: Material, tmp_path: Path) -> None:
    """Lint has nothing to say, all tests and mutation tests pass, and writing again changes nothing."""
    write_checked(tmp_path, day, found)
    assert [] == lint([tmp_path])
    reports = list(run_tests([tmp_path]))
    assert 7 == len(reports)
    assert all(report.passed and report.mutants for report in reports)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    write_checked(tmp_path, day, found)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_durable_drafts_outlive_the_wave(
    found: list[Checked], day: Material, cousin: Material, tmp_path: Path
) -> None:
    """Rules from the day's specimen fire on the cousin's events: all but those on hashes and addresses."""
    write_checked(tmp_path, day, found)
    prepared = prepare([tmp_path])
    matcher = Matcher(prepared.loaded.ruleset, prepared.lists)
    tests = tmp_path / "cousin.yml"
    tests.write_text(
        yaml.safe_dump(
            {"tests": [{"name": "x", "expect": "match", "events": [one.as_test() for one in cousin.events]}]}
        )
    )
    names = {rule.id: Path(rule.meta.path).parent.name for rule in prepared.loaded.ruleset.rules}
    (test,) = read_tests(tests)[0].tests
    hits = {
        names[hit.rule_id] for event in build_events(test.events, "x", "x") for hit in matcher.match(event)
    }
    assert DURABLE == hits


def test_a_noisy_draft_is_narrowed_or_dropped(day: Material, tmp_path: Path) -> None:
    """A line of its own shape on an ordinary day: the shape has no narrower form, so it is not written."""
    noisy = log(tmp_path / "a.log", LINE.format("10", "http://www.tenki.example/wp-content/aB3dE/", "-"))
    (one,) = [one for one in checked(day, drafts_of(day), [noisy]) if one.draft.name == "download-shape"]
    assert (None, "noisy", 1, 1) == (one.candidate, one.why, one.background, one.events)


def test_rules_of_people_are_not_overwritten(found: list[Checked], day: Material, tmp_path: Path) -> None:
    """A folder that holds others' rules is refused."""
    (tmp_path / "emotet" / "mine").mkdir(parents=True)
    (tmp_path / "emotet" / "mine" / "rule.yml").write_text("title: Mine\nauthor: Somebody\n")
    with pytest.raises(UsageError, match="not drafted"):
        write_checked(tmp_path, day, found)


def test_the_ordinary_day_is_the_demos(
    day: Material, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without logs of one's own; it has VPN, SSH and Exchange, too; its administration narrows ancestry."""
    monkeypatch.setattr(checking, "generate", lambda place, chain: generate(place, scale=0.01, chain=chain))
    wanted = [draft for draft in drafts_of(day) if draft.name in {"process-ancestry", "command-shape"}]
    found = checked(day, wanted)
    assert ["content", "document"] == [one.candidate.narrowed for one in found if one.candidate is not None]
    alone, further_ones = (
        generate(tmp_path, scale=0.01, chain=False).events,
        sum(further.write(tmp_path).values()),
    )
    assert 5_000 < further_ones
    assert all(alone + 0.9 * further_ones < one.events for one in found)


def test_a_capture_gives_the_shape_of_its_calls(tmp_path: Path) -> None:
    """Calls to C2 servers beside the downloads of the capture."""
    capture = files_of(family.of_the_day(SEED))["sandbox.pcap"][2]
    material = material_of([examination(capture, "sandbox.pcap")], "Emotet", "2026-11-28")
    quiet = log(tmp_path / "a.log", LINE.format("10", "http://www.tenki.example/", "Mozilla/5.0"))
    drafts = {one.draft.name: one for one in checked(material, drafts_of(material), [quiet])}
    assert {"download-url", "download-shape", "call-shape"} == set(drafts)
    assert [] == [(one.why, one.what) for one in drafts.values() if one.candidate is None]
    (list_,) = drafts["download-url"].draft.lists.values()
    asked = family.of_the_day(SEED).downloads[:4]
    assert [url for url in asked if url.startswith("http:")] == list(list_[1])
