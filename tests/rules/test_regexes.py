"""Regular expressions in RE2's syntax: harmless PCRE escapes rewritten, the rest refused with the reason."""

from __future__ import annotations

import pytest

from noroshi.rules.regexes import MAX_LENGTH, RegexError, compile_re2, to_re2


@pytest.mark.parametrize(
    "source",
    [
        r"a\/b\-c\_d\"",
        r"(?i)a(?-i)b",
        r"[^]a]+",
        r"\bword\b",
        r"\x41\d{2,3}",
        r"(?P<n>a)|(?:b)",
        r"\p{L}",
        r"\\h",
    ],
)
def test_what_re2_takes_stays(source: str) -> None:
    """Nothing is rewritten without need."""
    assert source == to_re2(source)


@pytest.mark.parametrize(
    ("source", "text", "matches"),
    [
        (r"a\hb", "a\tb", True),
        (r"a\hb", "a\nb", False),
        (r"a\Hb", "a b", False),
        (r"a[\h;]b", "a b", True),
        (r"a[]\h]b", "a]b", True),
        (r"a\eb", "a\x1bb", True),
        (r"a\u0042c", "aBc", True),
        (r"a[\u3042]c", "aあc", True),
        (r"a\cMb", "a\rb", True),
        (r"a\Rb", "a\r\nb", True),
        (r"a\Nb", "a\nb", False),
        (r"end\Z", "the end\n", True),
        (r"end\Z", "end\n\n", False),
        (r"a(?#what a comment)b", "ab", True),
        (r"日\本", "日本", True),
        (r"[(?#]", "#", True),
    ],
)
def test_what_pcre_writes_otherwise(source: str, text: str, matches: bool) -> None:  # noqa: FBT001 - a table
    """Each rewritten escape means what PCRE's manual says."""
    assert matches is (compile_re2(to_re2(source)).search(text) is not None)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a(?=b)", "look-ahead"),
        ("a(?!b)", "look-ahead"),
        ("(?<=a)b", "look-behind"),
        ("(?<!a)b", "look-behind"),
        (r"(a)\1", "back-references"),
        ("(?>a+)b", "atomic"),
        ("a++", "repetition"),
        ("a{1,5000}", "repetition"),
        ("(?#endless", "comment"),
        ("a(", "missing"),
        (r"\Ga", "escape"),
        ("a" * (MAX_LENGTH + 1), "longer"),
    ],
)
def test_what_cannot_be_linear_is_refused(source: str, why: str) -> None:
    """With the reason, never approximated."""
    with pytest.raises(RegexError, match=why):
        to_re2(source)


def test_flags_are_tried_too() -> None:
    """The flags of the modifiers are part of the expression."""
    assert compile_re2("A.B", "is").search("a\nb") is not None
    assert compile_re2("A.B", "i").search("a\nb") is None
