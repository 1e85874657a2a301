"""Environment variables and folders of an ordinary Windows 10; a user's own parts stand as ``‹USERNAME›``."""

from __future__ import annotations

from typing import Final

HOME: Final = "C:\\Users\\‹USERNAME›"

ENVIRONMENT: Final[dict[str, str]] = {
    "comspec": "C:\\Windows\\system32\\cmd.exe",
    "public": "C:\\Users\\Public",
    "temp": HOME + "\\AppData\\Local\\Temp",
    "tmp": HOME + "\\AppData\\Local\\Temp",
    "userprofile": HOME,
    "appdata": HOME + "\\AppData\\Roaming",
    "localappdata": HOME + "\\AppData\\Local",
    "programdata": "C:\\ProgramData",
    "allusersprofile": "C:\\ProgramData",
    "programfiles": "C:\\Program Files",
    "programfiles(x86)": "C:\\Program Files (x86)",
    "commonprogramfiles": "C:\\Program Files\\Common Files",
    "windir": "C:\\Windows",
    "systemroot": "C:\\Windows",
    "systemdrive": "C:",
    "homedrive": "C:",
    "homepath": "\\Users\\‹USERNAME›",
    "os": "Windows_NT",
    "path": "C:\\Windows\\system32;C:\\Windows;C:\\Windows\\System32\\Wbem",
    "pathext": ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
    "processor_architecture": "AMD64",
    "psmodulepath": "C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules",
    "username": "‹USERNAME›",
    "computername": "‹COMPUTERNAME›",
    "userdomain": "‹USERDOMAIN›",
}

FOLDERS: Final[dict[str, str]] = {
    "desktop": HOME + "\\Desktop",
    "mydocuments": HOME + "\\Documents",
    "personal": HOME + "\\Documents",
    "applicationdata": HOME + "\\AppData\\Roaming",
    "localapplicationdata": HOME + "\\AppData\\Local",
    "commonapplicationdata": "C:\\ProgramData",
    "startup": HOME + "\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup",
    "system": "C:\\Windows\\system32",
    "windows": "C:\\Windows",
    "userprofile": HOME,
    "programfiles": "C:\\Program Files",
}
