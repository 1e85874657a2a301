"""STIX patterns (STIX 2.1, part 9): one indicator as a pattern, and the indicators that a pattern says.

Parsed by OASIS's own grammar (`stix2patterns`); the simple patterns that nearly all feeds write are taken
apart by one expression first, a thousand times as fast.
"""

from __future__ import annotations

import re
from typing import Any, Final

from noroshi.errors import Sentence
from noroshi.indicators.kinds import guess_type

MAX_PATTERN: Final = 65_536
MAX_PARENTHESES: Final = 50
MAX_ALTERNATIVES: Final = 2_000
Atom = tuple[str, str]
"""Path (``file:hashes.md5``, folded, quotes removed) and value."""

OTHER: Final = "x-noroshi-observable"
"""Object type of what STIX has no object for: ja3, jarm, CVE, technique …"""
_AGENT: Final = "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"
_PATHS: Final = {
    "domain": "domain-name:value",
    "url": "url:value",
    "email": "email-addr:value",
    "mail_subject": "email-message:subject",
    "md5": "file:hashes.MD5",
    "sha1": "file:hashes.'SHA-1'",
    "sha256": "file:hashes.'SHA-256'",
    "sha512": "file:hashes.'SHA-512'",
    "ssdeep": "file:hashes.SSDEEP",
    "tlsh": "file:hashes.TLSH",
    "imphash": "file:extensions.'windows-pebinary-ext'.imphash",
    "file_name": "file:name",
    "mutex": "mutex:name",
    "registry_key": "windows-registry-key:key",
    "user_agent": _AGENT,
}
_READ: Final = {
    **{path.replace("'", "").lower(): type_ for type_, path in _PATHS.items()},
    "file:hashes.sha1": "sha1",
    "file:hashes.sha256": "sha256",
    "file:hashes.sha512": "sha512",
    "ipv4-addr:value": "ip",
    "ipv6-addr:value": "ip",
    "network-traffic:dst_ref.value": "ip",
    "network-traffic:src_ref.value": "ip",
    "email-message:from_ref.value": "email",
    "email-message:sender_ref.value": "email",
    "autonomous-system:number": "asn",
    "cryptocurrency-wallet:value": "btc",
    "hostname:value": "domain",
}
_SIMPLE: Final = re.compile(r"\s*\[\s*([a-z0-9-]+:[\w.'-]+)\s*=\s*'((?:[^'\\]|\\['\\])*)'\s*\]\s*", re.ASCII)
_ESCAPED: Final = re.compile(r"\\(['\\])")
_TRAFFIC: Final = frozenset(
    {
        "network-traffic:dst_ref.value",
        "network-traffic:dst_ref.type",
        "network-traffic:dst_port",
        "network-traffic:protocols[*]",
        "network-traffic:protocols",
    }
)


def pattern_of(type_: str, value: str) -> str:
    """The pattern of one indicator."""
    if type_ in {"ip", "cidr"}:
        return f"[{_family(value)}:value = {_quoted(value)}]"
    if type_ == "ip:port":
        host, _, port = value.rpartition(":")
        bare = host.strip("[]")
        return (
            f"[network-traffic:dst_ref.type = '{_family(bare)}'"
            f" AND network-traffic:dst_ref.value = {_quoted(bare)} AND network-traffic:dst_port = {port}]"
        )
    if type_ == "asn":
        return f"[autonomous-system:number = {value.removeprefix('AS')}]"
    if type_ in _PATHS:
        return f"[{_PATHS[type_]} = {_quoted(value)}]"
    return f"[{OTHER}:type = {_quoted(type_)} AND {OTHER}:value = {_quoted(value)}]"


def _family(address: str) -> str:
    return "ipv6-addr" if ":" in address else "ipv4-addr"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def indicators_in(pattern: str) -> list[tuple[str, str]]:
    """Types and values of which any one alone makes the pattern true.

    Hashes that stand for one file together (``md5 AND sha256``) are one each; address and port together are
    one endpoint.

    Raises:
        ValueError: It is no pattern, or it says something that no single value says; the text tells what.
    """
    if len(pattern) > MAX_PATTERN:
        raise ValueError(Sentence("is a pattern of more than {most:,} characters", most=MAX_PATTERN))
    if (match := _SIMPLE.fullmatch(pattern)) is not None:
        return _single((match[1].replace("'", "").lower(), _ESCAPED.sub(r"\1", match[2])))
    if pattern.count("(") > MAX_PARENTHESES:
        raise ValueError(Sentence("is a pattern of more than {most} parentheses", most=MAX_PARENTHESES))
    return [found for group in _alternatives(pattern) for found in _of_group(group)]


def _alternatives(pattern: str) -> list[list[Atom]]:
    from stix2patterns.exceptions import ParseException  # noqa: PLC0415 - ANTLR and its tables take a while

    from noroshi.indicators.exchange import stix_grammar  # noqa: PLC0415 - the same

    try:
        return stix_grammar.alternatives(pattern, MAX_ALTERNATIVES)
    except ParseException as error:
        raise ValueError(Sentence("is no STIX pattern: {reason}", reason=str(error)[:200])) from None
    except RecursionError:
        raise ValueError("is a pattern that is nested too deeply") from None


def _of_group(group: list[Atom]) -> list[tuple[str, str]]:
    if len(group) == 1:
        return _single(group[0])
    said: dict[str, str] = dict(group)
    if set(said) <= _TRAFFIC and {"network-traffic:dst_ref.value", "network-traffic:dst_port"} <= said.keys():
        address, port = said["network-traffic:dst_ref.value"], said["network-traffic:dst_port"]
        return [("ip:port", f"[{address}]:{port}" if ":" in address else f"{address}:{port}")]
    if said.keys() == {f"{OTHER}:type", f"{OTHER}:value"}:
        return [(said[f"{OTHER}:type"], said[f"{OTHER}:value"])]
    if all(path.startswith("file:") for path in said):
        hashes = [one for atom in group if atom[0].startswith("file:hashes.") for one in _single(atom)]
        if hashes:
            return hashes
    raise ValueError(
        Sentence("is a pattern that combines {names}: no single value says it", names=", ".join(sorted(said)))
    )


def _single(atom: Atom) -> list[tuple[str, str]]:
    path, value = atom
    type_ = _READ.get(path)
    if type_ is None:
        raise ValueError(
            Sentence("is a pattern over `{path}`, which is no type of indicator", path=path[:80])
        )
    if type_ == "domain" and guess_type(value) == "ip":
        return [("ip", value)]
    return [(type_, value)]


def literal(text: str) -> Any:
    """The value of a literal as it stands in a pattern."""
    if text.startswith("'") and text.endswith("'") and len(text) >= 2:
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text
