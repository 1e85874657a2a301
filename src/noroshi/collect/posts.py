"""The way from a feed of posts to indicators: which posts are new, where their text is, what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from noroshi.collect.statements import Statement, indicators_of, told_in
from noroshi.collect.syndication import posts_in
from noroshi.errors import LocatedError
from noroshi.indicators.exchange.format import clean
from noroshi.indicators.extraction import Choices
from noroshi.indicators.extraction.documents import read_document
from noroshi.indicators.extraction.markup import is_html
from noroshi.indicators.indicator import SourceClaim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.collect.syndication import Post
    from noroshi.indicators.indicator import Indicator

MAX_PAGES: Final = 50
"""Pages of posts fetched in one run, the newest posts first; the others come with the next."""


def new_posts(session: Session, path: str) -> Iterator[Post | LocatedError]:
    """The posts that were not read yet, or have changed since; those that are handed out count as read.

    Raises:
        LocatedError: There is no answer, or it is no feed.
    """
    body = session.get_if_new(path)
    if body is None:
        return
    known = session.memory.get("posts", {})
    read: dict[str, str] = {}
    session.news["posts"] = read
    listed = 0
    for post in posts_in(body, path or session.base_url):
        if isinstance(post, LocatedError):
            session.read_again()
            yield post
            continue
        listed += 1
        stamp = post.at.isoformat() if post.at else ""
        is_new = known.get(post.id) != stamp
        read[post.id] = stamp
        if is_new:
            yield post
    if not listed:
        raise LocatedError(path or session.base_url, "", "holds no posts", "check base_url")


def again(session: Session, post: Post) -> None:
    """The post could not be read: it is new the next time too."""
    session.news["posts"].pop(post.id, None)
    session.read_again()


def of_posts(session: Session, path: str, *, follow: bool) -> Iterator[Indicator | LocatedError]:
    """The indicators of all posts that are new.

    Args:
        session: The run.
        path: Of the feed, below the base address.
        follow: A post of which the feed holds only the beginning is read on its own page, if that is on the
            feed's site.
    """
    follow = follow if session.settings.follow is None else session.settings.follow
    fetched = 0
    for post in new_posts(session, path):
        if isinstance(post, LocatedError):
            yield post
            continue
        page = urljoin(f"{session.base_url}/", post.link)
        if follow and not post.whole and _is_near(page, session.base_url):
            fetched += 1
            if fetched > MAX_PAGES:
                again(session, post)
                continue
            yield from _of_page(session, post, page)
        else:
            yield from told_in(
                session, _place(post), post.content, claim_of(post), _choices(session, post.content)
            )
        yield from _of_head(session, post)


def claim_of(post: Post) -> SourceClaim:
    """What a post says about each value in it."""
    title = clean(post.title)
    return SourceClaim(
        "",
        clean(post.link),
        first_seen=post.at,
        last_seen=post.at,
        comments=(title,) if title else (),
        external_id=clean(post.number),
    )


def _of_head(session: Session, post: Post) -> Iterator[Indicator | LocatedError]:
    """Title and references."""
    yield from told_in(session, _place(post), post.title, claim_of(post), _choices(session, ""))
    named = tuple(("cve", one) for one in post.references if one.upper().startswith("CVE-"))
    yield from indicators_of(session, _place(post), Statement(claim_of(post), named))


def _of_page(session: Session, post: Post, page: str) -> Iterator[Indicator | LocatedError]:
    try:
        document = read_document(page, session.client.ask("GET", page, {}).body)
    except LocatedError as error:
        again(session, post)
        yield error
        return
    yield from document.errors
    for part in document.parts:
        choices = _choices(session, part.text, html=part.html)
        yield from told_in(session, _place(post), part.text, claim_of(post), choices)


def _choices(session: Session, text: str, *, html: bool | None = None) -> Choices:
    own = frozenset({_site(session.base_url)})
    return Choices(html=is_html(text) if html is None else html, own_sites=own)


def _place(post: Post) -> str:
    return f"post {post.id[:80]}"


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _is_near(page: str, feed: str) -> bool:
    """On the feed's site or below it."""
    site, host = _site(feed), _site(page)
    return bool(host) and (host == site or host.endswith(f".{site}"))
