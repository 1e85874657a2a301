"""Guides: what a rule means to the analyst, in Markdown with fixed sections.

The format is in docs/reference/rule-format.md.
"""

from __future__ import annotations

from typing import Final

SECTIONS: Final = {
    "en": (
        "Meaning",
        "Goal",
        "Why it is suspicious",
        "How to check",
        "False positives",
        "Blind spots",
        "Response",
    ),
    "ja": ("検知の意味", "目的", "怪しいと考える理由", "確認手順", "誤検知", "検知できない条件", "対応"),
}
"""Second-level headings in their order, by language."""


def head_of(text: str, language: str) -> tuple[str, str]:
    """The title and the one line of meaning of a guide; empty where they are missing."""
    title, meaning = "", ""
    heading = f"## {SECTIONS[language][0]}"
    inside = False
    for raw in text.splitlines():
        line = raw.strip()
        if not title and line.startswith("# "):
            title = line[2:].strip()
        elif inside and line:
            meaning = "" if line.startswith("#") else line
            break
        inside = inside or line == heading
    return title, meaning
