"""What a PowerShell session has before a script runs: variables, environment, aliases, names of cmdlets.

Values are those of an ordinary Windows 10 with Windows PowerShell 5.1.
"""

from __future__ import annotations

from typing import Any, Final

from noroshi.examine.environment import HOME
from noroshi.examine.powershell.values import Thing, Unknown

VARIABLES: Final[dict[str, Any]] = {
    "null": None,
    "true": True,
    "false": False,
    "pshome": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0",
    "shellid": "Microsoft.PowerShell",
    "home": HOME,
    "ofs": " ",
    "verbosepreference": "SilentlyContinue",
    "debugpreference": "SilentlyContinue",
    "warningpreference": "Continue",
    "erroractionpreference": "Continue",
    "progresspreference": "Continue",
    "informationpreference": "SilentlyContinue",
    "confirmpreference": "High",
    "whatifpreference": False,
    "errorview": "NormalView",
    "maximumaliascount": 4096,
    "maximumdrivecount": 4096,
    "maximumerrorcount": 256,
    "maximumfunctioncount": 4096,
    "maximumhistorycount": 4096,
    "maximumvariablecount": 4096,
    "formatenumerationlimit": 4,
    "psculture": "en-US",
    "psuiculture": "en-US",
    "psversiontable": Thing("psversiontable", {"psversion": Thing("version", {"major": 5, "minor": 1})}),
    "executioncontext": Thing("executioncontext", {"invokecommand": Thing("invokecommand")}),
    "host": Unknown("$host"),
    "pid": Unknown("$pid"),
    "error": [],
    "args": [],
    "input": [],
}

NAMES: Final[dict[str, str]] = {
    name.lower(): name
    for name in (
        "MaximumAliasCount", "MaximumDriveCount", "MaximumErrorCount", "MaximumFunctionCount",
        "MaximumHistoryCount",
        "MaximumVariableCount", "ExecutionContext", "VerbosePreference", "DebugPreference",
        "ErrorActionPreference",
        "ShellId", "PSHOME", "HOME", "OFS", "PSVersionTable", "ConsoleFileName", "FormatEnumerationLimit",
        "WarningPreference", "ProgressPreference", "InformationPreference", "ConfirmPreference", "PSCulture",
        "PSUICulture", "WhatIfPreference", "ErrorView",
    )
}  # fmt: skip
"""Lower-case name → as PowerShell writes it; scripts take letters out of these."""

ALIASES: Final[dict[str, str]] = {
    "iex": "invoke-expression", "icm": "invoke-command", "%": "foreach-object", "foreach": "foreach-object",
    "?": "where-object", "where": "where-object", "select": "select-object", "sort": "sort-object",
    "gv": "get-variable", "sv": "set-variable", "set": "set-variable", "nv": "new-variable", "si": "set-item",
    "gi": "get-item", "gci": "get-childitem", "ls": "get-childitem", "dir": "get-childitem",
    "gc": "get-content",
    "cat": "get-content", "type": "get-content", "sc": "set-content", "ac": "add-content",
    "saps": "start-process",
    "start": "start-process", "iwr": "invoke-webrequest", "curl": "invoke-webrequest",
    "wget": "invoke-webrequest",
    "irm": "invoke-restmethod", "sleep": "start-sleep", "echo": "write-output", "write": "write-output",
    "ri": "remove-item", "rm": "remove-item", "del": "remove-item", "erase": "remove-item",
    "rd": "remove-item",
    "rmdir": "remove-item", "ni": "new-item", "md": "new-item", "mkdir": "new-item", "cpi": "copy-item",
    "cp": "copy-item", "copy": "copy-item", "mi": "move-item", "mv": "move-item", "move": "move-item",
    "sp": "set-itemproperty", "gp": "get-itemproperty", "sal": "set-alias", "nal": "new-alias",
    "gal": "get-alias",
    "gcm": "get-command", "gm": "get-member", "ii": "invoke-item", "iwmi": "invoke-wmimethod",
    "icim": "invoke-cimmethod", "gwmi": "get-wmiobject", "gcim": "get-ciminstance", "ps": "get-process",
    "gps": "get-process", "kill": "stop-process", "spps": "stop-process", "cd": "set-location",
    "sl": "set-location",
    "chdir": "set-location", "pwd": "get-location", "gl": "get-location", "measure": "measure-object",
    "tee": "tee-object", "gu": "get-unique", "group": "group-object", "ipmo": "import-module",
    "oh": "out-host",
    "rv": "remove-variable", "clear": "clear-host", "cls": "clear-host", "rnp": "rename-itemproperty",
    "ren": "rename-item", "rni": "rename-item", "cvpa": "convert-path", "rvpa": "resolve-path",
}  # fmt: skip

CMDLETS: Final = (
    "Add-Content", "Add-MpPreference", "Add-Type", "Clear-Host", "Compress-Archive", "Convert-Path",
    "ConvertFrom-Json",
    "ConvertFrom-SecureString", "ConvertTo-Json", "ConvertTo-SecureString", "Copy-Item", "Expand-Archive",
    "ForEach-Object", "Get-Alias", "Get-ChildItem", "Get-CimInstance", "Get-Command", "Get-Content",
    "Get-Credential",
    "Get-Date", "Get-Item", "Get-ItemProperty", "Get-Location", "Get-Member", "Get-Process", "Get-Random",
    "Get-Service", "Get-Unique", "Get-Variable", "Get-WmiObject", "Group-Object", "Import-Module",
    "Invoke-CimMethod",
    "Invoke-Command", "Invoke-Expression", "Invoke-Item", "Invoke-RestMethod", "Invoke-WebRequest",
    "Invoke-WmiMethod", "Join-Path", "Measure-Object", "Move-Item", "New-Alias", "New-Item",
    "New-ItemProperty",
    "New-Object", "New-Service", "New-Variable", "Out-File", "Out-Host", "Out-Null", "Out-String",
    "Register-ScheduledTask", "Remove-Item", "Remove-Variable", "Rename-Item", "Resolve-Path",
    "Select-Object",
    "Select-String", "Set-Alias", "Set-Content", "Set-ExecutionPolicy", "Set-Item", "Set-ItemProperty",
    "Set-Location", "Set-MpPreference", "Set-StrictMode", "Set-Variable", "Sort-Object", "Split-Path",
    "Start-BitsTransfer", "Start-Job", "Start-Process", "Start-Sleep", "Stop-Process", "Tee-Object",
    "Test-Path",
    "Where-Object", "Write-Error", "Write-Host", "Write-Output", "Write-Verbose", "Write-Warning",
)  # fmt: skip
"""Names that ``Get-Command`` knows, for patterns such as ``*w-*ct``."""

CANONICAL: Final = {name.lower(): name for name in CMDLETS}
