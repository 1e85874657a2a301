"""What must not alert alone, and why: one's own lists, MISP's warning lists, rankings of popular sites."""

from __future__ import annotations

from noroshi.indicators.exclusions.loading import Exclusions, load_exclusions
from noroshi.indicators.exclusions.model import ExclusionList, Judgement, Verdict
from noroshi.indicators.exclusions.snapshot import ExclusionSnapshot

__all__ = ["ExclusionList", "ExclusionSnapshot", "Exclusions", "Judgement", "Verdict", "load_exclusions"]
