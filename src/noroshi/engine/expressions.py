"""All regular expressions of one field: which of them match a text.

RE2 matches many expressions in one pass (`re2.Set`), by an automaton whose states are made as texts demand
them. One expression that counts far (``.{1000,}``) or has many gaps (``a.*a.*a…``) multiplies the states of
all the others: on new command lines the pass over SigmaHQ's 68 expressions took 35 times as long with the
four of them that do. So such expressions are asked alone, and all are where the text is long, because there
an attacker chooses what is demanded. Either way the cost is linear in the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import re2

from noroshi.engine.predicates import compiled_regex, well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from noroshi.rules.model import Regex

LARGE_PROGRAM: Final = 1_500
"""Instructions of RE2's program; counting to 150 takes as many."""
MANY_GAPS: Final = 8
LONG_TEXT: Final = 4_096
_SET_MEMORY_BYTES: Final = 256 << 20
_GAP: Final = re.compile(r"\.[*+]")


class Expressions:
    """The regular expressions of one field, by predicate id; immutable.

    Attributes:
        together: Ids of those that share one pass.
        alone: Ids of those that are asked by themselves.
    """

    __slots__ = ("_by_id", "_set", "alone", "together")

    def __init__(self, found: Sequence[tuple[int, Regex]]) -> None:
        self._by_id = dict(found)
        self.alone = tuple(pid for pid, node in found if multiplies_states(node))
        self.together = tuple(pid for pid, _ in found if pid not in self.alone)
        self._set = _set_of([self._by_id[pid] for pid in self.together])

    def matching(self, text: str) -> list[int]:
        """Ids of the expressions that match somewhere in the text."""
        if not self._by_id:
            return []
        whole = well_formed(text)
        if self._set is None or len(whole) > LONG_TEXT:
            return self._matching_alone(self._by_id, whole)
        found = [self.together[at] for at in self._set.Match(whole) or ()]
        return found + self._matching_alone(self.alone, whole)

    def _matching_alone(self, pids: Iterable[int], text: str) -> list[int]:
        nodes = ((pid, self._by_id[pid]) for pid in pids)
        return [
            pid for pid, node in nodes if compiled_regex(node.source, node.flags).search(text) is not None
        ]


def multiplies_states(node: Regex) -> bool:
    """Whether an expression is better asked alone."""
    if len(_GAP.findall(node.source)) > MANY_GAPS:
        return True
    size: int = compiled_regex(node.source, node.flags).programsize
    return size > LARGE_PROGRAM


def _set_of(nodes: Sequence[Regex]) -> Any:
    if not nodes:
        return None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _SET_MEMORY_BYTES
    built = re2.Set.SearchSet(options)
    for node in nodes:
        built.Add(f"(?{node.flags}){node.source}" if node.flags else node.source)
    built.Compile()
    return built
