"""The matcher against the reference evaluator: all SigmaHQ rules over every recorded Windows event.

Every event goes through the matcher, with its routes and caches, as in a scan. The reference evaluator is
asked about every rule whose log source fits the event, over the whole event, and once for events that agree
in all that the rule reads: the fields that it names, and which of its keywords hold for some value. It is a
function of nothing else; which keywords hold for a value, it is asked itself.

One process for each usable core (``taskset -c 0 scripts/bench differential`` takes one). What was found for
a recording is kept in ``build/differential`` under a digest of the recording, the rules and the code, so that
an interrupted run goes on.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.measuring import REPOSITORY, Figure, rule_folders, windows_files
from noroshi.engine.matcher import CompiledRules, Matcher
from noroshi.engine.reference import EMPTY_CONTEXT, evaluate
from noroshi.engine.simplify import predicates
from noroshi.events.problems import Problems
from noroshi.events.registry import detect
from noroshi.events.values import all_texts, lookup
from noroshi.intake import open_inputs
from noroshi.rules.loading import load_rules
from noroshi.rules.model import FieldRef, Predicate, Rule, RuleSet

if TYPE_CHECKING:
    from noroshi.events.model import Event, LogSource

KEPT = REPOSITORY / "build" / "differential"
SHOWN = 20
MAX_TEXTS = 200_000
"""Texts remembered with the keywords in them."""


class Compared(msgspec.Struct, frozen=True):
    """What came out for one recording.

    Attributes:
        events: Events compared.
        asked: Conditions that the reference evaluator walked for it.
        pairs: Pairs of an event and a rule whose log source fits it: the verdicts compared.
        matches: Pairs that match.
        differing: Place and rules of each event on which the two differ.
    """

    events: int
    asked: int
    pairs: int
    matches: int
    differing: list[str]


@dataclass(slots=True)
class Group:
    """Rules that read the same, and their answers by the values read and the keywords that occur."""

    names: tuple[str, ...]
    keywords: frozenset[Predicate]
    rules: list[Rule] = field(default_factory=list)
    known: dict[tuple[Any, ...], frozenset[str]] = field(default_factory=dict)


class Reference:
    """The reference evaluator over the rules of one log source, each combination of values asked once."""

    def __init__(self, rules: tuple[Rule, ...], logsource: LogSource) -> None:
        groups: dict[tuple[tuple[str, ...], frozenset[Predicate]], Group] = {}
        for rule in rules:
            source = rule.logsource
            if logsource.covers(source.product, source.service, source.category):
                read = _read_by(rule)
                groups.setdefault(read, Group(*read)).rules.append(rule)
        self.groups = list(groups.values())
        self.names = sorted({name for group in self.groups for name in group.names})
        self.keywords = sorted({node for group in self.groups for node in group.keywords}, key=repr)
        self.rules = sum(len(group.rules) for group in self.groups)
        self.asked = 0
        self._numbers: dict[str, int] = {}
        self._telling: dict[str, frozenset[Predicate]] = {}

    def matching(self, event: Event) -> frozenset[str]:
        """Ids of the rules that match."""
        numbers = {name: self._number(lookup(event.fields, name)) for name in self.names}
        found = [self._found_in(text) for text in all_texts(event.fields)] if self.keywords else []
        words = frozenset().union(*found)
        return frozenset().union(*(self._of(group, numbers, words, event) for group in self.groups))

    def _of(
        self, group: Group, numbers: dict[str, int], words: frozenset[Predicate], event: Event
    ) -> frozenset[str]:
        key = (*(numbers[name] for name in group.names), words & group.keywords)
        if key not in group.known:
            self.asked += len(group.rules)
            group.known[key] = _matching(group.rules, event)
        return group.known[key]

    def _number(self, value: Any) -> int:
        """One number for equal values of one kind: ``1``, ``1.0``, ``True`` and ``"1"`` differ."""
        return self._numbers.setdefault(repr(value), len(self._numbers))

    def _found_in(self, text: str) -> frozenset[Predicate]:
        """The keywords that hold for one text, by the reference evaluator."""
        if text not in self._telling:
            if len(self._telling) >= MAX_TEXTS:
                self._telling.clear()
            found = (node for node in self.keywords if evaluate(node, {"": text}, EMPTY_CONTEXT))
            self._telling[text] = frozenset(found)
        return self._telling[text]


def _read_by(rule: Rule) -> tuple[tuple[str, ...], frozenset[Predicate]]:
    """The fields that a rule reads, and its keywords, which read every value."""
    nodes = list(predicates(rule.condition))
    own = {node.field for node in nodes if node.field is not None}
    others = {node.other for node in nodes if isinstance(node, FieldRef)}
    return tuple(sorted(own | others)), frozenset(node for node in nodes if node.field is None)


def _matching(rules: list[Rule], event: Event) -> frozenset[str]:
    return frozenset(rule.id for rule in rules if evaluate(rule.condition, event.fields, EMPTY_CONTEXT))


def compared(recording: Path, matcher: Matcher) -> Compared:
    """One recording, every event of it."""
    problems = Problems()
    references: dict[LogSource, Reference] = {}
    events = pairs = matches = 0
    differing = []
    for opened in open_inputs([recording], problems=problems):
        found = detect(opened.head).format
        assert found is not None
        for event in found.decode(opened.stream, opened.source, problems):
            if event.logsource not in references:
                references[event.logsource] = Reference(matcher.compiled.rules, event.logsource)
            reference = references[event.logsource]
            expected = reference.matching(event)
            matched = {rule.id for rule, _ in matcher.verdict(event).found}
            events += 1
            pairs += reference.rules
            matches += len(expected)
            if matched != expected:
                differing.append(f"{recording.name} {event.position}: {sorted(matched ^ expected)}")
    asked = sum(reference.asked for reference in references.values())
    return Compared(events, asked, pairs, matches, differing)


@cache
def all_rules() -> CompiledRules:
    """All rules of SigmaHQ, compiled."""
    return CompiledRules(load_rules(rule_folders()).ruleset)


@cache
def one_matcher() -> Matcher:
    """The matcher of this process: its caches live on from recording to recording, as in a scan."""
    return Matcher(all_rules())


def _kept_under(recording: Path, code: bytes, rules: RuleSet) -> Path:
    digest = hashlib.blake2b(code + rules.hash.encode() + recording.read_bytes(), digest_size=16).hexdigest()
    return KEPT / f"{digest}.json"


@cache
def _code() -> bytes:
    """A digest of all code that takes part."""
    digest = hashlib.blake2b(Path(__file__).read_bytes())
    for path in sorted((REPOSITORY / "src" / "noroshi").rglob("*")):
        if path.suffix in {".py", ".toml"} and path.parts[len(REPOSITORY.parts) + 2] in _TAKING_PART:
            digest.update(path.read_bytes())
    return digest.digest()


_TAKING_PART = {"engine", "events", "indicators", "intake", "folding.py"}
"""The rules room does not: what it makes is in the digest of the rules."""


def _compare(work: tuple[Path, Path]) -> Compared:
    recording, kept = work
    found = compared(recording, one_matcher())
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(msgspec.json.encode(found))
    return found


def _all_compared(recordings: list[tuple[Path, Path]], processes: int) -> Iterator[Compared]:
    """What is kept from before, then the rest, the largest first."""
    todo = []
    for recording, kept in recordings:
        if kept.is_file():
            yield msgspec.json.decode(kept.read_bytes(), type=Compared)
        else:
            todo.append((recording, kept))
    todo.sort(key=lambda work: -work[0].stat().st_size)
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap_unordered(_compare, todo)


def run() -> Iterator[Figure]:
    """How much was compared, and on how many events the two differ."""
    rules = all_rules()
    recordings = [(path, _kept_under(path, _code(), rules.ruleset)) for path in windows_files()]
    done: list[Compared] = []
    for one in _all_compared(recordings, len(os.sched_getaffinity(0))):
        done.append(one)
        _progress(done, len(recordings))
    yield Figure("rules loaded", len(rules.rules))
    for name, what in _WORDS.items():
        yield Figure(what, sum(getattr(one, name) for one in done))
    differing = [place for one in done for place in one.differing]
    print("\n".join(differing[:SHOWN]), file=sys.stderr)
    yield Figure("events on which matcher and reference differ", len(differing), "", "<= 0")


_WORDS = {
    "events": "events compared",
    "pairs": "verdicts compared: an event and a rule whose log source fits it",
    "asked": "conditions walked by the reference evaluator for them",
    "matches": "verdicts that are matches",
}


def _progress(done: list[Compared], of: int) -> None:
    counts: list[Any] = [sum(one.events for one in done), sum(len(one.differing) for one in done)]
    print(f"{len(done)} of {of} recordings: {counts[0]:,} events, {counts[1]} differ", file=sys.stderr)
