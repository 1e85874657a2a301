"""Rule tests through the real engine, and the mutation test: does every value of a rule matter?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from noroshi.engine.correlate import Correlator
from noroshi.engine.matcher import Matcher, hits_of
from noroshi.engine.predicates import zone_named
from noroshi.engine.reference import Context, evaluate
from noroshi.engine.routes import Verdict
from noroshi.errors import LocatedError, Sentence
from noroshi.events.model import note_outcome
from noroshi.indicators.checks import check_value, clean_value
from noroshi.indicators.lists import Entry, ListSnapshot, load_lists
from noroshi.indicators.sets import build_set
from noroshi.rules import load_rules
from noroshi.rules.documents import RuleFile, documents
from noroshi.rules.model import Correlation, Rule, RuleSet
from noroshi.rules.mutation import mutants
from noroshi.rules.testfile import read_tests
from noroshi.service.testevents import UnbuildableError, build_events

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from noroshi.engine.hits import Hit
    from noroshi.events.model import Event
    from noroshi.rules.mutation import Mutant
    from noroshi.rules.testfile import ListValues, RuleTest

RULE: Final = "rule.yml"
TESTS: Final = "tests.yml"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one test; `what` says why it failed."""

    name: str
    passed: bool
    line: int
    what: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The tests of one rule folder.

    Attributes:
        mutants: How many changed rules were tried; 0 if a test failed before.
        survivors: Where a changed value made no test fail, as errors with file, line and mend.
        errors: What could not be read.
    """

    folder: str
    title: str = ""
    tests: tuple[Result, ...] = ()
    mutants: int = 0
    survivors: tuple[LocatedError, ...] = ()
    errors: tuple[LocatedError, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything is as it should be."""
        return not self.errors and not self.survivors and all(test.passed for test in self.tests)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A test with its events and what the unchanged rules hit."""

    test: RuleTest
    events: tuple[Event, ...]
    lists: ListSnapshot
    hits: tuple[Hit, ...]


def rule_folders(paths: Iterable[str | Path]) -> list[Path]:
    """Every folder with a ``rule.yml`` at or below the paths, sorted."""
    found: set[Path] = set()
    for path in map(Path, paths):
        if path.is_dir():
            found.update(file.parent for file in path.rglob(RULE))
        elif path.name == RULE:
            found.add(path.parent)
    return sorted(found)


def run_tests(paths: Iterable[str | Path], *, mutate: bool = True) -> Iterator[Report]:
    """Run the tests of every rule folder.

    Args:
        paths: Rule folders, packs, or anything above them.
        mutate: Whether to run the mutation test as well.
    """
    packs: dict[Path, RuleSet] = {}
    for folder in rule_folders(paths):
        parent = folder.resolve().parent
        if parent not in packs:
            packs[parent] = _pack(folder)
        yield run_folder(folder, packs[parent], mutate=mutate)


def _pack(folder: Path) -> RuleSet:
    """The rules of the folder and of its siblings, active whatever their lists."""
    files = sorted(folder.parent.glob(f"*/{RULE}"))
    ruleset = load_rules(files).ruleset
    return RuleSet(
        tuple(replace(rule, inactive="") for rule in ruleset.rules),
        tuple(replace(one, inactive="") for one in ruleset.correlations),
    )


def run_folder(folder: Path, pack: RuleSet, *, mutate: bool = True) -> Report:
    """Run the tests of one rule folder.

    Args:
        folder: Holds ``rule.yml`` and ``tests.yml``.
        pack: The rules that it may refer to, its own among them.
        mutate: Whether to run the mutation test, once all tests pass.
    """
    tested = _tested(folder, pack)
    file, errors = read_tests(folder / TESTS)
    if tested is None:
        return Report(str(folder), errors=load_rules([folder / RULE]).errors or (_no_rule(folder),))
    rules = _needed(tested, pack)
    shared = _pack_lists(folder)
    prepared, bad = _prepare(file.tests, rules, shared, str(folder / TESTS))
    results = tuple(_result(one, rules, tested) for one in prepared)
    report = Report(str(folder), tested.meta.title, results, errors=(*errors, *bad))
    if not mutate or not report.passed:
        return report
    return _mutated(report, folder, prepared, rules, tested)


def _no_rule(folder: Path) -> LocatedError:
    return LocatedError(str(folder / RULE), "", "no rule could be loaded", "mend the rule")


def _tested(folder: Path, pack: RuleSet) -> Rule | Correlation | None:
    """The first document of the folder's rule file."""
    path = (folder / RULE).resolve()
    every: list[Rule | Correlation] = [*pack.rules, *pack.correlations]
    found = [one for one in every if Path(one.meta.path).resolve() == path]
    return min(found, key=lambda one: one.meta.line, default=None)


def _needed(tested: Rule | Correlation, pack: RuleSet) -> RuleSet:
    """The tested rule and everything that it refers to; only it alerts."""
    by_id = {one.id: one for one in pack.correlations}
    wanted, waiting = {tested.id}, [tested.id]
    while waiting:
        one = by_id.get(waiting.pop())
        new = set(one.rules) - wanted if one else set()
        wanted |= new
        waiting += new
    return RuleSet(
        tuple(rule for rule in pack.rules if rule.id in wanted),
        tuple(replace(one, alerts=one.id == tested.id) for one in pack.correlations if one.id in wanted),
    )


def _pack_lists(folder: Path) -> ListSnapshot:
    lists = folder.parent / "lists"
    return load_lists([lists])[0] if lists.is_dir() else ListSnapshot()


def _prepare(
    tests: Sequence[RuleTest], rules: RuleSet, shared: ListSnapshot, path: str
) -> tuple[list[_Prepared], list[LocatedError]]:
    prepared: list[_Prepared] = []
    errors: list[LocatedError] = []
    for test in tests:
        try:
            lists = _snapshot(test.lists, shared)
            events = tuple(build_events(test.events, path, test.name))
        except (UnbuildableError, ValueError) as error:
            errors.append(
                LocatedError(
                    path,
                    f"line {test.line}",
                    Sentence("{name}: {error}", name=test.name, error=error),
                    "mend the test",
                )
            )
            continue
        matcher = Matcher(RuleSet(rules.rules), lists)
        hits = tuple(hit for event in events for hit in matcher.match(event))
        prepared.append(_Prepared(test, events, lists, hits))
    return prepared, errors


def _snapshot(own: Mapping[str, ListValues], shared: ListSnapshot) -> ListSnapshot:
    sets = {name: found for name in shared.names if (found := shared.get(name)) is not None}
    for name, values in own.items():
        cleaned = [clean_value(values.type, value) for value in values.values]
        for value in cleaned:
            if why := check_value(values.type, value):
                raise ValueError(
                    Sentence("the value {value!r} of the list {name} {why}", value=value, name=name, why=why)
                )
        sets[name] = build_set(name, values.type, [Entry(value) for value in cleaned])
    return ListSnapshot(sets.values())


def _result(one: _Prepared, rules: RuleSet, tested: Rule | Correlation) -> Result:
    why = _failure(one, rules, tested, one.hits)
    return Result(one.test.name, not why, one.test.line, why)


def _failure(one: _Prepared, rules: RuleSet, tested: Rule | Correlation, hits: Sequence[Hit]) -> str:
    """Why the test fails with these hits; empty if it passes."""
    if isinstance(tested, Correlation):
        alerts = Correlator(rules).run(hits)
        return _wrong_alerts(
            one.test, len({alert.alert_id for alert in alerts if alert.rule_id == tested.id})
        )
    hit = {found.event_id for found in hits if found.rule_id == tested.id}
    for number, event in enumerate(one.events, 1):
        if (event.event_id in hit) is not one.test.matches:
            if one.test.matches:
                return Sentence("event {number} does not match", number=number)
            return Sentence("event {number} matches", number=number)
    return ""


def _wrong_alerts(test: RuleTest, count: int) -> str:
    if not test.matches:
        return Sentence("{count:|alert|alerts}, none expected", count=count) if count else ""
    if test.alerts is not None and count != test.alerts:
        return Sentence("{count:|alert|alerts}, {wanted} expected", count=count, wanted=test.alerts)
    return "" if count else "no alert"


def _mutated(
    report: Report, folder: Path, prepared: Sequence[_Prepared], rules: RuleSet, tested: Rule | Correlation
) -> Report:
    """The report with the result of the mutation test."""
    tried = 0
    survivors: list[LocatedError] = []
    for mutant in _own_mutants(folder, rules):
        changed = _changed_rule(mutant, rules)
        if changed is None:
            continue
        tried += 1
        if not any(_notices(one, rules, tested, changed) for one in prepared):
            survivors.append(_survivor(mutant))
    return Report(report.folder, report.title, report.tests, tried, tuple(survivors), report.errors)


def _survivor(mutant: Mutant) -> LocatedError:
    return LocatedError(
        mutant.document.file.path,
        f"line {mutant.line}",
        Sentence("no test notices the change of {what}", what=mutant.what),
        "add an event to tests.yml that only this value decides",
    )


def _own_mutants(folder: Path, rules: RuleSet) -> Iterator[Mutant]:
    """Mutants of the documents of the folder's rule file that take part."""
    from noroshi.rules.parse import actions  # noqa: PLC0415 - pySigma only where something is mutated

    path = folder / RULE
    lines = {*map(_place, rules.rules), *map(_place, rules.correlations)}
    file = RuleFile(str(path), path.name, path.read_bytes())
    for document in actions(documents(file, [])):
        if (str(path.resolve()), document.line) in lines:
            yield from mutants(document)


def _place(one: Rule | Correlation) -> tuple[str, int]:
    return str(Path(one.meta.path).resolve()), one.meta.line


def _changed_rule(mutant: Mutant, rules: RuleSet) -> Rule | Correlation | None:
    """The rule as the mutant has it; None where the change makes no rule."""
    from noroshi.rules import correlations, parse  # noqa: PLC0415 - the same

    place = (str(Path(mutant.document.file.path).resolve()), mutant.document.line)
    value = mutant.document.value
    try:
        for correlation in rules.correlations:
            if _place(correlation) == place:
                sigma, bounds, _ = correlations.parse_correlation(value)
                return replace(correlation, bounds=bounds, timespan_seconds=float(sigma.timespan.seconds))
        for rule in rules.rules:
            if _place(rule) == place:
                return replace(rule, condition=parse.condition_of(parse.parse_rule(value), value))
    except parse.Refused:
        return None
    return None


def _notices(one: _Prepared, rules: RuleSet, tested: Rule | Correlation, changed: Rule | Correlation) -> bool:
    """Whether the test fails with the changed rule in the place of its original."""
    if isinstance(changed, Correlation):
        others = tuple(changed if found.id == changed.id else found for found in rules.correlations)
        return bool(_failure(one, RuleSet(rules.rules, others), tested, one.hits))
    kept = [hit for hit in one.hits if hit.rule_id != changed.id]
    return bool(_failure(one, rules, tested, [*kept, *_hits(one, changed)]))


def _hits(one: _Prepared, rule: Rule) -> Iterator[Hit]:
    """What a changed rule hits, by the reference evaluator: it needs no compiling."""
    source = rule.logsource
    for event in one.events:
        if event.logsource.covers(source.product, source.service, source.category):
            note_outcome(event)
            context = Context(one.lists, zone_named(rule.meta.timezone), event.source)
            if evaluate(rule.condition, event.fields, context):
                yield from hits_of(event, Verdict(((rule, ()),)))
