"""Options that choose indicators, the same for ``list``, ``export`` and ``set``."""

from __future__ import annotations

from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from noroshi.cli.indicators.common import known
from noroshi.cli.story.plain import visible
from noroshi.errors import Sentence, UsageError
from noroshi.indicators.indicator import Status, Threat
from noroshi.indicators.kinds import PyramidLevel
from noroshi.indicators.query import ACTIVE, Query

Types = Annotated[list[str] | None, typer.Option("--type", metavar="TYPE", help="Of this type; repeatable.")]
Threats = Annotated[list[Threat] | None, typer.Option("--threat", help="Of this kind of threat; repeatable.")]
Families = Annotated[
    list[str] | None, typer.Option("--family", metavar="NAME", help="Of this malware family; repeatable.")
]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="With this tag; repeatable.")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Reported by this source; repeatable.")
]
Statuses = Annotated[
    list[Status] | None, typer.Option("--status", help="In this status; repeatable. Default: active.")
]
Text = Annotated[str, typer.Option("--text", metavar="TEXT", help="The value holds this text.")]
MinLevel = Annotated[
    str,
    typer.Option("--min-level", metavar="LEVEL", help="At least hash, ip, domain, artefact, tool or ttp."),
]
MinConfidence = Annotated[
    int | None, typer.Option("--min-confidence", min=0, max=100, help="Confidence of at least this.")
]
MinScore = Annotated[
    int | None, typer.Option("--min-score", min=0, max=100, help="Score at this moment of at least this.")
]
Within = Annotated[
    int | None, typer.Option("--within", min=0, metavar="DAYS", help="Reported or seen in the last days.")
]
Compromised = Annotated[
    bool | None,
    typer.Option("--compromised-site/--no-compromised-site", help="Only compromised sites, or only others."),
]
if TYPE_CHECKING:
    from collections.abc import Callable

LEVELS: Final = tuple(level.name.lower() for level in PyramidLevel)


def level(text: str) -> PyramidLevel | None:
    """A pyramid level by its name; None for the empty one.

    Raises:
        UsageError: There is none such.
    """
    if not text:
        return None
    if text not in LEVELS:
        raise UsageError(
            Sentence("{text}: no pyramid level; use {names}", text=visible(text), names=", ".join(LEVELS))
        )
    return PyramidLevel[text.upper()]


def _shared(
    *,
    types: Types = None,
    threats: Threats = None,
    families: Families = None,
    tags: Tags = None,
    sources: Sources = None,
    statuses: Statuses = None,
    text: Text = "",
    min_level: MinLevel = "",
    min_confidence: MinConfidence = None,
    min_score: MinScore = None,
    within: Within = None,
    compromised: Compromised = None,
) -> Query:
    """The query that the options say."""
    return Query(
        types=frozenset(known(one) for one in types or ()),
        threats=frozenset(threats or ()),
        families=frozenset(families or ()),
        tags=frozenset(tags or ()),
        sources=frozenset(sources or ()),
        statuses=frozenset(statuses) if statuses else ACTIVE,
        text=text,
        min_level=level(min_level),
        min_confidence=min_confidence,
        seen_within_days=within,
        compromised_site=compromised,
        min_score=min_score,
    )


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """A command with a parameter `asked` that gets the options above instead of it."""
    own = signature(command, eval_str=True)
    ours = signature(_shared, eval_str=True).parameters

    @wraps(command)
    def with_options(*arguments: Any, **options: Any) -> None:
        asked = _shared(**{name: options.pop(name) for name in ours})
        command(*arguments, asked=asked, **options)

    kept = [one for name, one in own.parameters.items() if name != "asked"]
    positional = [one for one in kept if one.kind is not one.KEYWORD_ONLY]
    named = [one for one in kept if one.kind is one.KEYWORD_ONLY]
    parameters = [*positional, *ours.values(), *named]
    with_options.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]  # read by `inspect`
    with_options.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_options
