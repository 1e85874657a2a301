"""The lines of the further products of the background: PAN-OS, ASA with AnyConnect, sshd, Exchange.

Sources: see `noroshi.demo.further`. Columns and messages only as the manuals give them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from noroshi.demo.times import MINUTE, SECOND, iso_utc_ms, local, syslog

if TYPE_CHECKING:
    from noroshi.demo.logs import LogFile

_End = tuple[str, int]
"""Address and port."""

_INSIDE = "10.0.0.0-10.255.255.255"


class PanOs:
    """PA-FW01: TRAFFIC, THREAT and GLOBALPROTECT as CSV."""

    def __init__(self, log: LogFile) -> None:
        self._log = log
        self._number = 0

    def _head(self, t: int, log_type: str, subtype: str) -> str:
        self._number += 1
        now = local(t).replace("-", "/")
        return f"1,{now},001801000001,{log_type},{subtype},2305,{now}"

    def traffic(self, t: int, source: _End, target: _End, action: str) -> None:
        """The end of a session, or its refusal."""
        allowed = action == "allow"
        now, number = local(t).replace("-", "/"), self._number
        out = not target[0].startswith("10.")
        zones = "lab,untrust,ethernet1/2,ethernet1/1" if out else "servers,lab,ethernet1/3,ethernet1/2"
        nat, nat_port = (
            (f"203.0.113.10,{target[0]}", 20_000 + number % 40_000) if out else ("0.0.0.0,0.0.0.0", 0)
        )
        app, end = ("ssl", "tcp-fin") if allowed else ("not-applicable", "policy-deny")
        sent, got, packets = (1800, 9400, 24) if allowed else (74, 0, 1)
        start = "end" if allowed else "drop"
        place = "Japan" if out else _INSIDE
        self._log.add(
            t,
            f"{self._head(t, 'TRAFFIC', start)},{source[0]},{target[0]},{nat},"
            f"{'lab-out' if allowed else 'deny-all'},,,{app},vsys1,{zones},forward,{now},{30_000 + number},1,"
            f"{source[1]},{target[1]},{nat_port},{target[1] if out else 0},0x19,tcp,{action},{sent + got},"
            f"{sent},{got},{packets},{now},0,any,0,{number},0x0,{_INSIDE},{place},0,{packets // 2},"
            f"{packets - packets // 2},{end},0,0,0,0,,PA-FW01,from-policy",
        )

    def _threat(self, t: int, ends: tuple[_End, _End], kind: tuple[str, str, str], what: str) -> None:
        source, target = ends
        subtype, app, action = kind
        now = local(t).replace("-", "/")
        head = self._head(t, "THREAT", subtype)
        number = self._number
        out = not target[0].startswith("10.")
        zones = "lab,untrust,ethernet1/2,ethernet1/1" if out else "servers,lab,ethernet1/3,ethernet1/2"
        self._log.add(
            t,
            f"{head},{source[0]},{target[0]},0.0.0.0,0.0.0.0,lab-out,,,{app},vsys1,{zones},forward,{now},"
            f"{30_000 + number},1,{source[1]},{target[1]},0,0,0xb000,tcp,{action},{what},"
            f"client-to-server,{number},0x0,{_INSIDE},{'Japan' if out else _INSIDE},0,,0,,,1,,,,,,,,"
            "0,0,0,0,,PA-FW01",
        )

    def url(self, t: int, source: _End, website: str) -> None:
        """URL filtering's note of a page that was let pass."""
        what = '"www.parts-catalog.example/list",(9999),business-and-economy,informational'
        self._threat(t, (source, (website, 443)), ("url", "ssl", "alert"), what)

    def vulnerability(self, t: int, source: _End, target: _End) -> None:
        """A signature that a scanner's request meets."""
        what = '"",HTTP OPTIONS Method(30520),any,informational'
        self._threat(t, (source, target), ("vulnerability", "web-browsing", "alert"), what)

    def _vpn(self, t: int, event: tuple[str, str, str], who: tuple[str, str, str], reason: str) -> None:
        name, stage, status = event
        user, public, private = who
        zoned = f"{local(t).replace(' ', 'T')}.000+09:00"
        self._log.add(
            t,
            f"{self._head(t, 'GLOBALPROTECT', '0')},vsys1,{name},{stage},LDAP,,{user},JP,NOTE-{public[-3:]},"
            f"{public},0.0.0.0,{private},0.0.0.0,,,5.2.6,Windows,Windows 10,1,,{reason},,{status},,0,,0,"
            f"GP-Gateway,{self._number},0x0,{zoned}",
        )

    def refused(self, t: int, user: str, public: str) -> None:
        """A wrong password."""
        reason = "Authentication failed: Invalid username or password"
        self._vpn(t, ("gateway-auth", "login", "failure"), (user, public, "0.0.0.0"), reason)  # noqa: S104 - how PAN-OS writes "no address"

    def connected(self, t: int, user: str, public: str, private: str) -> None:
        """The right password, then the tunnel."""
        self._vpn(t, ("gateway-auth", "login", "success"), (user, public, "0.0.0.0"), "")  # noqa: S104 - as above
        self._vpn(t + SECOND, ("gateway-connected", "connected", "success"), (user, public, private), "")

    def left(self, t: int, user: str, public: str) -> None:
        """The end of the tunnel."""
        self._vpn(t, ("gateway-logout", "logout", "success"), (user, public, "0.0.0.0"), "")  # noqa: S104 - as above


class _Messages:
    """ASA01's messages, with local time and year (``logging timestamp``)."""

    def __init__(self, log: LogFile) -> None:
        self._log = log

    def _write(self, t: int, message: str) -> None:
        stamp = syslog(t)
        self._log.add(t, f"{stamp[:6]} {local(t)[:4]} {stamp[7:]} ASA01 : %ASA-{message}")


class Asa(_Messages):
    """The firewall's connections and refusals."""

    def __init__(self, log: LogFile) -> None:
        super().__init__(log)
        self._connection = 0

    def connection(self, t: int, source: _End, target: _End, size: int) -> None:
        """Built, and torn down ten seconds later."""
        self._connection += 1
        number, outside, inside = (
            self._connection,
            f"outside:{target[0]}/{target[1]}",
            f"inside:{source[0]}/{source[1]}",
        )
        self._write(
            t,
            f"6-302013: Built outbound TCP connection {number} for {outside} ({target[0]}/{target[1]}) "
            f"to {inside} (203.0.113.10/{source[1]})",
        )
        self._write(
            t + 10 * SECOND,
            f"6-302014: Teardown TCP connection {number} for {outside} to {inside} duration 0:00:10 "
            f"bytes {size} TCP FINs",
        )

    def denied(self, t: int, source: _End, target: _End) -> None:
        """Refused by the access list."""
        self._write(
            t,
            f"4-106023: Deny tcp src inside:{source[0]}/{source[1]} dst outside:{target[0]}/{target[1]} "
            'by access-group "inside_in" [0x8ed66b60, 0xf8852875]',
        )


class AnyConnect(_Messages):
    """The same device's remote access."""

    def refused(self, t: int, user: str, public: str) -> None:
        """A wrong password."""
        self._write(
            t,
            "6-113005: AAA user authentication Rejected : reason = AAA failure : server = 10.20.0.10 : "
            f"user = {user} : user IP = {public}",
        )

    def connected(self, t: int, user: str, public: str, private: str) -> None:
        """The right password, then the session and its address."""
        who = f"Group <GP-STAFF> User <{user}> IP <{public}>"
        self._write(t, f"6-113004: AAA user authentication Successful : server = 10.20.0.10 : user = {user}")
        self._write(t + SECOND, f"6-113039: {who} AnyConnect parent session started.")
        self._write(
            t + 2 * SECOND, f"4-722051: {who} IPv4 Address <{private}> IPv6 address <::> assigned to session"
        )

    def left(self, t: int, user: str, public: str) -> None:
        """The end of the session."""
        self._write(
            t,
            f"4-113019: Group = GP-STAFF, Username = {user}, IP = {public}, Session disconnected. "
            "Session Type: AnyConnect-Parent, Duration: 3h:28m:09s, Bytes xmt: 48213345, Bytes rcv: 9931277, "
            "Reason: User Requested",
        )


class Sshd:
    """sshd, PAM and sudo on the Linux servers, gathered by syslog."""

    def __init__(self, log: LogFile) -> None:
        self._log = log
        self._pid = 4000

    def _write(self, t: int, host: str, text: str) -> None:
        self._log.add(t, f"{syslog(t)} {host} sshd[{self._pid}]: {text}")

    def refused(self, t: int, host: str, user: str, address: str, *, known: bool = True) -> None:
        """A wrong password."""
        self._pid += 3
        whom = user if known else f"invalid user {user}"
        port = 40_000 + self._pid % 20_000
        self._write(t, host, f"Failed password for {whom} from {address} port {port} ssh2")

    def session(self, t: int, host: str, who: tuple[str, str], address: str) -> None:
        """A logon (user, method) and its end four minutes later."""
        self._pid += 3
        (user, method), port = who, 40_000 + self._pid % 20_000
        key = ": ED25519 SHA256:Qm9vdHN0cmFwS2V5T2ZNaW5hdG9Xb3Jrc0RlbW9LZXk" if method == "publickey" else ""
        self._write(t, host, f"Accepted {method} for {user} from {address} port {port} ssh2{key}")
        self._write(t, host, f"pam_unix(sshd:session): session opened for user {user} by (uid=0)")
        self._write(t + 4 * MINUTE, host, f"pam_unix(sshd:session): session closed for user {user}")

    def sudo(self, t: int, host: str, user: str, command: str) -> None:
        """A command as root."""
        text = f"TTY=pts/0 ; PWD=/srv/{user} ; USER=root ; COMMAND={command}"
        self._log.add(t, f"{syslog(t)} {host} sudo: {user} : {text}")


class Exchange:
    """EX01's message tracking log."""

    HEADER: ClassVar = (
        "#Software: Microsoft Exchange Server\n#Version: 15.01.2044.004\n#Log-type: Message Tracking Log\n"
        "#Date: 2020-07-21T15:00:00.000Z\n#Fields: date-time,client-ip,client-hostname,"
        "server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,"
        "recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,"
        "message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,"
        "original-server-ip,custom-data\n"
    )

    def __init__(self, log: LogFile) -> None:
        self._log = log
        self._number = 0

    def _row(self, t: int, event: tuple[str, str, str], mail: tuple[str, str, str]) -> None:
        self._number += 1
        source, name, direction = event
        sender, recipients, subject = mail
        number, count = self._number, recipients.count(";") + 1
        message = f"<{number:08x}@{sender.partition('@')[2]}>"
        self._log.add(
            t,
            f"{iso_utc_ms(t)},10.20.0.27,EX01,10.20.0.27,EX01,,,{source},{name},{number},{message},"
            f"{number:08x}-0000-4000-8000-000000000000,{recipients},,20480,{count},,,{subject},{sender},{sender},,"
            f"{direction},,10.20.0.25,,",
        )

    def delivered(self, t: int, sender: str, to: tuple[str, ...], subject: str, *, incoming: bool) -> None:
        """Into mailboxes here."""
        direction = "Incoming" if incoming else "Originating"
        self._row(t, ("STOREDRIVER", "DELIVER", direction), (sender, ";".join(to), subject))

    def sent(self, t: int, sender: str, recipient: str, subject: str) -> None:
        """Out, through MX01."""
        self._row(t, ("SMTP", "SENDEXTERNAL", "Originating"), (sender, recipient, subject))
