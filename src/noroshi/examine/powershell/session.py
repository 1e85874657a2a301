"""What an evaluation knows and has found so far."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.environment import ENVIRONMENT
from noroshi.examine.model import Effect, EffectKind, Folding, Place, Seen
from noroshi.examine.powershell.automatic import VARIABLES
from noroshi.examine.powershell.values import OPEN, Unknown, text_of

if TYPE_CHECKING:
    from noroshi.examine.meter import Meter
    from noroshi.examine.powershell.nodes import Block, Node

MAX_SOURCE_SHOWN: Final = 60
MAX_FOLDINGS: Final = 5_000
MAX_CALLS: Final = 40
"""Functions and nested scripts inside each other."""
SHORTEST_TEXT: Final = 3
CONFLICT: Final = object()
"""Marks a node that had several values: it is not folded."""


@dataclass(slots=True)
class Session:
    """One evaluation, nested scripts included.

    Attributes:
        source: The script and, behind it, every nested script; offsets of nodes count in it.
        origins: Offset in `source` → name of the script that begins there.
        scopes: Variables, the innermost scope last.
        ran: Blocks that were evaluated.
        dead: Whether code is evaluated that would not run: it has no effects.
        folded: Node → its one value, or `CONFLICT`.
        nested: Command or call → the tree of the script that it would run.
    """

    meter: Meter
    source: str
    origins: list[tuple[int, str]] = field(default_factory=lambda: [(0, "")])
    scopes: list[dict[str, Any]] = field(default_factory=lambda: [dict(VARIABLES)])
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    functions: dict[str, Block] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    foldings: list[Folding] = field(default_factory=list)
    ran: set[Block] = field(default_factory=set)
    folded: dict[Node, Any] = field(default_factory=dict)
    nested: dict[Node, Block] = field(default_factory=dict)
    dead: bool = False
    calls: int = 0
    _growing: dict[Node, str] = field(default_factory=dict)

    def place(self, node: Node) -> Place:
        """Line in its own script."""
        at = max(bisect_right(self.origins, (node.start, "\U0010ffff")) - 1, 0)
        begin, name = self.origins[at]
        return Place(self.source.count("\n", begin, node.start) + 1, node.start - begin, name)

    def text_at(self, node: Node) -> str:
        """The node's source text, in one line, shortened."""
        text = self.source[node.start : min(node.end, node.start + 4 * MAX_SOURCE_SHOWN)]
        line = " ".join(text.replace(OPEN, "").replace("›", "").split())
        return line if len(line) <= MAX_SOURCE_SHOWN else line[: MAX_SOURCE_SHOWN - 1] + "…"

    def unknown_at(self, node: Node, why: str = "") -> Unknown:
        """The value of a node that cannot be evaluated; noted once."""
        text = self.text_at(node)
        if not self.dead:
            self.unknown.setdefault(f"{text}: {why}" if why else text)
        return Unknown(text)

    def see(self, text: str, how: str, node: Node) -> None:
        """Keep a text; one that only grows at the same node replaces its beginning."""
        if len(text) < SHORTEST_TEXT or text in self.seen:
            return
        before = self._growing.get(node)
        if before is not None and (text.startswith(before) or text.endswith(before)):
            self.seen.pop(before, None)
        elif len(text) > 256:
            self.meter.text(len(text))
        self._growing[node] = text
        self.seen[text] = Seen(text, how, self.place(node))

    def effect(self, kind: EffectKind, by: str, node: Node, **arguments: Any) -> None:
        """Something that the script would do; nothing in dead code."""
        texts = {name: text_of(value) for name, value in arguments.items() if value is not None}
        for text in texts.values():
            self.see(text, "computed", node)
        if not self.dead:
            exact = not any(OPEN in text for text in texts.values())
            effect = Effect(kind, texts, by, self.place(node), exact)
            if effect not in self.effects[-200:]:
                self.effects.append(effect)

    def fold(self, node: Node, value: Any, rule: str) -> None:
        """Note the value that a node had."""
        known = self.folded.get(node, value)
        if known is CONFLICT or (known is not value and known != value):
            self.folded[node] = CONFLICT
            return
        if node not in self.folded and len(self.foldings) < MAX_FOLDINGS and not self.dead:
            before, after = self.text_at(node), text_of(value)
            after = after if len(after) <= MAX_SOURCE_SHOWN else after[: MAX_SOURCE_SHOWN - 1] + "…"
            if before.strip("'\"") != after:
                self.foldings.append(Folding(rule, before, after, self.place(node)))
        self.folded[node] = value

    # -- variables --

    def look_up(self, name: str) -> tuple[bool, Any]:
        """Whether a variable is known, and its value."""
        for scope in reversed(self.scopes):
            if name in scope:
                return True, scope[name]
        return False, None

    def assign(self, name: str, value: Any) -> None:
        """Set a variable, in the scope that has it, else in the innermost."""
        if name.startswith("env:"):
            self.environment[name[4:]] = text_of(value)
            return
        for scope in reversed(self.scopes[1:]):
            if name in scope:
                scope[name] = value
                return
        self.scopes[-1 if len(self.scopes) > 1 and name not in self.scopes[0] else 0][name] = value

    def environment_value(self, name: str) -> str:
        """An environment variable; one that is not known stands as its own name."""
        return self.environment.get(name.lower(), f"{OPEN}{name.upper()}›")

    def add_source(self, text: str) -> int:
        """Append a nested script; returns its offset."""
        self.source += "\n"
        begin = len(self.source)
        self.source += text
        self.origins.append((begin, f"nested script {len(self.origins)}"))
        return begin
