"""How much a match of an indicator means: level by score, precision, pyramid level, threat and outcome.

The score (`noroshi.indicators.ageing`) is that of the event's own time: a report that came later is as new as
can be. From it a level; then each of these takes one away: a name or network around the value instead of the
value, an address that serves anything else than C2, a value that is easily shared by harmless things (file
name, mail subject, user agent), a download that was stopped. Two things are informational whatever the score:
a URL of which only the host was visible, and the bare domain or address of an ordinary site that was
compromised. The first is raised where a rule, a correlation or another indicator alerts on the same machine
within minutes (`noroshi.alerts.nearness`). What a sensor sees coming from a proxy is left to the proxy's own
log, which names the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from noroshi.indicators.indicator import Threat
from noroshi.indicators.kinds import TEXTS
from noroshi.rules.model import LEVELS

if TYPE_CHECKING:
    from noroshi.indicators.indicator import Indicator

STEPS: Final = ((70.0, 3), (40.0, 2), (20.0, 1))
"""Least score → rank of the level; below all: informational."""
NEARBY: Final = timedelta(minutes=10)
"""How near something else on the same machine raises a host match."""
_STOPPED: Final = frozenset({"blocked", "quarantined", "failed"})
_HOSTS: Final = frozenset({"domain", "ip", "cidr"})
_WIDER: Final = frozenset({"suffix", "network"})


class Reason(StrEnum):
    """Why a level is not what the score alone would give; words for people are looked up by it."""

    HOST_ONLY = "host-only"
    COMPROMISED = "compromised-site"
    WIDER = "wider"
    ADDRESS = "address"
    COMMON = "common"
    STOPPED = "stopped"
    NEARBY = "nearby"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Weight:
    """The level of a match, and what changed it."""

    level: str
    reasons: tuple[Reason, ...] = ()


def weigh(  # noqa: PLR0913 - all that decides
    indicator: Indicator,
    precision: str,
    score: float,
    outcome: str,
    *,
    nearby: bool = False,
    relayed: bool = False,
) -> Weight:
    """The level of one match.

    Args:
        indicator: With its claims.
        precision: As in `noroshi.engine.indicators`.
        score: 0 to 100.
        outcome: What was done about the event.
        nearby: Another alert at medium or above about the same entity within `NEARBY`.
        relayed: The event names only a proxy or resolver that many machines stand behind.
    """
    if relayed:
        return Weight(LEVELS[0], (Reason.RELAY,))
    rank = next((rank for least, rank in STEPS if score >= least), 0)
    if precision == "host":
        return _host_only(rank, nearby=nearby)
    if indicator.compromised_site and indicator.type in _HOSTS:
        return Weight(LEVELS[0], (Reason.COMPROMISED,))
    reasons = tuple(_lowering(indicator, precision, outcome))
    return Weight(LEVELS[max(rank - len(reasons), 0)], reasons)


def _host_only(rank: int, *, nearby: bool) -> Weight:
    if nearby and rank:
        return Weight(LEVELS[min(rank, LEVELS.index("medium"))], (Reason.HOST_ONLY, Reason.NEARBY))
    return Weight(LEVELS[0], (Reason.HOST_ONLY,))


def _lowering(indicator: Indicator, precision: str, outcome: str) -> list[Reason]:
    threats = set(indicator.threats)
    found: list[Reason] = []
    if precision in _WIDER:
        found.append(Reason.WIDER)
    if indicator.type in {"ip", "cidr"} and Threat.C2 not in threats:
        found.append(Reason.ADDRESS)
    if indicator.type in TEXTS:
        found.append(Reason.COMMON)
    if outcome in _STOPPED and Threat.C2 not in threats:
        found.append(Reason.STOPPED)
    return found
