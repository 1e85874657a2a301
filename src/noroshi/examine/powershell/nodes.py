"""The syntax tree of a script: what stands where (`start` and `end` are character offsets)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Anything in a script; compared and hashed by identity."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """A number, a verbatim text or an unquoted word."""

    value: str | int | float


@dataclass(frozen=True, slots=True, eq=False)
class Expandable(Node):
    """A text with variables and sub-expressions in it."""

    parts: tuple[str | Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Variable(Node):
    """``$x``, ``${x}``, ``$env:temp``, ``@x``; the name in lower case, its scope taken off."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class TypeName(Node):
    """``[text.encoding]`` as written, without brackets and white space."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class ArrayLiteral(Node):
    """``1, 2, 3``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Paren(Node):
    """``( pipeline )``."""

    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class SubExpression(Node):
    """``$( … )`` and, with `array`, ``@( … )``."""

    body: Block
    array: bool


@dataclass(frozen=True, slots=True, eq=False)
class HashLiteral(Node):
    """``@{ key = value }``."""

    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True, eq=False)
class ScriptBlock(Node):
    """``{ … }`` as a value."""

    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Node):
    """``-not``, ``!``, ``-``, ``-join``, ``-split``, ``-bnot``, ``,``, ``++``, ``--`` before an operand."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True, eq=False)
class Postfix(Node):
    """``++`` or ``--`` after an operand."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    """Two operands and an operator in lower case (``-f``, ``+``, ``..``, ``-creplace``)."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class Cast(Node):
    """``[type] operand``."""

    type: TypeName
    operand: Node


@dataclass(frozen=True, slots=True, eq=False)
class Index(Node):
    """``target[index]``."""

    target: Node
    index: Node


@dataclass(frozen=True, slots=True, eq=False)
class Member(Node):
    """``target.name`` and, with `static`, ``target::name``."""

    target: Node
    name: Node
    static: bool


@dataclass(frozen=True, slots=True, eq=False)
class Invoke(Node):
    """``target.name(arguments)``."""

    target: Node
    name: Node
    arguments: tuple[Node, ...]
    static: bool


@dataclass(frozen=True, slots=True, eq=False)
class Assign(Node):
    """``target = value``, ``+=`` …; the value is a statement."""

    target: Node
    operator: str
    value: Node


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Node):
    """One argument of a command: a parameter (lower case, without dash), a value, or both (``-Name:v``)."""

    parameter: str
    value: Node | None


@dataclass(frozen=True, slots=True, eq=False)
class Command(Node):
    """``name arguments``, called plainly, by ``&`` or by ``.``."""

    call: str
    name: Node
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pipeline(Node):
    """Elements joined by ``|``; at least one."""

    elements: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Block(Node):
    """Statements, with the parameters of a function or script block."""

    statements: tuple[Node, ...]
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Parameter(Node):
    """One declared parameter; name in lower case."""

    name: str
    default: Node | None
    type: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class If(Node):
    """``if``/``elseif`` clauses and ``else``."""

    clauses: tuple[tuple[Node, Block], ...]
    otherwise: Block | None


@dataclass(frozen=True, slots=True, eq=False)
class Loop(Node):
    """``while``, ``do … while``, ``do … until``."""

    kind: str
    condition: Node
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class For(Node):
    """``for (first; condition; step) { … }``."""

    first: Node | None
    condition: Node | None
    step: Node | None
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class ForEach(Node):
    """``foreach ($x in …) { … }``."""

    variable: Variable
    values: Node
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class Switch(Node):
    """``switch -flags (value) { pattern { … } default { … } }``; a default has no pattern."""

    flags: frozenset[str]
    value: Node
    clauses: tuple[tuple[Node | None, Block], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Try(Node):
    """``try``, ``catch``, ``finally``."""

    body: Block
    handlers: tuple[Block, ...]
    last: Block | None


@dataclass(frozen=True, slots=True, eq=False)
class Function(Node):
    """``function name { … }``; the name in lower case."""

    name: str
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class Flow(Node):
    """``return``, ``break``, ``continue``, ``throw``, ``exit``."""

    kind: str
    value: Node | None


@dataclass(frozen=True, slots=True, eq=False)
class Unparsed(Node):
    """A piece of text that is no PowerShell; `reason` says why."""

    reason: str
