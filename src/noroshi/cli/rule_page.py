"""A rule and its guide on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.markup import escape

from noroshi.rules.guide import (
    BLIND_SPOTS,
    CHECK,
    FALSE_POSITIVES,
    GOAL,
    MEANING,
    RESPONSE,
    SECTIONS,
    STEP_LABELS,
    SUSPICIOUS,
)
from noroshi.rules.words import LEVELS_JA, PYRAMID_LEVELS_JA, STAGES_JA, TRACE_KINDS_JA, in_words

if TYPE_CHECKING:
    from rich.console import Console

    from noroshi.rules.catalogue import Page
    from noroshi.rules.guide import Guide

_TEXTS: Final = {
    "en": {
        "id": "Id",
        "level": "Level",
        "stage": "Stage",
        "trace": "Trace kind",
        "pyramid": "Pyramid level",
        "source": "Log source",
        "tags": "Tags",
        "path": "File",
        "inactive": "Inactive",
        "detection": "Matches",
        "refers": "Refers to",
        "prerequisites": "Prerequisites",
        "fallback": "otherwise",
        "review": "Review",
        "days": "every {days} days, {owner}",
        "false_positives": "False positives",
        "references": "References",
        "description": "Description",
    },
    "ja": {
        "id": "ID",
        "level": "重大度",
        "stage": "ステージ",
        "trace": "痕跡の種別",
        "pyramid": "痛みのピラミッドの階層",
        "source": "ログソース",
        "tags": "タグ",
        "path": "ファイル",
        "inactive": "無効",
        "detection": "検知条件",
        "refers": "参照するルール",
        "prerequisites": "前提ログ設定",
        "fallback": "代替",
        "review": "見直し",
        "days": "{days} 日ごと、担当 {owner}",
        "false_positives": "誤検知",
        "references": "参考",
        "description": "説明",
    },
}


def print_page(page: Page, console: Console, language: str) -> None:
    """Print one rule: the head, what it matches, the guide."""
    texts = _TEXTS[language]
    _head(page, console, language, texts)
    if page.guide is None:
        _description(page, console, texts)
    else:
        _guide_before(page.guide, console)
    _section(console, texts["detection"], "\n".join(page.detection))
    if page.refers_to:
        _section(console, texts["refers"], "\n".join(f"{title} ({one[:8]})" for one, title in page.refers_to))
    _needs(page, console, language, texts)
    if page.guide is not None:
        _guide_after(page.guide, console)
    _section(console, texts["references"], "\n".join(page.meta.references))
    console.print()


def _head(page: Page, console: Console, language: str, texts: dict[str, str]) -> None:
    row, meta = page.row, page.meta
    console.print(f"[bold]{escape(row.title)}[/]", highlight=False)
    review = texts["days"].format(days=meta.review_interval_days, owner=meta.owner)
    pairs = (
        (texts["id"], row.id),
        (texts["level"], in_words(row.level, language, LEVELS_JA)),
        (texts["source"], row.logsource),
        (texts["trace"], in_words(row.trace_kind, language, TRACE_KINDS_JA)),
        (texts["pyramid"], in_words(row.pyramid_level, language, PYRAMID_LEVELS_JA)),
        (texts["stage"], in_words(meta.stage or meta.status, language, STAGES_JA)),
        (texts["tags"], ", ".join(meta.tags)),
        (texts["review"], review if meta.review_interval_days else ""),
        (texts["inactive"], row.inactive),
        (texts["path"], row.path),
    )
    for name, value in pairs:
        if value:
            console.print(f"  [dim]{name}:[/] {escape(value)}", soft_wrap=True, highlight=False)


def _description(page: Page, console: Console, texts: dict[str, str]) -> None:
    _section(console, texts["description"], page.meta.description)
    _section(console, texts["false_positives"], "\n".join(page.meta.falsepositives))


def _section(console: Console, title: str, text: str) -> None:
    if text:
        console.print(f"\n[bold]{escape(title)}[/]")
        for line in text.splitlines():
            console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)


def _needs(page: Page, console: Console, language: str, texts: dict[str, str]) -> None:
    lines = []
    for need in page.meta.needs:
        source, setting = need.log_source.told(language), need.setting.told(language)
        fallback = need.fallback.told(language)
        lines.append(f"{source}: {setting}" if setting else source)
        if fallback:
            lines.append(f"  {texts['fallback']}: {fallback}")
    _section(console, texts["prerequisites"], "\n".join(lines))


def _guide_before(guide: Guide, console: Console) -> None:
    names = SECTIONS[guide.language]
    _section(console, names[MEANING], guide.meaning)
    _section(console, names[GOAL], guide.goal)
    _section(console, names[SUSPICIOUS], guide.suspicious)


def _guide_after(guide: Guide, console: Console) -> None:
    names = SECTIONS[guide.language]
    _steps(guide, console, names[CHECK])
    pairs = "\n".join(f"- {one.cause}\n  → {one.recognise}" for one in guide.false_positives)
    _section(console, names[FALSE_POSITIVES], pairs)
    _section(console, names[BLIND_SPOTS], guide.blind_spots)
    _section(console, names[RESPONSE], guide.response)


def _steps(guide: Guide, console: Console, title: str) -> None:
    why, fields, search, raises, settles = STEP_LABELS[guide.language]
    if guide.steps:
        console.print(f"\n[bold]{escape(title)}[/]")
    for number, step in enumerate(guide.steps, 1):
        console.print(f"  {number}. {escape(step.question)}", highlight=False, soft_wrap=True)
        lines = (
            (why, step.why),
            (fields, ", ".join(step.fields)),
            (search, step.search),
            (raises, step.raises),
            (settles, step.settles),
        )
        for name, text in lines:
            console.print(f"     [dim]{name}:[/] {escape(text)}", highlight=False, soft_wrap=True)
