"""From a text to its indicators: readable first, then cheap seeds, then a look around each seed.

One pass of Hyperscan names every place at which anything can be (`signals`): ``://``, a dot between letters,
``@``, 32 hexadecimal digits … What is looked at around a place is bounded, and nothing is looked at again
behind what was found: the whole is linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.indicators.extraction import hosts, labels, signs
from noroshi.indicators.extraction.encoded import encoded_urls
from noroshi.indicators.extraction.found import MAX_CHARS, Choices, Extracted, Found
from noroshi.indicators.extraction.markup import link_layer, markup_of
from noroshi.indicators.extraction.refang import readable
from noroshi.indicators.extraction.references import DEFAULT
from noroshi.indicators.extraction.signals import Signal
from noroshi.indicators.extraction.urls import url_at
from noroshi.indicators.kinds import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.indicators.extraction.layers import Layered
    from noroshi.indicators.extraction.signals import Signals

_AUTHORITY_END: Final = re.compile(r"[/?#]")


def extract(text: str, choices: Choices = Choices()) -> Iterator[Extracted]:  # noqa: B008 - frozen
    """All indicators of a text, in order of their place; the same value as often as it stands there.

    Raises:
        ValueError: The text is longer than `MAX_CHARS`.
    """
    if len(text) > MAX_CHARS:
        raise ValueError(Sentence("is longer than {max_chars:,} characters", max_chars=MAX_CHARS))
    if not choices.html:
        yield from _extract(text, readable(text), choices)
        return
    markup = markup_of(text)
    sites = choices.own_sites | markup.own_sites
    inside = Choices(html=True, own_sites=sites, references=choices.references)
    found = list(_extract(text, readable(text, (markup.layer,)), inside))
    seen = {(one.type, one.value) for one in found}
    found += (
        Extracted(one.type, one.value, one.text, start + one.offset, one.defanged)
        for start, link in markup.links
        for one in _extract(link, readable(link, (link_layer(link),)), inside)
        if (one.type, one.value) not in seen and one.type in {"url", "email", "ip:port"}
    )
    yield from sorted(found, key=lambda one: (one.offset, -len(one.text)))


def _extract(source: str, layered: Layered, choices: Choices) -> Iterator[Extracted]:
    ignored = choices.own_sites | (DEFAULT if choices.references is None else choices.references)
    found = [(*layered.origin(one.start, one.end), one) for one in _found(layered)]
    found.sort(key=_by_place)
    for start, end, fanged, one in found:
        # A text in full-width letters is how Japanese is written; only addresses are hidden by them.
        defanged = one.hidden or (fanged and one.type not in TEXTS)
        if defanged or not _is_reference(one, ignored):
            yield Extracted(one.type, one.value, source[start:end], start, defanged)


def _by_place(item: tuple[int, int, bool, Found]) -> tuple[int, int]:
    return item[0], -item[1]


def _found(layered: Layered) -> Iterator[Found]:
    text = layered.text
    whole = _disjoint(one for find in signs.WHOLE for one in find(text))
    said = _disjoint([*whole, *labels.labelled(layered.written, layered.signals)], of_type=True)
    hidden = list(encoded_urls(text, layered.signals))
    yield from said
    yield from hidden
    taken = _Taken(one for one in (*said, *hidden) if one.type not in {"mail_subject", "mail_sender"})
    for find in signs.SIGNS:
        yield from (one for one in find(text, layered.signals) if not taken.covers(one.start))
    yield from _around_seeds(layered, taken)


def _around_seeds(layered: Layered, taken: _Taken) -> Iterator[Found]:
    """URLs, names, addresses and mail addresses."""
    text = layered.text
    reached = dots_until = 0
    for at in _seeds(layered.signals):
        if at < reached or taken.covers(at):
            continue
        if text[at] != ".":
            one = _around_sign(layered, at, reached)
            if one is not None:
                reached = one.end
                yield one
        elif at >= dots_until:
            start, dots_until = hosts.run_around(text, at, max(reached, taken.end_before(at)))
            if text[dots_until : dots_until + 1] != "@" and not text.startswith("://", dots_until):
                for one in hosts.in_run(layered, start, dots_until):
                    reached = max(reached, one.end)
                    yield one


def _seeds(signals: Signals) -> list[int]:
    """Places of dots between letters, of ``@``, of ``://``, and of the first colons of IPv6 addresses."""
    dots = [place + 1 for place in signals[Signal.DOT]]
    ats = [place + 1 for place in signals[Signal.AT]]
    colons = [place + 4 for place in signals[Signal.IPV6]]
    return sorted((*dots, *ats, *colons, *signals[Signal.SLASHES]))


def _around_sign(layered: Layered, at: int, reached: int) -> Found | None:
    """What stands around ``@``, ``://`` or the first colon of an IPv6 address."""
    text = layered.text
    if text[at] == "@":
        return hosts.mail_at(layered, at, reached)
    if text.startswith("//", at + 1):
        return url_at(layered, at, reached)
    return hosts.ipv6_at(layered, at - 4) if at - 4 >= reached else None


def _is_reference(found: Found, ignored: frozenset[str]) -> bool:
    """Whether it is an ordinary link to a site that reports refer to; a defanged one is meant."""
    if found.type not in {"url", "domain"}:
        return False
    authority = found.value if found.type == "domain" else _authority(found.value)
    while authority:
        if authority in ignored:
            return True
        authority = authority.partition(".")[2]
    return False


def _authority(url: str) -> str:
    """The host of a URL that was found, without user and port."""
    rest = url.partition("://")[2] or url
    return _AUTHORITY_END.split(rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]


class _Taken:
    """Parts of a text in which nothing else is looked for."""

    __slots__ = ("_begins", "_ends")

    def __init__(self, found: Iterable[Found]) -> None:
        spans = sorted((one.start, one.end) for one in found)
        self._begins = [start for start, _ in spans]
        self._ends: list[int] = []
        for _, end in spans:
            self._ends.append(max(end, self._ends[-1] if self._ends else 0))

    def end_before(self, at: int) -> int:
        """Where the last part ends that begins before a place; 0 if none does."""
        index = bisect_right(self._begins, at) - 1
        return self._ends[index] if index >= 0 and self._ends[index] <= at else 0

    def covers(self, at: int) -> bool:
        """Whether a place lies in a part."""
        index = bisect_right(self._begins, at) - 1
        return index >= 0 and self._ends[index] > at


def _disjoint(found: Iterable[Found], *, of_type: bool = False) -> list[Found]:
    """In order; what lies inside an earlier one (of the same type) is left out."""
    kept: list[Found] = []
    ends: dict[str, int] = {}
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        group = one.type if of_type else ""
        if one.start >= ends.get(group, 0):
            ends[group] = one.end
            kept.append(one)
    return kept
