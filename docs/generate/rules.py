"""`rules.md`: the bundled rules with both titles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from docs.generate.markdown import GENERATED, REPOSITORY, code, table, text_of
from noroshi.rules import load_rules
from noroshi.rules.catalogue import row_of, rows
from noroshi.service.ruleset import bundled_lists, read_lists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.rules.loading import Loaded
    from noroshi.rules.model import Correlation, Rule, RuleMeta


def bundled() -> Loaded:
    """The packs of the repository, loaded as `noroshi scan` does."""
    folder = REPOSITORY / "rules"
    lists, _ = read_lists(bundled_lists([folder]), [])
    return load_rules([folder], lists=frozenset(lists.names))


def packs(loaded: Loaded) -> dict[str, list[Rule | Correlation]]:
    """Rules that have a guide by pack, the most severe first; parts of correlations are left out."""
    every: dict[str, Rule | Correlation] = {one.id: one for one in loaded.ruleset.rules}
    every.update((one.id, one) for one in loaded.ruleset.correlations)
    found: dict[str, list[Rule | Correlation]] = {}
    for row in rows(loaded.ruleset):
        one = every[row.id]
        if one.meta.folder and one.meta.title_ja:
            found.setdefault(Path(one.meta.folder).parent.name, []).append(one)
    return found


def page() -> str:
    """The page."""
    loaded = bundled()
    return text_of(
        [
            GENERATED,
            "# Bundled rules バンドルされた分析ルール",
            (
                "`noroshi rules show RULE` prints one with its guide; the folder's name is enough as RULE. Each links to"
                " its folder: rule, guide in both languages, tests."
            ),
            *_packs(packs(loaded)),
        ]
    )


def _packs(found: dict[str, list[Rule | Correlation]]) -> Iterator[str]:
    for pack, members in sorted(found.items()):
        yield f"## {pack}"
        yield table(_HEAD, (_row(one) for one in members))
        yield "### Ids and meanings"
        yield table(("rule", "id", "meaning", "検知の意味"), (_meaning(one) for one in members))


_HEAD: Final = ("rule", "title", "題名", "level", "trace kind", "pyramid", "needs (otherwise)")


def _folder(meta: RuleMeta) -> str:
    folder = Path(meta.folder)
    return f"[{folder.name}](../../rules/{folder.parent.name}/{folder.name})"


def _row(one: Rule | Correlation) -> tuple[str, ...]:
    meta = one.meta
    return (
        _folder(meta),
        meta.title,
        meta.title_ja,
        meta.level,
        meta.trace_kind,
        meta.pyramid_level,
        "; ".join(_need(need.log_source.en, need.fallback.en) for need in meta.needs),
    )


def _need(source: str, fallback: str) -> str:
    return f"{source} ({fallback})" if fallback else source


def _meaning(one: Rule | Correlation) -> tuple[str, ...]:
    return _folder(one.meta), code(row_of(one).id), one.meta.meaning.en, one.meta.meaning.ja
