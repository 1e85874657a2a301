"""Declarations: variables, constants, procedures with their parameters, imported functions, types."""

from __future__ import annotations

from noroshi.examine.vba.expressions import Expressions, SyntaxProblemError
from noroshi.examine.vba.nodes import (
    Declared,
    Imported,
    Literal,
    Module,
    Node,
    Parameter,
    Procedure,
    Statement,
)
from noroshi.examine.vba.tokens import text_in, tokens


class Declarations(Expressions):
    """The declarations of one module; what is read goes into the procedure that is open."""

    __slots__ = ("_into", "_module", "_procedure")

    def __init__(self, source: str, module: Module) -> None:
        module.words = tokens(source, module.begin, module.end)
        super().__init__(module.words)
        self._module = module
        self._procedure = module.top
        self._into = module.top.body

    def _skip_line(self) -> None:
        while self.here.kind != "end":
            self.at += 1

    def _emit(self, word: str, start: int, parts: tuple[object, ...] = (), name: str = "") -> None:
        end = self.words[self.at - 1].end if self.at else start
        self._into.append(Statement(start, end, word, parts, name))

    def _dim(self, start: int) -> None:
        found = [self._declared()]
        while self.take(","):
            found.append(self._declared())
        self._emit("dim", start, tuple(found))

    def _redim(self, start: int) -> None:
        keep = self.take("preserve")
        self._dim(start)
        self._into[-1].word = "redim"
        self._into[-1].name = "preserve" if keep else ""

    def _declared(self) -> Declared:
        self.take("withevents")
        if self.here.kind != "name":
            raise SyntaxProblemError("a name was expected")
        name = self.here.text
        self.at += 1
        while self.take("."):
            name = self.here.text
            self.at += 1
        bounds = self._bounds() if self.is_at("(") else None
        type_, new = self._as_type()
        return Declared(name, bounds, type_, new)

    def _bounds(self) -> tuple[tuple[Node | None, Node], ...]:
        self.expect("(")
        found: list[tuple[Node | None, Node]] = []
        while not self.take(")"):
            low: Node | None = None
            high = self.expression()
            if self.take("to"):
                low, high = high, self.expression()
            found.append((low, high))
            self.take(",")
        return tuple(found)

    def _as_type(self) -> tuple[str, bool]:
        if not self.take("as"):
            return "", False
        new = self.take("new")
        type_ = self.type_name()
        if self.take("*"):
            self.postfix()
        if self.take("("):
            self.expect(")")
            type_ += "()"
        return type_, new

    def _const(self, start: int) -> None:
        while True:
            name = self.here.text
            self.at += 1
            self._as_type()
            self.expect("=")
            self._emit("const", start, (self.expression(),), name)
            if not self.take(","):
                return

    def _procedure_start(self, start: int) -> None:
        kind = self.words[self.at - 1].text
        if kind == "property":
            kind += " " + self.here.text
            self.at += 1
        name = self.here.text
        self.at += 1
        parameters = self._parameters() if self.is_at("(") else ()
        type_, _ = self._as_type()
        key = name if kind in {"sub", "function", "property get"} else f"{name}="
        made = Procedure(start, self.words[self.at - 1].end, name, self._module.top.module, parameters, type_)
        self._module.procedures[key if key not in self._module.procedures else f"{key}@{start}"] = made
        self._procedure, self._into = made, made.body

    def _parameters(self) -> tuple[Parameter, ...]:
        self.expect("(")
        found: list[Parameter] = []
        while not self.take(")"):
            self.take("optional")
            by_value = self.take("byval")
            self.take("byref")
            rest = self.take("paramarray")
            name = self.here.text
            self.at += 1
            if self.take("("):
                self.expect(")")
            type_, _ = self._as_type()
            default = self.expression() if self.take("=") else None
            found.append(Parameter(name, by_value, type_, default, rest))
            if not self.take(",") and not self.is_at(")"):
                raise SyntaxProblemError("a parameter was expected")
        return tuple(found)

    def _declare(self, start: int) -> None:
        del start
        self.take("ptrsafe")
        if not self.take("function", "sub"):
            raise SyntaxProblemError("`Function` or `Sub` expected")
        name = self.here.text
        texts = {"lib": "", "alias": ""}
        while self.here.kind != "end":
            word = self.here
            self.at += 1
            if word.text in texts and self.here.kind == "text":
                texts[word.text] = text_in(self.here.text).lower()
        self._module.imported[name] = Imported(name, texts["lib"], texts["alias"] or name)

    def _record(self) -> None:
        """``Type``: the fields of a record, one a line."""
        name = self.here.text
        self._skip_line()
        fields: list[Declared] = []
        while self.at < len(self.words) - 1:
            self.at += 1
            if self.is_at("end") and self.words[self.at + 1].text == "type":
                self.at += 2
                break
            if self.here.kind == "name":
                fields.append(self._declared())
            self._skip_line()
        self._module.records[name] = tuple(fields)

    def _enumeration(self, start: int) -> None:
        """``Enum``: its values are constants."""
        self._skip_line()
        value: Node = Literal(start, start, 0)
        while self.at < len(self.words) - 1:
            self.at += 1
            if self.is_at("end") and self.words[self.at + 1].text == "enum":
                self.at += 2
                return
            if self.here.kind == "name":
                name = self.here.text
                self.at += 1
                if self.take("="):
                    value = self.expression()
                self._emit("const", start, (value,), name)
                known = value.value if isinstance(value, Literal) else 0
                value = Literal(start, start, known + 1)
            self._skip_line()

    def _type(self, start: int) -> None:
        """``Type`` or ``Enum``."""
        if self.words[self.at - 1].text == "type":
            self._record()
        else:
            self._enumeration(start)
