"""Every technique of script droppers is solved; the engine's numbers and texts are JavaScript's own."""

from __future__ import annotations

import pytest

from noroshi.examine.budget import Budget, Limits
from noroshi.examine.javascript import evaluate
from noroshi.examine.model import EffectKind, Evaluation
from noroshi.examine.vba import evaluate as evaluate_vba
from tests.examine.javascript.battery import JAVASCRIPT, VBSCRIPT, Case

_HARMLESS = {EffectKind.MESSAGE, EffectKind.SLEEP, EffectKind.SCRIPT}


def check(case: Case, evaluation: Evaluation) -> None:
    """Each text wanted is an argument of an effect, each text said is seen, no limit is reached."""
    effects = [one for one in evaluation.effects if one.kind not in _HARMLESS]
    found = {value for effect in effects for value in effect.arguments.values()}
    assert set(case.wanted) <= found
    assert set(case.said) <= {one.text for one in evaluation.seen}
    assert () == evaluation.bounded


@pytest.mark.parametrize("case", JAVASCRIPT, ids=lambda case: case.name)
def test_a_technique_of_javascript_is_solved(case: Case) -> None:
    """One technique, one case."""
    check(case, evaluate(case.code))


@pytest.mark.parametrize("case", VBSCRIPT, ids=lambda case: case.name)
def test_a_technique_of_vbscript_is_solved(case: Case) -> None:
    """One technique, one case."""
    check(case, evaluate_vba({"script": case.code}))


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("[]+[]", ""), ("[]+{}", "[object Object]"), ("[1,[2,3]]+''", "1,2,3"),
        ("1/3+''", "0.3333333333333333"),
        ("0.1+0.2+''", "0.30000000000000004"), ("1e21+''", "1e+21"), ("(25).toString(36)", "p"),
        ("-7%3+''", "-1"), ("(1<<31)+''", "-2147483648"), ("(-1>>>0)+''", "4294967295"), ("'5'*'2'+''", "10"),
        ("'5'+2", "52"), ("null+1+''", "1"), ("undefined+1+''", "NaN"), ("typeof null", "object"),
        ("'abc'.substr(-2,1)", "b"), ("'abcd'.slice(-3,-1)", "bc"), ("'abcd'.substring(3,1)", "bc"),
        ("parseInt('12abc')+''", "12"), ("parseInt('0x1F')+''", "31"), ("[10,9,1].sort()+''", "1,10,9"),
        ("'a-b-c'.replace('-','+')", "a+b-c"), ("'x'.concat(1,true)", "x1true"), ("[,1].length+''", "2"),
        ("(function(){return arguments.length})(1,2)+''", "2"), ("'\\101\\u{42}'", "AB"), ("010+''", "8"),
        ("[3,1,2].reduce((a,b)=>a+b)+''", "6"), ("''+(1,2)", "2"), ("'aXbX'.split(/x/i).join('|')", "a|b|"),
        ("Math.round(2.5)+''", "3"), ("Math.round(-2.5)+''", "-2"), ("1/0+''", "Infinity"), ("+true+''", "1"),
        ("'%u8ACB'.length+unescape('%u8ACB')", "6請"), ("encodeURIComponent('請 a')", "%E8%AB%8B%20a"),
    ],
)  # fmt: skip
def test_values_are_those_of_the_language(expression: str, wanted: str) -> None:
    """By ECMAScript's rules; worked out by hand."""
    evaluation = evaluate(f'new ActiveXObject("WScript.Shell").Run("<" + ({expression}) + ">");')
    effects = [one.arguments["command"] for one in evaluation.effects]
    assert [f"<{wanted}>"] == effects


@pytest.mark.parametrize(
    "code", ["while(true){}", "for(;;){a=1}", "function f(){f()}f()", "var s='a';while(1)s+=s;"]
)
def test_scripts_without_an_end_end(code: str) -> None:
    """At the bounds, or where calls are nested too deeply."""
    evaluation = evaluate(code, Budget(Limits(steps=50_000, text=1 << 20)))
    assert evaluation.partial


def test_a_payload_built_letter_by_letter_costs_its_length() -> None:
    """Forty thousand letters stay far inside the bounds, and only the whole text is kept."""
    code = 'var s="";for(var i=0;i<40000;i++){s+=String.fromCharCode(65+i%26)}'
    evaluation = evaluate(code + 'new ActiveXObject("WScript.Shell").Run(s);')
    assert [40_000] == [len(one.arguments["command"]) for one in evaluation.effects]
    assert () == evaluation.bounded
    assert 60 > len(evaluation.seen)
