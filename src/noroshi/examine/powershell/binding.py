"""Arguments of a command to the parameters of a cmdlet, abbreviations included."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMON: Final = ("erroraction", "ea", "warningaction", "errorvariable", "outvariable", "verbose", "debug")
_COMMON_SWITCHES: Final = frozenset({"verbose", "debug", "confirm", "whatif", "force"})


@dataclass(frozen=True, slots=True)
class Signature:
    """What a cmdlet takes.

    Attributes:
        positional: Names of its parameters in the order in which unnamed values fill them.
        named: Further parameters with a value.
        switches: Parameters without one.
    """

    positional: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()


@dataclass(slots=True)
class Bound:
    """The arguments by parameter.

    Attributes:
        values: Parameter → value.
        switches: Switches given.
        rest: Unnamed values that no parameter takes.
    """

    values: dict[str, Any] = field(default_factory=dict)
    switches: set[str] = field(default_factory=set)
    rest: list[Any] = field(default_factory=list)

    def get(self, *names: str) -> Any:
        """The first of these parameters that was given, else None."""
        return next((self.values[name] for name in names if name in self.values), None)


Given = tuple[str, Any, bool]
"""Parameter as written (empty: none), value, and whether there is a value."""


def bind(signature: Signature, given: Sequence[Given]) -> Bound:
    """Arguments as written, to parameters."""
    bound = Bound()
    pending = ""
    unnamed: list[Any] = []
    for parameter, value, has_value in given:
        if not parameter:
            if pending:
                bound.values[pending] = value
                pending = ""
            else:
                unnamed.append(value)
            continue
        name, is_switch = _resolve(signature, parameter)
        pending = ""
        if has_value:
            bound.values[name] = value
        if is_switch:
            bound.switches.add(name)
        elif not has_value:
            pending = name
    _fill(signature, bound, unnamed)
    return bound


def _resolve(signature: Signature, written: str) -> tuple[str, bool]:
    """The parameter that a name or its beginning means, and whether it is a switch."""
    values = (*signature.positional, *signature.named, *COMMON)
    if written in values:
        return written, written in _COMMON_SWITCHES
    if written in signature.switches:
        return written, True
    for name in values:
        if name.startswith(written):
            return name, name in _COMMON_SWITCHES
    switch = next((name for name in signature.switches if name.startswith(written)), "")
    return switch or written, bool(switch) or written in _COMMON_SWITCHES


def _fill(signature: Signature, bound: Bound, unnamed: list[Any]) -> None:
    free = [name for name in signature.positional if name not in bound.values]
    for value in unnamed:
        if free:
            bound.values[free.pop(0)] = value
        else:
            bound.rest.append(value)
