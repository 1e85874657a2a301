"""Methods of streams, readers, encodings, hashes and ciphers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell.ciphers import decryptor, digest, transform
from noroshi.examine.powershell.streams import content_of, decoded, encoded, read_into
from noroshi.examine.powershell.values import (
    EvaluationError,
    Thing,
    Unknown,
    bytes_of,
    characters_of,
    integer_of,
    items_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.evaluator import Evaluator

    Method = Callable[[Evaluator, n.Node, Thing, list[Any]], Any]

_UTF8: Final = Thing("text.encoding", {"codec": "utf-8"})


def unwrapped(value: Any) -> Any:
    """The array in an array of one, as ``(,$bytes)`` hands it over."""
    nested = isinstance(value, list) and len(value) == 1 and isinstance(value[0], bytearray | list)
    return value[0] if nested else value


def _read_to_end(evaluator: Evaluator, _node: n.Node, thing: Thing, _args: list[Any]) -> str:
    content = content_of(thing, evaluator.session.meter)
    thing.at = len(thing.content)
    how = thing.state.get("encoding")
    return decoded(content, how if isinstance(how, Thing) else None)


def _read_line(evaluator: Evaluator, _node: n.Node, thing: Thing, _args: list[Any]) -> str | None:
    content = content_of(thing, evaluator.session.meter)
    if not content:
        return None
    line, mark, _ = bytes(content).partition(b"\n")
    thing.at += len(line) + len(mark)
    return decoded(line.rstrip(b"\r"), None)


def _copy_to(evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> None:
    target = args[0]
    if not isinstance(target, Thing):
        raise EvaluationError("no stream")
    target.content += content_of(thing, evaluator.session.meter)
    target.at = len(target.content)
    thing.at = len(thing.content)


def _to_array(evaluator: Evaluator, _node: n.Node, thing: Thing, _args: list[Any]) -> bytearray:
    content_of(thing, evaluator.session.meter)
    return bytearray(thing.content)


def _write(evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> None:
    piece = encoded(args[0], _UTF8) if isinstance(args[0], str) else bytes_of(args[0])
    if len(args) > 2:
        piece = piece[integer_of(args[1]) : integer_of(args[1]) + integer_of(args[2])]
    evaluator.session.meter.text(len(piece) + 257)
    base = thing.state.get("base")
    target = base if isinstance(base, Thing) else thing
    target.content += piece
    target.at = len(target.content)


def _read(evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> Any:
    return read_into(thing, args, evaluator.session.meter)


def _read_byte(evaluator: Evaluator, _node: n.Node, thing: Thing, _args: list[Any]) -> int:
    content = content_of(thing, evaluator.session.meter)
    thing.at += 1
    return content[0] if content else -1


def _read_bytes(evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> bytearray:
    content = content_of(thing, evaluator.session.meter)[: integer_of(args[0])]
    thing.at += len(content)
    return content


def _seek(_evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> int:
    thing.at = max(integer_of(args[0]), 0)
    return thing.at


STREAM_METHODS: Final[dict[str, Method]] = {
    "readtoend": _read_to_end,
    "readtoendasync": _read_to_end,
    "readline": _read_line,
    "copyto": _copy_to,
    "writeto": _copy_to,
    "toarray": _to_array,
    "getbuffer": _to_array,
    "write": _write,
    "read": _read,
    "readbyte": _read_byte,
    "readbytes": _read_bytes,
    "seek": _seek,
}


def _get_string(evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> str:
    if isinstance(args[0], Unknown):
        raise EvaluationError("the bytes are unknown")
    content = bytes_of(unwrapped(args[0]))
    if len(args) > 2:
        content = content[integer_of(args[1]) : integer_of(args[1]) + integer_of(args[2])]
    evaluator.session.meter.text(len(content))
    return bytes(content).decode(str(thing.state["codec"]), "replace")


def _get_bytes(_evaluator: Evaluator, _node: n.Node, thing: Thing, args: list[Any]) -> bytearray:
    return encoded("".join(text_of(item) for item in items_of(args[0])), thing)


def _get_chars(evaluator: Evaluator, node: n.Node, thing: Thing, args: list[Any]) -> list[Any]:
    return characters_of(_get_string(evaluator, node, thing, args))


ENCODING_METHODS: Final[dict[str, Method]] = {
    "getstring": _get_string,
    "getbytes": _get_bytes,
    "getchars": _get_chars,
}
CRYPTO_METHODS: Final[dict[str, Method]] = {
    "createdecryptor": lambda _evaluator, _node, thing, args: decryptor(thing, args),
    "transformfinalblock": lambda _evaluator, _node, thing, args: transform(thing, args),
    "computehash": lambda _evaluator, _node, thing, args: digest(thing.type, bytes(bytes_of(args[0]))),
}
