"""ModSecurity 3 JSON audit log of WEB01 (nginx, OWASP core rule set, blocking).

Source: ModSecurity 3's ``SecAuditLogFormat JSON``; ``time_stamp`` is local time without a zone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.demo.times import SECOND, ctime

if TYPE_CHECKING:
    from collections.abc import Mapping

_RULES: Final = "/usr/local/owasp-modsecurity-crs/rules/"


@dataclass(frozen=True, slots=True)
class Detection:
    """A rule of the core rule set that matched: id, message, file, line, operator, data, severity, tags."""

    rule: str
    message: str
    file: str
    line: int
    match: str
    data: str
    severity: int
    tags: tuple[str, ...]


SQLI: Final = Detection(
    "942100",
    "SQL Injection Attack Detected via libinjection",
    "REQUEST-942-APPLICATION-ATTACK-SQLI.conf",
    45,
    "detected SQLi using libinjection.",
    "Matched Data: s&1 found within ARGS:id: 1' or '1'='1",
    2,
    (
        "application-multi",
        "language-multi",
        "platform-multi",
        "attack-sqli",
        "OWASP_CRS",
        "OWASP_CRS/WEB_ATTACK/SQL_INJECTION",
    ),
)
TRAVERSAL: Final = Detection(
    "930120",
    "OS File Access Attempt",
    "REQUEST-930-APPLICATION-ATTACK-LFI.conf",
    97,
    "Matched \"Operator `PmFromFile' with parameter `lfi-os-files.data' against variable `ARGS:page'",
    "Matched Data: etc/passwd found within ARGS:page: ../../../../etc/passwd",
    2,
    ("application-multi", "language-multi", "platform-multi", "attack-lfi", "OWASP_CRS"),
)
SCANNER: Final = Detection(
    "913100",
    "Found User-Agent associated with security scanner",
    "REQUEST-913-SCANNER-DETECTION.conf",
    56,
    "Matched \"Operator `PmFromFile' with parameter `scanners-user-agents.data' against variable "
    "`REQUEST_HEADERS:User-Agent'",
    "Matched Data: nikto found within REQUEST_HEADERS:User-Agent: mozilla/5.00 (nikto/2.1.6)",
    2,
    ("application-multi", "language-multi", "platform-multi", "attack-reputation-scanner", "OWASP_CRS"),
)
SCORE: Final = Detection(
    "949110",
    "Inbound Anomaly Score Exceeded (Total Score: 5)",
    "REQUEST-949-BLOCKING-EVALUATION.conf",
    79,
    "Matched \"Operator `Ge' with parameter `5' against variable `TX:ANOMALY_SCORE' (Value: `5' )",
    "",
    2,
    ("application-multi", "language-multi", "platform-multi", "attack-generic"),
)


def _message(detection: Detection) -> dict[str, Any]:
    return {
        "message": detection.message,
        "details": {
            "match": detection.match,
            "reference": "v32,18",
            "ruleId": detection.rule,
            "file": _RULES + detection.file,
            "lineNumber": str(detection.line),
            "data": detection.data,
            "severity": str(detection.severity),
            "ver": "OWASP_CRS/3.2.0",
            "rev": "",
            "tags": list(detection.tags),
            "maturity": "0",
            "accuracy": "0",
        },
    }


def transaction(
    t: int,
    ends: tuple[tuple[str, int], tuple[str, int]],
    request: Mapping[str, Any],
    response: Mapping[str, Any],
    detections: tuple[Detection, ...],
) -> str:
    """One audit record.

    Args:
        t: When the request came.
        ends: Client and server, address and port each.
        request: ``method``, ``uri``, ``headers``, ``body``.
        response: ``http_code``, ``headers``.
        detections: Rules that matched, in order.
    """
    (client, client_port), (host, host_port) = ends
    record = {
        "transaction": {
            "client_ip": client,
            "time_stamp": ctime(t),
            "server_id": "b1f2e5c4a3d29786b1f2e5c4a3d2978600000001",
            "client_port": client_port,
            "host_ip": host,
            "host_port": host_port,
            "unique_id": f"{t // SECOND}{t % SECOND:06d}"[:14] + f".{client_port:06d}",
            "request": {"http_version": 1.1, **request},
            "response": {"body": "", **response},
            "producer": {
                "modsecurity": "ModSecurity v3.0.4 (Linux)",
                "connector": "ModSecurity-nginx v1.0.1",
                "secrules_engine": "Enabled",
                "components": ['OWASP_CRS/3.2.0"'],
            },
            "messages": [_message(detection) for detection in detections],
        }
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))
