"""The headline: blocked or allowed, how far, and what that means for the machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from noroshi.alerts.encounters import EncounterBuilder
from noroshi.alerts.model import Alert, RuleRef, SourceRef
from noroshi.cli.story.facts import Facts
from noroshi.cli.story.headline import headline
from noroshi.cli.story.moments import tale
from noroshi.cli.story.page import Page
from noroshi.cli.story.phases import phase_of
from noroshi.events.model import Entities, LogSource
from noroshi.rules.model import RuleSet

START = datetime(2020, 7, 22, 4, 0, 0, tzinfo=UTC)
C2 = ("attack.command-and-control", "attack.t1071.001")
DOWNLOAD = ("attack.command-and-control", "attack.t1105")
DELIVERY = ("attack.initial-access", "attack.t1566.001")
EXECUTION = ("attack.execution", "attack.t1059.001")
SPREAD = ("attack.lateral-movement",)
HOST = Entities(host="pc-1", user="k.abe")

Spec = tuple[tuple[str, ...], str, str]
"""Tags, level, outcome; alerts follow each other by a minute."""


def alert(number: int, spec: Spec, whom: Entities) -> Alert:
    """One alert of a rule of its own."""
    tags, level, outcome = spec
    at = START + timedelta(minutes=number)
    kind, name = next((k, v) for k in ("host", "user", "address", "mailbox") if (v := getattr(whom, k)))
    rule = RuleRef(
        id=f"r{number}", title=f"Rule {number}", level=level, tags=tags, own_level=level, threat="emotet"
    )
    return Alert(
        alert_id=f"a{number}",
        revision=1,
        kind="rule",
        rule=rule,
        time=at,
        zone="record",
        tenant="default",
        entities=whom,
        key=f"{kind}:{name}",
        outcome=outcome,
        meaning="",
        count=1,
        first=at,
        last=at,
        logsource=LogSource(),
        matched=(),
        source=SourceRef("a.log", number),
        event_id=f"e{number}",
        event={},
    )


def told(*specs: Spec, whom: Entities = HOST, language: str = "en") -> str:
    """The headline over these alerts."""
    builder = EncounterBuilder()
    for number, spec in enumerate(specs):
        builder.add(alert(number, spec, whom))
    (encounter,) = builder.grouping().encounters
    scan: Any = SimpleNamespace(prepared=SimpleNamespace(loaded=SimpleNamespace(ruleset=RuleSet(()))))
    facts = Facts(scan, {})
    return headline(encounter, tale(encounter, facts), facts, Page(100, language))


INFECTED = "Treat pc-1 as infected: isolate it now."
BLOCKED = "Treat pc-1 as infected although every call was blocked: what calls is on the machine."
COMPROMISED = "Treat pc-1 as compromised until the checks below settle it."


@pytest.mark.parametrize(
    ("done", "advice", "specs"),
    [
        (
            "C2 calls from 04:00:00 on, all blocked",
            BLOCKED,
            [(C2, "high", "blocked"), (C2, "high", "blocked")],
        ),
        (
            "C2 call blocked at 04:00:00, then allowed from 04:01:00 on",
            INFECTED,
            [(C2, "high", "blocked"), (C2, "high", "allowed")],
        ),
        (
            "C2 calls allowed from 04:00:00 on, later ones blocked from 04:01:00 on",
            INFECTED,
            [(C2, "high", "allowed"), (C2, "high", "blocked")],
        ),
        (
            "C2 calls from 04:00:00 on, not known whether they got through",
            INFECTED,
            [(C2, "high", "unknown")],
        ),
        (
            "malicious content delivered at 04:00:00",
            "Nothing further was seen; check whether it was opened on pc-1.",
            [(DELIVERY, "high", "allowed")],
        ),
        (
            "malicious download tried at 04:00:00, but stopped",
            "What was seen was stopped; check what tried it on pc-1.",
            [(DOWNLOAD, "high", "blocked")],
        ),
        ("suspicious code ran at 04:00:00", "Check pc-1 as below.", [(EXECUTION, "high", "allowed")]),
        (
            "suspicious code ran at 04:00:00; spreading from 04:02:00 on",
            COMPROMISED,
            [(EXECUTION, "high", "allowed"), (EXECUTION, "high", "allowed"), (SPREAD, "high", "allowed")],
        ),
        (
            "perhaps C2 calls from 04:01:00 on",
            "Check pc-1 as below.",
            [((), "high", "allowed"), (C2, "medium", "allowed")],
        ),
    ],
)
def test_what_was_done_and_what_it_means(done: str, advice: str, specs: list[Spec]) -> None:
    """A blocked call to a C2 server still means an infected machine, a blocked download does not."""
    assert f"Emotet on pc-1 (k.abe): {done}. {advice}" == told(*specs)


def test_who_is_no_machine_has_one_behind_it() -> None:
    """An address or a mailbox is not isolated: the machine behind it has to be found."""
    assert told((C2, "high", "allowed"), whom=Entities(address="10.0.0.5")).endswith(
        "Treat the machine behind 10.0.0.5 as infected: find and isolate it now."
    )
    assert told((DELIVERY, "high", "allowed"), whom=Entities(mailbox="k.abe@a.example")).endswith(
        "check whether k.abe@a.example opened it."
    )


def test_japanese_is_a_sentence_too() -> None:
    """The parts fit together in Japanese."""
    assert (
        "pc-1 (k.abe) で Emotet を検知。04:00:00 以降の C2 通信はすべて遮断された。"
        "ただし通信元のプログラムは端末にあるため、pc-1 を感染端末として扱うこと。"
    ) == told((C2, "high", "blocked"), language="ja")


@pytest.mark.parametrize(
    ("phase", "tags"),
    [
        ("delivery", ("attack.execution", "attack.initial-access")),
        ("spread", ("attack.command-and-control", "attack.t1071.003", "attack.lateral-movement")),
        ("download", ("attack.command-and-control", "attack.t1105", "attack.execution")),
        ("execution", ("attack.execution", "attack.command-and-control", "attack.t1105")),
        ("evasion", ("attack.defense_evasion", "attack.t1027")),
        ("c2", ("attack.command-and-control",)),
        ("other", ("attack.t1059",)),
        ("other", ()),
    ],
)
def test_the_phase_of_a_rule(phase: str, tags: tuple[str, ...]) -> None:
    """Some tactics decide wherever they stand, else the one written first; T1105 is a download."""
    assert phase == phase_of(RuleRef(id="r", title="", level="high", tags=tags))
