"""Squid 4: the combined format (head office) and the native one (branch).

Sources: Squid's ``logformat`` reference, predefined formats ``combined`` and ``squid``. ``strip_query_terms
on`` is the default: the URL ends before ``?``, the Referer header does not. A record is written when the
request ends.
"""

from __future__ import annotations

from dataclasses import dataclass

from noroshi.demo.times import clf, epoch_ms


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """A request as the proxy saw it.

    Attributes:
        ended: When it ended.
        elapsed_ms: How long it took.
        client: Address of the client.
        user: Authenticated name, or ``-``.
        method: ``GET``, ``POST``, ``CONNECT`` …
        url: Absolute URL, or ``host:443`` of a ``CONNECT``.
        status: HTTP status sent to the client.
        size: Bytes sent to the client, headers included.
        result: Squid's result code, ``TCP_MISS``.
        server: Address of the server, or ``-`` when none was asked.
        content_type: Content type of the answer, or ``-``.
        referer: Referer header, or ``-``.
        agent: User-Agent header, or ``-``.
    """

    ended: int
    elapsed_ms: int
    client: str
    user: str
    method: str
    url: str
    status: int
    size: int
    result: str
    server: str
    content_type: str = "-"
    referer: str = "-"
    agent: str = "-"


def _logged_url(request: ProxyRequest) -> str:
    return request.url.split("?", 1)[0] + ("?" if "?" in request.url else "")


def _hierarchy(request: ProxyRequest) -> str:
    return "HIER_NONE" if request.server == "-" else "HIER_DIRECT"


def combined(request: ProxyRequest) -> str:
    """One line of ``logformat combined``."""
    return (
        f'{request.client} - {request.user} [{clf(request.ended)}] "{request.method} {_logged_url(request)} '
        f'HTTP/1.1" '
        f'{request.status} {request.size} "{request.referer}" "{request.agent}" '
        f"{request.result}:{_hierarchy(request)}"
    )


def native(request: ProxyRequest) -> str:
    """One line of ``logformat squid``."""
    return (
        f"{epoch_ms(request.ended)} {request.elapsed_ms:6d} {request.client} "
        f"{request.result}/{request.status:03d} "
        f"{request.size} {request.method} {_logged_url(request)} {request.user} "
        f"{_hierarchy(request)}/{request.server} {request.content_type}"
    )
