"""From specimens to drafts: all kinds, over what all of them would leave."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.drafts.kinds import KINDS
from noroshi.drafts.model import Material
from noroshi.drafts.simulation import simulated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noroshi.drafts.model import Draft
    from noroshi.drafts.simulation import Simulated
    from noroshi.examine.result import Examination

_NAME: Final = re.compile(r"[^a-z0-9]+")


def material_of(examinations: Sequence[Examination], family: str, date: str) -> Material:
    """What the drafts are made of.

    Args:
        examinations: Of the specimens of one attack, at least one; events that are the same are kept once.
        family: The threat's name; empty: the specimen's hash.
        date: Of the drafts, ``2026-11-28``.
    """
    seed = examinations[0].nodes[0].sha256 if examinations[0].nodes else ""
    slug = _NAME.sub("_", family.lower()).strip("_")
    events: dict[str, Simulated] = {}
    for examination in examinations:
        for event in simulated(examination):
            events.setdefault(f"{event.kind} {event.fields}", event)
    name = slug or f"specimen_{seed[:8]}"
    return Material(
        tuple(examinations), tuple(events.values()), name, family or f"specimen {seed[:8]}", seed, date
    )


def drafts_of(material: Material) -> list[Draft]:
    """All drafts, from the foot of the pyramid of pain to its top."""
    return [draft for kind in KINDS for draft in kind(material)]
