"""Mail through MX01: Postfix, the firewall, the IPS's flow and Zeek's smtp and files, consistently.

Zeek reads headers and attachments only of mail that came without TLS; of the rest it sees that STARTTLS
happened.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.demo import zeek
from noroshi.demo.company import MAIL_DOMAIN, MX_PUBLIC, SERVERS
from noroshi.demo.postfix import Transit
from noroshi.demo.times import MILLI, SECOND, epoch_us, rfc5322
from noroshi.demo.traffic import Load

if TYPE_CHECKING:
    from noroshi.demo.network import Network
    from noroshi.demo.world import World

_MX01: Final = SERVERS["MX01"]
DOC: Final = "application/msword"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail: name as people see it, content type, size, and what its hashes come from.

    Attributes:
        mark: Stands for a content that nobody looks into.
        content: The content where there is one.
        imphash: Of a program.
    """

    name: str
    mime: str
    size: int
    mark: str = ""
    content: bytes = field(default=b"", repr=False)
    imphash: str = ""

    def hashes(self) -> dict[str, str]:
        """``md5``, ``sha1``, ``sha256`` in lower case."""
        content = self.content or self.mark.encode()
        return {
            "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
            "sha1": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            "sha256": hashlib.sha256(content).hexdigest(),
        }


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail from or to the outside.

    Attributes:
        sender: Envelope and header sender; empty for a bounce.
        recipients: Envelope recipients.
        subject: As people see it.
        message_id: With angle brackets.
        in_reply_to: Message id that it answers, or empty.
        size: Bytes without attachments.
        attachments: Files.
        tls: Whether the sending host used STARTTLS.
        display: Name before the address in the From header.
        agent: User-Agent or X-Mailer header, or empty.
    """

    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    in_reply_to: str = ""
    size: int = 6_200
    attachments: tuple[Attachment, ...] = ()
    tls: bool = True
    display: str = ""
    agent: str = ""

    @property
    def total(self) -> int:
        """Size on the wire: attachments grow by a third in base64."""
        return self.size + sum(item.size * 4 // 3 for item in self.attachments)


def encoded_word(text: str) -> str:
    """A header text as Japanese mail programs write it: ISO-2022-JP in base64 (RFC 2047)."""
    if text.isascii():
        return text
    for prefix in ("Re: ", "Fwd: "):
        if text.startswith(prefix):
            return prefix + encoded_word(text.removeprefix(prefix))
    return f"=?ISO-2022-JP?B?{base64.b64encode(text.encode('iso-2022-jp')).decode()}?="


def _submitted(t: int, client: tuple[str, str], mail: Mail, relay: tuple[str, str] | None) -> Transit:
    """A mail that its sender submitted from a client, with the account of that name."""
    user = mail.sender.split("@", 1)[0]
    return Transit(t, client, mail.sender, mail.recipients, mail.total, mail.message_id, user, relay)


class Mailing:
    """Mail in and out through MX01."""

    def __init__(self, world: World, network: Network) -> None:
        self._world = world
        self._network = network

    def receive(self, host: tuple[str, str], mail: Mail, t: int) -> None:
        """A mail from a host outside (name, address) to people here."""
        port = 30_000 + self._world.day.ids.randrange(30_000)
        load = Load(mail.total + 700, 480, 900 + mail.total // 200)
        server = ((MX_PUBLIC, 25), (_MX01, 25))
        connection = self._network.served(t, (host[1], port), server, load, "smtp")
        self._seen(connection, t + 200 * MILLI, host[0], mail)
        transit = Transit(t, host, mail.sender, mail.recipients, mail.total, mail.message_id)
        self._world.postfix.pass_on(transit)

    def send(self, t: int, client: tuple[str, str], mail: Mail, relay: tuple[str, str]) -> None:
        """A mail that somebody here (client name and address) submitted, to one host outside."""
        done = self._world.postfix.pass_on(_submitted(t, client, mail, relay))
        out = t + 260 * MILLI
        delay = self._network.resolve(out, _MX01, relay[0])
        load = Load(mail.total + 800, 510, max(400, (done - out) // MILLI))
        connection = self._network.server_out(out + delay, _MX01, (relay[1], 25), load, "smtp")
        self._seen(connection, out + delay + 150 * MILLI, f"mx01.{MAIL_DOMAIN}", mail)

    def send_from(self, t: int, server: tuple[str, str], mail: Mail, relay: tuple[str, str]) -> None:
        """A mail that a server of ours (name, address) sends by itself, past MX01."""
        delay = self._network.resolve(t, server[1], relay[0])
        load = Load(mail.total, 520, 1_300)
        connection = self._network.server_out(t + delay, server[1], (relay[1], 25), load, "smtp")
        self._seen(connection, t + delay + 150 * MILLI, server[0], mail)

    def deliver_inside(self, t: int, client: tuple[str, str], mail: Mail) -> None:
        """A mail from somebody here to somebody here."""
        self._world.postfix.pass_on(_submitted(t, client, mail, None))

    def _seen(self, connection: zeek.Connection, t: int, helo: str, mail: Mail) -> None:
        """Zeek's smtp row, and a files row for each attachment that went in clear."""
        values: dict[str, object] = {
            **connection.head(t),
            "trans_depth": 1,
            "helo": helo,
            "tls": mail.tls,
            "is_webmail": False,
            "path": [connection.destination[0], connection.source[0]],
            "last_reply": "220 2.0.0 Ready to start TLS" if mail.tls else "250 2.0.0 Ok: queued",
        }
        if not mail.tls:
            values |= self._headers(t, helo, connection, mail)
            values["fuids"] = self._files(connection, t, mail)
        self._world.zeek("smtp", t + 2 * SECOND, values)

    def _headers(self, t: int, helo: str, connection: zeek.Connection, mail: Mail) -> dict[str, object]:
        sender = f"<{mail.sender}>" if mail.sender else "MAILER-DAEMON"
        return {
            "mailfrom": mail.sender or "<>",
            "rcptto": list(mail.recipients),
            "date": rfc5322(t),
            "from": f"{encoded_word(mail.display)} {sender}" if mail.display else sender,
            "to": [f"<{address}>" for address in mail.recipients],
            "msg_id": mail.message_id,
            "in_reply_to": mail.in_reply_to or None,
            "subject": encoded_word(mail.subject),
            "first_received": f"from {helo} ([{connection.source[0]}]) by mx01.{MAIL_DOMAIN} with ESMTP",
            "user_agent": mail.agent or None,
        }

    def _files(self, connection: zeek.Connection, t: int, mail: Mail) -> list[str]:
        fuids = ["F" + self._world.day.base62(17)]
        text = Attachment("", "text/plain", mail.size // 2, mail.message_id)
        for depth, item in enumerate((text, *mail.attachments), 1):
            fuid = fuids[0] if depth == 1 else "F" + self._world.day.base62(17)
            if depth > 1:
                fuids.append(fuid)
            self._world.zeek(
                "files",
                t + SECOND,
                {
                    "ts": epoch_us(t + depth * 9 * MILLI),
                    "fuid": fuid,
                    "tx_hosts": [connection.source[0]],
                    "rx_hosts": [connection.destination[0]],
                    "conn_uids": [connection.uid],
                    "source": "SMTP",
                    "depth": depth + 1,
                    "analyzers": ["MD5", "SHA1", "SHA256"],
                    "mime_type": item.mime,
                    "filename": encoded_word(item.name) or None,
                    "duration": zeek.interval(item.size // 3),
                    "local_orig": zeek.local(connection.source[0]),
                    "is_orig": True,
                    "seen_bytes": item.size,
                    "missing_bytes": 0,
                    "overflow_bytes": 0,
                    "timedout": False,
                    **item.hashes(),
                },
            )
        return fuids
