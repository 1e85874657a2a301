"""`noroshi events who`: who is who in logs, each link with its evidence."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from noroshi.alerts.ndjson import dumps, iso
from noroshi.cli import options
from noroshi.cli.progress import watched
from noroshi.cli.story.page import page_for
from noroshi.cli.summary import print_errors
from noroshi.errors import UsageError
from noroshi.identity.sentences import RECORDS, link_sentence
from noroshi.service.scan import ScanOptions
from noroshi.service.who import KINDS, about, read_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from noroshi.cli.story.page import Page
    from noroshi.identity import Directory, Evidence, Joined, Link
    from noroshi.identity.building import Shared
    from noroshi.service.who import Known


class Output(StrEnum):
    """How the result is written."""

    TABLE = "table"
    NDJSON = "ndjson"


def who(
    paths: options.Logs,
    *,
    of: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only what is known of this host, user, address or mailbox (also as host:NAME, user:NAME …);"
            " repeatable. Default: all links.",
        ),
    ] = None,
    at: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="What --of is joined to at this time, and what it is not joined to, and why.",
        ),
    ] = "",
    identities: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="CSV of hosts, users, mailboxes, addresses; repeatable."),
    ] = None,
    lists: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Site lists that name shared addresses; repeatable."),
    ] = None,
    zone: Annotated[
        str, typer.Option(metavar="ZONE", help="Time zone of logs that name none, and of times shown.")
    ] = "",
    year: options.Year = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processes that read; default: one a processor.")
    ] = None,
    format_map: options.FormatMaps = None,
    format: Annotated[Output, typer.Option("--format", help="What to print.")] = Output.TABLE,  # noqa: A002
    lang: options.Lang = None,
) -> None:
    """Tell who is who: hosts, users, addresses and mailboxes joined, each link with times and evidence."""
    local = options.zone(zone)
    options.use_mappings(format_map)
    moment = options.instant("--at", at, local)
    if moment is not None and not of:
        raise UsageError("--at needs --of: whose joins at that time?")
    wanted = ScanOptions(
        paths=options.inputs("", paths),
        identities=options.existing("--identities", identities or []),
        workers=workers or os.cpu_count() or 1,
        zone=local,
        year=year,
    )
    site = options.existing("--lists", lists or [])
    with watched() as progress:
        read = read_links(wanted, site, progress)
    with closing(read):
        errors = [*read.prepared.errors, *read.problems.errors]
        print_errors(errors, len(read.prepared.errors) + read.problems.total)
        if not read.inputs:
            raise UsageError("nothing could be read")
        known = [one for name in of or () for one in about(name, read.directory, moment)]
        page = page_for(None, options.language(lang), local)
        if format is Output.NDJSON:
            typer.echo(b"".join(dumps(one) + b"\n" for one in _documents(read.directory, known)), nl=False)
            return
        if of:
            _print_known(known, moment, page)
        else:
            _print_all(read.directory, page)
        typer.echo(page.text(), nl=False)


def _print_all(directory: Directory, page: Page) -> None:
    page.rule(page.say("who.title"), "", "bold")
    records = Counter(link.evidence.what for link in directory.links)
    column = 1 if page.language == "ja" else 0
    named = page.say("list.comma").join(f"{RECORDS[what][column]} {n:,}" for what, n in records.most_common())
    page.line(page.say("who.links", count=len(directory.links)), named and f" ({named})", indent=1, hang=3)
    for kind in KINDS:
        found = [link for link in directory.links if link.left.kind == kind]
        if found:
            page.heading(page.say(f"entity.{kind}"))
            _sentences(found, page)
    if directory.shared:
        page.heading(page.say("who.shared"))
        for ip, shared in sorted(directory.shared.items()):
            page.line("- ", f"{ip}{_by_whom(shared, page)}", indent=1, hang=3)


def _by_whom(shared: Shared, page: Page) -> str:
    if not shared.number:
        return page.say("who.declared")
    some = page.say("list.comma").join(shared.names)
    return page.say("who.by", count=shared.number, names=some)


def _sentences(links: Iterable[Link], page: Page) -> None:
    for link in links:
        page.line("- ", link_sentence(link, page.language, page.zone), indent=1, hang=3)


def _print_known(known: list[Known], moment: datetime | None, page: Page) -> None:
    for at, one in enumerate(known):
        if at:
            page.blank()
        page.rule(f"{page.say(f'entity.{one.entity.kind}')} {one.entity.name}", "", "bold")
        if one.shared is not None:
            page.line(page.say("who.is_shared"), _by_whom(one.shared, page), indent=1, hang=3)
        if moment is not None and one.joined is not None:
            _print_joined(one.joined, moment, page)
        elif one.links:
            _sentences(one.links, page)
        elif one.shared is None:
            page.line(page.say("who.nothing"), indent=1)


def _print_joined(joined: Joined, moment: datetime, page: Page) -> None:
    when = f"{page.day(moment)} {page.clock(moment)} {page.zone_name(moment)}"
    named = ((kind, getattr(joined.entities, kind)) for kind in KINDS)
    names = page.say("list.comma").join(
        f"{page.say(f'entity.{kind}')} {name}" for kind, name in named if name
    )
    page.line((f"{when}: ", "dim"), names, indent=1, hang=3)
    for join in joined.joins:
        page.line("- ", join.sentence(page.language, page.zone), indent=1, hang=3)
    for refusal in joined.refusals:
        page.line("- ", page.say("who.not", why=refusal.sentence(page.language)), indent=1, hang=3)
    if not joined.joins and not joined.refusals:
        page.line(page.say("who.no_join"), indent=1)


def _documents(directory: Directory, known: list[Known]) -> Iterator[dict[str, Any]]:
    """A line for each link, or for each entity asked for."""
    if not known:
        yield from map(_link, directory.links)
        for ip, shared in sorted(directory.shared.items()):
            yield {"address": ip, **_shared(shared)}
    for one in known:
        yield {
            one.entity.kind: one.entity.name,
            **(_shared(one.shared) if one.shared is not None else {}),
            **(_joined(one.joined) if one.joined is not None else {"links": list(map(_link, one.links))}),
        }


def _shared(shared: Shared) -> dict[str, Any]:
    return {"shared_by": shared.number or None, "shared_by_some": list(shared.names)}


def _joined(joined: Joined) -> dict[str, Any]:
    return {
        "entities": {kind: name for kind in KINDS if (name := getattr(joined.entities, kind))},
        "joins": [_link(join.link) | {"sentence": join.sentence()} for join in joined.joins],
        "refusals": [
            {
                "known": {refusal.known.kind: refusal.known.name},
                "wanted": refusal.wanted,
                "reason": refusal.reason,
                "candidates": list(refusal.candidates),
                "count": refusal.count,
            }
            for refusal in joined.refusals
        ],
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "left": {link.left.kind: link.left.name},
        "right": {link.right.kind: link.right.name},
        "since": iso(link.start) if link.start else None,
        "until": iso(link.end) if link.end else None,
        "until_assumed": link.assumed_end,
        "first": _evidence(link.evidence),
        "last": _evidence(link.last) if link.last else None,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "what": evidence.what,
        "event_id": evidence.event_id or None,
        "path": evidence.path,
        "record": evidence.position,
    }
