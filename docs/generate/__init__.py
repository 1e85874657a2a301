"""The reference pages, generated from the code: what cannot be forgotten cannot rot.

Each module gives one page of `docs/reference/`. `scripts/docs` writes them, `scripts/docs --check` and
`tests/test_documentation.py` fail where one is stale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from docs.generate import (
    alert,
    changelog,
    commands,
    exclusions,
    feeds,
    formats,
    indicator_formats,
    lists,
    log_sources,
    rule_words,
    rules,
    tables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "CHANGELOG.md": changelog.page,
    "docs/reference/alert.md": alert.page,
    "docs/reference/commands.md": commands.page,
    "docs/reference/exclusions.md": exclusions.page,
    "docs/reference/feeds.md": feeds.page,
    "docs/reference/formats.md": formats.page,
    "docs/reference/indicators.md": indicator_formats.page,
    "docs/reference/lists.md": lists.page,
    "docs/reference/log-sources.md": log_sources.page,
    "docs/reference/rule-words.md": rule_words.page,
    "docs/reference/rules.md": rules.page,
    "docs/reference/tables.md": tables.page,
}
"""Path in the repository → what makes its text."""
