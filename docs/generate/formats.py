"""`formats.md`: every registered format, with what its own module says and what the product cannot log."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from docs.generate.markdown import GENERATED, REPOSITORY, codes, link, paragraphs, source_of, table, text_of
from noroshi.events.limits import all_limits
from noroshi.events.registry import all_formats

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_FIELDS: Final = frozenset({"fields", "event_fields", "found_fields"})


def page() -> str:
    """The page."""
    modules = by_module()
    return text_of(
        [
            GENERATED,
            "# Log formats",
            (
                "Noroshi recognises a format by its content, never by the file's name. Everything may be packed (gzip,"
                " zstd, xz, bzip2, zip, tar), in folders, or come from standard input (`-`); everything line by line may"
                " stand in syslog (RFC 3164, RFC 5424, rsyslog's notation), also mixed in one file."
            ),
            (
                f"A new format is one file: [formats-how-to.md](formats-how-to.md). Times, outcomes, entities and"
                f" observables: [tables.md](tables.md). Sigma's log sources of Windows: [log-sources.md](log-sources.md)."
                f" All are found by {link('src/noroshi/events/registry.py')}."
            ),
            table(
                ("format", "described under", "taken from", "one file read by several workers"),
                (
                    (
                        f"`{one.name}`",
                        f"[{_heading(module)}](#{_anchor(module)})",
                        manual_of(module).replace("|", "\\|"),
                        _split(one),
                    )
                    for module, members in modules.items()
                    for one in members
                ),
            ),
            *(part for module, members in modules.items() for part in _module(module, members)),
        ]
    )


_STATED: Final = re.compile(r"^(?:Formats?|Sources?): (.+?)(?:::|\.(?=\s|$)|\n\n)", re.DOTALL | re.MULTILINE)
_IN_BRACKETS: Final = re.compile(r"\((?=[^()]*[a-z])((?:[^()]|\([^()]*\))+)\)")


def manual_of(module: ModuleType) -> str:
    """The manual that a format was taken from: after ``Format:`` in its docstring, or in brackets at its top."""
    doc = (module.__doc__ or "") + "\n"
    stated = _STATED.search(doc) or _IN_BRACKETS.search(doc.partition("\n\n")[0])
    return " ".join(stated[1].replace("``", "`").split()) if stated else ""


def by_module() -> dict[ModuleType, list[Any]]:
    """The registered formats by the module that defines them, by name."""
    found: dict[ModuleType, list[Any]] = {}
    for entry in all_formats():
        inner = getattr(entry, "lines", entry)
        found.setdefault(sys.modules[type(inner).__module__], []).append(entry)
    return found


def _heading(module: ModuleType) -> str:
    return _stem(module).strip("_")


def _anchor(module: ModuleType) -> str:
    return _heading(module)


def _stem(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _split(entry: Any) -> str:
    return "yes" if getattr(entry, "splittable", False) else "no"


def _module(module: ModuleType, members: list[Any]) -> Iterator[str]:
    yield f"## {_heading(module)}"
    yield f"Read by {link(source_of(module))}: {codes(one.name for one in members)}."
    yield paragraphs(module.__doc__)
    names = fields_of(Path(source_of(module)))
    if names:
        yield f"**Fields that the reader sets**, beside the product's own names: {codes(names)}."
    for one in members:
        limits = all_limits()[one.name]
        yield f"**What `{one.name}` cannot show.** {limits.en}"
        yield f"**`{one.name}` では分からないこと。** {limits.ja}"


def fields_of(path: Path) -> list[str]:
    """Names that a reader writes as literal keys of an event's fields, in the order of the alphabet."""
    tree = ast.parse((REPOSITORY / path).read_text("utf-8"))
    return sorted({name for node in ast.walk(tree) for name in _names(node)}, key=str.lower)


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and _is_fields(node.value):
        yield from _literal(node.slice)
    elif isinstance(node, ast.AnnAssign) and _is_fields(node.target) and isinstance(node.value, ast.Dict):
        for key in node.value.keys:
            yield from _literal(key)


def _is_fields(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in _FIELDS


def _literal(node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
