"""``noroshi indicators extract`` as it is called from a shell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

POST = "件名：請求書の件\nhxxp://evil[.]example/a\n198.51.100[.]7:80\nhxxp://evil[.]example/a\n"


def test_programs_get_the_real_values(run: Run, tmp_path: Path) -> None:
    """One object an occurrence, in order, with its place in the text."""
    path = tmp_path / "post.txt"
    path.write_text(POST, "utf-8")
    result = run("indicators", "extract", path, "--format", "ndjson")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert ["請求書の件", "http://evil.example/a", "198.51.100.7:80", "http://evil.example/a"] == [
        row["value"] for row in rows
    ]
    assert {"type": "url", "value": "http://evil.example/a", "text": "hxxp://evil[.]example/a", "offset": 9,
            "defanged": True} == rows[1]  # fmt: skip
    assert all(POST[row["offset"] :].startswith(row["text"]) for row in rows)


def test_people_get_defanged_ones(run: Run, tmp_path: Path) -> None:
    """Also where the report was not defanged; each value once, with its count."""
    path = tmp_path / "post.txt"
    path.write_text(
        "http://evil.example/a http://evil.example/a user@evil.example 192.0.2.1 evil.test", "utf-8"
    )
    table = run("indicators", "extract", path, "--lang", "en").out
    assert "hxxp://evil[.]example/a" in table
    assert "user[@]evil[.]example" in table
    assert "192.0.2[.]1" in table
    assert "evil.example" not in table
    assert "4 indicators at 5 places." in table


def test_japanese_table(run: Run, tmp_path: Path) -> None:
    """The headings are Japanese."""
    path = tmp_path / "post.txt"
    path.write_text(POST, "utf-8")
    table = run("indicators", "extract", path, "--lang", "ja").out
    assert "無害化表記" in table
    assert "IoC 3 件(出現 4 か所)" in table


def test_values_of_a_type(run: Run, tmp_path: Path) -> None:
    """One a line, each once."""
    path = tmp_path / "post.txt"
    path.write_text(POST, "utf-8")
    result = run("indicators", "extract", path, "--format", "values", "--type", "url")
    assert "http://evil.example/a\n" == result.out


def test_own_sites_and_reference_sites(run: Run, tmp_path: Path) -> None:
    """What is no indicator by default, and how to get it all the same."""
    path = tmp_path / "post.txt"
    path.write_text("https://vendor.example/post https://www.virustotal.com/gui/home", "utf-8")
    without = run("indicators", "extract", path, "--own-site", "vendor.example", "--format", "values").out
    everything = run("indicators", "extract", path, "--all-links", "--format", "values").out
    assert "" == without
    assert 2 == len(everything.splitlines())


def test_an_unknown_type_and_a_missing_file(run: Run, tmp_path: Path) -> None:
    """Wrong usage is one line and status 2."""
    path = tmp_path / "post.txt"
    path.write_text(POST, "utf-8")
    wrong = run("indicators", "extract", path, "--type", "colour")
    assert (2, 1) == (wrong.status, wrong.err.count("\n"))
    assert 2 == run("indicators", "extract", tmp_path / "nothing.txt").status


def test_an_unreadable_pdf_among_others(run: Run, tmp_path: Path) -> None:
    """One error line; the other file is extracted, with its path in each object."""
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nbroken")
    (tmp_path / "b.txt").write_text("evil[.]example", "utf-8")
    result = run("indicators", "extract", tmp_path / "a.pdf", tmp_path / "b.txt", "--format", "ndjson")
    assert (0, 1) == (result.status, result.err.count("\n"))
    assert str(tmp_path / "b.txt") == json.loads(result.out)["path"]
