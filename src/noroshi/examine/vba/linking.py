"""Who ends which block: the jumps of a procedure's flat statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from noroshi.examine.vba.nodes import Procedure, Statement

_CLOSES: Final = {
    "next": ("for", "for each"),
    "loop": ("do",),
    "end if": ("if",),
    "end select": ("select",),
    "end with": ("with",),
}
_LOOPS: Final = {"for": ("for", "for each"), "do": ("do",), "while": ("do",)}
MAX_OPEN: Final = 400
"""Open blocks that are looked through for the one that ends."""
_CLAUSES: Final = {"elseif": "if", "else": "if", "case": "select"}


def link(procedure: Procedure) -> None:
    """Set ``jump`` and ``partner`` of each statement; a block without its end closes with the procedure.

    ``jump`` of a condition is where to go on if it does not hold; ``partner`` of a clause or of what closes a
    block is the place of the block's other end.
    """
    body = procedure.body
    open_blocks: list[int] = []
    clauses: dict[int, int] = {}
    for at, statement in enumerate(body):
        word = statement.word
        if word == "label":
            procedure.labels.setdefault(statement.name, at)
        elif word in {"for", "for each", "do", "if", "select", "with"}:
            open_blocks.append(at)
            clauses[at] = at
        elif word in _CLAUSES:
            opener = _innermost(body, open_blocks, (_CLAUSES[word],))
            if opener >= 0:
                body[clauses[opener]].jump = at
                statement.partner = opener
                clauses[opener] = at
        elif word == "exit" and statement.name in _LOOPS:
            statement.partner = _innermost(body, open_blocks, _LOOPS[statement.name])
        elif word in _CLOSES:
            _close(body, open_blocks, clauses, at)
    for opener in open_blocks:
        body[clauses[opener]].jump = body[opener].partner = len(body)


def _innermost(body: list[Statement], open_blocks: list[int], words: tuple[str, ...]) -> int:
    """The innermost open block of this kind, those inside it given up; -1 if there is none."""
    for depth in range(len(open_blocks) - 1, max(-1, len(open_blocks) - MAX_OPEN), -1):
        if body[open_blocks[depth]].word in words:
            return open_blocks[depth]
    return -1


def _close(body: list[Statement], open_blocks: list[int], clauses: dict[int, int], at: int) -> None:
    opener = _innermost(body, open_blocks, _CLOSES[body[at].word])
    if opener < 0:
        return
    while open_blocks[-1] != opener:
        inner = open_blocks.pop()
        body[clauses[inner]].jump = body[inner].partner = at
    open_blocks.pop()
    body[clauses[opener]].jump = at
    body[opener].partner = at
    body[at].partner = opener
