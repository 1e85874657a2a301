"""An examination as it is told, event after event, and as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from noroshi.examine.model import (
    NOWHERE,
    Bounded,
    Detail,
    Effect,
    Finding,
    Outcome,
    Place,
    Seen,
)


@dataclass(frozen=True, slots=True)
class Node:
    """A specimen without its content.

    Attributes:
        number, parent, via, name, type, size, place: As in `Specimen`.
        kept: Bytes examined; less than `size` where padding was left out. The hashes are over these.
        ssdeep, tlsh: Hashes of similarity; empty for what is only a wrapping (mails, archives: their pieces
            have them), where the content is too small for one, and behind the limit.
        entropy: Bits a byte.
        text: The beginning, where it is a decoded text.
        same_as: Number of the specimen with the same content that was examined before.
    """

    number: int
    parent: int | None
    via: str
    name: str
    type: str
    size: int
    kept: int
    md5: str
    sha1: str
    sha256: str
    entropy: float
    text: str = ""
    place: Place = NOWHERE
    same_as: int | None = None
    ssdeep: str = ""
    tlsh: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome of the specimen with this number."""

    number: int
    outcome: Outcome


Event = Node | Told


@dataclass(slots=True)
class Examination:
    """Everything that was found in one file.

    Attributes:
        isolation: What the separate process was kept from: ``network``; ``none`` where the system refused.
        complete: Whether it came to its end; a killed examination keeps what it had told.
    """

    path: str
    isolation: str = "none"
    complete: bool = False
    nodes: list[Node] = field(default_factory=list)
    told: dict[int, list[Outcome]] = field(default_factory=dict)
    bounded: list[Bounded] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Take in the next event."""
        if isinstance(event, Node):
            self.nodes.append(event)
        elif isinstance(event.outcome, Bounded):
            if event.outcome not in self.bounded:
                self.bounded.append(event.outcome)
        else:
            self.told.setdefault(event.number, []).append(event.outcome)

    def way(self, number: int) -> list[Node]:
        """The provenance: from the file given to the specimen with this number."""
        by_number = {node.number: node for node in self.nodes}
        found: list[Node] = []
        at: int | None = number
        while at is not None and at in by_number:
            found.append(by_number[at])
            at = by_number[at].parent
        return found[::-1]

    def findings(self) -> list[tuple[int, Finding]]:
        """All findings with the number of their specimen, in the order told."""
        return [(n, one) for n, them in self.told.items() for one in them if isinstance(one, Finding)]

    def of(self, number: int) -> tuple[list[Detail], list[Finding], list[Effect], list[Seen]]:
        """What was told of one specimen, by kind."""
        told = self.told.get(number, [])
        return (
            [one for one in told if isinstance(one, Detail)],
            [one for one in told if isinstance(one, Finding)],
            [one for one in told if isinstance(one, Effect)],
            [one for one in told if isinstance(one, Seen)],
        )
