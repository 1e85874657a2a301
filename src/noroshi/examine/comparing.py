"""What two specimens of one family have in common, and what changed: that tells durable rules from others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.examine.similarity import Similar
from noroshi.examine.traces import LEVELS, traces_of

if TYPE_CHECKING:
    from noroshi.examine.result import Examination, Node
    from noroshi.examine.traces import Trace

_ALIKE: Final = 100
"""TLSH distance up to which two files of one type are told as the changed form of each other."""
_MAX_FILES: Final = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """The traces of one pyramid level, kind and type in two specimens.

    Attributes:
        same: Values in both, in the order of the first.
        first, second: Values in one of them only.
    """

    pyramid_level: str
    kind: str
    type: str
    same: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    second: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alike:
    """Two files of one type in two specimens that resemble each other.

    Attributes:
        first, second: Names, or the way by which they came out.
        distance: By TLSH; 0 for the same content.
        similarity: By ssdeep, 0 to 100.
    """

    type: str
    first: str
    second: str
    distance: int
    similarity: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two specimens share, most durable first."""

    differences: tuple[Difference, ...]
    alike: tuple[Alike, ...]

    @property
    def kept(self) -> tuple[Difference, ...]:
        """The groups of which at least one value stayed the same."""
        return tuple(one for one in self.differences if one.same)


def compared(first: Examination, second: Examination) -> Comparison:
    """The traces of both, value by value, from what is hardest to change to what is changed for free."""
    ours, theirs = _grouped(traces_of(first)), _grouped(traces_of(second))
    keys = sorted({**ours, **theirs}, key=lambda key: (-LEVELS.index(key[0]), key[1:]))
    found = []
    for key in keys:
        here, there = ours.get(key, {}), theirs.get(key, {})
        found.append(
            Difference(
                *key,
                same=tuple(value for value in here if value in there),
                first=tuple(value for value in here if value not in there),
                second=tuple(value for value in there if value not in here),
            )
        )
    return Comparison(tuple(found), tuple(_alike(first, second)))


def _grouped(traces: list[Trace]) -> dict[tuple[str, str, str], dict[str, None]]:
    groups: dict[tuple[str, str, str], dict[str, None]] = {}
    for trace in traces:
        groups.setdefault((trace.pyramid_level, trace.kind, trace.type), {}).setdefault(trace.value)
    return groups


def _alike(first: Examination, second: Examination) -> list[Alike]:
    """For each file of the first its nearest in the second."""
    found = []
    others = files_of(second)
    for node in files_of(first):
        same_type = [other for other in others if other.type == node.type]
        pairs = [(distance(node, other), other) for other in same_type]
        near = [(far, other) for far, other in pairs if far is not None and far <= _ALIKE]
        if near:
            far, other = min(near, key=lambda pair: pair[0])
            likeness = Similar(node.ssdeep).ssdeep_similarity(Similar(other.ssdeep))
            found.append(Alike(node.type, label(node), label(other), far, likeness))
    return found


def files_of(examination: Examination) -> list[Node]:
    """The specimens with hashes of similarity, each content once."""
    return [node for node in examination.nodes if node.tlsh and node.same_as is None][:_MAX_FILES]


def distance(one: Node, other: Node) -> int | None:
    """TLSH distance of two files; 0 for the same content."""
    if one.sha256 == other.sha256:
        return 0
    return Similar(tlsh=one.tlsh).tlsh_distance(Similar(tlsh=other.tlsh))


def label(node: Node) -> str:
    """A file's name, or how it came out where it has none."""
    return node.name or f"{node.via} {node.number}"
