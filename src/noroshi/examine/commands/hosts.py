"""Programs that run what their command line says: PowerShell, script hosts, and Windows' own downloaders."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.examine.commands.words import option, program_name, words
from noroshi.examine.model import Effect, EffectKind

if TYPE_CHECKING:
    from collections.abc import Callable

POWERSHELL: Final = frozenset({"powershell", "pwsh", "powershell_ise"})
_PARAMETERS: Final = (
    "psconsolefile", "version", "nologo", "noexit", "sta", "mta", "noprofile", "noninteractive",
    "inputformat",
    "outputformat", "windowstyle", "encodedcommand", "configurationname", "file", "executionpolicy",
    "command",
    "workingdirectory", "login", "custompipename", "settingsfile",
)  # fmt: skip
_SHORT: Final = {
    "ec": "encodedcommand", "e": "encodedcommand", "en": "encodedcommand", "enc": "encodedcommand",
    "ep": "executionpolicy",
    "ex": "executionpolicy", "c": "command", "f": "file", "nop": "noprofile", "noni": "noninteractive",
    "w": "windowstyle",
    "wi": "windowstyle", "v": "version", "i": "inputformat", "if": "inputformat", "o": "outputformat",
    "of": "outputformat",
    "wd": "workingdirectory", "p": "psconsolefile", "nol": "nologo", "noe": "noexit",
    "exec": "executionpolicy",
    "bypass": "executionpolicy",
}  # fmt: skip
_SWITCHES: Final = frozenset({"nologo", "noexit", "sta", "mta", "noprofile", "noninteractive", "login"})
_URL: Final = re.compile(r"(?i)\b(?:https?|ftp)://[^\s\"'<>|^]+")
_INLINE: Final = re.compile(r"(?is)^\s*\"?(javascript|vbscript):(.*)$")


@dataclass(frozen=True, slots=True)
class Hosted:
    """A script that a command line carries.

    Attributes:
        language: ``powershell``, ``javascript``, ``vbscript``.
        how: ``encoded`` (decoded here) or ``plain``.
    """

    language: str
    text: str
    how: str


def powershell_script(command: str) -> Hosted | None:
    """The script of a PowerShell command line, however its parameters are spelt; else None."""
    parts = words(command)
    if not parts or program_name(parts[0]) not in POWERSHELL:
        return None
    at = 1
    while at < len(parts):
        name = option(parts[at])
        if name is None:
            return Hosted("powershell", " ".join(parts[at:]), "plain")
        meaning = parameter(name)
        if meaning == "encodedcommand" and at + 1 < len(parts):
            return Hosted("powershell", decoded("".join(parts[at + 1 :])), "encoded")
        if meaning == "command":
            return Hosted("powershell", _rest(command, parts, at + 1), "plain")
        if meaning == "file":
            return None
        at += 1 if meaning in _SWITCHES or meaning is None else 2
    return None


def _rest(command: str, parts: list[str], at: int) -> str:
    """What follows ``-Command``, as one text; the outer quotes are gone."""
    return " ".join(parts[at:]).strip() or command


def parameter(name: str) -> str | None:
    """The parameter of ``powershell.exe`` that a name or its beginning means."""
    if name in _SHORT:
        return _SHORT[name]
    fits = [known for known in _PARAMETERS if known.startswith(name)]
    return fits[0] if fits else None


def decoded(text: str) -> str:
    """The script of ``-EncodedCommand``: Base64 of UTF-16LE; what is damaged is decoded as far as it goes."""
    clean = re.sub(r"[^A-Za-z0-9+/]", "", text)
    try:
        raw = base64.b64decode(clean + "=" * (-len(clean) % 4))
    except (binascii.Error, ValueError):
        raw = base64.b64decode(clean[: len(clean) // 4 * 4])
    zeros = raw[1:400:2].count(0)
    codec = "utf-16-le" if zeros * 4 >= len(raw[1:400:2]) or not raw.isascii() else "utf-8"
    return raw.decode(codec, "replace").rstrip("\0")


def inline_script(command: str) -> Hosted | None:
    """The script in ``mshta javascript:…`` or ``rundll32 javascript:…``; else None."""
    parts = words(command)
    if not parts or program_name(parts[0]) not in {"mshta", "rundll32"}:
        return None
    rest = command[command.lower().find(program_name(parts[0])) :].split(None, 1)
    found = _INLINE.match(rest[1]) if len(rest) > 1 else None
    if found is None:
        return None
    text = found[2].rstrip('"')
    if program_name(parts[0]) == "rundll32":
        text = text.partition(";")[2] if "runhtmlapplication" in text.lower().partition(";")[0] else text
    return Hosted(found[1].lower(), text, "plain")


def effects_of(command: str) -> list[Effect]:
    """What the program itself would do beyond being started: downloads, services, tasks, other programs."""
    parts = words(command)
    if not parts:
        return []
    action = _PROGRAMS.get(program_name(parts[0]))
    return [] if action is None else action(parts)


def _download(url: str, by: str, file: str = "") -> Effect:
    arguments = {"url": url} | ({"file": file} if file else {})
    return Effect(EffectKind.DOWNLOAD, arguments, by)


def _certutil(parts: list[str]) -> list[Effect]:
    urls = [(at, part) for at, part in enumerate(parts) if _URL.match(part)]
    return [_download(url, "certutil", parts[at + 1] if at + 1 < len(parts) else "") for at, url in urls]


def _curl(parts: list[str]) -> list[Effect]:
    file = next((parts[at + 1] for at, part in enumerate(parts[:-1]) if part in {"-o", "--output", "-O"}), "")
    return [_download(part, program_name(parts[0]), file) for part in parts[1:] if _URL.match(part)]


def _bitsadmin(parts: list[str]) -> list[Effect]:
    return _certutil(parts) if any(option(part) in {"transfer", "addfile"} for part in parts) else []


def _opens(parts: list[str]) -> list[Effect]:
    """Programs that fetch and run a URL among their arguments."""
    found = [match[0] for part in parts[1:] for match in _URL.finditer(part)]
    return [_download(url, program_name(parts[0])) for url in found]


def _process(command: str, by: str) -> Effect:
    return Effect(EffectKind.PROCESS, {"command": command}, by)


def _wmic(parts: list[str]) -> list[Effect]:
    lower = [part.lower() for part in parts]
    if "create" not in lower or "call" not in lower:
        return []
    command = " ".join(parts[lower.index("create") + 1 :]).strip()
    return [_process(command, "wmic process call create")] if command else []


def _schtasks(parts: list[str]) -> list[Effect]:
    named = {option(part): parts[at + 1] for at, part in enumerate(parts[:-1]) if option(part)}
    if "tr" not in named:
        return []
    task = Effect(
        EffectKind.SCHEDULED_TASK, {"name": named.get("tn", ""), "command": named["tr"]}, "schtasks"
    )
    return [task, _process(named["tr"], "schtasks")]


def _registry(parts: list[str]) -> list[Effect]:
    if len(parts) < 3 or parts[1].lower() != "add":
        return []
    named = {option(part): parts[at + 1] for at, part in enumerate(parts[:-1]) if option(part)}
    arguments = {"key": parts[2], "name": named.get("v", ""), "value": named.get("d", "")}
    return [Effect(EffectKind.REGISTRY_WRITE, arguments, "reg add")]


def _service(parts: list[str]) -> list[Effect]:
    if len(parts) < 4 or parts[1].lower() != "create":
        return []
    joined = " ".join(parts[3:])
    found = re.search(r"(?i)binpath=\s*(.+?)(?:\s+\w+=|$)", joined)
    command = found[1] if found else ""
    return [Effect(EffectKind.SERVICE, {"name": parts[2], "command": command}, "sc create")]


def _start(parts: list[str]) -> list[Effect]:
    rest = parts[1:]
    while rest and (option(rest[0]) is not None or rest[0] == ""):
        rest = rest[1:]
    return [_process(" ".join(rest), "start")] if rest else []


def _library(parts: list[str]) -> list[Effect]:
    found = [part for part in parts[1:] if option(part) is None]
    effects = _opens(parts)
    return (
        [*effects, Effect(EffectKind.LIBRARY, {"path": found[0]}, program_name(parts[0]))]
        if found
        else effects
    )


_PROGRAMS: Final[dict[str, Callable[[list[str]], list[Effect]]]] = {
    "certutil": _certutil,
    "curl": _curl,
    "wget": _curl,
    "bitsadmin": _bitsadmin,
    "mshta": _opens,
    "msiexec": _opens,
    "cmstp": _opens,
    "explorer": _opens,
    "start": _start,
    "wmic": _wmic,
    "schtasks": _schtasks,
    "reg": _registry,
    "sc": _service,
    "regsvr32": _library,
    "rundll32": _library,
}
