"""Formula tokens of BIFF8 and BIFF12 to trees ([MS-XLS] 2.5.198, [MS-XLSB] 2.5.97)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.examine.xlm.nodes import Call, Constants, Literal, Missing, Named, Node, Operation, Reference
from noroshi.examine.xlm.tables import ARITY, COMMANDS, ERRORS, FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from noroshi.examine.xlm.nodes import Book

MAX_TOKENS: Final = 20_000
_BINARY: Final = {
    0x03: "+", 0x04: "-", 0x05: "*", 0x06: "/", 0x07: "^", 0x08: "&", 0x09: "<", 0x0A: "<=", 0x0B: "=",
    0x0C: ">=", 0x0D: ">", 0x0E: "<>", 0x0F: " ", 0x10: ",", 0x11: ":",
}  # fmt: skip
_UNARY: Final = {0x12: "+", 0x13: "-", 0x14: "%"}
_USER: Final = 255
_COMMAND: Final = 0x8000
_RELATIVE_ROW, _RELATIVE_COLUMN = 0x8000, 0x4000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a formula's tokens refer to by number.

    Attributes:
        wide: Whether it is BIFF12: larger rows, longer texts.
        names: Defined names; tokens count from 1.
        sheets: Number of a reference to elsewhere → sheet name; empty for another file.
        outer_names: Number of such a reference and of the name → name, of add-in functions.
    """

    wide: bool = False
    names: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    outer_names: dict[tuple[int, int], str] = field(default_factory=dict)


class _BrokenError(Exception):
    """The tokens end early or do not fit together."""


class _Reader:
    """Reads one formula's tokens onto a stack."""

    def __init__(self, raw: bytes, extra: bytes, around: Surroundings) -> None:
        self.raw, self.extra, self.around = raw, extra, around
        self.at = 0
        self.extra_at = 0
        self.stack: list[Node] = []

    def take(self, layout: str) -> tuple[int, ...]:
        """The next numbers."""
        found = struct.unpack_from("<" + layout, self.raw, self.at)
        self.at += struct.calcsize("<" + layout)
        return found

    def pop(self, count: int) -> tuple[Node, ...]:
        """The last so many values, in order."""
        if count > len(self.stack):
            raise _BrokenError
        if not count:
            return ()
        values = tuple(self.stack[-count:])
        del self.stack[-count:]
        return values

    def read(self) -> Node:
        """The whole formula.

        Raises:
            _BrokenError: It is no formula.
            struct.error: It ends early.
        """
        for _ in range(MAX_TOKENS):
            if self.at >= len(self.raw):
                break
            (token,) = self.take("B")
            self.token(token if token < 0x20 else (token & 0x1F) | 0x20)
        if len(self.stack) != 1:
            raise _BrokenError
        return self.stack[0]

    def token(self, token: int) -> None:
        if token in _BINARY:
            self.stack.append(Operation(_BINARY[token], self.pop(2)))
        elif token in _UNARY:
            self.stack.append(Operation(_UNARY[token], self.pop(1)))
        elif token == 0x16:
            self.stack.append(Missing())
        elif token in _READERS:
            _READERS[token](self)
        elif token != 0x15:
            raise _BrokenError

    def text(self) -> None:
        if self.around.wide:
            (count,) = self.take("H")
            raw, codec = self.bytes(count * 2), "utf-16-le"
        else:
            count, wide = self.take("BB")
            raw = self.bytes(count * 2 if wide & 1 else count)
            codec = "utf-16-le" if wide & 1 else "latin-1"
        self.stack.append(Literal(raw.decode(codec, "replace")))

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.raw[self.at - count : self.at]

    def attribute(self) -> None:
        kind, value = self.take("BH")
        if kind & 0x04:  # CHOOSE: a table of jumps
            self.at += 2 * (value + 1)
        elif kind & 0x10:
            self.stack.append(Call("SUM", self.pop(1)))

    def error(self) -> None:
        self.stack.append(Literal(ERRORS.get(self.take("B")[0], "#VALUE!")))

    def boolean(self) -> None:
        self.stack.append(Literal(bool(self.take("B")[0])))

    def integer(self) -> None:
        self.stack.append(Literal(self.take("H")[0]))

    def real(self) -> None:
        (value,) = struct.unpack_from("<d", self.raw, self.at)
        self.at += 8
        self.stack.append(Literal(value))

    def array(self) -> None:
        self.at += 14 if self.around.wide else 7
        self.stack.append(Constants(self.constants()))

    def constants(self) -> tuple[tuple[object, ...], ...]:
        layout = "<II" if self.around.wide else "<BH"
        first, second = struct.unpack_from(layout, self.extra, self.extra_at)
        self.extra_at += struct.calcsize(layout)
        rows, columns = (first, second) if self.around.wide else (second + 1, first + 1)
        if rows * columns > MAX_TOKENS:
            raise _BrokenError
        return tuple(tuple(self.constant() for _ in range(columns)) for _ in range(rows))

    def constant(self) -> object:
        (kind,) = struct.unpack_from("<B", self.extra, self.extra_at)
        self.extra_at += 1
        text = 1 if self.around.wide else 2
        if kind == text:
            (count,) = struct.unpack_from("<H", self.extra, self.extra_at)
            wide = self.around.wide or bool(self.extra[self.extra_at + 2] & 1)
            begin = self.extra_at + (2 if self.around.wide else 3)
            self.extra_at = begin + count * (2 if wide else 1)
            return self.extra[begin : self.extra_at].decode("utf-16-le" if wide else "latin-1", "replace")
        if self.around.wide and kind in {2, 4}:
            self.extra_at += 1 if kind == 2 else 4
            return bool(self.extra[self.extra_at - 1]) if kind == 2 else "#VALUE!"
        (number,) = struct.unpack_from("<d", self.extra, self.extra_at)
        truth = bool(self.extra[self.extra_at])
        self.extra_at += 8
        return truth if kind == 4 else number if kind in {0, 1} else "#VALUE!"

    def function(self) -> None:
        (number,) = self.take("H")
        count = ARITY.get(number)
        if count is None:
            raise _BrokenError
        self.stack.append(Call(FUNCTIONS[number], self.pop(count)))

    def variable_function(self) -> None:
        count, number = self.take("BH")
        arguments = self.pop(count & 0x7F)
        if number & _COMMAND:
            number &= 0x7FFF
            self.stack.append(Call(COMMANDS.get(number, f"COMMAND.{number}"), arguments))
        elif number == _USER and arguments:
            target, *rest = arguments
            name = target.name.upper() if isinstance(target, Named) else "USER"
            self.stack.append(Call(name, tuple(rest), target))
        else:
            self.stack.append(Call(FUNCTIONS.get(number, f"FUNC.{number}"), arguments))

    def name(self) -> None:
        (number,) = self.take("I")
        known = 0 < number <= len(self.around.names)
        self.stack.append(Named(self.around.names[number - 1] if known else f"NAME.{number}"))

    def outer_name(self) -> None:
        sheet, number = self.take("HI")
        name = self.around.outer_names.get((sheet, number))
        known = 0 < number <= len(self.around.names)
        self.stack.append(Named(name or (self.around.names[number - 1] if known else f"NAME.{number}")))

    def sheet(self) -> str:
        (number,) = self.take("H")
        return self.around.sheets[number] if number < len(self.around.sheets) else "‹elsewhere›"

    def cell(self, sheet: str = "", *, shifted: bool = False) -> None:
        row, column = self.take("IH" if self.around.wide else "HH")
        self.stack.append(self.reference(sheet, (row, row, column, column), shifted=shifted))

    def area(self, sheet: str = "", *, shifted: bool = False) -> None:
        corners = self.take("IIHH" if self.around.wide else "HHHH")
        self.stack.append(self.reference(sheet, corners, shifted=shifted))

    def reference(self, sheet: str, corners: tuple[int, ...], *, shifted: bool) -> Reference:
        row, last_row, first, last = corners
        shift = (bool(first & _RELATIVE_ROW) and shifted, bool(first & _RELATIVE_COLUMN) and shifted)
        first, last = first & 0x3FFF, last & 0x3FFF
        if shift[0]:
            row, last_row = (self.signed_row(one) for one in (row, last_row))
        if shift[1]:
            first, last = (self.signed_column(one) for one in (first, last))
        return Reference(sheet, row, first, last_row, last, shift)

    def signed_row(self, row: int) -> int:
        limit = 0x100000 if self.around.wide else 0x10000
        row %= limit
        return row - limit if row >= limit // 2 else row

    def signed_column(self, column: int) -> int:
        limit = 0x4000 if self.around.wide else 0x100
        column %= limit
        return column - limit if column >= limit // 2 else column

    def broken_reference(self, count: int) -> None:
        self.at += count
        self.stack.append(Literal("#REF!"))


def formula(raw: bytes, extra: bytes, around: Surroundings) -> Node | None:
    """The tree of a formula's tokens; None if they are damaged or of a kind that macros do not use.

    Args:
        raw: The tokens.
        extra: What stands behind them: the constants of arrays.
        around: What they refer to.
    """
    try:
        return _Reader(raw, extra, around).read()
    except (_BrokenError, struct.error, IndexError):
        return None


def name_all(book: Book, names: Iterable[tuple[str, bytes, bool]], around: Surroundings) -> None:
    """Give a book its names: the name, the tokens of what it stands for, whether it is hidden."""
    for name, tokens, hidden in names:
        node = formula(tokens, b"", around)
        if node is not None:
            book.names[name.lower()] = node
        if hidden:
            book.hidden_names.add(name.lower())


def _skip(count: int) -> Callable[[_Reader], None]:
    def skip(reader: _Reader) -> None:
        reader.at += count

    return skip


def _broken(narrow: int, wide: int) -> Callable[[_Reader], None]:
    def broken(reader: _Reader) -> None:
        reader.broken_reference(wide if reader.around.wide else narrow)

    return broken


_READERS: Final[dict[int, Callable[[_Reader], None]]] = {
    0x17: _Reader.text,
    0x19: _Reader.attribute,
    0x1C: _Reader.error,
    0x1D: _Reader.boolean,
    0x1E: _Reader.integer,
    0x1F: _Reader.real,
    0x20: _Reader.array,
    0x21: _Reader.function,
    0x22: _Reader.variable_function,
    0x23: _Reader.name,
    0x24: _Reader.cell,
    0x25: _Reader.area,
    0x26: _skip(6), 0x27: _skip(6), 0x28: _skip(6), 0x29: _skip(2),
    0x2A: _broken(4, 6), 0x2B: _broken(8, 12),
    0x2C: lambda reader: reader.cell(shifted=True),
    0x2D: lambda reader: reader.area(shifted=True),
    0x39: _Reader.outer_name,
    0x3A: lambda reader: reader.cell(reader.sheet()),
    0x3B: lambda reader: reader.area(reader.sheet()),
    0x3C: _broken(6, 8), 0x3D: _broken(10, 14),
}  # fmt: skip
