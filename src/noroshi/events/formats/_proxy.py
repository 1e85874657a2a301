"""What proxies' logs have in common: the requested URL in Sigma's words, and values that mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from noroshi.events.web import DEFAULT_PORTS, add_web_fields, split_host, split_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.events.model import Fields


def add_url(fields: Fields, method: str | None, url: str) -> None:
    """An absolute URL under the names that rules use, and normalised; ``CONNECT`` shows the host only."""
    fields["c-uri"] = fields["cs-uri"] = url
    if method == "CONNECT":
        host, port = split_host(url.rpartition("://")[2].partition("/")[0])
        named = {"cs-host": host, "r-dns": host, "cs-port": port, "dst_port": port}
        fields.update({name: value for name, value in named.items() if value})
        referer = dict(fields) | {"c-uri": "", "cs-uri": ""}
        add_web_fields(referer)
        if "cs-referer-norm" in referer:
            fields["cs-referer-norm"] = referer["cs-referer-norm"]
        return
    parts = split_url(url)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme, "")
    named = {
        "cs-host": parts.host,
        "r-dns": parts.host,
        "cs-port": port,
        "c-uri-stem": parts.path,
        "cs-uri-stem": parts.path,
        "c-uri-query": parts.query,
        "cs-uri-query": parts.query,
        "c-uri-extension": parts.extension,
    }
    fields.update({name: value for name, value in named.items() if value})
    add_web_fields(fields)


def add_aliases(fields: Fields, aliases: Mapping[str, list[str]]) -> None:
    """Beside each original name that is there, the names that rules use for it."""
    for name, targets in aliases.items():
        if name in fields:
            value: Any = fields[name]
            for target in targets:
                fields.setdefault(target, value)
