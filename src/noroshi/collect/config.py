"""Configuration of feeds: a TOML file with one table a feed, ``[feeds.NAME]``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from noroshi.collect.columns import Columns
from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.indicator import Tlp  # noqa: TC001 - msgspec reads the types of the fields

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_KEY_BYTES: Final = 4_096
_MAX_NUMBER: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user says about one feed; empty means the source's own.

    Attributes:
        kind: The source; empty where the feed has the source's name.
        enabled: It runs when due.
        base_url: Where the provider is; of `blog` and `table` the feed itself.
        format: Which of the source's formats is fetched.
        key_file: File that holds the key (path from the configuration's folder).
        key_env: Variable of the environment that holds the key.
        collection: Id of a TAXII collection.
        accounts: Accounts on X, without ``@``.
        hashtags: Hashtags on X, without ``#``.
        query: What is searched for, in the provider's words.
        reports: Ids of sandbox reports.
        follow: Posts are read on their own page where the feed holds only their beginning; None: the source's
            usual.
        columns: What the columns of a `table` mean.
        every_minutes: How often it is fetched.
        stale_hours: No fresh item for longer is a failure; None: the source's usual.
        tlp: Label of what carries none.
        allow_private: Private addresses may be asked.
        proxy: URL of an HTTP proxy.
        ca_file: Certificates in PEM that are trusted besides the system's (path from the configuration's
            folder).
        pause: Seconds between two requests.
    """

    kind: str = ""
    enabled: bool = True
    base_url: str = ""
    format: str = ""
    key_file: str = ""
    key_env: str = ""
    collection: str = ""
    accounts: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    query: str = ""
    reports: tuple[str, ...] = ()
    follow: bool | None = None
    columns: Columns | None = None
    every_minutes: int = 60
    stale_hours: int | None = None
    tlp: Tlp | None = None
    allow_private: bool = False
    proxy: str = ""
    ca_file: str = ""
    pause: float = 1.0

    @property
    def every(self) -> timedelta:
        """How often it is fetched."""
        return timedelta(minutes=self.every_minutes)

    def key(self, environment: Mapping[str, str]) -> str:
        """The key; empty for none.

        Raises:
            LocatedError: The file cannot be read. The key itself is never told.
        """
        if not self.key_file:
            return environment.get(self.key_env, "").strip() if self.key_env else ""
        try:
            with Path(self.key_file).open("rb") as file:
                return file.read(_MAX_KEY_BYTES).decode().strip()
        except (OSError, UnicodeDecodeError):
            raise LocatedError(self.key_file, "", "the key cannot be read", "check key_file") from None


def load_settings(path: Path | None) -> dict[str, Settings]:
    """Settings by the feed's name; none where there is no file.

    Raises:
        LocatedError: It cannot be read, is no TOML, or says something that there is not.
    """
    if path is None:
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        what = Sentence("cannot be read: {reason}", reason=error.strerror)
        raise LocatedError(str(path), "", what, "give a TOML file") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = Sentence("is no TOML: {error}", error=error)
        raise LocatedError(str(path), "", what, "correct the file") from None
    feeds = document.get("feeds", {})
    if not isinstance(feeds, dict):
        raise LocatedError(str(path), "feeds", "is no table", "write [feeds.NAME]")
    return {str(name): _settings(path, str(name), one) for name, one in feeds.items()}


def _settings(path: Path, name: str, table: object) -> Settings:
    place = f"feeds.{name}"
    for unknown in _unknown(table):
        raise LocatedError(
            str(path), place, Sentence("`{name}` is no setting", name=unknown), "see docs/how-to/collect.md"
        )
    try:
        found = msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise LocatedError(str(path), place, str(error), "see docs/how-to/collect.md") from None
    _check(path, place, found)
    key_file, ca_file = (str(path.parent / one) if one else "" for one in (found.key_file, found.ca_file))
    return replace(found, key_file=key_file, ca_file=ca_file)


def _unknown(table: object) -> list[str]:
    if not isinstance(table, dict):
        return []
    columns = table.get("columns")
    inner = set(columns) - set(Columns.__dataclass_fields__) if isinstance(columns, dict) else set()
    return sorted(set(table) - set(Settings.__dataclass_fields__)) + [
        f"columns.{one}" for one in sorted(inner)
    ]


def _check(path: Path, place: str, found: Settings) -> None:
    """Numbers that would make a feed run always or never.

    Raises:
        LocatedError: One is.
    """
    for name, low in (("every_minutes", 1), ("stale_hours", 1), ("pause", 0)):
        value = getattr(found, name)
        if value is not None and not low <= value <= _MAX_NUMBER:
            what = Sentence("`{name}` is set to {value}", name=name, value=value)
            raise LocatedError(
                str(path),
                place,
                what,
                Sentence("give a number from {low} to {most:,}", low=low, most=_MAX_NUMBER),
            )
