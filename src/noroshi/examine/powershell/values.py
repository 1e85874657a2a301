"""PowerShell's values in Python, and its conversions between them.

| PowerShell | here |
|---|---|
| string, number, bool, ``$null`` | ``str``, ``int``/``float``, ``bool``, ``None`` |
| char | `Char` |
| arrays and lists | ``list``; ``byte[]`` is ``bytearray`` |
| hashtable | `Table` |
| a type | `TypeValue` |
| a script block | `ScriptValue` |
| another object | `Thing` |
| what could not be evaluated | `Unknown`, shown as ``‹source text›`` |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.examine.powershell.nodes import Block

MAX_ITEMS: Final = 2_000_000
OPEN: Final = "‹"
CLOSE: Final = "›"

_TRUE_NAMES: Final = {True: "True", False: "False"}


class EvaluationError(Exception):
    """A .NET or PowerShell error: a ``try`` of the script may catch it."""


class Char(str):
    """One UTF-16 code unit as a character."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that could not be evaluated; `text` is its source, shortened."""

    text: str

    def __str__(self) -> str:
        return f"{OPEN}{self.text}{CLOSE}"


@dataclass(frozen=True, slots=True)
class TypeValue:
    """A type, by its normal name (`normal_type`)."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class ScriptValue:
    """A script block: its tree and its source text."""

    body: Block
    text: str


@dataclass(slots=True, eq=False)
class Thing:
    """An object with a state: a stream, a client, a builder.

    Attributes:
        type: Normal name of its type; for COM objects the ProgID in lower case.
        state: Properties by lower-case name.
        content: Bytes of a stream.
    """

    type: str
    state: dict[str, Any] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)
    at: int = 0


class Table(dict[str, Any]):
    """A hashtable; keys compare without case, and are kept as they were written."""

    def __init__(self, pairs: Iterable[tuple[Any, Any]] = ()) -> None:
        super().__init__()
        self.names: dict[str, Any] = {}
        for key, value in pairs:
            self.put(key, value)

    def put(self, key: Any, value: Any) -> None:
        """Set an entry."""
        self.names[text_of(key).lower()] = key
        self[text_of(key).lower()] = value

    def look_up(self, key: Any) -> Any:
        """An entry, or None."""
        return self.get(text_of(key).lower())

    def keys_as_written(self) -> list[Any]:
        """The keys in order."""
        return [self.names[key] for key in self]


def normal_type(name: str) -> str:
    """A type's name in lower case without ``System.`` and assembly, its short names resolved."""
    bare = (
        name.lower().replace(" ", "").strip("[]") if name.startswith("[") else name.lower().replace(" ", "")
    )
    suffix = ""
    while bare.endswith("[]"):
        bare, suffix = bare[:-2], suffix + "[]"
    bare = bare.split(",", 1)[0].removeprefix("system.")
    bare = bare.split("`", 1)[0]
    return _SHORT.get(bare, bare) + suffix


_SHORT: Final = {
    "int32": "int", "int64": "long", "uint32": "uint", "uint64": "ulong", "int16": "short",
    "uint16": "ushort",
    "single": "float", "boolean": "bool", "psobject": "object", "regex": "text.regularexpressions.regex",
    "array": "array", "wmi": "management.managementobject", "wmiclass": "management.managementclass",
    "scriptblock": "management.automation.scriptblock", "ref": "management.automation.psreference",
    "pscustomobject": "management.automation.pscustomobject", "xml": "xml.xmldocument",
}  # fmt: skip


def is_known(value: Any) -> bool:
    """Whether nothing in the value is unknown."""
    if isinstance(value, Unknown):
        return False
    if isinstance(value, str):
        return OPEN not in value
    return not isinstance(value, list) or all(is_known(item) for item in value)


def text_of(value: Any) -> str:
    """As PowerShell converts it to a string."""
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return _TRUE_NAMES[value]
    if isinstance(value, float):
        return f"{int(value)}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, list | bytearray):
        return " ".join(text_of(item) for item in value)
    if isinstance(value, ScriptValue):
        return value.text
    if isinstance(value, TypeValue):
        return value.name
    if isinstance(value, Table):
        return "System.Collections.Hashtable"
    if isinstance(value, Thing):
        return _text_of_thing(value)
    return str(value)


def _text_of_thing(value: Thing) -> str:
    for name in ("tostring", "value", "name"):
        if isinstance(found := value.state.get(name), str):
            return found
    return f"{OPEN}{value.type}{CLOSE}"


def number_of(value: Any) -> int | float:
    """As PowerShell converts it to a number.

    Raises:
        EvaluationError: It is none.
    """
    if isinstance(value, Char):
        return ord(value)
    if isinstance(value, int | float):
        return value
    if value is None:
        return 0
    if isinstance(value, str):
        return _parsed(value.strip())
    if isinstance(value, list | bytearray) and len(value) == 1:
        return number_of(value[0])
    raise EvaluationError("no number")


def _parsed(text: str) -> int | float:
    if not text:
        return 0
    try:
        return int(text, 16) if text[:2].lower() == "0x" else int(text) if len(text) < 400 else 0
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise EvaluationError("no number") from None


def integer_of(value: Any) -> int:
    """As PowerShell converts it to an integer, halves to even.

    Raises:
        EvaluationError: It is none.
    """
    number = number_of(value)
    try:
        return round(number)
    except (OverflowError, ValueError):
        raise EvaluationError("no integer") from None


def truth_of(value: Any) -> bool:
    """As PowerShell converts it to a boolean."""
    if isinstance(value, list):
        return len(value) > 1 or (len(value) == 1 and truth_of(value[0]))
    if isinstance(value, str):
        return len(value) > 0
    if isinstance(value, int | float):
        return value != 0
    return value is not None


def items_of(value: Any) -> list[Any]:
    """What a pipeline or loop gets from a value: ``$null`` nothing, arrays their items, the rest itself."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, bytearray):
        return list(value)
    return [value]


def from_items(items: list[Any]) -> Any:
    """What a pipeline leaves: nothing, one value, or an array."""
    return None if not items else items[0] if len(items) == 1 else items


def bytes_of(value: Any) -> bytearray:
    """As ``[byte[]]`` converts it.

    Raises:
        EvaluationError: A value is no byte.
    """
    if isinstance(value, bytearray):
        return value
    if isinstance(value, Thing) and value.content:
        return bytearray(value.content)
    numbers = [integer_of(item) for item in items_of(value)]
    if any(not 0 <= number <= 255 for number in numbers):
        raise EvaluationError("no byte")
    return bytearray(numbers)


def characters_of(text: str) -> list[Any]:
    """The text as an array of characters."""
    return [Char(letter) for letter in text]


def same(left: Any, right: Any, *, cased: bool = False) -> bool:
    """``-eq``: the right side converted to the type of the left."""
    if isinstance(left, str):
        one, other = str(left), text_of(right)
        return one == other if cased else one.lower() == other.lower()
    if isinstance(left, bool):
        return left is truth_of(right)
    if isinstance(left, int | float):
        try:
            return left == number_of(right)
        except EvaluationError:
            return False
    if left is None or right is None:
        return left is right
    if isinstance(left, TypeValue):
        return text_of(left) == normal_type(text_of(right))
    return left is right


def walk(value: Any, depth: int = 0) -> Iterator[str]:
    """All texts in a value."""
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, list) and depth < 4 and not (value and isinstance(value[0], Char | int)):
        for item in value:
            yield from walk(item, depth + 1)
    elif isinstance(value, Table) and depth < 4:
        for item in value.values():
            yield from walk(item, depth + 1)
