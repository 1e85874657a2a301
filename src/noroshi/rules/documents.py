"""Rule files to YAML documents: bounded, duplicate keys refused, lines found when something is wrong."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_FILE_BYTES: Final = 4 << 20
MAX_DEPTH: Final = 60
"""How deep a rule file may nest; real rules reach 5."""
MAX_REASON: Final = 400
_SUSPICIOUS_BRACKETS: Final = 500
_SUSPICIOUS_LINE: Final = 1000
NO_RULES: Final = frozenset({"tests.yml", "tests.yaml"})
GUIDE_NAMES: Final = {"en": "guide.md", "ja": "guide.ja.md"}
_RULE_NAMES: Final = ("rule.yml", "rule.yaml")
SEARCHES: Final = "searches"
Key = str | int


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file: the path as people see it, its place below the argument that named it, and its bytes.

    Attributes:
        guides: The guides beside a ``rule.yml``: language and bytes.
    """

    path: str
    relative: str
    content: bytes
    guides: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of a rule file."""

    file: RuleFile
    number: int
    line: int
    value: Any


class _Loader(yaml.CSafeLoader):
    """PyYAML's C loader that refuses duplicate keys, which would silently drop a detection."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        written = len(node.value)
        merged = any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        if not merged and len(mapping) != written:
            key, again = _duplicate(node)
            raise yaml.constructor.ConstructorError(
                None, None, Sentence("the key {key!r} stands here twice", key=key), again
            )
        return mapping


def _duplicate(node: yaml.MappingNode) -> tuple[str, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            return str(key.value), key.start_mark
        seen.add(key.value)
    return "?", node.start_mark


def find_files(paths: Sequence[str | Path]) -> tuple[list[RuleFile], list[LocatedError]]:
    """Every rule file below the paths, in a stable order, each once; and what could not be read.

    Folders are walked recursively for ``*.yml`` and ``*.yaml``, without ``tests.yml`` and folders named
    ``searches``; a file is taken whatever its name.
    """
    files: list[RuleFile] = []
    errors: list[LocatedError] = []
    seen: set[tuple[int, int]] = set()
    for root in paths:
        for path, relative in _walk(Path(root), errors):
            try:
                file = _read(path, relative, seen)
            except OSError as error:
                errors.append(_unreadable(path, error))
                continue
            if file is not None and len(file.content) > MAX_FILE_BYTES:
                what = Sentence("is larger than {max_file_bytes} bytes", max_file_bytes=MAX_FILE_BYTES)
                errors.append(LocatedError(path, "", what, "split it into files"))
            elif file is not None:
                files.append(file)
    return files, errors


def _walk(root: Path, errors: list[LocatedError]) -> Iterator[tuple[str, str]]:
    if not root.is_dir():
        yield str(root), root.name
        return
    prefix = len(str(root)) + 1

    def unreadable(error: OSError) -> None:
        errors.append(_unreadable(str(error.filename), error))

    found: list[str] = []
    for folder, folders, names in os.walk(root, onerror=unreadable):
        folders[:] = sorted(name for name in folders if name != SEARCHES and not name.startswith("."))
        found += [
            f"{folder}{os.sep}{name}"
            for name in names
            if name.endswith((".yml", ".yaml")) and name not in NO_RULES and not name.startswith(".")
        ]
    for path in sorted(found):
        yield path, path[prefix:].replace(os.sep, "/")


def _unreadable(path: str, error: OSError) -> LocatedError:
    return LocatedError(
        path,
        "",
        Sentence("cannot be read: {reason}", reason=error.strerror),
        "check the path and its permissions",
    )


def _read(path: str, relative: str, seen: set[tuple[int, int]]) -> RuleFile | None:
    """A file, or None if it was read before under whatever name."""
    with open(path, "rb") as stream:  # noqa: PTH123 - thousands of files: Path.open costs twice
        status = os.fstat(stream.fileno())
        if (status.st_dev, status.st_ino) in seen:
            return None
        seen.add((status.st_dev, status.st_ino))
        content = stream.read(MAX_FILE_BYTES + 1)
    return RuleFile(path, relative, content, _guides(Path(path)) if path.endswith(_RULE_NAMES) else ())


def _guides(rule: Path) -> tuple[tuple[str, bytes], ...]:
    """The guides beside a rule; an unreadable one is missing here and found by lint."""
    found = []
    for language, name in GUIDE_NAMES.items():
        try:
            with rule.with_name(name).open("rb") as stream:
                found.append((language, stream.read(MAX_FILE_BYTES)))
        except OSError:
            continue
    return tuple(found)


def documents(file: RuleFile, errors: list[LocatedError]) -> Iterator[Document]:
    """The documents of a file; what is no YAML becomes an error, the documents before it count."""
    if (deep := _too_deep(file.content)) is not None:
        errors.append(
            LocatedError(
                file.path,
                f"line {deep}",
                Sentence("nests deeper than {max_depth}", max_depth=MAX_DEPTH),
                "flatten it",
            )
        )
        return
    number = 0
    try:
        loader = _Loader(file.content)
        try:
            while loader.check_node():
                node: Any = loader.get_node()
                value = loader.construct_document(node)
                if value is not None:
                    yield Document(file, number, node.start_mark.line + 1, value)
                    number += 1
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        errors.append(_yaml_error(file.path, error))
    except (ValueError, RecursionError, OverflowError, TypeError) as error:
        errors.append(
            LocatedError(
                file.path, "", Sentence("is no readable YAML: {error}", error=error), "mend the YAML"
            )
        )


def _yaml_error(path: str, error: yaml.YAMLError) -> LocatedError:
    mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = "" if mark is None else f"line {mark.line + 1}"
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return LocatedError(
        path, place, Sentence("is no valid YAML: {reason}", reason=shortened(problem)), "mend the YAML"
    )


def shortened(what: str) -> str:
    """A reason on one line, its middle left out where it quotes a whole rule."""
    line = " ".join(what.split())
    if line == what and len(what) <= MAX_REASON:
        return what  # as it came: a `Sentence` stays one
    return line if len(line) <= MAX_REASON else f"{line[: MAX_REASON - 100]} … {line[-90:]}"


def _too_deep(content: bytes) -> int | None:
    """The line where the nesting goes too deep, or None; found by events, which need no recursion.

    The composer recurses in C and would overflow its stack. Depth needs brackets or columns, so ordinary
    files are cleared by counting.
    """
    brackets = content.count(b"[") + content.count(b"{")
    if brackets < _SUSPICIOUS_BRACKETS and not _has_long_line(content):
        return None
    depth = 0
    event: Any
    try:
        for event in yaml.parse(content, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                return int(event.start_mark.line) + 1
    except yaml.YAMLError:
        return None
    return None


def _has_long_line(content: bytes) -> bool:
    at, length = 0, len(content)
    while length - at > _SUSPICIOUS_LINE:
        end = content.rfind(b"\n", at, at + _SUSPICIOUS_LINE)
        if end < 0:
            return True
        at = end + 1
    return False


def titles_of(errors: Iterable[LocatedError]) -> dict[tuple[str, str], str]:
    """Path and place of errors in rule files → the title of the document there, as far as it can be read."""
    places: dict[str, set[int]] = {}
    for error in errors:
        number = error.place.removeprefix("line ")
        if number.isdecimal():
            places.setdefault(error.path, set()).add(int(number))
    found: dict[tuple[str, str], str] = {}
    for path, lines in places.items():
        for file in find_files([path])[0]:
            found |= {(path, f"line {line}"): title for line in lines if (title := _title_at(file, line))}
    return found


def _title_at(file: RuleFile, line: int) -> str:
    before = [one for one in documents(file, []) if one.line <= line]
    if not before or not isinstance(before[-1].value, dict):
        return ""
    between = file.content.splitlines()[before[-1].line : line]
    if any(one.startswith(b"---") for one in between):
        return ""  # the error's own document could not be read; this is the one before
    title = before[-1].value.get("title")
    return shortened(title) if isinstance(title, str) else ""


def line_of(document: Document, keys: Iterable[Key]) -> int:
    """The line of the key (or list entry) that a path of keys leads to, as far as it exists."""
    node = _node(document)
    line = document.line
    for key in keys:
        step = _step(node, key)
        if step is None:
            break
        line, node = step
    return line


def _node(document: Document) -> Any:
    """The document composed once more, for its marks."""
    return _nodes(document.file.content).get(document.line)


@lru_cache(maxsize=1)
def _nodes(content: bytes) -> dict[int, Any]:
    """The documents of a file by line, kept while errors of the same file are placed."""
    loader = yaml.CSafeLoader(content)
    found: dict[int, Any] = {}
    try:
        while loader.check_node():
            node: Any = loader.get_node()
            found[node.start_mark.line + 1] = node
    except yaml.YAMLError:
        return found
    finally:
        loader.dispose()
    return found


def _read_as(text: str, key: object) -> bool:
    """Whether YAML reads a key's text as this value: ``on`` is true."""
    try:
        return bool(yaml.load(text, Loader=yaml.CSafeLoader) == key)
    except yaml.YAMLError:
        return False


def _step(node: yaml.Node | None, key: Key) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key) or (not isinstance(key, str) and _read_as(name.value, key)):
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        item = node.value[key]
        return item.start_mark.line + 1, item
    return None
