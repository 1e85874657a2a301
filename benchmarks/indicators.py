"""1.5 million indicators: built from a store, opened, swapped, and matched on top of decoding proxy lines.

And what it costs a scan to remember all observables, up to the store.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import insert

from benchmarks.measuring import Figure, interleaved, ratio, seconds, workplace
from noroshi.demo.generate import generate
from noroshi.engine.indicators import IndicatorMatcher
from noroshi.events.model import Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named
from noroshi.indicators.indicator import Indicator, SourceClaim, Threat
from noroshi.indicators.snapshot import IndicatorSnapshot, build_snapshot
from noroshi.service.remembering.keeping import remember
from noroshi.service.ruleset import bundled_rules, prepare
from noroshi.service.scan import ScanOptions, scan
from noroshi.store.opening import open_engine
from noroshi.store.rows import to_micros, to_row
from noroshi.store.schema import INDICATOR
from noroshi.store.store import open_store

COUNT = 1_500_000
RUNS = 5
REPEATED = 20
NOW = datetime(2020, 7, 22, tzinfo=UTC)
KINDS = ("url", "url", "url", "url", "domain", "domain", "domain", "ip", "sha256", "ip:port")
"""Of ten indicators so many of each type, about as feeds of 2026 have them."""


def indicators(count: int) -> Iterator[Indicator]:
    """Made-up indicators on reserved names, each with one claim."""
    for at in range(count):
        threat = (Threat.DOWNLOAD, Threat.C2, Threat.PHISHING)[at % 3]
        seen = NOW - timedelta(minutes=at % 200_000)
        claim = SourceClaim(
            "urlhaus",
            f"https://feed.example/{at}",
            (threat,),
            ("Emotet",),
            ("emotet", "heodo"),
            seen,
            seen,
            90,
        )
        yield Indicator.of(value(KINDS[at % 10], at), KINDS[at % 10], claim)


def value(type_: str, at: int) -> str:
    """A value of this type."""
    address = f"{1 + at % 223}.{at >> 16 & 255}.{at >> 8 & 255}.{at & 255}"
    return {
        "url": f"http://www.site{at}.example/wp-content/{at:x}/",
        "domain": f"c{at}.bad.example",
        "ip": address,
        "ip:port": f"{address}:8080",
        "sha256": f"{at:064x}",
    }[type_]


def decode(path: Path, matcher: IndicatorMatcher | None) -> int:
    """Squid lines to events, in one process, asked for indicators or not; how many events."""
    found = format_named("squid-combined")
    assert found is not None
    count = 0
    with path.open("rb") as stream:
        for event in found.decode(stream, Source("bench", "bench"), Problems()):
            count += 1
            if matcher is not None:
                matcher.find(event)
    return count


def fill(path: Path) -> None:
    """Rows straight into the table: what is measured is the way out of the store."""
    engine = open_engine(path)
    moments = {"added_at": to_micros(NOW), "changed_at": to_micros(NOW)}
    waiting = indicators(COUNT)
    with engine.begin() as connection:
        while some := [to_row(one.key, one) | moments for one in islice(waiting, 20_000)]:
            connection.execute(insert(INDICATOR), some)
    engine.dispose()


def run() -> Iterator[Figure]:
    """The bars of the design."""
    folder = workplace()
    path = folder / "indicators"
    with open_store(folder / "store.db") as store:
        fill(folder / "store.db")
        building = seconds(lambda: build_snapshot(store.snapshots.records(), path, "bench"))
    yield Figure("snapshot of 1.5 million built from the store", building, "s", "<= 15")
    yield Figure("its size, shared by all workers", path.stat().st_size / 1e6, "MB", "<= 350")
    opening = statistics.median(seconds(lambda: IndicatorSnapshot(path)) for _ in range(9))
    yield Figure("open and swap", opening, "s", "<= 0.2")
    yield from _matching(path)
    yield from _remembering()


def _matching(path: Path) -> Iterator[Figure]:
    day = workplace() / "day-indicators"
    generate(day)
    lines = workplace() / "proxy.log"
    lines.write_bytes((day / "logs" / "proxy" / "proxy01-access.log").read_bytes() * REPEATED)
    matcher = IndicatorMatcher(IndicatorSnapshot(path))
    count = decode(lines, None)
    bare, whole = interleaved(RUNS, lambda: decode(lines, None), lambda: decode(lines, matcher))
    cost = statistics.median(b / a - 1 for a, b in zip(bare, whole, strict=True))
    yield Figure("proxy lines decoded", count / statistics.median(bare), "lines/s")
    yield Figure("proxy lines decoded and matched", count / statistics.median(whole), "lines/s")
    yield Figure("cost of matching ÷ decoding, median", cost, "", "<= 0.25")


def _remembering() -> Iterator[Figure]:
    """The generated day with the bundled rules, to alerts: remembered in a new store, and not."""
    day = workplace() / "day-remembered"
    generate(day)
    prepared = prepare([bundled_rules()], [day / "lists", day / "site.toml"])
    places = iter(range(1_000))
    sizes: list[int] = []

    def scanned(*, remembered: bool) -> None:
        found = scan(ScanOptions([day / "logs"], [day / "identities.csv"], remember=remembered), prepared)
        if remembered:
            place = workplace() / f"remembered-{next(places)}.db"
            sizes.append(remember(found, str(place), NOW).kept.observables)
        sum(1 for _ in found.alerts())
        found.close()

    bare, whole = interleaved(RUNS, lambda: scanned(remembered=False), lambda: scanned(remembered=True))
    yield Figure("observables of the generated day", sizes[0])
    yield Figure(
        "speed of a scan that remembers ÷ of one that does not, median", ratio(bare, whole), "", ">= 0.5"
    )
