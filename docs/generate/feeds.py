"""`feeds.md`: each feed, from the source's own class and the words of the command line, in both languages."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Final

from docs.generate.markdown import GENERATED, code, codes, link, paragraphs, source_of, table, text_of
from noroshi.cli.words import words
from noroshi.collect.columns import Columns
from noroshi.collect.config import Settings
from noroshi.collect.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from noroshi.collect.session import Source

_ROWS: Final = ("what", "needs", "terms", "gives", "limits")
_HEADS: Final = {
    "en": ("what it is", "what it needs", "terms", "what it gives", "limits"),
    "ja": ("内容", "必要なもの", "利用条件", "得られるもの", "制約"),
}


def page() -> str:
    """The page."""
    return text_of(
        [
            GENERATED,
            "# Feeds",
            "[日本語](#フィード一覧)",
            (
                "The sources of `noroshi collect`. Nothing is contacted unless you name a feed on the command line or"
                " configure it. How to use them:"
                f" {link('docs/how-to/collect.md', 'collect indicators from feeds')}. Licences and terms are the"
                " providers' and may have changed: read theirs."
            ),
            *(part for source in SOURCES.values() for part in _source(source)),
            "## Settings of a feed",
            table(("setting", "meaning"), _attributes(Settings)),
            "## Settings of `columns`",
            paragraphs((inspect.getdoc(Columns) or "").partition("\n\nAttributes:")[0]),
            table(("setting", "meaning"), _attributes(Columns)),
            "---",
            "# フィード一覧",
            (
                "`noroshi collect` の取得元。コマンドで名指しするか設定に書いたフィードにだけ接続する。利用条件は提供元が"
                "定めるもので変わることがあるため、提供元の記載を確認すること。書式と既定の接続先は英語の各項を参照。"
            ),
            *(part for source in SOURCES.values() for part in _japanese(source)),
        ]
    )


def _source(source: Source) -> Iterator[str]:
    module = sys.modules[type(source).__module__]
    say = words("en")
    yield f"## {code(source.name)}"
    rows = [
        (head, say(f"collect.{source.name}.{row}")) for head, row in zip(_HEADS["en"], _ROWS, strict=True)
    ]
    rows += [("formats", "; ".join(_address(*one) for one in source.addresses.items()))]
    rows += [
        ("stale after", f"{_days(source.usual)} without a fresh item, unless `stale_hours` says otherwise")
    ]
    yield table(("", ""), rows)
    yield paragraphs(inspect.getdoc(module))
    yield f"Read by {link(source_of(module))}."


def _address(format_: str, address: str) -> str:
    return f"{code(format_)} from {code(address)}" if address else f"{code(format_)} from your `base_url`"


def _days(time: timedelta) -> str:
    return f"{time.days} days" if time.days > 1 else f"{time.total_seconds() / 3600:g} hours"


def _japanese(source: Source) -> Iterator[str]:
    say = words("ja")
    yield f"## {code(source.name)} (日本語)"
    rows = [
        (head, say(f"collect.{source.name}.{row}")) for head, row in zip(_HEADS["ja"], _ROWS, strict=True)
    ]
    yield table(("", ""), [*rows, ("書式", codes(source.addresses))])


def _attributes(kind: type) -> Iterator[tuple[str, str]]:
    """The attributes that a class's docstring explains."""
    text = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2]
    name, said = "", ""
    for line in text.splitlines():
        if line.startswith("    ") and not line.startswith("     "):
            if name:
                yield code(name), said.replace("``", "`")
            name, _, said = line.strip().partition(": ")
        elif line.strip():
            said += " " + line.strip()
    yield code(name), said.replace("``", "`")
