"""What macros can read of an OOXML document besides cells: properties, variables, shapes, its text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.office.package import attributes, plain
from noroshi.examine.office.workbook import cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.office.package import Package

MAX_TEXT: Final = 1 << 22
"""Characters of the document's text, and of all shapes."""

_NAMES: Final = {
    "title": "title", "subject": "subject", "creator": "author", "keywords": "keywords",
    "description": "comments", "lastmodifiedby": "last author", "category": "category",
    "contentstatus": "content status", "revision": "revision number", "language": "language",
    "template": "template", "manager": "manager", "company": "company", "application": "application name",
    "hyperlinkbase": "hyperlink base",
}  # fmt: skip
_ELEMENT: Final = re.compile(r"<(?:\w+:)?(\w+)\b[^<>]*(?<!/)>([^<]*)</")
_CUSTOM: Final = re.compile(r"<(?:\w+:)?property\b([^<>]*)>")
_INNER: Final = re.compile(r">([^<]+)<")
_VARIABLE: Final = re.compile(r"<w:docVar\b([^<>]*)>")
_SHAPE: Final = re.compile(r"<(?:wp:docPr|p:cNvPr|xdr:cNvPr|pic:cNvPr|wps:cNvPr|v:\w+)\b([^<>]*)>")
_PARAGRAPH: Final = re.compile(r"</[wa]:p>")
_RUN: Final = re.compile(r"<[wa]:t(?:\s[^<>]*)?(?<!/)>([^<]*)<")
_SHAPE_TEXT: Final = re.compile(r"<(?:p|xdr):sp>")
_SHAPE_NAME: Final = re.compile(r"<(?:p|xdr):cNvPr\b([^<>]*)>")
_DRAWN: Final = re.compile(r"(?:word/document\d*|ppt/slides/slide\d+|xl/drawings/\w+)\.(?:xml|vml)$")


def known_of(package: Package) -> dict[str, str]:
    """Everything that macros may read, by the name by which they ask; a property goes before a shape."""
    found: dict[str, str] = {}
    for name in package.names:
        lower = name.lower().replace("\\", "/")
        if _DRAWN.search(lower):
            for key, text in _shapes(package.text(name)):
                found.setdefault(key, text)
    content = document_text(package)
    if content:
        found["Content"] = content
    found.update(cells(package))
    found.update(_properties(package))
    return {name: text for name, text in found.items() if name and text}


def _properties(package: Package) -> Iterator[tuple[str, str]]:
    for part in ("docProps/core.xml", "docProps/app.xml"):
        for name, text in _ELEMENT.findall(package.text(part)):
            if name.lower() in _NAMES:
                yield _NAMES[name.lower()], plain(text)
    parts = _CUSTOM.split(package.text("docProps/custom.xml"))
    for given, inner in zip(parts[1::2], parts[2::2], strict=True):
        yield attributes(given).get("name", ""), plain("".join(_INNER.findall(inner)).strip())
    for given in _VARIABLE.findall(package.text("word/settings.xml")):
        variable = attributes(given)
        yield variable.get("w:name", ""), variable.get("w:val", "")


def _shapes(text: str) -> Iterator[tuple[str, str]]:
    """Name → alternative text, or the text inside, of each drawing."""
    for part in _SHAPE_TEXT.split(text)[1:]:
        named = _SHAPE_NAME.search(part)
        inner = "".join(plain(one) for one in _RUN.findall(part))
        if named and inner:
            yield attributes(named[1]).get("name", ""), inner[:MAX_TEXT]
    for match in _SHAPE.finditer(text):
        given = attributes(match[1])
        name = given.get("name") or given.get("id", "")
        yield name, given.get("descr") or given.get("alt") or given.get("title", "")


def document_text(package: Package) -> str:
    """The text of a Word document's body, a line a paragraph."""
    body = next((part for _, part in package.related("", "officeDocument")), "word/document.xml")
    if not body.lower().replace("\\", "/").startswith("word/"):
        return ""
    paragraphs = _PARAGRAPH.split(package.text(body)[: 4 * MAX_TEXT])
    text = "\r".join("".join(plain(one) for one in _RUN.findall(part)) for part in paragraphs)
    return text[:MAX_TEXT].strip("\r")
