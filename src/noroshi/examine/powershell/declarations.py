"""Parameters of functions and script blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.powershell.nodes import Parameter, Variable
from noroshi.examine.powershell.scanner import SyntaxProblemError

if TYPE_CHECKING:
    from noroshi.examine.powershell.expressions import Expressions
    from noroshi.examine.powershell.scanner import Scanner

_PARAM: Final = re.compile(r"(?i)param(?![\w-])")


class Declarations:
    """Reads declarations at the scanner's position."""

    def __init__(self, scanner: Scanner, expressions: Expressions) -> None:
        self._scanner = scanner
        self._expressions = expressions

    def declared(self) -> tuple[Parameter, ...]:
        """What ``param( … )`` declares here; nothing (and no step) where there is none."""
        scanner = self._scanner
        before = scanner.at
        scanner.skip_space()
        while (
            attribute := re.compile(r"\[\s*CmdletBinding\([^)]*\)\s*\]\s*", re.IGNORECASE).match(
                scanner.text, scanner.at
            )
        ) is not None:
            scanner.at = attribute.end()
        if scanner.match(_PARAM) is not None:
            scanner.skip_space()
            if scanner.peek() == "(":
                return self.parameters()
        scanner.at = before
        return ()

    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters in brackets.

        Raises:
            SyntaxProblemError: They are none.
        """
        scanner = self._scanner
        scanner.expect("(")
        found: list[Parameter] = []
        while True:
            scanner.skip_space()
            if scanner.take(")"):
                return tuple(found)
            if scanner.take(","):
                continue
            found.append(self._one_parameter())

    def _one_parameter(self) -> Parameter:
        scanner = self._scanner
        first = scanner.at
        type_ = ""
        while attribute := re.compile(r"\[((?:[^\[\]()]|\[[^\]]*\]|\([^)]*\))*)\]\s*").match(
            scanner.text, scanner.at
        ):
            scanner.at = attribute.end()
            type_ = attribute[1] if "(" not in attribute[1] else type_
            scanner.skip_space()
        variable = self._expressions.primary()
        if not isinstance(variable, Variable):
            raise SyntaxProblemError(first, "a parameter is a variable")
        scanner.skip_space()
        default = None
        if scanner.take("="):
            scanner.skip_space()
            default = self._expressions.unary()
        return Parameter(first, scanner.at, variable.name, default, type_)
