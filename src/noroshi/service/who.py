"""Who is who in a folder of logs, without any rule: links and their evidence, and what joins an entity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from noroshi.engine.matcher import CompiledRules
from noroshi.events.model import Entities
from noroshi.events.values import fold
from noroshi.identity.model import Named
from noroshi.identity.names import address, host_name, user_name
from noroshi.rules.loading import Loaded
from noroshi.rules.model import RuleSet
from noroshi.service.ruleset import Prepared, bundled_lists, bundled_rules, read_lists
from noroshi.service.scan import scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from noroshi.identity import Directory, Joined, Link
    from noroshi.identity.building import Shared
    from noroshi.service.scan import Scan, ScanOptions
    from noroshi.service.workers import Progress

KINDS = ("host", "user", "address", "mailbox")


@dataclass(frozen=True, slots=True)
class Known:
    """What the logs say of one entity.

    Attributes:
        links: Those that touch it, the earliest first.
        shared: By whom it is shared, where it is an address of many; it is then never joined.
        joined: What it is joined to at the moment asked for; None where none was.
    """

    entity: Named
    links: tuple[Link, ...]
    shared: Shared | None = None
    joined: Joined | None = None


def read_links(options: ScanOptions, lists: Sequence[Path], progress: Progress | None = None) -> Scan:
    """Everything read as `noroshi scan` reads it, with no rules: its `directory` is what was learnt."""
    snapshot, errors = read_lists(bundled_lists([bundled_rules()]), lists)
    nothing = RuleSet(())
    return scan(options, Prepared(Loaded(nothing), CompiledRules(nothing), snapshot, tuple(errors)), progress)


def about(text: str, directory: Directory, at: datetime | None = None) -> list[Known]:
    """What is known of a name: of the host and of the user where both have it.

    Args:
        text: A name of any kind, or ``kind:name`` as encounters are keyed.
        directory: What was learnt.
        at: The moment (aware UTC) for which it is joined.
    """
    known = [_known(entity, directory, at) for entity in _meant(text)]
    told = [one for one in known if one.links or one.shared is not None]
    return told or known[:1]


def _known(entity: Named, directory: Directory, at: datetime | None) -> Known:
    links = [link for link in directory.links if entity in (link.left, link.right)]
    links.sort(key=lambda link: (link.start is not None, link.start.timestamp() if link.start else 0.0))
    shared = directory.sharing(entity.name) if entity.kind == "address" else None
    joined = None if at is None else directory.resolve(Entities(**{entity.kind: entity.name}), at)
    return Known(entity, tuple(links), shared, joined)


def _meant(text: str) -> Iterator[Named]:
    """The entities that a text may name, normalised as the links have them."""
    kind, colon, name = text.partition(":")
    if colon and kind in KINDS and name:
        yield Named(kind, _normalised(kind, name))  # type: ignore[arg-type]  # it is one of them
    elif (ip := address(text)) is not None:
        yield Named("address", ip)
    elif "@" in text:
        yield Named("mailbox", fold(text.strip()))
    else:
        yield Named("host", _normalised("host", text))
        yield Named("user", _normalised("user", text))


def _normalised(kind: str, name: str) -> str:
    found = {"host": host_name, "user": user_name, "address": address}.get(kind, lambda _: None)(name)
    return found or fold(name.strip())
