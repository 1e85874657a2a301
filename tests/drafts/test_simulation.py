"""Events that the Emotet day's document would cause, as Sysmon and the proxy write them on that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.demo.specimens import family

if TYPE_CHECKING:
    from noroshi.drafts.model import Material

FACTS = family.of_the_day(20200722)
POWERSHELL = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"


def test_the_processes_of_the_day(day: Material) -> None:
    """Word, then PowerShell below the WMI provider host, then the program below PowerShell."""
    starts = [event.fields for event in day.events if event.kind in {"document", "start"}]
    assert [
        ("explorer.exe", "WINWORD.EXE"),
        ("WmiPrvSE.exe", "powershell.exe"),
        ("powershell.exe", "284.exe"),
    ] == [(one["ParentImage"].rpartition("\\")[2], one["Image"].rpartition("\\")[2]) for one in starts]
    assert FACTS.command == starts[1]["CommandLine"]
    assert POWERSHELL == starts[2]["ParentImage"]


def test_files_and_requests_of_the_day(day: Material) -> None:
    """The attachment with its hashes, the program where PowerShell writes it once, plain HTTP only."""
    by_kind: dict[str, list[dict[str, str]]] = {}
    for event in day.events:
        by_kind.setdefault(event.kind, []).append(event.fields)
    sha256 = FACTS.attachment.hashes()["sha256"].upper()
    assert any(f"SHA256={sha256}" in one["Hash"] for one in by_kind["stored"])
    assert [(POWERSHELL, "C:\\Users\\m.yamada\\284.exe")] == [
        (one["Image"], one["TargetFilename"]) for one in by_kind["write"]
    ]
    assert [url for url in FACTS.downloads if url.startswith("http:")] == [
        one["c-uri"] for one in by_kind["request"]
    ]
