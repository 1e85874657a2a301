"""The executables of the day, with what their version resources say and Sysmon prints.

Hashes are made up (derived from path and version); nothing here is a hash of a real file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_WINDOWS: Final = (
    "Microsoft® Windows® Operating System",
    "Microsoft Corporation",
    "10.0.18362.1 (WinBuild.160101.0800)",
)
_OFFICE: Final = ("Microsoft Office", "Microsoft Corporation", "16.0.13001.20384")
SYSTEM32: Final = "C:\\Windows\\System32\\"
OFFICE: Final = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
POWERSHELL: Final = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"
WMIPRVSE: Final = SYSTEM32 + "wbem\\WmiPrvSE.exe"
CHROME: Final = "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe"


@dataclass(frozen=True, slots=True)
class Image:
    """An executable file: where, and its version resource (``-`` where it has none)."""

    path: str
    description: str
    product: str
    company: str
    version: str
    original_name: str


def _image(path: str, description: str, vendor: tuple[str, str, str], original: str | None = None) -> Image:
    product, company, version = vendor
    return Image(path, description, product, company, version, original or path.rsplit("\\", 1)[1])


_GOOGLE: Final = ("Google Chrome", "Google LLC", "84.0.4147.89")
_SYSINTERNALS: Final = ("Sysinternals PsExec", "Sysinternals - www.sysinternals.com", "2.2")
_SCCM: Final = ("Microsoft® Endpoint Configuration Manager", "Microsoft Corporation", "5.00.8968.1000")
_INTUNE: Final = ("Microsoft Intune Management Extension", "Microsoft Corporation", "1.28.202.0")

_KNOWN: Final = (
    _image("C:\\Windows\\explorer.exe", "Windows Explorer", _WINDOWS, "EXPLORER.EXE"),
    _image(SYSTEM32 + "userinit.exe", "Userinit Logon Application", _WINDOWS, "USERINIT.EXE"),
    _image(SYSTEM32 + "winlogon.exe", "Windows Logon Application", _WINDOWS, "WINLOGON.EXE"),
    _image(SYSTEM32 + "services.exe", "Services and Controller app", _WINDOWS),
    _image(SYSTEM32 + "svchost.exe", "Host Process for Windows Services", _WINDOWS),
    _image(SYSTEM32 + "taskhostw.exe", "Host Process for Windows Tasks", _WINDOWS),
    _image(SYSTEM32 + "dllhost.exe", "COM Surrogate", _WINDOWS),
    _image(SYSTEM32 + "conhost.exe", "Console Window Host", _WINDOWS, "CONHOST.EXE"),
    _image(SYSTEM32 + "cmd.exe", "Windows Command Processor", _WINDOWS, "Cmd.Exe"),
    _image(SYSTEM32 + "notepad.exe", "Notepad", _WINDOWS, "NOTEPAD.EXE"),
    _image(SYSTEM32 + "splwow64.exe", "Print driver host for applications", _WINDOWS),
    _image(SYSTEM32 + "backgroundTaskHost.exe", "Background Task Host", _WINDOWS),
    _image(SYSTEM32 + "RuntimeBroker.exe", "Runtime Broker", _WINDOWS),
    _image(SYSTEM32 + "SearchProtocolHost.exe", "Microsoft Windows Search Protocol Host", _WINDOWS),
    _image(SYSTEM32 + "smartscreen.exe", "Windows Defender SmartScreen", _WINDOWS),
    _image(SYSTEM32 + "audiodg.exe", "Windows Audio Device Graph Isolation", _WINDOWS),
    _image(SYSTEM32 + "robocopy.exe", "Microsoft Robocopy", _WINDOWS),
    _image(SYSTEM32 + "calc.exe", "Windows Calculator", _WINDOWS, "CALC.EXE"),
    _image(SYSTEM32 + "gpupdate.exe", "Microsoft® Group Policy Update Utility", _WINDOWS),
    _image(WMIPRVSE, "WMI Provider Host", _WINDOWS, "Wmiprvse.exe"),
    _image(POWERSHELL, "Windows PowerShell", _WINDOWS, "PowerShell.EXE"),
    _image(OFFICE + "WINWORD.EXE", "Microsoft Word", _OFFICE, "WinWord.exe"),
    _image(OFFICE + "EXCEL.EXE", "Microsoft Excel", _OFFICE, "Excel.exe"),
    _image(OFFICE + "OUTLOOK.EXE", "Microsoft Outlook", _OFFICE, "Outlook.exe"),
    _image(CHROME, "Google Chrome", _GOOGLE),
    _image("C:\\Program Files (x86)\\Google\\Update\\GoogleUpdate.exe", "Google Installer", _GOOGLE),
    _image(
        "C:\\Program Files\\Internet Explorer\\iexplore.exe", "Internet Explorer", _WINDOWS, "IEXPLORE.EXE"
    ),
    _image("C:\\Tools\\Sysinternals\\PsExec64.exe", "Execute processes remotely", _SYSINTERNALS, "psexec.c"),
    _image("C:\\Windows\\PSEXESVC.exe", "PsExec Service", _SYSINTERNALS, "psexesvc.exe"),
    _image("C:\\Windows\\CCM\\CcmExec.exe", "Host Process for Microsoft Configuration Manager", _SCCM),
    _image(
        "C:\\Program Files (x86)\\Microsoft Intune Management Extension\\AgentExecutor.exe",
        "AgentExecutor",
        _INTUNE,
    ),
    _image(
        "C:\\Program Files (x86)\\Microsoft Intune Management Extension\\"
        "Microsoft.Management.Services.IntuneWindowsAgent.exe",
        "IntuneWindowsAgent",
        _INTUNE,
    ),
    _image(
        "C:\\Program Files\\MinatoAddin\\KeihiRenkei.exe",
        "経費連携アドイン",
        ("経費連携", "株式会社みなとシステム", "3.1.0.0"),
    ),
)
_BY_PATH: Final = {image.path.lower(): image for image in _KNOWN}


@lru_cache(maxsize=1024)
def image_of(path: str) -> Image:
    """The executable at a path; an unknown one has an empty version resource."""
    return _BY_PATH.get(path.lower(), Image(path, "-", "-", "-", "-", "-"))


@lru_cache(maxsize=1024)
def hashes_of(path: str, content: str = "") -> str:
    """Sysmon's ``Hashes`` field for a file, invented from its name and content mark."""
    name = (content or image_of(path).version + path.lower().rsplit("\\", 1)[1]).encode()
    md5 = hashlib.md5(name, usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(name).hexdigest()
    imphash = hashlib.md5(b"imphash" + name, usedforsecurity=False).hexdigest()
    return f"MD5={md5.upper()},SHA256={sha256.upper()},IMPHASH={imphash.upper()}"
