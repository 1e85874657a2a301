"""Rules and lists from disk to something that matches: loaded and compiled, or taken from the cache."""

from __future__ import annotations

import contextlib
import os
import platform
import tempfile
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import hyperscan
import msgspec
from msgspec.structs import replace

from noroshi.engine.matcher import CompiledRules
from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.lists import ListSnapshot, load_lists
from noroshi.rules.loading import Loaded, load_rules
from noroshi.rules.model import RuleSet
from noroshi.service.indicators import with_sets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from noroshi.engine.matcher import Stored
    from noroshi.indicators.sets import ValueSet
    from noroshi.rules.model import Rule

_KEPT_FILES: Final = 8
_DIGEST: Final = 16


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything a matcher needs.

    Attributes:
        loaded: The rule set, with the errors met.
        compiled: The rule set compiled.
        lists: Site lists and indicator lists.
        errors: Mistakes in rules and lists.
    """

    loaded: Loaded
    compiled: CompiledRules
    lists: ListSnapshot
    errors: tuple[LocatedError, ...]


def bundled_rules() -> Path:
    """The folder of the packs that come with Noroshi."""
    installed = Path(str(files("noroshi"))) / "_bundled" / "rules"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[3] / "rules"


def bundled_lists(rules: Sequence[Path]) -> list[Path]:
    """Folders named ``lists`` inside rule folders: the lists that a pack brings, empty or not."""
    return sorted(
        folder for path in rules if path.is_dir() for folder in path.rglob("lists") if folder.is_dir()
    )


def prepare(  # noqa: PLR0913 - all that rules are made ready by
    rules: Sequence[Path],
    lists: Sequence[Path] = (),
    *,
    filters: Sequence[Path] = (),
    pipelines: Sequence[str | Path] = (),
    strict: bool = False,
    cache_dir: Path | None = None,
    sets: Sequence[ValueSet] = (),
) -> Prepared:
    """Load and compile rules.

    Args:
        rules: Rule files and folders; empty: the bundled packs.
        lists: Files and folders of lists; a list given here replaces one of the same name of a pack.
        filters: Files and folders of Sigma filters, laid over the rules whichever those are.
        pipelines: pySigma processing pipelines.
        strict: Refuse rules that name an unknown list.
        cache_dir: Where compiled rules are kept; None keeps nothing.
        sets: Saved sets of the store; a list given as a file replaces one of the same name.
    """
    folders = list(rules) or [bundled_rules()]
    snapshot, list_errors = read_lists(bundled_lists(folders), lists)
    snapshot = with_sets(snapshot, sets)
    loaded = load_rules(
        [*folders, *filters],
        lists=frozenset(snapshot.names),
        pipelines=pipelines,
        strict=strict,
        cache_dir=cache_dir,
    )
    store = None if cache_dir is None else DatabaseStore(cache_dir)
    loaded, compiled = _compiled(loaded, None if store is None else store.read)
    if store is not None and not compiled.from_store:
        store.write(compiled.fingerprint, compiled.serialised())
    return Prepared(loaded, compiled, snapshot, (*list_errors, *loaded.errors))


def _compiled(loaded: Loaded, stored: Stored | None) -> tuple[Loaded, CompiledRules]:
    """The rules compiled; those with a pattern that Hyperscan refuses are inactive, each with its error."""
    try:
        return loaded, CompiledRules(loaded.ruleset, stored)
    except hyperscan.error:
        refused = {rule.id: why for rule in loaded.ruleset.rules if (why := _refusal(rule))}
    rules = tuple(
        replace(rule, inactive=refused.get(rule.id, rule.inactive)) for rule in loaded.ruleset.rules
    )
    errors = [
        LocatedError(
            rule.meta.folder or rule.id,
            "",
            Sentence("{title}: {refused}", title=rule.meta.title, refused=refused[rule.id]),
            "shorten it",
        )
        for rule in rules
        if rule.id in refused
    ]
    ruleset = replace(loaded.ruleset, rules=rules)
    kept = Loaded(ruleset, (*loaded.errors, *errors), loaded.counts, loaded.from_cache)
    return kept, CompiledRules(ruleset, stored)


def _refusal(rule: Rule) -> str:
    """Why a rule cannot be compiled, empty if it can."""
    try:
        CompiledRules(RuleSet((rule,), ()))
    except hyperscan.error as error:
        return Sentence("a pattern cannot be compiled ({error})", error=error)
    return ""


def read_lists(packs: Sequence[Path], own: Sequence[Path]) -> tuple[ListSnapshot, list[LocatedError]]:
    """One snapshot of the packs' lists and the user's; the user's win."""
    of_packs, pack_errors = load_lists(packs)
    of_user, user_errors = load_lists(own)
    sets = {
        name: found
        for snapshot in (of_packs, of_user)
        for name in snapshot.names
        if (found := snapshot.get(name)) is not None
    }
    merged = of_packs if not of_user.names else ListSnapshot(sets.values())
    return merged, [*pack_errors, *user_errors]


class DatabaseStore:
    """Hyperscan databases on disk: data for one Hyperscan version and processor, safe to delete.

    A file holds its own digest, so that a damaged one is passed over and written anew.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, fingerprint: str) -> Path:
        machine = f"{version('hyperscan')} {platform.machine()} {_processor()}"
        return (
            self._folder
            / f"patterns-{blake2b(f'{fingerprint} {machine}'.encode(), digest_size=16).hexdigest()}.bin"
        )

    def read(self, fingerprint: str) -> Mapping[str, bytes] | None:
        """The databases of these rules, or None."""
        path = self._path(fingerprint)
        try:
            raw = path.read_bytes()
        except OSError:
            return None
        body = raw[_DIGEST:]
        if blake2b(body, digest_size=_DIGEST).digest() != raw[:_DIGEST]:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return msgspec.msgpack.decode(body, type=dict[str, bytes])

    def write(self, fingerprint: str, databases: Mapping[str, bytes]) -> None:
        """Keep the databases; a folder that cannot be written keeps nothing."""
        body = msgspec.msgpack.encode(databases)
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".patterns-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(blake2b(body, digest_size=_DIGEST).digest() + body)
                Path(name).replace(self._path(fingerprint))
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
            self._forget_old()

    def _forget_old(self) -> None:
        kept = sorted(
            self._folder.glob("patterns-*.bin"), key=lambda path: path.stat().st_mtime, reverse=True
        )
        for path in kept[_KEPT_FILES:]:
            path.unlink(missing_ok=True)


def _processor() -> str:
    """The processor's features, as far as the system tells: a database is made for them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
