"""What a format of indicators has to offer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from noroshi.errors import Sentence
from noroshi.indicators.indicator import Indicator, SourceClaim, Threat, Tlp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.errors import LocatedError

MAX_BYTES: Final = 1024 * 1024 * 1024
"""What is read of a file that has to be read as a whole."""
MAX_TEXT: Final = 4_096
"""Letters of a comment, tag or name; the rest is cut off."""
MAX_WORDS: Final = 200
"""Tags of one claim; the rest is left out."""
_UNWRITABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a file does not say it.

    Attributes:
        at: The moment of reading, aware UTC; what gives no time at all was published now.
        source: Who says what the file says: its name, or what the user gave.
        claim: A claim with the user's own words (family, threat, TLP …), used for what the file leaves open.
    """

    at: datetime
    source: str
    claim: SourceClaim = SourceClaim("")  # noqa: RUF009 - immutable

    def apply(self, claim: SourceClaim) -> SourceClaim:
        """The claim with the user's words in its gaps; tags are added to its own."""
        own = self.claim
        dated = claim.first_seen or claim.last_seen
        return replace(
            claim,
            source=claim.source or self.source,
            reference=claim.reference or own.reference,
            threats=claim.threats or own.threats,
            families=claim.families or own.families,
            tags=tuple(sorted({*claim.tags, *own.tags})),
            last_seen=claim.last_seen if dated else self.at,
            confidence=own.confidence if claim.confidence is None else claim.confidence,
            tlp=claim.tlp or own.tlp,
            sharing_group=claim.sharing_group or own.sharing_group,
            compromised_site=claim.compromised_site or own.compromised_site,
        )


class Format(Protocol):
    """One format."""

    @property
    def name(self) -> str:
        """As in ``--format``."""
        ...

    @property
    def cannot_carry(self) -> tuple[str, ...]:
        """What gets lost in it: keys of ``indicators.loss`` in the words of the command line."""
        ...

    def read(self, file: BinaryIO, path: str, defaults: Defaults) -> Iterator[Indicator | LocatedError]:
        """Every indicator, and an error for whatever is none; the rest goes on. Never raises on content."""
        ...

    def write(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:
        """The file in pieces."""
        ...

    def carried(self, indicator: Indicator) -> Indicator | None:
        """What of an indicator comes back when it is written and read again; None if nothing does."""
        ...


def clean(text: str) -> str:
    """A text from outside as it is kept: stripped, cut to `MAX_TEXT`, without what no database takes."""
    return _UNWRITABLE.sub("�", text.strip()[:MAX_TEXT])


def word_set(words: Iterable[str]) -> tuple[str, ...]:
    """Cleaned words, each once, sorted, at most `MAX_WORDS`."""
    return tuple(sorted({word for one in words if (word := clean(one))})[:MAX_WORDS])


def threats_of(words: Iterable[str]) -> tuple[Threat, ...]:
    """The kinds of threat among words that sources use for them, sorted."""
    return tuple(sorted({threat for word in words if (threat := _THREATS.get(_bare(word)))}))


def _bare(word: str) -> str:
    return re.sub(r"[^a-z0-9&]", "", word.lower())


_THREATS: Final = {
    **{threat.value: threat for threat in Threat},
    "c&c": Threat.C2,
    "cc": Threat.C2,
    "cnc": Threat.C2,
    "c2server": Threat.C2,
    "commandandcontrol": Threat.C2,
    "botnetcc": Threat.C2,
    "malwaredownload": Threat.DOWNLOAD,
    "payloaddelivery": Threat.DOWNLOAD,
    "dropper": Threat.DOWNLOAD,
    "malware": Threat.PAYLOAD,
    "ransomware": Threat.PAYLOAD,
    "phish": Threat.PHISHING,
    "malspam": Threat.MAIL,
    "scanner": Threat.SCAN,
    "scanning": Threat.SCAN,
    "bruteforce": Threat.SCAN,
    "cryptomining": Threat.MINER,
    "miner": Threat.MINER,
    "exploitation": Threat.EXPLOIT,
}


def parse_instant(text: str) -> datetime | None:
    """ISO 8601 or RFC 3339, without a zone as UTC; None for an empty text.

    Raises:
        ValueError: It is no time.
    """
    bare = text.strip()
    if not bare:
        return None
    try:
        found = datetime.fromisoformat(bare.removesuffix(" UTC"))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError(Sentence("`{text}` is no time", text=bare[:40])) from None


def instant(time: datetime | None) -> str:
    """RFC 3339 with ``Z`` and as many digits as there are; empty for None."""
    return "" if time is None else time.isoformat().replace("+00:00", "Z")


def parse_tlp(text: str) -> Tlp | None:
    """A label; None for an empty text.

    Raises:
        ValueError: There is no such label: it must not become an open one.
    """
    if not text.strip():
        return None
    try:
        return Tlp.parse(text)
    except ValueError:
        raise ValueError(Sentence("`{text}` is no TLP label", text=text[:40])) from None


def parse_confidence(text: str) -> int | None:
    """A whole number from 0 to 100; None for an empty text.

    Raises:
        ValueError: It is none.
    """
    bare = text.strip()
    if not bare:
        return None
    if not (bare.isascii() and bare.isdigit() and len(bare) <= 3 and int(bare) <= 100):
        raise ValueError(
            Sentence("confidence {value} is no whole number from 0 to 100", value=f"`{bare[:40]}`")
        )
    return int(bare)
