"""Traces: what an examination leaves for rules and for the indicator store, each with its provenance."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from noroshi.examine.addresses import host_of, urls_in
from noroshi.examine.calls import call_of
from noroshi.examine.model import Detail, Effect, EffectKind, Seen
from noroshi.examine.processes import ARROW, starts_of
from noroshi.examine.shapes import command_shape, name_shape, path_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.model import Outcome
    from noroshi.examine.processes import Start
    from noroshi.examine.result import Examination, Node

MAX_TRACES: Final = 10_000
LEVELS: Final = ("hash", "ip", "domain", "network-artifact", "host-artifact", "tool", "ttp")
"""The pyramid of pain from its foot to its top."""
_NO_FILES: Final = frozenset({"command-line", "vba"})
_PROTOCOLS: Final = frozenset({"dns", "http", "tls"})
"""What a capture names as asking; no call of any script."""
_TECHNIQUES: Final = frozenset(EffectKind) - {EffectKind.SLEEP, EffectKind.MESSAGE, EffectKind.ENVIRONMENT}
_CONFIDENCE: Final = {"computed": 0.8, "decoded": 0.8, "reference": 0.7, "literal": 0.6}
_MAILS: Final = frozenset({"eml", "msg", "tnef"})
_NAMED: Final = 0.5
"""Of a name that was asked for in a capture: half of what a machine asks for is its own business."""

_BODY: Final = 0.3
"""Of an address in a mail's text: also the signature of an innocent sender has one."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing to look for.

    Attributes:
        kind: ``file``, ``download``, ``address``, ``host``, ``command``, ``ancestry``, ``path``,
            ``registry``, ``task``, ``technique``, ``mail``, ``c2``, ``tls``.
        pyramid_level: How much changing it costs the attacker (Bianco's pyramid of pain): ``hash``, ``ip``,
            ``domain``, ``network-artifact``, ``host-artifact``, ``tool``, ``ttp``.
        type: Of the value: ``sha256``, ``imphash``, ``url``, ``domain``, ``ip``, ``command_line``,
            ``command_shape``, ``process_ancestry``, ``file_path``, ``path_shape``, ``call`` …
        confidence: 0 to 1, that the value belongs to the attack.
        provenance: Numbers of the specimens from the file given to the one where it was found.
    """

    kind: str
    pyramid_level: str
    type: str
    value: str
    confidence: float
    provenance: tuple[int, ...]


def traces_of(examination: Examination) -> list[Trace]:
    """All traces, each value once (the surest of its finds), in the order of the specimens."""
    best: dict[tuple[str, str], Trace] = {}
    starts: dict[int, list[Start]] = {}
    for start in starts_of(examination):
        starts.setdefault(start.number, []).append(start)
    for node in examination.nodes:
        way = tuple(one.number for one in examination.way(node.number))
        told = _of_node(node, examination.told.get(node.number, []), way)
        for trace in chain(told, _of_starts(starts.get(node.number, []), way)):
            key = (trace.type, trace.value)
            known = best.get(key)
            if known is None or trace.confidence > known.confidence:
                best[key] = trace
            if len(best) >= MAX_TRACES:
                return list(best.values())
    return list(best.values())


def _of_node(node: Node, told: list[Outcome], way: tuple[int, ...]) -> Iterator[Trace]:
    if not node.text and node.size and node.same_as is None and node.type not in _NO_FILES:
        yield Trace("file", "hash", "sha256", node.sha256, 0.9 if node.kept == node.size else 0.4, way)
    if node.type == "command-line" and " " in node.text.strip():
        yield Trace("command", "host-artifact", "command_line", node.text, 0.8, way)
        yield Trace("command", "tool", "command_shape", command_shape(node.text), 0.6, way)
    for outcome in told:
        if isinstance(outcome, Effect):
            yield from _of_effect(outcome, way)
        elif isinstance(outcome, Seen):
            sure = _CONFIDENCE.get(outcome.how, _BODY)
            for url in urls_in(outcome.text):
                yield from _of_url("address", url, sure, way)
        elif isinstance(outcome, Detail) and outcome.name == "imphash" and outcome.value:
            yield Trace("file", "tool", "imphash", outcome.value, 0.5, way)
        elif isinstance(outcome, Detail) and node.type in _MAILS and outcome.name in {"subject", "from"}:
            type_ = {"subject": "mail_subject", "from": "mail_sender"}[outcome.name]
            yield Trace("mail", "network-artifact", type_, outcome.value, 0.4, way)


def _of_starts(starts: list[Start], way: tuple[int, ...]) -> Iterator[Trace]:
    """The ancestry of what would start; of a program that was brought along only that it is one."""
    for start in starts:
        sure = 0.9 if start.exact else 0.6
        ancestry = start.ancestry
        if any(mark in start.program for mark in ("\\", "‹")):
            ancestry = (*ancestry[:-1], name_shape(start.image))
        if len(ancestry) > 1:
            yield Trace("ancestry", "ttp", "process_ancestry", ARROW.join(ancestry), sure, way)


def _of_effect(effect: Effect, way: tuple[int, ...]) -> Iterator[Trace]:
    sure = 0.95 if effect.exact else 0.6
    given = effect.arguments
    call = call_of(effect)
    if call is not None:
        server = f"[{call.address}]:{call.port}" if ":" in call.address else f"{call.address}:{call.port}"
        yield Trace("c2", "ttp", "http_shape", call.shape, sure, way)
        yield Trace("c2", "ip", "ip:port", server, sure, way)
        yield Trace("c2", "ip", "ip", call.address, 0.7, way)
    elif effect.kind in {EffectKind.DOWNLOAD, EffectKind.REQUEST}:
        for url in urls_in(given.get("url", "")):
            yield from _of_url("download", url, 0.6 if "‹" in url else 0.95, way)
        if given.get("host"):
            yield _of_host(given["host"], _NAMED, way)
        if given.get("ja3"):
            yield Trace("tls", "tool", "ja3", given["ja3"], _NAMED, way)
    for name in ("file", "path"):
        if given.get(name) and effect.kind is not EffectKind.FILE_READ:
            yield Trace("path", "host-artifact", "file_path", given[name], sure, way)
            yield Trace("path", "host-artifact", "path_shape", path_shape(given[name]), sure, way)
    if effect.by and effect.kind in _TECHNIQUES and effect.by not in _PROTOCOLS:
        yield Trace("technique", "tool", "call", effect.by, sure, way)
    if effect.kind is EffectKind.REGISTRY_WRITE and given.get("key"):
        value = f"{given['key']}\\{given['name']}" if given.get("name") else given["key"]
        yield Trace("registry", "host-artifact", "registry_key", value, sure, way)
    if effect.kind is EffectKind.SCHEDULED_TASK and given.get("name"):
        yield Trace("task", "host-artifact", "task_name", given["name"], sure, way)


def _of_url(kind: str, url: str, sure: float, way: tuple[int, ...]) -> Iterator[Trace]:
    yield Trace(kind, "network-artifact", "url", url, sure, way)
    yield _of_host(host_of(url), sure, way)


def _of_host(host: str, sure: float, way: tuple[int, ...]) -> Trace:
    bare = host.strip("[]")
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return Trace("host", "domain", "domain", bare, sure, way)
    return Trace("host", "ip", "ip", bare, sure, way)
