"""The drafts' material of both specimens of the family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.demo.specimens import family
from noroshi.demo.specimens.writing import files_of
from noroshi.drafts.drafting import material_of
from noroshi.examine.budget import Budget
from noroshi.examine.result import Examination
from noroshi.examine.walk import walk

if TYPE_CHECKING:
    from noroshi.drafts.model import Material

SEED = 20200722


def examination(content: bytes, name: str) -> Examination:
    """An examination in this process."""
    made = Examination(name)
    for event in walk(content, name, Budget()):
        made.add(event)
    return made


@pytest.fixture(scope="session")
def day() -> Material:
    """Of the Emotet day's mail with the zip."""
    mail = files_of(family.of_the_day(SEED))["mail-zip.eml"][2]
    return material_of([examination(mail, "mail.eml")], "Emotet", "2026-11-28")


@pytest.fixture(scope="session")
def cousin() -> Material:
    """Of the cousin's."""
    mail = files_of(family.cousin(SEED))["mail-zip.eml"][2]
    return material_of([examination(mail, "mail.eml")], "Emotet", "2026-11-28")
