"""From rule files to ready: the first time, and from the cache."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import REPOSITORY, Figure, rule_folders, seconds


def ready(cache: Path) -> None:
    """A new process that loads and compiles all rules."""
    script = (
        "import sys; from pathlib import Path; from noroshi.service.ruleset import prepare; "
        "from noroshi.engine.matcher import Matcher; "
        "made = prepare([Path(p) for p in sys.argv[2:]], cache_dir=Path(sys.argv[1])); "
        "Matcher(made.compiled); "
        "assert len(made.compiled.rules) > 3700"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    command = [sys.executable, "-c", script, str(cache), *map(str, rule_folders())]
    subprocess.run(command, check=True, env=environment)


def run() -> Iterator[Figure]:
    """Seconds until all SigmaHQ rules can match, start of Python included."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        rule_folders()
        yield Figure("all SigmaHQ rules ready, first time", seconds(lambda: ready(cache)), "s", "<= 15")
        again = sorted(seconds(lambda: ready(cache)) for _ in range(5))[2]
        yield Figure("all SigmaHQ rules ready, from the cache", again, "s", "<= 1.5")
