"""“Are we safe?”: for every indicator and log source *seen*, *no trace* or *cannot tell*, with the proof.

*Cannot tell* is said where a log source cannot show such a value at all, where only the host of a URL was
visible and that host was contacted, and where the source has a gap in the time that is asked about. *No
trace* holds for the period of the source, which stands beside it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from noroshi.indicators.snapshot import SEARCHED
from noroshi.indicators.values import packed_address, parse_url
from noroshi.service.remembering.collected import source_name
from noroshi.service.remembering.coverage import Coverage, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from noroshi.indicators.exclusions import Judgement
    from noroshi.service.remembering.coverage import Gap
    from noroshi.service.remembering.searching import Found

_NAMES: Final = frozenset({"domain", "url"})
_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "domain": _NAMES,
    "ip": frozenset({"ip"}),
    "cidr": frozenset({"ip"}),
    "ip:port": frozenset({"ip"}),
    "email": frozenset({"mail_address"}),
    "file_name": frozenset({"file_name", "file_path"}),
}
"""Type of an indicator → kinds of values in which it can show itself, where they are not called the same."""


class Answer(StrEnum):
    """What can be said."""

    SEEN = "seen"
    NO_TRACE = "no-trace"
    CANNOT_TELL = "cannot-tell"


class Doubt(StrEnum):
    """Why it cannot be told."""

    NOT_VISIBLE = "not-visible"
    HOST_ONLY = "host-only"
    GAP = "gap"
    NO_LOGS = "no-logs"
    NOT_SEARCHED = "not-searched"


@dataclass(frozen=True, slots=True)
class Asked:
    """An indicator that was asked about.

    Attributes:
        type, value: In normal form.
        written: As it stood in the text.
        judgement: What the exclusion lists say; it is looked for all the same.
    """

    type: str
    value: str
    written: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class InSource:
    """An indicator in one log source.

    Attributes:
        doubt: Why it cannot be told; None for the other answers.
        found: Where it was seen (or its host, for `Doubt.HOST_ONLY`), in order of time.
        gaps: Times about which the source tells nothing, whatever the answer.
    """

    coverage: Coverage
    answer: Answer
    doubt: Doubt | None = None
    found: tuple[Found, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """An indicator in all log sources.

    Attributes:
        answer: *Seen* if any source shows it; else *cannot tell* if any that could show it has a doubt, or
            none could; else *no trace*.
        doubt: The gravest reason of *cannot tell*.
        sources: Those that can show it, and those that cannot, by name.
    """

    asked: Asked
    answer: Answer
    doubt: Doubt | None
    sources: tuple[InSource, ...]


def needed_for(type_: str, value: str) -> frozenset[str]:
    """Kinds of values (`Covered.shows`) in which an indicator can show itself."""
    if type_ == "url":
        url = parse_url(value)
        address = url is not None and packed_address(url.host.strip("[]")) is not None
        return frozenset({"url", "ip" if address else "domain"})
    return _NEEDED.get(type_, frozenset({type_}))


def checked(
    asked: Iterable[Asked], found: Iterable[Found], coverage: Sequence[Coverage]
) -> tuple[Checked, ...]:
    """The answers, in the order asked."""
    by_indicator: dict[tuple[str, str], dict[str, list[Found]]] = defaultdict(lambda: defaultdict(list))
    for one in found:
        source = source_of(source_name(one.logsource))
        by_indicator[one.record.type, one.record.value][source].append(one)
    return tuple(_checked(one, by_indicator[one.type, one.value], coverage) for one in asked)


def _checked(asked: Asked, found: Mapping[str, list[Found]], coverage: Sequence[Coverage]) -> Checked:
    if asked.type not in SEARCHED:
        return Checked(asked, Answer.CANNOT_TELL, Doubt.NOT_SEARCHED, ())
    sources = tuple(_in_source(asked, one, found.get(one.source, [])) for one in coverage)
    if any(one.answer is Answer.SEEN for one in sources):
        return Checked(asked, Answer.SEEN, None, sources)
    able = [one for one in sources if one.doubt is not Doubt.NOT_VISIBLE]
    if not able:
        doubt = Doubt.NOT_VISIBLE if sources else Doubt.NO_LOGS
        return Checked(asked, Answer.CANNOT_TELL, doubt, sources)
    doubts = {one.doubt for one in able}
    for doubt in (Doubt.HOST_ONLY, Doubt.GAP):
        if doubt in doubts:
            return Checked(asked, Answer.CANNOT_TELL, doubt, sources)
    return Checked(asked, Answer.NO_TRACE, None, sources)


def _in_source(asked: Asked, coverage: Coverage, found: list[Found]) -> InSource:
    ordered = sorted(found, key=lambda one: (one.first, str(one.position)))
    itself = tuple(one for one in ordered if one.precision != "host")
    gaps = coverage.gaps
    if itself:
        return InSource(coverage, Answer.SEEN, found=itself, gaps=gaps)
    if ordered:
        return InSource(coverage, Answer.CANNOT_TELL, Doubt.HOST_ONLY, tuple(ordered), gaps)
    if needed_for(asked.type, asked.value).isdisjoint(coverage.shows):
        return InSource(coverage, Answer.CANNOT_TELL, Doubt.NOT_VISIBLE, gaps=gaps)
    if gaps:
        return InSource(coverage, Answer.CANNOT_TELL, Doubt.GAP, gaps=gaps)
    return InSource(coverage, Answer.NO_TRACE)
