"""Suricata 5 EVE records of the IPS on the inside of the firewall.

Sources: Suricata's EVE JSON format reference; ``http`` with ``extended: yes`` and ``xff: extra-data``. The
library that writes them (jansson) escapes ``/`` and everything that is not ASCII.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.demo.times import SECOND, fiscal_year, iso_local_us

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.demo.traffic import Certificate

_ETHERNET: Final = 14


@dataclass(frozen=True, slots=True)
class Flow:
    """A connection as the sensor saw it: ends, number, times, bytes and packets each way (IP level)."""

    number: int
    start: int
    end: int
    source: tuple[str, int]
    destination: tuple[str, int]
    sent: tuple[int, int]
    received: tuple[int, int]
    app: str = "failed"
    proto: str = "TCP"
    xff: str = ""


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, separators=(",", ":")).replace("/", "\\/")


def _head(t: int, flow: Flow, kind: str) -> dict[str, Any]:
    return {
        "timestamp": iso_local_us(t),
        "flow_id": flow.number,
        "in_iface": "ens2f0",
        "event_type": kind,
        "src_ip": flow.source[0],
        "src_port": flow.source[1],
        "dest_ip": flow.destination[0],
        "dest_port": flow.destination[1],
        "proto": flow.proto,
    }


def _with_xff(record: dict[str, Any], flow: Flow) -> dict[str, Any]:
    return record | {"xff": flow.xff} if flow.xff else record


def flow_line(flow: Flow, written_at: int) -> str:
    """``flow``: written when the flow has timed out, some time after its last packet."""
    record = _head(written_at, flow, "flow")
    if flow.app != "failed":
        record["app_proto"] = flow.app
    state = "closed" if flow.received[0] else "new"
    record["flow"] = {
        "pkts_toserver": flow.sent[1],
        "pkts_toclient": flow.received[1],
        "bytes_toserver": flow.sent[0] + _ETHERNET * flow.sent[1],
        "bytes_toclient": flow.received[0] + _ETHERNET * flow.received[1],
        "start": iso_local_us(flow.start),
        "end": iso_local_us(flow.end),
        "age": (flow.end - flow.start) // SECOND,
        "state": state,
        "reason": "timeout",
        "alerted": False,
    }
    if flow.proto == "TCP":
        flags = ("1b", "1b", "1b") if state == "closed" else ("02", "02", "00")
        record["tcp"] = {
            "tcp_flags": flags[0],
            "tcp_flags_ts": flags[1],
            "tcp_flags_tc": flags[2],
            "state": state,
        }
    return _line(record)


def http_line(t: int, flow: Flow, http: Mapping[str, Any], tx: int = 0) -> str:
    """``http``, extended."""
    return _line(_with_xff({**_head(t, flow, "http"), "tx_id": tx, "http": dict(http)}, flow))


def fileinfo_line(t: int, flow: Flow, http: Mapping[str, Any], file: tuple[str, int]) -> str:
    """``fileinfo``: a file in the answer (name, size); source and destination follow the file."""
    record = _head(t, flow, "fileinfo")
    record |= {
        "src_ip": flow.destination[0],
        "src_port": flow.destination[1],
        "dest_ip": flow.source[0],
        "dest_port": flow.source[1],
        "http": dict(http),
        "app_proto": "http",
        "fileinfo": {
            "filename": file[0],
            "sid": [],
            "gaps": False,
            "state": "CLOSED",
            "stored": False,
            "size": file[1],
            "tx_id": 0,
        },
    }
    return _line(_with_xff(record, flow))


def tls_line(t: int, flow: Flow, name: str, ja3: str) -> str:
    """``tls``: what the handshake showed. The names inside the certificate are made up."""
    tls = {
        "subject": f"CN={name}",
        "issuerdn": "C=JP, O=Example Trust, CN=Example Trust RSA CA 2020",
        "serial": "0A:3C:" + ":".join(f"{b:02X}" for b in name.encode()[:6]),
        "fingerprint": ":".join(
            f"{(b * 37 + i * 11) & 255:02x}" for i, b in enumerate((name * 20).encode()[:20])
        ),
        "sni": name,
        "version": "TLS 1.2",
        "notbefore": "2020-05-01T00:00:00",
        "notafter": "2021-05-01T00:00:00",
        "ja3": {"hash": ja3},
    }
    return _line({**_head(t, flow, "tls"), "tls": tls})


def nameless_tls_line(t: int, flow: Flow, certificate: Certificate) -> str:
    """``tls`` of a server that was asked for by its address: no SNI, subject and issuer are the same."""
    mark = certificate.subject.encode()
    tls = {
        "subject": certificate.subject,
        "issuerdn": certificate.subject,
        "serial": "00:" + ":".join(f"{b:02X}" for b in mark[3:9]),
        "fingerprint": ":".join(f"{(b * 29 + i * 7) & 255:02x}" for i, b in enumerate((mark * 4)[:20])),
        "version": "TLS 1.2",
        "notbefore": f"{fiscal_year()}-04-01T00:00:00",
        "notafter": f"{fiscal_year() + 1}-04-01T00:00:00",
        "ja3": {"hash": certificate.ja3},
    }
    return _line({**_head(t, flow, "tls"), "tls": tls})


def dns_line(t: int, flow: Flow, query: tuple[int, str], answer: str | None) -> str:
    """``dns`` version 2: a query, or its answer."""
    number, name = query
    record = _head(t, flow, "dns")
    if answer is None:
        record["dns"] = {"type": "query", "id": number, "rrname": name, "rrtype": "A", "tx_id": 0}
    else:
        record["dns"] = {
            "version": 2,
            "type": "answer",
            "id": number,
            "flags": "8180",
            "qr": True,
            "rd": True,
            "ra": True,
            "rrname": name,
            "rrtype": "A",
            "rcode": "NOERROR",
            "answers": [{"rrname": name, "rrtype": "A", "ttl": 300, "rdata": answer}],
            "grouped": {"A": [answer]},
        }
    return _line(record)


def alert_line(t: int, flow: Flow, alert: Mapping[str, Any], http: Mapping[str, Any] | None = None) -> str:
    """``alert``: a signature matched; ``action`` says whether the IPS let it pass."""
    record = {**_head(t, flow, "alert"), "tx_id": 0, "alert": {"gid": 1, "rev": 2, **alert}}
    if http is not None:
        record |= {"http": dict(http), "app_proto": "http"}
    record["flow"] = {
        "pkts_toserver": 4,
        "pkts_toclient": 3,
        "bytes_toserver": 1_420,
        "bytes_toclient": 590,
        "start": iso_local_us(flow.start),
    }
    return _line(_with_xff(record, flow))
