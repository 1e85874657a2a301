from __future__ import annotations

import pytest

from noroshi.alerts.weighing import Reason, Weight, weigh
from noroshi.indicators.indicator import Indicator, SourceClaim, Threat


def known(value: str, type_: str, threat: Threat, *, compromised: bool = False) -> Indicator:
    """An indicator with one claim."""
    return Indicator.of(value, type_, SourceClaim("feed", threats=(threat,), compromised_site=compromised))


URL = known("http://one.example/a", "url", Threat.DOWNLOAD)
C2 = known("192.0.2.1", "ip", Threat.C2)
SCANNER = known("192.0.2.1", "ip", Threat.SCAN)
DOMAIN = known("one.example", "domain", Threat.DOWNLOAD)
SITE = known("one.example", "domain", Threat.DOWNLOAD, compromised=True)
NAME = known("invoice.doc", "file_name", Threat.MAIL)


@pytest.mark.parametrize(
    ("indicator", "precision", "score", "outcome", "expected"),
    [
        (URL, "full", 90, "allowed", Weight("high")),
        (URL, "full", 69.9, "allowed", Weight("medium")),
        (URL, "full", 39.9, "allowed", Weight("low")),
        (URL, "full", 19.9, "allowed", Weight("informational")),
        (URL, "host-path", 90, "blocked", Weight("medium", (Reason.STOPPED,))),
        (C2, "exact", 90, "blocked", Weight("high")),
        (C2, "network", 90, "allowed", Weight("medium", (Reason.WIDER,))),
        (SCANNER, "exact", 90, "allowed", Weight("medium", (Reason.ADDRESS,))),
        (DOMAIN, "suffix", 90, "blocked", Weight("low", (Reason.WIDER, Reason.STOPPED))),
        (NAME, "exact", 30, "unknown", Weight("informational", (Reason.COMMON,))),
        (SITE, "exact", 100, "allowed", Weight("informational", (Reason.COMPROMISED,))),
        (URL, "host", 100, "allowed", Weight("informational", (Reason.HOST_ONLY,))),
    ],
)
def test_levels_worked_by_hand(
    indicator: Indicator, precision: str, score: float, outcome: str, expected: Weight
) -> None:
    """The score gives the level; precision, kind and outcome take away."""
    assert expected == weigh(indicator, precision, score, outcome)


def test_a_host_match_is_raised_by_what_else_the_machine_does() -> None:
    """To medium at most, and only where the indicator still has a score."""
    raised = Weight("medium", (Reason.HOST_ONLY, Reason.NEARBY))
    assert raised == weigh(URL, "host", 95, "allowed", nearby=True)
    assert Weight("low", (Reason.HOST_ONLY, Reason.NEARBY)) == weigh(URL, "host", 25, "allowed", nearby=True)
    assert Weight("informational", (Reason.HOST_ONLY,)) == weigh(URL, "host", 5, "allowed", nearby=True)


def test_what_a_proxy_hides_is_left_to_its_log() -> None:
    """A sensor behind the proxy names only the proxy."""
    assert Weight("informational", (Reason.RELAY,)) == weigh(C2, "exact", 100, "allowed", relayed=True)
