"""Extraction of indicators from prose, a report and a defanged list, against ioc-finder in the same run."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

from benchmarks.measuring import REPOSITORY, Figure, Unavailable, interleaved, ratio
from noroshi.indicators import extract

RUNS = 5
PAIR_RUNS = 5
AGAIN = 10
PROSE = (
    "Analysts observed the campaign in July. The document asks the reader to enable content, and then"
    " (as before) a macro starts; it runs for 12:30 minutes. Nothing else was seen until the next morning.\n"
)
JAPANESE = (
    "この文書はコンテンツの有効化を求め、マクロが動作する。翌朝まで、端末に他の動きは見られなかった。\n"
)


def listed(count: int) -> str:
    """A defanged list of made-up indicators of all common types, one a line."""
    lines = []
    for number in range(count):
        lines += [
            f"hxxp://site{number}[.]example/wp-includes/{number:x}fTzqE/index.php?id={number}",
            f"www[.]host{number}[.]example",
            f"198.51.100[.]{number % 250 + 1}:{8000 + number % 999}",
            f"{number:08x}" * 8,
        ]
    return "\n".join(lines)


def report() -> str:
    """A page of documentation with lists in between: what a vendor's article is like."""
    page = (REPOSITORY / "docs" / "emotet-day.md").read_text("utf-8")
    return f"{page}\n\n{listed(20)}\n\n{page}"


def count(text: str) -> int:
    """How many indicators we find."""
    return sum(1 for _ in extract(text))


def again(text: str) -> int:
    """The same ten times."""
    return sum(count(text) for _ in range(AGAIN))


def speed(text: str) -> Figure:
    """MB/s of one kind of prose, in bytes of UTF-8."""
    (taken,) = interleaved(RUNS, lambda: count(text))
    what = "Japanese prose" if not text.isascii() else "English prose"
    return Figure(
        f"{what}, {len(text.encode()):,} bytes",
        len(text.encode()) / statistics.median(taken) / 1e6,
        "MB/s",
        ">= 5",
    )


def run() -> Iterator[Figure]:
    """Speed on prose, growth with the length, and the ratio to ioc-finder.

    Raises:
        Unavailable: ioc-finder is not installed; our own figures come before.
    """
    count("warm[.]example http://warm.com/a.zip")
    yield speed(PROSE * 5_000)
    yield speed(JAPANESE * 5_000)
    dense, twice = listed(2_000), listed(4_000)
    once, double = interleaved(RUNS, lambda: count(dense), lambda: count(twice))
    yield Figure("defanged list, 8,000 indicators", len(dense) / statistics.median(once) / 1e6, "MB/s")
    yield Figure("time for twice the length ÷ for once", ratio(double, once), "", "<= 2.4")
    try:
        from ioc_finder import find_iocs  # noqa: PLC0415 - of the benchmark only
    except ImportError:
        how = "pip install --require-hashes -r requirements/bench.txt"
        raise Unavailable(f"ioc-finder is not installed in .venv ({how})") from None
    for what, text in (("prose", PROSE * 100), ("report", report()), ("defanged list", listed(60))):
        # As often as it takes about as long, so that a shared machine disturbs both alike.
        ours, theirs = interleaved(PAIR_RUNS, partial(again, text), partial(find_iocs, text))
        yield Figure(
            f"speed on a {what} of {len(text):,} characters ÷ ioc-finder's",
            ratio(theirs, ours) * AGAIN,
            "",
            ">= 10",
        )
