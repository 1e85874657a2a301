from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noroshi.examine.budget import Budget, Limits
from noroshi.examine.model import EffectKind
from noroshi.examine.vba import evaluate


def commands(code: str) -> list[str]:
    """Commands of the processes that a macro would start."""
    return [
        one.arguments["command"] for one in evaluate({"M": code}).effects if one.kind is EffectKind.PROCESS
    ]


def test_numbers_are_written_as_vba_writes_them() -> None:
    r"""Division gives 2.5, whole results have no point, `\\` cuts, hexadecimal above 7FFF is negative."""
    code = (
        'Sub AutoOpen()\nShell 5 / 2 & "|" & 4 / 2 & "|" & 7 \\ 2 & "|" '
        '& -7 Mod 3 & "|" & &HFFFF & "|" & Hex(-1)\nEnd Sub'
    )
    assert ["2.5|2|3|-1|-1|FFFF"] == commands(code)


def test_halves_go_to_the_even_neighbour() -> None:
    """CInt(2.5) is 2 and CInt(3.5) is 4; Int goes down."""
    assert ["2 4 -3"] == commands(
        'Sub AutoOpen()\nShell CInt(2.5) & " " & CInt(3.5) & " " & Int(-2.5)\nEnd Sub'
    )


def test_order_of_operators() -> None:
    """`^` before `*` before `+` before `&` before comparison before `And`; minus binds less than `^`."""
    code = 'Sub AutoOpen()\nShell 1 + 2 * 3 ^ 2 & "a" = "19a" And Not False\nEnd Sub'
    assert ["True"] == commands(code)
    assert ["-4"] == commands("Sub AutoOpen()\nShell -2 ^ 2\nEnd Sub")


def test_only_what_starts_by_itself_has_effects() -> None:
    """A procedure that nothing calls says its texts only."""
    found = evaluate({"M": 'Sub AutoOpen()\nShell "a.exe"\nEnd Sub\nSub X()\nShell "b" & ".exe"\nEnd Sub'})
    assert ["a.exe"] == [one.arguments["command"] for one in found.effects]
    assert "b.exe" in {one.text for one in found.seen}


def test_without_entry_points_what_is_not_called_counts() -> None:
    """A button may start it; what it calls runs once, from there."""
    assert ["x"] == commands('Sub Go()\nInner "x"\nEnd Sub\nSub Inner(a)\nShell a\nEnd Sub')


def test_what_is_not_known_stands_in_its_own_words() -> None:
    """The effect keeps what is known and is not exact."""
    (effect,) = evaluate({"M": 'Sub AutoOpen()\nShell "cmd /c " & InputBox("x")\nEnd Sub'}).effects
    assert ('cmd /c ‹InputBox("x")›', False) == (effect.arguments["command"], effect.exact)


def test_an_unknown_condition_runs_both_branches() -> None:
    """Neither branch may hide anything."""
    code = (
        'Sub AutoOpen()\nIf Now > 5 Then\nShell "a"\nElseIf Timer > 3 Then\nShell "b"\n'
        'Else\nShell "c"\nEnd If\nShell "d"\nEnd Sub'
    )
    assert ["a", "b", "c", "d"] == commands(code)


def test_places_name_module_and_line() -> None:
    """An effect stands where its call stands, in its own module."""
    found = evaluate({"A": "Sub AutoOpen()\nB1\nEnd Sub", "B": '\n\nSub B1()\nShell "x"\nEnd Sub'})
    assert ("B", 4) == (found.effects[0].place.name, found.effects[0].place.line)


def test_the_cleaned_source_is_folded_and_indented() -> None:
    """Constants are folded, comments gone."""
    found = evaluate({"M": 'Sub AutoOpen()\n\' junk\nIf 1 = 1 Then\nShell "a" & Chr(98)\nEnd If\nEnd Sub'})
    assert '\' M\nSub AutoOpen()\n    If True Then\n        Shell "ab"\n    End If\nEnd Sub' == found.cleaned


def test_each_folding_is_explained() -> None:
    """The rule, what stood there and what it became."""
    found = evaluate({"M": 'Sub AutoOpen()\nShell Replace("axb", "x", "")\nEnd Sub'})
    assert ("replace", 'Replace("axb", "x", "")', "ab") in {
        (one.rule, one.before, one.after) for one in found.foldings
    }


def test_a_broken_line_hides_only_itself() -> None:
    """Parsing goes on at the next line, and the result is partial."""
    found = evaluate({"M": 'Sub AutoOpen()\nx = ) ( &\nShell "a"\nEnd Sub'})
    assert ["a"] == [one.arguments["command"] for one in found.effects]
    assert found.partial


def test_statements_of_vbscript_run() -> None:
    """A script's own statements are its entry point."""
    assert ["calc"] == commands('Set s = CreateObject("WScript.Shell")\ns.Run "ca" & "lc"\n')


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("Do\nx = x + 1\nLoop", "steps"),
        ("While True\nWend", "steps"),
        ("a:\nGoTo a", "steps"),
        ("For i = 1 To 2000000000\nNext", "steps"),
        ("For i = 1 To 10 Step 0\nNext", "steps"),
        ('s = "x"\nDo\ns = s & s\nLoop', "text"),
        ("s = String(2000000000, 65)", "text"),
        ("Dim a(3999999) As Byte\nDo\nb = a\nLoop", "steps"),
        ("On Error GoTo h\nh:\nx = 1 / 0\nResume h", "steps"),
    ],
)
def test_endless_work_is_bounded(body: str, what: str) -> None:
    """A limit ends it, is named, and what came before stands."""
    code = f'Sub AutoOpen()\nShell "before"\n{body}\nEnd Sub'
    found = evaluate({"M": code}, Budget(Limits(steps=20_000, text=1 << 20)))
    assert [what] == [bound.what for bound in found.bounded]
    assert "before" == found.effects[0].arguments["command"]


def test_endless_recursion_is_bounded() -> None:
    """Calls inside each other end; the statement behind them is reached."""
    found = evaluate({"M": 'Sub AutoOpen()\nf\nShell "after"\nEnd Sub\nSub f()\nf\nEnd Sub'})
    assert ["after"] == [one.arguments["command"] for one in found.effects]
    assert found.partial


def test_deep_nesting_is_no_crash() -> None:
    """Five thousand brackets are refused, and the next statement is evaluated."""
    found = evaluate({"M": "Sub AutoOpen()\na = " + "(" * 5_000 + ")" * 5_000 + '\nShell "after"\nEnd Sub'})
    assert ["after"] == [one.arguments["command"] for one in found.effects]
    assert found.partial


def test_long_sums_are_linear() -> None:
    """Eight thousand terms are folded within the ordinary budget."""
    assert ["A" * 8_000] == commands("Sub AutoOpen()\nShell " + " & ".join(["Chr(65)"] * 8_000) + "\nEnd Sub")


_WORDS = st.sampled_from(
    ["Sub AutoOpen()", "End Sub", "If", "Then", "Else", "End If", "For", "i", "=", "1", "To", "Next", "Do",
    "Loop", "While",
     "x", "(", ")", ".", ",", "&", "+", "\n", "\n", ":", '"t"', "Shell", "Chr", "Mid", "GoTo", "a:", "a",
     "On Error", "Resume",
     "Select Case", "Case", "With", "Set", "New", "Exit", "Dim", "As", "ReDim", "Array", "Split", "-",
     "Not", "^", "#", "!",
     "CreateObject", "UserForm1", "Me", "ActiveDocument", "Function f(", "Declare", "Enum", "Open", "Print",
     "_\n", "Rem", "'"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(_WORDS, max_size=60).map(" ".join), st.text(max_size=60)))
def test_any_text_is_evaluated_without_a_crash(text: str) -> None:
    """Whatever the text, there is an evaluation, inside its bounds."""
    found = evaluate({"M": text, "N": "Sub AutoOpen()\n" + text}, Budget(Limits(steps=3_000, text=100_000)))
    assert found.steps <= 3_001


def test_a_long_payload_built_letter_by_letter_is_whole() -> None:
    """Thirty thousand letters fit the ordinary budget, and the whole text is kept once."""
    code = "Sub AutoOpen()\nFor i = 1 To 30000\ns = s & Chr(65 + i Mod 26)\nNext\nShell s\nEnd Sub"
    found = evaluate({"M": code})
    wanted = "".join(chr(65 + at % 26) for at in range(1, 30_001))
    assert [wanted] == [one.arguments["command"] for one in found.effects]
    assert not found.partial
    assert wanted in {one.text for one in found.seen}
    assert 10 > sum(len(one.text) > 1_000 for one in found.seen)


def test_a_long_payload_built_line_by_line_is_whole() -> None:
    """Ten thousand lines that each append fit the ordinary budget; states between are not kept."""
    lines = "\n".join(f's = s & "part{at}"' for at in range(10_000))
    found = evaluate({"M": f"Sub AutoOpen()\n{lines}\nShell s\nEnd Sub"})
    wanted = "".join(f"part{at}" for at in range(10_000))
    assert [wanted] == [one.arguments["command"] for one in found.effects]
    assert not found.partial
    assert 100 > sum(len(one.text) > 300 for one in found.seen)


def test_comments_are_no_part_of_the_cleaned_source() -> None:
    """An apostrophe in a text is none; one behind it begins a comment."""
    found = evaluate({"M": 'Sub AutoOpen()\nShell "it\'s" \' not "shown"\nRem nor this\nEnd Sub'})
    assert "' M\nSub AutoOpen()\n    Shell \"it's\"\nEnd Sub" == found.cleaned


def test_val_reads_as_far_as_there_is_a_number() -> None:
    """Blanks are left out, a number may stop anywhere, hexadecimal has its mark."""
    code = (
        'Sub AutoOpen()\nShell Val(" 1 2x") & "|" & Val("&H1f") & "|" & '
        'Val("x") & "|" & Val("2.5e1z") & "|" & Val("-7")\nEnd Sub'
    )
    assert ["12|31|0|25|-7"] == commands(code)
