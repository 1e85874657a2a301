"""Walking condition trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.rules.model import AllOf, AnyOf, Not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.rules.model import Condition, Predicate


def predicates(condition: Condition) -> Iterator[Predicate]:
    """Every leaf of the tree, from left to right."""
    stack: list[Condition] = [condition]
    while stack:
        node = stack.pop()
        if isinstance(node, AllOf | AnyOf):
            stack.extend(reversed(node.items))
        elif isinstance(node, Not):
            stack.append(node.item)
        else:
            yield node
