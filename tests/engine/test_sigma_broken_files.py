"""Broken rule files: each one located error with reason and mend, and the rest works."""

from __future__ import annotations

import pytest

from noroshi.rules.documents import MAX_FILE_BYTES
from tests.engine.sigma import fired, load, rule

GOOD = rule("sel: {A: x}\ncondition: sel", "title: Good\nlogsource: {product: windows}\n")
ID = "11111111-1111-4111-8111-111111111111"
WITH_ID = rule("sel: {A: q}\ncondition: sel", f"title: A rule\nid: {ID}\nlogsource: {{product: windows}}\n")
DETECTION = "detection: {sel: {A: q}, condition: sel}\n"


def headed(lines: str) -> str:
    """A rule with these lines at its head."""
    return f"title: A rule\n{lines}logsource: {{product: windows}}\n{DETECTION}"


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)

BROKEN: list[tuple[str, str | bytes, str, str]] = [
    ("bad yaml", "title: [\n", "line", "YAML"),
    ("two colons", "title: a: b\n", "line 1", "YAML"),
    ("tab", "title: x\ndetection:\n\tsel: 1\n", "line 3", "YAML"),
    ("bad indent", "title: x\n  level: low\n", "line 2", "YAML"),
    ("open quote", "title: 'x\n", "line", "YAML"),
    ("unknown anchor", "title: *nothing\n", "line 1", "YAML"),
    ("python object", "title: !!python/object/apply:os.system [ls]\n", "line 1", "YAML"),
    ("binary junk", bytes(range(256)) * 4, "", "YAML"),
    ("nul bytes", b"title: x\0y\n", "", "YAML"),
    ("elf", b"\x7fELF\x02\x01\x01" + b"\0" * 64, "", "YAML"),
    ("not utf-8", "title: 日本\n".encode("shift_jis"), "", "YAML"),
    ("latin-1", b"title: caf\xe9\n", "", "YAML"),
    ("list at the top", "- title: x\n", "line 1", "mapping"),
    ("a text", "just a text\n", "line 1", "mapping"),
    ("a number", "5\n", "line 1", "mapping"),
    ("unknown action", "action: dance\n", "line 1", "dance"),
    ("huge", b"# " + b"x" * MAX_FILE_BYTES, "", "larger"),
    ("deep brackets", "title: " + "[" * 1000 + "]" * 1000 + "\n", "line 1", "deeper"),
    ("deep open brackets", "title: x\na: " + "[" * 100_000 + "\n", "line 2", "deeper"),
    ("deep maps", "title: x\na: " + "{a: " * 1000 + "1" + "}" * 1000 + "\n", "line 2", "deeper"),
    ("deep dashes", "title: x\na:\n  " + "- " * 5000 + "x\n", "line 3", "deeper"),
    (
        "bomb",
        BOMB + "title: x\nlogsource: {product: windows}\ndetection: {sel: {A: *j}, condition: sel}\n",
        "line 1",
        "alias",
    ),
    (
        "cycle",
        "title: x\nlogsource: {product: windows}\ndetection: &d {sel: {A: *d}, condition: sel}\n",
        "line",
        "",
    ),
    ("endless alias", "title: &t\n  - *t\nlogsource: {product: windows}\n" + DETECTION, "line", ""),
    ("duplicate key", "title: x\ntitle: y\n", "line 2", "twice"),
    ("no title", "logsource: {product: windows}\n" + DETECTION, "line 1", "title"),
    ("title is a number", "title: 5\nlogsource: {product: windows}\n" + DETECTION, "line 1", "title"),
    ("no logsource", "title: x\n" + DETECTION, "line 1", "log"),
    ("empty logsource", "title: x\nlogsource: {}\n" + DETECTION, "line 2", "log"),
    ("logsource is a text", "title: x\nlogsource: windows\n" + DETECTION, "line 2", "log"),
    ("no detection", "title: x\nlogsource: {product: windows}\n", "line 1", "detection"),
    ("detection is a text", "title: x\nlogsource: {product: windows}\ndetection: x\n", "line 3", ""),
    ("detection is a list", "title: x\nlogsource: {product: windows}\ndetection: [x]\n", "line 3", ""),
    ("no condition", rule("sel: {A: q}"), "line 3", "condition"),
    ("condition only", rule("condition: sel"), "line", ""),
    ("unknown selection", rule("sel: {A: q}\ncondition: sel and other"), "line 5", "other"),
    ("unknown modifier", rule("sel:\n  A|starts: q\ncondition: sel"), "line 5", "starts"),
    (
        "bad cidr",
        rule("sel:\n  - A: q\n  - B|cidr: [10.0.0.0/8, 10.0.0.999/8]\ncondition: sel"),
        "line 6",
        "10.0.0.999",
    ),
    ("bad regex", rule("sel:\n  A|re: '('\ncondition: sel"), "line 5", "("),
    ("bad level", headed("level: extreme\n"), "line 2", "level"),
    ("level is a list", headed("level: [high]\n"), "line 2", "level"),
    ("bad status", headed("status: fine\n"), "line 2", "status"),
    ("bad id", headed("id: not-a-uuid\n"), "line 2", "id"),
    ("bad date", headed("date: yesterday\n"), "line 2", "date"),
    ("bad tags", headed("tags: attack.t1059\n"), "line 2", "tags"),
    ("bad references", headed("references: http\n"), "line 2", "references"),
    ("bad zone", headed("noroshi: {timezone: Asia/Atlantis}\n"), "line 2", "Atlantis"),
    ("zone outside", headed("noroshi: {timezone: ../../etc/passwd}\n"), "line 2", "zone"),
    ("noroshi is a text", headed("noroshi: x\n"), "line 2", "noroshi"),
    ("long regex", rule(f"sel:\n  A|re: '{'a' * 30_000}'\ncondition: sel"), "line 5", "longer"),
    ("long key", "? " + "k" * 900 + "\n: 1\n? " + "k" * 900 + "\n: 2\n", "line 3", "twice"),
    (
        "exploding regex",
        rule("sel:\n  A|re: '((a{1,100}){1,100}){1,100}'\ncondition: sel"),
        "line 5",
        "regular expression",
    ),
    ("not a number", rule("sel: {A: .nan}\ncondition: sel"), "line 4", ""),
    ("infinity", rule("sel: {A: .inf}\ncondition: sel"), "line 4", ""),
    ("name is a number", rule("1: {A: q}\nsel: {A: q}\ncondition: sel"), "line 4", "quotes"),
    ("name is null", rule("~: {A: q}\nsel: {A: q}\ncondition: sel"), "line 4", "quotes"),
    ("condition is a number", rule("sel: {A: q}\ncondition: [sel, 5]"), "line 5", "no text"),
    ("half an hour", rule("sel: {A|hour|gte: 1.5}\ncondition: sel"), "line 4", "whole number"),
    ("surrogate", 'title: "\\ud83d"\n', "", ""),
]


@pytest.mark.parametrize(
    ("broken", "place", "reason"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_broken_file_is_one_located_error(broken: str | bytes, place: str, reason: str) -> None:
    """File, line, reason and mend; the rules before and after it load and match."""
    loaded = load(GOOD, broken, GOOD.replace("Good", "Better"))
    (error,) = loaded.errors

    assert error.path.endswith("1.yml")
    assert error.place.startswith(place)
    assert reason.lower() in error.what.lower()
    assert error.what
    assert error.mend
    assert "\n" not in f"{error.what}{error.mend}"
    assert len(error.what) < 450
    assert {"Good", "Better"} == fired(loaded, {"A": "x"})


@pytest.mark.parametrize(
    "empty", ["", "\n\n", "# only a comment\n", "---\n", "---\n---\n", "null\n", b"\xef\xbb\xbf"]
)
def test_an_empty_file_is_no_mistake(empty: str | bytes) -> None:
    """Nothing to load, nothing to mend."""
    loaded = load(GOOD, empty)

    assert ((), 1) == (loaded.errors, len(loaded.ruleset.rules))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_read(encoding: str) -> None:
    """YAML is UTF-8 or UTF-16."""
    loaded = load(GOOD.encode(encoding))

    assert ((), {"Good"}) == (loaded.errors, fired(loaded, {"A": "x"}))


def test_line_ends_of_windows_are_read() -> None:
    """CR LF as LF."""
    loaded = load(GOOD.replace("\n", "\r\n"))

    assert ((), {"Good"}) == (loaded.errors, fired(loaded, {"A": "x"}))


def test_a_second_rule_with_the_same_id_is_refused() -> None:
    """It names the first one's file and line."""
    (error,) = load(WITH_ID, "---\n" + WITH_ID).errors

    assert (True, "line 3") == (error.path.endswith("1.yml"), error.place)
    assert "0.yml line 1" in error.what


def test_every_mistake_of_a_rule_is_told() -> None:
    """Not the first one only."""
    loaded = load(
        rule(
            "sel: {A|nosuch: q}\ncondition: sel",
            "title: A rule\nlevel: extreme\nstatus: fine\nlogsource: {product: windows}\n",
        )
    )

    assert {"line 2", "line 3", "line 6"} == {error.place for error in loaded.errors}
    assert () == loaded.ruleset.rules


def test_anchors_of_ordinary_size_are_read() -> None:
    """Rules may share a list."""
    shared = load(
        rule(
            "one: {A: &names [x, y]}\ntwo: {B: *names}\ncondition: one and two",
            "title: Good\nlogsource: {product: windows}\n",
        )
    )

    assert ((), {"Good"}) == (shared.errors, fired(shared, {"A": "x", "B": "y"}))


def test_many_mistakes_in_one_file_are_all_told() -> None:
    """Each at its own line; the file is not composed again for each."""
    wrong = rule("sel: {A|nosuch: x}\ncondition: sel") + "---\n"
    errors = load(wrong * 400).errors

    assert [f"line {4 + 6 * at}" for at in range(400)] == [error.place for error in errors]
