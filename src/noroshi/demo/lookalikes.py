"""Ordinary events that resemble Emotet's traces on machines: administration, management software, add-ins.

Each is named in `LOOK_ALIKES`; those on the network are in `lookalikes_web`. None happens on PC-014, so that
the story of that machine stays its own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from noroshi.demo import windows_images as images
from noroshi.demo.company import ADMIN, ADMIN_PC, ASSET_ACCOUNT, SERVERS
from noroshi.demo.manifest import LookAlike
from noroshi.demo.names import CHROME
from noroshi.demo.powershell import encode
from noroshi.demo.scene import Run
from noroshi.demo.times import MILLI, SECOND, at
from noroshi.demo.traffic import Exchange, Load
from noroshi.demo.windows import SYSTEM, Launch

if TYPE_CHECKING:
    from noroshi.demo.scene import Scene
    from noroshi.demo.windows import Process

_CLIENTS, _HQ, _BRANCH = (
    "windows/nxlog-clients.json",
    "windows/winlogbeat-hq.ndjson",
    "windows/winlogbeat-branch.ndjson",
)
_SQUID = "proxy/proxy01-access.log"
_SCCM_HOSTS: Final = ("PC-006", "PC-012", "PC-018", "PC-024", "PC-030", "PC-036", "PC-042", "PC-048")
_INTUNE_HOSTS: Final = ("PC-055", "PC-057", "PC-060")
_ASSET_HOSTS: Final = (
    "PC-005",
    "PC-011",
    "PC-017",
    "PC-021",
    "PC-026",
    "PC-031",
    "PC-035",
    "PC-040",
    "PC-046",
    "PC-051",
)
_ADDIN_HOSTS: Final = ("PC-007", "PC-019", "PC-025")
_INTUNE_FOLDER: Final = "C:\\Program Files (x86)\\Microsoft Intune Management Extension\\"
_TOOL_SITE: Final = "download.sysadmin-tools.example"

LOOK_ALIKES: Final = (
    LookAlike(
        "psexec",
        "10:14:00",
        ("PC-003", "PC-052"),
        "An administrator runs a command on a PC with PsExec",
        "管理者が PsExec で端末上のコマンドを実行",
        (_CLIENTS, _HQ),
        ("service-in-writable-folder",),
        "PSEXESVC",
    ),
    LookAlike(
        "sccm-encoded",
        "12:30:00",
        _SCCM_HOSTS,
        "Configuration Manager runs an encoded compliance script",
        "構成管理(SCCM)がエンコードされた準拠確認スクリプトを実行",
        (_CLIENTS,),
        ("encoded-command", "encoded-command-host-application"),
        "CcmExec.exe",
    ),
    LookAlike(
        "intune-encoded",
        "09:40:00",
        _INTUNE_HOSTS,
        "Intune runs an encoded remediation script",
        "Intune がエンコードされた修復スクリプトを実行",
        (_BRANCH,),
        ("encoded-command", "encoded-command-host-application"),
        "AgentExecutor.exe",
    ),
    LookAlike(
        "asset-wmi",
        "11:00:00",
        _ASSET_HOSTS,
        "The asset management server starts PowerShell over WMI; on PC-031 seconds after Word was opened",
        "資産管理サーバーが WMI 経由で PowerShell を起動(PC-031 では Word を開いた直後)",
        (_CLIENTS,),
        ("wmi-starts-powershell", "office-then-wmi-powershell", "encoded-command"),
        "svc-asset",
    ),
    LookAlike(
        "office-addin",
        "10:30:00",
        _ADDIN_HOSTS,
        "An Excel add-in starts a program and a batch file",
        "Excel アドインがプログラムとバッチファイルを起動",
        (_CLIENTS,),
        ("office-then-wmi-powershell",),
        "KeihiRenkei.exe",
    ),
    LookAlike(
        "admin-download",
        "15:20:00",
        ("PC-003",),
        "An administrator's script downloads a tool in a loop",
        "管理者のスクリプトがループでツールをダウンロード",
        (_HQ, _SQUID),
        ("script-download-loop", "powershell-writes-executable"),
        "autorunsc.exe",
    ),
    LookAlike(
        "messenger-run-key",
        "09:55:00",
        ("PC-044",),
        "A messenger installed for one user registers in the Run key",
        "利用者単位で導入したメッセンジャーが Run キーに登録",
        (_CLIENTS,),
        ("run-key-in-profile",),
        "machiawase.exe",
    ),
)

_INVENTORY: Final = (
    "$ErrorActionPreference='SilentlyContinue'\r\n"
    "$apps = Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*' | "
    "Select-Object DisplayName,DisplayVersion\r\n"
    "$bios = Get-WmiObject Win32_BIOS | Select-Object SerialNumber\r\n"
    "$apps | Export-Csv -NoTypeInformation -Encoding UTF8 \\\\ASSET01\\inventory$\\$env:COMPUTERNAME.csv\r\n"
)
_REMEDIATE: Final = "if ((Get-Service wuauserv).Status -ne 'Running') { Start-Service wuauserv }; exit 0"
_DOWNLOAD: Final = (
    "$tools = @('http://download.sysadmin-tools.example/files/autorunsc.exe',"
    "'http://download.sysadmin-tools.example/files/tcpview.exe')\r\n"
    "foreach ($tool in $tools) {\r\n  try {\r\n"
    "    (New-Object Net.WebClient).DownloadFile($tool, 'C:\\Tools\\' + $tool.Split('/')[-1])\r\n"
    "  } catch { Write-Warning $_ }\r\n}\r\n"
)


def _compliance() -> str:
    """A long script, so that PowerShell logs it in two parts."""
    checks = [
        f"# 規則 {i:03d}: レジストリ値の確認\r\n"
        f"$v{i:03d} = (Get-ItemProperty -Path 'HKLM:\\SOFTWARE\\Minato\\Baseline' -Name 'Rule{i:03d}' "
        f"-ErrorAction SilentlyContinue)\r\n"
        f"if ($null -eq $v{i:03d}) {{ $missing += 'Rule{i:03d}' }}\r\n"
        for i in range(90)
    ]
    return (
        "$missing = @()\r\n"
        + "".join(checks)
        + "if ($missing.Count -eq 0) { 'Compliant' } else { $missing -join ',' }\r\n"
    )


class Lookalikes:
    """Plays the look-alikes on machines."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._world = scene.world

    def play(self) -> None:
        """Put them into the schedule."""
        scene = self._scene
        scene.at(at("10:14"), self._psexec)
        scene.at(at("15:20"), self._admin_download)
        scene.at(at("09:55"), self._messenger)
        for i, host in enumerate(_SCCM_HOSTS):
            scene.at(at("12:30") + i * 97 * SECOND, partial(self._sccm, host))
        for i, host in enumerate(_INTUNE_HOSTS):
            scene.at(at("09:40") + i * 310 * SECOND, partial(self._intune, host))
        for clock in ("11:00", "14:00"):
            for i, host in enumerate(_ASSET_HOSTS):
                scene.at(at(clock) + i * 41 * SECOND, partial(self._asset, host))
        for i, host in enumerate(_ADDIN_HOSTS):
            scene.at(at("10:30") + i * 1_260 * SECOND, partial(self._addin, host))

    def _psexec(self, t: int) -> None:
        here, there, admin = (
            self._world.machine(ADMIN_PC),
            self._world.machine("PC-052"),
            self._scene.people[ADMIN_PC],
        )
        account = here.account(ADMIN, elevated=True)
        tool = "C:\\Tools\\Sysinternals\\PsExec64.exe"
        process = here.start(
            t, Launch(f'"{tool}" \\\\PC-052 -s cmd /c "ipconfig /all"', tool, admin.shell, account)
        )
        session = self._scene.network_logon(
            t + 300 * MILLI, "PC-052", ADMIN, self._scene.client(ADMIN_PC).address(t)
        )
        service = {"name": "PSEXESVC", "path": "%SystemRoot%\\PSEXESVC.exe", "start": "demand start"}
        there.install_service(t + SECOND, service, session)
        image = "C:\\Windows\\PSEXESVC.exe"
        daemon = there.start(t + 1_200 * MILLI, Launch(image, image, there.services, SYSTEM))
        command = '"cmd" /c "ipconfig /all"'
        child = there.start(t + 1_900 * MILLI, Launch(command, images.SYSTEM32 + "cmd.exe", daemon, SYSTEM))
        for process_there, seconds in ((child, 3), (daemon, 5)):
            there.end(t + seconds * SECOND, process_there)
        here.end(t + 5 * SECOND, process)

    def _sccm(self, host: str, t: int) -> None:
        machine, ccm = self._world.machine(host), "C:\\Windows\\CCM\\CcmExec.exe"
        agent = machine.service_process(ccm, ccm)
        command = (
            f'"{images.POWERSHELL}" -NoLogo -NonInteractive -NoProfile -ExecutionPolicy Bypass '
            f"-EncodedCommand {encode('. C:/Windows/CCM/SystemTemp/Baseline.ps1; exit $LASTEXITCODE')}"
        )
        self._scene.run_powershell(t, host, Run(command, agent, SYSTEM, (_compliance(),), 11))

    def _intune(self, host: str, t: int) -> None:
        machine = self._world.machine(host)
        service = _INTUNE_FOLDER + "Microsoft.Management.Services.IntuneWindowsAgent.exe"
        agent = machine.service_process(service, f'"{service}"')
        image = _INTUNE_FOLDER + "AgentExecutor.exe"
        command = f'"{image}" -remediationScript "C:\\Windows\\IMECache\\HealthScripts\\detect.ps1"'
        executor = machine.start(t, Launch(command, image, agent, SYSTEM))
        command = (
            f'"{images.POWERSHELL}" -NoProfile -executionPolicy bypass -encodedCommand {encode(_REMEDIATE)}'
        )
        self._scene.run_powershell(t + SECOND, host, Run(command, executor, SYSTEM, (_REMEDIATE,)))
        machine.end(t + 9 * SECOND, executor)

    def _asset(self, host: str, t: int) -> None:
        if host == "PC-031":
            self._open_word(t, host)
            t += 20 * SECOND
        session = self._scene.network_logon(t, host, ASSET_ACCOUNT, SERVERS["ASSET01"])
        provider = self._world.machine(host).wmi_host(t + 600 * MILLI)
        command = f"powershell.exe -NoProfile -NonInteractive -EncodedCommand {encode(_INVENTORY)}"
        self._scene.run_powershell(t + 2 * SECOND, host, Run(command, provider, session, (_INVENTORY,), 14))

    def _open_word(self, t: int, host: str) -> None:
        machine, person = self._world.machine(host), self._scene.people[host]
        image = images.OFFICE + "WINWORD.EXE"
        command = (
            f'"{image}" /n "\\\\FS01\\共有\\{self._scene.client(host).person.department}\\議事録_0721.docx"'
        )
        machine.end(t + 900 * SECOND, machine.start(t, Launch(command, image, person.shell, person.account)))

    def _addin(self, host: str, t: int) -> None:
        machine, person = self._world.machine(host), self._scene.people[host]
        excel = self._child(
            t, host, person.shell, images.OFFICE + "EXCEL.EXE", '"\\\\FS01\\共有\\経理部\\経費精算_7月.xlsm"'
        )
        addin = self._child(
            t + 8 * SECOND, host, excel, "C:\\Program Files\\MinatoAddin\\KeihiRenkei.exe", "/sync"
        )
        batch = self._child(
            t + 12 * SECOND,
            host,
            excel,
            images.SYSTEM32 + "cmd.exe",
            '/c "C:\\Program Files\\MinatoAddin\\export.bat"',
        )
        for process, seconds in ((batch, 14), (addin, 40), (excel, 900)):
            machine.end(t + seconds * SECOND, process)

    def _child(self, t: int, host: str, parent: Process, image: str, arguments: str) -> Process:
        account = self._scene.people[host].account
        return self._world.machine(host).start(t, Launch(f'"{image}" {arguments}', image, parent, account))

    def _admin_download(self, t: int) -> None:
        scene, machine = self._scene, self._world.machine(ADMIN_PC)
        command = f'"{images.POWERSHELL}" -NoProfile -File C:\\Tools\\scripts\\Get-Tools.ps1'
        account = machine.account(ADMIN, elevated=True)
        shell = scene.run_powershell(
            t, ADMIN_PC, Run(command, scene.people[ADMIN_PC].shell, account, (_DOWNLOAD,), 9)
        )
        client = scene.client(ADMIN_PC)
        for i, name in enumerate(("autorunsc.exe", "tcpview.exe")):
            moment = t + (2 + 2 * i) * SECOND
            scene.through_proxy(moment, ADMIN_PC, shell)
            tool = Exchange(
                "GET",
                f"/files/{name}",
                200,
                0,
                711_000 + 4_096 * i,
                "application/octet-stream",
                filename=name,
                executable=True,
            )
            scene.network.pages(moment, client, _TOOL_SITE, [tool])
            machine.create_file(moment + SECOND, shell, f"C:\\Tools\\{name}")

    def _messenger(self, t: int) -> None:
        host = "PC-044"
        machine, person = self._world.machine(host), self._scene.people[host]
        folder = f"C:\\Users\\{person.account.name}\\AppData\\Local\\machiawase"
        setup = f"C:\\Users\\{person.account.name}\\Downloads\\MachiawaseSetup.exe"
        client = self._scene.client(host)
        self._scene.network.tunnel(t, client, "dl.machiawase.example", Load(900, 48_000_000, 21_000), CHROME)
        installer = machine.start(t + 40 * SECOND, Launch(f'"{setup}"', setup, person.shell, person.account))
        machine.create_file(t + 52 * SECOND, installer, f"{folder}\\machiawase.exe")
        key = f"HKU\\{person.account.sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\machiawase"
        machine.set_registry(t + 55 * SECOND, installer, key, f'"{folder}\\machiawase.exe"')
        machine.end(t + 60 * SECOND, installer)
