"""Families: specimens grouped by what they share, weighed by how hard it is to share by chance.

Two specimens are linked when the weights of what they have in common reach 1. A hash, an address of the
attack or a whole command line is enough alone; of habits (ancestry, shapes, calls) it takes several.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from noroshi.examine.comparing import distance, files_of
from noroshi.examine.traces import traces_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noroshi.examine.result import Examination, Node

_WEIGHTS: Final = {
    "sha256": 1.0, "url": 1.0, "command_line": 1.0, "ip": 0.8, "imphash": 0.7, "domain": 0.6,
    "registry_key": 0.6, "task_name": 0.6, "file_path": 0.5, "mail_sender": 0.4, "http_shape": 0.4,
    "process_ancestry": 0.3, "command_shape": 0.3, "mail_subject": 0.3, "path_shape": 0.2, "call": 0.15,
}  # fmt: skip
_MOST: Final = {"call": 0.45, "process_ancestry": 0.6, "command_shape": 0.5, "path_shape": 0.4}
"""Of a type of habit, however many of it are shared."""
_ADDRESSES: Final = frozenset({"url", "domain", "ip"})
_ATTACKS: Final = frozenset({"download", "host", "address"})
_SURE: Final = 0.6
"""Of an address, from which on it counts: those in a mail's text are mostly innocent."""
_NEAR: Final = ((30, 1.0), (60, 0.7), (100, 0.4))
"""TLSH distance up to, weight."""
LINKED: Final = 1.0
_MAX_COMPARED: Final = 400
"""Specimens whose files are compared pair by pair by TLSH."""

Feature = tuple[str, str]
"""Type and value of a trace."""


@dataclass(frozen=True, slots=True)
class Link:
    """What two specimens share.

    Attributes:
        first, second: Their places in what was given.
        weight: Of all that they share.
        shared: The features.
        distance: The smallest TLSH distance of two of their files of one type; None where there is none.
    """

    first: int
    second: int
    weight: float
    shared: tuple[Feature, ...]
    distance: int | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A group of specimens.

    Attributes:
        members: Their places in what was given, ascending; one alone where nothing links it.
        links: The links among them that reach the threshold.
        common: Features that all members have.
    """

    members: tuple[int, ...]
    links: tuple[Link, ...] = ()
    common: tuple[Feature, ...] = ()


def families(examinations: Sequence[Examination]) -> list[Family]:
    """The groups, the largest first."""
    features = [_features(one) for one in examinations]
    files = [files_of(one) for one in examinations]
    links = [
        link for pair in _candidates(features, files) if (link := _link(*pair, features, files)) is not None
    ]
    groups = list(range(len(examinations)))
    for link in links:
        old, new = groups[link.second], groups[link.first]
        groups = [new if group == old else group for group in groups]
    found = []
    for group in dict.fromkeys(groups):
        members = tuple(at for at, one in enumerate(groups) if one == group)
        inside = tuple(link for link in links if link.first in members)
        common = set.intersection(*(set(features[at]) for at in members)) if len(members) > 1 else set()
        found.append(Family(members, inside, tuple(one for one in features[members[0]] if one in common)))
    return sorted(found, key=lambda one: (-len(one.members), one.members))


def _features(examination: Examination) -> dict[Feature, None]:
    """What counts: no whole mails, which differ by recipient, and no address that may be a signature's."""
    mails = {node.sha256 for node in examination.nodes if node.type in {"eml", "msg"}}
    return dict.fromkeys(
        (trace.type, trace.value)
        for trace in traces_of(examination)
        if trace.type in _WEIGHTS
        and trace.value not in mails
        and not (trace.type in _ADDRESSES and (trace.kind not in _ATTACKS or trace.confidence < _SURE))
    )


def _candidates(features: list[dict[Feature, None]], files: list[list[Node]]) -> list[tuple[int, int]]:
    """Pairs that share anything, and all pairs with files to compare while they are not too many."""
    holders: dict[Feature, list[int]] = {}
    for at, them in enumerate(features):
        for feature in them:
            holders.setdefault(feature, []).append(at)
    pairs = {
        pair
        for members in holders.values()
        if len(members) <= _MAX_COMPARED
        for pair in combinations(members, 2)
    }
    with_files = [at for at, them in enumerate(files) if them][:_MAX_COMPARED]
    return sorted(pairs | set(combinations(with_files, 2)))


def _link(
    first: int, second: int, features: list[dict[Feature, None]], files: list[list[Node]]
) -> Link | None:
    shared = tuple(one for one in features[first] if one in features[second])
    by_type: dict[str, float] = {}
    for type_, _ in shared:
        by_type[type_] = min(_MOST.get(type_, 99.0), by_type.get(type_, 0.0) + _WEIGHTS[type_])
    near = _nearest(files[first], files[second])
    weight = sum(by_type.values())
    if near is not None:
        weight += next((gain for limit, gain in _NEAR if near <= limit), 0.0)
    return Link(first, second, round(weight, 2), shared, near) if weight >= LINKED else None


def _nearest(ours: list[Node], theirs: list[Node]) -> int | None:
    found = [
        far
        for one in ours
        for other in theirs
        if one.type == other.type and (far := distance(one, other)) is not None
    ]
    return min(found, default=None)
