"""HTTP as feeds need it: bounded, patient, polite, and never to a private address unless allowed.

The address is checked where the connection is made: a name is resolved once, every address of it is checked,
and the connection goes to the address that was checked. So redirects and names that change their mind are
checked as well.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import httpcore
import httpx

from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MAX_BYTES: Final = 256 * 1024 * 1024
"""Of one answer, after decompression."""
TIMEOUT_SECONDS: Final = 30.0
TRIES: Final = 4
MAX_WAIT_SECONDS: Final = 60.0
_MAX_REDIRECTS: Final = 5
_NO_ANSWER: Final = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)
_AGENT: Final = "noroshi-collect"
_NUMBER: Final = re.compile(r"\A\[Errno -?\d+\] ", re.ASCII)


class PrivateAddressError(httpcore.ConnectError):
    """The destination is no public address, and the configuration does not allow such."""


@dataclass(unsafe_hash=True)  # as its base class
class BusyError(LocatedError):
    """The provider says that it was asked too often; `seconds` from now it may be asked again."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How a feed is asked.

    Attributes:
        allow_private: Private, loopback and link-local addresses may be asked.
        proxy: URL of an HTTP proxy; empty for none. The proxy then resolves names.
        pause: Seconds between two requests.
        tries: How often one request is made at most.
        max_bytes: Of one answer.
        ca_file: Certificates in PEM that are trusted besides the system's; empty for none.
    """

    allow_private: bool = False
    proxy: str = ""
    pause: float = 1.0
    tries: int = TRIES
    max_bytes: int = MAX_BYTES
    ca_file: str = ""


@dataclass(slots=True)
class Pace:
    """When each provider may be asked again, shared by all feeds of one run: host and port → moment."""

    next: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        url: Where from, after redirects.
        status: 200, or 304 for "as before".
        headers: Names in lower case.
        body: Decompressed; empty for 304.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class _Guarded(httpcore.SyncBackend):
    """Connections to public addresses only."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(
                Sentence("{host} has no address: {reason}", host=host, reason=_said(error))
            ) from None
        addresses = [str(one[4][0]) for one in found]
        for address in addresses:
            if not ip_address(address.partition("%")[0]).is_global:
                raise PrivateAddressError(
                    Sentence("{host} is {address}, no public address", host=host, address=address)
                )
        return super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)


class _Transport(httpx.BaseTransport):
    """httpx over a pool whose connections are guarded."""

    def __init__(self, limits: Limits) -> None:
        context = _trusting(limits.ca_file)
        if limits.proxy:
            self._pool: httpcore.ConnectionPool = _through(limits.proxy, context)
        else:
            backend = httpcore.SyncBackend() if limits.allow_private else _Guarded()
            self._pool = httpcore.ConnectionPool(ssl_context=context, network_backend=backend)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        got = self._pool.handle_request(asked)
        return httpx.Response(got.status, headers=got.headers, stream=_Stream(got), extensions=got.extensions)

    def close(self) -> None:
        self._pool.close()


def _trusting(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError):
            raise LocatedError(ca_file, "", "holds no certificates", "check ca_file") from None
    return context


def _through(proxy: str, context: ssl.SSLContext) -> httpcore.HTTPProxy:
    parts = urlsplit(proxy)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise LocatedError("proxy", "", "is no address of an HTTP proxy", "write http://HOST:PORT")
    login = (unquote(parts.username or ""), unquote(parts.password or "")) if parts.username else None
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    own = context if parts.scheme == "https" else None
    return httpcore.HTTPProxy(bare, proxy_auth=login, ssl_context=context, proxy_ssl_context=own)


class _Stream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@dataclass(slots=True)
class Client:
    """Asks one provider. `sleep` and `clock` are those of the system unless a test gives its own."""

    limits: Limits = field(default_factory=Limits)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    pace: Pace = field(default_factory=Pace)
    _http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self._http = httpx.Client(
            transport=_Transport(self.limits),
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
            headers={"User-Agent": _AGENT},
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def ask(self, method: str, url: str, headers: Mapping[str, str], **content: Any) -> Answer:
        """An answer with status 200 or 304; redirects are followed, without the headers abroad.

        Raises:
            LocatedError: There was none after all tries, or it is too large.
        """
        for number in range(1, self.limits.tries + 1):
            try:
                answer, wait = self._follow(method, url, headers, content)
            except PrivateAddressError as error:
                raise LocatedError(url, "", str(error), "allow_private = true if that is meant") from None
            except _NO_ANSWER as error:
                what, wait = Sentence("does not answer: {reason}", reason=_said(error)), 0.0
            else:
                if answer.status in {200, 304}:
                    return answer
                what = Sentence("answers with status {status}", status=answer.status)
                if answer.status in {401, 403}:
                    raise LocatedError(url, "", what, "check the key")
                if answer.status != 429 and answer.status < 500:
                    raise LocatedError(url, "", what, "check the address")
                if wait > MAX_WAIT_SECONDS:
                    raise BusyError(
                        url, "", Sentence("wants to be left alone for {wait:.0f} s", wait=wait), "", wait
                    )
            if number < self.limits.tries:
                self.sleep(min(max(wait, 2.0 ** (number - 1)), MAX_WAIT_SECONDS))
        raise LocatedError(
            url,
            "",
            Sentence("{what} ({count} tries)", what=what, count=self.limits.tries),
            "it is asked again next time",
        )

    def _follow(
        self, method: str, url: str, headers: Mapping[str, str], content: Mapping[str, Any]
    ) -> tuple[Answer, float]:
        sent, asked = dict(headers), dict(content)
        for _ in range(_MAX_REDIRECTS + 1):
            self._check_scheme(url)
            self._be_polite(urlsplit(url).netloc)
            with self._http.stream(method, url, headers=sent, **asked) as got:
                target = got.headers.get("location", "")
                if got.status_code not in {301, 302, 303, 307, 308} or not target:
                    body = self._body(got, url) if got.status_code == 200 else b""
                    return Answer(url, got.status_code, dict(got.headers), body), _wait_of(got.headers)
                there = str(got.url.join(target))
            if method != "GET":
                raise LocatedError(url, "", "sends the request elsewhere", "check the address")
            if urlsplit(there)[:2] != urlsplit(url)[:2]:
                sent = {}  # keys belong to the provider only
            url, asked = there, {}
        raise LocatedError(
            url, "", Sentence("redirects more than {most} times", most=_MAX_REDIRECTS), "check the address"
        )

    def _check_scheme(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise LocatedError(url, "", "is no http or https address", "check base_url")
        try:
            literal = ip_address(parts.hostname)
        except ValueError:
            return
        if not (self.limits.allow_private or literal.is_global):
            raise PrivateAddressError(Sentence("{address} is no public address", address=literal))

    def _body(self, got: httpx.Response, url: str) -> bytes:
        body = bytearray()
        for piece in got.iter_bytes(65_536):
            body += piece
            if len(body) > self.limits.max_bytes:
                raise LocatedError(
                    url, "", Sentence("sends more than {most:,} bytes", most=self.limits.max_bytes), ""
                )
        return bytes(body)

    def _be_polite(self, place: str) -> None:
        wait = self.pace.next.get(place, 0.0) - self.clock()
        if wait > 0:
            self.sleep(wait)
        self.pace.next[place] = self.clock() + self.limits.pause


def _said(error: Exception) -> str:
    """What an exception says, without the number of the system's error; its kind where it says nothing."""
    return _NUMBER.sub("", str(error)) or type(error).__name__


def _wait_of(headers: httpx.Headers) -> float:
    """Seconds that the provider wants to be left alone, by its own clock.

    ``Retry-After`` as a number or as a date (RFC 9110, 10.2.3), else X's ``x-rate-limit-reset`` (seconds
    since 1970) where no request is left.
    """
    said, date = headers.get("retry-after", ""), headers.get("date", "")
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        now = parsedate_to_datetime(date)
        if not said and headers.get("x-rate-limit-remaining") == "0":
            return max(float(headers["x-rate-limit-reset"]) - now.timestamp(), 0.0)
        return max((parsedate_to_datetime(said) - now).total_seconds(), 0.0)
    except (ValueError, TypeError, KeyError, OverflowError):
        return 0.0
