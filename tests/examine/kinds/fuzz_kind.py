"""One kind of specimen under atheris: `python -m tests.examine.kinds.fuzz_kind KIND SECONDS`.

Ends with libFuzzer's status, 0 where nothing was found.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]
MAX_BYTES = 65_536


def main() -> None:
    """Fuzz until the time is over or something is found."""
    samples = importlib.import_module("tests.examine.kinds.samples")
    office = importlib.import_module("tests.examine.fuzzing").SAMPLES
    known = {kind: (first, *samples.FURTHER.get(kind, ())) for kind, first in samples.KINDS.items()} | office
    if sys.argv[1:] == ["--list"]:
        sys.stdout.write("".join(f"examine/{kind}\n" for kind in known))
        return
    kind, seconds = sys.argv[1], int(sys.argv[2])
    if kind not in known:
        sys.exit(f"fuzz: there is no kind {kind}; `--list` names them")
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["noroshi.examine"], enable_loader_override=False):
        from tests.examine.fuzzing import survive as survive_as  # noqa: PLC0415 - the same as below
        from tests.examine.kinds.fuzzing import survive  # noqa: PLC0415 - what is imported here is instrumented
    folder = REPOSITORY / "build" / "fuzz" / "examine" / kind
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(known[kind]):
        (corpus / f"sample-{number}").write_bytes(sample[:MAX_BYTES])
    options = [f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", "-timeout=20", "-rss_limit_mb=3072"]
    options += ["-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={folder}/"]

    def one(data: bytes) -> None:
        survive_as(kind, data) if kind in office else survive(data)

    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
