"""The user's YARA rules: compiled with located errors, asked about every specimen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.examine.process import examine_files
from noroshi.examine.result import Examination
from noroshi.examine.yara import compiled
from tests.examine import specimens

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
rule downloads : dropper web {
    meta:
        author = "analyst"
        score = 80
    strings:
        $client = "Net.WebClient"
        $file = "DownloadFile"
    condition:
        all of them
}
rule broken { condition: nothing_like_it }
rule japanese { strings: $a = "\\xe8\\xab\\x8b\\xe6\\xb1\\x82" condition: $a }
"""


def written(folder: Path) -> Path:
    """A folder with a file of rules, and one with none."""
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "own.yar").write_text(RULES, encoding="utf-8")
    (folder / "readme.txt").write_text("no rules", encoding="utf-8")
    return folder


def test_a_broken_rule_is_one_located_error_and_the_others_are_used(tmp_path: Path) -> None:
    """A broken rule is one located error and the others are used."""
    found = compiled([written(tmp_path / "rules")])
    assert 2 == found.count
    assert [("own.yar", "line 12")] == [(one.path.rpartition("/")[2], one.place) for one in found.errors]
    assert "nothing_like_it" in found.errors[0].what


def test_what_is_no_file_of_rules_is_an_error(tmp_path: Path) -> None:
    """What is no file of rules is an error."""
    path = tmp_path / "a.yar"
    path.write_bytes(b"\xff\xfe\x00rule")
    assert ["a.yar"] == [one.path.rpartition("/")[2] for one in compiled([path]).errors]


def test_rules_match_deep_inside_the_chain(tmp_path: Path) -> None:
    """The script that only evaluating the command brings up is asked about, too."""
    mail = tmp_path / "a.eml"
    mail.write_bytes(specimens.chain())
    rules = compiled([written(tmp_path / "rules")])
    (result,) = examine_files([mail], rules=rules.raw)
    assert isinstance(result, Examination)
    assert result.complete
    matches = [(n, one) for n, one in result.findings() if one.code == "yara"]
    by_type = {
        (node.type, one.values["rule"]) for n, one in matches for node in result.nodes if node.number == n
    }
    assert ("powershell", "downloads") in by_type
    first = next(one for _, one in matches if one.values["rule"] == "downloads")
    assert ("high", "dropper, web") == (first.severity.value, first.values["tags"])
    assert "author=analyst; score=80" == first.values["meta"]
    assert first.values["strings"].startswith("$client at 0x")
