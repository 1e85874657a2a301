# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from noroshi.events.conformance import check_format

MIXED = """\
<13>Jul 22 13:05:02 ips01 suricata[99]: {"timestamp":"2020-07-22T13:05:02.000000+0900","flow_id":1,"event_type":"flow","src_ip":"10.20.4.114","src_port":50096,"dest_ip":"203.0.113.5","dest_port":8080,"proto":"TCP","flow":{"state":"closed"}}
<13>1 2020-07-22T13:05:02+09:00 ips01 suricata 99 - - @cee: {"timestamp":"2020-07-22T13:05:02.000000+0900","flow_id":1,"event_type":"alert","src_ip":"10.20.4.114","dest_ip":"203.0.113.5","alert":{"action":"blocked","signature":"日本語"}}
<13>Jul 22 13:05:02 zeek01 zeek: {"_path":"conn","ts":1595390702.5,"uid":"C1","id.orig_h":"10.20.4.114","id.orig_p":1,"id.resp_h":"203.0.113.5","id.resp_p":25,"conn_state":"S0"}
<13>Jul 22 13:05:02 web01 nginx: {"transaction":{"client_ip":"203.0.113.9","time_stamp":"Wed Jul 22 13:05:02 2020","host_ip":"10.20.0.30","host_port":80,"request":{"method":"GET","uri":"/"},"response":{"http_code":200},"messages":[]}}
<22>Jul 22 13:05:02 mx01 postfix/local[2104]: 4BBQZ16fz3z1xV: to=<t.suzuki@minato-works.example>, relay=local, delay=0.5, dsn=2.0.0, status=sent (delivered to mailbox)
<30>Jul 22 13:05:02 ns01 named[1]: client @0x7f8c 10.20.4.114#53124 (www.shop.example): query: www.shop.example IN A +E(0)K (10.20.0.53)
<30>Jul 22 13:05:02 dhcp01 dhcpd[812]: DHCPACK on 10.20.4.114 to 00:15:5d:0a:04:72 (PC-014) via eth0
<30>Jul 22 13:05:02 dhcp02 kea-dhcp4[29529]: INFO  [kea-dhcp4.leases.0x3c] DHCP4_LEASE_ALLOC [hwtype=1 00:15:5d:0a:04:72], cid=[no info], tid=0x1: lease 10.20.4.114 has been allocated for 3600 seconds
"""


def test_one_file_of_many_programs_is_read_by_their_formats() -> None:
    """What a central syslog server writes: each line goes to the format that knows it."""
    events = check_format("syslog", MIXED.encode())
    expected = ["suricata", "suricata", "zeek", "modsecurity", "postfix", "bind", "isc-dhcp", "kea"]
    assert expected == [event.kind.format for event in events]
    outcomes = ["allowed", "blocked", "failed", "detected", "allowed", "unknown", "allowed", "allowed"]
    assert outcomes == [event.outcome.value for event in events]
