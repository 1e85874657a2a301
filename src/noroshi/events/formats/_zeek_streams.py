"""Zeek's streams that need more than their own names: who is meant, and Sigma's names where they differ.

Zeek manual, "Log Files": kerberos, ntlm, rdp, ftp, radius, socks, mysql, notice, signatures, smb_files.
``account`` is the person, ``client_host`` the machine that the record names itself; both become entities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.events.logons import add_logon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from noroshi.events.model import Fields

_NO_ACCOUNTS: Final = frozenset({"", "-", "anonymous", "<unknown>", "guest@", "ftp"})


def _add_account(fields: Fields, name: Any) -> None:
    r"""``account`` of ``MINATO\t.suzuki``; a machine's account (``PC-014$``) gives ``client_host``."""
    if not isinstance(name, str) or name.lower() in _NO_ACCOUNTS:
        return
    if name.endswith("$"):
        fields["client_host"] = name[:-1].rpartition("\\")[2]
    else:
        fields["account"] = name


def add_kerberos(fields: Fields) -> None:
    """The client of ``t.suzuki/MINATO.EXAMPLE``."""
    if isinstance(client := fields.get("client"), str):
        _add_account(fields, client.partition("/")[0])


def add_username(fields: Fields) -> None:
    """NTLM, RADIUS and MySQL."""
    _add_account(fields, fields.get("username"))


def add_user(fields: Fields) -> None:
    """FTP and SOCKS."""
    _add_account(fields, fields.get("user"))


def add_rdp(fields: Fields) -> None:
    """The cookie is usually the user's name; ``client_name`` is the client's machine."""
    cookie = fields.get("cookie")
    _add_account(fields, cookie.removeprefix("mstshash=") if isinstance(cookie, str) else None)
    if isinstance(name := fields.get("client_name"), str) and name:
        fields["client_host"] = name


def add_ssh(fields: Fields) -> None:
    """Zeek guesses from the traffic whether somebody got in; whom, it cannot see."""
    success = fields.get("auth_success")
    if isinstance(success, bool):
        add_logon(fields, "ssh", success=success, host=fields.get("dst_ip"), address=fields.get("src_ip"))


def add_notice(fields: Fields) -> None:
    """``src`` and ``dst`` where the notice has no connection."""
    for name, original in (("src_ip", "src"), ("dst_ip", "dst"), ("dst_port", "p")):
        if original in fields:
            fields.setdefault(name, fields[original])
    if "note" in fields:
        fields.setdefault("signature", fields["note"])


def add_signatures(fields: Fields) -> None:
    """Signature matches name their ends in their own way."""
    for end in ("src", "dst"):
        for name, original in ((f"{end}_ip", f"{end}_addr"), (f"{end}_port", f"{end}_port")):
            if original in fields:
                fields.setdefault(name, fields[original])
    if "sig_id" in fields:
        fields["signature"] = fields["sig_id"]


def add_smb_files(fields: Fields) -> None:
    r"""``file_path``: share and name as one path (``\\fs01\share\a.exe``)."""
    share, name = fields.get("path"), fields.get("name")
    if isinstance(name, str) and name:
        whole = isinstance(share, str) and share.startswith("\\\\")
        fields["file_path"] = f"{str(share).rstrip(chr(92))}\\{name.lstrip(chr(92))}" if whole else name


ADDERS: Final[Mapping[str, Callable[[Fields], None]]] = {
    "kerberos": add_kerberos,
    "ntlm": add_username,
    "radius": add_username,
    "mysql": add_username,
    "ftp": add_user,
    "socks": add_user,
    "rdp": add_rdp,
    "ssh": add_ssh,
    "notice": add_notice,
    "signatures": add_signatures,
    "smb_files": add_smb_files,
}
