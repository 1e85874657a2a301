"""The modules in readable form: constants folded, comments gone, indented by block."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.vba.nodes import Member, Name
from noroshi.examine.vba.session import CONFLICT
from noroshi.examine.vba.values import OPEN

if TYPE_CHECKING:
    from noroshi.examine.vba.nodes import Module
    from noroshi.examine.vba.session import Session

MAX_TEXT: Final = 4_000
"""Longer values are shown by their beginning; the whole value is among the texts."""
MAX_ADDED: Final = 1 << 20
"""Characters of all values that are put in."""
LONG_TEXT: Final = 256
_OPENS: Final = re.compile(
    r"(?i)(?:(?:public|private|friend|static)\s+)*(?:sub|function|property)\b|(?:for|do|while|with|select)\b|if\b.*\bthen$"
)
_CLOSES: Final = re.compile(r"(?i)(?:end\s+(?:sub|function|property|if|with|select)|next|loop|wend)\b")
_MIDDLE: Final = re.compile(r"(?i)(?:else|elseif|case)\b")
_COMMENT: Final = re.compile(r"\"[^\"]*\"?|'|(?i:^rem\b)")
"""A text, or where a comment begins."""


def render(session: Session) -> str:
    """All modules, each under its name."""
    parts = [(module, _folded(session, module)) for module in session.modules.values()]
    return "\n\n".join(f"' {module.name}\n{_indented(text)}" for module, text in parts if text.strip())


def _folded(session: Session, module: Module) -> str:
    """The module's source with every computed part of it replaced by its one value."""
    spans = sorted(
        (node.start, -node.end, value)
        for node, value in session.folded.items()
        if value is not CONFLICT
        and module.begin <= node.start <= module.end
        and not isinstance(node, Name | Member)
        and not (isinstance(value, str) and OPEN in value)
    )
    parts: list[str] = []
    at, added = module.begin, 0
    for place, (start, negative_end, value) in enumerate(spans):
        if start < at or added > MAX_ADDED or _goes_on(value, spans[place + 1 : place + 2]):
            continue
        added += len(value) if isinstance(value, str) else 0
        parts += [session.source[at:start], _literal(value)]
        at = -negative_end
    parts.append(session.source[at : module.end])
    return "".join(parts)


def _goes_on(value: object, after: list[tuple[int, int, object]]) -> bool:
    """Whether a long text is only the beginning of the next one: a payload that grows line after line."""
    if not isinstance(value, str) or len(value) < LONG_TEXT or not after:
        return False
    following = after[0][2]
    return isinstance(following, str) and following.startswith(value[:MAX_TEXT])


def _literal(value: object) -> str:
    if not isinstance(value, str):
        return str(value)
    shown = value if len(value) <= MAX_TEXT else value[: MAX_TEXT - 1] + "…"
    quoted = '"' + shown.replace('"', '""') + '"'
    return (
        quoted.replace("\r\n", '" & vbCrLf & "').replace("\n", '" & vbLf & "').replace("\r", '" & vbCr & "')
    )


def _without_comment(line: str) -> str:
    begin = next((found.start() for found in _COMMENT.finditer(line) if found[0][0] != '"'), len(line))
    return line[:begin].rstrip()


def _indented(text: str) -> str:
    lines: list[str] = []
    depth = 0
    for raw in re.sub(r"[ \t]_[ \t]*(?:\r\n?|\n)[ \t]*", " ", text).splitlines():
        line = _without_comment(raw.strip()[: 4 * MAX_TEXT])
        if not line or line.lower().startswith("attribute "):
            continue
        if _CLOSES.match(line):
            depth = max(0, depth - 1)
        lines.append("    " * (depth - 1 if depth and _MIDDLE.match(line) else depth) + line)
        if _OPENS.match(line):
            depth = min(depth + 1, 40)
    return "\n".join(lines)
