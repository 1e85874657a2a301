"""Writes the generated pages; with ``--check`` only says which are stale."""

from __future__ import annotations

import sys

from docs.generate import PAGES
from docs.generate.markdown import REPOSITORY


def main() -> int:
    """Write or check all pages; 1 if one is stale."""
    check = "--check" in sys.argv[1:]
    stale = 0
    for name, make in PAGES.items():
        path = REPOSITORY / name
        text = make()
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        stale += 1
        print(f"{name}: {'is stale: run scripts/docs' if check else 'written'}")
        if not check:
            path.write_text(text, "utf-8")
    return int(check and stale > 0)


raise SystemExit(main())
