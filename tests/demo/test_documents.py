"""The pages of the scenario name everything that is in it, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.demo.chain_steps import STEPS
from noroshi.demo.company import SERVERS
from noroshi.demo.lookalikes import LOOK_ALIKES as ON_MACHINES
from noroshi.demo.lookalikes_web import LOOK_ALIKES as ON_THE_NETWORK
from noroshi.demo.near_misses import NEAR_MISSES

if TYPE_CHECKING:
    from tests.demo.conftest import GeneratedDay

_ENTRIES = (*STEPS, *ON_MACHINES, *ON_THE_NETWORK, *NEAR_MISSES)


@pytest.mark.parametrize("page", ["docs/emotet-day.md", "docs/emotet-day.ja.md"])
def test_the_page_names_every_entry(pytestconfig: pytest.Config, page: str) -> None:
    """Each entry has a row with its time, identifier, title in the language, files and rules."""
    rows = (pytestconfig.rootpath / page).read_text(encoding="utf-8").splitlines()
    for entry in _ENTRIES:
        row = next(row for row in rows if f"| `{entry.id}` |" in row)
        assert row.startswith(f"| {entry.time} |")
        assert (entry.title_ja if page.endswith(".ja.md") else entry.title) in row
        assert all(f"`{name}`" in row for name in entry.files)


@pytest.mark.parametrize("page", ["docs/emotet-day.md", "docs/emotet-day.ja.md"])
def test_the_page_explains_every_log_and_server(
    pytestconfig: pytest.Config, day: GeneratedDay, page: str
) -> None:
    """No log of the day is without a row, no server without a name."""
    text = (pytestconfig.rootpath / page).read_text(encoding="utf-8")
    names = {name.replace(".1.gz", "") for name in day.manifest.counts}
    assert set() == {name for name in names if name not in text and not name.startswith("zeek/")}
    assert set() == {host for host in SERVERS if f"`{host}`" not in text}
