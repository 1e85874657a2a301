"""Windows' logons in uniform words (`noroshi.events.logons`).

Microsoft, "Audit logon", "Audit Kerberos Authentication Service", "Audit credential validation": 4624, 4625,
4648 on the machine logged on to (4648: that uses the credentials), 4768, 4771 and 4776 on the domain
controller. Terminal Services' local session manager, 21 and 25: sessions begun and taken up again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.events.logons import FIELDS, add_logon
from noroshi.events.values import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.events.model import Fields

_TYPES: Final = {
    "2": "interactive", "3": "network", "4": "batch", "5": "service", "7": "unlock", "8": "cleartext",
    "9": "new_credentials", "10": "remote_desktop", "11": "cached", "12": "remote_desktop", "13": "unlock",
}  # fmt: skip
_GRANTED: Final = frozenset({"0x0", "0", "0x00000000"})


def _logon(fields: Fields, *, success: bool) -> None:
    add_logon(
        fields,
        _TYPES.get(as_text(fields.get("LogonType")) or "", "other"),
        success=success,
        user=fields.get("TargetUserName"),
        host=fields.get("Computer"),
        address=fields.get("IpAddress"),
        client=fields.get("WorkstationName"),
    )


def logged_on(fields: Fields) -> None:
    """4624."""
    _logon(fields, success=True)


def logon_failed(fields: Fields) -> None:
    """4625."""
    _logon(fields, success=False)


def explicit_credentials(fields: Fields) -> None:
    """4648: whose credentials are used, and on which machine they are typed; nothing about the result."""
    add_logon(
        fields, "explicit", success=None, user=fields.get("TargetUserName"), host=fields.get("Computer")
    )


def _granted(fields: Fields) -> bool | None:
    status = as_text(fields.get("Status"))
    return None if status is None else status.lower() in _GRANTED


def ticket(fields: Fields) -> None:
    """4768: granted or refused, by its status."""
    _kerberos(fields, success=_granted(fields))


def preauthentication_failed(fields: Fields) -> None:
    """4771."""
    _kerberos(fields, success=False)


def _kerberos(fields: Fields, *, success: bool | None) -> None:
    add_logon(
        fields,
        "kerberos",
        success=success,
        user=fields.get("TargetUserName"),
        host=fields.get("Computer"),
        address=fields.get("IpAddress"),
    )


def credentials_validated(fields: Fields) -> None:
    """4776: NTLM; the controller knows the client's name only."""
    user, client = fields.get("TargetUserName"), fields.get("Workstation")
    add_logon(fields, "ntlm", success=_granted(fields), user=user, host=fields.get("Computer"), client=client)


def session_begun(fields: Fields) -> None:
    """Local session manager 21 and 25; ``LOCAL`` stands for the console."""
    remote = str(fields.get("Address", "LOCAL")).upper() != "LOCAL"
    add_logon(
        fields,
        "remote_desktop" if remote else "interactive",
        success=True,
        user=fields.get("User"),
        host=fields.get("Computer"),
        address=fields.get("Address"),
    )


_STEPS: Final[dict[tuple[str, int], Callable[[Fields], None]]] = {
    ("security", 4624): logged_on,
    ("security", 4625): logon_failed,
    ("security", 4648): explicit_credentials,
    ("security", 4768): ticket,
    ("security", 4771): preauthentication_failed,
    ("security", 4776): credentials_validated,
    ("terminalservices-localsessionmanager", 21): session_begun,
    ("terminalservices-localsessionmanager", 25): session_begun,
}


def logon_step(service: str | None, event_id: Any) -> Callable[[Fields], None] | None:
    """What adds the uniform fields to this kind of event; None for events that are no logon."""
    return _STEPS.get((service, event_id)) if service is not None else None


def logon_fields(service: str | None, event_id: Any) -> tuple[str, ...]:
    """The fields that the step writes."""
    return FIELDS if logon_step(service, event_id) is not None else ()
