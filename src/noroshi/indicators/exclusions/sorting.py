"""From values as lists write them to the kinds in which they are looked up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import re2

from noroshi.folding import fold
from noroshi.indicators.exclusions.model import KINDS, ExclusionList
from noroshi.indicators.extraction.names import is_host_name
from noroshi.indicators.kinds import guess_type, normal_form

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN_REJECTS: Final = 5
_HASHES: Final = frozenset({"md5", "sha1", "sha256", "sha512"})


class Sorter:
    """Collects the values of one list by kind; what fits no kind is counted."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, None]] = {kind: {} for kind in KINDS}
        self._rejected: list[str] = []
        self._count = 0

    def add(self, kind: str, value: str) -> None:
        """A value in normal form."""
        self._values[kind][value] = None

    def reject(self, value: str) -> None:
        """A value that is nothing of what the list should hold."""
        self._count += 1
        if len(self._rejected) < SHOWN_REJECTS:
            self._rejected.append(value[:80])

    def add_name(self, text: str, *, kind: str = "names") -> None:
        """A domain; a dot or ``*.`` in front means everything below, whatever `kind` says."""
        if text.startswith((".", "*.")) and kind == "hosts":
            kind = "names"
        try:
            self.add(kind, normal_form("domain", text.removeprefix("*").strip("."))[1])
        except ValueError:
            self.reject(text)

    def add_network(self, text: str) -> None:
        """An address or network."""
        try:
            self.add("networks", normal_form("ip", text)[1])
        except ValueError:
            self.reject(text)

    def add_pattern(self, text: str) -> None:
        """A regular expression with PCRE's delimiters and flags (``/…/i``) over whole mail addresses."""
        body, flags = text, ""
        if text.startswith("/") and text.rfind("/") > 0:
            body, _, flags = text[1:].rpartition("/")
        # An expression that is not anchored may match anywhere in the address.
        body = f"(?:.*(?:{body}).*)" if not body.startswith("^") else body
        pattern = f"(?i){body}" if "i" in flags else body
        try:
            re2.compile(pattern)
        except re2.error:
            self.reject(text)
        else:
            self.add("mail_patterns", pattern)

    def add_any(self, text: str, *, alone: bool = False) -> None:
        """A value of whatever type it can only be, as in a list of one's own."""
        guessed = guess_type(text.removeprefix("*").removeprefix("."))
        if guessed == "domain":
            self.add_name(text, kind="hosts" if alone else "names")
            if not is_host_name(fold(text)):
                # A file's name looks like the name of a host inside the house; it may be either.
                self.add("texts", fold(text))
        elif guessed in {"ip", "cidr"}:
            self.add_network(text)
        elif guessed in {"url", "email"} | _HASHES:
            kind, value = normal_form(guessed, text)
            self.add({"url": "urls", "email": "mails"}.get(kind, "texts"), value)
        elif text.strip():
            self.add("texts", fold(text.strip()))
        else:
            self.reject(text)

    def into(self, empty: ExclusionList) -> ExclusionList:
        """The list with these values."""
        kinds: dict[str, Any] = {kind: tuple(values) for kind, values in self._values.items()}
        return replace(empty, **kinds, rejected=tuple(self._rejected), rejected_count=self._count)


def sorted_into(empty: ExclusionList, values: Iterable[str], *, alone: bool = False) -> ExclusionList:
    """A list of one's own with its values."""
    sorter = Sorter()
    for value in values:
        sorter.add_any(value, alone=alone)
    return sorter.into(empty)
