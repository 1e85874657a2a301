from __future__ import annotations

from datetime import UTC, datetime

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Observable, Outcome

SAMPLE = b"""#door-keeper 1
2020-07-22T04:12:09Z gate-1 OPEN 192.0.2.17 alice http://intranet.example/start
2020-07-22T04:12:10Z gate-1 SHUT 192.0.2.18 bob http://www.example/a?b
"""


def test_the_example_keeps_the_contract() -> None:
    """What the how-to page promises of the example is so."""
    first, second = check_format("example", SAMPLE)
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == first.time.at
    assert Outcome.ALLOWED is first.outcome
    assert Outcome.BLOCKED is second.outcome
    assert Entities(user="alice", address="192.0.2.17") == first.entities
    assert "www.example/a" == second.fields["c-uri-norm"]
    assert Observable("url", "http://www.example/a?b", "c-uri") in second.observables
    assert (15, 95) == (first.position, second.position)
