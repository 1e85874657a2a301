"""Values and modifiers of the Sigma 2.1 specification, from YAML to the engine, worked by hand."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.engine.sigma import ABSENT, accepted, load, matches, rule

BACKSLASH = "\\"

STRINGS: list[tuple[str, list[Any], list[Any]]] = [
    # Plain values: whole, any case.
    ("A: abc", ["abc", "ABC", "aBc"], ["abcd", "xabc", "", ABSENT, None, " abc", "abc\n"]),
    ("A: [abc, def]", ["abc", "DEF"], ["abcdef", "", ABSENT]),
    ("A: ''", [""], [ABSENT, None, " ", 0, False, [], {}]),
    ("A: null", [ABSENT, None], ["", "null", 0, False, [], "None"]),
    ("A: [null, '']", [ABSENT, None, ""], ["x", 0]),
    ("A: 'null'", ["null", "NULL"], [None, ABSENT]),
    # Wildcards: ? is one code point, * any run, line ends included.
    ("A: a*c", ["ac", "abc", "a\nb\r\nc", "A😀C"], ["ab", "acd", "bac"]),
    ("A: a?c", ["abc", "a\nc", "a😀c", "aßc", "a日C"], ["ac", "abbc", "a😀😀c", "a\r\nc"]),
    ("A: '??'", ["ab", "日本", "😀😀", 12], ["a", "abc", "", "😀"]),
    ("A: '*'", ["", "x", 0, False, [""]], [ABSENT, None, [], {}]),
    ("A: '?*'", ["x", "xy", "\n", 7], ["", ABSENT]),
    ("A: '*a*b*'", ["ab", "xaxbx", "a\nb"], ["ba", "a", "b"]),
    ("A: '**a'", ["a", "xa"], ["ax"]),
    ("A: '*.exe'", [".exe", "x.EXE"], ["exe", "x.exe "]),
    ("A: 'a.c'", ["a.c"], ["abc"]),
    ("A: 'a[b]+(c)|^$'", ["a[b]+(c)|^$"], ["ab+c"]),
    # Unicode simple case folding (CaseFolding.txt, C and S).
    ("A: straße", ["STRAẞE", "straße"], ["strasse", "STRASSE"]),
    ("A: iı", ["Iı", "iı"], ["İı", "ii", "II", "ıı"]),
    ("A: İ", ["İ"], ["i", "I", "ı", "i̇"]),
    ("A: ΣΑΣ", ["σας", "σασ", "Σας"], ["sas"]),
    ("A: kelvin", ["KELVIN", "\u212aelvin"], ["celvin"]),
    ("A: user", ["u\u017fer", "USER"], ["uſſer"]),
    ("A: '\u1fb3'", ["\u1fbc", "\u1fb3"], ["\u03b1\u03b9", "\u0391"]),
    ("A: ＡＢＣ", ["ａｂｃ", "Ａｂｃ"], ["abc", "ABC"]),
    ("A: '\u01c4'", ["\u01c5", "\u01c6", "\u01c4"], ["D\u017d", "dz"]),
    ("A: '\u00b5\u2126\u212b'", ["\u03bc\u03c9\u00e5"], ["uoa"]),
    ("A: '\U00010400'", ["\U00010428"], []),
    ("A: '\u13f0'", ["\u13f8", "\u13f0"], []),
    ("A: 'ŉ'", ["ŉ"], ["ʼn", "ʼN"]),
    # Composed and decomposed letters differ: folding is no normalisation.
    ("A: 'é'", ["É"], ["e\u0301"]),
]


@pytest.mark.parametrize(("line", "yes", "no"), STRINGS, ids=[line for line, _, _ in STRINGS])
def test_strings(line: str, yes: list[Any], no: list[Any]) -> None:
    """Case, wildcards, the empty string and null."""
    assert yes == accepted(line, [*yes, *no])


ESCAPES: list[tuple[str, list[str], list[str]]] = [
    # A backslash before anything but a wildcard is itself, single or double.
    (r"A: 'C:\Windows\x.exe'", [r"C:\Windows\x.exe", r"c:\WINDOWS\X.EXE"], [r"C:\\Windows\\x.exe"]),
    (r"A: 'C:\\Windows\\x.exe'", [r"C:\Windows\x.exe"], [r"C:\\Windows\\x.exe"]),
    (r"A: 'a\\\b'", [r"a\\b"], [r"a\b", r"a\\\b"]),
    (r"A: 'a\\\\b'", [r"a\\b"], [r"a\b", r"a\\\\b"]),
    (r"A: '\\host\share'", [r"\host\share"], [r"\\host\share"]),
    (r"A: '\\\\host\share'", [r"\\host\share"], [r"\host\share"]),
    (r"A: 'a\'", ["a\\"], ["a", "a\\\\"]),
    (r"A: 'a\\'", ["a\\"], ["a", "a\\\\"]),
    (r"A: '\'", ["\\"], ["", "\\\\"]),
    # An escaped wildcard is plain.
    (r"A: 'a\*c'", ["a*c", "A*C"], ["abc", r"a\*c", r"a\bc", "ac"]),
    (r"A: 'a\?c'", ["a?c"], ["abc", r"a\?c"]),
    (r"A: 'C:\*\x.exe'", [r"C:*\x.exe"], [r"C:\dir\x.exe", r"C:\*\x.exe"]),
    # A doubled backslash before a wildcard is a backslash and the wildcard.
    (r"A: 'C:\\*\x.exe'", [r"C:\dir\x.exe", r"C:\a\b\x.exe", r"C:\*\x.exe", r"C:\\x.exe"], [r"C:*\x.exe"]),
    (r"A: 'a\\?c'", [r"a\bc", r"a\?c"], [r"a\c", "abc", "a?c"]),
    (r"A: 'a\\*'", ["a\\", "a\\bc"], ["a", "a*", "ab"]),
    # Three escape both; four are two backslashes and the wildcard.
    (r"A: 'a\\\*c'", [r"a\*c"], [r"a\bc", "a*c", r"a\\*c", r"a\c"]),
    (r"A: 'a\\\?c'", [r"a\?c"], [r"a\bc", "a?c"]),
    (r"A: 'a\\\\*c'", [r"a\\bc", r"a\\c", r"a\\*c"], [r"a\bc", r"a\*c"]),
    # Escapes inside the modifiers that add wildcards.
    (r"A|contains: '\*'", ["a*b", "*"], ["ab", "\\", ""]),
    (r"A|contains: '\'", ["a\\b", "\\"], ["ab", ""]),
    (r"A|endswith: '\x.exe'", [r"C:\x.exe", r"\X.EXE"], ["x.exe", r"C:\x.exe.bak"]),
    (r"A|startswith: 'C:\'", ["C:\\", r"c:\x"], ["C:", "C:/x", r"xC:\x"]),
    (r"A|startswith: 'C:\*'", ["C:*", r"C:*x"], [r"C:\x"]),
    (r"A|startswith: 'C:\\*'", ["C:\\", r"C:\x"], ["C:*"]),
    (r"A|endswith: '\\*'", ["\\", r"a\b"], ["*", "a"]),
    (r"A|contains: '\\\\'", [r"a\\b"], [r"a\b"]),
    (r"A|contains: 'a*b'", ["xaxbx", "ab"], ["ba"]),
    (r"A|contains: 'a?b'", ["xaxbx"], ["ab"]),
    (r"A|contains: ''", ["", "x"], []),
]


@pytest.mark.parametrize(("line", "yes", "no"), ESCAPES, ids=[line for line, _, _ in ESCAPES])
def test_escapes(line: str, yes: list[str], no: list[str]) -> None:
    """Backslashes as the specification's list of five has them."""
    assert yes == accepted(line, [*yes, *no])


PLACES: list[tuple[str, list[Any], list[Any]]] = [
    ("A|contains: b", ["abc", "B", "b\n"], ["ac", "", ABSENT, None]),
    ("A|startswith: ab", ["ab", "ABc"], ["xab", "a"]),
    ("A|endswith: ab", ["ab", "xAB"], ["abx", "ab\n"]),
    ("A|contains: [a, b]", ["xa", "xb"], ["x"]),
    ("A|contains|all: [a, b]", ["ab", "BxA"], ["a", "b", ""]),
    ("A|all|contains: [a, b]", ["ab", "BxA"], ["a", "b"]),
    ("A|startswith|all: [a, ab]", ["abc"], ["ac"]),
    ("A|endswith|all: [c, bc]", ["abc"], ["ac"]),
    ("A|all: ['a*', '*c']", ["abc", "ac"], ["ab", "bc"]),
    # cased
    ("A|cased: Ab", ["Ab"], ["ab", "AB", "aB"]),
    ("A|cased: A*b?", ["Axxbz", "Abé"], ["axbz", "ABz"]),
    ("A|contains|cased: Ab", ["xAbx"], ["xabx"]),
    ("A|cased|contains: Ab", ["xAbx"], ["xabx"]),
    ("A|startswith|cased: Ab", ["Abx"], ["abx", "xAb"]),
    ("A|cased|startswith: Ab", ["Abx"], ["abx", "xAb"]),
    ("A|endswith|cased: Ab", ["xAb"], ["xab", "Abx"]),
    ("A|cased|endswith: Ab", ["xAb"], ["xab"]),
    ("A|contains|all|cased: [A, b]", ["bA", "Ab"], ["ab", "AB"]),
    ("A|cased|contains|all: [A, b]", ["bA", "Ab"], ["ab", "AB"]),
    ("A|cased: [A, b]", ["A", "b"], ["a", "B"]),
    ("A|cased: K", ["K"], ["k", "\u212a"]),
    # neq is NOT, so a missing field is different.
    ("A|neq: b", ["a", "", ABSENT, None, "bb", 1], ["b", "B"]),
    ("A|neq: [a, b]", ["c", ABSENT], ["a", "B"]),
    ("A|contains|neq: b", ["ac", ABSENT], ["abc"]),
    ("A|neq|contains: b", ["ac", ABSENT], ["abc"]),
    ("A|startswith|neq: b", ["ab", ABSENT], ["ba"]),
    ("A|endswith|neq: b", ["ba", ABSENT], ["ab"]),
    ("A|cased|neq: B", ["b", ABSENT], ["B"]),
    ("A|neq|cased: B", ["b", ABSENT], ["B"]),
    ("A|neq: null", ["", "x", 0, False], [ABSENT, None]),
    ("A|neq: ''", ["x", ABSENT, None, 0], [""]),
    ("A|neq: 4", [5, "5", ABSENT, "x", True], [4, "4", 4.0]),
    ("A|neq: true", [False, "no", 1, ABSENT], [True, "true", "TRUE"]),
    ("A|contains|all|neq: [a, b]", ["a", "b", "", ABSENT], ["ab"]),
    ("A|re|neq: 'a+'", ["b", ABSENT], ["xaax"]),
    ("A|cidr|neq: 10.0.0.0/8", ["192.0.2.1", "x", ABSENT], ["10.1.2.3"]),
    ("A|lt|neq: 5", [5, 6, "x", ABSENT], [4, "4"]),
    ("A|exists|neq: true", [ABSENT], ["x", "", None]),
    # exists
    ("A|exists: true", ["", "x", None, 0, False, [], {}], [ABSENT]),
    ("A|exists: false", [ABSENT], ["", "x", None, 0, False, [], {}]),
    # lists in the event: any element; with all, each value by some element
    ("A: b", [["a", "b"], ["B"], [["b"]]], [["ab"], []]),
    ("A|contains: b", [["xbx", "a"]], [["a", "c"], []]),
    ("A|contains|all: [a, b]", [["xa", "xb"], ["ab"]], [["a", "c"]]),
    ("A|all: [a, b]", [["a", "b", "c"]], [["a"], "a", ["ab"]]),
    ("A|neq: b", [["a"], []], [["a", "b"]]),
    ("A: 7", [[1, 7], ["7"]], [[77], ["x"]]),
    ("A|gt: 7", [[1, 8], ["x", "9"]], [[1, 7]]),
    ("A|re: '^b$'", [["a", "b"]], [["ab"]]),
    ("A|cidr: 10.0.0.0/8", [["192.0.2.1", "10.0.0.1"]], [["192.0.2.1"]]),
    ("A: null", [None, ABSENT], [[], [""], ["x"]]),
]


@pytest.mark.parametrize(("line", "yes", "no"), PLACES, ids=[line for line, _, _ in PLACES])
def test_modifiers_of_texts(line: str, yes: list[Any], no: list[Any]) -> None:
    """contains, startswith, endswith, all, cased, neq, exists and their combinations."""
    assert yes == accepted(line, [*yes, *no])


WINDASH: list[tuple[str, list[str], list[str]]] = [
    ("A|windash: -a", ["-a", "/a", "\u2013a", "\u2014A", "\u2015a"], ["a", "--a", "\u2012a", "\\a"]),
    ("A|windash: /a", ["-a", "/a", "\u2013a", "\u2014a", "\u2015a"], ["a"]),
    ("A|windash|contains: ' -enc '", ["x -ENC y", "x /enc y", "x \u2015enc y"], ["x enc y", "x -encoded"]),
    ("A|contains|windash: ' -enc '", ["x -ENC y", "x /enc y"], ["x enc y"]),
    ("A|windash|startswith: -a", ["/ab"], ["x-a"]),
    ("A|endswith|windash: ' -a'", ["x /a", "x -A"], ["x /ab", "x a"]),
    ("A|windash|contains|all: [' -a', ' -b']", ["x /a \u2014b", "x -b -a"], ["x /a", "x -b"]),
    ("A|contains|all|windash: [' -a', ' -b']", ["x /a \u2014b"], ["x /a", "x -b"]),
    ("A|windash|cased: -A", ["-A", "/A"], ["-a", "/a"]),
    ("A|cased|windash: -A", ["-A", "/A"], ["-a", "/a"]),
    ("A|windash|contains|cased: ' -A'", ["x /A"], ["x /a"]),
    ("A|windash|neq: -a", ["a", "x"], ["-a", "/a", "\u2013a"]),
    ("A|windash: '-a-b'", ["-a-b", "/a-b"], ["-a/b", "/a/b"]),
    ("A|windash|contains: ' -a -b'", ["x -a -b", "x /a -b", "x -a /b", "x \u2013a \u2014b"], ["x a b"]),
    (r"A|windash|contains: ' -\*a'", ["x -*a"], ["x -za"]),
    ("A|windash|contains: ' -a*b'", ["x /azzb"], ["x /ba"]),
]


@pytest.mark.parametrize(("line", "yes", "no"), WINDASH, ids=[line for line, _, _ in WINDASH])
def test_windash(line: str, yes: list[str], no: list[str]) -> None:
    """Five dashes stand for one another where a parameter begins."""
    assert yes == accepted(line, [*yes, *no])


# RFC 4648 section 10: BASE64("foobar") = "Zm9vYmFy".
ENCODED: list[tuple[str, list[str], list[str]]] = [
    ("A|base64: foobar", ["Zm9vYmFy"], ["foobar", "xZm9vYmFy"]),
    ("A|base64: foob", ["Zm9vYg=="], ["Zm9vYg"]),
    ("A|base64|contains: foobar", ["x Zm9vYmFy y"], ["foobar"]),
    ("A|base64|contains|cased: foobar", ["xZm9vYmFyx"], ["xzm9vymfyx"]),
    ("A|base64|startswith: foo", ["Zm9vx"], ["xZm9v"]),
    ("A|base64|endswith: foo", ["xZm9v"], ["Zm9vx"]),
    ("A|base64|contains|all: [foo, bar]", ["Zm9v YmFy"], ["Zm9v"]),
    ("A|base64|neq: foo", ["x"], ["Zm9v"]),
    (r"A|base64: 'a\*b'", ["YSpi"], ["YVwqYg=="]),
    ("A|base64: é", ["w6k="], ["6Q=="]),
]


@pytest.mark.parametrize(("line", "yes", "no"), ENCODED, ids=[line for line, _, _ in ENCODED])
def test_base64(line: str, yes: list[str], no: list[str]) -> None:
    """The value is encoded as UTF-8 and compared like any other text."""
    assert yes == accepted(line, [*yes, *no])


WIDE = {"": "utf-8", "wide|": "utf-16-le", "utf16le|": "utf-16-le", "utf16be|": "utf-16-be"}


@pytest.mark.parametrize("text", ["foobar", "http://", "a b", "日本語", "é"])
@pytest.mark.parametrize("name", WIDE)
def test_base64offset_finds_the_text_at_every_offset(name: str, text: str) -> None:
    """Whatever stands before and after it in what was encoded; another text is not found."""
    raw = text.encode(WIDE[name])
    inside = [
        b64encode(b"\xfe" * before + raw + b"\xff" * after).decode()
        for before in range(6)
        for after in range(4)
    ]
    other = b64encode("zzzzzzzzzzzz".encode(WIDE[name])).decode()

    assert inside == accepted(f"A|{name}base64offset|contains: '{text}'", [*inside, other])


@pytest.mark.parametrize(
    ("modifiers", "encoding"),
    [("wide", "utf-16-le"), ("utf16le", "utf-16-le"), ("utf16be", "utf-16-be"), ("utf16", "utf-16-le")],
)
@pytest.mark.parametrize("text", ["ping", "日本語", "é", "Привет", "😀"])
def test_utf16_before_base64(modifiers: str, encoding: str, text: str) -> None:
    """``utf16`` writes a byte order mark first, the others none; letters outside ASCII are letters too."""
    mark = b"\xff\xfe" if modifiers == "utf16" else b""
    right = b64encode(mark + text.encode(encoding)).decode()
    wrong = [b64encode(f"zz{text}".encode()).decode()]

    assert [right] == accepted(f"A|{modifiers}|base64: {text}", [right, *wrong])
    assert [f"x{right}"] == accepted(f"A|{modifiers}|base64|contains: {text}", [f"x{right}", *wrong])
    inside = [b64encode(b"\0" * before + mark + text.encode(encoding)).decode() for before in range(3)]
    assert inside == accepted(f"A|{modifiers}|base64offset|contains: {text}", [*inside, *wrong])


def test_wide_alone_compares_with_the_bytes_as_characters() -> None:
    """Binary data that a log shows with its zeros."""
    assert ["x\0f\0o\0y"] == accepted("A|wide|contains: fo", ["x\0f\0o\0y", "fo", "x f o "])
    assert ["\0f\0o"] == accepted("A|utf16be: fo", ["\0f\0o", "f\0o\0", "fo"])


REGEXES: list[tuple[str, list[Any], list[Any]]] = [
    ("A|re: 'b+'", ["abbc", "b"], ["aBc", "", ABSENT, None]),
    ("A|re: '^b+$'", ["bb"], ["abb", "bba", "B"]),
    ("A|re|i: '^B+$'", ["bB"], ["ab"]),
    ("A|re|ignorecase: '^B+$'", ["bB"], ["ab"]),
    ("A|re: 'a.c'", ["abc", "a😀c"], ["a\nc", "ac"]),
    ("A|re|s: 'a.c'", ["abc", "a\nc"], ["ac"]),
    ("A|re|dotall: 'a.c'", ["a\nc"], ["ac"]),
    ("A|re: '^b$'", ["b"], ["a\nb\nc"]),
    ("A|re|m: '^b$'", ["b", "a\nb\nc"], ["a\nbc"]),
    ("A|re|multiline: '^b$'", ["a\nb\nc"], ["ab"]),
    ("A|re|i|m|s: '^B.C$'", ["x\nb\nc\ny"], ["xb\nc"]),
    ("A|re|i|s: 'A.B'", ["a\nb"], ["ab"]),
    ("A|re: ['^a$', '^b$']", ["a", "b"], ["c"]),
    ("A|re|all: ['a', 'b']", ["ab", ["a", "b"]], ["a"]),
    (r"A|re: '\\x\.exe$'", [r"C:\x.exe"], ["x.exe", r"C:\xyexe"]),
    (r"A|re: '^\*\?$'", ["*?"], ["ab"]),
    (r"A|re: '^[A-Za-z]:\\(?:[^\\]+\\){2}\w+\.tmp$'", [r"C:\a\b\c.tmp"], [r"C:\a\c.tmp"]),
    (r"A|re: '^\d{2,3}$'", ["12", 123], ["1", 1234]),
    (r"A|re: '^(?i)ab$'", ["AB"], ["abc"]),
    (r"A|re: '^\x41\u00e9$'", ["Aé"], ["A", "aé"]),
    ("A|re: 'a{2}|^$'", ["xaa", ""], ["a"]),
    ("A|re: 日+本", ["日日本"], ["本"]),
    (r"A|re: '%[0-9a-f]{2}'", ["x%2fy"], ["%zz"]),
    ("A|re: 5", [5, "152"], [4]),
    ("A|re: 'true'", [True], [False]),
    # The place where it has to stand, as with texts.
    ("A|re|startswith: 'ab+'", ["abbc"], ["xab"]),
    ("A|re|endswith: 'ab+'", ["xabb"], ["abc"]),
    ("A|re|contains: 'ab+'", ["xabbx", "a\nab"], ["b"]),
    ("A|re|startswith: 'a|b'", ["ax", "bx"], ["xa", "xb"]),
    ("A|re|endswith: 'a|b'", ["xa", "xb"], ["ax", "bx"]),
]


@pytest.mark.parametrize(("line", "yes", "no"), REGEXES, ids=[line for line, _, _ in REGEXES])
def test_regular_expressions(line: str, yes: list[Any], no: list[Any]) -> None:
    """Searched, with case, unless flags say otherwise."""
    assert yes == accepted(line, [*yes, *no])


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a(?=b)", "look-ahead"),
        ("a(?!b)", "look-ahead"),
        ("(?<=a)b", "look-behind"),
        ("(?<!a)b", "look-behind"),
        (r"(a)\1", "back-reference"),
        ("(?>a)", "atomic"),
        ("(a", "missing"),
        ("[a", "missing"),
        ("a**", "repetition"),
        ("*a", "repetition"),
    ],
)
def test_a_refused_regular_expression_stops_only_its_own_rule(source: str, reason: str) -> None:
    """A located error at its line; the rule beside it loads and works."""
    loaded = load(
        rule(f"sel:\n  B: x\n  A|re:\n    - ok\n    - '{source}'\ncondition: sel"),
        rule("sel: {A: b}\ncondition: sel"),
    )
    (error,) = loaded.errors

    assert "line 8" == error.place
    assert reason in error.what
    assert error.mend
    assert 1 == len(loaded.ruleset.rules)


def test_maps_lists_of_maps_and_maps_in_lists() -> None:
    """A map is AND, a list of maps OR, a list of values OR."""
    both = "sel: {A: a, B: [b, c]}\ncondition: sel"
    either = "sel:\n  - {A: a, B: b}\n  - {A: x}\n  - B|contains: q\ncondition: sel"

    assert [True, True, False, False] == matches(
        both, {"A": "a", "B": "b"}, {"A": "A", "B": "C"}, {"A": "a"}, {"A": "a", "B": "d"}
    )
    assert [True, True, True, False, False] == matches(
        either, {"A": "a", "B": "b"}, {"A": "x"}, {"A": "a", "B": "aqa"}, {"A": "a"}, {"B": "b"}
    )
