"""A page of HTML: links, forms, scripts, what it loads and where it leads, without a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final, TypeVar

T = TypeVar("T")

MAX_ELEMENTS: Final = 200_000
MAX_KEPT: Final = 2_000
_LOADING: Final = {"iframe": "src", "frame": "src", "embed": "src", "object": "data", "script": "src"}
_REFRESH: Final = re.compile(r"(?i)^\s*[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*['\"]?([^'\"]+)")


@dataclass(slots=True)
class Link:
    """A link with its text and the name under which it saves what it leads to."""

    target: str
    text: str = ""
    download: str = ""


@dataclass(slots=True)
class Form:
    """A form: where it sends, by which method, and the types and names of its fields."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Script:
    """A script: its language as written, and its text."""

    language: str
    text: str


@dataclass(slots=True)
class Page:
    """What stands in a page.

    Attributes:
        loads: What its elements load, by the element's name.
        leads: Where it sends the reader by itself.
        bound: Whether some of it was left out.
    """

    title: str = ""
    links: list[Link] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    loads: list[tuple[str, str]] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    bound: bool = False


class _FullError(Exception):
    """The page has more elements than are looked at."""


class _Reader(HTMLParser):
    """Fills a page while the text is read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._count = 0
        self._link: Link | None = None
        self._form: Form | None = None
        self._script: Script | None = None
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise _FullError
        given = {name: (value or "").strip() for name, value in attrs}
        if (attribute := _LOADING.get(tag)) and given.get(attribute):
            self._keep(self.page.loads, (tag, given[attribute]))
        if tag in {"a", "area"} and given.get("href"):
            self._link = Link(given["href"], download=given.get("download", ""))
            self._keep(self.page.links, self._link)
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self._keep(self.page.forms, self._form)
        elif tag in {"input", "textarea", "select"} and self._form is not None:
            self._keep(self._form.fields, (given.get("type", "text").lower(), given.get("name", "")))
        elif tag in {"img", "image"} and given.get("src", "").startswith("data:"):
            self._keep(self.page.loads, (tag, given["src"]))
        elif tag == "script":
            self._script = Script(given.get("type") or given.get("language", ""), "")
        elif tag == "title":
            self._in_title = True
        elif tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            found = _REFRESH.match(given.get("content", ""))
            if found and not found[1].strip().isdigit():
                self._keep(self.page.leads, found[1].strip())
        self._handlers(given)

    def _handlers(self, given: dict[str, str]) -> None:
        for name, value in given.items():
            if name.startswith("on") and value:
                self._keep(self.page.scripts, Script(name, value))
            elif name in {"href", "action"} and value.lower().startswith(("javascript:", "vbscript:")):
                language, _, text = value.partition(":")
                self._keep(self.page.scripts, Script(language, text))

    def _keep(self, where: list[T], what: T) -> None:
        if len(where) < MAX_KEPT:
            where.append(what)
        else:
            self.page.bound = True

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag == "a":
            self._link = None
        elif tag == "form":
            self._form = None
        elif tag == "title":
            self._in_title = False
        elif tag == "script" and self._script is not None:
            if self._script.text.strip():
                self._keep(self.page.scripts, self._script)
            self._script = None

    def handle_data(self, data: str) -> None:
        """Text between two tags."""
        if self._script is not None:
            self._script.text += data
        elif self._in_title:
            self.page.title = (self.page.title + data)[:500]
        elif self._link is not None:
            self._link.text = (self._link.text + data)[:500]

    def close(self) -> None:
        """The text is at its end; a script that was not closed counts."""
        super().close()
        if self._script is not None and self._script.text.strip():
            self._keep(self.page.scripts, self._script)


def read_page(text: str) -> Page:
    """Whatever is found, however broken the page is."""
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except (_FullError, AssertionError):  # the standard library asserts on some broken declarations
        reader.page.bound = True
    return reader.page
