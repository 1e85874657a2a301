"""The tree of expressions, and the flat list of statements of a procedure.

Statements stay flat, as they stand in the lines, because ``GoTo`` jumps into and out of every block; who ends
which block is found by `noroshi.examine.vba.linking`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from noroshi.examine.vba.tokens import Token


@dataclass(slots=True, eq=False)
class Node:
    """A part of the source, ``source[start:end]``."""

    start: int
    end: int


@dataclass(slots=True, eq=False)
class Literal(Node):
    """A number, text, truth value or ``Nothing``."""

    value: Any


@dataclass(slots=True, eq=False)
class Name(Node):
    """A name in lower case."""

    name: str


@dataclass(slots=True, eq=False)
class Member(Node):
    """``base.name``; no base: that of the ``With`` around it."""

    base: Node | None
    name: str


@dataclass(slots=True, eq=False)
class Argument:
    """One argument; neither name nor value where it is left out."""

    value: Node | None
    name: str = ""


@dataclass(slots=True, eq=False)
class Call(Node):
    """``base(arguments)``: a call or an index."""

    base: Node
    arguments: tuple[Argument, ...]


@dataclass(slots=True, eq=False)
class Chain(Node):
    """Operators of one rank from left to right: ``first op operand op operand …``."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(slots=True, eq=False)
class Unary(Node):
    """``-``, ``not``, ``addressof``, ``typeof`` before an operand."""

    operator: str
    operand: Node


@dataclass(slots=True, eq=False)
class New(Node):
    """``New type``."""

    type: str


@dataclass(slots=True, eq=False)
class Statement(Node):
    """One statement.

    Attributes:
        word: What it is: ``let``, ``set``, ``call``, ``if``, ``elseif``, ``else``, ``end if``, ``for``,
            ``for each``, ``next``, ``do``, ``loop``, ``select``, ``case``, ``end select``, ``with``,
            ``end with``, ``goto``, ``gosub``, ``return``, ``label``, ``on error``, ``resume``, ``exit``,
            ``end``, ``dim``, ``redim``, ``const``, ``erase``, ``open``, ``print``, ``put``, ``close``,
            ``kill``, ``raise``, ``unparsed``.
        parts: Its expressions, by their order in the statement.
        name: A label, a variable or a second word (``while``, ``until``).
        jump: Where to go on if the condition does not hold; set by linking.
    """

    word: str
    parts: tuple[Any, ...] = ()
    name: str = ""
    jump: int = -1
    partner: int = -1


@dataclass(slots=True, eq=False)
class Declared:
    """A variable as ``Dim`` declares it.

    Attributes:
        bounds: Of an array: (low or None, high); None for a plain variable.
        type: In lower case, empty if not said.
        new: Whether ``As New``.
    """

    name: str
    bounds: tuple[tuple[Node | None, Node], ...] | None
    type: str
    new: bool = False


@dataclass(slots=True, eq=False)
class Parameter:
    """Of a procedure."""

    name: str
    by_value: bool
    type: str
    default: Node | None = None
    rest: bool = False


@dataclass(slots=True, eq=False)
class Procedure(Node):
    """A ``Sub``, ``Function`` or ``Property`` of a module; the module's own statements have no name."""

    name: str
    module: str
    parameters: tuple[Parameter, ...] = ()
    type: str = ""
    body: list[Statement] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    reached: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Imported:
    """A function of a library, by ``Declare``."""

    name: str
    library: str
    alias: str


@dataclass(slots=True, eq=False)
class Module:
    """A parsed module.

    Attributes:
        begin: Offset of its text in the joined source.
        words: All words of its text, once it is parsed.
        records: Fields of each ``Type`` that it declares.
    """

    name: str
    begin: int
    end: int
    top: Procedure
    words: list[Token] = field(default_factory=list)
    procedures: dict[str, Procedure] = field(default_factory=dict)
    imported: dict[str, Imported] = field(default_factory=dict)
    records: dict[str, tuple[Declared, ...]] = field(default_factory=dict)
