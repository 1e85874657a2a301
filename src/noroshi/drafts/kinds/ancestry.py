"""Which program starts which: the hardest for an attacker to change, and the most often seen elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.drafts.kinds.commands import ENCODED_SWITCH
from noroshi.drafts.kinds.paths import path_pattern
from noroshi.drafts.model import Candidate, Case, Draft
from noroshi.drafts.simulation import HOST, USER, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.drafts.model import Material
    from noroshi.drafts.simulation import Simulated

_SOURCE: Final = {"product": "windows", "category": "process_creation"}
_SPAN: Final = "60s"
_DAY: Final = "2020-07-22T04:{:02d}:{:02d}Z"
MAX_DRAFTS: Final = 2


def drafts(material: Material) -> Iterator[Draft]:
    """One rule a pair of parent and child of Windows, one for programs that the specimen brings along."""
    document = next((event for event in material.events if event.kind == "document"), None)
    pairs: dict[tuple[str, str], Simulated] = {}
    brought: Simulated | None = None
    for event in material.events:
        if event.kind != "start":
            continue
        parent, child = _bare(event, "ParentImage"), _bare(event, "Image")
        if event.fields["Image"] != path_of(child.lower()) or not event.fields["Image"].startswith("C:\\Win"):
            brought = brought or event
        elif parent.lower() != "explorer.exe":
            pairs.setdefault((parent, child), event)
    for at, ((parent, child), event) in enumerate(list(pairs.items())[:MAX_DRAFTS]):
        name = "process-ancestry" + (f"-{at + 1}" if at else "")
        yield _pair(material, name, (parent, child), event, document)
    if brought is not None:
        yield _brought(brought)


def _bare(event: Simulated, field: str) -> str:
    return str(event.fields[field]).rpartition("\\")[2]


def _pair(
    material: Material, name: str, pair: tuple[str, str], event: Simulated, document: Simulated | None
) -> Draft:
    parent, child = pair
    started: dict[str, Any] = {"ParentImage|endswith": f"\\{parent}", "Image|endswith": f"\\{child}"}
    own = Case("The specimen's own start", (event.as_test(),))
    others = (
        Case(
            "A person starts the program",
            (event.as_test(ParentImage=path_of("explorer.exe")),),
            "Another parent.",
        ),
        Case(
            "The parent starts something ordinary",
            (event.as_test(Image="C:\\Program Files\\Viewer\\viewer.exe"),),
            "Another program.",
        ),
    )
    candidates = [
        Candidate(
            ({"logsource": _SOURCE, "detection": {"pair": started, "condition": "pair"}},), (own, *others)
        )
    ]
    if document is not None and parent.lower() != _bare(document, "Image").lower():
        candidates.append(_after_document(material, name, started, event, document))
    if " " in str(event.fields["CommandLine"]):
        candidates.append(_encoded(started, own, others, event))
    return Draft(
        name,
        "process_ancestry",
        "ttp",
        "high",
        ("attack.execution", "attack.t1047" if parent.lower() == "wmiprvse.exe" else "attack.t1204.002"),
        365,
        tuple(candidates),
        {"parent": parent, "child": child},
        {},
        ("ParentImage", "Image", "CommandLine", "User"),
    )


def _encoded(started: dict[str, Any], own: Case, others: tuple[Case, ...], event: Simulated) -> Candidate:
    narrow = {**started, "CommandLine|re": rf"(?i)\s{ENCODED_SWITCH}\s+[A-Za-z0-9+/]{{100,}}"}
    plain = Case(
        "With a plain script", (event.as_test(CommandLine="powershell -File a.ps1"),), "Nothing encoded."
    )
    detection = {"pair": narrow, "condition": "pair"}
    return Candidate(({"logsource": _SOURCE, "detection": detection},), (own, *others, plain), "encoded")


def _after_document(
    material: Material, name: str, started: dict[str, Any], event: Simulated, document: Simulated
) -> Candidate:
    """A document's program starts, and soon afterwards the pair is seen, in the name of the same person."""
    stem = f"{material.name}_{name.replace('-', '_')}"
    first, second = f"{stem}_document", f"{stem}_start"
    office = {"Image|endswith": f"\\{_bare(document, 'Image')}"}
    documents = (
        {
            "correlation": {
                "type": "temporal_ordered",
                "rules": [first, second],
                "group-by": ["entity.host", "entity.user"],
                "timespan": _SPAN,
                # The parts say nothing alone.
                "generate": False,
            }
        },
        {
            "part": "document",
            "name": first,
            "logsource": _SOURCE,
            "detection": {"document": office, "condition": "document"},
        },
        {
            "part": "start",
            "name": second,
            "logsource": _SOURCE,
            "detection": {"pair": started, "condition": "pair"},
        },
    )
    cases = (
        Case("The document, then the start after 50 seconds", _two(document, event, 50), alerts=1),
        Case("The start after 90 seconds", _two(document, event, 90), "Too late to belong together."),
        Case("In another person's name", _two(document, event, 20, "EXAMPLE\\admin"), "Not the same person."),
        Case("Without a document", (_at(event, 30, USER),), "Administration does this."),
    )
    return Candidate(documents, cases, "document")


def _two(document: Simulated, event: Simulated, seconds: int, user: str = USER) -> tuple[dict[str, Any], ...]:
    return _at(document, 0, USER), _at(event, seconds, user)


def _at(event: Simulated, seconds: int, user: str) -> dict[str, Any]:
    entities = {"host": HOST, "user": user}
    return {
        **event.as_test(User=user),
        "time": _DAY.format(11 + seconds // 60, seconds % 60),
        "entities": entities,
    }


def _brought(event: Simulated) -> Draft:
    """A program in a place where nobody installs any is started by the interpreter."""
    parent = _bare(event, "ParentImage")
    detection = {
        "start": {
            "ParentImage|endswith": f"\\{parent}",
            "Image|re": path_pattern(str(event.fields["Image"])),
        },
        "condition": "start",
    }
    cases = (
        Case("The program that was brought along starts", (event.as_test(),)),
        Case("A person starts it", (event.as_test(ParentImage=path_of("explorer.exe")),), "Another parent."),
        Case(
            "The interpreter starts an installed program",
            (event.as_test(Image="C:\\Program Files\\Viewer\\viewer.exe"),),
            "Another folder.",
        ),
    )
    return Draft(
        "program-start",
        "process",
        "artefact",
        "high",
        ("attack.execution", "attack.t1204.002"),
        180,
        (Candidate(({"logsource": _SOURCE, "detection": detection},), cases),),
        {"parent": parent, "pattern": path_pattern(str(event.fields["Image"]))},
        {},
        ("ParentImage", "Image", "CommandLine", "User"),
    )
