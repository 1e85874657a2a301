"""`noroshi indicators extract`: the indicators of a report, a paste, a mail or one post."""

from __future__ import annotations

import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from noroshi.alerts.ndjson import dumps
from noroshi.cli import options
from noroshi.cli.story.plain import visible
from noroshi.cli.summary import print_errors
from noroshi.cli.words import words
from noroshi.errors import LocatedError, Sentence, UsageError
from noroshi.folding import fold
from noroshi.indicators.defanging import defang
from noroshi.indicators.extraction import Choices
from noroshi.indicators.extraction.documents import MAX_BYTES, read_document
from noroshi.indicators.kinds import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from noroshi.indicators.extraction import Extracted
    from noroshi.indicators.extraction.documents import Document, Part

_STDIN: Final = Path("-")


class Output(StrEnum):
    """How indicators are written."""

    TABLE = "table"
    NDJSON = "ndjson"
    VALUES = "values"


def extract(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE|-",
            help="Text, Markdown, HTML, mail or PDF, told by content; - (default) is standard input.",
        ),
    ] = None,
    *,
    format: Annotated[  # noqa: A002
        Output,
        typer.Option(
            "--format",
            help="table for people, defanged; ndjson (one object an occurrence) and values, as they are.",
        ),
    ] = Output.TABLE,
    type: Annotated[  # noqa: A002 - the option's name is the field's word
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="Only this type, as url or sha256; repeatable."),
    ] = None,
    unique: Annotated[
        bool,
        typer.Option("--unique", help="Each value once, where it stands first (in the table always)."),
    ] = False,
    own_site: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DOMAIN",
            help="The report's own site: ordinary links to it are no indicators; repeatable.",
        ),
    ] = None,
    all_links: Annotated[
        bool,
        typer.Option("--all-links", help="Links to reference sites (VirusTotal …) too."),
    ] = False,
    lang: options.Lang = None,
) -> None:
    """Extract indicators from texts, web pages, mails and PDF reports, however they are defanged."""
    wanted = _types(type or [])
    choices = Choices(
        own_sites=frozenset(fold(site).strip(".") for site in own_site or ()),
        references=frozenset() if all_links else None,
    )
    given = options.existing("", paths or [_STDIN])
    documents, errors = documents_of(given)
    rows = [
        (document, part, one)
        for document in documents
        for part, one in document.indicators(choices)
        if not wanted or one.type in wanted
    ]
    print_errors(errors, len(errors))
    if not documents:
        raise typer.Exit(2)
    if format is Output.TABLE:
        _print_table(rows, options.language(lang))
        return
    kept = _first_ones(rows) if unique or format is Output.VALUES else rows
    for document, part, one in kept:
        line = (
            one.value.encode("utf-8", "replace")
            if format is Output.VALUES
            else dumps(_as_object(one, document.path if len(given) > 1 else "", part.name))
        )
        sys.stdout.buffer.write(line + b"\n")


def _types(names: Sequence[str]) -> frozenset[str]:
    for name in names:
        if name not in TYPES:
            raise UsageError(
                Sentence(
                    "--type {type}: no type of indicator; use {names}",
                    type=visible(name),
                    names=", ".join(sorted(TYPES)),
                )
            )
    return frozenset(names)


def documents_of(paths: Sequence[Path]) -> tuple[list[Document], list[LocatedError]]:
    """Files (or standard input) taken apart, and what could not be read."""
    documents, errors = [], []
    for path in paths:
        try:
            document = read_document(str(path), _bytes_of(path))
        except OSError as error:
            errors.append(
                LocatedError(
                    str(path),
                    "",
                    Sentence("cannot be read: {reason}", reason=error.strerror),
                    "check the path",
                )
            )
        except LocatedError as error:
            errors.append(error)
        else:
            errors += document.errors
            if document.parts or not document.errors:
                documents.append(document)
    return documents, errors


def _bytes_of(path: Path) -> bytes:
    if path == _STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with path.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


_Row = tuple["Document", "Part", "Extracted"]


def _first_ones(rows: Sequence[_Row]) -> Iterator[_Row]:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key = row[2].type, row[2].value
        if key not in seen:
            seen.add(key)
            yield row


def _as_object(one: Extracted, path: str, part: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": one.type,
        "value": one.value,
        "text": one.text,
        "offset": one.offset,
        "defanged": one.defanged,
    }
    if part:
        found["part"] = part
    return found | {"path": path} if path else found


def _print_table(rows: Sequence[_Row], language: str) -> None:
    say = words(language)
    counts = Counter((one.type, one.value) for _, _, one in rows)
    console = Console(highlight=False)
    if not rows:
        console.print(say("extract.nothing"), markup=False)
        return
    table = Table(box=None, pad_edge=False)
    table.add_column(say("extract.type"), no_wrap=True)
    table.add_column(say("extract.value"), overflow="fold")
    table.add_column(say("extract.count"), justify="right", no_wrap=True)
    ordered = sorted(_first_ones(rows), key=lambda row: row[2].type)
    for _, _, one in ordered:
        shown = visible(defang(one.type, one.value))
        table.add_row(one.type, Text(shown), str(counts[one.type, one.value]))
    console.print(table)
    console.print(say("extract.summary", values=len(counts), places=len(rows)), markup=False)
