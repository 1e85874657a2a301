"""`rule-words.md`: the closed lists of the ``noroshi:`` block, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from docs.generate.markdown import GENERATED, code, codes, link, table, text_of
from noroshi.events.model import Outcome
from noroshi.rules.model import CORRELATION_TYPES, LEVELS
from noroshi.rules.words import LEVELS_JA, PYRAMID_LEVELS_JA, STAGES_JA, TRACE_KINDS_JA, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

FIELDS: Final = {
    "trace_kind": "what kind of trace the rule looks at",
    "pyramid_level": "how hard it is for an attacker to change that trace (the Pyramid of Pain)",
    "prerequisites": "log sources and audit settings without which the rule is blind, with fallbacks",
    "review_interval_days": "after how many days a person looks at the rule again",
    "stage": "how far the rule has come",
    "owner": "who reviews it",
    "outcomes": "outcomes that alert at the rule's own level; another one alerts one level lower; left out: all",
    "timezone": "IANA zone in which time parts (`hour`, `day` …) are read; left out: UTC",
    "title_ja": "Japanese title of a part of a correlation, which has no guide of its own",
}
_OUTCOMES_JA: Final = {
    "allowed": "許可",
    "blocked": "遮断",
    "detected": "検知のみ",
    "quarantined": "隔離",
    "failed": "失敗",
    "unknown": "不明",
}


def page() -> str:
    """The page."""
    return text_of(
        [
            GENERATED,
            "# Words of the `noroshi:` block",
            (
                f"How the block is written, with a complete example: [rule-format.md](rule-format.md). It is read by"
                f" {link('src/noroshi/rules/metadata.py')}."
            ),
            table(("key", "says"), ((code(key), what) for key, what in FIELDS.items())),
            "## Trace kinds 痕跡の種別",
            _words(TRACE_KINDS_JA, TRACE_KINDS_JA),
            "## Pyramid levels 痛みのピラミッドの階層",
            "From what an attacker changes in minutes to what costs him weeks.",
            _words(PYRAMID_LEVELS_JA, PYRAMID_LEVELS_JA),
            "## Stages ステージ",
            _words(STAGES_JA, STAGES_JA),
            "## Levels 重大度",
            _words(LEVELS, LEVELS_JA),
            "## Outcomes 通信・処理の結果",
            _words((one.value for one in Outcome), _OUTCOMES_JA),
            "## Correlation types 相関分析の種類",
            (
                f"Those of Sigma 2.1: {codes(CORRELATION_TYPES)}. `group-by` may name {codes(_entities())}"
                " beside fields and aliases."
            ),
        ]
    )


def _words(values: Iterable[str], japanese: dict[str, str]) -> str:
    rows = ((code(value), in_words(value, "en", japanese), japanese[value]) for value in values)
    return table(("value", "English", "日本語"), rows)


def _entities() -> tuple[str, ...]:
    return tuple(f"entity.{kind}" for kind in ("host", "user", "address", "mailbox"))
