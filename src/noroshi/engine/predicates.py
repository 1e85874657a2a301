"""What a single predicate means for a single value: the ground that the reference evaluator stands on."""

from __future__ import annotations

import ipaddress
import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import re2

from noroshi.events.model import Source
from noroshi.events.times import parse_time
from noroshi.events.values import as_text, fold
from noroshi.rules.model import Wildcard

if TYPE_CHECKING:
    from noroshi.rules.model import Pattern, Regex

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NUMBER: Final = re.compile(
    r"[+-]?(?:0x[0-9a-f]{1,32}|\d{1,400}(?:\.\d{1,400})?(?:e[+-]?\d{1,3})?)", re.ASCII | re.IGNORECASE
)
_MAPPED_BITS: Final = 96
_LISTED: Final = re.compile(r"\\([*?\\])|([*?])|([^*?\\]+|\\)", re.DOTALL)
WALKED_LENGTH: Final = 512
_REGEX: Final = {Wildcard.ONE: ".", Wildcard.MANY: ".*"}
_NO_SOURCE: Final = Source("", "")


def text_matches(pattern: Pattern, text: str, *, cased: bool) -> bool:
    """Whether a text fits a pattern, under simple case folding unless `cased`."""
    if cased:
        return pattern_matches(pattern, text)
    return pattern_matches(fold_pattern(pattern), fold(text))


def fold_pattern(pattern: Pattern) -> Pattern:
    """A pattern with its literal runs folded."""
    return tuple(fold(part) if isinstance(part, str) else part for part in pattern)


@lru_cache(maxsize=65_536)
def listed_pattern(text: str) -> Pattern:
    """An entry of a list of texts as a pattern: wildcards and escapes as `noroshi.indicators` has them."""
    return tuple(
        (Wildcard.MANY if wild == "*" else Wildcard.ONE) if wild else escaped or plain
        for escaped, wild, plain in _LISTED.findall(text)
    )


def pattern_matches(pattern: Pattern, text: str) -> bool:
    """Whether the whole text meets the pattern; both are folded already unless the match is cased.

    Without ``?`` the literal runs must stand one after another; with it, the classic walk with one remembered
    ``*``, whose cost is the product of the two lengths, or for a long text RE2, whose cost is the text's.
    """
    if Wildcard.ONE in pattern:
        if len(text) <= WALKED_LENGTH or (found := _by_regex(pattern, text)) is None:
            return _walk(pattern, text)
        return found
    first, *between = _runs(pattern)
    if not between:
        return text == first
    last = between.pop()
    start, end = len(first), len(text) - len(last)
    if not (text.startswith(first) and text.endswith(last)):
        return False
    for run in between:
        place = text.find(run, start, end)
        if place < 0:
            return False
        start = place + len(run)
    return start <= end


def _runs(pattern: Pattern) -> list[str]:
    """The literals between the ``*``, empty ones included: one more than there are ``*``."""
    runs = [""]
    for part in pattern:
        if isinstance(part, str):
            runs[-1] += part
        else:
            runs.append("")
    return runs


def _by_regex(pattern: Pattern, text: str) -> bool | None:
    """The same by RE2; None where the text cannot be encoded or the pattern is too large."""
    parts = (re2.escape(part) if isinstance(part, str) else _REGEX[part] for part in pattern)
    try:
        return compiled_regex("".join(parts), "s").fullmatch(text) is not None
    except (UnicodeEncodeError, re2.error):
        return None


def _walk(pattern: Pattern, text: str) -> bool:
    symbols: list[str | Wildcard] = []
    for part in pattern:
        symbols.extend(part if isinstance(part, str) else (part,))
    at = place = 0
    star, mark = -1, 0
    while place < len(text):
        if at < len(symbols) and symbols[at] is Wildcard.MANY:
            star, mark = at, place
            at += 1
        elif at < len(symbols) and symbols[at] in (Wildcard.ONE, text[place]):
            at += 1
            place += 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return all(symbol is Wildcard.MANY for symbol in symbols[at:])


def number_matches(number: float, value: Any) -> bool:
    """A number in a rule equals the same number, and the same number written as text."""
    if isinstance(value, str):
        return value in number_texts(number)
    if value is True or value is False or not isinstance(value, int | float):
        return False
    return value == number


def number_texts(number: float) -> tuple[str, ...]:
    """How a rule's number may be written in a log."""
    if type(number) is float and number.is_integer():
        return (str(number), str(int(number)))
    return (str(number),)


def boolean_matches(wanted: bool, value: Any) -> bool:  # noqa: FBT001 - it is the value compared with
    """A boolean in a rule equals the same boolean, and ``true``/``false`` as text in any case."""
    text = as_text(value) if isinstance(value, bool | str) else None
    return text is not None and fold(text) == ("true" if wanted else "false")


def as_number(value: Any) -> int | float | None:
    """What a value reads as: a decimal or hexadecimal (``0x``) number; None for anything else, NaN too."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _NUMBER.fullmatch(text) is None:
        return None
    if "x" in text or "X" in text:
        return int(text, 16)
    if text.lstrip("+-").isdecimal():
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else None


def compares(op: str, left: float, right: float) -> bool:
    """``lt``, ``lte``, ``gt``, ``gte``, ``eq`` and ``neq`` of two numbers."""
    match op:
        case "lt":
            return left < right
        case "lte":
            return left <= right
        case "gt":
            return left > right
        case "gte":
            return left >= right
        case "eq":
            return left == right
        case _:
            return left != right


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo | None:
    """The zone of a rule's ``noroshi.timezone``; None stands for UTC."""
    return ZoneInfo(name) if name else None


def time_part(value: Any, part: str, zone: ZoneInfo | None, source: Source | None = None) -> int | None:
    """A part of a timestamp (ISO week for ``week``) in a zone, UTC if None; None if it is no timestamp."""
    stamp = parse_time(value, source or _NO_SOURCE)
    if stamp is None:
        return None
    local = stamp.at.astimezone(zone or UTC)
    return local.isocalendar().week if part == "week" else _part(local, part)


def _part(local: datetime, part: str) -> int:
    value: int = getattr(local, part)
    return value


@lru_cache(maxsize=65_536)
def as_address(text: str) -> Address | None:
    """An address, IPv4-mapped IPv6 as IPv4, without zone or brackets; None for anything else."""
    try:
        address = ipaddress.ip_address(text.strip().strip("[]").split("%", 1)[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


@lru_cache(maxsize=4096)
def network(text: str) -> Network:
    """A network of a rule, one of IPv4-mapped addresses as IPv4; the rules room has checked it."""
    found = ipaddress.ip_network(text, strict=False)
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    if mapped is None or found.prefixlen < _MAPPED_BITS:
        return found
    return ipaddress.ip_network((mapped, found.prefixlen - _MAPPED_BITS))


def address_in(text: str, cidr: str) -> bool:
    """Whether the text is an address inside the network."""
    address = as_address(text)
    net = network(cidr)
    return address is not None and address.version == net.version and address in net


@lru_cache(maxsize=8192)
def compiled_regex(source: str, flags: str) -> Any:
    """A linear-time regular expression (RE2)."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20
    return re2.compile(f"(?{flags}){source}" if flags else source, options)


def regex_matches(node: Regex, text: str) -> bool:
    """Whether the expression matches anywhere in the text."""
    return compiled_regex(node.source, node.flags).search(well_formed(text)) is not None


def well_formed(text: str) -> str:
    """Text that can be encoded: lone surrogates become U+FFFD, as everywhere where text comes in."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def pattern_text(pattern: Pattern) -> str:
    r"""A pattern as Sigma writes it: wildcards plain, literal ``*``, ``?`` and ``\`` before them escaped."""
    out = []
    for part in pattern:
        if isinstance(part, str):
            out.append(part.replace("*", r"\*").replace("?", r"\?"))
        else:
            out.append("*" if part is Wildcard.MANY else "?")
    return "".join(out)
