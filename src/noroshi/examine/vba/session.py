"""What an evaluation of VBA knows and has found so far."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.environment import ENVIRONMENT
from noroshi.examine.model import Effect, EffectKind, Folding, Place, Seen
from noroshi.examine.vba.values import CLOSE, OPEN, Array, FaultError, Unknown, ansi_text, raw_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.examine.forms import Form
    from noroshi.examine.meter import Meter
    from noroshi.examine.vba.nodes import Module, Node, Procedure

MAX_SOURCE_SHOWN: Final = 60
MAX_FOLDINGS: Final = 5_000
MAX_UNKNOWN: Final = 500
MAX_CALLS: Final = 60
"""Procedures inside each other."""
SHORTEST_TEXT: Final = 3
LONG_TEXT: Final = 1_024
"""From this length on, a growing text is kept only in its last state."""
SHORTEST_GROWING: Final = 256
"""From this length on, a text that grows line after line is kept only in its last state."""
MAX_GROWING: Final = 64
"""Nodes whose last text is remembered, to see it grow."""
MAX_KEPT: Final = 4_001
MAX_INPUTS: Final = 50
"""Inputs told with an effect, the latest ones."""
LONGEST_FREE: Final = 1 << 20
CONFLICT: Final = object()
"""Marks a node that had several values: it is not folded."""


@dataclass(slots=True, eq=False)
class Frame:
    """A running procedure.

    Attributes:
        types: Declared type of a local variable.
        loops: Place of a ``For`` → its variable's next values.
        once: Loops whose condition is not known: their body runs once.
        unsure: ``If`` and ``Select`` whose condition is not known: every branch runs, and no jump leaves.
        handler: ``""``, ``next`` or the label of ``On Error``.
    """

    procedure: Procedure
    variables: dict[str, Any] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    loops: dict[int, Any] = field(default_factory=dict)
    once: set[int] = field(default_factory=set)
    unsure: set[int] = field(default_factory=set)
    withs: list[Any] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    handler: str = ""
    faulted: int = -1


@dataclass(slots=True, eq=False)
class Session:
    """One evaluation, all modules of a project.

    Attributes:
        source: The modules' texts, one behind the other.
        lines: Offset of each line's beginning.
        globals: Module → its variables.
        files: Number of an open file → its path.
        dead: Whether code is evaluated that would not run: it has no effects.
        ran: Procedures that were called.
        folded: Node → its one value, or `CONFLICT`.
        inputs: Controls, properties and cells that were read so far.
    """

    meter: Meter
    source: str
    modules: dict[str, Module]
    forms: Mapping[str, Form]
    properties: Mapping[str, str]
    lines: list[int] = field(default_factory=list)
    globals: dict[str, dict[str, Any]] = field(default_factory=dict)
    global_types: dict[str, dict[str, str]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    files: dict[str, str] = field(default_factory=dict)
    controls: dict[tuple[str, str], Any] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    foldings: list[Folding] = field(default_factory=list)
    folded: dict[Node, Any] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    ran: set[Procedure] = field(default_factory=set)
    dead: bool = False
    inputs: dict[str, None] = field(default_factory=dict)
    _growing: dict[Node, str] = field(default_factory=dict)
    _latest: str = ""
    _long: tuple[str, str, Node] | None = None
    _pending: dict[Node, Seen] = field(default_factory=dict)

    @property
    def frame(self) -> Frame:
        """The procedure that runs now."""
        return self.frames[-1]

    def place(self, node: Node) -> Place:
        """Module and line in it."""
        for module in self.modules.values():
            if module.begin <= node.start <= module.end:
                first = bisect_right(self.lines, module.begin)
                return Place(
                    bisect_right(self.lines, node.start) - first + 1, node.start - module.begin, module.name
                )
        return Place()

    def text_at(self, node: Node) -> str:
        """The node's source text, in one line, shortened."""
        text = self.source[node.start : min(node.end, node.start + 4 * MAX_SOURCE_SHOWN)]
        return shortened(" ".join(text.replace(OPEN, "").replace(CLOSE, "").split()))

    def unknown_at(self, node: Node, why: str = "") -> Unknown:
        """The value of a node that cannot be evaluated; noted once."""
        text = self.text_at(node)
        if not self.dead and len(self.unknown) < MAX_UNKNOWN:
            self.unknown.setdefault(f"{text}: {why}" if why else text)
        return Unknown(text)

    def make_text(self, parts: list[str]) -> None:
        """Texts are about to be joined: what the longest of them grows by is counted.

        A payload that is built letter by letter costs its own length, not the square of it.
        """
        lengths = [len(part) for part in parts]
        total = sum(lengths)
        self.meter.items(total >> 9)
        self.meter.text(total if total > LONGEST_FREE else total - max(lengths, default=0))

    def see(self, text: str, how: str, node: Node) -> None:
        """Keep a text; one that only grows at the same node replaces its beginning."""
        if len(text) < SHORTEST_TEXT:
            return
        before = self._growing.get(node)
        if before is not None and len(before) >= LONG_TEXT and _grown(before, text):
            self._growing[node] = text
            self._pending[node] = Seen(text, how, Place())
            return
        if node in self._pending:
            self._settle(node)
            before = None
        if before is None and len(text) >= LONG_TEXT:
            self._see_long(text, how, node)
            return
        if text in self.seen:
            return
        if before is not None and (text.startswith(before) or text.endswith(before)):
            self.seen.pop(before, None)
        elif self._latest and text.startswith(self._latest):
            self.seen.pop(self._latest, None)
            self.meter.text(len(text) - len(self._latest))
        else:
            self.meter.text(len(text))
        if len(text) >= SHORTEST_GROWING:
            self._latest = text
        self._remember(node, text)
        self.seen[text] = Seen(text, how, self.place(node))

    def _remember(self, node: Node, text: str) -> None:
        self._growing[node] = text
        if len(self._growing) > MAX_GROWING:
            del self._growing[next(iter(self._growing))]

    def _see_long(self, text: str, how: str, node: Node) -> None:
        """Keep a long text; one that only goes on, line after line, is not hashed each time."""
        if self._long is not None:
            before = self._long[0]
            if before is text or _grown(before, text):
                self.meter.text(len(text) - len(before))
                self._long = (text, how, node)
                self._remember(node, text)
                return
        self._settle_long()
        if self._latest and text.startswith(self._latest):
            self.seen.pop(self._latest, None)
        self._latest = ""
        self.meter.text(len(text))
        self._long = (text, how, node)
        self._remember(node, text)

    def _settle_long(self) -> None:
        if self._long is not None:
            text, how, node = self._long
            self._long = None
            if not any(_grown(text, one.text) for one in self._pending.values()):
                self.seen.setdefault(text, Seen(text, how, self.place(node)))

    def settle(self) -> None:
        """Keep the texts that were still growing."""
        self._settle_long()
        for node in list(self._pending):
            self._settle(node)

    def _settle(self, node: Node) -> None:
        pending = self._pending.pop(node)
        self._growing.pop(node, None)
        self.seen.setdefault(pending.text, Seen(pending.text, pending.how, self.place(node)))

    def effect(self, kind: EffectKind, by: str, node: Node, **arguments: Any) -> None:
        """Something that the code would do; nothing in dead code."""
        texts = {name: argument_text(value) for name, value in arguments.items() if value is not None}
        for text in texts.values():
            self.see(text, "computed", node)
        if not self.dead:
            exact = not any(OPEN in text for text in texts.values())
            made = Effect(kind, texts, by, self.place(node), exact, tuple(self.inputs)[-MAX_INPUTS:])
            if not any(_alike(one, made) for one in self.effects[-50:]):
                self.effects.append(made)

    def fold(self, node: Node, value: Any, rule: str) -> None:
        """Note the value that a node had; of a long one its beginning, which is all that is shown."""
        if isinstance(value, str) and len(value) > MAX_KEPT:
            value = value[:MAX_KEPT]
        if node in self.folded:
            known = self.folded[node]
            if known is not CONFLICT and known != value:
                self.folded[node] = CONFLICT
            return
        self.folded[node] = value
        if len(self.foldings) < MAX_FOLDINGS and not self.dead:
            after = shortened(value if isinstance(value, str) else text_of(value))
            self.foldings.append(Folding(rule, self.text_at(node), after, self.place(node)))

    def read(self, name: str) -> None:
        """A control, a property or a cell of the document is read; the latest one stands last."""
        self.inputs.pop(name, None)
        self.inputs[name] = None

    def environment_value(self, name: str) -> str:
        """An environment variable; one that is not known stands as its own name."""
        return self.environment.get(name.lower(), f"{OPEN}{name.upper()}{CLOSE}")


def _alike(one: Effect, other: Effect) -> bool:
    return one.place == other.place and one.kind is other.kind and one.arguments == other.arguments


def _grown(before: str, text: str) -> bool:
    """Whether a text is another one with more behind it, by the ends of that one."""
    size = len(before)
    return len(text) > size and text[:64] == before[:64] and text[size - 64 : size] == before[-64:]


def shortened(text: str) -> str:
    """At most so much of a text as is readable in a line."""
    return text if len(text) <= MAX_SOURCE_SHOWN else text[: MAX_SOURCE_SHOWN - 1] + "…"


def argument_text(value: Any) -> str:
    """A value as an argument of an effect; a byte array as text of the code page."""
    if isinstance(value, Array):
        if value.type == "byte":
            return ansi_text(raw_of(value))
        try:
            return " ".join(text_of(item) for item in value.items)
        except FaultError:
            return f"{OPEN}array{CLOSE}"
    return text_of(value)
