r"""Undoing what people do to indicators so that nobody clicks on them.

Layers, each over what the one before left:

1. invisible characters away;
2. full-width letters, digits and signs to ASCII, ``。`` between ASCII letters to a dot (one to one);
3. signs in brackets: ``[.] (dot) {at} 【.】 [:] [/]``, half open ones, ``\.`` ``^.`` ``\/`` ``%5B.%5D``;
4. schemes: ``hxxp h**p h00p meow xxxx`` …, with ``://`` ``:\\`` ``__`` or a blank in between;
5. words: `` dot ``, `` punkt ``, ``-dot-``, `` AT `` …, where a host name results.

Every expression is bounded and every place is looked at a fixed number of times.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.indicators.extraction.layers import Edit, Layer, Layered, without_overlaps
from noroshi.indicators.extraction.names import is_host_name, is_suffix_label
from noroshi.indicators.extraction.signals import Signal, defangings_of, signals_of
from noroshi.indicators.extraction.tables import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.indicators.extraction.signals import Signals

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]+"
)
_ONE_TO_ONE: Final = (
    {0xFF01 + at: 0x21 + at for at in range(0x5E)}
    | dict.fromkeys(map(ord, "【「『〔〈《〚"), "[")
    | dict.fromkeys(map(ord, "】」』〕〉》〛"), "]")
    | {0x3000: " ", 0x00A0: " ", 0xFF61: "。", 0x2010: "-", 0x2011: "-", 0x2024: ".", 0xFE52: "."}
)
_WIDE: Final = re.compile("[\u00a0\u2010\u2011\u2024\u3000-\u301b\ufe52\uff01-\uff61]")
_IDEOGRAPHIC_DOT: Final = re.compile(r"(?<=[0-9A-Za-z\])}])。(?=[0-9A-Za-z\[({])")

_BRACKETED: Final = re.compile(
    r"""
    (?P<space>[ ]?)(?:
      [\[({<]{1,2} [ \t]{0,3}
        (?: (?P<dot>\.(?:[ ]{1,3}\.)?|,|dot|d0t|punto|punkt|point)
          | (?P<at>@|at|et|arroba)
          | (?P<sign>://|:/|:|//|/|-|_) )
      [ \t]{0,3} [\])}>]{1,2}
    | (?P<open>[\[({]\.) | (?P<between>[\])}]\.[\[({]) | (?P<slash>\\/)
    | (?P<half>\.[\])}]) | (?P<escaped>[\\^]\.) | (?P<percent>%5B\.%5D)
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SEPARATOR: Final = re.compile(r"[ ]?:[ ]?(?P<slashes>(?:/|\\){1,4})[ ]?|:?__")
_SCHEME: Final = re.compile(
    r"""
    (?P<http>h[\[({]?(?:[tx*]{2,3}|00|__)[\])}]?p|meow|me0w) (?P<s>s?)
    | (?P<word>(?<![a-z0-9])(?:xxxxs?|ftx|fxp|f\*p|sfxp|sftx))
    | (?P<plain>(?<![a-z0-9])(?:sftp|ftps?|tftp|ldaps?|tcp|udp|wss?|smb))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCHEME_END: Final = re.compile(
    r"(?:h[\[({]?(?:[tx*]{2,3}|00|__)[\])}]?ps?|meows?|me0ws?|xxxxs?|ftx|fxp|f\*p|sfxp|sftx|sftp|ftps?|tftp|ldaps?|tcp|udp"
    r"|wss?|smb)$",
    re.IGNORECASE,
)
SCHEME_CHARS: Final = 10
_OTHER_SCHEMES: Final = {
    "xxxx": "http",
    "xxxxs": "https",
    "ftx": "ftp",
    "fxp": "ftp",
    "f*p": "ftp",
    "sfxp": "sftp",
    "sftx": "sftp",
}
_COMMON: Final = {"hxxp": "http", "hxxps": "https", "hXXp": "http", "hXXps": "https"}
_UNTIL_BLANK: Final = re.compile(r"[^\s\"'<>|]{0,2000}")

_DOT_WORD: Final = re.compile(r"[ ](?:dot|DOT|Dot|punto|PUNTO|punkt|PUNKT)[ ]|-dot-|-DOT-|_dot_")
_AFTER_DOT: Final = re.compile(
    r"([0-9A-Za-z-]{1,63})((?:(?:[ ](?:dot|DOT|Dot|punto|PUNTO|punkt|PUNKT)[ ]|\.)[0-9A-Za-z-]{1,63}){0,8})"
)
_LAST_LABEL: Final = re.compile(r"[0-9A-Za-z-]{1,63}$")
_AT_WORD: Final = re.compile(r"[ ](?:AT|at|ET|et|arroba|ARROBA|@)[ ]|/AT/|/at/|[-_]at[-_]|[-_]AT[-_]")
_LOCAL_END: Final = re.compile(r"[0-9A-Za-z_.+-]{1,64}$")
_HOST_START: Final = re.compile(r"[0-9A-Za-z-]{1,63}(?:\.[0-9A-Za-z-]{1,63}){1,10}")
_NO_NAMES: Final = words("names", "no_names")
_NO_MAILBOXES: Final = _NO_NAMES | words("names", "no_mailboxes")


def readable(source: str, first: tuple[Layer, ...] = ()) -> Layered:
    """A text with its defanging undone, on top of layers that went before (HTML)."""
    layers = list(first)
    text = written = layers[-1].text if layers else source
    if not text.isascii():
        if edits := _invisible(text):
            layers.append(Layer(text, edits))
            text = written = layers[-1].text
        text = _narrowed(text)
    signals = defangings_of(text)
    for make in (_brackets, _schemes, _dot_words, _at_words):
        if edits := make(text, signals, layers):
            layer = Layer(text, edits)
            written = layer.text if written is text else Layer(written, edits).text
            layers.append(layer)
            text = layer.text
            signals = defangings_of(text)
    return Layered(source, text, written, tuple(layers), signals_of(text))


def _invisible(text: str) -> list[Edit]:
    return [Edit(match.start(), match.end(), "") for match in _INVISIBLE.finditer(text)]


def _narrowed(text: str) -> str:
    if _WIDE.search(text) is None:
        return text
    return _IDEOGRAPHIC_DOT.sub(".", text.translate(_ONE_TO_ONE))


def _brackets(text: str, signals: Signals, _: list[Layer]) -> list[Edit]:
    edits = []
    reached = 0
    for at in signals[Signal.BRACKET]:
        if at < reached:
            continue
        if text.startswith("[.]", at) and text[at - 1 : at].isalnum() and text[at + 3 : at + 4].isalnum():
            edits.append(Edit(at, at + 3, "."))
            reached = at + 3
            continue
        begin = at - 1 if at > reached and text[at - 1] == " " else at
        match = _BRACKETED.match(text, begin) or _BRACKETED.match(text, at)
        if match is not None and (edit := _bracket_edit(text, match)) is not None:
            edits.append(edit)
            reached = edit.end
    return edits


def _bracket_edit(text: str, match: re.Match[str]) -> Edit | None:
    kind = str(match.lastgroup)
    start, end = match.span()
    if kind == "slash":
        return Edit(match.start("slash"), end, "/", fang=False)
    if match["space"] and kind not in {"dot", "at"}:
        start += 1
    before = text[start - 1 : start]
    if end < len(text) and text[end] == " " and kind in {"dot", "at"} and match["space"]:
        end += 1
    after = text[end : end + 1]
    if kind == "sign":
        return Edit(start, end, match["sign"]) if _sign_fits(match["sign"], before, after) else None
    joins = (before.isalnum() or before in {"_", "-", ")", "]"}) and (
        after.isalnum() or after in {"[", "(", "_"}
    )
    if not joins or (kind == "half" and not (before.isalnum() and after.isalnum())):
        return None
    return Edit(start, end, "@" if kind == "at" else ".")


def _sign_fits(sign: str, before: str, after: str) -> bool:
    if not before.strip() or not after.strip():
        return False
    return sign not in {"-", "_"} or (before.isalnum() and after.isalnum())


def _schemes(text: str, signals: Signals, _: list[Layer]) -> list[Edit]:
    edits: list[Edit] = []
    reached = 0
    for at in signals[Signal.SEPARATOR]:
        if at < reached or _is_plain(text, at):
            continue
        for edit in _scheme_edits(text, at, reached):
            edits.append(edit)
            reached = edit.end
    return edits


def _is_plain(text: str, at: int) -> bool:
    """Whether there is nothing to undo: ``http://`` and a host right behind it."""
    return (
        text.startswith("://", at)
        and text[at - 4 : at] in {"http", "ttps"}
        and text[at + 3 : at + 4].isalnum()
    )


def _scheme_edits(text: str, at: int, reached: int) -> Iterator[Edit]:
    begin = at - 1 if at > reached and text[at - 1 : at + 1] in {" :", ":_"} else at
    separator = _SEPARATOR.match(text, begin) or _SEPARATOR.match(text, at)
    window = text[max(reached, begin - SCHEME_CHARS - 1) : begin]
    scheme = _scheme_at_end(window) if separator is not None else None
    if separator is None or scheme is None:
        return
    spelt, real = scheme
    slashes = separator["slashes"]
    if slashes is None and not real.startswith("http"):
        return
    if slashes is not None and len(slashes) == 1 and not real.startswith("http"):
        return
    end = separator.end()
    fanged = spelt.lower() != real or separator[0] not in {"://", "://  "}
    if separator[0].endswith(" ") and not (spelt.lower() != real and text[end : end + 1].isalnum()):
        end -= 1
    if fanged and (spelt.lower() != real or text[begin:end] != "://"):
        yield Edit(begin - len(spelt), end, f"{real}://")
    if slashes is not None and "/" not in slashes:
        path = _UNTIL_BLANK.match(text, end)
        for place in _places(text, "\\", end, path.end() if path else end):
            yield Edit(place, place + 1, "/")


def _places(text: str, mark: str, start: int, end: int) -> Iterator[int]:
    while (start := text.find(mark, start, end)) >= 0:
        yield start
        start += 1


def _scheme_at_end(window: str) -> tuple[str, str] | None:
    """The scheme as written at the end of a few characters, and as it really is."""
    if (real := _COMMON.get(window[-5:].lstrip())) is not None:
        return window[-5:].lstrip(), real
    match = _SCHEME_END.search(window)
    if match is None:
        return None
    known = _SCHEME.match(window, match.start())
    if known is None or known.end() != len(window):
        return None
    if known["http"]:
        return known[0], "http" + known["s"].lower()
    spelt = known[0].lower()
    return known[0], _OTHER_SCHEMES.get(spelt, spelt)


def _dot_words(text: str, signals: Signals, _: list[Layer]) -> list[Edit]:
    edits = []
    for place in signals[Signal.DOT_WORD]:
        match = _DOT_WORD.match(text, place)
        if match is None:
            continue
        before = _LAST_LABEL.search(text[max(0, match.start() - 63) : match.start()])
        after = _AFTER_DOT.match(text, match.end())
        if before is None or after is None or before[0].lower() in _NO_NAMES:
            continue
        alone = match[0][0] != " "
        last = after[1] if alone else re.split(r"[ .]", after[0])[-1]
        ends = not alone or text[after.end(1) : after.end(1) + 1] not in {".", "-", "_"}
        if ends and is_suffix_label(last.lower()):
            edits.append(Edit(match.start(), match.end(), "."))
    return edits


def _at_words(text: str, signals: Signals, layers: list[Layer]) -> list[Edit]:
    matches = (_AT_WORD.match(text, place) for place in signals[Signal.AT_WORD])
    return without_overlaps(
        [
            Edit(match.start(), match.end(), "@")
            for match in matches
            if match is not None and _is_mail(text, match, layers)
        ]
    )


def _is_mail(text: str, match: re.Match[str], layers: list[Layer]) -> bool:
    local = _LOCAL_END.search(text[max(0, match.start() - 64) : match.start()])
    host = _HOST_START.match(text, match.end())
    if local is None or host is None or not is_host_name(host[0].lower()):
        return False
    name = local[0].lower()
    if is_host_name(name) or name in _NO_MAILBOXES:
        return False
    if match[0].strip(" ") not in {"at", "et"}:
        return True
    if not layers:
        return False
    start, end = layers[-1].below(match.end(), host.end())
    return layers[-1].has_fang(start, end)
