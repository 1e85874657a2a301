"""Addresses, domains, bare URLs and file names: what a run of letters, digits and dots can be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.indicators.extraction.found import Found
from noroshi.indicators.extraction.names import (
    is_host_name,
    is_seam,
    is_suffix_label,
    looks_like_field,
    looks_like_file_or_code,
)
from noroshi.indicators.extraction.tables import words
from noroshi.indicators.extraction.urls import is_ipv6, rest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from noroshi.indicators.extraction.layers import Layered

MAX_BEFORE: Final = 260
MAX_AFTER: Final = 1024
_RUN: Final = re.compile(rf"[\w.-]{{0,{MAX_AFTER}}}")
_BACK: Final = re.compile(rf"[\w.-]{{0,{MAX_BEFORE}}}")
_PIECE: Final = re.compile(r"[0-9A-Za-z_.\-\u00c0-\u024f\u0370-\u052f\u0400-\u04ff]+")
_FOUR: Final = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)")
_NUMBERS: Final = re.compile(r"[\d.]+")
_PORT: Final = re.compile(r":([1-9]\d{0,4})(?![\d:.])")
_PREFIX: Final = re.compile(r"/(3[0-2]|[12]?\d)(?![\w/-]|\.\w)")
_VERSION: Final = re.compile(
    r"(?:\bv|\bver|\bver\.|\bversions?|バージョン|版|\bbuild|\brelease|\brev|\bfirmware|[A-Za-z]/)[ :]{0,2}$",
    re.IGNORECASE,
)
_HOST_LABEL: Final = re.compile(
    r"(?:\bdomains?|\bhosts?|\bhostnames?|\bc2|\bc&c|\bfqdn|\bdns|ドメイン名?|ホスト名?|接続先|通信先)[\]】)\s]{0,3}[:=|]?\s{0,3}[\[\"'「]?$",
    re.IGNORECASE,
)
_V6: Final = re.compile(r"[0-9A-Fa-f:]{2,40}(?:\.\d{1,3}){0,3}")
_V6_PREFIX: Final = re.compile(r"/(12[0-8]|1[01]\d|[1-9]?\d)(?![\w/-]|\.\w)")

_EDGES: Final = frozenset({"", "\n", "\r", "|", ",", ";", ":"})
FILE_EXTENSIONS: Final = words("names", "file_extensions")
"""Extensions by which a bare word is a file name: what runs, what carries macros, what packs."""
_TOO_COMMON: Final = words("names", "common_files")


def run_around(text: str, dot: int, reached: int) -> tuple[int, int]:
    """Where the run of word characters, dots and hyphens around a dot begins and ends; empty if too long."""
    before = _BACK.match(text[max(reached, dot - MAX_BEFORE) : dot][::-1])
    after = _RUN.match(text, dot)
    start = dot - (before.end() if before else 0)
    end = after.end() if after else dot + 1
    return (end, end) if dot - start >= MAX_BEFORE else (start, end)


def in_run(layered: Layered, start: int, end: int) -> Sequence[Found]:
    """What a run holds, in its order."""
    text = layered.text
    if text[start:end].isascii():
        return _in_piece(layered, start, end)
    found: list[Found] = []
    for piece in _PIECE.finditer(text, start, end):
        if piece[0][0] == "." and piece.start() > start and piece[0].count(".") == 1:
            # The name is in a script without blanks, only the extension is not.
            named = _file(layered, *piece.span())
            found += (named,) if named else ()
        elif "." in piece[0]:
            found += _in_piece(layered, *piece.span())
    if not found and (whole := _international(layered, start, end)):
        found.append(whole)
    return found


def _in_piece(layered: Layered, start: int, end: int) -> Sequence[Found]:
    piece = layered.text[start:end]
    inner = piece.lstrip("._-")
    start += len(piece) - len(inner)
    inner = inner.rstrip("._-")
    end = start + len(inner)
    if "." not in inner:
        return ()
    if not inner.strip("0123456789._-"):
        return tuple(_addresses(layered, start, end))
    found = _file(layered, start, end) or _domain(layered, start, end)
    return (found,) if found is not None else ()


def _addresses(layered: Layered, start: int, end: int) -> Iterator[Found]:
    text = layered.text
    parts = [part.span() for part in _NUMBERS.finditer(text, start, end)]
    if not all(_FOUR.fullmatch(text, *part) for part in parts):
        return
    for begin, stop in parts:
        if _is_address(layered, begin, stop):
            yield _with_port(layered, begin, stop)


def _is_address(layered: Layered, start: int, end: int) -> bool:
    text = layered.text
    if text.startswith("0.", start) or (_is_ascii_word(text[end : end + 1]) and text[end] != "_"):
        return False
    return not _VERSION.search(text[max(0, start - 12) : start]) or layered.origin(start, end)[2]


def _with_port(layered: Layered, start: int, end: int) -> Found:
    text = layered.text
    address = text[start:end]
    after = text[end : end + 1]
    if after == "/" and (prefix := _PREFIX.match(text, end)) is not None:
        return Found("cidr", f"{address}/{prefix[1]}", start, prefix.end())
    port = _PORT.match(text, end) if after == ":" else None
    stop = port.end() if port is not None and int(port[1]) < 65_536 else end
    if text[stop : stop + 1] == "/" and _has_path(text, stop):
        stop, rest = rest_of(layered, start, end, address)
        return Found("url", address + rest, start, stop)
    if port is not None and stop > end:
        return Found("ip:port", f"{address}:{port[1]}", start, stop)
    return Found("ip", address, start, end)


def _has_path(text: str, slash: int) -> bool:
    after = text[slash + 1 : slash + 2]
    return (
        after.isascii() and (after.isalnum() or after in {"?", "~", "_", "-", ".", "%", "@"}) and after != ""
    )


def _file(layered: Layered, start: int, end: int) -> Found | None:
    text = layered.text
    name = text[start:end]
    extension = name.rpartition(".")[2].lower()
    if extension not in FILE_EXTENSIONS or name.lower() in _TOO_COMMON or text[end : end + 1] in {"/", "("}:
        return None
    if is_host_name(name.lower()) and (layered.origin(start, end)[2] or _says_host(text, start)):
        return None
    begin = start
    while begin > 0 and start - begin < 64 and _goes_before(text[begin - 1]):
        begin -= 1
    return Found("file_name", text[begin:end], begin, end) if begin < start or name[0] != "." else None


def _goes_before(letter: str) -> bool:
    return letter.isalnum() or letter in "_-ー々"


def _domain(layered: Layered, start: int, end: int) -> Found | None:
    text = layered.text
    end = _seam(layered, start, end)
    written = text[start:end]
    name = written.lower()
    if not is_host_name(name):
        head, _, tail = written.rpartition(".")
        if not (tail[:1].isupper() and is_host_name(head.lower())):
            return None
        written, name, end = head, head.lower(), start + len(head)
    if not _fits(text, start, end) or (
        _is_doubtful(text, written, start, end) and not layered.origin(start, end)[2]
    ):
        return None
    port = _PORT.match(text, end)
    slash = port.end() if port is not None else end
    if text[slash : slash + 1] in {"/", "?"} and _has_path(text, slash):
        stop, rest = rest_of(layered, start, end, name)
        if rest.strip("/"):
            return Found("url", name + rest, start, stop)
    return Found("domain", name, start, end)


def _seam(layered: Layered, start: int, end: int) -> int:
    """``。`` was read as a dot; where it ends a sentence after all, the name ends there."""
    at = layered.written.find("。", start, end)
    while at >= 0:
        if is_seam(layered.text[start:at], layered.text[at + 1 : end]):
            return at
        at = layered.written.find("。", at + 1, end)
    return end


def _fits(text: str, start: int, end: int) -> bool:
    """What stands before and behind does not forbid a domain."""
    before = text[start - 1 : start]
    if before in {"@", "$", "\\"} or (before == "/" and text[start - 2 : start - 1] not in {"/", " ", ""}):
        return False
    return text[end : end + 1] != "@"


def _is_doubtful(text: str, written: str, start: int, end: int) -> bool:
    """Whether it is rather a call, a path, a file or a seam, unless it is defanged or a label says domain."""
    if text[end : end + 1] in {"(", "\\"}:
        return True
    doubtful = looks_like_file_or_code(written) or (
        looks_like_field(written.lower()) and not _stands_alone(text, start, end)
    )
    return doubtful and not _says_host(text, start)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether it is all that stands in its line, cell or column, as in a list of domains."""
    before = text[max(0, start - 4) : start].rstrip(" \t*-・")[-1:]
    after = text[end : end + 4].lstrip(" \t")[:1]
    return before in _EDGES and after in _EDGES


def _says_host(text: str, start: int) -> bool:
    return _HOST_LABEL.search(text[max(0, start - 24) : start]) is not None


def _international(layered: Layered, start: int, end: int) -> Found | None:
    """A name with labels in a script without blanks, where nothing is glued to its beginning."""
    text = layered.text
    name = text[start:end].strip("._-").lower()
    begin = start + (len(text[start:end]) - len(text[start:end].lstrip("._-")))
    head, _, tail = name.rpartition(".")
    if not head:
        return None
    for size in range(min(len(tail), 24), 0, -1):
        label = tail[:size]
        if size < len(tail) and label[-1].isascii() and tail[size].isascii():
            continue
        if is_suffix_label(label) and is_host_name(f"{head}.{label}"):
            stop = begin + len(head) + 1 + size
            alone = size == len(tail) and len(head) <= 20 and not looks_like_file_or_code(f"{head}.{label}")
            fanged = layered.origin(begin, stop)[2]
            wanted = fanged or not label.isascii() or alone
            return Found("domain", f"{head}.{label}", begin, stop) if wanted else None
    return None


def ipv6_at(layered: Layered, start: int) -> Found | None:
    """The IPv6 address that begins here, with its port (in brackets) or prefix."""
    text = layered.text
    before = text[start - 1 : start]
    if _is_ascii_word(before) or before in {":", "."}:
        return None
    run = _V6.match(text, start)
    if run is None:
        return None
    address = run[0].rstrip(".")
    if not is_ipv6(address):
        address = address.rstrip(":")
    end = start + len(address)
    if ":" not in address or not is_ipv6(address) or _is_ascii_word(text[end : end + 1]):
        return None
    low = address.lower()
    if (
        before == "["
        and (port := re.compile(r"\]:([1-9]\d{0,4})(?!\d)").match(text, end))
        and int(port[1]) < 65_536
    ):
        return Found("ip:port", f"[{low}]:{port[1]}", start - 1, port.end())
    if (prefix := _V6_PREFIX.match(text, end)) is not None:
        return Found("cidr", f"{low}/{prefix[1]}", start, prefix.end())
    return Found("ip", low, start, end)


def _is_ascii_word(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter == "_")


_LOCAL: Final = re.compile(r"[0-9A-Za-z_.+%-]{1,64}")
_MAIL_HOST: Final = re.compile(r"[\w.-]{1,255}")


def mail_at(layered: Layered, sign: int, reached: int) -> Found | None:
    """The mail address around an ``@``."""
    text = layered.text
    back = _LOCAL.match(text[max(reached, sign - 64) : sign][::-1])
    host = _MAIL_HOST.match(text, sign + 1)
    if back is None or host is None:
        return None
    local = back[0][::-1].lstrip(".-%+")
    name = host[0].rstrip(".-_").lower()
    while name and not is_host_name(name) and not name.isascii():
        name = name[:-1].rstrip("._-")
    if not is_host_name(name) and host[0].rpartition(".")[2][:1].isupper():
        name = name.rpartition(".")[0]
    if (
        not local
        or not is_host_name(name)
        or (local == "git" and text[sign + 1 + len(name) :][:1] in {":", "/"})
    ):
        return None
    return Found("email", f"{local}@{name}", sign - len(local), sign + 1 + len(name))
