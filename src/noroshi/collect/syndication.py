"""RSS 0.9x and 2.0, RSS 1.0 (RDF) and Atom (RFC 4287) as posts.

Sources: RSS Advisory Board, *RSS 2.0*; *RDF Site Summary 1.0* with Dublin Core and ``content``; JVNRSS with
``sec:references`` (jvndb.jvn.jp, *mod_sec*). Elements of other vocabularies (media, podcasts) are left alone.
Hostile input is bounded in size, depth and elements; entities that a document declares are refused, those of
HTML, which blogs use without declaring them, are read. A document that breaks off gives the posts before the
break.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.format import clean, parse_instant
from noroshi.indicators.extraction.documents import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_POSTS: Final = 2_000
MAX_ELEMENTS: Final = 500_000
MAX_DEPTH: Final = 60
MAX_CONTENT: Final = 8 * 1024 * 1024
_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.-]{1,40})["']""")
_PROLOG: Final = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_NAMED: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_VOCABULARIES: Final = (
    "http://www.w3.org/2005/Atom",
    "http://purl.org/atom/",
    "http://purl.org/rss/1.0/",
    "http://purl.org/dc/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://my.netscape.com/rdf/",
    "http://backend.userland.com/",
    "http://jvn.jp/rss/",
)
_ROOTS: Final = frozenset({"rss", "RDF", "feed"})
_ENTRIES: Final = frozenset({"item", "entry"})
_WHOLE: Final = frozenset({"encoded", "content"})
_BEGINNING: Final = frozenset({"description", "summary"})
_CHANGED: Final = frozenset({"updated", "modified"})
_BORN: Final = frozenset({"pubDate", "date", "published", "issued"})
_NAMES: Final = frozenset({"guid", "id", "identifier"})


@dataclass(slots=True)
class Post:
    """One post.

    Attributes:
        id: By which the feed knows it; its link where it gives none.
        link: Its page; empty for none.
        title: As text.
        content: As HTML: the whole of it, or its beginning.
        whole: `content` is the whole post, as far as the feed knows.
        at: When it was changed or published last; None if it does not say.
        references: Numbers that the post refers to (CVE …), as JVN gives them.
        number: The publisher's number of it (JVNDB-2026-000001); empty for none.
    """

    id: str = ""
    link: str = ""
    title: str = ""
    content: str = ""
    whole: bool = False
    at: datetime | None = None
    references: list[str] = field(default_factory=list)
    number: str = ""


def posts_in(body: bytes, path: str) -> Iterator[Post | LocatedError]:
    """The posts of a feed, as the feed orders them, at most `MAX_POSTS`.

    Raises:
        LocatedError: It is no feed.
    """
    reader = _Reader(path)
    problem = reader.read(_readable(body))
    if not reader.is_feed:
        raise problem or LocatedError(path, "", "is no RSS or Atom feed", "check base_url")
    yield from reader.posts[:MAX_POSTS]
    if problem:
        yield problem


def _readable(body: bytes) -> str:
    named = _DECLARED.match(body.lstrip(b"\xef\xbb\xbf \r\n\t")[:400])
    text = decoded(body, named[1].decode() if named else "").lstrip("﻿")
    # Expat would obey the declared encoding again, and does not know the Japanese ones.
    text = _PROLOG.sub("", text, count=1)
    return _NAMED.sub(_letter, _UNWRITABLE.sub("", text))


def _letter(match: re.Match[str]) -> str:
    found = html.unescape(match[0])
    return html.escape(found) if found != match[0] else "&amp;" + match[1]


class _Reader:
    """Expat's events as posts."""

    def __init__(self, path: str) -> None:
        self.posts: list[Post] = []
        self.is_feed = False
        self._path = path
        self._elements = 0
        self._depth = 0
        self._post: Post | None = None
        self._texts: list[str] = []
        self._inside: list[str] = []
        self._size = 0

    def read(self, text: str) -> LocatedError | None:
        """What was wrong with the document, if anything."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._refuse
        try:
            parser.Parse(text, True)  # noqa: FBT003 - expat takes it by position only
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            return LocatedError(
                self._path, f"line {error.lineno}", Sentence("is broken XML: {reason}", reason=reason), ""
            )
        except _TooMuchError as error:
            return LocatedError(self._path, f"line {parser.CurrentLineNumber}", str(error), "")
        return None

    def _refuse(self, *_: object) -> None:
        raise _TooMuchError("declares entities")

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS or self._depth > MAX_DEPTH:
            raise _TooMuchError("has too many elements, or nests them too deep")
        name = _name(full)
        if self._depth == 1:
            self.is_feed = name in _ROOTS
        elif name in _ENTRIES and self._post is None:
            about = next((text for key, text in attributes.items() if key.endswith(" about")), "")
            self._post, self._inside = Post(id=about), []
        elif self._post is not None:
            self._inside.append(name)
            if len(self._inside) == 1:
                self._texts, self._size = [], 0
                self._take_attributes(self._post, name, attributes)
            else:  # Atom's content may be XHTML: what the tags say is gone, links and line breaks stay
                self._texts.append("\n" + html.escape(attributes.get("href", "")) + " ")

    def _end(self, full: str) -> None:
        self._depth -= 1
        if self._post is None:
            return
        if self._inside:
            if len(self._inside) == 1:
                self._take(self._post, self._inside[0], "".join(self._texts).strip())
            self._inside.pop()
        elif _name(full) in _ENTRIES:
            self._post.id = clean(self._post.id or self._post.link or self._post.title)
            self.posts.append(self._post)
            self._post = None

    def _text(self, text: str) -> None:
        self._size += len(text)
        if self._post is not None and self._size <= MAX_CONTENT:
            self._texts.append(html.escape(text, quote=False) if len(self._inside) > 1 else text)

    def _take_attributes(self, post: Post, name: str, attributes: dict[str, str]) -> None:
        if name == "link" and attributes.get("rel", "alternate") == "alternate":
            post.link = post.link or attributes.get("href", "")
        elif name == "references" and attributes.get("id"):
            post.references.append(attributes["id"])

    def _take(self, post: Post, name: str, text: str) -> None:
        if name in _WHOLE and text:
            post.content, post.whole = text, True
        elif name in _BEGINNING and not post.whole:
            post.content = text
        elif name == "title":
            post.title = text
        elif name == "link":
            post.link = text or post.link
        elif name in _NAMES and text:
            post.number = text if name == "identifier" else post.number
            post.id = post.id or text
        elif name in _CHANGED or (name in _BORN and post.at is None):
            post.at = _moment(text) or post.at


def _name(full: str) -> str:
    """The name without its namespace; empty for one of a vocabulary that says nothing to us."""
    space, _, name = full.rpartition(" ")
    return name if not space or space.startswith(_VOCABULARIES) else ""


class _TooMuchError(Exception):
    """The document is built to cost more than any feed does."""


def _moment(text: str) -> datetime | None:
    """ISO 8601, or RFC 822 as RSS 2.0 has it; None for what is neither."""
    try:
        return parse_instant(text)
    except ValueError:
        pass
    try:
        found = parsedate_to_datetime(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
