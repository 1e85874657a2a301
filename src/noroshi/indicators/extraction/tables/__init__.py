"""Words that extraction goes by, as TOML beside the code: `labels.toml` and `names.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def words(table: str, key: str) -> frozenset[str]:
    """The words of a list in a table.

    Raises:
        KeyError: There is no such list: a mistake in the program.
    """
    return frozenset(_table(table)[key])


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
