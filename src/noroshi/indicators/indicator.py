"""An indicator: one value of one type, and everything that anybody has said about it.

What a source says is a `SourceClaim`; an `Indicator` is the value with all its claims. Its kinds of threat,
families, times and so on are read from the claims, so that nothing is lost when two sources speak about the
same value, and a claim that may not leave the house can be taken away from what does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime  # noqa: TC003 - msgspec reads the types of the fields
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Final, TypeVar

from noroshi.folding import fold
from noroshi.indicators.kinds import LEVELS, PyramidLevel, key_of, normal_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Text = TypeVar("_Text", bound=str)


class Threat(StrEnum):
    """What the value is used for. An indicator can be of several kinds, or of none that is known."""

    C2 = "c2"
    DOWNLOAD = "download"
    PAYLOAD = "payload"
    MAIL = "mail"
    PHISHING = "phishing"
    EXPLOIT = "exploit"
    SCAN = "scan"
    SPAM = "spam"
    MINER = "miner"


class Status(StrEnum):
    """Where an indicator stands in its life. How old it is says its score, not its status."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETIRED = "retired"


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0 (FIRST, August 2022), from the most open to the most closed."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"

    @property
    def strictness(self) -> int:
        """0 (clear) to 4 (red)."""
        return _STRICTNESS[self]

    @classmethod
    def parse(cls, text: str) -> Tlp:
        """A label as people and formats write it: ``TLP:AMBER+STRICT``, ``tlp:white``, ``amber-strict``.

        Raises:
            ValueError: It is none.
        """
        word = fold(text.strip()).removeprefix("tlp").lstrip(": ")
        return cls(_OLD_TLP.get(word, word).replace("-", "+").replace("_", "+").replace(" ", "+"))


_STRICTNESS: Final = {tlp: rank for rank, tlp in enumerate(Tlp)}
_OLD_TLP: Final = {"white": "clear"}


@dataclass(frozen=True, slots=True)
class SourceClaim:
    """What one source says about a value, under one reference.

    Attributes:
        source: Who says so: a feed's name, an organisation, ``analyst:`` and a name.
        reference: Where it can be read: a URL, a report's name, an event's id; empty if nowhere.
        threats: Kinds of threat, sorted.
        families: Malware families as the source spells them, sorted.
        tags: Further words of the source, sorted.
        first_seen: When the source saw it first (aware UTC), None if it does not say.
        last_seen: When the source saw or published it last.
        confidence: 0 to 100, None if the source does not say.
        tlp: Who may read this claim; None if the source does not say (`sharing` treats that as amber).
        sharing_group: The name of the group inside which it may be shared; empty for none.
        compromised_site: The source says that this is an ordinary site that serves malware.
        comments: What else the source wrote, one text an entry, sorted.
        written: The value as the source spelt it where that is not the normal form; empty otherwise.
        external_id: The source's own id of it (STIX id, MISP UUID, number); empty if it has none.
    """

    source: str
    reference: str = ""
    threats: tuple[Threat, ...] = ()
    families: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    confidence: int | None = None
    tlp: Tlp | None = None
    sharing_group: str = ""
    compromised_site: bool = False
    comments: tuple[str, ...] = ()
    written: str = ""
    external_id: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Two claims of the same identity are one: source, reference, and the group it is shared in."""
        return self.source, self.reference, self.sharing_group

    def renewed(self, newer: SourceClaim) -> SourceClaim:
        """This claim and a newer one of the same identity in one.

        Sets unite, the period widens, TLP takes the stricter. What can have one value only (confidence, the
        source's id and spelling) is the newer's where it says anything.
        """
        if newer == self:
            return self
        return SourceClaim(
            self.source,
            self.reference,
            threats=_united(self.threats, newer.threats),
            families=_united(self.families, newer.families),
            tags=_united(self.tags, newer.tags),
            first_seen=_of_both(min, self.first_seen, newer.first_seen),
            last_seen=_of_both(max, self.last_seen, newer.last_seen),
            confidence=self.confidence if newer.confidence is None else newer.confidence,
            tlp=_stricter(self.tlp, newer.tlp),
            sharing_group=self.sharing_group,
            compromised_site=self.compromised_site or newer.compromised_site,
            comments=_united(self.comments, newer.comments),
            written=newer.written or self.written,
            external_id=newer.external_id or self.external_id,
        )


@dataclass(frozen=True, slots=True)
class Sightings:
    """How often and when an indicator was seen in our own logs; times are those of the events, aware UTC."""

    count: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def united(self, other: Sightings) -> Sightings:
        """Both together; the caller knows that they do not count the same events."""
        return Sightings(
            self.count + other.count,
            _of_both(min, self.first, other.first),
            _of_both(max, self.last, other.last),
        )


NEVER_SIGHTED: Final = Sightings()


@dataclass(frozen=True, slots=True)
class Indicator:
    """One value with all that was said about it.

    Make one with `Indicator.of`, which brings the value to its normal form.

    Attributes:
        value: In the normal form of its type, never defanged.
        type: One of `kinds.TYPES`.
        claims: One a source and reference, sorted by `SourceClaim.identity`.
        level: Pyramid level; the type's own unless somebody said otherwise.
        status: Candidate, active or retired.
        reason: Why it was retired, or why it is a candidate.
        exempt: Alerts although an exclusion list holds it (per-indicator exemption).
        sightings: In our own logs.
    """

    value: str
    type: str
    claims: tuple[SourceClaim, ...] = ()
    level: PyramidLevel = PyramidLevel.ARTEFACT
    status: Status = Status.ACTIVE
    reason: str = ""
    exempt: bool = False
    sightings: Sightings = NEVER_SIGHTED

    @classmethod
    def of(
        cls,
        value: str,
        type_: str,
        *claims: SourceClaim,
        status: Status = Status.ACTIVE,
        level: PyramidLevel | None = None,
    ) -> Indicator:
        """An indicator from a value as somebody wrote it, defanged or not.

        Raises:
            ValueError: The value is none of this type; the text says why.
        """
        kind, normal = normal_form(type_, value)
        return cls(normal, kind, _gathered(claims), level or LEVELS[kind], status)

    @property
    def key(self) -> bytes:
        """16 bytes that identify type and value, here and in every store."""
        return key_of(self.type, self.value)

    @property
    def threats(self) -> tuple[Threat, ...]:
        """Kinds of threat that any source names, sorted."""
        return _united(*(claim.threats for claim in self.claims))

    @property
    def families(self) -> tuple[str, ...]:
        """Malware families that any source names, sorted; spellings that differ in case only count once."""
        spelt: dict[str, str] = {}
        for claim in self.claims:
            for family in claim.families:
                spelt.setdefault(fold(family), family)
        return tuple(sorted(spelt.values(), key=fold))

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of all sources, sorted."""
        return _united(*(claim.tags for claim in self.claims))

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of all sources, sorted."""
        return tuple(sorted({claim.source for claim in self.claims}))

    @property
    def confidence(self) -> int | None:
        """The highest that a source gives; None if none does."""
        return max((claim.confidence for claim in self.claims if claim.confidence is not None), default=None)

    @property
    def first_seen(self) -> datetime | None:
        """The earliest time that a source names."""
        return min((claim.first_seen for claim in self.claims if claim.first_seen), default=None)

    @property
    def last_seen(self) -> datetime | None:
        """The latest time that a source names, its first where it says no last."""
        times = (claim.last_seen or claim.first_seen for claim in self.claims)
        return max((time for time in times if time), default=None)

    @property
    def compromised_site(self) -> bool:
        """Whether any source says that this is an ordinary site: its domain or address alone means little."""
        return any(claim.compromised_site for claim in self.claims)

    @property
    def tlp(self) -> Tlp | None:
        """The strictest that a source names: who reads the whole indicator has to keep it."""
        return max(
            (claim.tlp for claim in self.claims if claim.tlp), key=attrgetter("strictness"), default=None
        )

    def merged(self, newer: Indicator) -> Indicator:
        """Both in one, losing nothing: claims of the same identity renewed, all others side by side.

        A person's decisions outlast what feeds publish again: a retired indicator stays retired, an exemption
        stays, a candidate becomes active as soon as one of both is. The level differs from the type's only
        where somebody said so.

        Raises:
            ValueError: They are not the same value of the same type.
        """
        if self.type != newer.type or (self.value != newer.value and self.key != newer.key):
            raise ValueError(f"{newer.type} {newer.value!r} is another indicator than {self.value!r}")
        status = self.status
        if newer.status is not status:
            status = max(status, newer.status, key=_STATUS_RANK.__getitem__)
        return replace(
            self,
            claims=_gathered((*self.claims, *newer.claims)),
            level=self.level if newer.level is LEVELS[newer.type] else newer.level,
            status=status,
            reason="" if status is Status.ACTIVE else self.reason or newer.reason,
            exempt=self.exempt or newer.exempt,
            sightings=self.sightings.united(newer.sightings),
        )


_STATUS_RANK: Final = {Status.CANDIDATE: 0, Status.ACTIVE: 1, Status.RETIRED: 2}


def _gathered(claims: Iterable[SourceClaim]) -> tuple[SourceClaim, ...]:
    """Claims in the order of their identity, each identity once; later ones renew earlier ones."""
    found: dict[tuple[str, str, str], SourceClaim] = {}
    for claim in claims:
        identity = claim.identity
        known = found.get(identity)
        found[identity] = claim if known is None else known.renewed(claim)
    return tuple(found.values()) if len(found) < 2 else tuple(found[identity] for identity in sorted(found))


def _united(*sets: tuple[_Text, ...]) -> tuple[_Text, ...]:
    if len(sets) == 1 or (len(sets) == 2 and sets[0] == sets[1]):  # feeds say the same again and again
        return sets[0]
    return tuple(sorted({item for items in sets for item in items}))


def _of_both(
    pick: Callable[[datetime, datetime], datetime], one: datetime | None, two: datetime | None
) -> datetime | None:
    if one is None or two is None:
        return one or two
    return pick(one, two)


def _stricter(one: Tlp | None, two: Tlp | None) -> Tlp | None:
    if one is None or two is None:
        return one or two
    return max(one, two, key=attrgetter("strictness"))
