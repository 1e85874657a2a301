"""One file a source; `SOURCES` has them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.collect.sources.anyrun import AnyRun
from noroshi.collect.sources.blog import Blog
from noroshi.collect.sources.cape import Cape
from noroshi.collect.sources.cryptolaemus import Cryptolaemus
from noroshi.collect.sources.feodo import Feodo
from noroshi.collect.sources.jpcert import Jpcert
from noroshi.collect.sources.jvn import Jvn
from noroshi.collect.sources.malwarebazaar import MalwareBazaar
from noroshi.collect.sources.misp import MispFeed
from noroshi.collect.sources.otx import Otx
from noroshi.collect.sources.sslbl import SslBl
from noroshi.collect.sources.table import Table
from noroshi.collect.sources.taxii import Taxii
from noroshi.collect.sources.threatfox import ThreatFox
from noroshi.collect.sources.triage import Triage
from noroshi.collect.sources.tweetfeed import TweetFeed
from noroshi.collect.sources.urlhaus import UrlHaus
from noroshi.collect.sources.x import X

if TYPE_CHECKING:
    from noroshi.collect.session import Source

_ALL: Final[tuple[Source, ...]] = (
    UrlHaus(),
    ThreatFox(),
    Feodo(),
    MalwareBazaar(),
    SslBl(),
    TweetFeed(),
    X(),
    Cryptolaemus(),
    Blog(),
    Jpcert(),
    Jvn(),
    MispFeed(),
    Taxii(),
    Otx(),
    AnyRun(),
    Triage(),
    Cape(),
    Table(),
)
SOURCES: Final[dict[str, Source]] = {one.name: one for one in _ALL}
