"""A walk collected into one examination."""

from __future__ import annotations

from typing import Protocol

import pytest

from noroshi.examine.budget import Budget, Limits
from noroshi.examine.result import Examination
from noroshi.examine.walk import walk


class Examine(Protocol):
    """Examines a content in this process."""

    def __call__(self, content: bytes, name: str = "", limits: Limits | None = None) -> Examination:
        """The examination of a content under a name."""


@pytest.fixture
def examined() -> Examine:
    """Examines without the process around it."""

    def collect(content: bytes, name: str = "", limits: Limits | None = None) -> Examination:
        examination = Examination(name)
        for event in walk(content, name, Budget(limits or Limits())):
            examination.add(event)
        return examination

    return collect
