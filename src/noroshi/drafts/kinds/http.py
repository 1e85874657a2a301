"""The shape of the requests: what stays when the addresses change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from noroshi.drafts.model import Candidate, Case, Draft

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.drafts.model import Material
    from noroshi.drafts.simulation import Simulated

_KNOWN: Final = re.compile(
    r"(?i)^(?:wp-[a-z]+|cgi-bin|images?|blog|old|img|js|css|administrator|components)$"
)
_BARE: Final = r"^(?:(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]{2,45}\])(?:/|$)"
_INSIDE: Final = r"^(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\."
_BROWSER: Final = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/84.0 Safari/537.36"


def drafts(material: Material) -> Iterator[Draft]:
    """Downloads by a script, and calls that refer to themselves."""
    requests = [event for event in material.events if event.kind == "request"]
    gets = [event for event in requests if event.fields["cs-method"] == "GET"]
    if gets:
        yield from _download(gets)
    calls = [event for event in material.events if _refers_to_itself(event)]
    if calls:
        yield _call(calls[0])


def path_pattern(urls: list[str]) -> str:
    """A regular expression over the paths: known folders become any short word, random words their class."""
    shapes: dict[tuple[str, ...], list[list[str]]] = {}
    for url in urls:
        parts = urlsplit(url).path.split("/")[1:]
        shapes.setdefault(tuple(_kind(part) for part in parts), []).append(parts)
    written = dict.fromkeys(
        "/".join(_class(kind, column) for kind, column in zip(kinds, zip(*them, strict=True), strict=True))
        for kinds, them in shapes.items()
    )
    whole = "|".join(written)
    return f"^https?://[^/?]+/{whole if len(written) == 1 else f'(?:{whole})'}$"


def _kind(part: str) -> str:
    """``known``, ``word``, ``.ending`` of a file, ``other``; empty for nothing behind the last slash."""
    if not part or _KNOWN.match(part):
        return "known" if part else ""
    ending = part.rpartition(".")[2]
    if "." in part and ending.isalnum() and len(ending) < 6:
        return f".{ending.lower()}"
    return "word" if part.isalnum() else "other"


def _class(kind: str, column: tuple[str, ...]) -> str:
    """An expression for one place of the path, from all that stood there; lengths with room for the next."""
    lengths = [len(part) for part in column]
    if kind == "word":
        return f"[A-Za-z0-9]{{{max(2, min(lengths) - 2)},{max(lengths) + 2}}}"
    if kind.startswith("."):
        return rf"[^/?.]{{1,40}}\.{kind[1:]}"
    return {"": "", "known": "(?:wp-[a-z]+|cgi-bin|[a-z]{2,14})"}.get(kind, "[^/?]{1,60}")


def _download(events: list[Simulated]) -> Iterator[Draft]:
    pattern = path_pattern([event.fields["c-uri"] for event in events])
    shape: dict[str, Any] = {
        "request": {"cs-method": "GET", "c-uri|re": pattern},
        # The clients of scripts name no program, browsers always do. Some logs leave the field out, others
        # have it empty.
        "no_agent": [{"c-useragent": None}, {"c-useragent": ""}],
        "no_referer": {"cs-referer": None},
        "condition": "request and no_agent and no_referer",
    }
    browser = {"c-useragent": _BROWSER}
    cases = (
        Case("A script asks without User-Agent and Referer", tuple(event.as_test() for event in events)),
        Case("In a log that has the field, empty", (events[0].as_test(**{"c-useragent": ""}),)),
        Case("A browser asks the same", (events[0].as_test(**browser),), "It names itself."),
        Case(
            "A link to the same page is followed",
            (events[0].as_test(**{"cs-referer": "http://search.example/"}),),
            "Somebody clicked.",
        ),
        Case(
            "An update service asks for a file",
            (events[0].as_test(**{"c-uri": "http://updates.example/v1/check?id=1"}),),
            "Another shape of path.",
        ),
        Case("Something is sent", (events[0].as_test(**{"cs-method": "HEAD"}),), "Another method."),
    )
    yield Draft(
        "download-shape",
        "http_shape",
        "artefact",
        "medium",
        ("attack.command-and-control", "attack.t1071.001", "attack.t1105"),
        180,
        (Candidate(({"logsource": {"category": "proxy"}, "detection": shape},), cases),),
        {"pattern": pattern},
        {},
        ("c-ip", "cs-username", "c-uri", "sc-status", "sc-bytes", "c-useragent"),
    )


def _refers_to_itself(event: Simulated) -> bool:
    """A POST to a bare address whose Referer is the requested URL itself, ports left aside."""
    fields = event.fields
    own, other = str(fields.get("c-uri", "")), str(fields.get("cs-referer", ""))
    if fields.get("cs-method") != "POST" or not other:
        return False
    one, two = urlsplit(own), urlsplit(other)
    return (
        one.hostname == two.hostname
        and one.path == two.path
        and bool(re.fullmatch(r"[\d.]+", one.hostname or ""))
    )


def _call(event: Simulated) -> Draft:
    detection = {
        "post": {"cs-method": "POST", "cs-referer-norm|fieldref": "c-uri-norm"},
        "bare_address": {"c-uri-norm|re": _BARE},
        "filter_internal": {"c-uri-norm|re": _INSIDE},
        "condition": "post and bare_address and not filter_internal",
    }
    named = {"c-uri": "http://www.shop.example/form/", "cs-referer": "http://www.shop.example/form/"}
    inside = {"c-uri": "http://10.0.0.90/scan/", "cs-referer": "http://10.0.0.90/scan/"}
    first = event.as_test()
    cases = (
        Case("A call that refers to its own address", (first,)),
        Case(
            "A form of a named site posts to its own page", (event.as_test(**named),), "A name, no address."
        ),
        Case("The web page of a printer", (event.as_test(**inside),), "An address of the own network."),
        Case("Without a Referer", (event.as_test(**{"cs-referer": None}),), "Nothing to compare."),
        Case("A page of that shape is read", (event.as_test(**{"cs-method": "GET"}),), "Another method."),
    )
    return Draft(
        "call-shape",
        "http_shape",
        "artefact",
        "high",
        ("attack.command-and-control", "attack.t1071.001"),
        365,
        (Candidate(({"logsource": {"category": "proxy"}, "detection": detection},), cases),),
        {},
        {},
        ("c-ip", "cs-username", "c-uri", "cs-referer", "c-useragent", "sc-status"),
    )
