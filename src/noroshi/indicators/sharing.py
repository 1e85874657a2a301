"""The one gate that every exit goes through: exports, mails, reports, the API, look-ups at others.

TLP 2.0 (FIRST, *Traffic Light Protocol*, version 2.0, August 2022) decides by audience, claim by claim: an
indicator that a public feed reports and a partner too leaves with the public claim only. Claims that say
nothing are read as TLP:AMBER. A sharing group narrows further: both have to allow it. Values of the watched
organisation never leave, whatever label they have.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from noroshi.folding import fold
from noroshi.indicators.indicator import Indicator, SourceClaim, Tlp
from noroshi.indicators.watched import NOTHING_WATCHED, Watched

if TYPE_CHECKING:
    from collections.abc import Iterable


class Audience(StrEnum):
    """Who will read what leaves."""

    RECIPIENTS = "recipients"
    ORGANISATION = "organisation"
    CLIENTS = "clients"
    COMMUNITY = "community"
    PUBLIC = "public"


STRICTEST: Final = {
    Audience.RECIPIENTS: Tlp.RED,
    Audience.ORGANISATION: Tlp.AMBER_STRICT,
    Audience.CLIENTS: Tlp.AMBER,
    Audience.COMMUNITY: Tlp.GREEN,
    Audience.PUBLIC: Tlp.CLEAR,
}
"""Audience → the strictest label that it may read: the named persons, our organisation, our clients, the
community, everybody."""
INSIDE: Final = frozenset({Audience.RECIPIENTS, Audience.ORGANISATION})
"""Audiences within our own organisation, which is a member of every group that it received something in."""
UNLABELLED: Final = Tlp.AMBER
"""How a claim without a label is read."""
UNDISCLOSED: Final = "undisclosed"
"""What a source is called whose name is one of the watched organisation's."""


class Reason(StrEnum):
    """Why something does not leave."""

    TLP = "tlp"
    GROUP = "group"
    WATCHED = "watched"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that does not leave.

    Attributes:
        type: Its type.
        value: The value.
        reason: Why.
        detail: The label, the group, or the value of the watched organisation that it is or holds.
    """

    type: str
    value: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets out what an audience may see.

    Attributes:
        audience: Who will read it.
        groups: Sharing groups that everybody in the audience is a member of.
        watched: Values that never leave.
    """

    audience: Audience
    groups: frozenset[str] = frozenset()
    watched: Watched = NOTHING_WATCHED

    def admit(self, indicator: Indicator) -> Indicator | Refusal:
        """The indicator with what the audience may see of it, or why it stays.

        Claims that the audience may not see are gone, and so is every text in the others that names a value
        of the watched organisation. Sightings and reasons are about our own network and stay inside it.
        """
        refusal = self.may_ask(indicator.type, indicator.value)
        if refusal is not None:
            return refusal
        shown = tuple(claim for claim in indicator.claims if self._why_not(claim) is None)
        if not shown:
            return self._refused(indicator)
        cleared = tuple(self._cleared(claim) for claim in shown)
        if self.audience in INSIDE:
            return replace(indicator, claims=cleared)
        return Indicator(
            indicator.value,
            indicator.type,
            cleared,
            indicator.level,
            indicator.status,
            exempt=indicator.exempt,
        )

    def may_ask(self, type_: str, value: str) -> Refusal | None:
        """Why this value may not even be asked about at somebody else's; None if it may."""
        if found := self.watched.why(type_, value):
            return Refusal(type_, value, Reason.WATCHED, found)
        if self.audience not in INSIDE and _is_private(type_, value):
            return Refusal(type_, value, Reason.PRIVATE, self.audience.value)
        return None

    def _refused(self, indicator: Indicator) -> Refusal:
        reasons = [why for claim in indicator.claims if (why := self._why_not(claim)) is not None]
        reason, detail = min(reasons, default=(Reason.TLP, UNLABELLED.value), key=_by_reason)
        return Refusal(indicator.type, indicator.value, reason, detail)

    def _why_not(self, claim: SourceClaim) -> tuple[Reason, str] | None:
        label = claim.tlp or UNLABELLED
        if label.strictness > STRICTEST[self.audience].strictness:
            return Reason.TLP, label.value
        if claim.sharing_group and self.audience not in INSIDE and claim.sharing_group not in self.groups:
            return Reason.GROUP, claim.sharing_group
        return None

    def _cleared(self, claim: SourceClaim) -> SourceClaim:
        if not self.watched:
            return claim
        return replace(
            claim,
            source=UNDISCLOSED if self._named(claim.source) else claim.source,
            reference="" if self._named(claim.reference) else claim.reference,
            tags=self._without(claim.tags),
            comments=self._without(claim.comments),
            written="" if self._named(claim.written) else claim.written,
            external_id="" if self._named(claim.external_id) else claim.external_id,
        )

    def _named(self, text: str) -> bool:
        return bool(text and self.watched.mentioned(text))

    def _without(self, texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(text for text in texts if not self._named(text))


def _by_reason(found: tuple[Reason, str]) -> tuple[int, str]:
    return list(Reason).index(found[0]), fold(found[1])


def _is_private(type_: str, value: str) -> bool:
    """Whether an address is of our own network by its nature: private, loopback, link-local, carrier NAT."""
    if type_ not in {"ip", "cidr", "ip:port"}:
        return False
    bare = value.rpartition(":")[0].strip("[]") if type_ == "ip:port" else value
    network = ipaddress.ip_network(bare)
    return any(network.version == own.version and network.subnet_of(own) for own in _OWN_RANGES)  # type: ignore[arg-type]  # the versions were compared


_OWN_RANGES: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
