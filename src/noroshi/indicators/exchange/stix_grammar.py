"""A pattern as alternatives of conditions that hold together, from the tree of OASIS's grammar."""

from __future__ import annotations

from typing import Any, Final

from stix2patterns.v21.grammars.STIXPatternParser import STIXPatternParser
from stix2patterns.v21.pattern import Pattern

from noroshi.errors import Sentence
from noroshi.indicators.exchange.stix_patterns import Atom, literal

Tree = Any
"""A node of ANTLR's tree; the package has no types."""
_REFUSED: Final = {
    STIXPatternParser.ObservationExpressionRepeatedContext: "REPEATS",
    STIXPatternParser.ObservationExpressionWithinContext: "WITHIN",
    STIXPatternParser.ObservationExpressionStartStopContext: "START … STOP",
    STIXPatternParser.PropTestExistsContext: "EXISTS",
    STIXPatternParser.PropTestRegexContext: "MATCHES",
    STIXPatternParser.PropTestOrderContext: "an order (<, >)",
    STIXPatternParser.PropTestLikeContext: "LIKE",
    STIXPatternParser.PropTestIsSupersetContext: "ISSUPERSET",
}


def alternatives(pattern: str, most: int) -> list[list[Atom]]:
    """Groups of conditions; the pattern is true where all of any group hold.

    Raises:
        ValueError: It uses what no list of values can say, or has more than `most` alternatives.
        ParseException: It is no pattern.
    """
    found = _observations(Pattern(pattern).visit(_Root()), most)
    if len(found) > most:
        raise ValueError(Sentence("is a pattern of more than {most:,} alternatives", most=most))
    return found


class _Root:
    """Hands out the tree, which `Pattern` keeps to itself."""

    def visit(self, tree: Tree) -> Tree:
        return tree.observationExpressions()


def _observations(node: Tree, most: int) -> list[list[Atom]]:
    """Alternatives of observations: ``[…] OR […]``."""
    refused = _REFUSED.get(type(node))
    for word in ("AND", "FOLLOWEDBY"):
        refused = refused or (word if (token := getattr(node, word, None)) is not None and token() else None)
    if refused:
        raise ValueError(Sentence("is a pattern with {word}: no single value says it", word=refused))
    if isinstance(node, STIXPatternParser.ObservationExpressionSimpleContext):
        return _comparison(node.comparisonExpression(), most)
    nodes = [child for child in node.getChildren() if hasattr(child, "getRuleIndex")]
    return [group for child in nodes for group in _observations(child, most)]


def _comparison(node: Tree, most: int) -> list[list[Atom]]:
    """``a OR b OR c``: the left operands lie in each other, so this walks down instead of calling itself."""
    found: list[list[Atom]] = []
    while node.OR():
        found[:0] = _comparison(node.comparisonExpression(1), most)
        node = node.comparisonExpression(0)
        if len(found) > most:
            raise ValueError(Sentence("is a pattern of more than {most:,} alternatives", most=most))
    return [*_conjunction(node.comparisonExpressionAnd(), most), *found]


def _conjunction(node: Tree, most: int) -> list[list[Atom]]:
    """``a AND b AND c``: every alternative of one with every alternative of the others."""
    found: list[list[Atom]] = [[]]
    while node.AND():
        found = _product(_conjunction(node.comparisonExpressionAnd(1), most), found, most)
        node = node.comparisonExpressionAnd(0)
    return _product(_test(node.propTest(), most), found, most)


def _product(left: list[list[Atom]], right: list[list[Atom]], most: int) -> list[list[Atom]]:
    if len(left) * len(right) > most:
        raise ValueError(Sentence("is a pattern of more than {most:,} alternatives", most=most))
    return [[*one, *other] for one in left for other in right]


def _test(node: Tree, most: int) -> list[list[Atom]]:
    if refused := _REFUSED.get(type(node)):
        raise ValueError(Sentence("is a pattern with {word}: no single value says it", word=refused))
    if isinstance(node, STIXPatternParser.PropTestParenContext):
        return _comparison(node.comparisonExpression(), most)
    if node.NOT() or (isinstance(node, STIXPatternParser.PropTestEqualContext) and node.NEQ()):
        raise ValueError(Sentence("is a pattern with {word}: no single value says it", word="NOT"))
    path = node.objectPath().getText().replace("'", "").lower()
    if isinstance(node, STIXPatternParser.PropTestEqualContext):
        return [[(path, literal(node.primitiveLiteral().getText()))]]
    if isinstance(node, STIXPatternParser.PropTestIsSubsetContext):
        return [[(path, literal(node.StringLiteral().getText()))]]
    literals = [child for child in node.setLiteral().getChildren() if hasattr(child, "getRuleIndex")]
    return [[(path, literal(one.getText()))] for one in literals]
