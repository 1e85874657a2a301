"""The script in readable form: folded values in, junk spelling out, one statement a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell import nodes as n
from noroshi.examine.powershell.automatic import ALIASES, CANONICAL
from noroshi.examine.powershell.session import CONFLICT
from noroshi.examine.powershell.values import Char, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell.session import Session

MAX_LENGTH: Final = 1 << 20
_INDENT: Final = "    "
_PLAIN_WORD: Final = re.compile(r"[\w.:\\/*?-]+")
_CONTROL: Final = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f]")


class _Renderer:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._nested: set[n.Node] = set()

    def block(self, block: n.Block, depth: int) -> str:
        return "\n".join(self.statement(statement, depth) for statement in block.statements)

    def statement(self, node: n.Node, depth: int) -> str:
        nested = (
            self._session.nested.get(node) if isinstance(node, n.Command | n.Invoke | n.Pipeline) else None
        )
        text = _INDENT * depth + self.text(node, depth)
        for inner in [nested] if nested is not None else self._scripts_in(node):
            if inner not in self._nested and depth < 30:
                self._nested.add(inner)
                text += f"\n{_INDENT * depth}# ⇒\n{self.block(inner, depth + 1)}"
        return text

    def _scripts_in(self, node: n.Node) -> list[n.Block]:
        """Scripts that would be run inside this statement, in order."""
        return [
            block
            for caller, block in self._session.nested.items()
            if node.start <= caller.start and caller.end <= node.end and not isinstance(node, _BLOCKY)
        ]

    def text(self, node: n.Node, depth: int = 0) -> str:
        folded = self._session.folded.get(node, CONFLICT)
        if folded is not CONFLICT and not isinstance(node, n.Assign | n.Literal | n.Postfix):
            return literal(folded)
        action = self._ACTIONS.get(type(node))
        return self._source(node) if action is None else action(self, node, depth)

    def _source(self, node: n.Node) -> str:
        return self._session.source[node.start : node.end].strip()

    def _body(self, block: n.Block, depth: int) -> str:
        parameters = ", ".join("$" + parameter.name for parameter in block.parameters)
        head = f"{_INDENT * (depth + 1)}param({parameters})\n" if parameters else ""
        return "{\n" + head + self.block(block, depth + 1) + f"\n{_INDENT * depth}}}"

    def _literal(self, node: n.Literal, _depth: int) -> str:
        return literal(node.value)

    def _expandable(self, node: n.Expandable, depth: int) -> str:
        parts = [
            part.replace('"', '`"') if isinstance(part, str) else self._embedded(part, depth)
            for part in node.parts
        ]
        return '"' + "".join(parts) + '"'

    def _embedded(self, node: n.Node, depth: int) -> str:
        folded = self._session.folded.get(node, CONFLICT)
        if folded is not CONFLICT and not isinstance(node, n.Variable):
            return text_of(folded)
        return self.text(node, depth)

    def _variable(self, node: n.Variable, _depth: int) -> str:
        return f"${node.name}" if re.fullmatch(r"[\w:?^$]+", node.name) else f"${{{node.name}}}"

    def _type(self, node: n.TypeName, _depth: int) -> str:
        return f"[{node.name}]"

    def _items(self, nodes: tuple[n.Node, ...], depth: int) -> str:
        return ", ".join(self.text(item, depth) for item in nodes)

    def _array(self, node: n.ArrayLiteral, depth: int) -> str:
        return ("," if len(node.items) == 1 else "") + self._items(node.items, depth)

    def _paren(self, node: n.Paren, depth: int) -> str:
        inner = self.text(node.body, depth)
        return inner if isinstance(node.body, n.Paren) else f"({inner})"

    def _sub(self, node: n.SubExpression, depth: int) -> str:
        inner = "; ".join(self.text(statement, depth) for statement in node.body.statements)
        return f"{'@' if node.array else '$'}({inner})"

    def _hash(self, node: n.HashLiteral, depth: int) -> str:
        pairs = "; ".join(f"{self.text(key, depth)} = {self.text(value, depth)}" for key, value in node.pairs)
        return f"@{{{pairs}}}"

    def _script(self, node: n.ScriptBlock, depth: int) -> str:
        if len(node.body.statements) <= 1 and not node.body.parameters:
            inner = "; ".join(self.text(statement, depth) for statement in node.body.statements)
            if len(inner) < 100 and "\n" not in inner:
                return f"{{ {inner} }}" if inner else "{}"
        return self._body(node.body, depth)

    def _unary(self, node: n.Unary, depth: int) -> str:
        space = " " if node.operator[-1].isalpha() else ""
        return f"{node.operator}{space}{self.text(node.operand, depth)}"

    def _postfix(self, node: n.Postfix, depth: int) -> str:
        return self.text(node.operand, depth) + node.operator

    def _binary(self, node: n.Binary, depth: int) -> str:
        space = "" if node.operator == ".." else " "
        return f"{self.text(node.left, depth)}{space}{node.operator}{space}{self.text(node.right, depth)}"

    def _cast(self, node: n.Cast, depth: int) -> str:
        return f"[{node.type.name}]{self.text(node.operand, depth)}"

    def _index(self, node: n.Index, depth: int) -> str:
        return f"{self.text(node.target, depth)}[{self.text(node.index, depth)}]"

    def _name(self, node: n.Node, depth: int) -> str:
        folded = self._session.folded.get(node, CONFLICT)
        value = folded if isinstance(folded, str) else node.value if isinstance(node, n.Literal) else None
        plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z_]\w*", value)
        return str(value) if plain else self.text(node, depth)

    def _member(self, node: n.Member, depth: int) -> str:
        mark = "::" if node.static else "."
        return f"{self.text(node.target, depth)}{mark}{self._name(node.name, depth)}"

    def _invoke(self, node: n.Invoke, depth: int) -> str:
        mark = "::" if node.static else "."
        called = f"{self.text(node.target, depth)}{mark}{self._name(node.name, depth)}"
        return f"{called}({self._items(node.arguments, depth)})"

    def _assign(self, node: n.Assign, depth: int) -> str:
        return f"{self.text(node.target, depth)} {node.operator} {self.text(node.value, depth)}"

    def _command(self, node: n.Command, depth: int) -> str:
        folded = self._session.folded.get(node.name, CONFLICT)
        name = (
            folded
            if isinstance(folded, str)
            else node.name.value
            if isinstance(node.name, n.Literal)
            else None
        )
        if isinstance(name, str):
            known = ALIASES.get(name.lower(), name.lower())
            shown = CANONICAL.get(known, name)
            shown = shown if _PLAIN_WORD.fullmatch(shown) else f"& {literal(shown)}"
        else:
            shown = f"{node.call or '&'} {self.text(node.name, depth)}"
        return " ".join([shown, *(self._argument(argument, depth) for argument in node.arguments)])

    def _argument(self, node: n.Argument, depth: int) -> str:
        value = "" if node.value is None else self._word(node.value, depth)
        if not node.parameter:
            return value
        return f"-{node.parameter}:{value}" if value else f"-{node.parameter}"

    def _word(self, node: n.Node, depth: int) -> str:
        if isinstance(node, n.Literal) and isinstance(node.value, str) and _PLAIN_WORD.fullmatch(node.value):
            return node.value
        return self.text(node, depth)

    def _pipeline(self, node: n.Pipeline, depth: int) -> str:
        return " | ".join(self.text(element, depth) for element in node.elements)

    def _inline_block(self, node: n.Block, depth: int) -> str:
        return "; ".join(self.text(statement, depth) for statement in node.statements)

    def _if(self, node: n.If, depth: int) -> str:
        parts = [f"if ({self.text(test, depth)}) {self._body(body, depth)}" for test, body in node.clauses]
        text = " else".join(parts)
        return text if node.otherwise is None else f"{text} else {self._body(node.otherwise, depth)}"

    def _loop(self, node: n.Loop, depth: int) -> str:
        test, body = self.text(node.condition, depth), self._body(node.body, depth)
        return f"while ({test}) {body}" if node.kind == "while" else f"do {body} {node.kind[3:]} ({test})"

    def _for(self, node: n.For, depth: int) -> str:
        parts = "; ".join(
            "" if part is None else self.text(part, depth) for part in (node.first, node.condition, node.step)
        )
        return f"for ({parts}) {self._body(node.body, depth)}"

    def _foreach(self, node: n.ForEach, depth: int) -> str:
        head = f"foreach (${node.variable.name} in {self.text(node.values, depth)})"
        return f"{head} {self._body(node.body, depth)}"

    def _switch(self, node: n.Switch, depth: int) -> str:
        clauses = [
            f"{_INDENT * (depth + 1)}{self._test(test, depth)} {self._body(body, depth + 1)}"
            for test, body in node.clauses
        ]
        return f"switch ({self.text(node.value, depth)}) {{\n" + "\n".join(clauses) + f"\n{_INDENT * depth}}}"

    def _test(self, node: n.Node | None, depth: int) -> str:
        return "default" if node is None else self.text(node, depth)

    def _try(self, node: n.Try, depth: int) -> str:
        text = f"try {self._body(node.body, depth)}"
        text += "".join(f" catch {self._body(handler, depth)}" for handler in node.handlers)
        return text if node.last is None else f"{text} finally {self._body(node.last, depth)}"

    def _function(self, node: n.Function, depth: int) -> str:
        return f"function {node.name} {self._body(node.body, depth)}"

    def _flow(self, node: n.Flow, depth: int) -> str:
        return node.kind if node.value is None else f"{node.kind} {self.text(node.value, depth)}"

    _ACTIONS: Final[dict[type, Callable[[Any, Any, int], str]]] = {
        n.Literal: _literal, n.Expandable: _expandable, n.Variable: _variable, n.TypeName: _type,
        n.ArrayLiteral: _array,
        n.Paren: _paren, n.SubExpression: _sub, n.HashLiteral: _hash, n.ScriptBlock: _script, n.Unary: _unary,
        n.Postfix: _postfix, n.Binary: _binary, n.Cast: _cast, n.Index: _index, n.Member: _member,
        n.Invoke: _invoke,
        n.Assign: _assign, n.Command: _command, n.Pipeline: _pipeline, n.Block: _inline_block, n.If: _if,
        n.Loop: _loop, n.For: _for, n.ForEach: _foreach, n.Switch: _switch, n.Try: _try,
        n.Function: _function,
        n.Flow: _flow,
    }  # fmt: skip


_BLOCKY: Final = (n.If, n.Loop, n.For, n.ForEach, n.Switch, n.Try, n.Function)


def literal(value: Any) -> str:
    """A value as PowerShell source."""
    if isinstance(value, Char | str):
        if _CONTROL.search(value):
            shown = _CONTROL.sub(
                lambda found: f"`u{{{ord(found[0]):x}}}", value.replace("`", "``").replace('"', '`"')
            )
            return f'"{shown}"'
        return "'" + value.replace("'", "''") + "'"
    return text_of(value)


def render(session: Session, block: n.Block) -> str:
    """The whole script; at most `MAX_LENGTH` characters."""
    try:
        text = _Renderer(session).block(block, 0)
    except RecursionError:
        return session.source[block.start : block.end]
    return text if len(text) <= MAX_LENGTH else text[:MAX_LENGTH] + "\n# …"
