"""All exclusion lists at one moment, and the judgement by them. Pure: no clock, no file, no network."""

from __future__ import annotations

from dataclasses import fields
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec
import re2

from noroshi.folding import fold
from noroshi.indicators.exclusions.model import CLEAR, ExclusionList, Judgement, Verdict
from noroshi.indicators.exclusions.names import NameIndex, RankTable, covering, public_suffix
from noroshi.indicators.exclusions.networks import NetworkIndex
from noroshi.indicators.kinds import normal_form
from noroshi.indicators.values import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from noroshi.indicators.indicator import Indicator

_WEAK: Final = frozenset({"domain", "ip", "cidr"})
"""Types whose match says little where many share the value."""
_ANYBODY: Final = "public-suffix"
_ANYBODY_REASON: Final = "anybody gets a name below it; the name itself is everybody's"
_ANYBODY_REASON_JA: Final = "誰でもこの下に名前を取得できるため、この名前自体は特定の相手を示さない"
_COMPROMISED: Final = "compromised-site"
_COMPROMISED_REASON: Final = "an ordinary site that was misused: its visitors are not all victims"
_COMPROMISED_REASON_JA: Final = (
    "改ざんサイト。正規の閲覧者も多く、ドメインやアドレスの一致だけでは判断できない"
)
_EXEMPT: Final = "exemption"


class ExclusionSnapshot:
    """All lists at one moment; immutable.

    Attributes:
        lists: In the order of loading.
        exempt: Values (type, normal form) that alert whatever the lists say.
        hash: 32 hexadecimal digits over everything that decides, whatever the order of values.
    """

    __slots__ = (
        "_mail_domains",
        "_names",
        "_networks",
        "_patterns",
        "_ranks",
        "_texts",
        "exempt",
        "hash",
        "lists",
    )

    def __init__(self, lists: Iterable[ExclusionList] = (), exempt: Iterable[tuple[str, str]] = ()) -> None:
        self.lists = tuple(lists)
        self.exempt = frozenset(exempt)
        self.hash = _digest(self.lists, self.exempt)
        self._names = NameIndex()
        self._mail_domains = NameIndex()
        self._networks = NetworkIndex()
        self._texts: dict[str, tuple[int, ...]] = {}
        self._patterns: list[tuple[int, re2._Regexp]] = []
        self._ranks: list[tuple[int, RankTable]] = []
        for number, one in enumerate(self.lists):
            self._add(number, one)

    def _add(self, number: int, one: ExclusionList) -> None:
        self._names.add(one.names, number)
        self._names.add(one.hosts, number, alone=True)
        self._mail_domains.add(one.mail_domains, number)
        self._networks.add(one.networks, number)
        for text in (*one.urls, *one.mails, *one.texts):
            self._texts[text] = (*self._texts.get(text, ()), number)
        self._patterns += ((number, re2.compile(pattern)) for pattern in one.mail_patterns)
        if one.ranks:
            self._ranks.append((number, RankTable(one.ranks)))

    def judge(self, type_: str, value: str, *, exempt: bool = False) -> Judgement:
        """What the lists say of a value, defanged or not.

        Args:
            type_: One of `kinds.TYPES` or an alias.
            value: As somebody wrote it.
            exempt: This indicator alerts whatever the lists say.

        Raises:
            ValueError: The value is none of the type.
        """
        kind, normal = normal_form(type_, value)
        if exempt or (kind, normal) in self.exempt:
            return Judgement(Verdict.NONE, alerts=True, list=_EXEMPT, entry=normal)
        if kind == "domain":
            return self._name(normal, weak=True)
        if kind == "url":
            return self._url(normal)
        if kind in {"ip", "cidr"}:
            return self._address(normal, weak=True)
        if kind == "ip:port":
            return self._address(normal.rpartition(":")[0].strip("[]"), weak=False)
        if kind == "email":
            return self._mail(normal)
        return self._text(fold(normal))

    def judge_indicator(self, indicator: Indicator) -> Judgement:
        """The same for an indicator: its own exemption counts, and a compromised site is shared."""
        found = self.judge(indicator.type, indicator.value, exempt=indicator.exempt)
        weak = indicator.type in _WEAK
        if found.verdict is Verdict.NONE and found.list != _EXEMPT and indicator.compromised_site:
            return Judgement(
                Verdict.SHARED,
                not weak,
                _COMPROMISED,
                indicator.value,
                _COMPROMISED_REASON,
                _COMPROMISED_REASON_JA,
            )
        return found

    def _url(self, url: str) -> Judgement:
        exact = self._text(url)
        parts = parse_url(url)
        if exact.verdict is not Verdict.NONE or parts is None:
            return exact
        # The home page says no more than its host.
        weak = parts.path == "/" and not parts.query
        host = parts.host.strip("[]")
        if ":" in host or host.replace(".", "").isdigit():
            return self._address(host, weak=weak)
        return self._name(host, weak=weak)

    def _name(self, name: str, *, weak: bool) -> Judgement:
        names = tuple(covering(name))
        found = self._names.find(names)
        if found is not None:
            return self._judged(found[0], found[1], weak=weak)
        for number, table in self._ranks:
            if (ranked := table.find(names)) is not None:
                return self._judged(ranked[0], (number,), weak=weak, rank=ranked[1])
        if public_suffix(name) == name:
            return Judgement(Verdict.SHARED, not weak, _ANYBODY, name, _ANYBODY_REASON, _ANYBODY_REASON_JA)
        return CLEAR

    def _address(self, text: str, *, weak: bool) -> Judgement:
        found = self._networks.find(text)
        return CLEAR if found is None else self._judged(found[0], found[1], weak=weak)

    def _mail(self, address: str) -> Judgement:
        exact = self._text(address)
        if exact.verdict is not Verdict.NONE:
            return exact
        for number, pattern in self._patterns:
            if pattern.fullmatch(address):
                return self._judged(pattern.pattern, (number,), weak=False)
        found = self._mail_domains.find(tuple(covering(address.rpartition("@")[2])))
        return CLEAR if found is None else self._judged(found[0], found[1], weak=False)

    def _text(self, text: str) -> Judgement:
        numbers = self._texts.get(text)
        return CLEAR if numbers is None else self._judged(text, numbers, weak=False)

    def _judged(
        self, entry: str, numbers: Sequence[int], *, weak: bool, rank: int | None = None
    ) -> Judgement:
        """Of several lists with the same entry the one that hides less decides: shared before allow."""
        lists = [self.lists[number] for number in numbers]
        one = next((one for one in lists if one.verdict is Verdict.SHARED), lists[0])
        alerts = one.verdict is Verdict.SHARED and not weak
        japanese = one.reason_ja or one.reason
        return Judgement(one.verdict, alerts, one.name, entry, one.reason, japanese, one.date, rank)

    def __len__(self) -> int:
        return len(self.lists)

    def __repr__(self) -> str:
        return f"<ExclusionSnapshot of {len(self.lists)} lists, {sum(map(len, self.lists)):,} values>"

    def __reduce__(self) -> tuple[object, ...]:
        return ExclusionSnapshot, (self.lists, self.exempt)


_DECIDING: Final = tuple(
    field.name for field in fields(ExclusionList) if field.name not in {"rejected", "rejected_count"}
)


def _digest(lists: Sequence[ExclusionList], exempt: frozenset[tuple[str, str]]) -> str:
    digest = blake2b(digest_size=16)
    for one in sorted(lists, key=lambda one: one.name):
        for name in _DECIDING:
            value = getattr(one, name)
            plain = sorted(value) if isinstance(value, tuple) and name != "ranks" else value
            digest.update(msgspec.json.encode([name, plain]))
    digest.update(msgspec.json.encode(sorted(exempt)))
    return digest.hexdigest()
