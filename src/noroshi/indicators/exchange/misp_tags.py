"""What a claim says, as MISP tags: of public taxonomies, else machine tags ``noroshi:word="value"``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from noroshi.indicators.exchange.format import clean, parse_confidence, parse_tlp, threats_of, word_set
from noroshi.indicators.indicator import SourceClaim, Status
from noroshi.indicators.kinds import LEVELS, PyramidLevel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.indicators.indicator import Indicator

_MACHINE: Final = re.compile(r'noroshi:([a-z-]+)="(.*)"', re.DOTALL)
_FAMILY: Final = re.compile(
    r'misp-galaxy:(?:malpedia|mitre-malware|tool|ransomware|banker|stealer|rat|botnet|backdoor)="([^"]+)"',
    re.IGNORECASE,
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_ATTACK_SUFFIX: Final = re.compile(r" - S\d{4}\Z")
_CONFIDENCE: Final = {
    'misp:confidence-level="completely-confident"': 100,
    'misp:confidence-level="usually-confident"': 75,
    'misp:confidence-level="fairly-confident"': 50,
    'misp:confidence-level="rarely-confident"': 25,
    'misp:confidence-level="unconfident"': 0,
}
"""Numerical values of the taxonomy `misp`."""


def tags_of(indicator: Indicator, claim: SourceClaim) -> Iterator[str]:
    """The tags of an attribute."""
    if claim.tlp is not None:
        yield f"tlp:{claim.tlp.value}"
    yield from (
        f'misp-galaxy:malpedia="{name}"' if _public(name) else _machine("family", name)
        for name in claim.families
    )
    yield from (_machine("threat", threat.value) for threat in claim.threats)
    yield from (_machine("tag", tag) if _is_special(tag) else tag for tag in claim.tags)
    yield from (_machine("comment", comment) for comment in claim.comments)
    words = {
        "reference": claim.reference,
        "confidence": "" if claim.confidence is None else str(claim.confidence),
        "compromised-site": "true" if claim.compromised_site else "",
        "written": claim.written,
        "id": "" if is_uuid(claim.external_id) else claim.external_id,
        "status": "" if indicator.status is _implied(indicator) else indicator.status.value,
        "reason": indicator.reason,
        "exempt": "true" if indicator.exempt else "",
        "level": "" if indicator.level is LEVELS[indicator.type] else indicator.level.name.lower(),
        "type": indicator.type if indicator.type in {"attack", "ja3s"} else "",
    }
    yield from (_machine(word, text) for word, text in words.items() if text)


def is_for_detection(indicator: Indicator) -> bool:
    """Whether ``to_ids`` is set: a CVE or a technique is no value to look for in logs."""
    return indicator.status is Status.ACTIVE and indicator.type not in {"attack", "cve", "text"}


def _implied(indicator: Indicator) -> Status:
    """The status that reading takes from ``to_ids``."""
    return Status.ACTIVE if is_for_detection(indicator) else Status.CANDIDATE


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID as MISP writes it."""
    return _UUID.fullmatch(text) is not None


def _machine(word: str, text: str) -> str:
    return f'noroshi:{word}="{quote(text, safe=_PLAIN)}"'


_PLAIN: Final = " !#$&'()*+,/:;<=>?@[]^`{|}~-._"


def _public(name: str) -> bool:
    """Whether a name comes back as it is from a galaxy's tag."""
    return _family(f'misp-galaxy:malpedia="{name}"') == name


def _family(tag: str) -> str:
    match = _FAMILY.fullmatch(tag)
    return _ATTACK_SUFFIX.sub("", match[1]) if match else ""


def _is_special(tag: str) -> bool:
    """Whether reading would take a plain tag for something else."""
    taken = tag.lower().startswith(("tlp:", "noroshi:", "misp-galaxy:")) or tag in _CONFIDENCE
    return taken or bool(threats_of([tag]))


class Tags:
    """What the tags of an attribute and of its event say.

    Attributes:
        words: Our machine tags by word, several values each.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.words: dict[str, list[str]] = {}
        self._families: list[str] = []
        self._plain: list[str] = []
        self._tlp: list[str] = []
        self._confidence: list[int] = []
        for name in names:
            self._take(name)

    def _take(self, name: str) -> None:
        if (match := _MACHINE.fullmatch(name)) is not None:
            self.words.setdefault(match[1], []).append(unquote(match[2]))
        elif name.lower().startswith("tlp:"):
            self._tlp.append(name)
        elif family := _family(name):
            self._families.append(family)
        elif name in _CONFIDENCE:
            self._confidence.append(_CONFIDENCE[name])
        else:
            self._plain.append(name)

    def first(self, word: str) -> str:
        """The value of a machine tag, or the empty text."""
        return clean(self.words.get(word, [""])[0])

    def level(self) -> PyramidLevel | None:
        """The pyramid level that somebody set."""
        return PyramidLevel.__members__.get(self.first("level").upper())

    def complete(self, claim: SourceClaim) -> SourceClaim:
        """The claim with everything that the tags say.

        Raises:
            ValueError: A label or a number cannot be read.
        """
        labels = [label for text in self._tlp if (label := parse_tlp(text)) is not None]
        confidence = parse_confidence(self.first("confidence"))
        if confidence is None and self._confidence:
            confidence = max(self._confidence)
        plain = word_set(self._plain)
        return replace(
            claim,
            reference=self.first("reference"),
            threats=threats_of([*self.words.get("threat", ()), *plain]),
            families=word_set([*self._families, *self.words.get("family", ())]),
            tags=word_set([*plain, *self.words.get("tag", ())]),
            confidence=confidence,
            tlp=max(labels, key=lambda label: label.strictness, default=None),
            compromised_site=bool(self.first("compromised-site")),
            comments=word_set([*claim.comments, *self.words.get("comment", ())]),
            written=self.first("written"),
            external_id=self.first("id") or claim.external_id,
        )
