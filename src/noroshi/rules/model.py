"""Rules as data: what pySigma parsed, in a form that can be evaluated, compared, cached and printed.

Everything here is a frozen `msgspec.Struct`, so a loaded rule set is written to and read from the cache as
MessagePack: data, never executable code.
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec

Level = str
LEVELS: Final = ("informational", "low", "medium", "high", "critical")
"""Severities from least to most; a rule without a level counts as informational."""


TRACE_KINDS: Final = (
    "process",
    "command_line",
    "process_ancestry",
    "file",
    "registry",
    "network_destination",
    "http_shape",
    "dns",
    "mail",
    "certificate",
)
PYRAMID_LEVELS: Final = ("hash", "ip", "domain", "artefact", "tool", "ttp")
"""The Pyramid of Pain from the bottom: what a threat changes most easily first."""
STAGES: Final = ("draft", "experimental", "staged", "production", "deprecated")


class Wildcard(enum.IntEnum):
    """Special parts of a text pattern."""

    ONE = 1
    """``?``: exactly one code point."""
    MANY = 2
    """``*``: any run, the empty one and line ends included."""


Part = str | Wildcard
Pattern = tuple[Part, ...]
"""Literal runs and wildcards in order; ``()`` is the empty string; escapes are already resolved."""


class Node(msgspec.Struct, frozen=True, cache_hash=True, tag=True):
    """A node of the condition tree."""


class Text(Node, frozen=True, tag="text"):
    """A value matches a pattern; folded unless `cased`. `field` None: keyword, any value *contains*.

    A keyword's pattern is searched inside each text of the event (Sigma: keywords match anywhere).
    """

    field: str | None
    pattern: Pattern
    cased: bool = False


class Number(Node, frozen=True, tag="number"):
    """A value equals a number, written as number or as text. `field` None: keyword."""

    field: str | None
    value: int | float


class Boolean(Node, frozen=True, tag="bool"):
    """A value equals a boolean, written as boolean or as text ``true``/``false``."""

    field: str
    value: bool


class Null(Node, frozen=True, tag="null"):
    """The field is missing or JSON null."""

    field: str


class Exists(Node, frozen=True, tag="exists"):
    """The field is (or is not) there, whatever its value."""

    field: str
    expected: bool


class Regex(Node, frozen=True, tag="regex"):
    """A value holds a match of a linear-time regular expression (RE2 syntax; searched, not anchored).

    Attributes:
        flags: Any of the letters ``i`` (ignore case), ``m`` (multi-line), ``s`` (dot matches line ends).
    """

    field: str | None
    source: str
    flags: str = ""


class Cidr(Node, frozen=True, tag="cidr"):
    """A value is an address inside the network (IPv4 or IPv6; IPv4-mapped IPv6 counts as IPv4)."""

    field: str
    network: str


class Compare(Node, frozen=True, tag="compare"):
    """A value that reads as a number compares so; anything else is false.

    Attributes:
        op: ``lt``, ``lte``, ``gt`` or ``gte``.
        part: A part of a timestamp (`TIME_PARTS`) taken from the value first, or None.
    """

    field: str
    op: str
    value: int | float
    part: str | None = None


TIME_PARTS: Final = ("minute", "hour", "day", "week", "month", "year")


class TimePart(Node, frozen=True, tag="timepart"):
    """A part of a timestamp equals a number. Parts are read in the rule's ``noroshi.timezone``, else UTC."""

    field: str
    part: str
    value: int


class FieldRef(Node, frozen=True, tag="fieldref"):
    """Two fields compare under folding; false if one is missing.

    Attributes:
        where: ``equals``, ``startswith``, ``endswith`` or ``contains`` (value of `field` … value of `other`).
    """

    field: str
    other: str
    where: str = "equals"
    cased: bool = False


class Expand(Node, frozen=True, tag="expand"):
    r"""A value is in a named list of the snapshot (site list or indicator set), resolved at match time.

    Attributes:
        name: The placeholder's name without ``%``.
        prefix: Pattern before the placeholder (``*\\`` in ``*\\%admin%``); empty for a bare one.
        suffix: Pattern after it.
    """

    field: str | None
    name: str
    prefix: Pattern = ()
    suffix: Pattern = ()
    cased: bool = False


class AllOf(Node, frozen=True, tag="all"):
    """All items hold; an empty one holds."""

    items: tuple[Condition, ...]


class AnyOf(Node, frozen=True, tag="any"):
    """At least one item holds; an empty one does not."""

    items: tuple[Condition, ...]


class Not(Node, frozen=True, tag="not"):
    """The item does not hold."""

    item: Condition


Predicate = Text | Number | Boolean | Null | Exists | Regex | Cidr | Compare | TimePart | FieldRef | Expand
Condition = Predicate | AllOf | AnyOf | Not


class RuleLogSource(msgspec.Struct, frozen=True):
    """The dimensions that a rule names."""

    product: str | None = None
    service: str | None = None
    category: str | None = None


class Meaning(msgspec.Struct, frozen=True):
    """The one line of the guide that stands on every alert, by language (``en``, ``ja``); title if none."""

    en: str = ""
    ja: str = ""

    def told(self, language: str) -> str:
        """In this language, else in English."""
        return (self.ja if language == "ja" else "") or self.en


class Prerequisite(msgspec.Struct, frozen=True):
    """A log source and the audit setting that a rule needs, and what serves where they are missing."""

    log_source: Meaning
    setting: Meaning = Meaning()
    fallback: Meaning = Meaning()


class RuleMeta(msgspec.Struct, frozen=True):
    """What people read of a rule; it does not enter the rule hash.

    Attributes:
        title: Sigma's title.
        title_ja: Japanese title: the guide's first heading, else ``noroshi.title_ja``; or empty.
        level: One of `LEVELS`.
        tags: ATT&CK and other tags as written (``attack.t1059.001``).
        trace_kind: ``noroshi.trace_kind``; empty for foreign rules.
        pyramid_level: ``noroshi.pyramid_level``; empty for foreign rules.
        timezone: IANA zone for time parts, ``noroshi.timezone``; UTC if empty.
        folder: Folder of ``rule.yml``, where the guide is; empty for foreign rules.
        fields: Context fields that people want to see (Sigma's ``fields``).
        outcomes: Outcomes of the event that this rule alerts on at its own level (``noroshi.outcomes``);
            empty: all. A hit with another outcome is kept, one level lower.
        prerequisites: The log sources and settings, one line each; `needs` has them taken apart.
        stage: ``noroshi.stage``; empty for foreign rules.
        owner: Who reviews the rule.
        review_interval_days: How often; 0 for foreign rules.
    """

    title: str
    title_ja: str = ""
    level: Level = "informational"
    status: str = ""
    description: str = ""
    author: str = ""
    date: str = ""
    modified: str = ""
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    meaning: Meaning = Meaning()
    trace_kind: str = ""
    pyramid_level: str = ""
    prerequisites: tuple[str, ...] = ()
    timezone: str = ""
    outcomes: tuple[str, ...] = ()
    path: str = ""
    line: int = 1
    folder: str = ""
    needs: tuple[Prerequisite, ...] = ()
    stage: str = ""
    owner: str = ""
    review_interval_days: int = 0


class Rule(msgspec.Struct, frozen=True):
    """A detection rule, filters already applied.

    Attributes:
        id: Sigma's id, or one derived from path and title where the document has none.
        name: Sigma's name, for correlations; empty if none.
        hash: 32 hexadecimal digits over log source and condition, normalised; not over the texts.
        inactive: Why it cannot fire (an unknown list), or empty.
        alerts: Whether its hits are alerts of their own (False when only correlations without
            ``generate`` refer to it).
        lists: Names of the lists that it looks values up in, sorted.
    """

    id: str
    name: str
    hash: str
    logsource: RuleLogSource
    condition: Condition
    meta: RuleMeta
    inactive: str = ""
    alerts: bool = True
    lists: tuple[str, ...] = ()


CORRELATION_TYPES: Final = (
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
    "value_sum",
    "value_avg",
    "value_percentile",
    "value_median",
)


class Bound(msgspec.Struct, frozen=True):
    """One bound of a correlation's condition: ``lt lte gt gte eq neq`` and its number."""

    op: str
    value: int | float


class Alias(msgspec.Struct, frozen=True):
    """A common name for differently named fields: rule id → field."""

    name: str
    fields: dict[str, str]


class Correlation(msgspec.Struct, frozen=True):
    """A Sigma correlation rule, references resolved to rule ids.

    Attributes:
        rules: Ids of the referred rules or correlations, in the document's order.
        group_by: Field names, aliases, or ``entity.host``, ``entity.user``, ``entity.address``,
            ``entity.mailbox``.
        timespan_seconds: Length of the window.
        bounds: All must hold (a range has two). Temporal types without a condition: every rule once.
        fields: ``condition.field`` of the value types (several: the tuple of their values is counted).
        percentile: 0–100, for ``value_percentile``.
        generate: Whether the referred rules go on alerting alone.
        alerts: As in `Rule`.
    """

    id: str
    name: str
    hash: str
    type: str
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    timespan_seconds: float
    bounds: tuple[Bound, ...]
    meta: RuleMeta
    fields: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    percentile: float | None = None
    generate: bool = False
    inactive: str = ""
    alerts: bool = True


class RuleSet(msgspec.Struct, frozen=True):
    """All that was loaded, immutable; correlations in topological order (referred ones first)."""

    rules: tuple[Rule, ...]
    correlations: tuple[Correlation, ...] = ()
    hash: str = ""
