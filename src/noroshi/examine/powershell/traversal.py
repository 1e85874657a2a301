"""All nodes of a tree, in the order of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from noroshi.examine.powershell import nodes as n

if TYPE_CHECKING:
    from collections.abc import Iterator


def nodes_in(root: n.Node) -> Iterator[n.Node]:
    """Every node below `root`, `root` first."""
    waiting: list[Any] = [root]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, tuple):
            waiting.extend(reversed(entry))
        elif isinstance(entry, n.Node):
            yield entry
            waiting.extend(getattr(entry, name) for name in reversed(type(entry).__slots__))


def blocks_in(root: n.Node) -> Iterator[n.Block]:
    """Every block."""
    return (node for node in nodes_in(root) if isinstance(node, n.Block))


def literals_in(root: n.Node) -> Iterator[n.Literal]:
    """Every literal, and the fixed parts of texts with variables."""
    for node in nodes_in(root):
        if isinstance(node, n.Literal):
            yield node
        elif isinstance(node, n.Expandable):
            for part in node.parts:
                if isinstance(part, str):
                    yield n.Literal(node.start, node.end, part)
