"""What is an indicator only because a label says so: subjects, attachments, senders, mutexes, user agents.

A label stands before ``:``, ``：``, ``=``, in a cell of a table (``| Mutex | … |``), or alone on its line
above a list, as in the posts of the Japanese mail-sharing community::

    ■件名
    ・【重要】請求書の件
    添付ファイル：請求書_2020.doc
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.indicators.extraction.found import Found
from noroshi.indicators.extraction.hosts import FILE_EXTENSIONS
from noroshi.indicators.extraction.signals import LABELLED, Signal
from noroshi.indicators.extraction.tables import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.indicators.extraction.signals import Signals

MAX_VALUE: Final = 1_000
MAX_ITEMS: Final = 50
_BEFORE: Final = 48

_OTHER: Final = words("labels", "other")
_TYPE_OF: Final = {label: type_ for type_ in LABELLED for label in words("labels", type_)}
_WORDS: Final = tuple(sorted({*_TYPE_OF, *_OTHER}, key=len, reverse=True))
_ENDS: Final = tuple(_TYPE_OF)
_LAST_TWO: Final = frozenset(label[-2:] for label in _TYPE_OF)
_LINE_ONLY: Final = words("labels", "line_only")

_QUALIFIER: Final = "例一覧等の()（）[]【】「」*_ \t　#`\"'”’→"
_LEAD: Final = re.compile(r"[\s\-*・•●○◆◇■□▼▶►◎※#>|｜\[【(（「『<0-9.)＊]*")
_NEXT: Final = re.compile(
    rf"[\s、,/／・|■●◆【\[(（]+(?:{'|'.join(map(re.escape, _WORDS))})(?:名|例|一覧)?[】\])）]?\s?[:：]",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(
    r"^[ \t\-*・•●○◆◇■□▼▶►◎※#>【\[(（<＜]{0,8}"
    rf"({'|'.join(re.escape(word) for word in _WORDS if word in _TYPE_OF)})"
    r"(?:例|一覧|名|等|の例)?[ \t】\])）>＞*:：]{0,6}\r?\n",
    re.IGNORECASE | re.MULTILINE,
)
_ITEM: Final = re.compile(r"[ \t　]*(?:[-*・•●○◆◇■□▼▶►◎]|\d{1,2}[.)）])?[ \t　]*")
_QUOTES: Final = {"「": "」", "『": "』", "“": "”", '"': '"', "'": "'", "`": "`", "‘": "’", "【": "】"}
_QUOTED: Final = re.compile(
    '「([^」\n]{1,300})」|『([^』\n]{1,300})』|“([^”\n]{1,300})”|"([^"\n]{1,300})"|`([^`\n]{1,300})`'
)
_NOTHING: Final = words("labels", "nothing")
_FILE: Final = re.compile(
    r"[^\s/\\:*?\"<>|、，,;「」][^/\\:*?\"<>|、，,;\r\n「」]{0,200}?"
    rf"\.(?:{'|'.join(sorted(FILE_EXTENSIONS, key=len, reverse=True))}"
    r"|py|sh|pl|rs|so)(?:\.[A-Za-z0-9]{1,5}){0,2}(?![0-9A-Za-z.])",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"[\w.+%-]{1,64}@[\w.-]{1,255}")
_REGISTRY_HIVE: Final = re.compile(r"HK(?:LM|CU|CR|U|CC|EY_[A-Z_]{4,20})\\", re.IGNORECASE)


def labelled(text: str, signals: Signals) -> Iterator[Found]:
    """Everything that a label announces, in order of the labels."""
    reached = 0
    for place in signals[Signal.LABEL]:
        mark = text[place]
        type_ = None
        if place >= reached:
            type_ = _label_before(text, place, cell=mark in "|｜", sure=mark in ":：")
        if type_ is not None:
            # A value ends where the next label stands; what is inside it is none.
            reached = _end_on_line(text, place + 1, mark)
            yield from values(text, type_, place + 1, reached)
    for place in signals[Signal.HEADING]:
        heading = _HEADING.match(text, place)
        if heading is not None:
            yield from _listed(text, _TYPE_OF[heading[1].lower()], heading.end())


def _label_before(text: str, at: int, *, cell: bool, sure: bool) -> str | None:
    window = text[max(0, at - _BEFORE) : at].rstrip(_QUALIFIER)
    if window[-2:].lower() not in _LAST_TWO:
        return None
    window = window.lower()
    if not window.endswith(_ENDS):
        return None
    line = window[max(window.rfind("\n"), window.rfind("|")) + 1 :]
    word = next(word for word in _WORDS if window.endswith(word) and word in _TYPE_OF)
    before = line[: -len(word)] if line.endswith(word) else "?"
    type_ = _TYPE_OF[word]
    first = _LEAD.fullmatch(before) is not None
    if cell:
        return type_ if first and text.rfind("|", max(0, at - _BEFORE), at) >= 0 else None
    if not sure and type_ not in {"mutex", "user_agent"}:
        return None
    if first:
        return type_
    glued = before[-1:].isascii() and before[-1:].isalnum()
    return None if glued or word in _LINE_ONLY else type_


def _end_on_line(text: str, start: int, mark: str) -> int:
    stops = [place for stop in "\r\n" if (place := text.find(stop, start, start + MAX_VALUE)) >= 0]
    end = min(stops, default=min(len(text), start + MAX_VALUE))
    if mark in "|｜":
        cell = text.find(mark, start, end)
        return cell if cell >= 0 else end
    following = _NEXT.search(text, start, end)
    return end if following is None else following.start()


def _listed(text: str, type_: str, start: int) -> Iterator[Found]:
    """The lines below a heading, up to an empty line or the next label."""
    for _ in range(MAX_ITEMS):
        end = text.find("\n", start, start + MAX_VALUE)
        end = min(len(text), start + MAX_VALUE) if end < 0 else end
        item = _ITEM.match(text, start)
        first = item.end() if item else start
        line = text[first:end].strip()
        if not line or _HEADING.match(text, start) or _is_label(line):
            return
        yield from values(text, type_, first, end)
        start = end + 1


def _is_label(line: str) -> bool:
    head, mark, _ = line.replace("：", ":").partition(":")
    return bool(mark) and head.strip(_QUALIFIER + "■●◆・").lower() in _WORDS


def values(text: str, type_: str, start: int, end: int) -> Iterator[Found]:
    """The values of a type between two places of one line."""
    start, end = _trimmed(text, start, end)
    if start >= end or text[start:end].strip(" 　。.").lower() in _NOTHING:
        return
    if type_ == "file_name":
        yield from (
            Found(type_, found[0].strip(), *_stripped(text, *found.span()))
            for found in _FILE.finditer(text, start, end)
        )
        return
    if type_ == "mail_sender":
        yield from _sender(text, start, end)
        return
    if type_ == "registry_key" and not _REGISTRY_HIVE.match(text, start):
        return
    for begin, stop in _parts(text, type_, start, end):
        if text[begin:stop].lower() not in _NOTHING:
            yield Found(type_, text[begin:stop], begin, stop)


def _parts(text: str, type_: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Quoted texts, each its own; else the whole, a name of a mutex up to the first blank or comma."""
    if text[start] in _QUOTES and text[start] != "【":
        spans = [found.span(found.lastindex or 0) for found in _QUOTED.finditer(text, start, end)]
        if spans and spans[0][0] == start + 1:
            yield from (_trimmed(text, *span) for span in spans)
            return
    if type_ == "mutex":
        stop = re.compile(r"[^\s,;、。|]+").match(text, start)
        yield start, min(end, stop.end()) if stop else end
        return
    yield start, end


def _sender(text: str, start: int, end: int) -> Iterator[Found]:
    """A display name; the address beside it is found as an address."""
    address = _ADDRESS.search(text, start, end)
    if address is not None:
        end = address.start()
    start, end = _trimmed(text, start, end)
    while end > start and text[end - 1] in "<＜[(（ 　\"”」'":
        end -= 1
    while start < end and text[start] in "\"“「' 　":
        start += 1
    name = text[start:end]
    if (
        1 < len(name) <= 200
        and name.lower() not in _NOTHING
        and not re.fullmatch(r"[\d.:a-fA-F/\[\]]+|[\w.-]+\.[\w-]+", name)
    ):
        yield Found("mail_sender", name, start, end)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] in "*`"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in "*`"):
        end -= 1
    return start, end


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
