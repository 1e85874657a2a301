"""Packet captures: requests, names and fingerprints as traces, files that were transferred as specimens.

Rules run over a capture by `noroshi scan`; here it is one more thing that a suspicious file can be.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.capture.packets import SECOND, CaptureError, is_capture
from noroshi.events.capture.reading import Reading
from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.model import Detail, Effect, EffectKind, Finding, Piece, Place, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.capture.reading import Record
    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_FILES: Final = 500
MAX_EFFECTS: Final = 5_000


class CaptureExaminer:
    """Examines PCAP and PCAPNG files."""

    name: Final = "capture"
    types: Final = frozenset({"pcap"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By magic number."""
        del name
        known = isinstance(content, bytes) and is_capture(content[:16])
        return Recognition("pcap", 0.95) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """What was asked of whom, each thing once; then counts and damage."""
        reading = Reading(io.BytesIO(specimen.raw))
        told: set[tuple[str, ...]] = set()
        files = connections = 0
        damage = ""
        try:
            for record in reading.records():
                connections += record.event_type == "flow"
                if not budget.take("steps", 5):
                    break
                effect = _effect(record)
                if effect is not None and (key := tuple(effect.arguments.values())) not in told:
                    told.add(key)
                    yield from _told(effect) if len(told) <= MAX_EFFECTS else ()
                if record.event_type == "fileinfo" and files < MAX_FILES:
                    files += 1
                    yield from _file(record, budget)
        except CaptureError as problem:
            damage = problem.what
        yield from _counts(reading, connections)
        if damage:
            raise DamagedSpecimenError(damage)


def _told(effect: Effect) -> Iterator[Outcome]:
    """The effect; a request that claims to come from its own address is how some families call home."""
    yield effect
    given = effect.arguments
    if given.get("method") == "POST" and given.get("referer") == given.get("url"):
        yield Finding("refers-to-itself", Severity.HIGH, {"url": given["url"][:500]}, effect.place)


def _effect(record: Record) -> Effect | None:
    fields = record.fields
    place = Place(name=f"packet {record.position.partition('.')[0]}")
    if record.event_type == "http":
        return _request(fields, place)
    if record.event_type == "tls":
        tls = fields["tls"]
        given = {"host": tls.get("sni", "") or fields["dest_ip"], "port": str(fields["dest_port"])}
        return Effect(EffectKind.REQUEST, given | {"ja3": tls["ja3"]["hash"]}, "tls", place)
    if record.event_type == "dns" and fields["dns"]["type"] == "query":
        return Effect(EffectKind.REQUEST, {"host": fields["dns"]["rrname"]}, "dns", place)
    return None


def _request(fields: dict[str, Any], place: Place) -> Effect | None:
    http = fields["http"]
    if "http_method" not in http:
        return None
    host = http.get("hostname") or fields["dest_ip"]
    port = http.get("http_port", fields["dest_port"])
    target = http["url"]
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    absolute = "://" in target[:12]
    url = target if absolute else f"http://{shown}{'' if port == 80 else f':{port}'}{target}"
    if http["http_method"] == "CONNECT":
        return Effect(
            EffectKind.REQUEST, {"method": "CONNECT", "host": target.rpartition(":")[0]}, "http", place
        )
    given = {"method": http["http_method"], "url": url, "referer": http.get("http_refer", "")}
    given["agent"] = http.get("http_user_agent", "")
    return Effect(EffectKind.REQUEST, {name: value for name, value in given.items() if value}, "http", place)


def _file(record: Record, budget: Budget) -> Iterator[Outcome]:
    info = record.fields["fileinfo"]
    name = str(info.get("filename", ""))
    place = Place(name=f"packet {record.position.partition('.')[0]}")
    if info["state"] != "CLOSED":
        yield Finding("transfer-cut", Severity.LOW, {"name": name, "size": str(info["size"])}, place)
    if record.fields["direction"] == "to_client" and budget.take("unfolded", len(record.content)):
        yield Piece("transfer", name, record.content, place=place)


def _counts(reading: Reading, connections: int) -> Iterator[Detail]:
    yield Detail("packets", str(reading.packets))
    yield Detail("connections", str(connections))
    for name, time in (("first packet", reading.first), ("last packet", reading.last)):
        if 0 < time < 1 << 62:
            yield Detail(name, datetime.fromtimestamp(time // SECOND, UTC).isoformat())


EXAMINERS: Final = (CaptureExaminer(),)
