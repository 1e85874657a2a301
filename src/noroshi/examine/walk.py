"""Walks a specimen and everything in it, depth first, so that the outcomes tell the story in order."""

from __future__ import annotations

import hashlib
import io
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import DamagedSpecimenError
from noroshi.examine.model import Finding, Piece, Seen, Severity, Specimen
from noroshi.examine.passwords import candidates
from noroshi.examine.registry import examiner_of, type_of
from noroshi.examine.result import Node, Told
from noroshi.examine.similarity import Similar, similar_of
from noroshi.examine.unfolding import CHUNK, unfold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.result import Event
    from noroshi.examine.yara import Scan

_MAIL_TEXTS: Final = frozenset({"body", "subject"})
_SAMPLE: Final = 1 << 20


@dataclass(slots=True)
class _Walk:
    budget: Budget
    count: int = 0
    first: dict[tuple[str, str, int], int] = field(default_factory=dict)
    depths: dict[int, int] = field(default_factory=dict)


def walk(content: bytes, name: str, budget: Budget, scan: Scan | None = None) -> Iterator[Event]:
    """Examine a file's content and all its pieces; each event as it is found.

    A content that comes up again is told as a node of its own with `Node.same_as`, and examined once.
    Rules of the user's own, if there are any, are asked about each specimen.
    """
    state = _Walk(budget)
    size, content = len(content), _without_padding(content, budget)
    root = Specimen(0, None, "file", name, type_of(content, name), content, size)
    state.depths[0], waiting = 0, [root]
    while waiting:
        specimen = waiting.pop()
        node = _node(specimen, state)
        yield node
        if not specimen.number and len(content) < size:
            sizes = {"size": str(size), "real": str(len(content))}
            yield Told(0, Finding("padded", Severity.MEDIUM, {"name": name, **sizes}))
        found = list(specimen.follows)
        if node.same_as is not None:
            waiting += _children(found, specimen, specimen.passwords, state)
            continue
        if not specimen.content:
            yield Told(specimen.number, Finding("empty", Severity.INFO))
        if scan is not None:
            yield from (Told(specimen.number, finding) for finding in scan.findings(specimen))
        passwords = dict.fromkeys(specimen.passwords)
        for told in _examined(specimen, budget):
            if isinstance(told.outcome, Piece):
                found.append(told.outcome)
                continue
            if isinstance(told.outcome, Seen) and told.outcome.how in _MAIL_TEXTS:
                passwords = dict.fromkeys((*candidates(told.outcome.text), *passwords))
            yield told
        waiting += _children(found, specimen, tuple(passwords), state)
    for bounded in budget.reached.values():
        yield Told(0, bounded)


def _without_padding(content: bytes, budget: Budget) -> bytes:
    """The file's real part, where it ends in at least two chunks of one value; otherwise all of it."""
    tail = content[-2 * CHUNK :]
    if len(tail) < 2 * CHUNK or tail != tail[:1] * len(tail):
        return content
    unfolded = unfold(io.BytesIO(content), budget)
    return unfolded.content if unfolded.complete else content


def _examined(specimen: Specimen, budget: Budget) -> Iterator[Told]:
    examiner = examiner_of(specimen.type)
    if examiner is None:
        return
    try:
        for outcome in examiner.examine(specimen, budget):
            yield Told(specimen.number, outcome)
    except DamagedSpecimenError as problem:
        yield _damaged(specimen, problem.what)
    except RecursionError:
        yield _damaged(specimen, "nested too deeply")
    except MemoryError:
        raise
    except Exception as problem:  # noqa: BLE001 - a reader of a format met what its author never thought of
        yield _damaged(specimen, f"malformed ({type(problem).__name__})")


def _damaged(specimen: Specimen, what: str) -> Told:
    return Told(specimen.number, Finding("damaged", Severity.LOW, {"type": specimen.type, "what": what}))


def _children(
    found: list[Piece], parent: Specimen, passwords: tuple[str, ...], state: _Walk
) -> list[Specimen]:
    """The pieces as specimens, the first of them last: the one that waits shortest."""
    children = [_child(piece, parent, passwords, state) for piece in found]
    return [child for child in reversed(children) if child is not None]


def _child(piece: Piece, parent: Specimen, passwords: tuple[str, ...], state: _Walk) -> Specimen | None:
    depth = state.depths[parent.number] + 1
    if not state.budget.allows_depth(depth) or not state.budget.take("pieces"):
        return None
    state.count += 1
    state.depths[state.count] = depth
    return Specimen(
        state.count,
        parent.number,
        piece.via,
        piece.name,
        piece.type or type_of(piece.content, piece.name),
        piece.content,
        len(piece.content) if piece.size is None else piece.size,
        piece.place,
        passwords,
        piece.known,
        piece.follows,
    )


def _node(specimen: Specimen, state: _Walk) -> Node:
    raw = specimen.raw
    sha256 = hashlib.sha256(raw).hexdigest()
    identity = (specimen.type, sha256, hash(frozenset(specimen.known.items())))
    same = state.first.get(identity)
    state.first.setdefault(identity, specimen.number)
    alike = Similar() if same is not None else similar_of(specimen, state.budget)
    return Node(
        number=specimen.number,
        parent=specimen.parent,
        via=specimen.via,
        name=specimen.name,
        type=specimen.type,
        size=specimen.size,
        kept=len(raw),
        md5=hashlib.md5(raw, usedforsecurity=False).hexdigest(),
        sha1=hashlib.sha1(raw, usedforsecurity=False).hexdigest(),
        sha256=sha256,
        entropy=_entropy(raw),
        text=specimen.content[:4_000] if isinstance(specimen.content, str) else "",
        place=specimen.place,
        same_as=same,
        ssdeep=alike.ssdeep,
        tlsh=alike.tlsh,
    )


def _entropy(raw: bytes) -> float:
    """Bits a byte of the first MiB."""
    sample = raw[:_SAMPLE]
    total = len(sample)
    shares = [count / total for count in Counter(sample).values()]
    return round(-sum(share * math.log2(share) for share in shares) or 0.0, 3)
