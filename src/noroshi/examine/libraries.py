"""Functions of Windows libraries that macros import by name: which effect a call of one is."""

from __future__ import annotations

from typing import Final

from noroshi.examine.model import EffectKind

LIBRARY: Final[dict[str, tuple[EffectKind, str, dict[str, int]]]] = {
    "urldownloadtofile": (EffectKind.DOWNLOAD, "URLDownloadToFile", {"url": 1, "file": 2}),
    "urldownloadtocachefile": (EffectKind.DOWNLOAD, "URLDownloadToCacheFile", {"url": 1}),
    "internetopenurl": (EffectKind.REQUEST, "InternetOpenUrl", {"url": 1}),
    "shellexecute": (EffectKind.PROCESS, "ShellExecute", {"application": 2, "command": 3}),
    "winexec": (EffectKind.PROCESS, "WinExec", {"command": 0, "window": 1}),
    "createprocess": (EffectKind.PROCESS, "CreateProcess", {"application": 0, "command": 1}),
    "loadlibrary": (EffectKind.LIBRARY, "LoadLibrary", {"path": 0}),
    "sleep": (EffectKind.SLEEP, "Sleep", {"milliseconds": 0}),
    "copyfile": (EffectKind.FILE_WRITE, "CopyFile", {"source": 0, "path": 1}),
    "deletefile": (EffectKind.FILE_DELETE, "DeleteFile", {"path": 0}),
    "createdirectory": (EffectKind.FILE_WRITE, "CreateDirectory", {"path": 0}),
    "setenvironmentvariable": (EffectKind.ENVIRONMENT, "SetEnvironmentVariable", {"name": 0, "value": 1}),
}
"""Name in lower case, without the ``A`` or ``W`` → kind, name as documented, place of each argument."""


def library_function(name: str) -> tuple[EffectKind, str, dict[str, int]] | None:
    """What a function of a library does; None for one that is not known."""
    bare = name.removeprefix("#").lower()
    return LIBRARY.get(bare) or (LIBRARY.get(bare[:-1]) if bare[-1:] in {"a", "w"} else None)
