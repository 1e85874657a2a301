from __future__ import annotations

from random import Random

from noroshi.examine.powershell import evaluate

from .composition import program

PROGRAMS = 500


def test_random_programs_are_solved() -> None:
    """Of 500 programs at least 99 % give the URL that they fetch."""
    failed = []
    for seed in range(PROGRAMS):
        script, url = program(Random(seed))  # noqa: S311 - no secret depends on it
        urls = {effect.arguments.get("url") for effect in evaluate(script).effects}
        if url not in urls:
            failed.append((seed, script))
    assert len(failed) <= PROGRAMS // 100, failed[0]
