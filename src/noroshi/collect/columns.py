"""Which column means what, in a CSV or JSON feed that nobody wrote a source for: ``[feeds.NAME.columns]``."""

from __future__ import annotations

from dataclasses import dataclass, field

from noroshi.indicators.indicator import Threat  # noqa: TC001 - msgspec reads the types of the fields


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns, or of keys of JSON objects with dots between the levels (``network.ip``).

    Attributes:
        rows: Where in a JSON document the list (or object) of rows is; empty: the document itself.
        header: Names of the columns of a CSV without header.
        separator: Between the cells of a CSV.
        value: Column of the value.
        type: Column of its type; empty: what the value can only be.
        types: The feed's words for types → ours.
        by_type: Instead of `value` and `type`: type → its column.
        first_seen: Column of the first time: ISO 8601, or seconds since 1970.
        last_seen: Column of the last time.
        time_format: How times are written where that is neither (``%d/%m/%Y %H:%M``), in UTC.
        threat: Column of the kind of threat.
        family: Column of the malware family.
        tags: Column of tags: a list, or words between commas.
        confidence: Column of 0 to 100.
        reference: Column of where more can be read.
        id: Column of the feed's own id.
        all_threats: Kinds of threat of every row.
        all_families: Malware families of every row.
        all_tags: Tags of every row.
        compromised_sites: Every row names an ordinary site that serves malware.
    """

    rows: str = ""
    header: tuple[str, ...] = ()
    separator: str = ","
    value: str = ""
    type: str = ""
    types: dict[str, str] = field(default_factory=dict)
    by_type: dict[str, str] = field(default_factory=dict)
    first_seen: str = ""
    last_seen: str = ""
    time_format: str = ""
    threat: str = ""
    family: str = ""
    tags: str = ""
    confidence: str = ""
    reference: str = ""
    id: str = ""
    all_threats: tuple[Threat, ...] = ()
    all_families: tuple[str, ...] = ()
    all_tags: tuple[str, ...] = ()
    compromised_sites: bool = False

    @property
    def named(self) -> frozenset[str]:
        """Every column that is used."""
        told = (self.value, self.type, self.first_seen, self.last_seen, self.threat, self.family, self.tags)
        more = (self.confidence, self.reference, self.id, *self.by_type.values())
        return frozenset({*told, *more} - {""})
