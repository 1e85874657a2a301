"""The matcher against the reference evaluator: all SigmaHQ rules over every recorded Windows event.

Every event goes through the matcher, with its routes and caches, as in a scan. The reference evaluator is
asked about every rule whose log source fits the event, and once for events that agree in every field that any
of these rules reads: it is a function of nothing else. Rules with keywords read everything, so they are
evaluated anew for each event.

One process for each usable core (``taskset -c 0 scripts/bench differential`` takes one). What was found for
a recording is kept in ``build/differential`` under a digest of the recording, the rules and the code, so
that an interrupted run goes on.
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
from typing import Any

import msgspec

from benchmarks.measuring import REPOSITORY, Figure, rule_folders, windows_files
from noroshi.engine.matcher import CompiledRules, Matcher
from noroshi.engine.reference import EMPTY_CONTEXT, evaluate
from noroshi.engine.simplify import predicates
from noroshi.events.model import Event, LogSource  # noqa: TC001 - a dataclass's fields
from noroshi.events.problems import Problems
from noroshi.events.registry import detect
from noroshi.events.values import lookup
from noroshi.intake import open_inputs
from noroshi.rules.loading import load_rules
from noroshi.rules.model import FieldRef, Rule, RuleSet

KEPT = REPOSITORY / "build" / "differential"
SHOWN = 20


class Compared(msgspec.Struct, frozen=True):
    """What came out for one recording.

    Attributes:
        events: Events compared.
        distinct: Combinations of values for which the reference evaluator was asked.
        pairs: Pairs of an event and a rule whose log source fits it: the verdicts compared.
        matches: Pairs that match.
        differing: Place and rules of each event on which the two differ.
    """

    events: int
    distinct: int
    pairs: int
    matches: int
    differing: list[str]


@dataclass(slots=True)
class Reference:
    """The reference evaluator over the rules of one log source, each combination of values asked once."""

    plain: list[Rule]
    keyed: list[Rule]
    names: list[str]
    known: dict[bytes, frozenset[str]] = field(default_factory=dict)

    def matching(self, event: Event) -> frozenset[str]:
        """Ids of the rules that match."""
        read = repr([lookup(event.fields, name) for name in self.names])
        key = hashlib.blake2b(read.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if key not in self.known:
            self.known[key] = _matching(self.plain, event)
        return self.known[key] | _matching(self.keyed, event)


def _matching(rules: list[Rule], event: Event) -> frozenset[str]:
    return frozenset(rule.id for rule in rules if evaluate(rule.condition, event.fields, EMPTY_CONTEXT))


def reference_for(rules: tuple[Rule, ...], logsource: LogSource) -> Reference:
    """The rules that fit a log source, those with keywords apart, and the fields that the others read."""
    fitting = [
        rule
        for rule in rules
        if logsource.covers(rule.logsource.product, rule.logsource.service, rule.logsource.category)
    ]
    keyed = [rule for rule in fitting if any(node.field is None for node in predicates(rule.condition))]
    plain = [rule for rule in fitting if rule not in keyed]
    nodes = [node for rule in plain for node in predicates(rule.condition)]
    names = {node.field for node in nodes} | {node.other for node in nodes if isinstance(node, FieldRef)}
    return Reference(plain, keyed, sorted(name for name in names if name is not None))


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
                references[event.logsource] = reference_for(matcher.compiled.rules, event.logsource)
            reference = references[event.logsource]
            expected = reference.matching(event)
            matched = {rule.id for rule, _ in matcher.verdict(event).found}
            events += 1
            pairs += len(reference.plain) + len(reference.keyed)
            matches += len(expected)
            if matched != expected:
                differing.append(f"{recording.name} {event.position}: {sorted(matched ^ expected)}")
    distinct = sum(len(reference.known) for reference in references.values())
    return Compared(events, distinct, pairs, matches, differing)


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
    "distinct": "distinct combinations of values among them",
    "pairs": "verdicts compared: an event and a rule whose log source fits it",
    "matches": "of them, matches",
}


def _progress(done: list[Compared], of: int) -> None:
    counts: list[Any] = [sum(one.events for one in done), sum(len(one.differing) for one in done)]
    print(f"{len(done)} of {of} recordings: {counts[0]:,} events, {counts[1]} differ", file=sys.stderr)
