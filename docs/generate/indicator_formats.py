"""`indicators.md`: types, lifetimes, audiences and formats of indicators, from the code that obeys them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

from docs.generate.markdown import GENERATED, code, codes, link, paragraphs, source_of, table, text_of
from noroshi.cli.words import words
from noroshi.indicators import ageing, decay, kinds, sharing
from noroshi.indicators.ageing import default_lifetimes
from noroshi.indicators.exchange import blocking, misp, plain, stix, suricata, tweetfeed
from noroshi.indicators.exchange import table as csv_table
from noroshi.indicators.exchange.registry import BLOCK_LISTS, FORMATS
from noroshi.indicators.sharing import STRICTEST, Audience
from noroshi.indicators.watched import LISTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.indicators.ageing import Lifetime

_MODULES: Final = {"stix": stix, "misp": misp, "csv": csv_table, "text": plain, "tweetfeed": tweetfeed}
_READERS: Final = {
    Audience.RECIPIENTS: "the persons it was sent to",
    Audience.ORGANISATION: "our own organisation",
    Audience.CLIENTS: "our organisation and its clients",
    Audience.COMMUNITY: "the community: peers and partners",
    Audience.PUBLIC: "everybody",
}


def page() -> str:
    """The page."""
    return text_of(
        [
            GENERATED,
            "# Indicators",
            (
                "What `noroshi indicators` keeps, how it ages, and who may see it. How to use it:"
                f" {link('docs/how-to/indicators.md', 'indicators')}."
            ),
            "## Types",
            paragraphs(inspect.getdoc(kinds)),
            table(("type", "pyramid level"), _levels()),
            f"Other names for them: {codes(kinds.ALIASES)}. Read by {link(source_of(kinds))}.",
            "## Lifetimes",
            paragraphs(inspect.getdoc(decay)),
            (
                "The first row that fits decides; rows of your own (`--lifetimes FILE`) stand before these, which are in"
                f" {link('src/noroshi/indicators/lifetimes.toml')}. Age counts from the newest report or sighting in our"
                f" own logs. Read by {link(source_of(ageing))}."
            ),
            table(
                ("row", "fits", "lifetime in days", "δ", "threshold", "score at age 0", "decays after days"),
                map(_lifetime, default_lifetimes().rows),
            ),
            (
                "The score at age 0 is the highest confidence that a source gives, and the row's where none does. The last"
                " column is for that."
            ),
            "## Audiences",
            paragraphs(inspect.getdoc(sharing)),
            table(("audience", "who", "reads up to"), _audiences()),
            (
                f"The watched organisation's values are those of the site lists {codes(LISTS)}; `noroshi indicators watched"
                f" --lists FILE` keeps them. Decided by {link(source_of(sharing))}."
            ),
            "## Formats, in both directions",
            *_formats(),
            "## Block lists",
            paragraphs(inspect.getdoc(blocking)),
            paragraphs(inspect.getdoc(suricata)),
            table(
                ("format", "takes"),
                ((code(name), codes(sorted(one.types))) for name, one in BLOCK_LISTS.items()),
            ),
        ]
    )


def _levels() -> Iterator[tuple[str, str]]:
    for type_, level in sorted(kinds.LEVELS.items(), key=lambda one: (one[1], one[0])):
        yield code(type_), f"{int(level)} {level.name.lower()}"


def _lifetime(row: Lifetime) -> tuple[object, ...]:
    fits = [
        *sorted(row.types),
        *(f"level {int(level)}" for level in sorted(row.levels)),
        *(f"only {threat}" if row.only else threat.value for threat in sorted(row.threats)),
    ]
    model = row.model
    days = model.decays_after(model.default_base_score).total_seconds() / 86_400
    numbers = (model.lifetime_days, model.decay_speed, model.threshold, model.default_base_score)
    return row.name, ", ".join(fits), *(f"{number:g}" for number in numbers), f"{days:.1f}"


def _audiences() -> Iterator[tuple[str, str, str]]:
    for audience, label in STRICTEST.items():
        yield code(audience.value), _READERS[audience], f"TLP:{label.value.upper()}"


def _formats() -> Iterator[str]:
    say = words("en")
    for name, format_ in FORMATS.items():
        losses = "; ".join(say(f"indicators.loss.{key}") for key in format_.cannot_carry)
        yield f"### {code(name)}"
        yield paragraphs(inspect.getdoc(_MODULES[name]))
        yield f"Cannot carry: {losses}. Read and written by {link(source_of(_MODULES[name]))}."
