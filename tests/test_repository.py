"""House rules that no linter knows: addresses, pins, explained exceptions, sizes, licence."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from importlib.metadata import Distribution, distributions
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REPOSITORY: Final = Path(__file__).resolve().parents[1]

MAX_FILE_LINES: Final = 400
MAX_FUNCTION_LINES: Final = 40
LONG_FILES: Final[dict[str, str]] = {
    "tests/engine/test_correlate.py": "every correlation type worked by hand, one beside the other",
    "tests/events/test_windows_names.py": "one table of names over all Windows shapes",
}
LONG_FUNCTIONS: Final[dict[str, str]] = {
    "src/noroshi/cli/inspect.py:as_document": "one JSON document, key by key",
    "src/noroshi/events/windows/shapes.py:shape_of_binding": "the hot path: one plain pass over one record",
    "src/noroshi/events/formats/squid.py:feed": "the fourteen columns of one line, in their order",
    "src/noroshi/demo/logons.py:logged_on": "the fields of one 4624, in the order of Windows",
    "src/noroshi/demo/windows.py:install_service": "two events of one act with all their fields",
    "tests/rules/test_testfile.py:test_everything_that_may_be_said": "one test file that uses every key",
    "tests/indicators/exchange/test_misp.py:test_an_event_as_misp_writes_it": "one event, as MISP writes it",
    "docs/generate/indicator_formats.py:page": "one page, paragraph by paragraph",
    "tests/alerts/test_encounters.py:alert": "the fields of an alert with their defaults",
}
"""What may be longer, with the reason. A line that is no longer needed fails the test too."""

# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS: Final = re.compile(r"(?<![\w.}:])/" + "(?:work|root|home|Users)" + "/")
PLACE_HOLDERS: Final[dict[str, str]] = {
    "tests/rules/test_cache.py": "a made-up HOME, to see that the cache follows it",
}
REGISTRIES: Final = re.compile(
    "|".join(
        ("py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.", "crates" + r"\.io", "conda" + r"\.anaconda")
    )
)
SUPPRESSION: Final = re.compile(r"# (?:noqa|type: ignore|fmt: (?:off|skip)|pragma: no cover)\b")
EXPLAINED: Final = re.compile(
    r"# (?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[\w, -]+\])(?:  # fmt: skip)?(?: - |  # )\S"
)
UNEXPLAINED: Final[dict[str, str]] = {
    "# noqa: PLC0415": "an import where it is needed: pySigma and what hangs on it take a second",
    "# noqa: SIM115": "a file that outlives the block; its owner closes it",
    "# noqa: S603": "tests start our own programs with their own arguments",
    "# noqa: FBT001": "a bool that is a value of a log or of a test case, not a switch",
    "# noqa: E501": "one case of a table a line",
    "# noqa: A002": "the option's name is the field's word",
    "# noqa: DTZ001": "a local time without zone is the case under test",
    "# type: ignore[arg-type]": "tests hand wrong things in on purpose; fixtures are duck-typed",
    "# type: ignore[union-attr]": "the test fails there if the other type comes",
    "# type: ignore[attr-defined]": "an optional method of a protocol, asked for before",
    "# type: ignore[misc]": "a default argument that binds the loop's variable",
    "# fmt: skip": "a table that reads by its columns",
    "# fmt: off": "the same",
}
"""Suppressions whose reason is the same wherever they stand."""


class Text(NamedTuple):
    """A tracked text file."""

    name: str
    content: str


def tracked() -> Iterator[Path]:
    """What git tracks; outside a clone, everything but what tools leave behind."""
    command = ["git", "-C", str(REPOSITORY), "ls-files", "-z"]
    found = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - git, with our own arguments
    if found.returncode == 0 and found.stdout:
        names = found.stdout.decode().rstrip("\0").split("\0")
    else:
        paths = (path.relative_to(REPOSITORY) for path in REPOSITORY.rglob("*") if path.is_file())
        names = [
            path.as_posix() for path in paths if not path.parts[0].startswith(".") or path.parts[0] == ".ci"
        ]
    yield from (path for name in names if (path := REPOSITORY / name).is_file())


def texts(*suffixes: str) -> list[Text]:
    """The tracked text files, those with these suffixes only if any are given."""
    found = []
    for path in tracked():
        if suffixes and path.suffix not in suffixes:
            continue
        raw = path.read_bytes()
        if b"\0" not in raw:
            found.append(Text(path.relative_to(REPOSITORY).as_posix(), raw.decode("utf-8")))
    return found


def lines(found: Iterable[Text]) -> Iterator[tuple[str, int, str]]:
    """Name, number and text of every line."""
    for text in found:
        for number, line in enumerate(text.content.splitlines(), 1):
            yield text.name, number, line


def test_no_path_of_a_machine() -> None:
    """Nothing depends on where one machine keeps its files."""
    wrong = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, number, line in lines(texts())
        if MACHINE_PATHS.search(line) and name not in PLACE_HOLDERS
    ]
    assert not wrong, "\n".join(wrong)


def test_no_package_registry_is_named() -> None:
    """Where packages come from is the machine's business; hashes decide what they are."""
    wrong = [f"{name}:{number}" for name, number, line in lines(texts()) if REGISTRIES.search(line)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_requirements_are_pinned_and_hashed(name: str) -> None:
    """Every package at one version, with hashes, without any address."""
    text = (REPOSITORY / "requirements" / f"{name}.txt").read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", re.sub(r"^\s+--hash=.*$", "", text, flags=re.MULTILINE), re.MULTILINE)
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"^\s*#.*\n?", "", text, flags=re.MULTILINE).strip())
    for entry in entries:
        assert re.match(r"[\w.-]+==[\w.]+(?: ; [^\\]+)? \\\n\s+--hash=sha256:[0-9a-f]{64}", entry), entry[:80]
    assert len(entries) > 10


def test_runtime_pins_stand_in_dev_too() -> None:
    """What is tested is what runs: the same versions in both."""
    pins = [
        set(
            re.findall(
                r"^([\w.-]+==[\w.]+)", (REPOSITORY / "requirements" / name).read_text("utf-8"), re.MULTILINE
            )
        )
        for name in ("runtime.txt", "dev.txt")
    ]
    assert set() == pins[0] - pins[1]


def test_every_dependency_has_its_reason() -> None:
    """Each direct dependency stands in requirements/*.in with what it is for; pyproject has no other."""
    reasons = {}
    for name in ("runtime.in", "dev.in"):
        for line in (REPOSITORY / "requirements" / name).read_text("utf-8").splitlines():
            if line and not line.startswith(("#", "-r")):
                package, _, reason = line.partition("#")
                reasons[package.strip().lower()] = reason.strip()
    assert all(len(reason) > 10 for reason in reasons.values()), reasons
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert set() == {name.lower() for name in project["dependencies"]} - set(reasons)


def test_every_suppression_says_why() -> None:
    """A silenced linter or type checker has its reason on the line, or one of the listed common reasons."""
    wrong = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, number, line in _suppressions()
        if not _explained(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_common_reason_is_stale() -> None:
    """A common reason that no line needs goes."""
    found = [line for _, _, line in _suppressions()]
    assert not [kind for kind in UNEXPLAINED if not any(kind in line for line in found)]


def _suppressions() -> Iterator[tuple[str, int, str]]:
    for name, number, line in lines(texts(".py")):
        if SUPPRESSION.search(line) and name != "tests/test_repository.py":
            yield name, number, line


def _explained(line: str) -> bool:
    return bool(EXPLAINED.search(line)) or any(kind in line for kind in UNEXPLAINED)


@pytest.mark.parametrize("line", ["x = 1  # noqa: S101", "x = 1  # noqa", "y = z()  # type: ignore[index]"])
def test_a_bare_suppression_is_seen(line: str) -> None:
    """What gives no reason is found."""
    assert SUPPRESSION.search(line)
    assert not _explained(line)


def test_every_exception_in_pyproject_is_explained() -> None:
    """Ignored rules, filters of warnings and overrides each have a comment."""
    text = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    for before, line in pairwise(text.splitlines()):
        if re.match(r'\s+"[A-Z]+\d+",', line):
            assert re.search(r'",\s+# \S', line), line
        if re.match(r'\s+"(ignore|default|once)', line):
            assert re.search(r"# \S", line) or before.strip().startswith("#"), line
        if line.startswith("[[tool.mypy.overrides]]"):
            assert before.startswith("# "), line


def test_warnings_are_errors() -> None:
    """The first filter turns every warning into an error; what follows are the explained exceptions."""
    options = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"][
        "ini_options"
    ]
    assert "error" == options["filterwarnings"][0]


def test_files_and_functions_fit_the_eye() -> None:
    """At most 400 lines a file and 40 a function; the exceptions are listed with their reasons."""
    found = texts(".py")
    files = {text.name for text in found if text.content.count("\n") > MAX_FILE_LINES}
    functions = {f"{text.name}:{name}" for text in found for name in _long_functions(text)}
    assert set() == files - set(LONG_FILES), "two rooms in one file?"
    assert set() == functions - set(LONG_FUNCTIONS), "a name is missing"
    assert set() == (set(LONG_FILES) - files) | (set(LONG_FUNCTIONS) - functions), "take it off the list"


def _long_functions(text: Text) -> Iterator[str]:
    for node in ast.walk(ast.parse(text.content)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # The signature of a command is the list of its options.
            start = node.body[0].lineno if text.name.startswith("src/noroshi/cli/") else node.lineno
            if (node.end_lineno or start) - start >= MAX_FUNCTION_LINES:
                yield node.name


def test_the_licence_stands_once() -> None:
    """Apache-2.0 in LICENSE and pyproject.toml; no file claims another licence or a copyright of its own."""
    assert "Apache License\n                           Version 2.0" in (REPOSITORY / "LICENSE").read_text(
        "utf-8"
    )
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert "Apache-2.0" == project["license"]
    header = re.compile("SPDX-" + "License-Identifier|^\\W*" + "Copyright ", re.MULTILINE)
    found = [text.name for text in texts() if header.search(text.content)]
    assert {"LICENSE", "NOTICE"} >= set(found)


def test_no_gpl_in_the_environment() -> None:
    """GPL and AGPL never enter .venv; the LGPL is fine as a separate, unmodified dependency."""
    assert [] == [one.metadata["Name"] for one in distributions() if _is_gpl(_licence(one))]


def _licence(one: Distribution) -> str:
    about = one.metadata
    classifiers = [text for text in about.get_all("Classifier") or [] if text.startswith("License")]
    said = (*(about.get_all("License-Expression") or []), *(about.get_all("License") or []))
    return " ".join([*(text[:100] for text in said), *classifiers])


def _is_gpl(licence: str) -> bool:
    return bool(re.search(r"(?<!L)\bA?GPL|(?<!Lesser )General Public License", licence))


@pytest.mark.parametrize(
    ("gpl", "licence"),
    [
        (True, "GPL-3.0-only"),
        (True, "AGPL-3.0"),
        (True, "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"),
        (False, "LGPL-2.1-only"),
        (False, "License :: OSI Approved :: GNU Lesser General Public License v2 (LGPLv2)"),
        (False, "Apache-2.0"),
    ],
)
def test_a_gpl_licence_is_known(*, gpl: bool, licence: str) -> None:
    """The GPL is told from the LGPL."""
    assert gpl == _is_gpl(licence)


def test_scripts_are_what_ci_runs() -> None:
    """CI calls scripts and nothing else; every script can be started, stops at errors, says what it does."""
    commands = [
        line
        for line in (REPOSITORY / ".ci" / "run").read_text("utf-8").splitlines()
        if line and line[0] != "#"
    ]
    assert all(re.match(r'(bash )?scripts/\w+|set -|cd "\$', line) for line in commands), commands
    for path in sorted((REPOSITORY / "scripts").iterdir()):
        text = path.read_text("utf-8")
        assert path.stat().st_mode & 0o111, path.name
        assert re.match(r"#!/usr/bin/env bash\n# [A-Z]", text), path.name
        assert "set -euo pipefail" in text, path.name
