"""Any blog with an RSS or Atom feed: ``base_url`` is the feed, indicators come out of its posts.

A post is read once, and again when the feed says that it has changed. Where the feed holds only the beginning
of a post, its page is fetched, if it is on the feed's site (``follow``).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from noroshi.collect.posts import of_posts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.errors import LocatedError
    from noroshi.indicators.indicator import Indicator


class Blog:
    """One feed of posts."""

    name: Final = "blog"
    addresses: Final = {"feed": ""}
    usual: Final = timedelta(days=60)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The indicators that new posts name, under the post as their reference."""
        return of_posts(session, "", follow=True)
