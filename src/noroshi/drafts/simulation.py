"""What a specimen would leave in logs: its effects as events, with the fields that the products write.

Nothing is run. Unresolved parts (``‹USERNAME›``) get the values of an invented person at an invented machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.addresses import urls_in
from noroshi.examine.model import Effect, EffectKind
from noroshi.examine.processes import starts_of
from noroshi.examine.traces import traces_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.processes import Start
    from noroshi.examine.result import Examination, Node

HOST: Final = "PC-001"
USER: Final = "EXAMPLE\\m.yamada"
ADDRESS: Final = "10.0.0.21"
_PERSON: Final = "m.yamada"
_SYSTEM32: Final = "C:\\Windows\\System32\\"
_OFFICE: Final = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
_FOLDERS: Final = {
    "powershell.exe": _SYSTEM32 + "WindowsPowerShell\\v1.0\\", "wmiprvse.exe": _SYSTEM32 + "wbem\\",
    "winword.exe": _OFFICE, "excel.exe": _OFFICE, "powerpnt.exe": _OFFICE, "onenote.exe": _OFFICE,
    "mspub.exe": _OFFICE, "outlook.exe": _OFFICE, "explorer.exe": "C:\\Windows\\",
}  # fmt: skip
_NAMES: Final = {"winword.exe": "WINWORD.EXE", "excel.exe": "EXCEL.EXE", "wmiprvse.exe": "WmiPrvSE.exe"}
_OF_WINDOWS: Final = frozenset(
    {
        "cmd.exe", "wscript.exe", "cscript.exe", "mshta.exe", "rundll32.exe", "regsvr32.exe", "certutil.exe",
        "bitsadmin.exe", "schtasks.exe", "msiexec.exe", "svchost.exe", "curl.exe", "findstr.exe", "msg.exe",
        "mmc.exe", "reg.exe", "net.exe", "sc.exe",
    }
)  # fmt: skip
_PLACEHOLDER: Final = re.compile(r"‹([^›]*)›")
_WRAPPERS: Final = frozenset({"eml", "msg", "mbox", "pcap", "pcapng"})
_USUAL: Final = {
    "powershell": "powershell.exe", "batch": "cmd.exe", "vba": "winword.exe", "ole": "winword.exe",
    "ooxml": "winword.exe",
}  # fmt: skip
MAX_EVENTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Simulated:
    """An event that the specimen would cause, in the form of `tests.yml`.

    Attributes:
        kind: ``start``, ``document``, ``write``, ``registry``, ``stored``, ``request`` or ``capture``.
        product, service, category: Its log source.
        fields: As the product writes them.
        number: The specimen that would cause it.
    """

    kind: str
    product: str
    service: str
    category: str
    fields: dict[str, Any]
    number: int

    def as_test(self, **changed: Any) -> dict[str, Any]:
        """The event as a test file holds it, some fields changed; None takes one away."""
        fields = {name: value for name, value in {**self.fields, **changed}.items() if value is not None}
        source = {"product": self.product, "service": self.service, "category": self.category}
        return {"logsource": source, "fields": fields}


def simulated(examination: Examination) -> list[Simulated]:
    """The events, in the order of the specimens."""
    found: list[Simulated] = []
    for node in examination.nodes:
        found += _stored(node)
    starts = starts_of(examination)
    found += [_document(start) for start in starts if start.ancestry[0] in _FOLDERS][:1]
    found += [_started(start) for start in starts]
    for node in examination.nodes:
        for effect in examination.told.get(node.number, []):
            if isinstance(effect, Effect):
                found += _of_effect(effect, node, starts)
    return found[:MAX_EVENTS]


def path_of(image: str) -> str:
    """Where Windows has a program of this name; the person's temporary folder for others."""
    name = _NAMES.get(image, image)
    if image in _FOLDERS:
        return _FOLDERS[image] + name
    return _SYSTEM32 + name if image in _OF_WINDOWS else f"C:\\Users\\{_PERSON}\\AppData\\Local\\Temp\\{name}"


def filled(text: str) -> str:
    """A text with the invented person in place of what could not be known."""
    known = {"USERNAME": _PERSON, "COMPUTERNAME": HOST, "USERDOMAIN": "EXAMPLE"}
    return _PLACEHOLDER.sub(lambda match: known.get(match[1], "x1"), text)


def _windows(kind: str, category: str, number: int, event_id: int, **fields: Any) -> Simulated:
    common = {"EventID": event_id, "Computer": HOST, "User": USER}
    return Simulated(kind, "windows", "sysmon", category, {**common, **fields}, number)


def _stored(node: Node) -> Iterator[Simulated]:
    """The mail program saves an attachment: Sysmon 15."""
    if (
        node.text
        or node.type in _WRAPPERS
        or node.same_as is not None
        or node.via not in {"attachment", "zip"}
    ):
        return
    folder = (
        f"C:\\Users\\{_PERSON}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\1A2B3C4D\\"
    )
    yield _windows(
        "stored", "create_stream_hash", node.number, 15,
        Image=path_of("outlook.exe"),
        TargetFilename=folder + (node.name or "file"),
        Hash=f"MD5={node.md5.upper()},SHA256={node.sha256.upper()},IMPHASH={'0' * 32}",
    )  # fmt: skip


def _document(start: Start) -> Simulated:
    """The program of the document starts: what the person does."""
    image = path_of(start.ancestry[0])
    return _windows(
        "document", "process_creation", start.number, 1,
        Image=image,
        CommandLine=f'"{image}" /n "C:\\Users\\{_PERSON}\\Downloads\\a.doc"',
        ParentImage=path_of("explorer.exe"),
        ParentCommandLine=path_of("explorer.exe"),
    )  # fmt: skip


def _started(start: Start) -> Simulated:
    own = "\\" in start.program
    image = filled(start.program) if own else path_of(start.image)
    parent = path_of(start.parent) if start.parent else path_of("explorer.exe")
    return _windows(
        "start", "process_creation", start.number, 1,
        Image=image, CommandLine=filled(start.command), ParentImage=parent, ParentCommandLine=parent,
    )  # fmt: skip


def _of_effect(effect: Effect, node: Node, starts: list[Start]) -> Iterator[Simulated]:
    given = effect.arguments
    if effect.by == "http":
        yield _captured(effect, node.number)
    elif effect.kind in {EffectKind.DOWNLOAD, EffectKind.REQUEST}:
        for url in urls_in(given.get("url", "")):
            yield from _request(url, given.get("method", "GET") or "GET", node.number)
    writes = effect.kind in {EffectKind.DOWNLOAD, EffectKind.FILE_WRITE}
    target = given.get("file", "") or given.get("path", "")
    if writes and re.match(r"(?i)[a-z]:\\", target):
        yield _windows(
            "write", "file_event", node.number, 11,
            Image=path_of(_runner(node, starts)), TargetFilename=filled(target),
        )  # fmt: skip
    if effect.kind is EffectKind.REGISTRY_WRITE and given.get("key"):
        key = given["key"] + (f"\\{given['name']}" if given.get("name") else "")
        yield _windows(
            "registry", "registry_set", node.number, 13,
            Image=path_of(_runner(node, starts)), EventType="SetValue", TargetObject=filled(key),
            Details=filled(given.get("value", "")),
        )  # fmt: skip


def _request(url: str, method: str, number: int) -> Iterator[Simulated]:
    """A proxy's view of plain HTTP without a User-Agent, as scripts ask; HTTPS hides the rest."""
    if url.lower().startswith("http://"):
        fields = {"c-ip": ADDRESS, "cs-method": method, "c-uri": filled(url), "sc-status": 200}
        yield Simulated("request", "squid", "access", "proxy", fields, number)


def _captured(effect: Effect, number: int) -> Simulated:
    """A request of a capture as a proxy would have logged it."""
    given = effect.arguments
    fields = {"c-ip": ADDRESS, "cs-method": given.get("method", "GET"), "c-uri": given.get("url", "")}
    fields |= {
        name: given[key]
        for name, key in (("cs-referer", "referer"), ("c-useragent", "agent"))
        if given.get(key)
    }
    return Simulated("request", "squid", "access", "proxy", {**fields, "sc-status": 200}, number)


def _runner(node: Node, starts: list[Start]) -> str:
    """The image in which a script runs: the parent of what it starts, else the usual host of its language."""
    for start in starts:
        if start.number == node.number and start.parent:
            return start.parent
    return _USUAL.get(node.type, "wscript.exe")


def urls_of(examination: Examination) -> list[str]:
    """The addresses from which it would download, in order."""
    return [one.value for one in traces_of(examination) if one.type == "url" and one.kind == "download"]
