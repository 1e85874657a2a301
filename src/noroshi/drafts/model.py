"""Drafts: what a rule could be, from the general to the narrow, and what came of checking it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.drafts.simulation import Simulated
    from noroshi.examine.result import Examination


@dataclass(frozen=True, slots=True)
class Material:
    """What drafts are made of.

    Attributes:
        examinations: Of the specimens given, of one attack.
        events: What they would leave in logs.
        name: Short name of the threat: letters, digits, ``_``.
        shown: The threat's name for people.
        seed: What the ids of rules come from.
        date: Of the draft, ``2026-11-28``.
    """

    examinations: tuple[Examination, ...]
    events: tuple[Simulated, ...]
    name: str
    shown: str
    seed: str
    date: str


@dataclass(frozen=True, slots=True)
class Case:
    """A test of a draft.

    Attributes:
        name: What it shows.
        events: In the form of ``tests.yml``.
        near_miss: Why it must not match; empty: it must.
        alerts: How many alerts of a correlation are expected.
    """

    name: str
    events: tuple[dict[str, Any], ...]
    near_miss: str = ""
    alerts: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to write the rule.

    Attributes:
        documents: Documents of ``rule.yml`` without what all have: ``detection`` and ``logsource``, or a
            ``correlation`` with its parts behind it.
        cases: Its tests.
        narrowed: By what it is narrower than the one before it; a key of the texts, empty for the first.
    """

    documents: tuple[dict[str, Any], ...]
    cases: tuple[Case, ...]
    narrowed: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule to be drafted over one kind of trace.

    Attributes:
        name: Folder of the rule, and key of its texts.
        trace_kind, pyramid_level, level: As in ``rule.yml``.
        tags: ATT&CK.
        review_days: How soon it goes stale.
        candidates: From the general to the narrow; the first that passes the check is written.
        values: What the texts name.
        lists: Name → type and values of the lists that it looks up.
        fields: For the analyst's eye.
    """

    name: str
    trace_kind: str
    pyramid_level: str
    level: str
    tags: tuple[str, ...]
    review_days: int
    candidates: tuple[Candidate, ...]
    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    fields: tuple[str, ...] = ()


class Kind(Protocol):
    """One kind of draft: a module of `kinds`."""

    def __call__(self, material: Material) -> Iterator[Draft]:
        """The drafts of this kind that the material gives; none is a normal answer."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a draft.

    Attributes:
        draft: It.
        candidate: The one that passed; None where none did.
        own: Alerts on the specimen's own events.
        background: Alerts on an ordinary day, of the candidate that passed, else of the last one.
        why: Why it was not written: ``silent``, ``noisy``, ``lint``, ``tests``; empty where it was.
        what: The first mistake that lint or the tests found.
        events: Events of the ordinary day.
    """

    draft: Draft
    candidate: Candidate | None
    own: int
    background: int
    why: str = ""
    what: str = ""
    events: int = 0
