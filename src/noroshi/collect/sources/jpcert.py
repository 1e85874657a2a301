"""JPCERT/CC: alerts and reports as RSS 1.0, and the blog JPCERT/CC Eyes as Atom.

``rdf``: ``rss/jpcert.rdf``, titles with the page of each alert. ``eyes``: analyses of malware, in Japanese,
with C2 addresses and hashes in their appendices. Pages of posts are read.
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

_PATHS: Final = {"rdf": "rss/jpcert.rdf", "eyes": "ja/atom.xml"}


class Jpcert:
    """``format``: rdf (default), eyes."""

    name: Final = "jpcert"
    addresses: Final = {"rdf": "https://www.jpcert.or.jp", "eyes": "https://blogs.jpcert.or.jp"}
    usual: Final = timedelta(days=30)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The indicators that new alerts and articles name."""
        return of_posts(session, _PATHS[session.format], follow=True)
