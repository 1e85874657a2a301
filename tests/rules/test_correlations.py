"""Correlation documents: every type, references by id and name, order, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.rules.model import Alias, Bound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from noroshi.rules.model import Correlation
    from tests.rules.conftest import Load

    Correlate = Callable[[str], Correlation]

A = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
B = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
C = "cccccccc-cccc-4ccc-8ccc-cccccccccccc"
D = "dddddddd-dddd-4ddd-8ddd-dddddddddddd"
RULES = "\n---\n".join(
    f"title: {name}\nid: {one}\nname: {name}\nlogsource: {{product: windows}}\n"
    f"detection: {{s: {{EventID: {number}}}, condition: s}}"
    for number, (name, one) in enumerate((("rule_a", A), ("rule_b", B)))
)


def written(body: str, *, one: str = C, name: str = "corr") -> str:
    """A correlation document."""
    lines = "\n".join(f"  {line}" for line in body.split("\n"))
    return f"title: {name}\nid: {one}\nname: {name}\ncorrelation:\n{lines}\n"


@pytest.fixture
def correlation(load: Load) -> Correlate:
    """One correlation over two rules."""

    def built(body: str) -> Correlation:
        loaded = load(a=RULES, b=written(body))
        assert () == loaded.errors
        return loaded.ruleset.correlations[0]

    return built


REST = "rules: [rule_a]\ngroup-by: [User]\ntimespan: 5m\n"
TYPES = [
    ("type: event_count\n" + REST + "condition: {gte: 10}", (Bound("gte", 10),), (), None),
    (
        "type: event_count\n" + REST + "condition: {gt: 2, lte: 5}",
        (Bound("gt", 2), Bound("lte", 5)),
        (),
        None,
    ),
    ("type: event_count\n" + REST + "condition: {eq: 3}", (Bound("eq", 3),), (), None),
    ("type: event_count\n" + REST + "condition: {neq: 3}", (Bound("neq", 3),), (), None),
    ("type: value_count\n" + REST + "condition: {field: Ip, gte: 3}", (Bound("gte", 3),), ("Ip",), None),
    (
        "type: value_count\n" + REST + "condition: {field: [Ip, Port], gte: 3}",
        (Bound("gte", 3),),
        ("Ip", "Port"),
        None,
    ),
    (
        "type: value_sum\n" + REST + "condition: {field: Bytes, gt: 1.5}",
        (Bound("gt", 1.5),),
        ("Bytes",),
        None,
    ),
    ("type: value_avg\n" + REST + "condition: {field: Bytes, lt: 5}", (Bound("lt", 5),), ("Bytes",), None),
    ("type: value_median\n" + REST + "condition: {field: Bytes, lt: 5}", (Bound("lt", 5),), ("Bytes",), None),
    (
        "type: value_percentile\n" + REST + "condition: {field: Bytes, percentile: 95, gte: 5}",
        (Bound("gte", 5),),
        ("Bytes",),
        95.0,
    ),
    ("type: temporal\n" + REST, (), (), None),
    ("type: temporal\n" + REST + "condition: {gte: 1}", (Bound("gte", 1),), (), None),
    ("type: temporal_ordered\n" + REST, (), (), None),
]


@pytest.mark.parametrize(("body", "bounds", "fields", "percentile"), TYPES, ids=range(len(TYPES)))
def test_every_type(
    correlation: Correlate,
    body: str,
    bounds: tuple[Bound, ...],
    fields: tuple[str, ...],
    percentile: float | None,
) -> None:
    """Bounds (a range has two), fields and percentile arrive as written."""
    one = correlation(body)
    assert (bounds, fields, percentile) == (one.bounds, one.fields, one.percentile)
    assert ((A,), ("User",), 300.0) == (one.rules, one.group_by, one.timespan_seconds)
    assert body.split("\n", 1)[0] == f"type: {one.type}"


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("15m", 900), ("1h", 3600), ("2d", 172800)])
def test_timespans(correlation: Correlate, text: str, seconds: float) -> None:
    """The specification's units."""
    assert seconds == correlation(f"type: temporal\nrules: [rule_a]\ntimespan: {text}").timespan_seconds


def test_references_by_id_and_name_and_aliases(correlation: Correlate) -> None:
    """References become ids, in the document's order; aliases too."""
    one = correlation(
        f"type: temporal_ordered\nrules: [rule_b, {A.upper()}]\ngroup-by: [ip, entity.host]\ntimespan: 1m\n"
        "aliases:\n  ip:\n    rule_a: SourceIp\n    rule_b: c-ip"
    )
    assert (B, A) == one.rules
    assert ("ip", "entity.host") == one.group_by
    assert (Alias("ip", {A: "SourceIp", B: "c-ip"}),) == one.aliases


def test_a_conjunction_as_extended_condition_is_plain_temporal(correlation: Correlate) -> None:
    """`a and b` says what temporal says anyway, and names its rules."""
    one = correlation("type: temporal\ntimespan: 1m\ncondition: rule_a and rule_b")
    assert ((A, B), ()) == (one.rules, one.bounds)


def test_referred_rules_alert_alone_only_with_generate(load: Load) -> None:
    """`generate` is false by default; one correlation with it is enough."""
    body = "type: event_count\nrules: [rule_a]\ntimespan: 1m\ncondition: {gte: 2}\n"
    silent = load(a=RULES, b=written(body)).ruleset
    assert [False, True] == [rule.alerts for rule in silent.rules]
    loud = load(a=RULES, b=written(body), c=written(f"{body}generate: true", one=D, name="loud")).ruleset
    assert [True, True] == [rule.alerts for rule in loud.rules]
    assert [False, True] == [one.generate for one in loud.correlations]


def test_chains_are_put_in_order(load: Load) -> None:
    """A correlation comes after those that it refers to; and they are silent without generate."""
    upper = written("type: temporal\nrules: [lower, rule_b]\ntimespan: 1h", one=C, name="upper")
    lower = written(
        "type: event_count\nrules: rule_a\ntimespan: 1m\ncondition: {gte: 3}", one=D, name="lower"
    )
    found = load(a=upper, b=lower, c=RULES).ruleset.correlations
    assert [(D, False), (C, True)] == [(one.id, one.alerts) for one in found]


def test_a_circle_is_refused(load: Load) -> None:
    """Each of its correlations is told; and what hangs on them."""
    first = written("type: temporal\nrules: [second]\ntimespan: 1h", one=C, name="first")
    second = written("type: temporal\nrules: [first]\ntimespan: 1h", one=D, name="second")
    itself = written("type: temporal\nrules: [itself]\ntimespan: 1h", one=A[:-1] + "9", name="itself")
    loaded = load(a=first, b=second, c=itself, d=RULES)
    assert () == loaded.ruleset.correlations
    assert ["line 6"] * 3 == [error.place for error in loaded.errors]
    assert all("circle" in error.what for error in loaded.errors)
    assert [True, True] == [rule.alerts for rule in loaded.ruleset.rules]


COUNT = "type: event_count\nrules: [rule_a]\ntimespan: 1m\n"
BAD = [
    ("type: event_count\nrules: [nobody]\ntimespan: 1m\ncondition: {gte: 2}", 6, "'nobody'"),
    ("type: nonsense\nrules: [rule_a]\ntimespan: 1m", 5, "nonsense"),
    ("rules: [rule_a]\ntimespan: 1m", 4, "without type"),
    ("type: temporal\nrules: [rule_a]\ntimespan: 1x", 7, "1x"),
    ("type: temporal\nrules: [rule_a]\ntimespan: 0s", 7, "0s"),
    ("type: temporal\nrules: [rule_a]", 4, "without timespan"),
    ("type: temporal\nrules: []\ntimespan: 1m", 6, "no rule"),
    ("type: event_count\ntimespan: 1m\ncondition: {gte: 2}", 4, "without rule references"),
    (COUNT, 4, "without condition"),
    (f"{COUNT}condition: {{gte: many}}", 8, "'many'"),
    (f"{COUNT}condition: {{gte: .nan}}", 8, "no number"),
    (f"{COUNT}condition: {{gte: true}}", 8, "no number"),
    (f"{COUNT}condition: {{about: 5}}", 8, "condition"),
    (f"{COUNT}condition: {{gte: 5, percentile: 5}}", 8, "percentile"),
    (f"{COUNT}condition: {{gte: 5}}\ngenerate: perhaps", 9, "boolean"),
    (f"{COUNT}condition: {{gte: 5}}\ngroup-by: {{a: b}}", 9, "group-by"),
    ("type: value_count\nrules: [rule_a]\ntimespan: 1m\ncondition: {gte: 5}", 8, "field"),
    ("type: value_percentile\nrules: [rule_a]\ntimespan: 1m\ncondition: {field: a, gte: 5}", 8, "percentile"),
    (
        "type: value_percentile\nrules: [rule_a]\ntimespan: 1m\ncondition: {field: a, percentile: -1, lt: 5}",
        8,
        "percentile",
    ),
    ("type: temporal\nrules: [rule_a, rule_b]\ntimespan: 1m\ncondition: rule_a and not rule_b", 8, "'not'"),
    (f"{COUNT}condition: {{gte: 5}}\naliases:\n  ip: {{rule_b: c-ip}}", 10, "does not refer"),
    (f"{COUNT}condition: {{gte: 5}}\naliases:\n  ip: {{nobody: c-ip}}", 9, "'nobody'"),
]


@pytest.mark.parametrize(("body", "line", "why"), BAD, ids=range(len(BAD)))
def test_a_bad_correlation_is_located(load: Load, body: str, line: int, why: str) -> None:
    """The line of the key; the rules stay and alert."""
    loaded = load(a=RULES, b=written(body))
    assert () == loaded.ruleset.correlations
    assert [f"line {line}"] == [error.place for error in loaded.errors]
    assert why in loaded.errors[0].what
    assert [True, True] == [rule.alerts for rule in loaded.ruleset.rules]


def test_an_ambiguous_name_is_no_reference(load: Load) -> None:
    """Two rules of one name: the correlation must use the id."""
    again = RULES.replace("name: rule_b", "name: rule_a")
    loaded = load(a=again, b=written("type: temporal\nrules: [rule_a]\ntimespan: 1m"))
    assert 1 == len(loaded.errors)
    assert 1 == len(load(b=written(f"type: temporal\nrules: [{A}]\ntimespan: 1m")).ruleset.correlations)


def test_a_correlation_sleeps_with_the_rules_that_it_needs(load: Load) -> None:
    """Temporal needs all its rules, a count needs any; strict refuses it."""
    rules = RULES.replace("{EventID: 0}", "{'User|expand': '%adm%'}")
    needs = written("type: temporal\nrules: [rule_a, rule_b]\ntimespan: 1m", one=C, name="needs")
    counts = written(
        "type: event_count\nrules: [rule_a, rule_b]\ntimespan: 1m\ncondition: {gte: 2}", one=D, name="counts"
    )
    found = load(a=rules, b=needs, c=counts)
    assert [True, False] == [bool(one.inactive) for one in found.ruleset.correlations]
    assert 2 == found.counts["inactive"]
    assert [False, False] == [rule.alerts for rule in found.ruleset.rules]
    strict = load(a=rules, b=needs, c=counts, _strict=True)
    assert [D] == [one.id for one in strict.ruleset.correlations]
    assert 2 == len(strict.errors)


def test_a_sleeping_correlation_silences_nothing(load: Load) -> None:
    """Otherwise the rule that it refers to would alert nowhere."""
    rules = RULES.replace("{EventID: 0}", "{'User|expand': '%adm%'}")
    needs = written("type: temporal\nrules: [rule_a, rule_b]\ntimespan: 1m")
    asleep = load(a=rules, b=needs)
    assert [True, True] == [rule.alerts for rule in asleep.ruleset.rules]
    awake = load(a=rules, b=needs, _lists=frozenset({"adm"}))
    assert [False, False] == [rule.alerts for rule in awake.ruleset.rules]
    assert asleep.ruleset.hash != awake.ruleset.hash


def test_the_hash_follows_what_counts(correlation: Correlate) -> None:
    """Order of rules counts where the type is ordered; texts and `generate` never."""
    plain = correlation("type: temporal\nrules: [rule_a, rule_b]\ntimespan: 60s\ngroup-by: [a, b]")
    turned = correlation(
        "type: temporal\nrules: [rule_b, rule_a]\ntimespan: 1m\ngroup-by: [b, a]\ngenerate: true"
    )
    longer = correlation("type: temporal\nrules: [rule_a, rule_b]\ntimespan: 61s\ngroup-by: [a, b]")
    assert plain.hash == turned.hash
    assert plain.hash != longer.hash
    ordered = correlation("type: temporal_ordered\nrules: [rule_a, rule_b]\ntimespan: 1m")
    other = correlation("type: temporal_ordered\nrules: [rule_b, rule_a]\ntimespan: 1m")
    assert ordered.hash != other.hash


def test_a_pipeline_renames_the_fields_of_correlations(load: Load, tmp_path: Path) -> None:
    """Group-by and value fields follow the rules' fields."""
    pipeline = tmp_path / "pipeline.txt"
    pipeline.write_text(
        "transformations:\n  - type: field_name_mapping\n    mapping: {User: user.name, Ip: source.ip}\n"
        "    rule_conditions: [{type: logsource, product: windows}]\n"
    )
    loaded = load(a=RULES, b=written(TYPES[4][0]), _pipelines=[pipeline])
    one = loaded.ruleset.correlations[0]
    assert (("user.name",), ("source.ip",)) == (one.group_by, one.fields)
