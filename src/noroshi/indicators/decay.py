"""How a score falls with age: MISP's polynomial model.

Source: S. Mokaddem, G. Wagener, A. Dulaunoy, A. Iklody, *Taxonomy driven indicator scoring in MISP threat
intelligence platforms*, 2019 (arXiv 1902.03914), and what MISP 2.4 and 2.5 compute of it (`DecayingModel`,
formula "Polynomial"). With a base score *b*, the time *t* since the indicator was seen last, a lifetime *τ*
and a decay speed *δ*::

    score(t) = b · (1 − (t/τ)^(1/δ)),  0 after τ, and 0 for a t below 0

δ = 1 falls in a straight line; above 1 it falls fast at first (addresses), below 1 slowly at first (hashes).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class DecayModel:
    """One model with MISP's parameters.

    Attributes:
        lifetime_days: τ: after so many days the score is 0.
        decay_speed: δ.
        threshold: Below this score (0 to 100) the indicator has decayed.
        default_base_score: *b* where nothing says how sure the source is.
    """

    lifetime_days: float
    decay_speed: float
    threshold: float
    default_base_score: float

    def score(self, base: float, elapsed: timedelta) -> float:
        """The score after this time, 0 to `base`."""
        if elapsed < timedelta(0):
            return 0.0
        share = elapsed / timedelta(days=self.lifetime_days)
        return max(0.0, base * (1 - share ** (1 / self.decay_speed))) if share < 1 else 0.0

    def is_decayed(self, score: float) -> bool:
        """Whether a score lies below the threshold."""
        return score < self.threshold

    def decays_after(self, base: float) -> timedelta:
        """How long an indicator of this base score stays at or above the threshold; 0 if it never is.

        The inverse of the formula: ``t = τ · (1 − threshold/b)^δ``.
        """
        if base <= 0 or base < self.threshold:
            return timedelta(0)
        return timedelta(days=self.lifetime_days) * float((1 - self.threshold / base) ** self.decay_speed)


def base_score(
    tags: Sequence[tuple[str, float | None]], weights: Mapping[str, float], default: float
) -> float:
    """MISP's base score: the numerical values of tags, weighted by taxonomy.

    A taxonomy's weight counts relative to the sum of the weights of all tags present that have one; two tags
    of one taxonomy therefore share. Without any such tag it is the default.

    Args:
        tags: Taxonomy and predicate (``admiralty-scale:source-reliability``, ``estimative-language``) and
            numerical value, None if the taxonomy gives that tag none.
        weights: ``base_score_config`` of the model.
        default: ``default_base_score`` of the model.
    """
    counted = [(weights[name], value) for name, value in tags if name in weights and value is not None]
    total = sum(weight for weight, _ in counted)
    if not counted or total == 0:
        return default
    return sum(weight / total * value for weight, value in counted)


def decay_start(
    edited: datetime, *, last_seen: datetime | None = None, last_sighting: datetime | None = None
) -> datetime:
    """From when MISP counts the age of an attribute (`computeCurrentScore`).

    The last sighting resets it; without one, its own ``last_seen``; without that, its ``timestamp``. If it
    was edited after that moment, ``last_seen`` counts, else the edit.

    Args:
        edited: The attribute's ``timestamp``, aware UTC.
        last_seen: The attribute's ``last_seen``.
        last_sighting: The newest sighting of it.
    """
    start = last_sighting or last_seen or edited
    if edited > start:
        return last_seen or edited
    return start
