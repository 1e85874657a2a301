"""Suricata rules (Suricata 6 and later, *Suricata Rules* in its user guide): one or two for each indicator.

A domain is looked for in DNS queries, TLS server names and HTTP hosts; a URL in HTTP by host and path; an
address or endpoint in the direction from our network. Rule ids are of the local range and follow from the
value, so they stay the same from export to export; where two values want the same id, the later one takes the
next free one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.indicators.exchange.blocking import blocks
from noroshi.indicators.values import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from noroshi.indicators.indicator import Indicator

FIRST_ID: Final = 1_000_000
IDS: Final = 1_000_000
"""Suricata leaves 1,000,000 to 1,999,999 to local rules."""
TYPES: Final = frozenset({"ip", "cidr", "ip:port", "domain", "url", "ja3", "ja3s", "user_agent"})
_SPECIAL: Final = frozenset(b'";\\|:')


class SuricataRules:
    """Rules that alert."""

    name: Final = "suricata-rules"
    types: Final = TYPES

    def write(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:  # noqa: ARG002 - rules have no time
        """One rule a line."""
        taken: set[int] = set()
        for indicator in indicators:
            if blocks(indicator, self.types):
                for number, (head, options) in enumerate(_rules(indicator)):
                    if len(taken) >= IDS:
                        return
                    sid = _free_id(indicator, number, taken)
                    yield f"alert {head} ({_message(indicator)} {options} sid:{sid}; rev:1;)\n".encode()


def _free_id(indicator: Indicator, number: int, taken: set[int]) -> int:
    wanted = (int.from_bytes(indicator.key[:8]) + number) % IDS
    while wanted in taken:
        wanted = (wanted + 1) % IDS
    taken.add(wanted)
    return FIRST_ID + wanted


def _message(indicator: Indicator) -> str:
    said = " ".join([*indicator.families, *indicator.threats]) or "indicator"
    plain = "".join(letter if letter.isalnum() or letter in " ._-+/" else " " for letter in said)
    level = "domain or URL" if indicator.type in {"domain", "url"} else indicator.type.replace(":", " and ")
    return f'msg:"Noroshi {plain[:100].strip()} ({level})"; classtype:trojan-activity;'


def _rules(indicator: Indicator) -> Iterator[tuple[str, str]]:
    value = indicator.value
    if indicator.type in {"ip", "cidr"}:
        yield f"ip $HOME_NET any -> {value} any", ""
    elif indicator.type == "ip:port":
        host, _, port = value.rpartition(":")
        yield f"ip $HOME_NET any -> {host.strip('[]')} {port}", ""
    elif indicator.type == "domain":
        # Suricata refuses `nocase` on http.host, which is lower case anyway.
        below = f'dotprefix; content:"{escaped("." + value)}"; endswith; nocase;'
        yield "dns $HOME_NET any -> any any", f"dns.query; {below}"
        yield "tls $HOME_NET any -> any any", f"tls.sni; {below}"
        yield "http $HOME_NET any -> any any", f"http.host; {below.removesuffix(' nocase;')}"
    elif indicator.type == "url":
        yield from _url_rule(value)
    elif indicator.type == "user_agent":
        yield (
            "http $HOME_NET any -> any any",
            _whole("http.user_agent", value),
        )
    else:
        word = "ja3.hash" if indicator.type == "ja3" else "ja3s.hash"
        yield "tls $HOME_NET any -> any any", f"{word}; {content(value)}"


def _whole(buffer: str, text: str) -> str:
    return f"{buffer}; {content(text)} bsize:{len(text.encode())};"


def _url_rule(value: str) -> Iterator[tuple[str, str]]:
    url = parse_url(value)
    if url is not None:
        host = _whole("http.host", url.host)
        path = f"{url.path}?{url.query}" if url.query else url.path
        yield "http $HOME_NET any -> any any", f"{host} http.uri.raw; {content(path)} startswith;"


def content(text: str) -> str:
    """A ``content`` that finds this text."""
    return f'content:"{escaped(text)}";'


def escaped(text: str) -> str:
    """Bytes that have a meaning in a content, or are not printable ASCII, as ``|3b|``."""
    return "".join(
        f"|{byte:02x}|" if byte in _SPECIAL or not 32 <= byte < 127 else chr(byte) for byte in text.encode()
    )
