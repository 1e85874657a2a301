"""The compiled rule set on disk: MessagePack, keyed by everything that it was made from, safe to delete."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from importlib.metadata import distributions, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from noroshi.errors import Sentence
from noroshi.rules.loading import Compiled  # noqa: TC001 - msgspec reads `_Stored` by it

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from noroshi.rules.documents import RuleFile

_DIGEST_BYTES: Final = 16
_Value = int | float | str | None
_KEPT: Final = 8
"""How many rule sets stay in the folder; the least recently used go first."""


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    """Compiled rules, and (template, values) of the errors' sentences, which alone are stored as texts."""

    compiled: Compiled
    sentences: list[tuple[str, dict[str, _Value]]]


def default_cache_dir() -> Path:
    """``$XDG_CACHE_HOME/noroshi``, else ``~/.cache/noroshi``."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "noroshi"


def key_of(files: Iterable[RuleFile], pipelines: Sequence[str | Path]) -> str:
    """Digest over the files' paths and contents, the pipelines, pySigma's version and this package's code."""
    whole = blake2b(digest_size=_DIGEST_BYTES)
    whole.update(_code())
    for part in _pipeline_parts(pipelines):
        _add(whole, part)
    for file in files:
        _add(whole, file.path.encode("utf-8", "surrogateescape"))
        _add(whole, file.relative.encode("utf-8", "surrogateescape"))
        _add(whole, file.content)
        for language, guide in file.guides:
            _add(whole, language.encode())
            _add(whole, guide)
    return whole.hexdigest()


def _add(whole: blake2b, part: bytes) -> None:
    whole.update(len(part).to_bytes(8, "big"))
    whole.update(part)


@cache
def _code() -> bytes:
    """What turns rules into the compiled form: this package's sources and pySigma's version."""
    whole = blake2b(version("pysigma").encode())
    whole.update(version("msgspec").encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        whole.update(source.read_bytes())
    return whole.digest()


def _pipeline_parts(pipelines: Sequence[str | Path]) -> list[bytes]:
    """Names and contents of pipelines, and the versions of what may bring installed ones."""
    if not pipelines:
        return []
    parts = sorted(
        f"{name}={found.version}".encode()
        for found in distributions()
        if (name := found.metadata["Name"] or "").lower().startswith("pysigma")
    )
    for spec in pipelines:
        path = Path(spec)
        parts.append(str(spec).encode())
        for file in sorted(path.rglob("*.yml")) if path.is_dir() else [path]:
            with contextlib.suppress(OSError):
                parts.append(file.read_bytes())
    return parts


def read(folder: Path, key: str) -> tuple[Compiled | None, bool]:
    """The compiled rules of this key, and whether a file was there but damaged."""
    path = _path(folder, key)
    try:
        content = path.read_bytes()
    except OSError:
        return None, False
    payload = memoryview(content)[_DIGEST_BYTES:]
    if blake2b(payload, digest_size=_DIGEST_BYTES).digest() != content[:_DIGEST_BYTES]:
        return None, True
    try:
        stored = msgspec.msgpack.decode(payload, type=_Stored)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None, True
    with contextlib.suppress(OSError):
        os.utime(path)
    return _restored(stored), False


def write(folder: Path, key: str, compiled: Compiled) -> bool:
    """Store atomically; False where the folder cannot be written, which only costs time."""
    payload = msgspec.msgpack.encode(_stored(compiled), enc_hook=_plain)
    content = blake2b(payload, digest_size=_DIGEST_BYTES).digest() + payload
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".rules-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(name).replace(_path(folder, key))
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        _prune(folder)
    except OSError:
        return False
    return True


def _stored(compiled: Compiled) -> _Stored:
    found: dict[str, tuple[str, dict[str, _Value]]] = {}
    for error in compiled.errors:
        for text in (error.what, error.mend):
            _collect(text, found)
    return _Stored(compiled, list(found.values()))


def _collect(text: object, found: dict[str, tuple[str, dict[str, _Value]]]) -> None:
    """Sentences that stand in others come before these."""
    if not isinstance(text, Sentence):
        return
    for value in text.values.values():
        _collect(value, found)
    if all(isinstance(value, _Value) for value in text.values.values()):
        found[text] = (text.template, dict(text.values))


def _restored(stored: _Stored) -> Compiled:
    known: dict[str, Sentence] = {}
    for template, values in stored.sentences:
        inner = {name: known.get(one, one) if isinstance(one, str) else one for name, one in values.items()}
        made = Sentence(template, **inner)
        known[made] = made
    errors = tuple(
        replace(error, what=known.get(error.what, error.what), mend=known.get(error.mend, error.mend))
        for error in stored.compiled.errors
    )
    return msgspec.structs.replace(stored.compiled, errors=errors)


def _plain(value: object) -> str:
    if isinstance(value, Sentence):
        return str.__str__(value)  # a plain copy; `str(value)` is the sentence itself
    raise NotImplementedError(type(value).__name__)


def _path(folder: Path, key: str) -> Path:
    return folder / f"rules-{key}.msgpack"


def _prune(folder: Path) -> None:
    found = sorted(folder.glob("rules-*.msgpack"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found[_KEPT:]:
        path.unlink(missing_ok=True)
