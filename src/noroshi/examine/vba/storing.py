"""Assignments: to variables, items and properties; and the arrays that declarations make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.vba import objects
from noroshi.examine.vba.evaluator import ABSENT
from noroshi.examine.vba.nodes import Call, Declared, Member, Name, Node, Statement
from noroshi.examine.vba.values import RECORD, Array, FaultError, Thing, Unknown, integer_of, text_of

if TYPE_CHECKING:
    from noroshi.examine.vba.evaluator import Evaluator
    from noroshi.examine.vba.session import Session

MAX_DIMENSION: Final = 4_000_000
_ZEROS: Final = {"string": "", "byte": 0, "integer": 0, "long": 0, "double": 0, "single": 0, "boolean": False,
                 "longptr": 0, "longlong": 0, "currency": 0}  # fmt: skip


MAX_NESTED: Final = 8


def _copied(record: Thing) -> Thing:
    return Thing(
        RECORD,
        {
            name: _copied(value) if isinstance(value, Thing) and value.kind == RECORD else value
            for name, value in record.state.items()
        },
        record.name,
    )


class Storage:
    """The variables of one session, as statements write them."""

    def __init__(self, session: Session, evaluator: Evaluator) -> None:
        self.session = session
        self.evaluator = evaluator

    def store(self, target: Node, value: Any) -> None:
        """Assign to a variable, an item or a property."""
        evaluator = self.evaluator
        if isinstance(target, Name):
            self._store_name(target, value)
        elif isinstance(target, Member):
            owner = evaluator.owner(target)
            if isinstance(owner, Thing):
                self._store_member(target, owner, value)
        elif isinstance(target, Call):
            self._store_item(target, value)

    def _store_name(self, target: Name, value: Any) -> None:
        evaluator = self.evaluator
        if isinstance(value, Thing) and value.kind == RECORD:
            value = _copied(value)
        setter = evaluator.procedure(target.name + "=")
        if setter is not None and evaluator.variable(target.name) is ABSENT:
            self._property(setter.name, value, target)
        evaluator.assign(target.name, value)
        if isinstance(value, str):
            self.session.see(value, "computed", target)

    def _property(self, name: str, value: Any, node: Node) -> None:
        evaluator = self.evaluator
        setter = evaluator.procedure(name + "=")
        if setter is not None:
            from_value = evaluator.constant(node, value)
            evaluator.call(setter, (from_value,))

    def _store_member(self, target: Member, owner: Thing, value: Any) -> None:
        variables = self.session.globals.get(owner.name) if owner.kind in {"module", "form"} else None
        if variables is not None and target.name in variables:
            variables[target.name] = value
            return
        objects.put(self.evaluator, target, owner, target.name, value)

    def _store_item(self, target: Call, value: Any) -> None:
        evaluator = self.evaluator
        base = target.base
        if isinstance(base, Name) and base.name in {"mid", "midb"} and target.arguments[0].value is not None:
            self._store_part(target, value)
            return
        keys = evaluator.plain_arguments(target)
        owner = evaluator.variable(base.name) if isinstance(base, Name) else evaluator.value(base)
        if isinstance(owner, Thing):
            objects.put_index(evaluator, target, owner, keys, value)
        elif isinstance(owner, Array):
            if any(isinstance(key, Unknown) for key in keys):
                return
            at = owner.offset([integer_of(key) for key in keys])
            owner.items[at] = (
                integer_of(value) & 0xFF if owner.type == "byte" and not isinstance(value, Unknown) else value
            )
            if isinstance(value, str):
                self.session.see(value, "computed", target)
        elif owner is not ABSENT and not isinstance(owner, Unknown):
            raise FaultError(13)

    def _store_part(self, target: Call, value: Any) -> None:
        """``Mid(variable, first, length) = text``."""
        first_node, *rest = [given.value for given in target.arguments]
        if first_node is None or not rest or rest[0] is None:
            raise FaultError(5)
        text, new = self.evaluator.text(first_node), text_of(value)
        first = integer_of(self.evaluator.scalar(rest[0])) - 1
        length = (
            integer_of(self.evaluator.scalar(rest[1])) if len(rest) > 1 and rest[1] is not None else len(new)
        )
        if not 0 <= first < len(text):
            raise FaultError(5)
        length = max(0, min(length, len(new), len(text) - first))
        self.session.meter.text(len(text))
        self.store(first_node, text[:first] + new[:length] + text[first + length :])

    def _fresh(self, statement: Statement, declared: Declared, depth: int = 0) -> Any:
        if declared.bounds:
            return self._array(declared)
        if declared.bounds is not None:
            return Array([], type=declared.type)
        if declared.new:
            return objects.create(self.evaluator, statement, declared.type)
        fields = self._fields(declared.type)
        if fields is None or depth >= MAX_NESTED:
            return _ZEROS.get(declared.type)
        self.session.meter.items(len(fields))
        made = {one.name: self._fresh(statement, one, depth + 1) for one in fields}
        return Thing(RECORD, made, declared.type)

    def _fields(self, type_: str) -> tuple[Declared, ...] | None:
        """The fields of a ``Type`` of any module; None if it is no such type."""
        if not type_ or type_ in _ZEROS:
            return None
        name = type_.rpartition(".")[2]
        return next(
            (found[name] for each in self.session.modules.values() if name in (found := each.records)), None
        )

    def _array(self, declared: Declared) -> Array:
        lows, sizes, total = [], [], 1
        for low, high in declared.bounds or ():
            first = integer_of(self.evaluator.scalar(low)) if low is not None else 0
            last = self.evaluator.scalar(high)
            size = 1 if isinstance(last, Unknown) else integer_of(last) - first + 1
            if size < 0:
                raise FaultError(9)
            total *= size
            if total > MAX_DIMENSION:
                raise FaultError(7)
            lows.append(first)
            sizes.append(size)
        self.session.meter.items(total)
        fields = self._fields(declared.type)
        if fields is None:
            items = [_ZEROS.get(declared.type)] * total
        else:
            self.session.meter.items(total * len(fields))
            items = [
                Thing(RECORD, {one.name: _ZEROS.get(one.type) for one in fields}, declared.type)
                for _ in range(total)
            ]
        return Array(items, tuple(lows), tuple(sizes), declared.type)
