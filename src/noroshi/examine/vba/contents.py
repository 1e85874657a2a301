"""Streams, Base64 by MSXML, dictionaries and collections: objects that only hold values."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from noroshi.examine.vba.functions import argument
from noroshi.examine.vba.values import Array, Thing, ansi_bytes, ansi_text, raw_of, text_of

if TYPE_CHECKING:
    from noroshi.examine.vba.evaluator import Evaluator
    from noroshi.examine.vba.nodes import Node


def plain(evaluator: Evaluator, node: Node, value: Any) -> Any:
    """What an object stands for; any other value as it is."""
    return evaluator.plain(value, node) if isinstance(value, Thing) else value


def first_text(evaluator: Evaluator, node: Node, values: list[Any], index: int = 0) -> str:
    """An argument as text."""
    return text_of(plain(evaluator, node, argument(values, index, "")))


def stream_write(_: Evaluator, __: Node, owner: Thing, values: list[Any]) -> None:
    """``Write`` of a stream."""
    owner.state["_content"] = argument(values, 0)


def stream_write_text(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> None:
    """``WriteText`` of a stream."""
    given = argument(values, 0, "")
    if isinstance(given, Thing) and given.kind == "answer":
        owner.state["_content"] = given
        return
    text = text_of(plain(evaluator, node, given))
    before = owner.state.get("_content")
    owner.state["_content"] = before + text if isinstance(before, str) else text
    evaluator.session.meter.text(len(owner.state["_content"]))


def stream_text(evaluator: Evaluator, node: Node, owner: Thing, _: list[Any]) -> Any:
    """``ReadText``, by the stream's ``Charset``."""
    content = owner.state.get("_content")
    if isinstance(content, Array):
        raw = raw_of(content)
        charset = text_of(owner.state.get("charset", "unicode")).lower()
        if charset in {"utf-8", "utf8"}:
            return raw.decode("utf-8", "replace")
        return raw.decode("utf-16", "replace") if charset in {"unicode", "utf-16"} else ansi_text(raw)
    return content if isinstance(content, str) else evaluator.session.unknown_at(node)


def stream_read(_: Evaluator, __: Node, owner: Thing, ___: list[Any]) -> Any:
    """``Read``: the stream's bytes."""
    content = owner.state.get("_content")
    if isinstance(content, str):
        charset = text_of(owner.state.get("charset", "unicode")).lower()
        raw = content.encode("utf-8", "replace") if charset in {"utf-8", "utf8"} else ansi_bytes(content)
        return Array(list(raw), type="byte")
    return content


def new_element(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> Thing:
    """``createElement``."""
    del owner
    return Thing("element", {"datatype": ""}, first_text(evaluator, node, values))


def load_xml(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> bool:
    """``loadXML``: the text of the whole document."""
    text = re.sub(r"<[^>]*>", "", first_text(evaluator, node, values))
    owner.state["documentelement"] = owner.state["firstchild"] = Thing(
        "element", {"text": text, "datatype": ""}
    )
    return True


def typed_bytes(evaluator: Evaluator, node: Node, owner: Thing, _: list[Any]) -> Any:
    """The bytes that an element's text stands for."""
    kind, text = text_of(owner.state.get("datatype")).lower(), text_of(owner.state.get("text", ""))
    if kind == "bin.hex":
        digits = re.sub(r"[^0-9A-Fa-f]", "", text)
        raw = bytes.fromhex(digits[: len(digits) & ~1])
    elif kind == "bin.base64":
        clean = re.sub(r"[^A-Za-z0-9+/]", "", text)
        try:
            raw = base64.b64decode(clean + "=" * (-len(clean) % 4))
        except (binascii.Error, ValueError):
            raw = base64.b64decode(clean[: len(clean) // 4 * 4])
    else:
        return text
    evaluator.session.meter.items(len(raw))
    decoded = (
        raw.decode("utf-16-le", "replace")
        if raw[1:200:2].count(0) * 2 > len(raw[1:200:2])
        else ansi_text(raw)
    )
    evaluator.session.see(decoded, "decoded", node)
    return Array(list(raw), type="byte")


def set_typed_bytes(_: Evaluator, __: Node, owner: Thing, value: Any) -> None:
    """Bytes set as ``nodeTypedValue``: the element's text."""
    kind = text_of(owner.state.get("datatype")).lower()
    raw = raw_of(value)
    owner.state["text"] = raw.hex() if kind == "bin.hex" else base64.b64encode(raw).decode()


def items_of(owner: Thing) -> dict[str, Any]:
    """The items of a dictionary or collection, by key."""
    found: dict[str, Any] = owner.state.setdefault("_items", {})
    return found


def add_item(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> None:
    """``Add``."""
    del node
    items = items_of(owner)
    evaluator.session.meter.step()
    if owner.kind == "collection":
        items[text_of(argument(values, 1, f"#{len(items) + 1}"))] = argument(values, 0)
    else:
        items[text_of(argument(values, 0, ""))] = argument(values, 1)


def item_of(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> Any:
    """``Item``, by key or, in a collection, by number."""
    key, items = plain(evaluator, node, argument(values, 0, "")), items_of(owner)
    if owner.kind == "collection" and isinstance(key, int):
        kept = list(items.values()) if len(items) < 10_000 else []
        return kept[key - 1] if 0 < key <= len(kept) else None
    return items.get(text_of(key))


def has_item(evaluator: Evaluator, node: Node, owner: Thing, values: list[Any]) -> bool:
    """``Exists``."""
    return first_text(evaluator, node, values) in items_of(owner)
