"""`exclusions.md`: the shapes of exclusion lists, from the readers' own words, and what comes with Noroshi."""

from __future__ import annotations

import inspect
from datetime import date
from typing import TYPE_CHECKING

from docs.generate.markdown import GENERATED, code, link, paragraphs, table, text_of
from noroshi.indicators.exclusions import load_exclusions, misp, names, own, ranking

if TYPE_CHECKING:
    from collections.abc import Iterator


def page() -> str:
    """The page."""
    return text_of(
        [
            GENERATED,
            "# Exclusion lists",
            (
                "Values that must not alert alone, each with its list and reason. `noroshi indicators excluded VALUE…` asks"
                " them; how to keep lists of one's own tells [exclude values](../how-to/exclude-values.md)."
            ),
            "## Verdicts",
            table(("verdict", "a match alerts"), _VERDICTS),
            (
                "The nearest entry decides: the longest suffix, the smallest network. Of several lists with the same entry"
                " one that says *shared* decides. Rankings are asked last."
            ),
            "## Names",
            paragraphs(inspect.getdoc(names)),
            "## Lists of one's own",
            paragraphs(inspect.getdoc(own)),
            "## MISP's warning lists",
            paragraphs(inspect.getdoc(misp)),
            f"Which of them allow and which are shared says {link('src/noroshi/indicators/exclusions/misp.toml')}.",
            "## Rankings",
            paragraphs(inspect.getdoc(ranking)),
            "## Lists that come with Noroshi",
            table(("list", "verdict", "values", "reason", "理由", "date"), _bundled()),
            f"They stand in {link('src/noroshi/indicators/exclusions/bundled.toml')}.",
        ]
    )


_VERDICTS = (
    ("`allow`", "never"),
    (
        "`shared`",
        "a URL with a path, an address with a port, a mail address: yes; a domain, an address, a home page: no",
    ),
    ("`none`", "yes; so does an exempt indicator, whatever the lists say"),
)


def _bundled() -> Iterator[tuple[str, str, str, str, str, str]]:
    for one in load_exclusions([], date.min).snapshot.lists:
        yield code(one.name), code(one.verdict.value), str(len(one)), one.reason, one.reason_ja, str(one.date)
