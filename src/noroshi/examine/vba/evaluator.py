"""Expressions: variables, calls of procedures and functions, members of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.vba import objects
from noroshi.examine.vba.actions import ACTIONS, imported_call
from noroshi.examine.vba.constants import CONSTANTS
from noroshi.examine.vba.functions import FUNCTIONS, TOLERANT
from noroshi.examine.vba.nodes import Argument, Call, Chain, Literal, Member, Name, New, Node, Unary
from noroshi.examine.vba.operators import UNSURE, apply
from noroshi.examine.vba.session import MAX_CALLS, Frame, Session
from noroshi.examine.vba.values import (
    OPEN,
    Array,
    FaultError,
    Thing,
    Unknown,
    coerced,
    integer_of,
    number_of,
    text_of,
    truth_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.vba.nodes import Parameter, Procedure

_LIBRARIES: Final = frozenset(
    {
        "vba",
        "strings",
        "conversion",
        "interaction",
        "information",
        "math",
        "filesystem",
        "global",
        "vbastrings",
    }
)
ABSENT: Final = object()
"""No such variable."""


class Evaluator:
    """Evaluates expressions of one session; procedures run through `run`."""

    def __init__(self, session: Session, run: Callable[[Frame], None]) -> None:
        self.session = session
        self.run = run

    def value(self, node: Node) -> Any:
        """The value of an expression, an object left as it is.

        Raises:
            FaultError: A run-time error of VBA.
            LimitError: The budget ends.
        """
        self.session.meter.step()
        return _EVALUATORS[type(node)](self, node)

    def scalar(self, node: Node) -> Any:
        """The value of an expression; of an object its default property, if that is known."""
        value = self.value(node)
        return self.plain(value, node) if type(value) is Thing else value

    def plain(self, value: Any, node: Node) -> Any:
        """What an object stands for in an expression."""
        found = objects.default_of(self, value)
        return self.session.unknown_at(node) if found is None else found

    def text(self, node: Node) -> str:
        """The value as text."""
        return text_of(self.scalar(node))

    def _literal(self, node: Literal) -> Any:
        return node.value

    def _unary(self, node: Unary) -> Any:
        if node.operator in {"addressof", "typeof"}:
            return self.session.unknown_at(node)
        value = self.scalar(node.operand)
        if isinstance(value, Unknown) or (isinstance(value, str) and OPEN in value):
            return value if node.operator == "byval" else Unknown(self.session.text_at(node))
        if node.operator == "-":
            return -number_of(value)
        if node.operator == "not":
            if isinstance(value, bool | str):
                truth = truth_of(value)
                return not truth
            return ~integer_of(value)
        return value

    def _chain(self, node: Chain) -> Any:
        if all(operator == "&" for operator, _ in node.rest):
            return self._joined(node)
        left = self.scalar(node.first) if node.rest[0][0] != "is" else self.value(node.first)
        for operator, operand in node.rest:
            right = self.scalar(operand) if operator != "is" else self.value(operand)
            left = apply(operator, left, right)
            if left is UNSURE:
                return Unknown(self.session.text_at(node))
        return self._computed(node, left, "concat" if isinstance(left, str) else "arithmetic")

    def _joined(self, node: Chain) -> str:
        parts = [text_of(self.scalar(node.first))]
        parts += [text_of(self.scalar(operand)) for _, operand in node.rest]
        self.session.make_text(parts)
        text = "".join(parts)
        self._computed(node, text, "concat")
        return text

    def _computed(self, node: Node, value: Any, rule: str) -> Any:
        if isinstance(value, str):
            self.session.see(value, "computed", node)
        if isinstance(value, str | int | float):
            self.session.fold(node, value, rule)
        return value

    # -- names --

    def variable(self, name: str) -> Any:
        """The value of a variable, or `ABSENT`."""
        session = self.session
        frame = session.frames[-1]
        found = frame.variables.get(name, ABSENT)
        if found is not ABSENT:
            return found
        own = session.globals.get(frame.procedure.module, {})
        if name in own:
            return own[name]
        for variables in session.globals.values():
            if name in variables:
                return variables[name]
        return ABSENT

    def procedure(self, name: str, module: str = "") -> Procedure | None:
        """A procedure of this name, the running module's own first."""
        modules = self.session.modules
        first = modules.get(module or self.session.frame.procedure.module)
        if first is not None and name in first.procedures:
            return first.procedures[name]
        if module:
            return None
        return next((one.procedures[name] for one in modules.values() if name in one.procedures), None)

    def _name(self, node: Name) -> Any:
        name = node.name
        found = self.variable(name)
        if found is not ABSENT:
            return found
        if self.procedure(name) is not None or name in FUNCTIONS or self._imported(name):
            return self._call_name(node, name, ())
        return self.named(node, name)

    def named(self, node: Node, name: str) -> Any:
        """What a name means that is neither variable nor procedure."""
        control = objects.own_control(self, name)
        if control is not None:
            return control
        if name in CONSTANTS and name != "me":
            return CONSTANTS[name]
        if name in ACTIONS:
            return ACTIONS[name](self, node, [])
        if name in _LIBRARIES:
            return Thing("library", name=name)
        return objects.global_object(self, name)

    def _imported(self, name: str) -> bool:
        return any(name in module.imported for module in self.session.modules.values())

    def _new(self, node: New) -> Any:
        return objects.create(self, node, node.type)

    # -- calls --

    def arguments(self, arguments: tuple[Argument, ...], names: tuple[str, ...] = ()) -> list[Any]:
        """The arguments' values in order; named ones at the place of their name."""
        values: list[Any] = []
        for given in arguments:
            value = None if given.value is None else self.value(given.value)
            if given.name in names:
                at = names.index(given.name)
                values += [None] * (at + 1 - len(values))
                values[at] = value
            else:
                values.append(value)
        return values

    def plain_arguments(self, node: Call) -> list[Any]:
        """The arguments' values, objects replaced by their default property."""
        return [
            self.plain(value, node) if isinstance(value, Thing) and value.kind in objects.PLAIN else value
            for value in self.arguments(node.arguments)
        ]

    def call_statement(self, node: Node) -> None:
        """A statement that is a call; a procedure's bare name calls it, inside itself too."""
        if isinstance(node, Name) and self.procedure(node.name) is not None:
            self._call_name(node, node.name, ())
        else:
            self.value(node)

    def _call(self, node: Call) -> Any:
        base = node.base
        if isinstance(base, Name):
            name = base.name
            running = self.session.frame.procedure.name
            found = self.variable(name) if name != running else ABSENT
            if isinstance(found, Array | Thing):
                return self._index(node, found)
            if found is ABSENT or self.procedure(name) is not None or name in FUNCTIONS:
                return self._call_name(node, name, node.arguments)
            return self._index(node, found)
        if isinstance(base, Member):
            owner = self.owner(base)
            if isinstance(owner, Thing):
                return self.member_call(base, owner, node)
            if isinstance(owner, Unknown):
                return objects.call_unknown(self, node, base.name, self.arguments(node.arguments))
            raise FaultError(424)
        return self._index(node, self.value(base))

    def owner(self, node: Member) -> Any:
        """The object whose member this is."""
        if node.base is None:
            withs = self.session.frame.withs
            return withs[-1] if withs else Unknown(self.session.text_at(node))
        return self.value(node.base)

    def member_call(self, base: Member, owner: Thing, node: Call) -> Any:
        """A member of an object, with arguments."""
        if owner.kind == "library":
            if base.name in _LIBRARIES:
                return Thing("library", name=base.name)
            return self._call_name(node, base.name, node.arguments)
        if owner.kind in {"module", "form"}:
            called = self.procedure(base.name, owner.name)
            if called is not None:
                return self.call(called, node.arguments)
        return self._computed_call(
            node, objects.call(self, node, owner, base.name, node.arguments), base.name
        )

    def _call_name(self, node: Node, name: str, arguments: tuple[Argument, ...]) -> Any:
        called = self.procedure(name)
        if called is not None:
            return self._computed_call(node, self.call(called, arguments), name)
        for module in self.session.modules.values():
            if name in module.imported:
                return imported_call(self, node, module.imported[name], self.arguments(arguments))
        if name in FUNCTIONS:
            return self._function(node, name, arguments)
        if name in ACTIONS:
            values = self.arguments(arguments, ("pathname", "windowstyle"))
            return self._computed_call(node, ACTIONS[name](self, node, values), name)
        found = self.named(node, name)
        if isinstance(found, Thing) and isinstance(node, Call):
            return self._index(node, found)
        for given in arguments:
            if given.value is not None:
                self.value(given.value)
        return self.session.unknown_at(node)

    def builtin(self, node: Node, name: str, values: list[Any]) -> Any:
        """One of `ACTIONS` with these arguments."""
        return ACTIONS[name](self, node, values)

    def _function(self, node: Node, name: str, arguments: tuple[Argument, ...]) -> Any:
        values = self.arguments(arguments)
        for at, value in enumerate(values):
            if isinstance(value, Thing) and name not in {"isobject", "array", "typename"}:
                values[at] = self.plain(value, node)
        if name not in TOLERANT:
            for value in values:
                if isinstance(value, Unknown) or (isinstance(value, str) and OPEN in value):
                    return Unknown(self.session.text_at(node))
        return self._computed(node, FUNCTIONS[name](self.session.meter, values), name)

    def _computed_call(self, node: Node, value: Any, name: str) -> Any:
        return self._computed(node, value, name) if isinstance(value, str) and value else value

    def _index(self, node: Call, value: Any) -> Any:
        if isinstance(value, Thing):
            return objects.index(self, node, value, self.arguments(node.arguments))
        indices = self.plain_arguments(node)
        if isinstance(value, Unknown) or any(isinstance(index, Unknown) for index in indices):
            return Unknown(self.session.text_at(node))
        if not isinstance(value, Array):
            raise FaultError(13)
        return value.items[value.offset([integer_of(index) for index in indices])]

    def _member(self, node: Member) -> Any:
        owner = self.owner(node)
        if isinstance(owner, Unknown):
            return objects.call_unknown(self, node, node.name, [])
        if not isinstance(owner, Thing):
            raise FaultError(424)
        if owner.kind == "library":
            return self._name(Name(node.start, node.end, node.name))
        if owner.kind in {"module", "form"}:
            called = self.procedure(node.name, owner.name)
            if called is not None:
                return self.call(called, ())
            variables = self.session.globals.get(owner.name, {})
            if node.name in variables:
                return variables[node.name]
        return self._seen_member(node, objects.get(self, node, owner, node.name))

    def _seen_member(self, node: Member, value: Any) -> Any:
        if isinstance(value, str):
            self.session.see(value, "property", node)
            self.session.fold(node, value, "property")
        return value

    @staticmethod
    def constant(node: Node, value: Any) -> Argument:
        """A value that is known already, as an argument."""
        return Argument(Literal(node.start, node.end, value))

    def call(self, called: Procedure, arguments: tuple[Argument, ...]) -> Any:
        """What a procedure returns; its changed parameters go back to the caller's variables."""
        session = self.session
        if len(session.frames) > MAX_CALLS:
            session.unknown.setdefault(f"{called.name}: calls nested too deeply")
            return Unknown(called.name)
        frame = Frame(called)
        given = self._bind(called, arguments, frame)
        session.ran.add(called)
        session.frames.append(frame)
        try:
            self.run(frame)
        finally:
            session.frames.pop()
        for parameter, name in given:
            if parameter.name in frame.variables:
                self.assign(name, frame.variables[parameter.name])
        return frame.variables.get(called.name)

    def _bind(
        self, called: Procedure, arguments: tuple[Argument, ...], frame: Frame
    ) -> list[tuple[Parameter, str]]:
        names = tuple(parameter.name for parameter in called.parameters)
        values = self.arguments(arguments, names)
        by_reference: list[tuple[Parameter, str]] = []
        for at, parameter in enumerate(called.parameters):
            if parameter.rest:
                frame.variables[parameter.name] = Array(list(values[at:]))
                break
            value = values[at] if at < len(values) else None
            if value is None and parameter.default is not None:
                value = self.value(parameter.default)
            frame.types[parameter.name] = parameter.type
            frame.variables[parameter.name] = coerced(value, parameter.type)
            node = arguments[at].value if at < len(arguments) else None
            if not parameter.by_value and isinstance(node, Name) and self.variable(node.name) is not ABSENT:
                by_reference.append((parameter, node.name))
        if called.type:
            frame.types[called.name] = called.type
        frame.variables[called.name] = "" if called.type == "string" else None
        return by_reference

    def assign(self, name: str, value: Any) -> None:
        """Set a variable where it is, else make it a local one."""
        session = self.session
        frame = session.frames[-1]
        if name not in frame.variables:
            own = frame.procedure.module
            for module in (own, *session.globals):
                if name in session.globals.get(module, {}):
                    session.globals[module][name] = coerced(value, session.global_types[module].get(name, ""))
                    return
        if (
            name not in frame.variables
            and not frame.procedure.name
            and frame.procedure.module in session.globals
        ):
            session.globals[frame.procedure.module][name] = value  # of VBScript: its procedures see it
            return
        type_ = frame.types.get(name, "")
        frame.variables[name] = coerced(value, type_) if type_ else value


_EVALUATORS: Final[dict[type, Callable[[Evaluator, Any], Any]]] = {
    Literal: Evaluator._literal,  # noqa: SLF001 - the table of this class
    Name: Evaluator._name,  # noqa: SLF001 - as above
    Member: Evaluator._member,  # noqa: SLF001 - as above
    Call: Evaluator._call,  # noqa: SLF001 - as above
    Chain: Evaluator._chain,  # noqa: SLF001 - as above
    Unary: Evaluator._unary,  # noqa: SLF001 - as above
    New: Evaluator._new,  # noqa: SLF001 - as above
}
