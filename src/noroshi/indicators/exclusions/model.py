"""Exclusion lists: what they say, and what was judged by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - msgspec reads the types of the fields
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What an exclusion list makes of a value."""

    ALLOW = "allow"
    """It never alerts."""
    SHARED = "shared"
    """Many use it (hosting, cloud, shorteners, popular and compromised sites): the name or address alone
    never alerts, a URL or a port on it does."""
    NONE = "none"
    """Nothing speaks against alerting."""


@dataclass(frozen=True, slots=True)
class ExclusionList:
    """One list with everything in it, in normal forms.

    Attributes:
        name: By which people know it.
        verdict: Allow or shared.
        reason: Why its values must not alert alone, in English.
        reason_ja: The same in Japanese; the English one where empty.
        date: Of the list; None if it does not say.
        names: Domains meant with everything below them.
        hosts: Domains meant alone.
        networks: Addresses and networks.
        urls: URLs in full.
        mails: Mail addresses.
        mail_domains: Domains of mail addresses, with everything below.
        mail_patterns: RE2 expressions over whole mail addresses.
        texts: Values of any other type, folded.
        ranks: Domains by popularity, the first of rank 1, each with everything below; kept compactly.
        rejected: Values that none of this is made of, as they stood there (the first few) …
        rejected_count: … and how many.
    """

    name: str
    verdict: Verdict
    reason: str
    reason_ja: str = ""
    date: date | None = None
    names: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    mail_domains: tuple[str, ...] = ()
    mail_patterns: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    ranks: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    rejected_count: int = 0

    def __len__(self) -> int:
        return sum(len(getattr(self, kind)) for kind in KINDS)


KINDS: Final = (
    "names", "hosts", "networks", "urls", "mails", "mail_domains", "mail_patterns", "texts", "ranks",
)  # fmt: skip
"""The fields of `ExclusionList` that hold values."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the lists say of one value.

    Attributes:
        verdict: Allow, shared or none.
        alerts: Whether a match of this value may alert by itself: always for *none*, never for *allow*; for
            *shared* a URL with a path, an address with a port, a mail address may, a name or address may not.
        list: The list that decided; empty if none did.
        entry: Its entry.
        reason: Its reason, in English.
        reason_ja: The same in Japanese.
        date: Of the list.
        rank: In a list of popular sites.
    """

    verdict: Verdict
    alerts: bool
    list: str = ""
    entry: str = ""
    reason: str = ""
    reason_ja: str = ""
    date: date | None = None
    rank: int | None = None


CLEAR: Final = Judgement(Verdict.NONE, alerts=True)
