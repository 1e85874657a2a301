"""The files by their hashes, as a mail program saves them: certain, and stale with the next mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.drafts.model import Candidate, Case, Draft

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.drafts.model import Material


def drafts(material: Material) -> Iterator[Draft]:
    """One rule over a list of all attached and packed files."""
    events = [event for event in material.events if event.kind == "stored"]
    if not events:
        return
    name = f"{material.name}_file_hashes"
    nodes = {
        (node.md5, node.sha1, node.sha256): node
        for one in material.examinations
        for node in one.nodes
        if any(event.fields["Hash"].startswith(f"MD5={node.md5.upper()}") for event in events)
    }
    values = tuple(digest for key in nodes for digest in key)
    detection = {"known": {"Hash|expand": f"%{name}%"}, "condition": "known"}
    other = "Hash", "MD5=" + "0" * 32 + ",SHA256=" + "0" * 64
    cases = (
        Case("The attachment is saved", tuple(event.as_test() for event in events)),
        Case("Another file of that name", (events[0].as_test(**dict([other])),), "Another hash."),
    )
    source = {"product": "windows", "category": "create_stream_hash"}
    yield Draft(
        "file-hash",
        "file",
        "hash",
        "high",
        ("attack.initial-access", "attack.t1566.001"),
        30,
        (Candidate(({"logsource": source, "detection": detection},), cases),),
        {"count": str(len(nodes))},
        {name: ("hash", values)},
        ("TargetFilename", "Hash", "Image", "User"),
    )
