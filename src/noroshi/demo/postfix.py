"""Postfix 3 in the mail log of MX01: the lines of one message, from the connection to ``removed``.

Source: what Postfix's daemons log by default (smtpd, cleanup, qmgr, lmtp, smtp, bounce). No subject, no
attachment: Postfix alone cannot show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.demo.times import MILLI, SECOND, syslog

if TYPE_CHECKING:
    from noroshi.demo.day import Day
    from noroshi.demo.logs import LogFile

_QUEUE: Final = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class Transit:
    """A message on its way through MX01.

    Attributes:
        start: When the sending host connected.
        client: Name and address of that host.
        sender: Envelope sender, empty for a bounce.
        recipients: Envelope recipients.
        size: Bytes.
        message_id: With angle brackets.
        sasl_user: Who authenticated (submission), or empty.
        relay: Name and address of the next host, or nothing for local delivery.
    """

    start: int
    client: tuple[str, str]
    sender: str
    recipients: tuple[str, ...]
    size: int
    message_id: str
    sasl_user: str = ""
    relay: tuple[str, str] | None = None


class Postfix:
    """MX01's Postfix and its log."""

    def __init__(self, day: Day, log: LogFile) -> None:
        self._day = day
        self._log = log
        self._pid = 20_000

    def _write(self, t: int, program: str, pid: int, text: str) -> None:
        self._log.add(t, f"{syslog(t)} mx01 postfix/{program}[{pid}]: {text}")

    def queue_id(self) -> str:
        """A long queue id."""
        return (
            "4B"
            + "".join(self._day.ids.choice(_QUEUE) for _ in range(9))
            + "z"
            + self._day.ids.choice(_QUEUE)
        )

    def pass_on(self, transit: Transit) -> int:
        """Log a message from arrival to removal; gives the instant of its last line."""
        self._pid += self._day.ids.randrange(1, 4)
        t, pid, queue = transit.start, self._pid, self.queue_id()
        name, address = transit.client
        smtpd = "submission/smtpd" if transit.sasl_user else "smtpd"
        sasl = f", sasl_method=PLAIN, sasl_username={transit.sasl_user}" if transit.sasl_user else ""
        self._write(t, smtpd, pid, f"connect from {name}[{address}]")
        self._write(t + 60 * MILLI, smtpd, pid, f"{queue}: client={name}[{address}]{sasl}")
        self._write(t + 110 * MILLI, "cleanup", pid + 3, f"{queue}: message-id={transit.message_id}")
        count = len(transit.recipients)
        self._write(
            t + 190 * MILLI,
            "qmgr",
            1402,
            f"{queue}: from=<{transit.sender}>, size={transit.size}, nrcpt={count} (queue active)",
        )
        auth, total = ("auth=1 ", 5 + count) if sasl else ("", 4 + count)
        commands = f"ehlo=1 {auth}mail=1 rcpt={count} data=1 quit=1 commands={total}"
        self._write(t + 240 * MILLI, smtpd, pid, f"disconnect from {name}[{address}] {commands}")
        done = t + 320 * MILLI
        for recipient in transit.recipients:
            done += 30 * MILLI
            self._deliver(done, queue, transit, recipient)
        self._write(done + 10 * MILLI, "qmgr", 1402, f"{queue}: removed")
        return done + 10 * MILLI

    def _deliver(self, t: int, queue: str, transit: Transit, recipient: str) -> None:
        delay = (t - transit.start) / SECOND
        delays = f"delay={delay:.2f}, delays={delay * 0.7:.2f}/0.01/0.02/{delay * 0.2:.2f}"
        if transit.relay is None:
            token = self._day.base62(16)
            self._write(
                t,
                "lmtp",
                self._pid + 5,
                f"{queue}: to=<{recipient}>, relay=mx01.minato-works.example[private/dovecot-lmtp], "
                f"{delays}, "
                f"dsn=2.0.0, status=sent (250 2.0.0 <{recipient}> {token} Saved)",
            )
            return
        host, address = transit.relay
        status = f"dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {self.queue_id()})"
        self._write(
            t,
            "smtp",
            self._pid + 6,
            f"{queue}: to=<{recipient}>, relay={host}[{address}]:25, {delays}, {status}",
        )
