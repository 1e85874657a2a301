"""Logons: 4624, 4634 and 4672 on the machine, 4768 and 4769 on the domain controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.demo.company import AD_DNS, AD_DOMAIN, DOMAIN_SID
from noroshi.demo.times import MILLI

if TYPE_CHECKING:
    from noroshi.demo.windows import Account, Machine

_REALM: Final = AD_DNS.upper()
INTERACTIVE: Final = 2
NETWORK: Final = 3
UNLOCK: Final = 7


def _logon_guid(account: Account) -> str:
    h = f"{int(account.logon_id, 16) * 0x9E3779B97F4A7C15 & (1 << 128) - 1:032x}"
    return f"{{{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}}}"


def logged_on(
    machine: Machine, t: int, account: Account, kind: int, source: tuple[str, int] = ("127.0.0.1", 0)
) -> None:
    """4624 on the machine that was logged on to.

    Args:
        machine: Where.
        t: When.
        account: The new session.
        kind: Logon type: 2 interactive, 3 network, 7 unlock.
        source: Address and port that the logon came from.
    """
    network = kind == NETWORK
    machine.write(
        t,
        "4624",
        {
            "SubjectUserSid": "S-1-0-0" if network else "S-1-5-18",
            "SubjectUserName": "-" if network else f"{machine.host}$",
            "SubjectDomainName": "-" if network else AD_DOMAIN,
            "SubjectLogonId": "0x0" if network else "0x3e7",
            "TargetUserSid": account.sid,
            "TargetUserName": account.name,
            "TargetDomainName": _REALM if network else AD_DOMAIN,
            "TargetLogonId": account.logon_id,
            "LogonType": str(kind),
            "LogonProcessName": "Kerberos" if network else "User32 ",
            "AuthenticationPackageName": "Kerberos" if network else "Negotiate",
            "WorkstationName": "-" if network else machine.host,
            "LogonGuid": _logon_guid(account),
            "TransmittedServices": "-",
            "LmPackageName": "-",
            "KeyLength": "0",
            "ProcessId": "0x0" if network else "0x2f8",
            "ProcessName": "-" if network else "C:\\Windows\\System32\\svchost.exe",
            "IpAddress": source[0],
            "IpPort": str(source[1]),
            "ImpersonationLevel": "%%1833",
            "RestrictedAdminMode": "-",
            "TargetOutboundUserName": "-",
            "TargetOutboundDomainName": "-",
            "VirtualAccount": "%%1843",
            "TargetLinkedLogonId": "0x0",
            "ElevatedToken": "%%1842" if account.integrity == "High" else "%%1843",
        },
    )
    if account.integrity == "High":
        names = ("SeSecurityPrivilege", "SeBackupPrivilege", "SeRestorePrivilege", "SeDebugPrivilege")
        privileges = "\r\n\t\t\t".join(names)
        machine.write(t + MILLI, "4672", {**_subject(account), "PrivilegeList": privileges})


def _subject(account: Account) -> dict[str, str]:
    return {
        "SubjectUserSid": account.sid,
        "SubjectUserName": account.name,
        "SubjectDomainName": account.domain,
        "SubjectLogonId": account.logon_id,
    }


def logged_off(machine: Machine, t: int, account: Account, kind: int) -> None:
    """4634."""
    machine.write(
        t,
        "4634",
        {
            "TargetUserSid": account.sid,
            "TargetUserName": account.name,
            "TargetDomainName": AD_DOMAIN,
            "TargetLogonId": account.logon_id,
            "LogonType": str(kind),
        },
    )


def ticket_granting(dc: Machine, t: int, account: Account, source: tuple[str, int]) -> None:
    """4768: the person proves who they are to the domain controller, from an address."""
    dc.write(
        t,
        "4768",
        {
            "TargetUserName": account.name,
            "TargetDomainName": AD_DOMAIN,
            "TargetSid": account.sid,
            "ServiceName": "krbtgt",
            "ServiceSid": f"{DOMAIN_SID}-502",
            "TicketOptions": "0x40810010",
            "Status": "0x0",
            "TicketEncryptionType": "0x12",
            "PreAuthType": "2",
            "IpAddress": f"::ffff:{source[0]}",
            "IpPort": str(source[1]),
            "CertIssuerName": "",
            "CertSerialNumber": "",
            "CertThumbprint": "",
        },
    )


def service_ticket(dc: Machine, t: int, account: Account, service: str, source: tuple[str, int]) -> None:
    """4769: a ticket for a service, named by its computer account (``FS01$``)."""
    dc.write(
        t,
        "4769",
        {
            "TargetUserName": f"{account.name}@{_REALM}",
            "TargetDomainName": _REALM,
            "ServiceName": service,
            "ServiceSid": f"{DOMAIN_SID}-{1000 + sum(service.encode()) % 90}",
            "TicketOptions": "0x40810000",
            "TicketEncryptionType": "0x12",
            "IpAddress": f"::ffff:{source[0]}",
            "IpPort": str(source[1]),
            "Status": "0x0",
            "LogonGuid": _logon_guid(account),
            "TransmittedServices": "-",
        },
    )
