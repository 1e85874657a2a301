"""Lists, filters and processing pipelines, from YAML to the engine, worked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from noroshi.errors import UsageError
from noroshi.indicators.lists import Entry, ListSnapshot
from noroshi.indicators.sets import build_set
from tests.engine.sigma import ABSENT, accepted, fired, load, matches, refused, rule

if TYPE_CHECKING:
    from pathlib import Path

SHA256 = "ab" * 32
VALUES: dict[str, tuple[str, list[str]]] = {
    "hosts": ("text", ["SCCM01", "PC-ADM*", r"a\*b", "straße"]),
    "nets": ("ip", ["10.20.0.0/24", "192.0.2.7", "2001:db8::/32"]),
    "zones": ("domain", ["shop.example"]),
    "pages": ("url", ["http://www.shop.example/a/b.exe"]),
    "pairs": ("ip:port", ["192.0.2.7:8080"]),
    "files": ("sha256", [SHA256]),
    "none": ("text", []),
}
LISTS = ListSnapshot(
    build_set(name, kind, [Entry(value) for value in values], {"A": "P"})
    for name, (kind, values) in VALUES.items()
)

EXPANDED: list[tuple[str, list[Any], list[Any]]] = [
    (
        "A|expand: '%hosts%'",
        ["sccm01", "PC-ADM", "pc-admin3", "a*b", "STRAẞE"],
        ["SCCM010", "axb", "", ABSENT, None, "%hosts%", "strasse"],
    ),
    ("A|expand|cased: '%hosts%'", ["SCCM01", "PC-ADMx"], ["sccm01", "pc-admx"]),
    ("A|cased|expand: '%hosts%'", ["SCCM01"], ["sccm01"]),
    ("A|expand|neq: '%hosts%'", ["PC-1", ABSENT], ["SCCM01"]),
    ("A|expand: ['%hosts%', '%nets%', lone]", ["SCCM01", "10.20.0.9", "LONE"], ["PC-1", "10.21.0.9"]),
    ("A|expand|contains: '%hosts%'", ["xSCCM01x", "MINATO\\PC-ADM7", "xa*bx"], ["SCCM", "axb"]),
    ("A|contains|expand: '%hosts%'", ["xSCCM01x"], ["SCCM"]),
    ("A|expand|startswith: '%hosts%'", ["SCCM01.minato"], ["xSCCM01"]),
    ("A|expand|endswith: '%hosts%'", ["xSCCM01"], ["SCCM01x"]),
    (r"A|expand: 'MINATO\\%hosts%'", [r"minato\sccm01", r"MINATO\PC-ADM1"], ["SCCM01", r"MINATO\PC-1"]),
    (r"A|expand: '%hosts%.minato?'", ["SCCM01.minato1", "PC-ADM.x.minatoz"], ["SCCM01", "SCCM01.minato"]),
    (
        "A|expand: '%nets%'",
        ["10.20.0.0", "10.20.0.255", "192.0.2.7", "::ffff:10.20.0.1", "2001:db8::9"],
        ["10.20.1.0", "192.0.2.70", "x", "2001:db9::1"],
    ),
    (
        "A|expand: '%zones%'",
        ["shop.example", "WWW.Shop.Example", "shop.example."],
        ["myshop.example", "example", "shop.example.test"],
    ),
    (
        "A|expand: '%pages%'",
        [
            "http://www.shop.example/a/b.exe",
            "http://WWW.shop.example/a/b.exe?x=1",
            "https://www.shop.example/a/b.exe",
            "www.shop.example:443",
        ],
        ["http://www.shop.example/a/c.exe", "http://shop.example/a/b.exe", "http://www.shop.example/A/B.exe"],
    ),
    (
        "A|expand: '%files%'",
        [SHA256, SHA256.upper(), f"MD5=00,SHA256={SHA256}"],
        [SHA256[:-1], f"IMPHASH={SHA256}0"],
    ),
    ("A|expand: '%none%'", [], ["", "x", "%none%", ABSENT, None]),
    ("A|expand: 'no placeholder'", ["No Placeholder"], ["x"]),
    ("A|expand: '50%'", ["50%"], ["50"]),
    (r"A: '%hosts%'", ["%hosts%"], ["SCCM01"]),
]


@pytest.mark.parametrize(("line", "yes", "no"), EXPANDED, ids=[line for line, _, _ in EXPANDED])
def test_lists_compare_as_their_type_says(line: str, yes: list[Any], no: list[Any]) -> None:
    """Addresses by containment, domains by suffix, URLs in three precisions, texts as in Sigma."""
    assert yes == accepted(line, [*yes, *no], lists=LISTS)


def test_a_pair_needs_address_and_port() -> None:
    """The second field is declared with the set; a number is a port as well."""
    assert [True, True, False, False, False] == matches(
        "sel: {A|expand: '%pairs%'}\ncondition: sel",
        {"A": "192.0.2.7", "P": "8080"},
        {"A": "192.0.2.7", "P": 8080},
        {"A": "192.0.2.7", "P": 443},
        {"A": "192.0.2.7"},
        {"A": "192.0.2.8", "P": 8080},
        lists=LISTS,
    )


def test_keywords_from_a_list() -> None:
    """Any value of the event."""
    assert [True, True, False] == matches(
        "kw: {'|expand': '%hosts%'}\ncondition: kw",
        {"B": "SCCM01"},
        {"B": ["x", {"C": "pc-adm"}]},
        {"SCCM01": "x"},
        lists=LISTS,
    )


def test_an_unknown_list_makes_the_rule_inactive_or_refuses_it() -> None:
    """Counted; with strict an error at the rule's line; the rest loads."""
    unknown = rule("sel: {A|expand: '%nobody%'}\ncondition: not sel")
    known = rule("sel: {A: x}\ncondition: sel")
    loaded = load(unknown, known, lists=LISTS)

    assert ((), 1) == (loaded.errors, loaded.counts["inactive"])
    assert ["unknown list nobody", ""] == [one.inactive for one in loaded.ruleset.rules]
    assert set() == fired(loaded, {"A": "y"}, LISTS)
    ((_, place, what),) = refused(unknown, known, strict=True)
    assert ("line 1", True) == (place, "nobody" in what)


# Filters

ONE = "11111111-1111-4111-8111-111111111111"
RULES = f"""\
title: One
id: {ONE}
name: one
logsource: {{product: windows}}
detection: {{sel: {{A: x}}, condition: sel}}
---
title: Two
name: two
logsource: {{product: windows}}
detection: {{sel: {{A: x}}, other: {{A: y}}, condition: 1 of them}}
"""


def filtering(
    rules: str, condition: str = "not sel", user: str = "adm", logsource: str = "{product: windows}"
) -> str:
    """A filter on the user."""
    return (
        f"title: Filter {user}\nlogsource: {logsource}\n"
        f"filter:\n  rules: {rules}\n  sel: {{User: {user}}}\n  condition: {condition}\n"
    )


@pytest.mark.parametrize(
    ("filters", "adm", "root", "bob"),
    [
        ([filtering("any")], set(), {"One", "Two"}, {"One", "Two"}),
        ([filtering(f"[{ONE}]")], {"Two"}, {"One", "Two"}, {"One", "Two"}),
        ([filtering("[one]")], {"Two"}, {"One", "Two"}, {"One", "Two"}),
        ([filtering("[two, one]")], set(), {"One", "Two"}, {"One", "Two"}),
        ([filtering("[one]"), filtering("[one]", user="root")], {"Two"}, {"Two"}, {"One", "Two"}),
        ([filtering("[one]"), filtering("any", user="root")], {"Two"}, set(), {"One", "Two"}),
        # The filter's condition is what must hold: the positive form keeps.
        ([filtering("[one]", "sel")], {"One", "Two"}, {"Two"}, {"Two"}),
        ([filtering("[one]", "not 1 of them")], {"Two"}, {"One", "Two"}, {"One", "Two"}),
        ([filtering("any", logsource="{product: linux}")], *[{"One", "Two"}] * 3),
    ],
)
def test_filters(filters: list[str], adm: set[str], root: set[str], bob: set[str]) -> None:
    """``(rule) and (filter condition)``, by id, by name or by log source."""
    loaded = load(RULES, *filters)

    assert () == loaded.errors
    assert [adm, root, bob] == [fired(loaded, {"A": "x", "User": user}) for user in ("ADM", "root", "bob")]
    assert {"Two"} >= fired(loaded, {"A": "y", "User": "bob"})


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (filtering("[nobody]"), "line 4"),
        (filtering("[one]", logsource="{product: linux}"), "line 2"),
        (filtering("[one]", "not nothing"), "line 6"),
        (filtering("[one]", "sel and"), "line 6"),
        (filtering("[one]").replace("User", "User|nosuch"), "line 5"),
        (filtering("[one]").replace("  condition: not sel\n", ""), "line 3"),
        (filtering("[one]").replace("logsource: {product: windows}\n", ""), "line 1"),
        ("title: F\nlogsource: {product: windows}\nfilter: x\n", "line 3"),
        (filtering("5"), "line 3"),
    ],
)
def test_a_wrong_filter_is_located_and_the_rules_stay(wrong: str, place: str) -> None:
    """One error; both rules go on unfiltered."""
    loaded = load(RULES, wrong)

    assert [place] == [error.place for error in loaded.errors]
    assert {"One", "Two"} == fired(loaded, {"A": "x", "User": "adm"})


# Pipelines

PIPELINE = """\
name: Ours
priority: 10
transformations:
  - id: names
    type: field_name_mapping
    mapping:
      Image: process.executable
      User: [user.name, user.id]
  - id: prefix
    type: field_name_prefix
    prefix: "win."
    field_name_conditions:
      - type: include_fields
        fields: [CommandLine]
"""


def test_a_pipeline_renames_fields(tmp_path: Path) -> None:
    """One name, several names (any of them), a prefix; in filters, too."""
    path = tmp_path / "pipeline.yml"
    path.write_text(PIPELINE)
    text = r"sel: {Image|endswith: '\x.exe', CommandLine|contains: abc, User: bob}" + "\ncondition: sel"
    loaded = load(rule(text), filtering("any").replace("User", "Image"), pipelines=[path])
    right = {"process.executable": r"C:\x.exe", "win.CommandLine": "xabcx", "user.id": "BOB"}

    assert () == loaded.errors
    assert {"A rule"} == fired(loaded, right)
    assert {"A rule"} == fired(loaded, {**right, "user.id": "1", "user.name": "bob"})
    assert set() == fired(loaded, {"Image": r"C:\x.exe", "CommandLine": "abc", "User": "bob"})
    assert set() == fired(loaded, {**right, "process.executable": "adm"})


@pytest.mark.parametrize("text", ["- a\n", "transformations:\n  - type: nosuch\n", "a: [\n", "\x00"])
def test_a_wrong_pipeline_is_a_usage_error(tmp_path: Path, text: str) -> None:
    """It belongs to the command, not to a rule."""
    path = tmp_path / "pipeline.yml"
    path.write_text(text)
    with pytest.raises(UsageError):
        load(RULES, pipelines=[path])
