"""What IPS, network sensor and WAF logs have in common: which side is watched, and HTTP in Sigma's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.model import Entities
from noroshi.events.web import split_host, split_url

if TYPE_CHECKING:
    from noroshi.events.model import Event, Fields

_INSIDE: Final = re.compile(
    r"10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|127\.|169\.254\."
    r"|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1$",
    re.IGNORECASE,
)


def is_inside(address: Any) -> bool:
    """Whether an address is of a private range: RFC 1918, 6598, 3927, 4193, link-local, loopback."""
    return isinstance(address, str) and _INSIDE.match(address) is not None


def watched(client: Any, server: Any) -> str | None:
    """The watched side of a connection: the client, unless only the server has an inside address."""
    near: str | None = client if isinstance(client, str) and client else None
    far: str | None = server if isinstance(server, str) and server else None
    return far if near is None or (is_inside(far) and not is_inside(near)) else near


def sensor_entities(event: Event, named: Entities, client: Any, server: Any) -> Entities:
    """Whom a sensor's record is about: what the table named, with the watched side of the connection.

    A lease is about the address given. Mail that comes in is about its recipient, not about the mail server
    that takes everybody's; mail that goes out is about its sender and the machine that sends it.
    """
    fields, incoming = event.fields, False
    mailbox = None
    if "mail" in event.logsource.categories:
        incoming = not is_inside(client)
        mailbox = fields.get("mail_to") if is_inside(server) else fields.get("mail_from")
        mailbox = mailbox[0] if isinstance(mailbox, list) and mailbox else mailbox
    at = fields.get("ip") if "dhcp_action" in fields else watched(client, server) or named.address
    return Entities(
        host=named.host,
        user=named.user,
        address=at if isinstance(at, str) and not incoming else None,
        mailbox=mailbox.lower() if isinstance(mailbox, str) else None,
    )


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as a sensor saw it on the wire; None where the log does not say.

    Attributes:
        target: The request target: a path, an absolute URL (to a proxy) or ``host:port`` (CONNECT).
        host: The Host header, with or without port.
        port: The port of the Host header, else of the connection.
        server: The server's address, for requests without a host.
    """

    method: Any = None
    target: Any = None
    host: Any = None
    port: Any = None
    server: Any = None
    referer: Any = None
    user_agent: Any = None
    status: Any = None
    scheme: str = "http"

    @property
    def to_proxy(self) -> bool:
        """Whether the client spoke to a proxy."""
        target = self.target if isinstance(self.target, str) else ""
        return self.method == "CONNECT" or ("://" in target[:12] and not target.startswith("/"))

    @property
    def url(self) -> str | None:
        """The URL that the client asked for."""
        if not isinstance(self.target, str) or self.to_proxy:
            return self.target if isinstance(self.target, str) else None
        name = self.host or self.server
        if not isinstance(name, str) or not name:
            return self.target
        return f"{self.scheme}://{self._authority(name)}{self.target}"

    def _authority(self, name: str) -> str:
        if name.count(":") > 1 and not name.startswith("["):
            name = f"[{name}]"
        has_port = ":" in name.rpartition("]")[2]
        usual = {"http": "80", "https": "443"}.get(self.scheme)
        return name if has_port or self.port is None or str(self.port) == usual else f"{name}:{self.port}"


def add_request(fields: Fields, request: Request) -> None:
    """Add Sigma's names of web logs (proxy and webserver taxonomy) for what the request has."""
    url = request.url
    found = {
        "cs-method": request.method,
        "c-uri": url,
        "cs-uri": url,
        "cs-referer": request.referer,
        "c-useragent": request.user_agent,
        "cs-user-agent": request.user_agent,
        "sc-status": request.status,
    }
    if url is not None:
        found |= {"cs-host": split_host(url)[0]} if request.method == "CONNECT" else _parts(url)
    fields.update({name: value for name, value in found.items() if value is not None})


def _parts(url: str) -> dict[str, str | None]:
    """What the URL holds; the host without port, as proxies log it."""
    parts = split_url(url)
    return {
        "cs-host": parts.host or None,
        "c-uri-stem": parts.path,
        "cs-uri-stem": parts.path,
        "c-uri-query": parts.query or None,
        "cs-uri-query": parts.query or None,
        "c-uri-extension": parts.extension or None,
    }
