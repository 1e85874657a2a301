"""One whole input of every registered format, out of the formats' own tests: for fuzzing and benchmarks.

EVTX and captures are binary: their samples are real files, or are built by the tests that need them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.events import (
    test_accesslog,
    test_auditd,
    test_aws_waf,
    test_bind,
    test_cef,
    test_checkpoint,
    test_cisco_asa,
    test_cloudtrail,
    test_dnsmasq,
    test_ecs,
    test_errorlog,
    test_example,
    test_exchange,
    test_filterlog,
    test_fortigate,
    test_ifilter,
    test_iptables,
    test_isc_dhcp,
    test_kea,
    test_leef,
    test_linux_auth,
    test_m365_trace,
    test_mailgateway,
    test_mixed_syslog,
    test_modsecurity,
    test_modsecurity_serial,
    test_nfdump,
    test_ocsf,
    test_paloalto,
    test_postfix,
    test_sendmail,
    test_snort,
    test_squid,
    test_suricata,
    test_sysmon_linux,
    test_umbrella,
    test_unbound,
    test_vpcflow,
    test_w3c,
    test_webgateway,
    test_windows_dhcp,
    test_windows_dns,
    test_windows_json,
    test_windows_splunk,
    test_windows_xml,
    test_zeek,
    test_zscaler,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

BINARY = frozenset({"windows-evtx", "pcap"})
"""Formats without a sample here."""


def objects(*records: dict[str, Any]) -> bytes:
    """One JSON object a line."""
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def joined(*texts: str | bytes) -> bytes:
    """Texts one after another, each with its end."""
    return b"".join(
        (text.encode() if isinstance(text, str) else text).removesuffix(b"\n") + b"\n" for text in texts
    )


def _windows() -> Iterable[dict[str, Any]]:
    return [record for name, record in test_windows_json.SHAPES.items() if name != "elastic hit"]


SURICATA = tuple(
    getattr(test_suricata, name)
    for name in ("HTTP", "ALERT", "DNS1", "DNS2", "DNS3", "TLS", "FLOW", "FILE", "SMTP", "DROP", "DHCP")
)
POSTFIX = joined(test_postfix.INCOMING, test_postfix.BOUNCING, test_postfix.REJECTED)

SAMPLES: dict[str, bytes] = {
    "accesslog": test_accesslog.SAMPLE,
    "apache-error": test_errorlog.APACHE,
    "auditd": test_auditd.SAMPLE,
    "aws-waf": test_aws_waf.SAMPLE,
    "bind": joined(test_bind.OWN),
    "cef": test_cef.SAMPLE,
    "checkpoint": joined(test_checkpoint.SAMPLE),
    "cisco-asa": joined(test_cisco_asa.SAMPLE),
    "cloudtrail": joined(test_cloudtrail.FILE),
    "dnsmasq": joined(test_dnsmasq.DNSMASQ),
    "ecs": objects(test_ecs.PROCESS, test_ecs.DOTTED, test_ecs.WEB, test_ecs.DNS),
    "example": test_example.SAMPLE,
    "exchange": joined(test_exchange.TRACKING),
    "filterlog": joined(*(getattr(test_filterlog, name) for name in ("TCP", "UDP", "ICMP6", "CARP"))),
    "fortigate": test_fortigate.SAMPLE,
    "ifilter": test_ifilter.ACCESS,
    "ifilter-block": test_ifilter.BLOCK,
    "iptables": joined(test_iptables.DMESG),
    "isc-dhcp": joined(test_isc_dhcp.LINES),
    "isc-dhcp-leases": joined(test_isc_dhcp.LEASES),
    "kea": joined(test_kea.LINES),
    "kea-leases": joined(test_kea.CSV),
    "leef": joined(test_leef.SAMPLE),
    "linux-auth": test_linux_auth.SAMPLE,
    "m365-message-trace": joined(test_m365_trace.REPORT),
    "mailgateway": objects(test_mailgateway.PROOFPOINT, test_mailgateway.OTHER),
    "modsecurity": objects(test_modsecurity.V3, test_modsecurity.V2),
    "modsecurity-serial": test_modsecurity_serial.SAMPLE,
    "nfdump": joined(test_nfdump.HEADING, test_nfdump.ROW, test_nfdump.DROPPED),
    "nginx-error": test_errorlog.NGINX,
    "ocsf": objects(test_ocsf.LAUNCH, test_ocsf.API, test_ocsf.HTTP, test_ocsf.CONNECTION),
    "paloalto": test_paloalto.SAMPLE,
    "postfix": POSTFIX,
    "sendmail": joined(test_sendmail.SENDMAIL),
    "snort": joined(test_snort.FAST, test_snort.SNORT3, test_snort.SURICATA),
    "squid": test_squid.NATIVE,
    "squid-combined": test_squid.COMBINED,
    "suricata": objects(*SURICATA),
    "syslog": joined(test_mixed_syslog.MIXED),
    "sysmon-linux": joined(test_sysmon_linux.SYSMON),
    "umbrella": test_umbrella.UMBRELLA,
    "unbound": joined(test_unbound.UNBOUND),
    "vpcflow": joined(test_vpcflow.HEADING, test_vpcflow.ACCEPTED, test_vpcflow.REJECTED),
    "w3c": joined(test_w3c.BLUECOAT),
    "webgateway": test_webgateway.LINES,
    "windows-dhcp": joined(test_windows_dhcp.LOG),
    "windows-dns": joined(test_windows_dns.WINDOWS),
    "windows-json": objects(*_windows()),
    "windows-json-documents": json.dumps(list(_windows()), indent=1).encode(),
    "windows-splunk": test_windows_splunk.SAMPLE,
    "windows-xml": test_windows_xml.EXPORT.encode(),
    "zeek": joined(test_zeek.SMTP),
    "zscaler": test_zscaler.PAIRS,
}
FURTHER: dict[str, tuple[bytes, ...]] = {
    "iis": (joined(test_w3c.IIS),),
    "snort-full": (joined(test_snort.FULL),),
    "zeek-json": (objects(test_zeek.CONN),),
    "skyhigh-headed": (test_webgateway.HEADED,),
    "zscaler-json": (test_zscaler.JSON,),
    "windows-xml": tuple(test_windows_xml.LAYOUTS.values()),
}
"""Other notations that some formats read, by a name for people."""
