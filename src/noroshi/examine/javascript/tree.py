"""The tree of a script, by tree-sitter's grammar, which goes on behind what it does not understand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import tree_sitter
import tree_sitter_javascript

from noroshi.examine.vba.nodes import Node as Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.meter import Meter

_SIGNS: Final = frozenset(
    {"binary_expression", "unary_expression", "update_expression", "augmented_assignment_expression"}
)
_LEAVES: Final = frozenset(
    {"identifier", "property_identifier", "number", "string", "regex", "string_fragment", "escape_sequence",
     "statement_identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern", "this",
     "undefined", "private_property_identifier"}
)  # fmt: skip
_OTHER_SPACES: Final = {0x2028: "\n", 0x2029: "\n", 0xFEFF: " "}


@dataclass(slots=True, eq=False)
class Node(Span):
    """A part of the script.

    Attributes:
        kind: The grammar's name of it.
        kids: Named parts, in order; comments left out.
        parts: Named parts by the grammar's name of their place.
        text: Of a name or constant, as written.
        sign: Of an operator.
    """

    kind: str
    kids: list[Node] = field(default_factory=list)
    parts: dict[str, Node] = field(default_factory=dict)
    text: str = ""
    sign: str = ""
    cache: Any = None


def parsed(source: str, meter: Meter) -> Node:
    """The tree of a script; places count characters.

    Raises:
        LimitError: It has more parts than the budget allows.
    """
    source = source.translate(_OTHER_SPACES)
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_javascript.language()))
    # One unit of UTF-16 a character, so that places of the grammar are places of the text.
    plain = (
        "".join(one if one < "\U00010000" else "\ufffd" for one in source) if not source.isascii() else source
    )
    raw = plain.encode("utf-16-le", "surrogatepass")
    return _node(parser.parse(raw, encoding="utf16le").root_node, source, meter)


def _node(found: Any, source: str, meter: Meter) -> Node:
    meter.step()
    kind = found.type
    node = Node(found.start_byte // 2, found.end_byte // 2, kind)
    if kind in _LEAVES:
        node.text = source[node.start : node.end]
        if kind != "string":
            return node
    filled = False
    for at, child in enumerate(found.children):
        if not child.is_named:
            if kind == "array" and child.type == ",":
                if not filled:  # a hole: nothing between two commas
                    node.kids.append(Node(node.start, node.start, "undefined"))
                filled = False
            if kind in _SIGNS and found.field_name_for_child(at) == "operator":
                node.sign = child.type
            elif child.type in {"get", "set", "of", "in", "static"}:
                node.sign = node.sign or child.type
            continue
        if child.type == "comment":
            continue
        filled = True
        made = _node(child, source, meter)
        node.kids.append(made)
        name = found.field_name_for_child(at)
        if name is not None:
            node.parts.setdefault(name, made)
    return node


def walked(node: Node) -> Iterator[Node]:
    """A node and everything in it."""
    waiting = [node]
    while waiting:
        at = waiting.pop()
        yield at
        waiting += reversed(at.kids)
