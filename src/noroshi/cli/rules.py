"""``noroshi rules list|show|lint|test``: rules as an analyst reads them, and what keeps them good."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from noroshi.cli.coverage import coverage
from noroshi.cli.errors import spoken, told
from noroshi.cli.health import health
from noroshi.cli.hits import hits
from noroshi.cli.options import Lang, cache_dir, language
from noroshi.cli.rule_page import print_page
from noroshi.errors import LocatedError, Sentence, filled
from noroshi.rules import load_rules
from noroshi.rules.catalogue import find, page, rows
from noroshi.rules.words import LEVELS_JA, TRACE_KINDS_JA, in_words
from noroshi.service.ruleset import bundled_lists, bundled_rules, read_lists

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from noroshi.rules.catalogue import Row
    from noroshi.rules.loading import Loaded
    from noroshi.service.ruletests import Report

DONE, FINDINGS, USAGE = 0, 1, 2
rules_app: Final = typer.Typer(help="List, show, lint, test and count analysis rules.", no_args_is_help=True)
rules_app.command("health")(health)
rules_app.command("hits")(hits)
rules_app.command("coverage")(coverage)
LEVEL_STYLES: Final = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
_WIDE: Final = 120
_NARROW: Final = ("level", "title", "trace", "source")
_TEXTS: Final = {
    "en": {
        "level": "Level",
        "title": "Title",
        "trace": "Trace kind",
        "source": "Log source",
        "meaning": "Meaning",
        "inactive": "inactive",
        "count": "{rules:|rule|rules}, {correlations:|correlation|correlations}, {inactive} inactive,"
        " {errors:|error|errors}",
        "unknown": "no rule has the id, the name or the folder '{name}'",
        "issues": "{errors:|error|errors}, {warnings:|warning|warnings}; ATT&CK {version} of {date}",
        "warning": "warning",
        "passed": "passed",
        "failed": "failed",
        "mutants": "{count:|changed value|changed values}, {left} unnoticed",
        "no_rules": "no folder with rule.yml in: {paths}",
        "tested": "{folders:|rule|rules}, {failed} failed",
    },
    "ja": {
        "level": "重大度",
        "title": "題名",
        "trace": "痕跡の種別",
        "source": "ログソース",
        "meaning": "検知の意味",
        "inactive": "無効",
        "count": "分析ルール {rules} 件、相関分析 {correlations} 件、無効 {inactive} 件、エラー {errors} 件",
        "unknown": "ID、名前、フォルダーが「{name}」のルールはありません",
        "issues": "エラー {errors} 件、警告 {warnings} 件(ATT&CK {version}、{date} 版)",
        "warning": "警告",
        "passed": "合格",
        "failed": "不合格",
        "mutants": "値の変更 {count} 件中、気付けなかったもの {left} 件",
        "no_rules": "rule.yml のあるフォルダーが見つかりません: {paths}",
        "tested": "ルール {folders} 件、不合格 {failed} 件",
    },
}


class OutputFormat(StrEnum):
    """How results are written."""

    TABLE = "table"
    NDJSON = "ndjson"


Paths = Annotated[
    list[Path] | None, typer.Argument(help="Rule files or folders; default: the bundled packs.")
]
Rules = Annotated[list[Path] | None, typer.Option("--rules", help="Rule files or folders; repeatable.")]
Lists = Annotated[list[Path] | None, typer.Option("--lists", help="Files or folders of lists; repeatable.")]
Output = Annotated[OutputFormat, typer.Option("--format", help="A table for people, ndjson for programs.")]


@rules_app.command("list")
def list_rules(
    paths: Paths = None, *, lists: Lists = None, lang: Lang = None, output: Output = OutputFormat.TABLE
) -> None:
    """List rules, the most severe first."""
    spoken = language(lang)
    loaded = _load(paths, lists)
    found = rows(loaded.ruleset, spoken)
    if output is OutputFormat.NDJSON:
        _ndjson(asdict(row) for row in found)
    else:
        console = Console()
        console.print(_table(found, spoken, meant=console.width >= _WIDE))
        console.print(filled(_TEXTS[spoken]["count"], loaded.counts))
    _complain(loaded.errors)
    raise typer.Exit(DONE if found else USAGE)


def _load(paths: Sequence[Path] | None, lists: Sequence[Path] | None) -> Loaded:
    folders = list(paths or ()) or [bundled_rules()]
    snapshot, errors = read_lists(bundled_lists(folders), list(lists or ()))
    _complain(errors)
    return load_rules(folders, lists=frozenset(snapshot.names), cache_dir=cache_dir(cached=True))


def _complain(errors: Iterable[LocatedError]) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for error in errors:
        console.print(escape(told(error, spoken())))


def _ndjson(values: Iterable[Any]) -> None:
    for value in values:
        typer.echo(orjson.dumps(value).decode())


def _table(found: Sequence[Row], language: str, *, meant: bool) -> Table:
    """The rules, each with its meaning where there is room: in a narrow column it would take ten lines."""
    texts = _TEXTS[language]
    table = Table(box=None, pad_edge=False)
    shown = ("level", "title", "trace", "source", "meaning") if meant else _NARROW
    for key in shown:
        table.add_column(texts[key], overflow="fold", no_wrap=key == "level")
    for row in found:
        style = LEVEL_STYLES.get(row.level, "")
        asleep = f" ({texts['inactive']}: {row.inactive})" if row.inactive else ""
        level = in_words(row.level, language, LEVELS_JA)
        trace = in_words(row.trace_kind, language, TRACE_KINDS_JA)
        cells = (row.title + asleep, trace, row.logsource, row.meaning)
        kept = cells[: len(shown) - 1]
        table.add_row(f"[{style}]{level}[/]" if style else level, *map(escape, kept))
    return table


@rules_app.command("show")
def show_rule(
    rule: Annotated[str, typer.Argument(help="Id (or its first 8 characters), name or folder of a rule.")],
    *,
    rules: Rules = None,
    lists: Lists = None,
    lang: Lang = None,
    output: Output = OutputFormat.TABLE,
) -> None:
    """Show a rule with its guide: what it means, how to check it, when it is wrong."""
    spoken = language(lang)
    loaded = _load(rules, lists)
    found = find(loaded.ruleset, rule)
    if not found:
        _complain(loaded.errors)
        Console(stderr=True).print(_TEXTS[spoken]["unknown"].format(name=escape(rule)))
        raise typer.Exit(USAGE)
    for one in found:
        shown = page(one, loaded.ruleset, spoken)
        if output is OutputFormat.NDJSON:
            _ndjson([{**asdict(shown.row), "detection": shown.detection, "guide": _plain(shown.guide)}])
        else:
            print_page(shown, Console(), spoken)


def _plain(guide: Any) -> Any:
    return None if guide is None else asdict(guide)


@rules_app.command("lint")
def lint_rules(paths: Paths = None, *, lang: Lang = None, output: Output = OutputFormat.TABLE) -> None:
    """Check rules, guides and tests; exit status 1 if something must be mended."""
    from noroshi.rules.attack import load_attack  # noqa: PLC0415 - pySigma and megabytes of ATT&CK
    from noroshi.rules.lint import lint  # noqa: PLC0415 - the same

    texts = _TEXTS[language(lang)]
    issues = lint(paths or [bundled_rules()])
    errors = sum(not issue.warning for issue in issues)
    if output is OutputFormat.NDJSON:
        _ndjson({**_located(issue.at), "warning": issue.warning} for issue in issues)
    else:
        console = Console(highlight=False, soft_wrap=True)
        for issue in issues:
            warning = f"{texts['warning']}: " if issue.warning else ""
            console.print(escape(warning + told(issue.at, spoken())))
        attack = load_attack()
        counts = {"errors": errors, "warnings": len(issues) - errors}
        console.print(filled(texts["issues"], {**counts, "version": attack.version, "date": attack.modified}))
    raise typer.Exit(FINDINGS if errors else DONE)


def _located(error: LocatedError) -> dict[str, str]:
    return {"path": error.path, "place": error.place, "what": error.what, "mend": error.mend}


@rules_app.command("test")
def run_rule_tests(
    paths: Paths = None,
    *,
    mutate: Annotated[bool, typer.Option(help="Change each value of a rule: some test must notice.")] = True,
    lang: Lang = None,
    output: Output = OutputFormat.TABLE,
) -> None:
    """Run tests.yml through the engine, then the mutation test; exit status 1 if something fails."""
    from noroshi.service.ruletests import run_tests  # noqa: PLC0415 - the engine

    texts = _TEXTS[language(lang)]
    console = Console(highlight=False, soft_wrap=True)
    folders = list(paths or ()) or [bundled_rules()]
    count = failed = 0
    for report in run_tests(folders, mutate=mutate):
        count += 1
        failed += not report.passed
        if output is OutputFormat.NDJSON:
            _ndjson([_report(report)])
        else:
            _print_report(report, console, texts)
    if not count:
        Console(stderr=True).print(texts["no_rules"].format(paths=", ".join(map(str, folders))))
        raise typer.Exit(USAGE)
    if output is OutputFormat.TABLE:
        console.print(filled(texts["tested"], {"folders": count, "failed": failed}))
    raise typer.Exit(FINDINGS if failed else DONE)


def _report(report: Report) -> dict[str, Any]:
    return {
        "folder": report.folder,
        "title": report.title,
        "passed": report.passed,
        "tests": [asdict(test) for test in report.tests],
        "mutants": report.mutants,
        "survivors": [_located(error) for error in report.survivors],
        "errors": [_located(error) for error in report.errors],
    }


def _print_report(report: Report, console: Console, texts: dict[str, str]) -> None:
    state = f"[green]{texts['passed']}[/]" if report.passed else f"[red]{texts['failed']}[/]"
    mutants = filled(texts["mutants"], {"count": report.mutants, "left": len(report.survivors)})
    console.print(f"{state} {escape(report.title or report.folder)} ({len(report.tests)}; {mutants})")
    for test in report.tests:
        if not test.passed:
            what = Sentence("{name}: {error}", name=test.name, error=test.what)
            at = LocatedError(f"{report.folder}/tests.yml", f"line {test.line}", what)
            console.print(escape(f"  {told(at, spoken())}"))
    for error in (*report.errors, *report.survivors):
        console.print(escape(f"  {told(error, spoken())}"))
