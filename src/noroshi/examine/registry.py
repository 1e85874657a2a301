"""Which examiner takes a content: all modules of `kinds` are asked, the surest one gets it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from noroshi.examine import kinds

if TYPE_CHECKING:
    from noroshi.examine.examiner import Examiner


@cache
def examiners() -> tuple[Examiner, ...]:
    """All examiners, by the names of their modules."""
    modules = sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))
    found: list[Examiner] = []
    for name in modules:
        found += getattr(importlib.import_module(f"{kinds.__name__}.{name}"), "EXAMINERS", ())
    return tuple(found)


def type_of(content: bytes | str, name: str) -> str:
    """The true type by content; ``unknown`` where no examiner knows it."""
    known = [one for each in examiners() if (one := each.recognise(content, name)) is not None]
    return max(known, key=lambda one: one.confidence).type if known else "unknown"


def examiner_of(type_: str) -> Examiner | None:
    """The examiner of a type."""
    return next((each for each in examiners() if type_ in each.types), None)
