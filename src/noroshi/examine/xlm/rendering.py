"""Formulas as text, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.xlm.nodes import (
    Call,
    Constants,
    Literal,
    Missing,
    Named,
    Operation,
    Reference,
    Sheet,
    address,
)

if TYPE_CHECKING:
    from noroshi.examine.xlm.nodes import Node

MAX_DEPTH: Final = 400
MAX_CELLS: Final = 20_000


def shown(node: Node, depth: int = 0) -> str:
    """A formula without its ``=``."""
    if depth > MAX_DEPTH:
        return "…"
    match node:
        case Literal():
            return shown_value(node.value)
        case Missing():
            return ""
        case Named():
            return node.name
        case Reference():
            return _reference(node)
        case Call():
            inner = ",".join(shown(one, depth + 1) for one in node.arguments)
            return f"{node.name}({inner})"
        case Constants():
            return "{" + ";".join(",".join(shown_value(one) for one in row) for row in node.rows) + "}"
        case Operation():
            return _operation(node, depth)


def _operation(node: Operation, depth: int) -> str:
    """An operation; long chains of ``&`` lean to the left, and are walked without recursion."""
    parts: list[str] = []
    at: Node = node
    while isinstance(at, Operation) and at.operator == node.operator and len(at.operands) == 2:
        parts.append(_operand(at.operands[1], depth))
        at = at.operands[0]
    if not parts:
        inner = _operand(node.operands[0], depth)
        return f"{inner}%" if node.operator == "%" else f"{node.operator}{inner}"
    parts.append(_operand(at, depth))
    return node.operator.join(reversed(parts))


def _operand(node: Node, depth: int) -> str:
    text = shown(node, depth + 1)
    return f"({text})" if isinstance(node, Operation) else text


def shown_value(value: Any) -> str:
    """A constant as it stands in a formula; errors are texts too."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return (
            value
            if value.startswith("#") and value.endswith(("!", "?", "A"))
            else '"' + value.replace('"', '""') + '"'
        )
    return "" if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)


def _reference(node: Reference) -> str:
    sheet = f"{node.sheet}!" if node.sheet else ""
    if any(node.shift):
        row = f"R[{node.row}]" if node.shift[0] else f"R{node.row + 1}"
        column = f"C[{node.column}]" if node.shift[1] else f"C{node.column + 1}"
        return f"{sheet}{row}{column}"
    first, last = address(node.row, node.column), address(node.last_row, node.last_column)
    return f"{sheet}{first}" if first == last else f"{sheet}{first}:{last}"


def sheet_text(sheet: Sheet) -> str:
    """The cells of a macro sheet, column after column, a line each."""
    lines: list[str] = []
    for row, column in sorted(sheet.cells, key=lambda place: (place[1], place[0]))[:MAX_CELLS]:
        cell = sheet.cells[row, column]
        if cell.formula is not None:
            lines.append(f"{address(row, column)}: ={shown(cell.formula)}")
        elif cell.value is not None:
            lines.append(f"{address(row, column)}: {cell.value}")
    return "\n".join(lines)
