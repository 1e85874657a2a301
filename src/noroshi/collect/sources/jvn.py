"""JVN and JVN iPedia: vulnerabilities as RSS 1.0 (JVNRSS), with ``sec:identifier`` and ``sec:references``.

``jvn``: ``rss/jvn.rdf``. ``jvndb``: ``ja/rss/jvndb_new.rdf``, the new entries of JVN iPedia. What they give
are CVE numbers under JVN's own number; pages are not read unless ``follow`` says so.
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

_PATHS: Final = {"jvn": "rss/jvn.rdf", "jvndb": "ja/rss/jvndb_new.rdf"}


class Jvn:
    """``format``: jvn (default), jvndb."""

    name: Final = "jvn"
    addresses: Final = {"jvn": "https://jvn.jp", "jvndb": "https://jvndb.jvn.jp"}
    usual: Final = timedelta(days=14)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The CVE numbers of new entries."""
        return of_posts(session, _PATHS[session.format], follow=False)
