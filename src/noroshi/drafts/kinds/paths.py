"""Where files are written: the folder and the kind of name, not the name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.drafts.model import Candidate, Case, Draft
from noroshi.examine.shapes import path_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.drafts.model import Material
    from noroshi.drafts.simulation import Simulated

_CLASSES: Final = {"user": r"[^\\]+", "number": r"\d{1,6}", "name": r"[^\\.]{1,40}", "folder": r"[^\\]{1,40}"}
_PLACEHOLDER: Final = re.compile(r"‹(\w+)›")
_SOURCE: Final = {"product": "windows", "category": "file_event"}
MAX_DRAFTS: Final = 2


def drafts(material: Material) -> Iterator[Draft]:
    """One rule a shape of path into which something that runs is written."""
    by_pattern: dict[str, list[Simulated]] = {}
    for event in material.events:
        if event.kind == "write":
            by_pattern.setdefault(path_pattern(event.fields["TargetFilename"]), []).append(event)
    for at, (pattern, events) in enumerate(list(by_pattern.items())[:MAX_DRAFTS]):
        yield _draft("file-path" + (f"-{at + 1}" if at else ""), pattern, events[0])


def path_pattern(path: str) -> str:
    r"""A regular expression over the shape of a path: ``(?i)^c:\\users\\[^\\]+\\\d{1,6}\.exe$``."""
    shape = path_shape(path)
    out, at = [], 0
    for match in _PLACEHOLDER.finditer(shape):
        out += [re.escape(shape[at : match.start()]), _CLASSES[match[1]]]
        at = match.end()
    return f"(?i)^{''.join(out)}{re.escape(shape[at:])}$"


def _draft(name: str, pattern: str, event: Simulated) -> Draft:
    program = str(event.fields["Image"]).rpartition("\\")[2]
    return Draft(
        name,
        "file",
        "artefact",
        "medium",
        ("attack.command-and-control", "attack.t1105"),
        180,
        _candidates(pattern, program, event),
        {"pattern": pattern, "program": program},
        {},
        ("Image", "TargetFilename", "User"),
    )


def _candidates(pattern: str, program: str, event: Simulated) -> tuple[Candidate, Candidate]:
    """By the path alone, then by who writes it, too."""
    where: dict[str, Any] = {"TargetFilename|re": pattern}
    alone = {"path": where, "condition": "path"}
    both = {"path": where, "by": {"Image|endswith": f"\\{program}"}, "condition": "path and by"}
    text = str(event.fields["TargetFilename"]).rpartition(".")[0] + ".txt"
    cases = (
        Case("The program is written", (event.as_test(),)),
        Case(
            "A program is installed",
            (event.as_test(TargetFilename="C:\\Program Files\\Viewer\\viewer.exe"),),
            "Another folder.",
        ),
        Case("A text is written there", (event.as_test(TargetFilename=text),), "No program."),
    )
    browser = Case(
        "A browser saves a file there",
        (event.as_test(Image="C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"),),
        "Another program writes it.",
    )
    return (
        Candidate(({"logsource": _SOURCE, "detection": alone},), cases),
        Candidate(({"logsource": _SOURCE, "detection": both},), (*cases, browser), "writer"),
    )
