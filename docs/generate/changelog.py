"""`CHANGELOG.md`: the fragments of `changelog.d/` under the version they will be released with."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from docs.generate.markdown import GENERATED, REPOSITORY, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SECTIONS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
"""What an entry begins with: the words of Keep a Changelog."""
_ENTRY: Final = re.compile(rf"^({'|'.join(SECTIONS)}): (?=\S)", re.MULTILINE)
_FOLDER: Final = REPOSITORY / "changelog.d"


def entries(text: str) -> Iterator[tuple[str, str]]:
    """Section and text of every entry of a fragment.

    Raises:
        ValueError: The fragment does not begin with a section, or an entry is empty or longer than three lines.
    """
    starts = [*_ENTRY.finditer(text)]
    if not starts or starts[0].start():
        raise ValueError(f"begins with none of {', '.join(f'“{one}: ”' for one in SECTIONS)}")
    for start, after in zip(starts, [*starts[1:], None], strict=True):
        lines = text[start.end() : after.start() if after else None].split("\n")
        kept = [line.strip() for line in lines if line.strip()]
        if len(kept) > 3:
            raise ValueError(f"the entry “{kept[0][:40]}…” has more than three lines")
        yield start.group(1), " ".join(kept)


def page() -> str:
    """The page."""
    found: dict[str, list[str]] = {}
    for path in sorted(_FOLDER.glob("*.md")):
        for section, text in entries(path.read_text("utf-8")):
            found.setdefault(section, []).append(f"- {text}")
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    parts = [f"### {name}\n\n" + "\n".join(found[name]) for name in SECTIONS if name in found]
    return text_of([GENERATED, "# Changelog", f"## {version} (not released yet)", *parts])
