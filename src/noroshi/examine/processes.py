"""Which process would start which: the ancestry of every process that a specimen would start.

A document runs in its program, a script in its host, a shortcut in the shell. What WMI or the task scheduler
is asked to start has *their* process as its parent; the one that asked is no ancestor of it in any log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.examine.model import Effect, EffectKind

if TYPE_CHECKING:
    from noroshi.examine.result import Examination, Node

ARROW: Final = " → "
_HOSTS: Final = {
    "powershell": "powershell.exe", "batch": "cmd.exe",
    "vbscript": "wscript.exe", "javascript": "wscript.exe",
    "hta": "mshta.exe", "lnk": "explorer.exe", "one": "onenote.exe", "onenote": "onenote.exe",
}  # fmt: skip
_DOCUMENTS: Final = frozenset({"ole", "ooxml", "rtf"})
_APPLICATIONS: Final = {
    "doc": "winword.exe", "docm": "winword.exe", "dot": "winword.exe", "dotm": "winword.exe",
    "rtf": "winword.exe", "docx": "winword.exe",
    "xls": "excel.exe", "xlsm": "excel.exe", "xlsb": "excel.exe", "xlsx": "excel.exe", "xlt": "excel.exe",
    "slk": "excel.exe", "csv": "excel.exe", "xlam": "excel.exe", "xla": "excel.exe",
    "ppt": "powerpnt.exe", "pptm": "powerpnt.exe", "pps": "powerpnt.exe", "ppsm": "powerpnt.exe",
    "pub": "mspub.exe", "hta": "mshta.exe",
}  # fmt: skip
_BROKERS: Final = (
    ("win32_process", "wmiprvse.exe"), ("winmgmts", "wmiprvse.exe"), ("wmi", "wmiprvse.exe"),
    ("schedule", "svchost.exe"), ("shellwindows", "explorer.exe"), ("shellbrowserwindow", "explorer.exe"),
    ("mmc20", "mmc.exe"),
)  # fmt: skip
"""Part of what asks (in lower case) → the process that then is the parent."""
_BUILT_IN: Final = frozenset(
    {"start", "call", "echo", "set", "if", "for", "copy", "move", "del", "rem", "cd", "md", "mkdir", "type"}
)
_PROGRAM: Final = re.compile(
    r"""(?ix)^\s*(?:"([^"]+)" | (.+?\.(?:exe|com|scr|bat|cmd|pif)) (?=\s|$|") | (\S+))"""
)
_MAX_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Start:
    """A process that would start.

    Attributes:
        number: The specimen that asks for it.
        program: Its path or bare name as the command says it.
        ancestry: Images in lower case without folders, the oldest first, itself last.
        command: Its command line.
        by: What asks for it.
        exact: Whether the command line was resolved completely.
    """

    number: int
    program: str
    ancestry: tuple[str, ...]
    command: str
    by: str
    exact: bool = True

    @property
    def image(self) -> str:
        """Its image without folder, in lower case."""
        return self.ancestry[-1]

    @property
    def parent(self) -> str:
        """The image of its parent; empty where nothing is known of it."""
        return self.ancestry[-2] if len(self.ancestry) > 1 else ""


def program_of(command: str) -> str:
    """The program of a command line as it is written there, without quotes; empty where there is none."""
    match = _PROGRAM.match(command)
    return next((one for one in match.groups() if one), "").strip() if match else ""


def image_of(program: str) -> str:
    """Its file name in lower case, with ``.exe`` where it has no ending."""
    bare = re.split(r"[\\/]", program)[-1].lower()
    return bare if "." in bare or not bare else bare + ".exe"


def starts_of(examination: Examination) -> list[Start]:
    """Every process that would start, in the order of the specimens, each command of a specimen once."""
    tree = _Tree(examination)
    found: dict[tuple[int, str], Start] = {}
    for node in examination.nodes:
        for effect in examination.told.get(node.number, []):
            if isinstance(effect, Effect) and effect.kind is EffectKind.PROCESS:
                start = _start(node.number, effect, tree.running(node.number))
                if start is not None:
                    found.setdefault((node.number, start.command), start)
    return list(found.values())


def _start(number: int, effect: Effect, running: tuple[str, ...]) -> Start | None:
    command = effect.arguments.get("command", "") or effect.arguments.get("application", "")
    program = program_of(command)
    if not program or program.lower() in _BUILT_IN:
        return None
    ancestry = (*_asked(running, effect.by), image_of(program))[-_MAX_LENGTH:]
    return Start(number, program, ancestry, command, effect.by, effect.exact)


def _asked(running: tuple[str, ...], by: str) -> tuple[str, ...]:
    """The ancestry of what is started by this means from there."""
    lower = by.lower()
    broker = next((image for part, image in _BROKERS if part in lower), "")
    return (*running, broker) if broker else running


class _Tree:
    """The processes in which the specimens of an examination would run."""

    def __init__(self, examination: Examination) -> None:
        self._examination = examination
        self._nodes = {node.number: node for node in examination.nodes}
        self._known: dict[int, tuple[str, ...]] = {}

    def running(self, number: int) -> tuple[str, ...]:
        """The ancestry of the process that runs a specimen, that process last; empty for a plain file."""
        for node in self._examination.way(number):  # from the top, so that no depth costs stack
            if node.number not in self._known:
                self._known[node.number] = self._ancestry(node)
        return self._known.get(number, ())

    def _ancestry(self, node: Node) -> tuple[str, ...]:
        above = self._known.get(node.parent, ()) if node.parent is not None else ()
        if node.type == "command-line":
            return self._of_command(node, above)
        host = (
            _APPLICATIONS.get(self._ending(node), "winword.exe")
            if node.type in _DOCUMENTS
            else _HOSTS.get(node.type)
        )
        if host is None or host in above[-1:] or (node.type in _DOCUMENTS and above):
            return above
        return (*above, host)[-_MAX_LENGTH:]

    def _of_command(self, node: Node, above: tuple[str, ...]) -> tuple[str, ...]:
        program = program_of(node.text)
        if not program or program.lower() in _BUILT_IN:
            return above
        return (*_asked(above, self._by(node)), image_of(program))[-_MAX_LENGTH:]

    def _by(self, node: Node) -> str:
        """What asked for this command, in the specimens above it."""
        wanted = node.text.split()
        for holder in reversed(self._examination.way(node.number)[:-1]):
            for effect in self._examination.told.get(holder.number, []):
                if isinstance(effect, Effect) and effect.kind is EffectKind.PROCESS:
                    given = effect.arguments.get("command", "")[: len(node.text)]
                    if given.split() == wanted:
                        return effect.by
        return ""

    @staticmethod
    def _ending(node: Node) -> str:
        return node.name.lower().rpartition(".")[2]
