"""Rules written in a test, loaded as a user's files are."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from noroshi.rules import Loaded, load_rules

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.rules.model import Condition

HEAD = """\
title: A rule
logsource: {product: windows, category: process_creation}
detection:
"""


class Load(Protocol):
    """Writes files and loads their folder."""

    def __call__(self, **files: Any) -> Loaded:
        """Give the text of ``<name>.yml`` for each name; options of `load_rules` begin with ``_``."""


class Convert(Protocol):
    """The condition of one rule."""

    def __call__(self, detection: str) -> Condition:
        """Give the YAML below ``detection:``."""


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Writes files into a folder and loads it."""

    def loaded(**files: Any) -> Loaded:
        options = {name[1:]: value for name, value in files.items() if name.startswith("_")}
        for name, text in files.items():
            if not name.startswith("_"):
                (tmp_path / f"{name}.yml").write_text(dedent(text), encoding="utf-8")
        return load_rules([tmp_path], **options)

    return loaded


@pytest.fixture
def convert(load: Load) -> Convert:
    """The IR of one rule's detection."""

    def converted(detection: str) -> Condition:
        loaded = load(rule=HEAD + indent(dedent(detection), "  "))
        assert () == loaded.errors
        return loaded.ruleset.rules[0].condition

    return converted
