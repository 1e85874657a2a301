"""One module a kind of draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.drafts.kinds import ancestry, commands, hashes, http, paths, urls

if TYPE_CHECKING:
    from noroshi.drafts.model import Kind

KINDS: Final[tuple[Kind, ...]] = (
    hashes.drafts,
    urls.drafts,
    http.drafts,
    paths.drafts,
    commands.drafts,
    ancestry.drafts,
)
"""From the foot of the pyramid of pain to its top."""
