"""Files that a script of a page carries inside itself and hands to the browser to save (HTML smuggling).

The content stands in the script as Base64, hexadecimal digits, percent signs or numbers, often in pieces,
with characters mixed in, reversed, or under a key. Texts are put together where that can be seen without
evaluating the script: sums of literals and variables, joined lists. What decodes to a known type is a file.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from noroshi.examine.registry import type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_TEXT: Final = 64
MIN_NUMBERS: Final = 32
MAX_LITERALS: Final = 50_000
MAX_KEYS: Final = 20
MAX_FILES: Final = 50
MAX_CANDIDATES: Final = 300
"""Texts that are decoded, the longest first; under keys only the first tenth of them."""

_OPENING: Final = re.compile(r"[\"'`]|//|/\*")
_LITERALS: Final = {
    quote: re.compile(rf"[^{quote}\\{'' if quote == '`' else chr(10)}]*(?:\\[\s\S][^{quote}\\]*)*")
    for quote in "\"'`"
}
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|([\s\S]))")
_SIMPLE: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "b": "\b", "f": "\f", "v": "\v", "\n": ""}
_ASSIGNED: Final = re.compile(r"([A-Za-z_$][\w$.]{0,80})\s*(\+?=)\s*\(?\s*$")
_SUM: Final = re.compile(r"[A-Za-z_$][\w$]{0,80}(?:\s*\+\s*[A-Za-z_$][\w$]{0,80}){1,2000}")
_PLUS: Final = re.compile(r"\s*\+\s*$")
_COMMA: Final = re.compile(r"\s*,\s*$")
_NUMBERS: Final = re.compile(
    r"[\[(]\s*((?:(?:0x[0-9a-fA-F]{1,2}|\d{1,3})\s*,\s*){31,}(?:0x[0-9a-fA-F]{1,2}|\d{1,3}))"
)
_NAMED: Final = re.compile(
    r"(?:\.download\s*=\s*|setAttribute\(\s*[\"']download[\"']\s*,\s*|"
    r"(?:saveAs|msSave(?:OrOpen)?Blob)\(\s*[^,;]{1,200},\s*|new\s+File\(\s*\[[^\]]{0,200}\]\s*,\s*)"
    r"(?:([\"'`])([^\"'`]{1,200})\1|([A-Za-z_$][\w$.]{0,80}))"
)
_REMOVED: Final = re.compile(
    r"\.replace(?:All)?\(\s*(?:/([^/]{1,20})/g?i?|([\"'])([^\"']{1,20})\2)\s*,\s*([\"'])([^\"']{0,20})\4\s*\)"
    r"|\.split\(\s*([\"'])([^\"']{1,20})\6\s*\)\.join\(\s*([\"'])([^\"']{0,20})\8\s*\)"
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_=\s-]+")
_HEX: Final = re.compile(r"(?:0x|\\x)?[0-9a-fA-F\s]+")
_DATA: Final = re.compile(r"(?i)^\s*data:([^,;]{0,100})((?:;[^,]{0,200})?),")
_BLANK: Final = {ord(one): None for one in "\t\r\n"}
_UNKNOWN: Final = frozenset({"unknown", "text"})


@dataclass(frozen=True, slots=True)
class Smuggled:
    """A file in a script.

    Attributes:
        how: ``base64``, ``hex``, ``percent``, ``numbers``, ``key`` (under one).
    """

    name: str
    how: str
    content: bytes


def smuggled(script: str) -> Iterator[Smuggled]:
    """The files in a script, each once, with the names under which it saves them in their order."""
    literals, variables = _folded(script)
    names = list(_names(script, variables))
    given: set[bytes] = set()
    keys = [one.encode() for one in literals if 1 <= len(one) <= MIN_TEXT and one.isascii()][:MAX_KEYS]
    candidates = chain(_numbers(script), _decoded(literals, script))
    for at, (how, content) in enumerate(islice(candidates, MAX_CANDIDATES)):
        found = _known(how, content, keys if at < MAX_CANDIDATES // 10 else [])
        if found is None or any(found[1] in known for known in given):  # a part of one that came before
            continue
        given.add(found[1])
        name = names[min(len(given), len(names)) - 1] if names else ""
        yield Smuggled(name, *found)
        if len(given) >= MAX_FILES:
            return


def data_url(url: str) -> tuple[str, bytes] | None:
    """Media type and content of a ``data:`` URL; None for others and for damaged ones."""
    head = _DATA.match(url[:400])
    if head is None:
        return None
    body = url[head.end() :]
    if "base64" in head[2].lower():
        content = _from_base64(unquote_to_bytes(body).decode("latin-1"))
        return None if content is None else (head[1].lower(), content)
    return head[1].lower(), unquote_to_bytes(body)


def _literal_spans(script: str) -> Iterator[tuple[int, int, str]]:
    """Begin, end and value of each text literal; comments are passed over."""
    at = 0
    for _ in range(MAX_LITERALS):
        found = _OPENING.search(script, at)
        if found is None:
            return
        if found[0] == "//":
            at = script.find("\n", found.end())
        elif found[0] == "/*":
            at = script.find("*/", found.end())
        else:
            body = _LITERALS[found[0]].match(script, found.end())
            at = body.end() + 1 if body else found.end()
            raw = body[0] if body else ""
            yield found.start(), at, _ESCAPE.sub(_unescaped, raw) if "\\" in raw else raw
        if at < found.end():
            return


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits:
        value = int(digits, 16)
        return chr(value) if value < 0x110000 else ""
    return _SIMPLE.get(found[4], found[4])


def _folded(script: str) -> tuple[list[str], dict[str, str]]:
    """All texts, with sums and lists put together; and the variables that hold one."""
    texts: dict[str, None] = {}
    variables: dict[str, str] = {}
    parts: list[str] = []
    owner, end = ("", ""), 0
    for begin, stop, value in _literal_spans(script):
        between = script[max(end, begin - 120) : begin]
        if parts and (_PLUS.match(between) or _COMMA.match(between)) and begin - end < 120:
            parts.append(value)
        else:
            _close(parts, owner, texts, variables)
            found = _ASSIGNED.search(between)
            owner = (found[1], found[2]) if found else ("", "")
            parts = [value]
        end = stop
        texts.setdefault(value)
    _close(parts, owner, texts, variables)
    for value in variables.values():
        texts.setdefault(value)
    for found in _SUM.finditer(script):
        names = [name.strip() for name in found[0].split("+")]
        if all(name in variables for name in names):
            texts.setdefault("".join(variables[name] for name in names))
    return list(texts), variables


def _close(
    parts: list[str], owner: tuple[str, str], texts: dict[str, None], variables: dict[str, str]
) -> None:
    if not parts:
        return
    whole = "".join(parts)
    texts.setdefault(whole)
    name, operator = owner
    if name:
        variables[name] = variables.get(name, "") + whole if operator == "+=" else whole


def _names(script: str, variables: dict[str, str]) -> Iterator[str]:
    for found in _NAMED.finditer(script):
        name = found[2] or variables.get(found[3], "")
        if name:
            yield name


def _decoded(texts: list[str], script: str) -> Iterator[tuple[str, bytes]]:
    """Texts that decode; the longest first, because a whole comes before its parts."""
    removed = [
        (found[3] or found[7] or re.sub(r"\\(.)", r"\1", found[1]), found[5] or found[9] or "")
        for found in list(_REMOVED.finditer(script))[:MAX_KEYS]
    ]
    for text in sorted((one for one in texts if len(one) >= MIN_TEXT), key=len, reverse=True):
        variants = [text]
        for old, new in removed:
            if old in variants[-1]:
                variants.append(variants[-1].replace(old, new))
        if "reverse" in script:
            variants += [one[::-1] for one in variants]
        for variant in variants:
            yield from _from_text(variant)


def _from_text(text: str) -> Iterator[tuple[str, bytes]]:
    stripped = text.strip()
    if (url := data_url(stripped)) is not None:
        yield "base64", url[1]
    elif _HEX.fullmatch(stripped) and len(stripped.removeprefix("0x")) % 2 == 0:
        yield "hex", bytes.fromhex(stripped.removeprefix("0x"))
    elif _BASE64.fullmatch(stripped):
        content = _from_base64(stripped)
        if content is not None:
            yield "base64", content
    elif stripped.count("%") * 3 >= len(stripped) // 2:
        yield "percent", unquote_to_bytes(stripped)


def _from_base64(text: str) -> bytes | None:
    clean = re.sub(r"\s", "", text).replace("-", "+").replace("_", "/").rstrip("=")
    if len(clean) % 4 == 1:
        return None
    try:
        return base64.b64decode(clean + "=" * (-len(clean) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _numbers(script: str) -> Iterator[tuple[str, bytes]]:
    for found in _NUMBERS.finditer(script):
        values = [int(one, 0) if "x" in one else int(one) for one in re.split(r"\s*,\s*", found[1].strip())]
        if max(values) < 256:
            yield "numbers", bytes(values)


def _known(how: str, content: bytes, keys: list[bytes]) -> tuple[str, bytes] | None:
    """The content if its type is known, as it is or under one of the keys."""
    if not content:
        return None
    if type_of(content, "") not in _UNKNOWN or (how == "base64" and _readable(content)):
        return how, content
    for key in keys:
        if type_of(xored(content[:4096], key), "") not in _UNKNOWN:
            return "key", xored(content, key)
    return None


def _readable(content: bytes) -> bool:
    """Whether it is a text beyond chance: any bytes can pass for Shift_JIS."""
    try:
        return len(content) >= MIN_TEXT and content.decode("utf-8").translate(_BLANK).isprintable()
    except ValueError:
        return False


def xored(content: bytes, key: bytes) -> bytes:
    """Each byte under the key, which is repeated."""
    stream = (key * (len(content) // len(key) + 1))[: len(content)]
    number = int.from_bytes(content, "little") ^ int.from_bytes(stream, "little")
    return number.to_bytes(len(content), "little")
