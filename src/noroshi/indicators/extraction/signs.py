"""Values with a shape of their own: hashes, identifiers, wallets, registry keys, user agents."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from noroshi.indicators.extraction.found import Found
from noroshi.indicators.extraction.signals import Signal, Signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_HEX_KINDS: Final = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_DIGITS: Final = frozenset("0123456789abcdefABCDEF")
_HEX_RUN: Final = re.compile(r"[0-9A-Fa-f]{32,256}")
_HASH_LABEL: Final = re.compile(
    r"(imp[ _-]?hash|import[ _-]hash|インポートハッシュ|ja3s?|jarm|tlsh|authentihash)"
    r"(?:[ _-]?(?:hash|md5|fingerprint|digest|値|フィンガープリント))?"
    r"[\s:：=|｜\"'`*()\[\]]{1,12}$",
    re.IGNORECASE,
)
_LABEL_KINDS: Final = {"jarm": 62, "ja3": 32, "ja3s": 32, "imphash": 32}
_TLSH: Final = re.compile(r"[Tt]1[0-9A-Fa-f]{70}(?![0-9A-Za-z])")
_SSDEEP: Final = re.compile(r":[A-Za-z0-9+/]{6,64}:[A-Za-z0-9+/]{3,64}(?![0-9A-Za-z+/:])")
_BLOCK_SIZE: Final = re.compile(r"(?<![0-9A-Za-z:/.])\d{1,8}$")
_CVE: Final = re.compile(r"[Cc][Vv][Ee][-‐-―−_ ](\d{4})[-‐-―−_](\d{4,7})(?!\d)")
_ATTACK: Final = re.compile(r"T(?:1[0-7]\d\d(?:[./]\d{3})?|08\d\d(?:[./]\d{3})?|A00\d\d)(?![0-9A-Za-z-])")
_BASE58: Final = re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{25,34}(?![0-9A-Za-z])")
_BECH32: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:bc1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71})(?![0-9A-Za-z])"
)
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CHARSET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_PART: Final = r"[^\s\\/,;:\"'<>|*?。、）」()\[\]]"
_REGISTRY: Final = re.compile(
    r"(?<![0-9A-Za-z])HK(?:LM|CU|CR|U|CC|EY_(?:LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|USERS|CURRENT_CONFIG))"
    rf"(?:\\{{1,2}}(?:{_PART}{{1,60}}(?:[ ](?!HK){_PART}{{1,40}}){{1,4}}(?=\\)|{_PART}{{1,100}})){{1,16}}",
    re.IGNORECASE,
)
_AGENT: Final = re.compile(
    r"Mozilla/[1-9]\.\d{1,2} \([^()\n]{1,300}\)"
    r"(?: (?:[A-Za-z][\w.-]{0,40}/[\w.+-]{1,40}|\([^()\n]{1,100}\)|like Gecko|Mobile|Safari)){0,16}"
)


def hashes(text: str, signals: Signals) -> Iterator[Found]:
    """Hexadecimal digits of a hash's length, by the label before them or by the length."""
    reached = 0
    for place in signals[Signal.HEX]:
        # The signal begins with the character before the digits, if there is one.
        begin = place if text[place] in _DIGITS else place + 1
        start = begin + 2 if text[begin + 1] in "xX" else begin
        run = _HEX_RUN.match(text, start)
        if run is None or start < reached:
            continue
        reached = run.end()
        if not _is_joined(text[reached : reached + 1]) and (found := _hash(text, start, reached, begin)):
            yield found


def _is_joined(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def _hash(text: str, start: int, end: int, begin: int) -> Found | None:
    digits = text[start:end].lower()
    label = _HASH_LABEL.search(text[max(0, begin - 48) : begin])
    kind = _kind(label[1], len(digits)) if label else _HEX_KINDS.get(len(digits))
    if kind is None or digits.isdigit() or digits.isalpha() or len(set(digits)) < 5:
        return None
    value = f"T1{digits}".upper() if kind == "tlsh" else digits
    return Found(kind, value, begin, end)


def _kind(label: str, length: int) -> str | None:
    word = re.sub(r"[ _-]", "", label.lower())
    word = "imphash" if word in {"importhash", "インポートハッシュ"} else word
    if _LABEL_KINDS.get(word) == length:
        return word
    if word == "tlsh" and length == 70:
        return "tlsh"
    return _HEX_KINDS.get(length)


def fingerprints(text: str, signals: Signals) -> Iterator[Found]:
    """TLSH with its version, and ssdeep, whose block sizes are 3 · 2ⁿ (Kornblum 2006)."""
    for match in _matches(_TLSH, text, signals[Signal.TLSH]):
        yield Found("tlsh", match[0].upper(), *match.span())
    for place in signals[Signal.SSDEEP]:
        digests = _SSDEEP.match(text, place + 1)
        size = _BLOCK_SIZE.search(text[max(0, place - 8) : place + 1])
        if digests is None or size is None or digests[0].replace(":", "").isdigit():
            continue
        if _is_block_size(int(size[0])):
            start = digests.start() - len(size[0])
            yield Found("ssdeep", text[start : digests.end()], start, digests.end())


def _matches(pattern: re.Pattern[str], text: str, places: Sequence[int]) -> Iterator[re.Match[str]]:
    """Matches at these places that do not begin inside a word."""
    for place in places:
        match = pattern.match(text, place)
        if match is not None and not _is_joined(text[place - 1 : place]):
            yield match


def _is_block_size(number: int) -> bool:
    return number > 0 and number % 3 == 0 and (number // 3) & (number // 3 - 1) == 0


def identifiers(text: str, signals: Signals) -> Iterator[Found]:
    """CVE, with whatever dash, and techniques and tactics of ATT&CK."""
    for match in _matches(_CVE, text, signals[Signal.CVE]):
        yield Found("cve", f"CVE-{match[1]}-{match[2]}", *match.span())
    for match in _matches(_ATTACK, text, signals[Signal.ATTACK]):
        if text[match.start() - 1 : match.start()] not in {".", "/", "-"}:
            yield Found("attack", match[0].replace("/", "."), *match.span())


def wallets(text: str, signals: Signals) -> Iterator[Found]:
    """Bitcoin addresses whose check sum is right: Base58Check, Bech32 (BIP 173) and Bech32m (BIP 350)."""
    for match in _matches(_BASE58, text, signals[Signal.BASE58]):
        if _base58_is_right(match[0]):
            yield Found("btc", match[0], *match.span())
    for match in _matches(_BECH32, text, signals[Signal.BECH32]):
        if _bech32_is_right(match[0].lower()):
            yield Found("btc", match[0].lower(), *match.span())


def _base58_is_right(text: str) -> bool:
    number = 0
    for letter in text:
        number = number * 58 + _ALPHABET.index(letter)
    if number >= 1 << 200:
        return False
    raw = number.to_bytes(25)
    return raw[0] in {0, 5} and sha256(sha256(raw[:21]).digest()).digest()[:4] == raw[21:]


def _bech32_is_right(text: str) -> bool:
    check = 1
    for value in [3, 3, 0, 2, 3, *(_CHARSET.index(letter) for letter in text[3:])]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> at & 1 else 0
    return check == (1 if text[3] == "q" else 0x2BC830A3)


def registry_keys(text: str) -> Iterator[Found]:
    """Keys that begin with a hive; a blank is part of one where a backslash follows (``Windows NT``)."""
    if "HK" not in text and "hk" not in text:
        return
    for match in _REGISTRY.finditer(text):
        value = match[0].rstrip(".")
        yield Found("registry_key", value.replace("\\\\", "\\"), match.start(), match.start() + len(value))


def user_agents(text: str) -> Iterator[Found]:
    """``Mozilla/5.0 (…) …`` wherever it stands."""
    if "Mozilla/" in text:
        for match in _AGENT.finditer(text):
            yield Found("user_agent", match[0], *match.span())


SIGNS: Final[tuple[Callable[[str, Signals], Iterator[Found]], ...]] = (
    hashes,
    fingerprints,
    identifiers,
    wallets,
)
"""Finders whose values may stand anywhere, also inside others."""
WHOLE: Final[tuple[Callable[[str], Iterator[Found]], ...]] = (registry_keys, user_agents)
"""Finders whose values hold nothing else."""
