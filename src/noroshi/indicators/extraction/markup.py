"""HTML as a layer: tags and scripts away, character references resolved, links kept apart; in one pass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Final

from noroshi.indicators.extraction.layers import Edit, Layer
from noroshi.indicators.extraction.names import is_host_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_INLINE: Final = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_OPAQUE: Final = frozenset({"script", "style", "noscript", "template", "svg"})
_NAME: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9-]{0,30})")
_REFERENCE: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LINK: Final = re.compile(
    r"\b(?:href|src|action|data-url|data-href)\s{0,4}=\s{0,4}(?:\"([^\"]{1,4096})\"|'([^']{1,4096})')",
    re.IGNORECASE,
)
_OWN: Final = re.compile(
    r"""<(?:link\s[^<>]{0,300}?rel\s?=\s?["']canonical["']|meta\s[^<>]{0,300}?property\s?=\s?["']og:url["']|base\s)[^<>]{0,600}""",
    re.IGNORECASE,
)
_SITE: Final = re.compile(r"https?://([\w.-]{3,253})", re.IGNORECASE)
_LOOK_FOR_OWN: Final = 65_536
_BEGINS: Final = re.compile(
    r"\s{0,64}(?:<!--[^>]{0,2000}-->\s{0,64})?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE
)
_PAIRS: Final = re.compile(r"</(?:p|div|a|li|td|span|table|body|html|ul|h[1-6])\s?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML taken apart.

    Attributes:
        layer: The text as a reader sees it, blocks as lines.
        links: Where each address in a tag begins, and the address.
        own_sites: The site that the page says it stands on.
    """

    layer: Layer
    links: tuple[tuple[int, str], ...]
    own_sites: frozenset[str]


def is_html(text: str) -> bool:
    """Whether a text is HTML: it begins so, or its first part closes several elements."""
    head = text[:20_000]
    return _BEGINS.match(head) is not None or sum(1 for _ in _PAIRS.finditer(head)) >= 3


def markup_of(text: str) -> Markup:
    """A page as text and links."""
    edits: list[Edit] = []
    links: list[tuple[int, str]] = []
    at = 0
    for start, end, tag in _tags(text):
        edits += _references(text, at, start)
        name = _NAME.match(tag)
        inline = name is not None and name[1].lower() in _INLINE
        edits.append(Edit(start, end, "" if inline else "\n", fang=False))
        if name is not None and "=" in tag:
            links += _links(tag[:8192], start)
        at = end
    edits += _references(text, at, len(text))
    return Markup(Layer(text, edits), tuple(links), _own_sites(text[:_LOOK_FOR_OWN]))


def _tags(text: str) -> Iterator[tuple[int, int, str]]:
    """Begin, end and text of each tag, comment, and script with all that is in it."""
    at = 0
    length = len(text)
    closing: dict[str, int] = {}
    while (start := text.find("<", at)) >= 0:
        following = text[start + 1 : start + 2]
        if text.startswith("<!--", start):
            end = _after(text, "-->", start, closing)
        elif following.isascii() and (following.isalpha() or following in {"/", "!", "?"}) and following:
            end = _after(text, ">", start, closing)
        else:
            at = start + 1
            continue
        if end < 0:
            at = start + 1
            continue
        tag = text[start : min(end, start + 8192)]
        name = _NAME.match(tag)
        if name is not None and tag[1] != "/" and name[1].lower() in _OPAQUE and not tag.endswith("/>"):
            close = _after(text, f"</{name[1]}", end, closing)
            end = close if close >= 0 else length
        yield start, end, tag
        at = end


def _after(text: str, mark: str, start: int, known: dict[str, int]) -> int:
    """Just behind the next `mark`; -1 if there is none. Each stretch of the text is searched once."""
    place = known.get(mark, -2)
    if place == -1:
        return -1
    if place < start:
        place = text.find(mark, start)
        known[mark] = place
    return place + len(mark) if place >= 0 else -1


def _references(text: str, start: int, end: int) -> Iterator[Edit]:
    for found in _REFERENCE.finditer(text, start, end):
        plain = unescape(found[0])
        if plain != found[0]:
            yield Edit(found.start(), found.end(), plain, fang=False)


def link_layer(link: str) -> Layer:
    """An address in a tag with its character references resolved."""
    return Layer(link, list(_references(link, 0, len(link))))


def _links(tag: str, start: int) -> Iterator[tuple[int, str]]:
    for found in _LINK.finditer(tag):
        group = found.lastindex or 1
        yield start + found.start(group), found[group]


def _own_sites(head: str) -> frozenset[str]:
    sites = set()
    for found in _OWN.finditer(head):
        site = _SITE.search(found[0])
        if site is not None and is_host_name(site[1].lower()):
            sites.add(site[1].lower().removeprefix("www."))
    return frozenset(sites)
