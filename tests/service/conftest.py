"""A small day of logs and rules that meet all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.demo import generate
from noroshi.service.ruleset import Prepared, prepare

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = """\
title: Anything of Windows
id: 5e0ab2f2-0000-4000-8000-000000000001
status: test
logsource:
  product: windows
detection:
  selection:
    EventID|exists: true
  condition: selection
level: low
---
title: Anything of a proxy
id: 5e0ab2f2-0000-4000-8000-000000000002
status: test
logsource:
  category: proxy
detection:
  selection:
    c-uri|exists: true
  condition: selection
level: high
"""


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The logs of a small Emotet day."""
    folder = tmp_path_factory.mktemp("day")
    generate(folder, scale=0.02)
    return folder / "logs"


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Rules that every Windows event and every line of a proxy meets."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "everything.yml").write_text(EVERYTHING, encoding="utf-8")
    return prepare([folder])


@pytest.fixture(scope="session")
def bundled() -> Prepared:
    """The bundled packs."""
    return prepare([])
