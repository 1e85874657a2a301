"""What a source works with during one run: requests, its memory, its key, and where it reports drift."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import timedelta

    from noroshi.collect.config import Settings
    from noroshi.collect.http import Answer, Client
    from noroshi.indicators.exchange.format import Defaults
    from noroshi.indicators.indicator import Indicator


_MAX_COLUMNS: Final = 500
_MAX_NAME: Final = 40
_MAX_DRIFT: Final = 50


class Source(Protocol):
    """One source: where it is, and how its answers become indicators."""

    @property
    def name(self) -> str:
        """As in ``[feeds.NAME]``; its texts for people stand under this name in the words."""
        ...

    @property
    def addresses(self) -> Mapping[str, str]:
        """Format → where the provider offers it, the default first; empty where only the user knows."""
        ...

    @property
    def usual(self) -> timedelta:
        """A fresh item is never further away than this, unless something is broken."""
        ...

    @property
    def incremental(self) -> bool:
        """It asks for news only, so that nothing new is no failure."""
        ...

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """Every row as an indicator, or why it is none.

        Raises:
            LocatedError: The whole run fails; nothing of it is kept.
        """
        ...


@dataclass(slots=True)
class Session:
    """One run.

    Attributes:
        feed: Its name.
        client: Asks the provider.
        base_url: Without a final slash.
        format: One of the source's.
        settings: What the user says.
        key: The provider's key; empty for none.
        defaults: For what a row leaves open.
        memory: What the feed remembers from the last good run.
        news: What it remembers after this one; kept with the indicators or not at all.
        drift: Columns that are missing or new.
        left_out: What was not taken on purpose, by reason.
        unchanged: The provider said "as before".
    """

    feed: str
    client: Client
    base_url: str
    format: str
    settings: Settings
    key: str
    defaults: Defaults
    memory: Mapping[str, Any] = field(default_factory=dict)
    news: dict[str, Any] = field(default_factory=dict)
    drift: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    unchanged: bool = False
    _objects: dict[frozenset[str], set[str]] = field(default_factory=dict)

    def get(self, path: str, *, headers: Mapping[str, str] | None = None, **params: str) -> Answer:
        """GET below the base address.

        Raises:
            LocatedError: There is no answer.
        """
        content = {"params": params} if params else {}
        return self.client.ask("GET", f"{self.base_url}/{path}", headers or {}, **content)

    def get_if_new(self, path: str, headers: Mapping[str, str] | None = None) -> bytes | None:
        """The body, or None if it is as it was at the last good run (``ETag``, ``Last-Modified``).

        Raises:
            LocatedError: There is no answer.
        """
        url = f"{self.base_url}/{path}" if path else self.base_url
        known = self.memory.get("validators", {}).get(url, {})
        answer = self.client.ask("GET", url, {**known, **(headers or {})})
        if answer.status == 304:
            self.unchanged = True
            return None
        pairs = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
        kept = {ours: answer.headers[theirs] for ours, theirs in pairs if theirs in answer.headers}
        self.news.setdefault("validators", {})[url] = kept
        return answer.body

    def read_again(self) -> None:
        """Something of this answer is still to be read: it must not be "as before" next time."""
        self.news.pop("validators", None)

    def post_form(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        """The JSON that answers a form.

        Raises:
            LocatedError: There is no answer, or it is no JSON.
        """
        return parsed(self.client.ask("POST", f"{self.base_url}/{path}", headers, data=dict(fields)))

    def post_json(self, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        """The JSON that answers a JSON body.

        Raises:
            LocatedError: There is no answer, or it is no JSON.
        """
        sent = {"Content-Type": "application/json", **headers}
        url = f"{self.base_url}/{path}"
        return parsed(self.client.ask("POST", url, sent, content=orjson.dumps(body)))

    def key_as(self, header: str, before: str = "") -> dict[str, str]:
        """The header with the key; empty without one."""
        return {header: before + self.key} if self.key else {}

    def need_key(self) -> str:
        """The key.

        Raises:
            LocatedError: There is none.
        """
        if not self.key:
            raise LocatedError(self.base_url, "", "needs a key", "set key_file or key_env")
        return self.key

    def compare(
        self, found: Iterable[str], expected: frozenset[str], optional: frozenset[str] | None
    ) -> None:
        """Note columns that are missing or new; where `optional` is None, new since the feed's first run."""
        names = set(found)
        optional = self._known_columns(names) if optional is None else optional
        self.drift |= {f"-{name}" for name in expected - names}
        self._note_new(names - expected - optional)

    def watch(self, one: Any, needed: frozenset[str], known: frozenset[str] = frozenset()) -> None:
        """Look at the keys of an object that cannot do without `needed`; `known` ones may be there or not.

        Where keys come and go, a new one alone is no news. So drift is told only of a needed key that no
        object of the run has: that it is missing, and which unknown keys stand there instead.
        """
        if isinstance(one, dict):
            seen = self._objects.setdefault(needed, set())
            if not needed <= seen and len(seen) < _MAX_COLUMNS:
                seen.update(str(name)[:_MAX_NAME] for name in one if name not in known)

    def settle(self) -> None:
        """The run is over, well or not: what `watch` saw becomes drift."""
        for needed, seen in self._objects.items():
            if missing := needed - seen:
                self.drift |= {f"-{name}" for name in missing}
                self._note_new(seen - needed)

    def _known_columns(self, names: set[str]) -> frozenset[str]:
        first = self.memory.get("columns") or sorted(name[:200] for name in names)[:_MAX_COLUMNS]
        self.news["columns"] = first
        return frozenset(first)

    def _note_new(self, names: Iterable[str]) -> None:
        self.drift |= {f"+{name[:_MAX_NAME]}" for name in names if len(self.drift) < _MAX_DRIFT}


def parsed(answer: Answer) -> Any:
    """The JSON of an answer.

    Raises:
        LocatedError: It is none.
    """
    return parsed_body(answer.body, answer.url)


def parsed_body(body: bytes, path: str) -> Any:
    """The JSON of a body.

    Raises:
        LocatedError: It is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        what = Sentence("sends no JSON ({reason}, byte {at})", reason=error.msg, at=error.pos)
        raise LocatedError(path, "", what, "check base_url") from None
