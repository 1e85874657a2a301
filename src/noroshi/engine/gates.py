"""Which rules a kind of event can concern at all, found by look-up instead of asking every rule.

Most rules demand an exact value of a field that all events of a kind share (``EventID: 4688``). Such a rule
is looked at only for kinds that have this value, so that a route costs what its own rules cost, however many
there are besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from noroshi.engine.predicates import number_texts
from noroshi.events.values import fold
from noroshi.rules.model import AllOf, AnyOf, Number, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.rules.model import Condition, Rule

Demands = Mapping[str, frozenset[str]]
"""Field → the folded texts of which it must hold one."""
_NOTHING: Final[Demands] = {}
_COMPARABLE: Final = frozenset({str, int})
_MAX_TABLES: Final = 256


def demands(condition: Condition) -> Demands:
    """The exact values without which a condition cannot hold.

    >>> from noroshi.rules.model import AllOf, Number, Text
    >>> demands(AllOf((Number("EventID", 4688), Text("Image", ("a.exe",))))) == {
    ...     "EventID": {"4688"}, "Image": {"a.exe"}
    ... }
    True
    """
    match condition:
        case AllOf(items=items):
            found: dict[str, frozenset[str]] = {}
            for item in items:
                for name, texts in demands(item).items():
                    found[name] = found[name] & texts if name in found else texts
            return found
        case AnyOf(items=items) if items:
            first, *others = map(demands, items)
            shared = set(first).intersection(*others)
            return {name: first[name].union(*(other[name] for other in others)) for name in shared}
        case Text(field=str(name), pattern=(str(text),)):
            return {name: frozenset([fold(text)])}
        case Number(field=str(name), value=value):
            return {name: frozenset(number_texts(value))}
        case _:
            return _NOTHING


class Gates:
    """The rules that apply to one log source, asked with the constants of a kind."""

    def __init__(self, rules: Iterable[tuple[Rule, Demands]]) -> None:
        self._rules = tuple(rules)
        self._by_names: dict[frozenset[str], _Table] = {}

    def open_to(self, constants: Mapping[str, Any]) -> list[Rule]:
        """The rules whose demands these constants do not contradict, in their order."""
        texts = {name: fold(str(value)) for name, value in constants.items() if type(value) in _COMPARABLE}
        names = frozenset(texts)
        table = self._by_names.get(names)
        if table is None:
            if len(self._by_names) >= _MAX_TABLES:
                self._by_names.clear()
            table = self._by_names[names] = _Table(self._rules, names)
        return table.open_to(texts)


class _Table:
    """The rules by what they demand of some fields."""

    __slots__ = ("_by_text", "_open")

    def __init__(self, rules: Iterable[tuple[Rule, Demands]], names: frozenset[str]) -> None:
        self._open: list[tuple[int, Rule]] = []
        self._by_text: dict[tuple[str, str], list[tuple[int, Rule]]] = {}
        for place, (rule, demanded) in enumerate(rules):
            gates = names & demanded.keys()
            if not gates:
                self._open.append((place, rule))
                continue
            name = min(gates, key=lambda gate: (len(demanded[gate]), gate))
            for text in demanded[name]:
                self._by_text.setdefault((name, text), []).append((place, rule))

    def open_to(self, texts: Mapping[str, str]) -> list[Rule]:
        """The rules for these values, one value for each of the fields."""
        found = list(self._open)
        for gate in texts.items():
            found += self._by_text.get(gate, ())
        return [rule for _, rule in sorted(found, key=itemgetter(0))]
