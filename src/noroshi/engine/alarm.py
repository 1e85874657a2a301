"""Which rules to wake: those of which a necessary predicate is true."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from noroshi.engine.program import Compiler
    from noroshi.engine.routes import RoutedRule

FIRST_REVIEW: Final = 128
"""Evaluations after which witnesses are chosen anew for the first time; then at eight times as many."""
SAMPLED: Final = 7
"""True predicates are counted in one of eight evaluations."""
OFTEN: Final = 32
"""A rule woken in more than this part of the evaluations is woken too often."""


class Alarm:
    """Which rules to evaluate: those of which a witness is true.

    Witnesses are chosen as rare by what they look like. A rule that is woken often all the same gets new ones
    by how often predicates were really true here, after some evaluations and then ever more seldom.
    """

    def __init__(self, routed: list[RoutedRule], compiler: Compiler) -> None:
        self._compiler = compiler
        self._by_pid: dict[int, list[RoutedRule]] = {}
        for one in routed:
            for pid in one.woken_by or ():
                self._by_pid.setdefault(pid, []).append(one)
        self._ids = frozenset(self._by_pid)
        self._evaluations = 0
        self._next_review = FIRST_REVIEW
        self._wakes: Counter[RoutedRule] = Counter()
        self._seen: Counter[int] = Counter()

    def woken(self, true: frozenset[int]) -> list[RoutedRule]:
        """The rules that these true predicates wake, each once."""
        self._evaluations += 1
        if not self._evaluations & SAMPLED:
            self._seen.update(true)
            if self._evaluations >= self._next_review:
                self._review()
        awake = self._ids & true
        if not awake:
            return []
        if len(awake) == 1:
            (pid,) = awake
            woken = self._by_pid[pid]
        else:
            woken = list(dict.fromkeys(chain.from_iterable(self._by_pid[pid] for pid in awake)))
        self._wakes.update(woken)
        return woken

    def _review(self) -> None:
        often = self._evaluations // OFTEN
        for rule in [rule for rule, wakes in self._wakes.items() if wakes > often]:
            found = self._compiler.witnesses(rule.condition, self._observed)
            if found is not None:
                self._move(rule, found)
        self._by_pid = {pid: rules for pid, rules in self._by_pid.items() if rules}
        self._ids = frozenset(self._by_pid)
        self._wakes.clear()
        self._next_review = self._evaluations * 8

    def _observed(self, pid: int) -> float:
        return self._seen[pid] * 1e6 + self._compiler.known.cost(pid)

    def _move(self, rule: RoutedRule, witnesses: frozenset[int]) -> None:
        for rules in self._by_pid.values():
            if rule in rules:
                rules.remove(rule)
        for pid in witnesses:
            self._by_pid.setdefault(pid, []).append(rule)
