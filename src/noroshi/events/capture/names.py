"""DNS messages: what was asked and what came back, by dpkt's reader."""

from __future__ import annotations

from typing import Any, Final

import dpkt

from noroshi.events.capture.segments import address

MAX_ANSWERS: Final = 200
TYPES: Final = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV",
    35: "NAPTR", 64: "SVCB", 65: "HTTPS", 255: "ANY", 257: "CAA",
}  # fmt: skip
CODES: Final = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


def message(raw: bytes) -> dict[str, Any] | None:
    """A message with EVE's names (``rrname``, ``rrtype``, ``rcode``, ``answers`` …), or None."""
    try:
        found = dpkt.dns.DNS(raw)
    except Exception:  # noqa: BLE001 - dpkt fails on hostile names in several ways
        return None
    if not found.qd or found.opcode:
        return None
    question = found.qd[0]
    told: dict[str, Any] = {
        "type": "answer" if found.qr else "query",
        "id": found.id,
        "rrname": question.name.rstrip("."),
        "rrtype": TYPES.get(question.type, str(question.type)),
    }
    if found.qr:
        told["rcode"] = CODES.get(found.rcode, str(found.rcode))
        told["answers"] = [one for answer in found.an[:MAX_ANSWERS] if (one := _answer(answer))]
    return told


def _answer(found: Any) -> dict[str, Any] | None:
    value = _value(found)
    if value is None:
        return None
    type_ = TYPES.get(found.type, str(found.type))
    return {"rrname": found.name.rstrip("."), "rrtype": type_, "ttl": found.ttl, "rdata": value}


def _value(found: Any) -> str | None:
    if found.type in {1, 28} and len(found.rdata) in {4, 16}:
        return address(bytes(found.rdata))
    for name in ("cname", "nsname", "ptrname", "mxname", "srvname", "mname"):
        text = getattr(found, name, None)
        if isinstance(text, str):
            return text.rstrip(".")
    texts = getattr(found, "text", None)
    if isinstance(texts, list):
        return "".join(
            part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in texts
        )
    return None
