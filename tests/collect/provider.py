"""A provider on loopback that answers what a test tells it to, in the clear or under TLS."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from noroshi.collect.http import Client, Limits

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """One answer; `cut` bytes of its body are never sent."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0


@dataclass
class Provider:
    """The server: `answer` decides, `asked` remembers."""

    url: str = ""
    answer: Callable[[Asked], Reply] = lambda _: Reply(status=404)
    asked: list[Asked] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def client(self, **limits: Any) -> Client:
        """A client that does not sleep but remembers how long it would have."""
        allowed = {"allow_private": True, "pause": 0.0, **limits}
        return Client(Limits(**allowed), sleep=self.waits.append, clock=lambda: 0.0)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """A server for as long as the block lasts."""
    there = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
            there.asked.append(asked)
            reply = there.answer(asked)
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) - reply.cut])

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that does not trust us hangs up: that is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        there.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
        try:
            yield there
        finally:
            server.shutdown()
            thread.join()
