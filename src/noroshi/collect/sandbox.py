"""What reports of sandboxes have in common: reports read once, and much in them that is no attacker's.

What a specimen's configuration says is the attacker's own word. What a machine merely talked to while the
specimen ran is a candidate; what the bundled exclusion lists know (updates, resolvers, private addresses)
is left out and counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.statements import word
from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exclusions.loading import load_exclusions
from noroshi.indicators.exclusions.model import Verdict
from noroshi.indicators.kinds import guess_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row
    from noroshi.indicators.exclusions.snapshot import ExclusionSnapshot

MAX_REPORTS: Final = 50
"""Fetched in one run, the newest first; the others come with the next."""
_PATIENCE: Final = 3
_MAX_REMEMBERED: Final = 5_000
_MAX_VALUES: Final = 5_000
_RAW: Final = re.compile(r"(?:tcp|udp|tls|ssl|dns)://", re.IGNORECASE)
_ID: Final = re.compile(r"[\w-]{1,60}", re.ASCII)
_READY: Final = "reported"
_TASK: Final = frozenset({"id", "status"})
_TASK_MORE: Final = frozenset({
    "kind", "filename", "url", "tasks", "submitted", "completed", "owner", "private", "target", "category",
    "added_on", "started_on", "completed_on", "reporting_finished_on", "package", "tags", "machine", "tlp",
})  # fmt: skip
_PORT: Final = re.compile(r"([^/\s:]{1,255}):\d{1,5}")


@dataclass(slots=True)
class Reports:
    """Which reports were read (ids, the newest first), and whether any are still to be read.

    Attributes:
        session: The run.
        are_all: Nothing that the provider lists is left for the next run.
    """

    session: Session
    are_all: bool = True
    _read: dict[str, None] = field(init=False)

    def __post_init__(self) -> None:
        self._read = dict.fromkeys(self.session.memory.get("reports", ()))

    def listed(self, tasks: list[dict[str, Any]]) -> list[str]:
        """The ids of a page that are ready; what still runs comes with the next run."""
        for task in tasks:
            self.session.watch(task, _TASK, _TASK_MORE)
        states = [(word(one, "id"), word(one, "status")) for one in tasks]
        if any(state != _READY and not state.startswith("failed") for _, state in states):
            self.are_all = False
        return [one for one, state in states if state == _READY and _ID.fullmatch(one)]

    def end_here(self, ids: list[str]) -> bool:
        """Whether what is listed after these was read already."""
        return bool(self.session.memory.get("are_all") and ids and all(one in self._read for one in ids))

    def _new(self, ids: Iterable[str]) -> Iterator[str]:
        number = 0
        for one in ids:
            if one in self._read:
                continue
            number += 1
            if number > MAX_REPORTS:
                self.are_all = False
                return
            yield one

    def fetched(
        self,
        ids: Iterable[str],
        fetch: Callable[[str], Any],
        needed: frozenset[str],
        known: frozenset[str] = frozenset(),
    ) -> Iterator[Row | LocatedError]:
        """The new reports as objects; one that cannot be had is told and asked again next time.

        `needed` keys every report has; `known` ones may be there or not.

        Raises:
            LocatedError: None could be had.
        """
        read: list[str] = []
        failed: list[LocatedError] = []
        for one in self._new(ids):
            try:
                report = fetch(one)
            except LocatedError as error:
                self.are_all = False
                failed.append(error)
                if len(failed) == _PATIENCE:
                    break  # the provider is in trouble: keep what there is, and do not add to it
                continue
            read.append(one)
            self.session.watch(report, needed, known)
            if isinstance(report, dict):
                yield f"report {one}", report
            else:
                yield LocatedError(self.session.feed, f"report {one}", "is no object", "")
        if failed and not read:
            raise failed[-1]
        yield from failed
        kept = dict.fromkeys([*read, *self._read])
        self.session.news |= {"reports": list(kept)[:_MAX_REMEMBERED], "are_all": self.are_all}


def typed(text: str) -> tuple[str, str] | None:
    """Type and value of a place that malware calls, as configurations write it (``tcp://192.0.2.1:80``)."""
    bare = _RAW.sub("", text.strip(), count=1).rstrip("/") if _RAW.match(text.strip()) else text.strip()
    type_ = guess_type(bare)
    if type_ is None and (match := _PORT.fullmatch(bare)):
        bare, type_ = match[1], guess_type(match[1])
    return (type_, bare) if type_ else None


def places(session: Session, texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The places among texts that may be the attacker's, each once."""
    lists = _lists(session.defaults.at.date())
    found: dict[tuple[str, str], None] = {}
    for text in texts:
        one = typed(text)
        if one is None or len(found) >= _MAX_VALUES:
            continue
        judged = lists.judge(*one)
        if judged.verdict is Verdict.ALLOW:
            session.left_out[Sentence("on the list {name}", name=judged.list)] += 1
        else:
            found[one] = None
    return tuple(found)


def hashes(one: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """MD5, SHA-1 and SHA-256 of a file."""
    return tuple(
        (kind, text) for kind in ("sha256", "sha1", "md5") if isinstance(text := one.get(kind), str) and text
    )


@cache
def _lists(today: date) -> ExclusionSnapshot:
    return load_exclusions((), today).snapshot
