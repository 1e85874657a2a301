"""Expressions to values. What cannot be evaluated becomes `Unknown`, named after its source text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell import nodes as n
from noroshi.examine.powershell.automatic import VARIABLES
from noroshi.examine.powershell.conversions import cast
from noroshi.examine.powershell.members import call_member, get_member, set_member
from noroshi.examine.powershell.operators import binary, joined, unary
from noroshi.examine.powershell.statics import call_static, get_static
from noroshi.examine.powershell.values import (
    Char,
    EvaluationError,
    ScriptValue,
    Table,
    Thing,
    TypeValue,
    Unknown,
    bytes_of,
    from_items,
    integer_of,
    items_of,
    normal_type,
    number_of,
    text_of,
    truth_of,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell.session import Session
    from noroshi.examine.powershell.statements import Runner

_LITERALS: Final = (n.Literal, n.Variable, n.ScriptBlock, n.TypeName)
_RULES: Final = {
    "-f": "format", "+": "join", "-join": "join", "-replace": "replace", "-creplace": "replace",
    "-ireplace": "replace", "-split": "split", "-bxor": "xor", "*": "repeat", "..": "range",
}  # fmt: skip


class Evaluator:
    """Evaluates expressions of one session."""

    def __init__(self, session: Session, runner: Runner) -> None:
        self.session = session
        self.runner = runner

    def value(self, node: n.Node) -> Any:
        """The value of an expression or statement; never raises for what is merely unknown."""
        self.session.meter.step()
        action = self._ACTIONS.get(type(node))
        if action is None:
            return from_items(self.runner.outputs(node))
        try:
            found = action(self, node)
        except (EvaluationError, OverflowError, ZeroDivisionError) as problem:
            return self.session.unknown_at(node, str(problem))
        except (TypeError, ValueError, IndexError, KeyError, AttributeError):
            return self.session.unknown_at(node, "arguments of another type")
        if not isinstance(node, _LITERALS):
            self._note(node, found)
        return found

    def _note(self, node: n.Node, found: Any) -> None:
        if isinstance(found, str):
            self.session.see(str(found), "computed", node)
        elif isinstance(found, list | Table):
            for text in walk(found):
                self.session.see(text, "computed", node)
        if isinstance(found, str | int | float) and not isinstance(found, bool):
            self.session.fold(node, found, self._rule(node))

    def _rule(self, node: n.Node) -> str:
        if isinstance(node, n.Binary | n.Unary):
            return _RULES.get(node.operator, "operator")
        if isinstance(node, n.Invoke) and isinstance(node.name, n.Literal):
            return text_of(node.name.value).lower()
        if isinstance(node, n.Cast):
            return normal_type(node.type.name)
        return type(node).__name__.lower()

    # -- one action a kind of node --

    def _literal(self, node: n.Literal) -> Any:
        return node.value

    def _expandable(self, node: n.Expandable) -> str:
        parts = [part if isinstance(part, str) else text_of(self.value(part)) for part in node.parts]
        self.session.meter.text(sum(map(len, parts)))
        return "".join(parts)

    def _variable(self, node: n.Variable) -> Any:
        name = node.name
        if name.startswith("env:"):
            return self.session.environment_value(name[4:])
        if name.startswith("function:"):
            return None
        known, found = self.session.look_up(name)
        if not known and name in {"_", "psitem"}:
            known, found = self.session.look_up("_")
        if known:
            return found
        if name.startswith("ps") and name not in VARIABLES and name in {"psscriptroot", "pscommandpath"}:
            return self.session.unknown_at(node)
        return None

    def _type_name(self, node: n.TypeName) -> TypeValue:
        return TypeValue(normal_type(node.name))

    def _array_literal(self, node: n.ArrayLiteral) -> list[Any]:
        return [self.value(item) for item in node.items]

    def _paren(self, node: n.Paren) -> Any:
        return self.value(node.body)

    def _sub_expression(self, node: n.SubExpression) -> Any:
        outputs = self.runner.block(node.body)
        return outputs if node.array else from_items(outputs)

    def _hash_literal(self, node: n.HashLiteral) -> Table:
        return Table((self.value(key), self.value(value)) for key, value in node.pairs)

    def _script_block(self, node: n.ScriptBlock) -> ScriptValue:
        return ScriptValue(node.body, self.session.source[node.start + 1 : node.end - 1].strip())

    def _cast(self, node: n.Cast) -> Any:
        value = self.value(node.operand)
        type_ = normal_type(node.type.name)
        if type_ == "management.managementclass":
            return Thing("wmi class", {"value": text_of(value).lower()})
        return cast(type_, value)

    def _binary(self, node: n.Binary) -> Any:
        left = self.value(node.left)
        if node.operator == "-and" and not isinstance(left, Unknown) and not truth_of(left):
            return False
        if node.operator == "-or" and not isinstance(left, Unknown) and truth_of(left):
            return True
        right = self.value(node.right)
        if node.operator in {"-replace", "-ireplace", "-creplace"} and isinstance(left, Unknown):
            return left
        found = binary(node.operator, left, right, self.session.meter)
        if node.operator in {"-match", "-imatch", "-cmatch"} and found is True:
            self._remember_matches(text_of(left), text_of(right))
        return found

    def _remember_matches(self, text: str, pattern: str) -> None:
        from noroshi.examine.powershell.regexes import compiled  # noqa: PLC0415

        found = compiled(pattern).search(text)
        if found is not None:
            groups = [(number, found.group(number)) for number in range(len(found.groups()) + 1)]
            self.session.assign("matches", Table(groups))

    def _unary(self, node: n.Unary) -> Any:
        if node.operator in {"++", "--"}:
            return self._step(node.operand, node.operator, before=True)
        return unary(node.operator, self.value(node.operand), self.session.meter)

    def _postfix(self, node: n.Postfix) -> Any:
        return self._step(node.operand, node.operator, before=False)

    def _step(self, target: n.Node, operator: str, *, before: bool) -> Any:
        old = number_of(self.value(target))
        new = old + (1 if operator == "++" else -1)
        self.assign(target, new)
        return new if before else old

    def _assign(self, node: n.Assign) -> Any:
        value = self.value(node.value)
        if node.operator != "=":
            value = self._combined(node, value)
        self.assign(node.target, value)
        return value

    def _combined(self, node: n.Assign, value: Any) -> Any:
        target = node.target.operand if isinstance(node.target, n.Cast) else node.target
        old = self.value(target)
        try:
            found = binary(node.operator[:-1], old, value, self.session.meter)
        except EvaluationError as problem:
            return self.session.unknown_at(node, str(problem))
        if isinstance(found, str):
            self.session.see(found, "computed", node)
        return found

    def assign(self, target: n.Node, value: Any) -> None:
        """Set a variable, an element, a member, or several variables at once."""
        if isinstance(target, n.Cast):
            type_ = normal_type(target.type.name)
            try:
                value = cast(type_, value)
            except EvaluationError as problem:
                value = self.session.unknown_at(target, str(problem))
            self.assign(target.operand, value)
        elif isinstance(target, n.Variable):
            self.session.assign(target.name, value)
        elif isinstance(target, n.Paren):
            self.assign(target.body, value)
        elif isinstance(target, n.ArrayLiteral):
            self._assign_many(target, value)
        elif isinstance(target, n.Index):
            self._assign_element(target, value)
        elif isinstance(target, n.Member):
            name = text_of(self.value(target.name)).lower()
            set_member(self, target, self.value(target.target), name, value)

    def _assign_many(self, target: n.ArrayLiteral, value: Any) -> None:
        values = items_of(value) if isinstance(value, list) else [value]
        for place, item in enumerate(target.items):
            last = place == len(target.items) - 1
            rest = (
                from_items(list(values[place:])) if last else values[place] if place < len(values) else None
            )
            self.assign(item, rest)

    def _assign_element(self, target: n.Index, value: Any) -> None:
        holder, index = self.value(target.target), self.value(target.index)
        if isinstance(holder, Table):
            holder.put(index, value)
        elif isinstance(holder, Thing):
            holder.state[text_of(index).lower()] = value
        elif isinstance(holder, bytearray):
            holder[integer_of(index)] = (
                bytes_of(value)[0] if isinstance(value, list) else integer_of(value) & 255
            )
        elif isinstance(holder, list):
            holder[integer_of(index)] = value

    def _index(self, node: n.Index) -> Any:
        holder, index = self.value(node.target), self.value(node.index)
        if isinstance(holder, Unknown) or isinstance(index, Unknown):
            return self.session.unknown_at(node)
        if isinstance(index, list) and not isinstance(holder, Table):
            found = [self._element(holder, item) for item in index]
            return [item for item in found if item is not None]
        return self._element(holder, index)

    def _element(self, holder: Any, index: Any) -> Any:
        if isinstance(holder, Table):
            return holder.look_up(index)
        if isinstance(holder, Thing):
            return holder.state.get(text_of(index).lower())
        sequence = holder if isinstance(holder, str | list | bytearray) else [holder]
        at = integer_of(index)
        if not -len(sequence) <= at < len(sequence):
            return None
        found = sequence[at]
        return Char(found) if isinstance(sequence, str) else found

    def _member(self, node: n.Member) -> Any:
        name = text_of(self.value(node.name)).lower()
        holder = self.value(node.target)
        if node.static and isinstance(holder, TypeValue | str):
            type_ = holder.name if isinstance(holder, TypeValue) else normal_type(holder)
            return get_static(self, node, type_, name)
        return get_member(self, node, holder, name)

    def _invoke(self, node: n.Invoke) -> Any:
        name = text_of(self.value(node.name)).lower()
        holder = self.value(node.target)
        arguments = [self.value(argument) for argument in node.arguments]
        if node.static and isinstance(holder, TypeValue | str):
            type_ = holder.name if isinstance(holder, TypeValue) else normal_type(holder)
            return call_static(self, node, type_, name, arguments)
        return call_member(self, node, holder, name, arguments)

    def join(self, values: Any) -> str:
        """The texts of values put together."""
        return joined(values, "", self.session.meter)

    _ACTIONS: Final[dict[type, Callable[[Any, Any], Any]]] = {
        n.Literal: _literal,
        n.Expandable: _expandable,
        n.Variable: _variable,
        n.TypeName: _type_name,
        n.ArrayLiteral: _array_literal,
        n.Paren: _paren,
        n.SubExpression: _sub_expression,
        n.HashLiteral: _hash_literal,
        n.ScriptBlock: _script_block,
        n.Cast: _cast,
        n.Binary: _binary,
        n.Unary: _unary,
        n.Postfix: _postfix,
        n.Assign: _assign,
        n.Index: _index,
        n.Member: _member,
        n.Invoke: _invoke,
    }
