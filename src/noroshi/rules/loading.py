"""Rule folders to one immutable rule set, every mistake collected."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec.structs import replace

from noroshi.errors import LocatedError, Sentence
from noroshi.rules.documents import find_files
from noroshi.rules.hashing import digest
from noroshi.rules.model import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from noroshi.rules.documents import RuleFile
    from noroshi.rules.model import Correlation, Rule, RuleMeta

_R = TypeVar("_R", "Rule", "Correlation")


class Compiled(msgspec.Struct, frozen=True):
    """What does not depend on the lists: the part of loading that the cache keeps."""

    ruleset: RuleSet
    errors: tuple[LocatedError, ...] = ()
    filters: int = 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of loading.

    Attributes:
        ruleset: Everything usable.
        errors: Everything that is not, in the order of files.
        counts: ``files``, ``rules``, ``correlations``, ``filters``, ``inactive``, ``errors``;
            ``cache_broken`` is 1 where a damaged cache had to be rebuilt.
        from_cache: Whether the compiled rules came from the cache.
    """

    ruleset: RuleSet
    errors: tuple[LocatedError, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    from_cache: bool = False


def load_rules(
    paths: Sequence[str | Path],
    *,
    lists: AbstractSet[str] = frozenset(),
    pipelines: Sequence[str | Path] = (),
    strict: bool = False,
    cache_dir: str | Path | None = None,
) -> Loaded:
    """Load Sigma rules, correlations and filters from files and folders.

    Args:
        paths: Files, or folders that are walked for ``*.yml`` and ``*.yaml``.
        lists: Names of the known lists; a rule that names another one is loaded inactive.
        pipelines: pySigma processing pipelines: YAML files or names of installed ones; applied by priority.
        strict: A rule that names an unknown list is an error instead.
        cache_dir: Folder of the compiled cache; None: no cache.

    Returns:
        The rule set and every error; it never raises for what stands in a rule file.

    Raises:
        UsageError: If a pipeline cannot be loaded.
    """
    files, errors = find_files(paths)
    compiled, from_cache, broken = _compiled(files, pipelines, cache_dir)
    ruleset, refused = activate(compiled.ruleset, lists, strict=strict)
    errors = [*errors, *compiled.errors, *refused]
    counts = {
        "files": len(files),
        "rules": len(ruleset.rules),
        "correlations": len(ruleset.correlations),
        "filters": compiled.filters,
        "inactive": sum(bool(rule.inactive) for rule in ruleset.rules)
        + sum(bool(one.inactive) for one in ruleset.correlations),
        "errors": len(errors),
        "cache_broken": int(broken),
    }
    return Loaded(ruleset, tuple(errors), counts, from_cache)


def _compiled(
    files: Sequence[RuleFile], pipelines: Sequence[str | Path], cache_dir: str | Path | None
) -> tuple[Compiled, bool, bool]:
    """The compiled rules, whether they came from the cache, and whether the cache was damaged."""
    if cache_dir is None:
        return compile_files(files, pipelines), False, False
    from noroshi.rules import cache  # noqa: PLC0415 - it needs `Compiled` from here

    key = cache.key_of(files, pipelines)
    found, broken = cache.read(Path(cache_dir), key)
    if found is not None:
        return found, True, False
    compiled = compile_files(files, pipelines)
    cache.write(Path(cache_dir), key, compiled)
    return compiled, False, broken


def compile_files(files: Sequence[RuleFile], pipelines: Sequence[str | Path]) -> Compiled:
    """The rule set of some files, by pySigma."""
    from noroshi.rules.assembly import assemble  # noqa: PLC0415 - pySigma only when the cache does not do

    return assemble(files, pipelines)


def activate(
    ruleset: RuleSet, lists: AbstractSet[str], *, strict: bool
) -> tuple[RuleSet, list[LocatedError]]:
    """Rules with unknown lists made inactive (or refused), and the correlations that depend on them."""
    reasons: dict[str, str] = {
        rule.id: Sentence("unknown list {names}", names=", ".join(unknown))
        for rule in ruleset.rules
        if rule.lists and (unknown := [name for name in rule.lists if name not in lists])
    }
    if not reasons:
        return ruleset, []
    errors = [_unknown_list(rule.meta, reasons[rule.id]) for rule in ruleset.rules if rule.id in reasons]
    rules = [replace(rule, inactive=reasons.get(rule.id, "")) for rule in ruleset.rules]
    correlations = []
    for correlation in ruleset.correlations:
        asleep = _asleep(correlation, reasons)
        if asleep:
            reasons[correlation.id] = asleep
            errors.append(_unknown_list(correlation.meta, asleep))
        correlations.append(replace(correlation, inactive=asleep))
    woken = replace(alerting(rules, correlations), hash=digest([ruleset.hash, sorted(reasons)]))
    if not strict:
        return woken, []
    kept = RuleSet(
        tuple(rule for rule in woken.rules if not rule.inactive),
        tuple(correlation for correlation in woken.correlations if not correlation.inactive),
        woken.hash,
    )
    return kept, errors


def alerting(rules: Iterable[Rule], correlations: Iterable[Correlation]) -> RuleSet:
    """A rule that only correlations without `generate` refer to does not alert alone.

    A correlation that cannot fire silences nothing.
    """
    correlations = tuple(correlations)
    referred: dict[str, bool] = {}
    for correlation in correlations:
        for rule in () if correlation.inactive else correlation.rules:
            referred[rule] = referred.get(rule, False) or correlation.generate
    return RuleSet(
        tuple(_alone(rule, alerts=referred.get(rule.id, True)) for rule in rules),
        tuple(_alone(one, alerts=referred.get(one.id, True)) for one in correlations),
    )


def _alone(one: _R, *, alerts: bool) -> _R:
    return one if one.alerts is alerts else replace(one, alerts=alerts)


def _asleep(correlation: Correlation, reasons: Mapping[str, str]) -> str:
    """Why a correlation cannot fire: all its rules are inactive, or one that it needs."""
    inactive = [rule for rule in correlation.rules if rule in reasons]
    needs_all = correlation.type in {"temporal", "temporal_ordered"} and not correlation.bounds
    if inactive and (needs_all or len(inactive) == len(correlation.rules)):
        return Sentence("refers to an inactive rule: {reason}", reason=reasons[inactive[0]])
    return ""


def _unknown_list(meta: RuleMeta, reason: str) -> LocatedError:
    return LocatedError(meta.path, f"line {meta.line}", reason, "give the list with --lists")
