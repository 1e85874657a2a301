"""How programs of Windows are called: the switches and the kind of argument, not the argument."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.drafts.model import Candidate, Case, Draft
from noroshi.drafts.simulation import path_of
from noroshi.examine.processes import image_of, program_of
from noroshi.examine.shapes import command_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.drafts.model import Material
    from noroshi.drafts.simulation import Simulated

MAX_DRAFTS: Final = 3
_SOURCE: Final = {"product": "windows", "category": "process_creation"}
_CLASSES: Final = {
    "url": r"https?://\S+", "base64": r"[A-Za-z0-9+/]{100,}={0,2}", "number": r"\d+", "variable": r"\$\w+",
    "text": r".{10,}", "user": r"[^\\]+", "name": r"[^\\\s\"]{1,60}", "folder": r"[^\\]{1,60}",
}  # fmt: skip
_PLACEHOLDER: Final = re.compile(r"‹(\w+)›")
_ENCODED: Final = re.compile(r"-e[a-z]*")
ENCODED_SWITCH: Final = r"[-–—/]e(?:c|n[a-z]*)?"
"""``-e`` in every abbreviation and with every dash that PowerShell takes."""
_TELLING: Final = (
    "DownloadFile", "DownloadString", "DownloadData", "Net.WebClient", "Invoke-WebRequest", "Invoke-Item",
    "Start-Process", "FromBase64String", "Win32_Process",
)  # fmt: skip
_MOST_WORDS: Final = 2
_MOST_TOKENS: Final = 12


def drafts(material: Material) -> Iterator[Draft]:
    """One rule a shape of command line, of programs that Windows has."""
    seen: dict[tuple[str, str], Simulated] = {}
    for event in material.events:
        command, image = event.fields.get("CommandLine", ""), event.fields.get("Image", "")
        if (
            event.kind == "start"
            and image == path_of(image_of(program_of(command)))
            and " " in command.strip()
        ):
            seen.setdefault((image, arguments_pattern(command)), event)
    told = [
        (key, event) for key, event in seen.items() if key[0].startswith("C:\\Windows") and _specific(key[1])
    ]
    for at, ((image, pattern), event) in enumerate(told[:MAX_DRAFTS]):
        yield _draft(
            "command-shape" + (f"-{at + 1}" if at else ""), image, pattern, _words(material, event), event
        )


def arguments_pattern(command: str) -> str:
    """A pattern of the arguments: switches stay, contents become classes, other words any word."""
    tokens = command_shape(command).split(" ")[1:][:_MOST_TOKENS]
    return r"(?i)\s" + r"\s+".join(_token(token) for token in tokens)


def _specific(pattern: str) -> bool:
    """Whether anything but any words is left."""
    return bool(re.search(r"[-/][a-z]|\{100,\}|https\?", pattern))


def _token(token: str) -> str:
    if _ENCODED.fullmatch(token):
        return ENCODED_SWITCH
    switch = re.fullmatch(r"[-/][a-z]{1,30}", token)
    if switch:
        return re.escape(token)
    if not _PLACEHOLDER.search(token):
        return r"\S+"
    out, at = [], 0
    for match in _PLACEHOLDER.finditer(token):
        out += [re.escape(token[at : match.start()]), _CLASSES.get(match[1], r"\S+")]
        at = match.end()
    return "".join(out) + re.escape(token[at:])


def _words(material: Material, event: Simulated) -> tuple[str, ...]:
    """Telling words of the script that an encoded command carries, as it writes them."""
    texts = [
        node.text
        for one in material.examinations
        for node in one.nodes
        if node.type == "powershell" and any(above.number == event.number for above in one.way(node.number))
    ]
    whole = "\n".join(texts)
    found = [match[0] for word in _TELLING if (match := re.search(re.escape(word), whole, re.IGNORECASE))]
    return tuple(found[:_MOST_WORDS])


def _draft(name: str, image: str, pattern: str, words: tuple[str, ...], event: Simulated) -> Draft:
    program = image.rpartition("\\")[2]
    called: dict[str, Any] = {"Image|endswith": f"\\{program}", "CommandLine|re": pattern}
    cases = _cases(image, event)
    detection = {"called": called, "condition": "called"}
    candidates = [Candidate(({"logsource": _SOURCE, "detection": detection},), cases)]
    if words and "{100,}" in pattern:
        candidates.append(_with_content(called, words, cases, event))
    return Draft(
        name,
        "command_line",
        "tool",
        "medium",
        ("attack.execution", "attack.t1059"),
        180,
        tuple(candidates),
        {"program": program, "pattern": pattern},
        {},
        ("Image", "CommandLine", "ParentImage", "User"),
    )


def _cases(image: str, event: Simulated) -> tuple[Case, ...]:
    folder = image.rpartition("\\")[0]
    return (
        Case("The specimen's own command", (event.as_test(),)),
        Case(
            "The program is called in another way",
            (event.as_test(CommandLine=f'"{image}" C:\\Tools\\report.txt'),),
            "Without these switches.",
        ),
        Case(
            "Another program with such arguments",
            (event.as_test(Image=f"{folder}\\tool.exe"),),
            "Another program.",
        ),
    )


def _with_content(
    called: dict[str, Any], words: tuple[str, ...], cases: tuple[Case, ...], event: Simulated
) -> Candidate:
    """Narrowed to what the encoded command holds."""
    content = {"CommandLine|wide|base64offset|contains|all": list(words)}
    detection = {"called": called, "content": content, "condition": "called and content"}
    encoded = "QQBkAG0AaQBuAGkAcwB0AHIAYQB0AGkAbwBuAA" * 4
    harmless = Case(
        "An administrator's tool encodes its command, too",
        (event.as_test(CommandLine=f"powershell -EncodedCommand {encoded}"),),
        "Nothing of a download in it.",
    )
    return Candidate(({"logsource": _SOURCE, "detection": detection},), (*cases, harmless), "content")
