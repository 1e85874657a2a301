r"""What access logs of web servers have in common: the request's target in Sigma's words.

SigmaHQ's rules for category ``webserver`` look for paths *and* for queries in ``cs-uri-query`` (its field
mappings lay that name on the whole request target). So ``cs-uri-query`` holds both, as a list: the query
alone, and the target as it was asked for. The query alone is ``c-uri-query``, the path ``cs-uri-stem``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.events.web import split_host, split_url

if TYPE_CHECKING:
    from noroshi.events.model import Fields

MAX_REQUEST: Final = 65_536
_BYTES: Final = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_ESCAPED: Final = re.compile(r'\\(["\\])')
_REQUEST: Final = re.compile(r"([A-Za-z_-]{1,32}) (\S.*?)(?: HTTP/(\d(?:\.\d)?))?", re.DOTALL)


def unescaped(text: str) -> str:
    r"""A value as the client sent it: Apache's and nginx's ``\xhh`` and ``\"`` undone, the bytes as UTF-8."""
    if "\\" not in text:
        return text
    text = _BYTES.sub(lambda run: bytes.fromhex(run[0].replace("\\x", "")).decode("utf-8", "replace"), text)
    return _ESCAPED.sub(r"\1", text)


def add_request_line(fields: Fields, line: str) -> str | None:
    """``GET /path?query HTTP/1.1`` under Sigma's names; the method, or None where it is no request.

    What scanners and TLS clients send to a plain port is kept as ``request`` alone.
    """
    fields["request"] = line
    match = _REQUEST.fullmatch(line) if len(line) <= MAX_REQUEST else None
    if match is None:
        return None
    method, target, version = match.groups()
    fields["cs-method"] = method
    if version:
        fields["cs-version"] = version
    add_target(fields, method, target)
    return method


def add_target(fields: Fields, method: str | None, target: str) -> None:
    """The request target under the names that rules use."""
    fields["c-uri"] = fields["cs-uri"] = target
    if method == "CONNECT":
        host, port = split_host(target)
        fields["cs-host"] = host
        if port:
            fields["cs-port"] = port
        return
    parts = split_url(target)
    if parts.host:
        fields["cs-host"] = parts.host
    fields["cs-uri-stem"] = fields["c-uri-stem"] = parts.path
    if parts.extension:
        fields["c-uri-extension"] = parts.extension
    fields["cs-uri-query"] = [parts.query, target] if parts.query else [target]
    if parts.query:
        fields["c-uri-query"] = parts.query


def query_and_target(path: str, query: str) -> list[str]:
    """What ``cs-uri-query`` holds, of a log that keeps path and query apart."""
    return [query, f"{path}?{query}"] if query else [path]


def add_header(fields: Fields, referer: str | None, agent: str | None) -> None:
    """Referer and User-Agent; an agent that was not sent is the empty text, as for proxies."""
    if agent is not None:
        fields["cs-user-agent"] = fields["c-useragent"] = "" if agent == "-" else unescaped(agent)
    if referer and referer != "-":
        fields["cs-referer"] = fields["cs-referrer"] = unescaped(referer)
