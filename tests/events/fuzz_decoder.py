"""One decoder under atheris, started by `scripts/fuzz`: `python -m tests.events.fuzz_decoder FORMAT SECONDS`.

Ends with libFuzzer's status, 0 where nothing was found.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
MAX_BYTES = 16_384


def _tokens(path: Path) -> None:
    from tests.events.fuzzing import TOKENS  # noqa: PLC0415 - after atheris has hooked into imports

    escaped = ("".join(f"\\x{byte:02x}" for byte in token[:60]) for token in TOKENS)
    path.write_text("".join(f'"{token}"\n' for token in escaped), encoding="ascii")


def main() -> None:
    """Fuzz until the time is over or something is found."""
    if sys.argv[1:] == ["--list"]:
        sys.stdout.write("\n".join(importlib.import_module("tests.events.samples").SAMPLES) + "\n")
        return
    name, seconds = sys.argv[1], int(sys.argv[2])
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["noroshi.events"], enable_loader_override=False):
        from tests.events.fuzzing import survive  # noqa: PLC0415 - the same
        from tests.events.samples import FURTHER, SAMPLES  # noqa: PLC0415 - the same

        from noroshi.events.registry import format_named  # noqa: PLC0415 - what is imported here is instrumented

        entry = format_named(name)
    if entry is None:
        sys.exit(f"fuzz: there is no format {name}; `--list` names them")
    folder = REPOSITORY / "build" / "fuzz" / name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate((SAMPLES[name], *FURTHER.get(name, ()))):
        (corpus / f"sample-{number}").write_bytes(sample[:MAX_BYTES])
    _tokens(folder / "tokens.txt")
    options = [f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", "-timeout=10", "-rss_limit_mb=2048"]
    options += [
        "-print_final_stats=1",
        "-verbosity=0",
        f"-dict={folder / 'tokens.txt'}",
        f"-artifact_prefix={folder}/",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: survive(entry, data) and None)
    atheris.Fuzz()


main()
