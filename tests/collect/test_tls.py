"""TLS with certificates of one's own, and proxies with and without a login, on loopback."""

from __future__ import annotations

import base64
import select
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from noroshi.errors import LocatedError
from tests.collect.feeds import run
from tests.collect.provider import Provider, Reply, serving
from tests.collect.sources.test_urlhaus import HEAD, ROW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from noroshi.store.store import Store

LOGIN: Final = "Basic " + base64.b64encode(b"user:p@ss").decode()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signed itself, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    kind = serialization.Encoding.PEM
    private = key.private_bytes(kind, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path / "own.pem"
    file.write_bytes(private + made.public_bytes(kind))
    return file


@pytest.fixture
def secured(certificate: Path) -> Iterator[Provider]:
    """A provider under TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as there:
        there.answer = lambda _: Reply(HEAD + ROW)
        yield there


@dataclass
class Proxied:
    """What came through the proxy."""

    url: str = ""
    lines: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)


class _ProxyServer(ThreadingHTTPServer):
    there: Proxied


class _ProxyHandler(BaseHTTPRequestHandler):
    server: _ProxyServer

    def do_CONNECT(self) -> None:
        if self._refused():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as far:
            self.send_response(200)
            self.end_headers()
            _shovel(self.connection, far)

    def do_GET(self) -> None:
        if self._refused():
            return
        parts = urlsplit(self.path)
        with socket.create_connection((parts.hostname or "", parts.port or 80)) as far:
            far.sendall(f"GET {parts.path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode())
            while piece := far.recv(65_536):
                self.wfile.write(piece)

    def _refused(self) -> bool:
        there = self.server.there
        there.lines.append(self.requestline)
        there.logins.append(self.headers.get("Proxy-Authorization", ""))
        if there.logins[-1] != LOGIN:
            self.send_response(407)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return True
        return False

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def proxy() -> Iterator[Proxied]:
    """An HTTP proxy that wants a login."""
    with _ProxyServer(("127.0.0.1", 0), _ProxyHandler) as server:
        server.there = Proxied(f"127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.there
        finally:
            server.shutdown()
            thread.join()


def _shovel(near: socket.socket, far: socket.socket) -> None:
    while True:
        for ready in select.select([near, far], [], [])[0]:
            piece = ready.recv(65_536)
            if not piece:
                return
            (far if ready is near else near).sendall(piece)


def test_a_certificate_that_nobody_vouches_for_is_refused(secured: Provider, store: Store) -> None:
    """A certificate that nobody vouches for is refused, and nothing was asked."""
    health = run("urlhaus", secured, store)
    assert "CERTIFICATE_VERIFY_FAILED" in health.error
    assert [] == secured.asked


def test_a_certificate_of_ones_own_is_trusted_when_told_so(secured: Provider, certificate: Path) -> None:
    """A certificate of one's own is trusted when the configuration says so."""
    client = secured.client(ca_file=str(certificate))
    assert HEAD + ROW == client.ask("GET", f"{secured.url}/x", {}).body
    client.close()


@pytest.mark.parametrize("content", ["", "no certificate", None])
def test_a_file_without_certificates_is_an_error(
    provider: Provider, tmp_path: Path, content: str | None
) -> None:
    """A file without certificates is an error that names it."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(LocatedError, match=r"ca\.pem: holds no certificates"):
        provider.client(ca_file=str(file))


def test_a_proxy_is_used_with_its_login(provider: Provider) -> None:
    """A proxy is used with its login, and the provider is asked through it."""
    provider.answer = lambda _: Reply(b"ok")
    with proxy() as there:
        client = provider.client(proxy=f"http://user:p%40ss@{there.url}")
        assert b"ok" == client.ask("GET", f"{provider.url}/x", {}).body
        client.close()
    assert [f"GET {provider.url}/x HTTP/1.1"] == there.lines
    assert [LOGIN] == there.logins
    assert "proxy-authorization" not in provider.asked[0].headers


def test_tls_goes_through_a_proxy_from_end_to_end(secured: Provider, certificate: Path) -> None:
    """TLS goes through a proxy from end to end: it sees the host only."""
    with proxy() as there:
        client = secured.client(proxy=f"http://user:p%40ss@{there.url}", ca_file=str(certificate))
        assert HEAD + ROW == client.ask("GET", f"{secured.url}/secret", {}).body
        client.close()
    assert [f"CONNECT {urlsplit(secured.url).netloc} HTTP/1.1"] == there.lines


def test_a_proxy_that_refuses_is_an_error_without_the_login(secured: Provider, certificate: Path) -> None:
    """A proxy that refuses is an error without the login."""
    with proxy() as there:
        client = secured.client(proxy=f"http://user:wrong@{there.url}", ca_file=str(certificate))
        with pytest.raises(LocatedError) as caught:
            client.ask("GET", f"{secured.url}/x", {})
        client.close()
    assert "407" in str(caught.value)
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("address", ["socks5://127.0.0.1:1080", "127.0.0.1:8080", "http://"])
def test_what_is_no_http_proxy_is_an_error(provider: Provider, address: str) -> None:
    """What is no HTTP proxy is an error."""
    with pytest.raises(LocatedError, match="no address of an HTTP proxy"):
        provider.client(proxy=address)
