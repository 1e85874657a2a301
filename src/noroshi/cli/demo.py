"""`noroshi demo`: writes the Emotet day, scans it, tells it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import tempfile
import termios
from collections import Counter
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from noroshi.cli import options
from noroshi.cli.demo_feed import serve_feed
from noroshi.cli.errors import told
from noroshi.cli.progress import watched
from noroshi.cli.scan import Format, Printing, print_scan
from noroshi.cli.story.page import LEVEL_STYLES, Page, page_for
from noroshi.cli.summary import print_errors
from noroshi.cli.words import words
from noroshi.demo import generate
from noroshi.demo.eras import ERAS, write_era, write_era_day
from noroshi.demo.manifest import Manifest
from noroshi.demo.specimens.writing import write_specimens
from noroshi.errors import Sentence, UsageError
from noroshi.rules.model import LEVELS
from noroshi.service.ruleset import prepare
from noroshi.service.scan import ScanOptions
from noroshi.service.scan import scan as run_scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from noroshi.service.ruleset import Prepared
    from noroshi.service.scan import Scan

ZONE: Final = "Asia/Tokyo"
_SEED: Final = 20200722
_MOST_FREQUENT: Final = 15


def demo(
    *,
    folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the day there and leave it. Default: a temporary folder."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same day.")] = _SEED,
    scale: Annotated[
        float,
        typer.Option(min=0.001, max=1000, metavar="X", help="Size of the day; 1 is about 60,000 events."),
    ] = 1.0,
    era: Annotated[
        str,
        typer.Option(
            metavar="ERA",
            help=f"Instead: one machine's day with the Emotet of another time: {', '.join(ERAS)}.",
        ),
    ] = "",
    whole: Annotated[
        bool, typer.Option("--whole-day", help="With --era: the whole company's day around it.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the temporary folder.")] = False,
    sigma: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Instead: the day without the infection, all rules below this folder, and counts.",
        ),
    ] = None,
    mail: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Instead: write the day's mail, its parts and a cousin's there: harmless, to be examined.",
        ),
    ] = None,
    feed: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Instead: serve a feed about the day on this machine only, for `noroshi collect`; its"
            " settings are written to DIR/feeds.toml.",
        ),
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0.0, max=1440, metavar="N", help="With --feed: ends by itself after so long.")
    ] = 10.0,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="With --feed: where; 0 is any that is free.")
    ] = 0,
    lang: options.Lang = None,
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,  # noqa: A002
) -> None:
    """Write a day of logs with an Emotet infection, scan and tell it."""
    started = perf_counter()
    if mail is not None:
        _write_mail(mail, seed, options.language(lang))
        return
    if feed is not None:
        serve_feed(feed, minutes, port, options.language(lang), ZONE)
        return
    if sigma is not None:
        options.existing("--sigma", [sigma])
    language = options.language(lang)
    with _place(folder, keep=keep) as day:
        if era:
            manifest = _write_era(day, era, seed, scale if whole else None)
        else:
            manifest = _write(day, seed, scale, language, format, infected=sigma is None)
        prepared = prepare(
            [sigma] if sigma else [],
            [day / "lists", day / "site.toml"],
            cache_dir=options.cache_dir(cached=True),
        )
        if not prepared.loaded.ruleset.rules:
            print_errors(prepared.errors, len(prepared.errors))
            raise UsageError("there are no rules in the given folders")
        with watched() as progress:
            scanned = run_scan(_options(day, language, format), prepared, progress)
        with closing(scanned) as found:
            if sigma is None:
                print_scan(found, Printing(format, zone=ZoneInfo(ZONE), started=started))
            else:
                _count(found, prepared, manifest, page_for(None, language, ZoneInfo(ZONE)))
        if format is Format.TABLE and sigma is None:
            _farewell(day, language, stays=keep or folder is not None)


@contextmanager
def _place(folder: Path | None, *, keep: bool) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    made = Path(tempfile.mkdtemp(prefix="noroshi-demo-"))
    before = {number: signal.signal(number, _end) for number in (signal.SIGPIPE, signal.SIGTERM)}
    try:
        yield made
    finally:
        if not keep:
            shutil.rmtree(made, ignore_errors=True)
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> None:
    """End in order where a signal would end the process at once and leave the folder behind."""
    signal.signal(number, signal.SIG_IGN)  # the folder goes undisturbed
    raise SystemExit(128 + number)


def _options(day: Path, language: str, shown: Format) -> ScanOptions:
    return ScanOptions(
        paths=[day / "logs"],
        identities=[day / "identities.csv"],
        workers=os.cpu_count() or 1,
        language=language,
        zone=ZoneInfo(ZONE),
        timed=shown is Format.HTML,
    )


def _write(day: Path, seed: int, scale: float, language: str, shown: Format, *, infected: bool) -> Manifest:
    say = words(language)
    console = Console(stderr=True, highlight=False)
    waiting = console.status(say("demo.writing")) if sys.stderr.isatty() else nullcontext()
    with waiting:
        manifest = generate(day, seed, scale, infected)
    text = say("demo.written", events=manifest.events, files=len(manifest.counts), folder=day, seed=seed)
    typer.echo(text + "\n", err=shown is not Format.TABLE)
    return manifest


def _write_mail(folder: Path, seed: int, language: str) -> None:
    """The specimens, each with a line, and what to do with them."""
    say = words(language)
    written = write_specimens(folder, seed)
    typer.echo(say("demo.specimens", folder=folder, seed=seed))
    for one in written:
        typer.echo(f"  {one.path:<40}  {one.what_ja if language == 'ja' else one.what}")
    call, day = options.program(), shlex.quote(str(folder / "emotet-day"))
    cousin = shlex.quote(str(folder / "emotet-cousin"))
    typer.echo("\n" + say("demo.try"))
    typer.echo(f"  {call} examine {day}/mail-zip.eml")
    typer.echo(f"  {call} examine diff {day}/mail-zip.eml {cousin}/mail-zip.eml")
    typer.echo(f"  {call} examine {day}/* --draft-rules drafts")


def _write_era(day: Path, era: str, seed: int, scale: float | None) -> Manifest:
    """The scene of one era, or with a scale the whole day around it; a scene's manifest only counts."""
    if era not in ERAS:
        raise UsageError(
            Sentence("there is no era `{era}`; there are: {names}", era=era, names=", ".join(ERAS))
        )
    if scale is not None:
        return write_era_day(day, ERAS[era], seed, scale)
    return Manifest(seed, 0.0, (), {}, (), (), dict(write_era(day, ERAS[era], seed=seed)))


def _count(found: Scan, prepared: Prepared, manifest: Manifest, page: Page) -> None:
    """How often foreign rules fire on an ordinary day."""
    alerts: Counter[str] = Counter()
    rules: dict[str, set[str]] = {level: set() for level in LEVELS}
    by_rule: Counter[tuple[str, str]] = Counter()
    for alert in found.alerts():
        alerts[alert.level] += 1
        rules[alert.level].add(alert.rule.id)
        by_rule[alert.level, alert.rule.title] += 1
    page.line(
        page.say("demo.sigma", rules=len(prepared.loaded.ruleset.rules), events=manifest.events), style="bold"
    )
    for level in reversed(LEVELS):
        counted = page.say("demo.level", alerts=alerts[level], rules=len(rules[level]))
        page.line(f"{counted}  ", (page.say.term("level", level), LEVEL_STYLES.get(level, "")), indent=2)
    page.heading(page.say("demo.frequent"))
    for (level, title), count in by_rule.most_common(_MOST_FREQUENT):
        page.line(f"{count:>8,}  {page.say.term('level', level)}  {title}", indent=2, hang=12)
    for error in prepared.errors[:_MOST_FREQUENT]:
        page.line(told(error, page.language), indent=2, hang=4)
    typer.echo(page.text(), nl=False, color=page.colour)


def _farewell(day: Path, language: str, *, stays: bool) -> None:
    say = words(language)
    if not (stays or sys.stdin.isatty()):
        typer.echo("\n" + say("demo.gone", program=options.program()))
        return
    where, call = shlex.quote(str(day)), options.program()
    common = (
        f"--zone {ZONE} --lists {where}/lists --lists {where}/site.toml --identities {where}/identities.csv"
    )
    typer.echo("\n" + say("demo.next", folder=day))
    typer.echo(f"  {call} scan {where}/logs {common}")
    typer.echo(f"  {call} scan {where}/logs {common} --format ndjson | head -n 1")
    typer.echo(f"  {call} rules show infection-chain")
    if sys.stdin.isatty():
        with suppress(termios.error):  # keys pressed while the day was told end nothing
            termios.tcflush(sys.stdin, termios.TCIFLUSH)
        with suppress(EOFError, KeyboardInterrupt):
            input("\n" + say("demo.enter" if stays else "demo.enter_removes"))
