"""URLs of web logs: taken apart once, and normalised so that two of them can be compared.

A normalised URL is ``host/path``: scheme, user information, port, query and fragment removed, host in lower
case, path kept as it is (percent-encoding too), an empty path as ``/``. So the `Referer` of Emotet's calls in
2019, which lacked the port, equals the URL of the request.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from noroshi.events.values import as_text, elements

if TYPE_CHECKING:
    from noroshi.events.model import Fields

MAX_CACHED: Final = 512
DEFAULT_PORTS: Final = {"http": "80", "https": "443", "ftp": "21"}
"""The port that a URL means when it names none, by its scheme."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_AUTHORITY_END: Final = re.compile(r"[?#\\]")
_URLS: Final = ("c-uri", "cs-uri")
_STEMS: Final = ("c-uri-stem", "cs-uri-stem")
_HOSTS: Final = ("cs-host", "r-dns", "cs(Host)")
_REFERERS: Final = ("cs-referer", "cs-referrer", "cs(Referer)")
_NOTHING: Final = frozenset({"", "-"})


class UrlParts(NamedTuple):
    """A URL taken apart, nothing decoded; what it does not have is empty.

    Attributes:
        extension: The path's last extension without dot (``exe``).
        normalised: ``host/path``; only with a host.
    """

    scheme: str
    host: str
    port: str
    path: str
    query: str
    extension: str
    normalised: str


def split_url(url: str) -> UrlParts:
    """The parts of an absolute URL, or of a path; anything gives parts, nothing raises.

    Scheme and host in lower case, user information dropped, brackets of IPv6 hosts kept.
    """
    return _split_cached(url) if len(url) <= MAX_CACHED else _split(url)


def _split(url: str) -> UrlParts:
    scheme, separator, rest = url.partition("://")
    if not separator or not _is_scheme(scheme):
        return UrlParts("", "", "", *_path_and_query(url), "")
    if (slash := rest.find("/")) < 0:
        slash = len(rest)
    if (cut := _AUTHORITY_END.search(rest, 0, slash)) is not None:
        slash = cut.start()
    host, port = split_host(rest[:slash])
    path, query, extension = _path_and_query(rest[slash:])
    return UrlParts(
        scheme.lower(), host, port, path, query, extension, f"{host}{path or '/'}" if host else ""
    )


_split_cached = lru_cache(maxsize=16_384)(_split)


def _is_scheme(text: str) -> bool:
    return text.isalpha() or _SCHEME.fullmatch(text) is not None


def _path_and_query(text: str) -> tuple[str, str, str]:
    path, _, query = text.partition("#")[0].partition("?")
    name = path.rpartition("/")[2]
    return path, query, name.rpartition(".")[2] if "." in name else ""


def split_host(authority: str) -> tuple[str, str]:
    """Host (lower case, user information and final dot dropped) and port of ``user@host:port``."""
    if "@" in authority:
        authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        host, bracket, rest = authority.partition("]")
        return (host + bracket).lower(), rest.removeprefix(":")
    host, _, port = authority.partition(":")
    if ":" in port:
        return authority.lower(), ""
    return host.lower().removesuffix("."), port


def normalise_url(url: str, host: str = "") -> str | None:
    """``host/path`` of an absolute URL, or of a path on `host` (a port is cut off); None without a host."""
    if url in _NOTHING:
        return None
    parts = split_url(url)
    if parts.host:
        return parts.normalised
    if host in _NOTHING or not url.startswith("/"):
        return None
    return f"{split_host(host)[0]}{parts.path}"


def add_web_fields(fields: Fields) -> None:
    """Set ``c-uri-norm`` and ``cs-referer-norm`` from what the event holds.

    The URL is ``c-uri`` or ``cs-uri`` (absolute, or a path on ``cs-host``), else ``cs-uri-stem`` on
    ``cs-host``; the Referer is ``cs-referer``, ``cs-referrer`` or ``cs(Referer)``. What the log does not have
    stays missing: ``CONNECT host:443`` has no path, so no ``c-uri-norm``.
    """
    host = _first(fields, _HOSTS)
    url = _first(fields, _URLS) or _first(fields, _STEMS)
    if url and (norm := normalise_url(url, host)) is not None:
        fields["c-uri-norm"] = norm
    referer = _first(fields, _REFERERS)
    if referer and (norm := normalise_url(referer)) is not None:
        fields["cs-referer-norm"] = norm


def _first(fields: Fields, names: tuple[str, ...]) -> str:
    for name in names:
        if name in fields and (text := _text(fields[name])):
            return text
    return ""


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = next(elements(value), None)
    text = value if isinstance(value, str) else as_text(value)
    return text if text is not None and text not in _NOTHING else ""
