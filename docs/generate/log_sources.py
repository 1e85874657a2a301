"""`log-sources.md`: Sigma's log sources, from the Windows catalogue and the readers' own words."""

from __future__ import annotations

import re
import tomllib
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from docs.generate.formats import by_module
from docs.generate.markdown import GENERATED, REPOSITORY, code, codes, link, paragraphs, table, text_of
from docs.generate.tables import CATALOGUE, FOLDER, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECTIONS: Final = {
    "channels": "Channel and service. Channel names are compared without regard to case.",
    "providers": "Where the channel says nothing, the provider decides the service.",
    "categories": "Categories of a service's events, by event id.",
    "provider_categories": "Categories of event tracing without a channel of its own.",
    "event_types": "Where the event type narrows the categories.",
    "fixed_event_types": "The event type, where a collector overwrote it and only one is possible.",
    "outcomes": "What the product did: by service, by event id, by Defender's action.",
    "aliases": "Names that rules use and the record does not, with the record's names, best first.",
    "positions": "Names of values that the record leaves unnamed, by their position.",
    "hex_keywords": "Events whose `Keywords` rules compare as hexadecimal text.",
}
"""Every section of the Windows catalogue; one that is missing here makes the generator fail."""


def catalogue() -> dict[str, Any]:
    """The Windows catalogue."""
    return tomllib.loads((REPOSITORY / FOLDER / f"{CATALOGUE}.toml").read_text("utf-8"))


def page() -> str:
    """The page."""
    return text_of(
        [
            GENERATED,
            "# Log sources",
            (
                "A log source is Sigma's product, service and a *set* of categories. A rule applies if every dimension that"
                " it names is in the event; a dimension that the event leaves open never matches."
            ),
            "## In the words of each format",
            table(("format", "log source"), _said()),
            "## Windows",
            (
                f"From {link(f'{FOLDER}/{CATALOGUE}.toml')}. The product is `windows`. Sysmon 1 and Security 4688 are both"
                " `process_creation`; all JSON layouts and EVTX give the same."
            ),
            *(part for name, value in catalogue().items() for part in _section(name, value)),
        ]
    )


def _said() -> Iterator[tuple[str, str]]:
    for module, members in by_module().items():
        anchor = module.__name__.rpartition(".")[2].strip("_")
        said = _sentences(paragraphs(module.__doc__)) or _OTHERS.get(members[0].name, "in its own words:")
        yield codes(one.name for one in members), f"{said} [More](formats.md#{anchor})"


def _sentences(text: str) -> str:
    """What a reader says of its log source: from those words on, as long as it speaks of that."""
    found = re.search(r"\b(?:The )?[Ll]og\s+source\b:?.*?(?=\n\n|$)", text, re.DOTALL)
    if found is None:
        return ""
    sentences = re.split(r"(?<=[.;:])\s+(?=[A-Z(])", " ".join(found.group(0).split()))
    told = takewhile(lambda one: re.search(r"product|service|categor|vendor", one, re.IGNORECASE), sentences)
    return " ".join(told).removeprefix("Log source: ")


_OTHERS: Final = {
    "squid": "product `squid`, service `access`, category `proxy`.",
    "syslog": "of programs that no format knows: `tables/syslog.toml`, else the program's name as service.",
    "w3c": "the columns decide.",
    "windows-evtx": "below.",
    "windows-json": "below.",
    "example": "product `door-keeper`, service `gate`, category `proxy`.",
}


def _section(name: str, value: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    yield SECTIONS[name]
    yield table(("where", "value"), _flat((), value))


def _flat(path: tuple[str, ...], value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat((*path, name), inner)
        else:
            yield " ".join(code(part) for part in (*path, name)), shown(inner)
