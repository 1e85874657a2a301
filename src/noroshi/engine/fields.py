"""All predicates of one field: which of them hold for a value, found in one look-up or one scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.engine import predicates as p
from noroshi.engine.expressions import Expressions
from noroshi.engine.patterns import Database
from noroshi.engine.reference import Context
from noroshi.engine.reference import test as holds
from noroshi.events.values import MISSING, as_text, elements, fold
from noroshi.indicators.lists import EMPTY, ListSnapshot
from noroshi.rules.model import (
    Boolean,
    Cidr,
    Compare,
    Exists,
    Expand,
    FieldRef,
    Null,
    Number,
    Regex,
    Text,
    TimePart,
    Wildcard,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from noroshi.engine.caches import Caches
    from noroshi.rules.model import Pattern, Predicate

CACHED_VALUES: Final = 16_384
"""Values kept per field."""
VIEWED_VALUES: Final = 2_048
"""Values kept per route and field."""
CACHED_LENGTH: Final = 4_096
"""A longer value is scanned each time: it seldom comes back, and would fill the memory."""
NONE: Final[frozenset[int]] = frozenset()


def is_lazy(node: Predicate, lists: ListSnapshot = EMPTY) -> bool:
    """Whether a predicate needs more than its own field's value, so that it is tested per event."""
    match node:
        case FieldRef() | TimePart():
            return True
        case Compare(part=part):
            return part is not None
        case Expand(name=name):
            found = lists.get(name)
            return found is not None and found.type == "ip:port"
        case _:
            return False


class FieldIndex:
    """The compiled predicates of one field: immutable, shared by all matchers of a rule set.

    Attributes:
        texts: Patterns that need a scan, by predicate id.
        database: Built from `texts`, or loaded from the cache.
    """

    __slots__ = (
        "absent", "any_text", "booleans", "database", "exact", "expressions", "networks", "null",
        "number_texts", "numbers", "others", "present", "texts",
    )  # fmt: skip

    def __init__(self, found: Mapping[int, Predicate]) -> None:
        self.exact: dict[str, list[int]] = {}
        self.numbers: dict[int | float, list[int]] = {}
        self.number_texts: dict[str, list[int]] = {}
        self.booleans: dict[str, list[int]] = {}
        self.any_text: list[int] = []
        self.texts: dict[int, Pattern] = {}
        self.null: list[int] = []
        self.absent: list[int] = []
        self.present: list[int] = []
        self.networks: list[tuple[int, int, int, int]] = []
        self.others: list[tuple[int, Predicate]] = []
        regexes: list[tuple[int, Regex]] = []
        for pid, node in found.items():
            self._add(pid, node, regexes)
        self.expressions = Expressions(regexes)
        self.database: Database | None = None

    def _add(self, pid: int, node: Predicate, regexes: list[tuple[int, Regex]]) -> None:
        match node:
            case Text(field=None, pattern=pattern, cased=False):
                self._add_text(pid, _trimmed((Wildcard.MANY, *pattern, Wildcard.MANY)))
            case Text(pattern=pattern, cased=False):
                self._add_text(pid, _trimmed(pattern))
            case Number(field=None):
                self.others.append((pid, node))
            case Number(value=value):
                self.numbers.setdefault(value, []).append(pid)
                for text in p.number_texts(value):
                    self.number_texts.setdefault(text, []).append(pid)
            case Boolean(value=value):
                self.booleans.setdefault("true" if value else "false", []).append(pid)
            case Null():
                self.null.append(pid)
            case Exists(expected=expected):
                (self.present if expected else self.absent).append(pid)
            case Regex():
                regexes.append((pid, node))
            case Cidr(network=text):
                net = p.network(text)
                whole = (net.version, int(net.netmask), int(net.network_address), pid)
                self.networks.append(whole)
            case _:
                self.others.append((pid, node))

    def _add_text(self, pid: int, pattern: Pattern) -> None:
        if not pattern:
            self.exact.setdefault("", []).append(pid)
        elif pattern == (Wildcard.MANY,):
            self.any_text.append(pid)
        elif len(pattern) == 1 and isinstance(pattern[0], str):
            self.exact.setdefault(fold(pattern[0]), []).append(pid)
        else:
            self.texts[pid] = pattern

    def compile(self) -> None:
        """Build the database of the patterns that need a scan."""
        if self.texts and self.database is None:
            self.database = Database.compile(self.texts)


def _trimmed(pattern: Pattern) -> Pattern:
    """Runs of ``*`` as one."""
    return tuple(
        part
        for at, part in enumerate(pattern)
        if not (part is Wildcard.MANY and at and pattern[at - 1] is Wildcard.MANY)
    )


class FieldMatcher:
    """A field's index with the cache and lists of one matcher.

    Attributes:
        cache: Texts (and None) → true predicates, for what came lately; the oldest half goes when it is full.
    """

    __slots__ = ("_caches", "_context", "_index", "cache")

    def __init__(self, index: FieldIndex, context: Context, caches: Caches) -> None:
        self._index = index
        self._context = context
        self._caches = caches
        self.cache: dict[str | None, frozenset[int]] = caches.new()

    def true_for(self, value: Any) -> frozenset[int]:
        """Ids of the predicates that hold for a value (a list: for any element), `MISSING` included."""
        if type(value) is str or value is None:
            found = self.cache.get(value)
            return self._looked_up(value) if found is None else found
        if value is MISSING:
            return frozenset([*self._index.null, *self._index.absent])
        return frozenset(self._of_other(value))

    def _looked_up(self, value: str | None) -> frozenset[int]:
        found = frozenset(
            [*(self._index.null if value is None else self._of_text(value)), *self._index.present]
        )
        if (letters := len(value or "")) <= CACHED_LENGTH:
            self._caches.keep(self.cache, value, found, letters, CACHED_VALUES)
        return found

    def _of_other(self, value: Any) -> list[int]:
        found = list(self._index.present)
        for element in elements(value):
            if isinstance(element, str):
                found += self.true_for(element)
            elif (text := as_text(element)) is not None:
                found += self._of_text(text)
                found += self._of_number(element)
        return found

    def _of_number(self, value: bool | float) -> list[int]:  # noqa: FBT001
        # What a number's text met by accident of notation (a rule's 4688 and the text) is the same predicate.
        return [] if isinstance(value, bool) else list(self._index.numbers.get(value, ()))

    def _of_text(self, text: str) -> list[int]:
        index = self._index
        folded = fold(text)
        found = [
            *index.any_text,
            *index.exact.get(folded, ()),
            *index.booleans.get(folded, ()),
            *index.number_texts.get(text, ()),
        ]
        if index.database is not None:
            index.database.scan(folded, found)
        found += index.expressions.matching(text)
        if index.networks and (address := p.as_address(text)) is not None:
            number, version = int(address), address.version
            found += [pid for v, mask, net, pid in index.networks if v == version and number & mask == net]
        if index.others:
            fields = {node.field or "": text for _, node in index.others}
            found += [pid for pid, node in index.others if holds(node, fields, self._context)[0]]
        return found


class FieldView(dict[Any, frozenset[int]]):
    """What one route wants to know of a field: only its own predicates, so that the sets are small.

    A dictionary of the texts (and None) that came lately, which finds what it lacks by itself, so that a
    value is looked up without a call of Python; the oldest half goes when it is full.
    """

    __slots__ = ("_caches", "_matcher", "_sets", "_wanted")

    def __init__(self, matcher: FieldMatcher, wanted: frozenset[int], caches: Caches) -> None:
        super().__init__()
        self._matcher = matcher
        self._sets: dict[frozenset[int], frozenset[int]] = {}
        self._wanted = wanted
        self._caches = caches
        caches.bound(self)

    def __missing__(self, value: Any) -> frozenset[int]:
        """What holds for a value that did not come lately."""
        found = self.true_for(value)
        if value is None or (type(value) is str and len(value) <= CACHED_LENGTH):
            self._caches.keep(self, value, found, len(value or ""), VIEWED_VALUES)
        return found

    def true_for(self, value: Any) -> frozenset[int]:
        """Ids of the route's predicates that hold for any value; see `FieldMatcher.true_for`."""
        return self._shared(self._matcher.true_for(value) & self._wanted)

    def _shared(self, found: frozenset[int]) -> frozenset[int]:
        """One object for equal sets: they are few, and compared often."""
        if len(self._sets) >= VIEWED_VALUES:
            self._sets.clear()
        return self._sets.setdefault(found, found)


def union(sets: Iterable[frozenset[int]]) -> frozenset[int]:
    """All of them together."""
    return NONE.union(*sets)
