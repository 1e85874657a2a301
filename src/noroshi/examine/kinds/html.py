"""Pages of HTML: smuggled files, forms that send passwords away, links that lead elsewhere than they say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.addresses import host_of
from noroshi.examine.examiner import Recognition
from noroshi.examine.kinds.texts import decoded
from noroshi.examine.markup import read_page
from noroshi.examine.model import Detail, Effect, EffectKind, Finding, Piece, Place, Seen, Severity
from noroshi.examine.smuggling import data_url, smuggled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.markup import Form, Page, Script
    from noroshi.examine.model import Outcome, Specimen

_HEAD: Final = re.compile(
    r"(?i)^\s*(?:<!--[\s\S]{0,400}?-->\s*)?<(?:!doctype\s+html|html|head|body|script|svg|iframe|form)\b"
)
_TAGS: Final = re.compile(r"(?i)<(?:html|head|body|script|a|div|form|meta|iframe|table|svg)[\s>]")
_SHOWN: Final = re.compile(r"(?i)^(?:https?://)?([\w.-]+\.[a-z]{2,24})(?:[:/?#]\S*)?$")
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"\0\0\1\0")
_SCRIPTS: Final = {"vbscript": "vbscript", "text/vbscript": "vbscript", "vbs": "vbscript"}
_NO_SCRIPTS: Final = frozenset(
    {"application/json", "application/ld+json", "text/template", "text/css", "importmap"}
)


class HtmlExaminer:
    """Examines pages."""

    name: Final = "html"
    types: Final = frozenset({"html"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By its first tag, or by many tags; the ending of a file name is a hint."""
        text = decoded(content[:65_536])
        if not text:
            return None
        if _HEAD.match(text[:2_000]):
            return Recognition("html", 0.85)
        hinted = name.lower().endswith((".html", ".htm", ".shtml", ".xhtml", ".svg"))
        if len(_TAGS.findall(text)) >= (1 if hinted else 6):
            return Recognition("html", 0.7 if hinted else 0.5)
        return None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its title, links, forms and addresses, then the files and scripts in it."""
        text = decoded(specimen.content) or ""
        if not budget.take("text", len(text)):
            return
        page = read_page(text)
        if page.title.strip():
            yield Detail("title", " ".join(page.title.split()))
        yield Seen(text, "source")
        yield from _links(page)
        yield from _forms(page)
        yield from _leads(page)
        yield from _data_urls(page, budget)
        for script in page.scripts:
            yield from _script(script, budget)
        if page.bound:
            yield Finding("page-too-large", Severity.INFO)


def _links(page: Page) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for link in page.links:
        shown = _SHOWN.match(" ".join(link.text.split()))
        host, said = host_of(link.target), shown[1].lower() if shown else ""
        if said and host and not _related(said, host) and (said, host) not in told:
            told.add((said, host))
            values = {"shown": link.text.strip()[:200], "target": link.target[:500]}
            yield Finding("link-differs", Severity.HIGH, values)


def _related(one: str, other: str) -> bool:
    """Whether one is the other or below it, ``www.`` aside."""
    left, right = one.removeprefix("www."), other.removeprefix("www.")
    return left == right or left.endswith("." + right) or right.endswith("." + left)


def _forms(page: Page) -> Iterator[Outcome]:
    for form in page.forms:
        if not host_of(form.action) and not form.action.lower().startswith("mailto:"):
            continue
        secret = any(kind == "password" for kind, _ in form.fields)
        names = ", ".join(name for _, name in form.fields if name)[:300]
        yield Effect(EffectKind.REQUEST, _request(form), "form")
        severity = Severity.HIGH if secret else Severity.MEDIUM
        code = "form-password" if secret else "form-outside"
        yield Finding(code, severity, {"target": form.action[:500], "fields": names})


def _request(form: Form) -> dict[str, str]:
    return {"method": form.method.upper() or "GET", "url": form.action}


def _leads(page: Page) -> Iterator[Outcome]:
    for url in page.leads:
        yield Effect(EffectKind.REQUEST, {"method": "GET", "url": url}, "refresh")
        yield Finding("redirects", Severity.MEDIUM, {"target": url[:500]})
    for element, url in page.loads:
        if host_of(url):
            yield Seen(url, "reference", Place(name=element))
            if element in {"iframe", "frame", "object", "embed"}:
                yield Finding("loads-from-outside", Severity.MEDIUM, {"kind": element, "target": url[:500]})


def _data_urls(page: Page, budget: Budget) -> Iterator[Outcome]:
    given = [(link.target, link.download) for link in page.links]
    given += [(url, "") for _, url in page.loads]
    for url, name in given:
        found = data_url(url)
        if found is None or not found[1] or found[1].startswith(_PICTURES):
            continue
        if not budget.take("unfolded", len(found[1])):
            return
        values = {"name": name, "media": found[0], "size": str(len(found[1]))}
        yield Finding("data-url", Severity.HIGH if name else Severity.MEDIUM, values)
        yield Piece("data url", name, found[1])


def _script(script: Script, budget: Budget) -> Iterator[Outcome]:
    language = script.language.strip().lower()
    if language in _NO_SCRIPTS:
        return
    for one in smuggled(script.text):
        if not budget.take("unfolded", len(one.content)):
            return
        values = {"name": one.name, "how": one.how, "size": str(len(one.content))}
        yield Finding("smuggles", Severity.HIGH, values)
        yield Piece("smuggled file", one.name, one.content)
    yield Piece("script", "", script.text, _SCRIPTS.get(language, "javascript"))


EXAMINERS: Final = (HtmlExaminer(),)
