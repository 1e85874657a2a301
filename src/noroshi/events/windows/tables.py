"""The catalogue's data: `tables/windows_catalogue.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def catalogue_table() -> Mapping[str, Any]:
    """The catalogue's TOML document; EventIDs are keys as text, as TOML has them."""
    text = files("noroshi.events").joinpath("tables", "windows_catalogue.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
