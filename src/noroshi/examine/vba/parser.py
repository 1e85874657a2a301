"""Modules: procedures and their statements, line by line; a line that is no VBA hides only itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.examine.vba.declarations import Declarations
from noroshi.examine.vba.expressions import SyntaxProblemError
from noroshi.examine.vba.linking import link
from noroshi.examine.vba.nodes import Argument, Call, Name, Node

if TYPE_CHECKING:
    from collections.abc import Callable

_SCOPES: Final = ("public", "private", "friend", "static", "global", "default")
_IGNORED: Final = frozenset(
    {"attribute", "option", "implements", "event", "defint", "deflng", "defstr", "defvar", "deftype"}
)
_FILE_MODES: Final = ("input", "output", "binary", "append", "random")


class Parser(Declarations):
    """Parses one module."""

    __slots__ = ()

    def parse(self) -> None:
        """Fill the module."""
        last = len(self.words) - 1
        while self.at < last:
            if self.ended:
                self.at += 1
                continue
            self.depth = 0
            first = self.at
            try:
                self._statement()
                if not self.ended:
                    raise SyntaxProblemError("the end of the statement was expected")  # noqa: TRY301 - one recovery
            except (SyntaxProblemError, IndexError) as problem:
                self.at = min(max(self.at, first), last)
                self._skip_line()
                self._emit("unparsed", self.words[first].start, (), str(problem))
        for procedure in (self._module.top, *self._module.procedures.values()):
            link(procedure)

    def _statement(self) -> None:
        word = self.here
        start = word.start
        if word.kind == "sign" and word.text == "#":
            self.at += 1
            word = self.here
        if word.kind == "number" and self.words[self.at - 1].kind == "end":
            self.at += 1
            self._emit("label", start, name=word.text)
            return
        after = self.words[self.at + 1]
        if word.kind == "name":
            if self._is_label(word.text):
                self.at += 1
                self._emit("label", start, name=word.text)
                return
            reader = _READERS.get(word.text)
            if reader is not None and not (
                after.kind == "sign" and after.text in {"=", ".", "("} and word.text in _SOFT
            ):
                self.at += 1
                reader(self, start)
                return
        self._plain(start)

    def _is_label(self, name: str) -> bool:
        after = self.words[self.at + 1]
        first = self.at == 0 or self.words[self.at - 1].kind == "end"
        return first and after.text == ":" and after.kind == "sign" and name not in {"else", "return"}

    # -- assignment and call --

    def _plain(self, start: int, word: str = "let") -> None:
        target = self.postfix()
        if self.take("="):
            value = self.expression()
            self._emit(word, start, (target, value))
            return
        if self.ended or self.is_at("else"):
            self._emit("call", start, (target,))
            return
        if isinstance(target, Call) and self.here.kind == "sign":
            self._again(target)
            target = target.base
        arguments = self.arguments()
        call = Call(target.start, self.words[self.at - 1].end, target, arguments)
        self._emit("call", start, (call,))

    def _again(self, call: Call) -> None:
        """Go back before the brackets of a call: they were those of its first argument."""
        while self.words[self.at - 1].end > call.base.end:
            self.at -= 1

    def _let(self, start: int) -> None:
        self._plain(start)

    def _set(self, start: int) -> None:
        self._plain(start, "set")

    def _call(self, start: int) -> None:
        self._emit("call", start, (self.postfix(),))

    # -- declarations --

    def _scope(self, start: int) -> None:
        while self.take(*_SCOPES, "withevents"):
            pass
        word = self.here.text
        if word in {"sub", "function", "property", "const", "declare", "type", "enum", "event"}:
            self.at += 1
            _READERS[word](self, start)
        elif not self.ended:
            self._dim(start)

    def _ignored(self, start: int) -> None:
        del start
        self._skip_line()

    # -- blocks --

    def _if(self, start: int) -> None:
        condition = self.expression()
        self.expect("then")
        self._emit("if", start, (condition,))
        if self.here.kind == "end":
            return
        while self.here.kind != "end":
            if self.take(":"):
                continue
            if self.take("else"):
                self._emit("else", self.words[self.at - 1].start)
            elif self.here.kind == "number":
                self._goto(self.here.start)
            else:
                self._statement()
        self._emit("end if", self.words[self.at - 1].end)

    def _else_if(self, start: int) -> None:
        condition = self.expression()
        self.expect("then")
        self._emit("elseif", start, (condition,))

    def _else(self, start: int) -> None:
        if self.take("if"):
            self._else_if(start)
            return
        self._emit("else", start)
        self.take(":")
        if not self.ended:
            self._statement()

    def _end(self, start: int) -> None:
        if self.take("sub", "function", "property"):
            self._procedure.end = self.words[self.at - 1].end
            self._procedure, self._into = self._module.top, self._module.top.body
        elif self.ended:
            self._emit("end", start)
        else:
            word = self.here.text
            self.at += 1
            self._emit("end " + word, start)

    def _end_if(self, start: int) -> None:
        self._emit("end if", start)

    def _select(self, start: int) -> None:
        self.expect("case")
        self._emit("select", start, (self.expression(),))

    def _case(self, start: int) -> None:
        if self.take("else"):
            self._emit("case", start, (), "else")
        else:
            tests = [self._case_test()]
            while self.take(","):
                tests.append(self._case_test())
            self._emit("case", start, tuple(tests))
        self.take(":")
        if not self.ended:
            self._statement()

    def _case_test(self) -> tuple[str, Node, Node | None]:
        self.take("is")
        sign = self.here.text if self.here.kind == "sign" and self.here.text in _COMPARISONS else ""
        if sign:
            self.at += 1
            return sign, self.expression(), None
        value = self.expression()
        return ("to", value, self.expression()) if self.take("to") else ("=", value, None)

    def _for(self, start: int) -> None:
        if self.take("each"):
            variable = self.postfix()
            self.expect("in")
            self._emit("for each", start, (variable, self.expression()))
            return
        variable = self.postfix()
        self.expect("=")
        low = self.expression()
        self.expect("to")
        high = self.expression()
        step = self.expression() if self.take("step") else None
        self._emit("for", start, (variable, low, high, step))

    def _next(self, start: int) -> None:
        count = 1
        while not self.ended and not self.is_at("else"):
            self.postfix()
            count += 1 if self.take(",") else 0
        for _ in range(count):
            self._emit("next", start)

    def _do(self, start: int) -> None:
        self._loop_word("do", start)

    def _loop(self, start: int) -> None:
        self._loop_word("loop", start)

    def _loop_word(self, word: str, start: int) -> None:
        kind = self.here.text
        condition = (self.expression(),) if self.take("while", "until") else ()
        self._emit(word, start, condition, kind if condition else "")

    def _while(self, start: int) -> None:
        self._emit("do", start, (self.expression(),), "while")

    def _wend(self, start: int) -> None:
        self._emit("loop", start)

    def _with(self, start: int) -> None:
        self._emit("with", start, (self.expression(),))

    # -- jumps --

    def _goto(self, start: int) -> None:
        self._emit_label("goto", start)

    def _go_sub(self, start: int) -> None:
        self._emit_label("gosub", start)

    def _emit_label(self, word: str, start: int) -> None:
        name = self.here.text
        self.at += 1
        self._emit(word, start, (), name)

    def _return(self, start: int) -> None:
        self._emit("return", start)

    def _on(self, start: int) -> None:
        self.expect("error")
        if self.take("resume"):
            self.expect("next")
            self._emit("on error", start, (), "next")
            return
        self.expect("goto")
        self.take("-")
        self._emit_label("on error", start)

    def _resume(self, start: int) -> None:
        if self.ended or self.is_at("else"):
            self._emit("resume", start)
        else:
            self._emit_label("resume", start)

    def _exit(self, start: int) -> None:
        self._emit_label("exit", start)

    # -- files --

    def _open(self, start: int) -> None:
        path = self.expression()
        self.expect("for")
        mode = self.here.text
        self.at += 1
        number: Node | None = None
        while not self.ended:
            if self.take("as"):
                number = self.expression()
            else:
                self.at += 1
        self._emit("open", start, (path, number), mode if mode in _FILE_MODES else "")

    def _print(self, start: int) -> None:
        if not self.take("#"):
            self.arguments()
            return
        number = self.expression()
        self.take(",")
        values = tuple(item.value for item in self.arguments() if item.value is not None)
        self._emit("print", start, (number, *values))

    def _put(self, start: int) -> None:
        self.take("#")
        number, *rest = [item.value for item in self.arguments()]
        values = rest[1:] or rest
        self._emit("print", start, (number, *values[:1]), "put")

    def _line(self, start: int) -> None:
        if not self.take("input"):
            raise SyntaxProblemError("`Input` expected")
        self._skip_line()
        self._emit("close", start)

    def _close(self, start: int) -> None:
        self.take("#")
        self.arguments()
        self._emit("close", start)

    def _named(self, start: int) -> None:
        """A statement that is a call with a name of its own: ``Kill``, ``Erase``, ``Name … As …``."""
        word = self.words[self.at - 1]
        first = self.expression()
        found = [Argument(first)]
        while self.take(",", "as"):
            found.append(Argument(self.expression()))
        name = Name(word.start, word.end, word.text)
        self._emit("call", start, (Call(start, self.words[self.at - 1].end, name, tuple(found)),))


_COMPARISONS: Final = ("=", "<>", "<", ">", "<=", ">=", "=<", "=>")
_SOFT: Final = frozenset(
    {"print", "put", "open", "close", "line", "name", "type", "enum", "event", "property", "next", "end",
    "option",
     "attribute", "kill", "get", "static", "default", "return", "rem", "stop", "erase", "global", "loop",
     "set"}
)  # fmt: skip
"""Words that may also name a variable or a member."""
_READERS: Final[dict[str, Callable[[Parser, int], None]]] = {
    **dict.fromkeys(_SCOPES, Parser._scope),  # noqa: SLF001 - the table of this class
    **dict.fromkeys((*_IGNORED, "rem", "stop"), Parser._ignored),  # noqa: SLF001 - as above
    **dict.fromkeys(("sub", "function", "property"), Parser._procedure_start),  # noqa: SLF001 - as above
    **dict.fromkeys(("kill", "erase", "name"), Parser._named),  # noqa: SLF001 - as above
    **{
        word: getattr(Parser, name)
        for word, name in {
            "let": "_let", "set": "_set", "call": "_call", "dim": "_dim", "redim": "_redim",
            "const": "_const",
            "declare": "_declare", "type": "_type", "enum": "_type", "if": "_if", "elseif": "_else_if",
            "else": "_else", "end": "_end", "endif": "_end_if", "select": "_select", "case": "_case",
            "for": "_for",
            "next": "_next", "do": "_do", "loop": "_loop", "while": "_while", "wend": "_wend",
            "with": "_with",
            "goto": "_goto", "gosub": "_go_sub", "return": "_return", "on": "_on", "resume": "_resume",
            "exit": "_exit", "open": "_open", "print": "_print", "write": "_print", "put": "_put",
            "line": "_line",
            "close": "_close",
        }.items()
    },
}  # fmt: skip
