"""Rooms import downwards only, and the engine is pure: no clock, no file, no network, no chance."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY: Final = Path(__file__).resolve().parents[1]
SOURCE: Final = REPOSITORY / "src" / "noroshi"

ALLOWED: Final[dict[str, frozenset[str]]] = {
    # Words of the whole project, below every room: what an error says, and how texts are compared.
    "errors": frozenset(),
    "folding": frozenset(),
    "events": frozenset({"errors", "folding"}),
    "indicators": frozenset({"errors", "folding"}),
    "rules": frozenset({"events", "errors", "folding"}),
    "engine": frozenset({"rules", "indicators", "events", "errors", "folding"}),
    "intake": frozenset({"events", "errors", "folding"}),
    "identity": frozenset({"events", "errors", "folding"}),
    # Alerts repeat what their rule says of itself, so they see the model of rules beside the engine's types.
    "alerts": frozenset({"engine", "identity", "rules", "indicators", "events", "errors", "folding"}),
    # The state database keeps indicators today; alerts and encounters come to it as their own rows.
    "store": frozenset({"indicators", "errors", "folding"}),
    # Feeds: fetched, checked, kept; extraction and exchange formats are those of indicators.
    "collect": frozenset({"store", "indicators", "events", "errors", "folding"}),
    # Examination works on bytes; its captures become events, its traces indicators.
    "examine": frozenset({"indicators", "events", "errors", "folding"}),
    # The Emotet day writes logs as products would: it must not know how Noroshi reads them.
    "demo": frozenset({"errors"}),
    # Rules drafted from specimens are tried on the demo day before they are written.
    "drafts": frozenset({"service", "examine", "demo", "rules", "errors"}),
    "report": frozenset({"alerts", "errors"}),
    "service": frozenset(
        {
            "demo",
            "alerts",
            "store",
            "identity",
            "intake",
            "engine",
            "rules",
            "indicators",
            "events",
            "errors",
            "folding",
        }
    ),
    "cli": frozenset(
        {
            "drafts",
            "service",
            "report",
            "collect",
            "store",
            "demo",
            "examine",
            "alerts",
            "identity",
            "intake",
            "engine",
            "rules",
            "indicators",
            "events",
            "errors",
            "folding",
        }
    ),
}
"""Room → rooms that it may import, as in docs/architecture.md. `noroshi/__init__.py` is free to all."""

TYPES_ONLY: Final[dict[tuple[str, str], frozenset[str]]] = {
    # Of a room above one's own kind only the types are used, never what it does.
    ("alerts", "engine"): frozenset({"hits", "correlate"}),
    ("alerts", "rules"): frozenset({"model"}),
    ("alerts", "identity"): frozenset({"model"}),
    ("alerts", "events"): frozenset({"model"}),
    ("rules", "events"): frozenset({"model"}),
    ("engine", "rules"): frozenset({"model"}),
    # Kinds, comparison of names, the readers of names and times that formats use, and which Windows accounts
    # are nobody: identity reads lists and leases in the same words.
    ("identity", "events"): frozenset({"model", "values", "traits", "times", "windows.traits"}),
    # An input knows the head that formats look at. `_lines` is the one place that recognises UTF-16.
    ("intake", "events"): frozenset({"format", "model", "problems", "formats._lines"}),
}
"""(room, room below) → the modules of it that may be imported; all others of a room are private to it."""

PRIVATE_ABROAD: Final = frozenset(
    {
        ("intake", "events.formats._lines"),  # the reason stands above
        ("service", "events.formats._lines"),  # a reader's own failure is told in the same words everywhere
    }
)
"""Modules with an underscore that another room imports."""

# fmt: off
IMPURE: Final = frozenset({
    "asyncio", "concurrent", "ctypes", "glob", "http", "importlib", "inspect", "io", "logging",
    "multiprocessing", "os", "pathlib", "random", "requests", "secrets", "select", "shutil", "signal",
    "socket", "sqlite3", "ssl", "structlog", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib", "uuid", "warnings",
})
# fmt: on
"""Modules that the engine does not import: clock, files, network, chance, processes, global state."""
IMPURE_CALLS: Final = frozenset(
    {"open", "input", "print", "exec", "eval", "compile", "globals", "__import__"}
)
IMPURE_METHODS: Final = frozenset(
    {"now", "utcnow", "today", "read_text", "read_bytes", "write_text", "write_bytes"}
)
# Not in the lists on purpose: `zoneinfo` (reads the zone that a rule names: constant data of the system),
# `re`, `re2` and `hyperscan` (compile patterns, hold no state that a result depends on).


class Import(NamedTuple):
    """One import of a module of Noroshi: who, where, and the dotted name below ``noroshi``."""

    room: str
    place: str
    target: str


def room_of(module: str) -> str:
    """The first part of a dotted name below ``noroshi``."""
    return module.partition(".")[0]


def modules() -> Iterator[tuple[str, Path]]:
    """Every module below ``noroshi`` with its dotted name (packages by their folder's)."""
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            yield name, path


KNOWN: Final = frozenset(name for name, _ in modules())


def imports(module: str, text: str, *, is_package: bool = False) -> Iterator[Import]:
    """The imports of Noroshi in a module's text, wherever they stand, those for type checking included."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, node, is_package=is_package)
            found = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in found:
            if name.startswith("noroshi."):
                yield Import(
                    room_of(module), f"{module}:{node.lineno}", target(name.removeprefix("noroshi."))
                )


def absolute(module: str, node: ast.ImportFrom, *, is_package: bool) -> str:
    """The module that ``from … import`` names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    package = ["noroshi", *module.split(".")]
    kept = package[: len(package) - node.level + (1 if is_package else 0)]
    return ".".join([*kept, *([node.module] if node.module else [])])


def target(name: str) -> str:
    """The module of a dotted name that may end in something defined in it."""
    return name if name in KNOWN or name.rpartition(".")[0] not in KNOWN else name.rpartition(".")[0]


def upward(found: Import) -> str | None:
    """What is wrong with an import, if anything."""
    room, place, wanted = found
    below = room_of(wanted)
    if below in {room, "__version__"}:
        return None
    if below not in ALLOWED.get(room, frozenset()):
        return f"{place}: {room} may not import {wanted}"
    inside = wanted.partition(".")[2]
    types = TYPES_ONLY.get((room, below))
    if types is not None and inside not in types:
        return f"{place}: {room} may import {', '.join(sorted(types))} of {below}, not {wanted}"
    if any(part.startswith("_") for part in wanted.split(".")) and (room, wanted) not in PRIVATE_ABROAD:
        return f"{place}: {wanted} is private to its room"
    return None


def impurities(module: str, text: str) -> Iterator[str]:
    """What makes a module of the engine impure."""
    for node in ast.walk(ast.parse(text)):
        place = f"{module}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            yield from (
                f"{place}: imports {alias.name}" for alias in node.names if root(alias.name) in IMPURE
            )
        elif isinstance(node, ast.ImportFrom) and root(node.module or "") in IMPURE:
            yield f"{place}: imports from {node.module}"
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
                yield f"{place}: calls {node.func.id}()"
            elif isinstance(node.func, ast.Attribute) and node.func.attr in IMPURE_METHODS:
                yield f"{place}: calls .{node.func.attr}()"
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield f"{place}: rebinds {', '.join(node.names)} of an outer scope"


def root(name: str) -> str:
    """The first part of a dotted name."""
    return name.partition(".")[0]


def all_imports() -> list[Import]:
    """Every import of Noroshi by Noroshi."""
    return [
        found
        for name, path in modules()
        for found in imports(name, path.read_text("utf-8"), is_package=path.name == "__init__.py")
    ]


def test_rooms_import_downwards_only() -> None:
    """No room imports one that is not below it, and of some only the types."""
    wrong = [what for found in all_imports() if (what := upward(found))]
    assert not wrong, "\n".join(wrong)


def test_every_room_stands_in_the_table() -> None:
    """A new package gets its line in the table, and a line without a package goes."""
    assert set(ALLOWED) == {room_of(name) for name, _ in modules()}


def test_the_table_has_no_circle() -> None:
    """Whatever a room may import cannot lead back to it."""
    for room in ALLOWED:
        reached, waiting = set[str](), set(ALLOWED[room])
        while waiting:
            below = waiting.pop()
            reached.add(below)
            waiting |= ALLOWED[below] - reached
        assert room not in reached


def test_no_permission_is_stale() -> None:
    """What the narrow tables permit is used; otherwise the permission goes."""
    used = {(found.room, found.target) for found in all_imports()}
    permitted = {(room, f"{below}.{name}") for (room, below), names in TYPES_ONLY.items() for name in names}
    # `rules` are plain documents today; the specification of this room lets them use the types of events.
    unused = permitted - used - {("rules", "events.model")}
    assert not unused
    assert used >= PRIVATE_ABROAD


def test_the_engine_is_pure() -> None:
    """The engine reads no clock, file or network, draws no chance and keeps no state of its own."""
    wrong = [
        what
        for name, path in modules()
        if room_of(name) == "engine"
        for what in impurities(name, path.read_text("utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_of_the_product_imports_tests_or_benchmarks() -> None:
    """What is installed does not need what only the repository has."""
    for name, path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {root(one) for one in named} & {"tests", "benchmarks", "pytest", "hypothesis"}, name


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("events.model", "from noroshi.engine.hits import Hit"),
        ("events.model", "from noroshi.engine import hits"),
        ("events.model", "import noroshi.cli.main"),
        ("events.model", "if TYPE_CHECKING:\n    from noroshi.service.scan import Scan"),
        ("events.model", "def later():\n    from noroshi.rules import load_rules"),
        ("events.formats.squid", "from ...engine import hits"),
        ("alerts.build", "from noroshi.engine.matcher import Matcher"),
        ("demo.day", "from noroshi.events.registry import detect"),
        ("service.scan", "from noroshi.events.formats._syslog import SyslogFormat"),
        ("service.scan", "from noroshi.cli import options"),
    ],
)
def test_an_upward_import_is_found(module: str, line: str) -> None:
    """Each way of writing a forbidden import is seen."""
    assert [True] == [upward(found) is not None for found in imports(module, line)]


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "import os.path",
        "from time import monotonic",
        "from pathlib import Path",
        "import random as chance",
        "when = datetime.now(UTC)",
        "open('x')",
        "def f():\n    global state\n    state = 1",
    ],
)
def test_impurity_is_found(line: str) -> None:
    """Each way of being impure is seen."""
    assert list(impurities("engine.x", line))
