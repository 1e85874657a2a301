"""Links between entities, joins made of them, and what tells why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - links are serialised by their types
from typing import TYPE_CHECKING, Literal, NamedTuple

from noroshi.identity.sentences import link_sentence, refusal_sentence

if TYPE_CHECKING:
    from datetime import tzinfo

    from noroshi.events.model import Entities

EntityKind = Literal["host", "user", "address", "mailbox"]


class Named(NamedTuple):
    """One entity: its kind and its name as `Entities` holds it."""

    kind: EntityKind
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """The record that shows a link.

    Attributes:
        event_id: The event's id; empty for a row of an identity list.
        path: File, as shown to people.
        position: The event's position in it, or ``line 3`` of a list.
        what: Kind of record, a key of `sentences.RECORDS`.
    """

    event_id: str
    path: str
    position: str
    what: str


@dataclass(frozen=True, slots=True)
class Link:
    """Two entities belong together during ``[start, end)``.

    Attributes:
        left: The one that is rather a name (mailbox, address, user).
        right: The one that is rather the thing (user, host).
        start: Aware UTC; None: always.
        end: Aware UTC, not included; None: open.
        evidence: The first record that shows it.
        last: The last one, if there was more than one.
        rank: Trust: links of a lower number decide, higher ones are asked only where those say nothing.
        assumed_end: No record shows the end; it is only how long such a link is trusted.
    """

    left: Named
    right: Named
    start: datetime | None
    end: datetime | None
    evidence: Evidence
    last: Evidence | None = None
    rank: int = 0
    assumed_end: bool = False

    def other(self, entity: Named) -> Named:
        """The end that is not `entity`."""
        return self.right if entity == self.left else self.left


@dataclass(frozen=True, slots=True)
class Join:
    """One step from a known entity to another.

    Attributes:
        known: Where the step began.
        found: What it added.
        link: The link that was followed.
    """

    known: Named
    found: Named
    link: Link

    def sentence(self, lang: str = "en", zone: tzinfo | None = None) -> str:
        """The join as a sentence with its evidence, in English or Japanese, times in `zone` (default UTC)."""
        return link_sentence(self.link, lang, zone)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step that was not made.

    Attributes:
        known: Where it would have begun.
        wanted: The kind that was looked for.
        reason: ``shared`` (by many at the same time) or ``several`` (more than one candidate).
        candidates: Names of the candidates, the first few.
        count: How many there are.
    """

    known: Named
    wanted: EntityKind
    reason: Literal["shared", "several"]
    candidates: tuple[str, ...]
    count: int

    def sentence(self, lang: str = "en") -> str:
        """The reason as a sentence, in English or Japanese."""
        return refusal_sentence(self, lang)


@dataclass(frozen=True, slots=True)
class Joined:
    """Entities as far as they could be joined.

    Attributes:
        entities: The given ones, filled up.
        joins: The steps, in order.
        refusals: Steps that were not made because they would have been guesses.
    """

    entities: Entities
    joins: tuple[Join, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def key(self) -> str:
        """What encounters are grouped by: ``host:pc-014``, else ``user:…``, ``address:…``, ``mailbox:…``."""
        entities = self.entities
        for kind, name in (
            ("host", entities.host),
            ("user", entities.user),
            ("address", entities.address),
            ("mailbox", entities.mailbox),
        ):
            if name:
                return f"{kind}:{name}"
        return ""
