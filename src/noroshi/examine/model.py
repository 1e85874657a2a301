"""What an examination finds: a tree of pieces, and in each piece details, findings, effects and texts.

An examiner (`noroshi.examine.examiner`) looks at one `Specimen` and yields `Outcome` values. A `Piece` among
them becomes a specimen of its own, so the way from the root to any specimen is its provenance::

    mail → attachment → zip → document → form value → command → script → url

Evaluators of script languages know nothing of files: they take a text and give an `Evaluation`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping  # noqa: TC003 - msgspec reads the annotations at run time
from dataclasses import dataclass, field
from typing import Final


class Severity(enum.StrEnum):
    """How much a finding says about malice; an examination has findings, never a verdict."""

    INFO = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class EffectKind(enum.StrEnum):
    """What a script or document would have done, had it been run."""

    PROCESS = "process"
    DOWNLOAD = "download"
    REQUEST = "request"
    FILE_WRITE = "file-write"
    FILE_READ = "file-read"
    FILE_DELETE = "file-delete"
    REGISTRY_WRITE = "registry-write"
    SCRIPT = "script"
    LIBRARY = "library"
    SCHEDULED_TASK = "scheduled-task"
    SERVICE = "service"
    MESSAGE = "message"
    SLEEP = "sleep"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a specimen something stands.

    Attributes:
        line: From 1; 0 where the specimen has no lines.
        offset: Of the first byte or character, from 0; -1 where unknown.
        name: A part with a name of its own: a stream, a module, a header, a control.
    """

    line: int = 0
    offset: int = -1
    name: str = ""


NOWHERE: Final = Place()


@dataclass(frozen=True, slots=True)
class Piece:
    """Something inside a specimen that is a specimen itself.

    Attributes:
        via: How it was got out, a word of the provenance: ``attachment``, ``zip``, ``macro``, ``form value``,
            ``command``, ``script``, ``embedded file`` …
        name: Its own name there, as written; may be hostile, empty or repeated.
        content: Bytes of a file, or text that is decoded already.
        type: What it is, where whoever yields it knows better than its content tells (``powershell``,
            ``vba``, ``command-line``); empty otherwise.
        size: Bytes that it declares or really has, where `content` is only its real part (padding left out).
        known: What its surroundings tell about it that its examiner needs: the properties and cells of the
            document around a macro project, by name.
        follows: What came out of it already, where its holder's examiner worked that out: the command that
            macros made of a form's value.
    """

    via: str
    name: str
    content: bytes | str
    type: str = ""
    size: int | None = None
    place: Place = NOWHERE
    known: Mapping[str, str] = field(default_factory=dict, repr=False)
    follows: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """A property of the specimen, such as ``subject``, ``author``, ``target``, ``imphash`` or ``signer``."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell about the specimen.

    Attributes:
        code: Stable word, ``padded``, ``stomped-macro``, ``encrypted``; the sentence for people, in both
            languages, is looked up by it.
        values: What the sentence names.
    """

    code: str
    severity: Severity
    values: Mapping[str, str] = field(default_factory=dict)
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that it would have done, with its arguments resolved as far as they could be.

    Attributes:
        arguments: By kind: ``command`` and ``application`` (process), ``url`` and ``file`` (download),
            ``method`` and ``url`` (request), ``path`` (files, library), ``key``, ``name`` and ``value``
            (registry), ``text`` and ``language`` (script) …
        by: What asks for it: ``Win32_Process.Create``, ``WebClient.DownloadFile``, ``Shell`` …
        exact: Whether every argument was resolved; unresolved parts stand as they are written, in ``‹›``.
        inputs: Controls of forms, properties and cells that were read on the way to it, in order.
    """

    kind: EffectKind
    arguments: Mapping[str, str]
    by: str = ""
    place: Place = NOWHERE
    exact: bool = True
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A text that was there or came up while evaluating; kept before any clean-up: dead code hides nothing.

    Attributes:
        how: ``literal``, ``computed``, ``decoded``, ``form value``, ``property``, ``body`` …
    """

    text: str
    how: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Bounded:
    """Something that was not done because a limit was reached; what was found so far stands.

    Attributes:
        what: Stable word for what ran out: ``steps``, ``text``, ``depth``, ``pieces``, ``unfolded``,
            ``memory``, ``time``.
        limit: The limit in its own unit.
    """

    what: str
    limit: int


@dataclass(frozen=True, slots=True)
class Folding:
    """One step of cleaning a script, for ``--explain``.

    Attributes:
        rule: Stable word: ``join``, ``format``, ``char``, ``base64``, ``replace`` …
        before, after: Source text, shortened to a readable length.
    """

    rule: str
    before: str
    after: str
    place: Place = NOWHERE


Outcome = Piece | Detail | Finding | Effect | Seen | Folding | Bounded


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What evaluating one script statically gave.

    Attributes:
        effects: In the order in which they would have happened.
        seen: Every text that came up, in order of first appearance, each once.
        cleaned: The script, readable, with what could be folded folded.
        foldings: How it was folded.
        bounded: Limits that were reached; not empty means that the result is partial.
        unknown: What could not be evaluated (a call, a type, a member), each once, in order.
        steps: Steps used.
    """

    effects: tuple[Effect, ...] = ()
    seen: tuple[Seen, ...] = ()
    cleaned: str = ""
    foldings: tuple[Folding, ...] = ()
    bounded: tuple[Bounded, ...] = ()
    unknown: tuple[str, ...] = ()
    steps: int = 0

    @property
    def partial(self) -> bool:
        """Whether a limit or something unknown may have hidden something."""
        return bool(self.bounded or self.unknown)


@dataclass(frozen=True, slots=True)
class Specimen:
    """One piece under examination.

    Attributes:
        number: From 0 (the file given), in the order found.
        parent: Number of the specimen that holds it; None for the file given.
        type: What it is by content, ``eml``, ``zip``, ``ole``, ``ooxml``, ``pdf``, ``pe``, ``powershell`` …
        via, name, content, size, place, known, follows: As in `Piece`.
    """

    number: int
    parent: int | None
    via: str
    name: str
    type: str
    content: bytes | str
    size: int
    place: Place = NOWHERE
    passwords: tuple[str, ...] = field(default=(), repr=False)
    """Candidates found on the way to it (a mail's text), most likely first."""
    known: Mapping[str, str] = field(default_factory=dict, repr=False)
    follows: tuple[Piece, ...] = ()

    @property
    def raw(self) -> bytes:
        """The content as bytes (UTF-8 for a text)."""
        if isinstance(self.content, bytes):
            return self.content
        return self.content.encode("utf-8", "surrogatepass")
