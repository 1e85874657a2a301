"""Files to a compiled rule set: parse, name, filter, convert, correlate. Needs pySigma."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec.structs import replace
from sigma.exceptions import SigmaError

from noroshi.errors import Sentence
from noroshi.rules.convert import all_of
from noroshi.rules.correlations import Draft, build, order, parse_correlation
from noroshi.rules.documents import documents
from noroshi.rules.filters import Filter, parse_filter_document, restrict
from noroshi.rules.guide import head_of
from noroshi.rules.hashing import digest, rule_hash
from noroshi.rules.loading import Compiled, alerting
from noroshi.rules.metadata import MetadataError, read_metadata
from noroshi.rules.model import Correlation, Expand, Meaning, Rule, RuleLogSource, RuleSet
from noroshi.rules.parse import Problem, Refused, actions, condition_of, located, parse_rule, text_of
from noroshi.rules.pipelines import read_pipelines
from noroshi.rules.walk import predicates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sigma.correlations import SigmaCorrelationRule
    from sigma.processing.pipeline import ProcessingPipeline
    from sigma.rule import SigmaRule

    from noroshi.errors import LocatedError
    from noroshi.rules.documents import Document, RuleFile
    from noroshi.rules.model import RuleMeta


_S = TypeVar("_S", "SigmaRule", "SigmaCorrelationRule")


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule that pySigma accepted, not converted yet."""

    document: Document
    id: str
    sigma: SigmaRule
    meta: RuleMeta


@dataclass(slots=True)
class Assembly:
    """What has been read so far."""

    entries: dict[str, Entry] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    filters: list[Filter] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)
    errors: list[LocatedError] = field(default_factory=list)

    def resolve(self, reference: str) -> str | None:
        """The id of the rule with this id, or with this name if only one has it."""
        try:
            one = str(UUID(reference))
        except ValueError:
            one = ""
        if one in self.entries or one in self.drafts:
            return one
        found = self.names.get(reference, [])
        return found[0] if len(found) == 1 else None

    def refuse(self, document: Document, refused: Refused) -> None:
        """Collect why a document is not used."""
        self.errors.extend(located(document, refused.problems))


def assemble(files: Sequence[RuleFile], pipelines: Sequence[str | Path]) -> Compiled:
    """The compiled rule set of some files; see `noroshi.rules.loading.load_rules`."""
    pipeline = read_pipelines(pipelines)
    assembly = Assembly()
    for file in files:
        _read_file(file, assembly)
    rules = _rules(assembly, pipeline)
    correlations = _correlations(assembly, rules, pipeline)
    return Compiled(_complete(rules, correlations), tuple(assembly.errors), len(assembly.filters))


def _read_file(file: RuleFile, assembly: Assembly) -> None:
    found = list(documents(file, assembly.errors))
    try:
        for document in actions(found):
            try:
                _read_document(document, assembly)
            except Refused as refused:
                assembly.refuse(document, refused)
    except Refused as refused:
        assembly.refuse(found[0], refused)


def _read_document(document: Document, assembly: Assembly) -> None:
    value = document.value
    if "filter" in value:
        assembly.filters.append(parse_filter_document(document))
        return
    if "correlation" in value:
        sigma, bounds, percentile = parse_correlation(value)
        one = _identify(document, sigma, assembly)
        meta = _metadata(document)
        assembly.drafts[one] = Draft(document, one, sigma, bounds, percentile, meta)
    else:
        rule = parse_rule(value)
        one = _identify(document, rule, assembly)
        assembly.entries[one] = Entry(document, one, rule, _metadata(document))
    if isinstance(value.get("name"), str):
        assembly.names.setdefault(value["name"], []).append(one)


def _identify(document: Document, sigma: Any, assembly: Assembly) -> str:
    """The document's id, or one derived from its place and title."""
    given = sigma.id is not None
    place = f"{document.file.relative}#{document.number}:{sigma.title}"
    one = str(sigma.id) if given else str(uuid5(NAMESPACE_URL, f"noroshi:{place}"))
    first = assembly.entries.get(one) or assembly.drafts.get(one)
    if first is not None:
        what = Sentence(
            "the id {one} is already that of {path} line {line}",
            one=one,
            path=first.document.file.path,
            line=first.document.line,
        )
        raise Refused((Problem(("id",) if given else (), what, "give one of them an id of its own"),))
    return one


def _metadata(document: Document) -> RuleMeta:
    try:
        meta = read_metadata(document, document.value)
    except MetadataError as error:
        raise Refused((Problem(error.keys, str(error), "see docs/reference/rule-format.md"),)) from None
    heads = {
        language: head_of(text.decode("utf-8", "replace"), language)
        for language, text in document.file.guides
    }
    if not heads or (document.number > 0 and heads.get("en", ("",))[0] != meta.title):
        return meta
    english, japanese = heads.get("en", ("", "")), heads.get("ja", ("", ""))
    folder = document.file.path.rpartition("/")[0] or "."
    meaning, title_ja = Meaning(english[1], japanese[1]), japanese[0] or meta.title_ja
    return replace(meta, title_ja=title_ja, meaning=meaning, folder=folder)


def _rules(assembly: Assembly, pipeline: ProcessingPipeline | None) -> dict[str, Rule]:
    chosen = restrict(assembly.filters, assembly.entries, assembly.resolve, assembly.errors)
    rules: dict[str, Rule] = {}
    for entry in assembly.entries.values():
        try:
            rules[entry.id] = _rule(entry, chosen.get(entry.id, ()), pipeline)
        except Refused as refused:
            assembly.refuse(entry.document, refused)
    return rules


def _rule(entry: Entry, filters: Sequence[Filter], pipeline: ProcessingPipeline | None) -> Rule:
    filtering = [one.applied_to(entry.sigma.title, entry.sigma.logsource) for one in filters]
    sigma = _processed(entry.sigma, pipeline)
    condition = condition_of(sigma, entry.document.value)
    if filtering:
        conditions = [condition_of(_processed(one, pipeline), entry.document.value) for one in filtering]
        condition = all_of([condition, *conditions])
    logsource = _logsource(sigma)
    return Rule(
        id=entry.id,
        name=sigma.name or "",
        hash=rule_hash(logsource, condition, entry.meta.timezone),
        logsource=logsource,
        condition=condition,
        meta=entry.meta,
        lists=tuple(sorted({node.name for node in predicates(condition) if isinstance(node, Expand)})),
    )


def _logsource(sigma: SigmaRule) -> RuleLogSource:
    """The rule's log source; pySigma lets values pass that are false but no text."""
    source = sigma.logsource
    for key in ("product", "service", "category"):
        value = getattr(source, key)
        if value is not None and (not isinstance(value, str) or not value):
            raise Refused(
                (
                    Problem(
                        ("logsource", key), Sentence("the {key} {value!r} is no text", key=key, value=value)
                    ),
                )
            )
    return RuleLogSource(source.product, source.service, source.category)


def _processed(sigma: _S, pipeline: ProcessingPipeline | None) -> _S:
    if pipeline is not None:
        try:
            pipeline.apply(sigma)
        except (SigmaError, ValueError, TypeError, AttributeError) as error:
            what = Sentence("the processing pipeline refuses it: {error}", error=text_of(error))
            raise Refused((Problem((), what, "mend the pipeline or leave the rule out"),)) from None
    return sigma


def _correlations(
    assembly: Assembly, rules: Mapping[str, Rule], pipeline: ProcessingPipeline | None
) -> dict[str, Correlation]:
    hashes = {rule.id: rule.hash for rule in rules.values()}
    built: dict[str, Correlation] = {}

    def resolve(reference: str) -> str | None:
        found = assembly.resolve(reference)
        return found if found in hashes else None

    references = {
        draft.id: tuple(found for one in draft.references if (found := assembly.resolve(one)) is not None)
        for draft in assembly.drafts.values()
    }
    placed, cyclic = order(assembly.drafts, references)
    for one in assembly.drafts:
        if one in cyclic:
            problem = Problem(("correlation", "rules"), "the correlation refers to itself in a circle")
            assembly.refuse(assembly.drafts[one].document, Refused((problem,)))
    for one in placed:
        try:
            _link(assembly.drafts[one], assembly)
            _processed(assembly.drafts[one].sigma, pipeline)
            built[one] = build(assembly.drafts[one], resolve, hashes)
            hashes[one] = built[one].hash
        except Refused as refused:
            assembly.refuse(assembly.drafts[one].document, refused)
    return built


def _link(draft: Draft, assembly: Assembly) -> None:
    """Let pySigma's references lead to their rules: pipelines look at the log sources there."""
    draft.sigma.referenced_rules = draft.sigma.rules or []
    for reference in draft.sigma.referenced_rules:
        found = assembly.resolve(str(reference.reference))
        if found in assembly.entries:
            reference.rule = assembly.entries[found].sigma
        elif found in assembly.drafts:
            reference.rule = assembly.drafts[found].sigma


def _complete(rules: Mapping[str, Rule], correlations: Mapping[str, Correlation]) -> RuleSet:
    """The rule set with who alerts alone, and its hash."""
    chosen = alerting(rules.values(), correlations.values())
    identity = [
        *([one.id, one.hash, one.alerts, one.meta] for one in chosen.rules),
        *([one.id, one.hash, one.alerts, one.meta] for one in chosen.correlations),
    ]
    return replace(chosen, hash=digest(identity))
