# ruff: noqa: E501 - log lines are as long as the product writes them
"""What IPS and WAF of different makers say of an attack, in the same words."""

from __future__ import annotations

import io

import pytest

from noroshi.events.formats._attacks import by_priority, by_score, by_word
from noroshi.events.model import Event, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

IPS = {
    "suricata": '{"timestamp":"2020-07-22T13:12:09.123456+0900","flow_id":1,"event_type":"alert","src_ip":"198.51.100.9","src_port":40000,"dest_ip":"10.20.0.80","dest_port":443,"proto":"TCP","alert":{"action":"blocked","gid":1,"signature_id":7,"rev":1,"signature":"TEST exploit","category":"Attempted Administrator Privilege Gain","severity":1}}',
    "snort": "07/22/20-13:12:09.123456 [drop] [**] [1:7:1] TEST exploit [**] [Classification: Attempted Administrator Privilege Gain] [Priority: 1] {TCP} 198.51.100.9:40000 -> 10.20.0.80:443",
    "fortigate": 'date=2020-07-22 time=13:12:09 devname="FW01" devid="FG1" logid="0419016384" type="utm" subtype="ips" eventtype="signature" level="alert" vd="root" eventtime=1595391129000000000 severity="critical" srcip=198.51.100.9 dstip=10.20.0.80 srcport=40000 dstport=443 proto=6 action="dropped" attack="TEST exploit" attackid=7',
    "paloalto": "1,2020/07/22 13:12:09,001801000001,THREAT,vulnerability,2305,2020/07/22 13:12:09,198.51.100.9,10.20.0.80,0.0.0.0,0.0.0.0,in,,,ssl,vsys1,untrust,dmz,ethernet1/1,ethernet1/2,fwd,,1,1,40000,443,0,0,0x0,tcp,reset-both,,TEST exploit,any,high,client-to-server,1,0x0",
    "cisco-asa": "Jul 22 13:12:09 ftd01 %FTD-1-430001: SrcIP: 198.51.100.9, DstIP: 10.20.0.80, SrcPort: 40000, DstPort: 443, Protocol: tcp, Priority: 1, GID: 1, SID: 7, Revision: 1, Message: TEST exploit, InlineResult: Blocked",
    "checkpoint": "time=1595391129|hostname=fw1|product=SmartDefense|action=Prevent|origin=10.20.0.1|src=198.51.100.9|dst=10.20.0.80|service=443|protection_name=TEST exploit|severity=4",
    "cef": "CEF:0|FireEye|MPS|7.7|IE|TEST exploit|9|rt=Jul 22 2020 13:12:09 src=198.51.100.9 dst=10.20.0.80 dpt=443 act=blocked",
    "leef": "LEEF:1.0|FireEye|MPS|7.7|TEST exploit|src=198.51.100.9\tdst=10.20.0.80\tdstPort=443\tsev=9\taction=blocked\tdevTime=2020-07-22T13:12:09Z",
}
WAF = {
    "modsecurity": '{"transaction":{"client_ip":"198.51.100.9","time_stamp":"Wed Jul 22 13:12:09 2020","host_ip":"10.20.0.80","host_port":80,"request":{"method":"GET","uri":"/item.php?id=1","headers":{"Host":"www.example"}},"response":{"http_code":403},"producer":{"secrules_engine":"Enabled"},"messages":[{"message":"SQL Injection Attack Detected via libinjection","details":{"ruleId":"942100","tags":["attack-sqli"]}},{"message":"Inbound Anomaly Score Exceeded","details":{"ruleId":"949110"}}]}}',
    "modsecurity-serial": '--a1b2c3d4-A--\n[22/Jul/2020:13:12:09 +0900] XxeF2X8AAAEAAG8l 198.51.100.9 40000 10.20.0.80 80\n--a1b2c3d4-B--\nGET /item.php?id=1 HTTP/1.1\nHost: www.example\n\n--a1b2c3d4-F--\nHTTP/1.1 403 Forbidden\n\n--a1b2c3d4-H--\nMessage: Access denied with code 403 (phase 2). [id "942100"] [msg "SQL Injection Attack Detected via libinjection"] [tag "attack-sqli"]\nAction: Intercepted (phase 2)\nEngine-Mode: "ENABLED"\n\n--a1b2c3d4-Z--',
    "apache-error": '[Wed Jul 22 13:12:09.123456 2020] [:error] [pid 1:tid 2] [client 198.51.100.9:40000] ModSecurity: Access denied with code 403 (phase 2). [id "942100"] [msg "SQL Injection Attack Detected via libinjection"] [hostname "www.example"] [uri "/item.php"]',
    "aws-waf": '{"timestamp":1595391129000,"formatVersion":1,"webaclId":"arn:aws:wafv2:x","terminatingRuleId":"AWS-AWSManagedRulesSQLiRuleSet","terminatingRuleType":"MANAGED_RULE_GROUP","action":"BLOCK","ruleGroupList":[],"httpRequest":{"clientIp":"198.51.100.9","country":"XX","headers":[{"name":"Host","value":"www.example"}],"uri":"/item.php","args":"id=1","httpVersion":"HTTP/1.1","httpMethod":"GET"}}',
    "cef": "CEF:0|F5|ASM|14.1.0|200002476|SQL-INJ expressions like OR 1=1|5|rt=Jul 22 2020 13:12:09 src=198.51.100.9 dst=10.20.0.80 request=/item.php?id=1 requestMethod=GET act=blocked cs4=SQL-Injection cs4Label=attack_type",
    "leef": "LEEF:1.0|Imperva Inc.|SecureSphere|13|SQL injection|src=198.51.100.9\tdst=10.20.0.80\turl=/item.php?id=1\taction=Block\tdevTime=2020-07-22T13:12:09Z",
    "fortigate": 'date=2020-07-22 time=13:12:09 devname="FW01" devid="FG1" logid="1200030248" type="utm" subtype="waf" eventtype="waf-signature" level="warning" vd="root" eventtime=1595391129000000000 severity="high" srcip=198.51.100.9 dstip=10.20.0.80 url="http://www.example/item.php?id=1" action="blocked" name="SQL Injection"',
}


def read(name: str, text: str) -> Event:
    """The one event of this record."""
    entry = format_named(name)
    assert entry is not None
    (event,) = entry.decode(io.BytesIO(f"{text}\n".encode()), Source("log", "s"), Problems())
    return event


@pytest.mark.parametrize("name", IPS)
def test_every_ips_names_signature_severity_and_outcome(name: str) -> None:
    """The same attack, as eight products write it."""
    event = read(name, IPS[name])
    fields = event.fields
    assert "ids" in event.logsource.categories
    assert ("TEST exploit", "high") == (fields["signature"], fields["signature_severity"])
    assert ("198.51.100.9", "10.20.0.80") == (fields["src_ip"], fields["dst_ip"])
    assert Outcome.BLOCKED == event.outcome


@pytest.mark.parametrize("name", WAF)
def test_every_waf_names_the_kind_of_attack_and_outcome(name: str) -> None:
    """The same injection, as seven products write it."""
    event = read(name, WAF[name])
    assert "waf" in event.logsource.categories
    assert ["sql_injection"] == event.fields["waf_attack"]
    assert "198.51.100.9" == event.fields["src_ip"]
    assert Outcome.BLOCKED == event.outcome


@pytest.mark.parametrize(
    ("rule", "message", "attack"),
    [
        ("930100", "Path Traversal Attack (/../)", "path_traversal"),
        ("932160", "Remote Command Execution: Unix Shell Code Found", "command_injection"),
        ("933110", "PHP Injection Attack: PHP Script File Found", "file_upload"),
        ("944150", "Potential Remote Command Execution: Log4j / Log4shell", "log4shell"),
        ("941100", "XSS Attack Detected via libinjection", "cross_site_scripting"),
        ("931100", "Possible Remote File Inclusion (RFI) Attack", "remote_file_inclusion"),
        ("913100", "Found User-Agent associated with security scanner", "scanner"),
    ],
)
def test_rules_of_the_core_rule_set_are_told_by_number(rule: str, message: str, attack: str) -> None:
    """Numbers and texts of the OWASP Core Rule Set's own files."""
    text = WAF["modsecurity"].replace("942100", rule).replace("attack-sqli", "OWASP_CRS")
    event = read("modsecurity", text.replace("SQL Injection Attack Detected via libinjection", message))
    assert attack in event.fields["waf_attack"]


_ENDS = "src=198.51.100.9 dst=10.20.0.80 dpt=443"
CEF = {
    "ids": f"CEF:0|Fortinet|Fortigate|v6.0.3|16384|utm:ips signature dropped|7|{_ENDS} act=dropped FTNTFGTattack=TEST exploit",
    "waf": f"CEF:0|Fortinet|Fortigate|v6.0.3|30248|utm:waf waf-signature blocked|7|{_ENDS} act=blocked msg=x",
    "proxy": f"CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|{_ENDS} act=block-url request=www.example/a",
    "antivirus": f"CEF:0|Palo Alto Networks|PAN-OS|10.0|virus|THREAT|4|{_ENDS} act=reset-both fname=a.exe",
    "firewall": f"CEF:0|Palo Alto Networks|PAN-OS|10.0|end|TRAFFIC|1|{_ENDS} act=allow",
}


@pytest.mark.parametrize("category", CEF)
def test_firewalls_that_write_cef_are_told_by_the_kind_of_record(category: str) -> None:
    """FortiOS and PAN-OS write everything under one vendor and product."""
    assert {category} == read("cef", CEF[category]).logsource.categories


def test_the_signature_of_a_firewalls_cef_stands_beside_its_name() -> None:
    """The name of the record is its kind; a THREAT record's `cat` and FortiOS's own key name the attack."""
    palo = (
        f"CEF:0|Palo Alto Networks|PAN-OS|10.0|vulnerability|THREAT|4|{_ENDS} act=alert cat=TEST exploit(7)"
    )
    found = read("cef", CEF["ids"]), read("cef", palo)
    assert ["TEST exploit", "TEST exploit(7)"] == [event.fields["signature"] for event in found]
    assert ["high", "medium"] == [event.fields["signature_severity"] for event in found]


@pytest.mark.parametrize("rule", ["949110", "920350", "980130"])
def test_score_and_protocol_rules_are_no_kind_of_attack(rule: str) -> None:
    """They say that something was wrong, not what."""
    text = WAF["modsecurity"].replace("942100", rule).replace("attack-sqli", "attack-protocol")
    event = read("modsecurity", text.replace("SQL Injection Attack Detected via libinjection", "Score"))
    assert "waf_attack" not in event.fields


def test_severities_are_read_in_every_notation() -> None:
    """Words, priorities from 1 down, scores from 10 down; anything else is none."""
    assert ["high", "medium", "low", "informational", "informational"] == [
        by_priority(n) for n in (1, 2, 3, 4, 9)
    ]
    assert ["high", "high", "medium", "low", "informational"] == [
        by_score(n) for n in ("10", 7, "5", "3", "0")
    ]
    assert ["high", "medium", "low"] == [by_word(word) for word in ("Critical", " Medium ", "notice")]
    assert [None] * 6 == [
        by_priority(0),
        by_priority("x"),
        by_priority(None),
        by_score("999"),
        by_word(3),
        by_word(""),
    ]
