"""What is left of a value when everything is taken away that the attacker changes for free.

A shape is what two specimens of one family have in common although no value of theirs is the same: it is for
comparing specimens and for drafting rules that outlive a wave. Placeholders stand in ``‹›``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.commands.words import program_name
from noroshi.examine.processes import program_of

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SHAPED: Final = 8_192
MAX_SHAPE: Final = 400
_URL: Final = re.compile(r"(?i)\b(?:https?|ftp)://[^\s\"'<>|]+")
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}={0,2}(?![A-Za-z0-9+/=])")
_PATH: Final = re.compile(
    r"""(?ix)
    (?<=")[a-z]:\\[^"|<>]+(?=") | \b[a-z]:\\[^\s"'|<>,;]+ | %\w+%\\[^\s"'|<>,;]* | \\\\[^\s"'|<>,;]+"""
)
_LONG: Final = re.compile(r"['\"][^'\"]{24,}['\"]")
_VARIABLE: Final = re.compile(r"\$\{?[A-Za-z_]\w*\}?")
_KNOWN_VARIABLES: Final = ("$env", "$pshome", "$shellid", "$true", "$false", "$null", "$_")
_NUMBER: Final = re.compile(r"(?<![\w.])\d{2,}(?![\w.])")
_WORDS: Final = re.compile(r"[a-z]{3,}", re.IGNORECASE)
_FOLDERS: Final = frozenset(
    {
        "windows", "system32", "syswow64", "users", "public", "appdata", "local", "roaming", "temp",
        "programdata", "microsoft", "start", "menu", "programs", "startup", "desktop", "documents",
        "downloads", "templates", "tasks", "program", "files", "common", "internet", "explorer", "office",
    }
)  # fmt: skip


def command_shape(command: str) -> str:
    """A command line without its contents: ``powershell -e ‹base64›``."""
    text = " ".join(command[:MAX_SHAPED].split())
    program = program_of(text)
    place = text.find(program)
    rest = text[place + len(program) :].removeprefix('"').strip()
    for pattern, shape in _REPLACED:
        rest = pattern.sub(shape, rest)
    own = path_shape(program)
    name = own if "‹user›" in own or "‹" in program else program_name(program)
    return f"{name} {rest}".strip()[:MAX_SHAPE].lower()


def path_shape(path: str) -> str:
    r"""A path without its random names: ``c:\users\‹user›\‹name›.exe``; folders of Windows stay."""
    parts = re.split(r"[\\/]", path)
    out: list[str] = []
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if at and out[-1].lower() == "users" and part.lower() != "public":
            out.append("‹user›")
        elif last:
            out.append(name_shape(part))
        elif re.fullmatch(r"(?i)[a-z]:|%\w+%|", part) or (
            set(_WORDS.findall(part.lower())) <= _FOLDERS and _WORDS.search(part)
        ):
            out.append(part)
        else:
            out.append("‹folder›")
    return "\\".join(out).lower()


def name_shape(name: str) -> str:
    """A file name with only its ending left, but for names that Windows itself has."""
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return "‹name›" if name else ""
    inner = stem.rpartition(".")[2]
    double = (
        f".{inner}"
        if inner and inner.lower() in {"pdf", "doc", "docx", "xls", "txt", "jpg"} and stem != inner
        else ""
    )
    return f"‹{name_kind(stem)}›{double}.{ending}"


def name_kind(stem: str) -> str:
    """``number`` or ``name``: what the part before the ending is made of."""
    return "number" if stem.isdigit() else "name"


def _variable(match: re.Match[str]) -> str:
    return match[0] if match[0].lower().startswith(_KNOWN_VARIABLES) else "‹variable›"


_REPLACED: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (_URL, lambda _: "‹url›"),
    (_BASE64, lambda _: "‹base64›"),
    (_PATH, lambda match: path_shape(match[0])),
    (_LONG, lambda _: "‹text›"),
    (_VARIABLE, _variable),
    (_NUMBER, lambda _: "‹number›"),
)
"""What is taken away, in this order."""
