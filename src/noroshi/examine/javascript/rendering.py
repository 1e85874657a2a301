"""The script in readable form: expressions that came to one text stand as that text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from noroshi.examine.vba.session import CONFLICT

if TYPE_CHECKING:
    from noroshi.examine.vba.session import Session

MAX_SHOWN: Final = 4_000
MAX_RESULT: Final = 1 << 21


def render(source: str, session: Session) -> str:
    """The source with what was folded folded, a statement a line where it had none."""
    folded = sorted(
        (node.start, node.end, value)
        for node, value in session.folded.items()
        if value is not CONFLICT and isinstance(value, str) and node.start < node.end <= len(source)
    )
    out: list[str] = []
    at = size = 0
    for start, end, value in folded:
        if start < at:
            continue
        text = json.dumps(value[:MAX_SHOWN], ensure_ascii=False)
        if len(text) > 2 * (end - start) + MAX_SHOWN or size > MAX_RESULT:
            continue
        out += [source[at:start], text]
        size += len(text) + start - at
        at = end
    out.append(source[at:])
    return "".join(out)[:MAX_RESULT]
