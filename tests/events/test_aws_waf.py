from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.aws_waf import AwsWaf
from noroshi.events.model import LogSource, Outcome, Source


def record(**changes: Any) -> dict[str, Any]:
    """A record after the developer guide."""
    return {
        "timestamp": 1595391129123,
        "formatVersion": 1,
        "webaclId": "arn:aws:wafv2:ap-northeast-1:123456789012:regional/webacl/minato/1",
        "terminatingRuleId": "RuleGroup-1",
        "terminatingRuleType": "GROUP",
        "action": "BLOCK",
        "httpSourceName": "ALB",
        "ruleGroupList": [
            {
                "ruleGroupId": "AWS#SQLi",
                "terminatingRule": {"ruleId": "SQLi_QUERYARGUMENTS", "action": "BLOCK"},
                "nonTerminatingMatchingRules": [],
            }
        ],
        "nonTerminatingMatchingRules": [{"ruleId": "count-me", "action": "COUNT"}],
        "labels": [{"name": "awswaf:managed:aws:sql-database:SQLi"}],
        "httpRequest": {
            "clientIp": "198.51.100.7",
            "country": "JP",
            "headers": [
                {"name": "Host", "value": "WWW.minato-works.example:443"},
                {"name": "user-agent", "value": "sqlmap/1.4"},
                {"name": "Referer", "value": "https://www.example/?q"},
                {"name": "X-Forwarded-For", "value": "192.0.2.77"},
            ],
            "uri": "/問い合わせ",
            "args": "id=1'--",
            "httpVersion": "HTTP/2.0",
            "httpMethod": "GET",
        },
    } | changes


ALLOWED = record(
    action="ALLOW", httpRequest={"clientIp": "2001:db8::7", "uri": "/", "args": "", "httpMethod": "GET"}
)
SAMPLE = b"".join(json.dumps(entry, ensure_ascii=False).encode() + b"\n" for entry in (record(), ALLOWED))


def test_requests_carry_sigmas_names() -> None:
    """Values by hand after the developer guide's field list."""
    blocked, allowed = check_format("aws-waf", SAMPLE)
    expected = {
        "cs-method": "GET",
        "cs-uri-stem": "/問い合わせ",
        "c-uri-query": "id=1'--",
        "cs-uri-query": ["id=1'--", "/問い合わせ?id=1'--"],
        "cs-host": "www.minato-works.example",
        "cs-user-agent": "sqlmap/1.4",
        "cs-referer-norm": "www.example/",
        "src_ip": "198.51.100.7",
        "x-forwarded-for": "192.0.2.77",
        "waf_rule_id": ["RuleGroup-1", "count-me", "SQLi_QUERYARGUMENTS"],
        "waf_tag": ["awswaf:managed:aws:sql-database:SQLi"],
        "c-uri-norm": "www.minato-works.example/問い合わせ",
    }
    assert expected == {name: blocked.fields.get(name) for name in expected}
    assert LogSource("aws", "waf", frozenset({"webserver", "waf"})) == blocked.logsource
    assert datetime(2020, 7, 22, 4, 12, 9, 123000, tzinfo=UTC) == blocked.time.at
    assert (Outcome.BLOCKED, Outcome.ALLOWED) == (blocked.outcome, allowed.outcome)
    assert "" == allowed.fields["cs-user-agent"]


def test_other_json_is_refused() -> None:
    """A record without request is none of this log."""
    with pytest.raises(UnreadableRecordError):
        AwsWaf().reader(Source("s", "s")).feed('{"webaclId": "x", "httpRequest": 1}', BARE, 0)
