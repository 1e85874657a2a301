"""What holds for any text: exact places, real values, and steps that grow with the length and no faster."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noroshi.indicators.extraction import MAX_CHARS, Choices, extract
from noroshi.indicators.extraction import scan as scanning
from noroshi.indicators.kinds import TYPES

if TYPE_CHECKING:
    from types import FrameType

PIECES: Final = (
    "a.",
    "a@",
    "http://",
    "://",
    "[",
    "[.",
    "[.]",
    "hxxp",
    "hxxp[:]//",
    "..",
    "1.1.1.1.",
    "f" * 32,
    "2001:",
    "2001:db8::",
    " dot a",
    " dot com",
    " AT a.com",
    "x at a dot com ",
    "件名:",
    "件名\n",
    "Subject:",
    "\nsubject\n",
    "添付：a",
    "mutex: ",
    "http%3a%2f%2f",
    "aHR0cDov",
    "aHR0cDovL2EuY29t",
    "68747470733a2f2f",
    "HKLM\\a",
    "Mozilla/5.0 (",
    "3:AAAAAA:BBBBBB ",
    "日本。",
    "日本.中国",
    "。a",
    "(http://a.example/",
    "http://a.example/x@",
    "a.example/",
    "a.example\n",
    "\\/",
    "\\.",
    "\u200b",
    "ａ．",
    "|",
    "| mutex |",
    "<a href='",
    "&amp;",
    "<!--",
    "-dot-",
    "bc1q",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "T1059",
    "CVE-2017-11882",
    "C:\\a.exe ",
    "a.doc",
    "「",
    "http:\\\\a.example\\",
    "0x",
    "%5B.%5D",
    "user@evil.example ",
    "http://a.example/\n",
    "http://a.example/a\n/b\n/c\n",
)
"""What makes extraction work hard, alone or beside each other."""


def steps(text: str, *, html: bool = False) -> int:
    """Calls of functions, those of the interpreter included, until everything is found."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        for _ in extract(text, Choices(html=html)):
            pass
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    ("piece", "html"),
    [
        *((piece, False) for piece in PIECES),
        *((piece, True) for piece in ("<a href='", "&amp;", "<!--", "<", "a.")),
    ],
)
def test_steps_grow_with_the_length_only(piece: str, *, html: bool) -> None:
    """Each further stretch of text takes about the steps of the one before."""
    assert list(extract(piece * 3, Choices(html=html))) is not None  # what is loaded once does not count
    first, second, third = (steps(piece * (1000 * times), html=html) for times in (1, 2, 3))
    assert third - second <= 1.2 * (second - first) + 500


texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=30).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=texts, html=st.booleans())
def test_places_and_types_of_any_text(text: str, *, html: bool) -> None:
    """The text stands where it is said to, in order; the type is known; nothing is raised."""
    places = []
    for one in extract(text, Choices(html=html)):
        assert one.text
        assert one.text == text[one.offset : one.offset + len(one.text)]
        assert one.type in TYPES
        assert one.value
        places.append(one.offset)
    assert sorted(places) == places


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    label=st.from_regex(r"[a-z][a-z0-9]{2,12}", fullmatch=True),
    path=st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,3}", fullmatch=True),
    dot=st.sampled_from(["[.]", "(.)", "{.}", "[dot]", "．", "。", "【.】", "\\.", "."]),
    scheme=st.sampled_from(["hxxp://", "hXXp[:]//", "h**p://", "http://", "meow://"]),
    around=st.sampled_from(
        [("", ""), ("接続先は「", "」です。"), ("(", ")"), ("| ", " |"), ("see ", ", then"), ("＜", "＞")]
    ),
)
def test_what_is_defanged_comes_back(
    label: str, path: str, dot: str, scheme: str, around: tuple[str, str]
) -> None:
    """Any URL, defanged in any way, between any texts."""
    text = f"{around[0]}{scheme}{label}{dot}example/{path}{around[1]}"
    assert [f"http://{label}.example/{path}"] == [one.value for one in extract(text) if one.type == "url"]


def test_too_long_a_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is done with it."""
    assert MAX_CHARS > 10_000_000
    monkeypatch.setattr(scanning, "MAX_CHARS", 10)
    with pytest.raises(ValueError, match="longer than 10 characters"):
        list(extract("x" * 11))
