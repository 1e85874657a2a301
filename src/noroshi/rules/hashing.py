"""The identity of what a rule matches, blind to its texts, its formatting and orders that mean nothing."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from noroshi.rules.model import AllOf, AnyOf, Not

if TYPE_CHECKING:
    from noroshi.rules.model import Condition, RuleLogSource

_ENCODER = msgspec.msgpack.Encoder()


def rule_hash(logsource: RuleLogSource, condition: Condition, timezone: str = "") -> str:
    """32 hexadecimal digits over log source, condition and the zone of its time parts."""
    return digest([_ENCODER.encode(logsource), canonical(condition), timezone])


def canonical(condition: Condition) -> bytes:
    """The condition as bytes; items of conjunctions and disjunctions in their own order of bytes."""
    if isinstance(condition, AllOf | AnyOf):
        name = b"all" if isinstance(condition, AllOf) else b"any"
        return _ENCODER.encode([name, sorted(canonical(item) for item in condition.items)])
    if isinstance(condition, Not):
        return _ENCODER.encode([b"not", canonical(condition.item)])
    return _ENCODER.encode(condition)


def digest(parts: Any) -> str:
    """BLAKE2b of 16 bytes over anything that MessagePack can hold, hexadecimal."""
    return blake2b(_ENCODER.encode(parts), digest_size=16).hexdigest()
