from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.cloudtrail import CloudTrail
from noroshi.events.model import Entities, LogSource, Observable, Outcome, Source
from noroshi.events.values import lookup


def record(**changes: Any) -> dict[str, Any]:
    """A record as the user guide describes it."""
    return {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "arn": "arn:aws:iam::123456789012:user/t.suzuki",
            "userName": "t.suzuki",
        },
        "eventTime": "2020-07-22T04:12:09Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "awsRegion": "ap-northeast-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.0",
        "requestParameters": {"userName": "攻撃者"},
        "responseElements": None,
        "eventID": "b2f5e9d0",
    } | changes


RECORDS = [
    record(),
    record(errorCode="AccessDenied", eventName="DeleteTrail", eventSource="cloudtrail.amazonaws.com"),
    record(
        eventName="ConsoleLogin",
        eventSource="signin.amazonaws.com",
        responseElements={"ConsoleLogin": "Failure"},
        sourceIPAddress="cloudformation.amazonaws.com",
    ),
]
FILE = json.dumps({"Records": RECORDS}, ensure_ascii=False).encode()
LINES = b"".join(json.dumps(entry).encode() + b"\n" for entry in RECORDS)


@pytest.mark.parametrize("sample", [FILE, LINES])
def test_log_files_and_lines_give_the_same_records(sample: bytes) -> None:
    """Names as SigmaHQ's rules write them; values by hand."""
    created, denied, login = check_format("cloudtrail", sample)
    assert LogSource("aws", "cloudtrail") == created.logsource
    assert {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"} == created.kind.constants
    assert "IAMUser" == lookup(created.fields, "userIdentity.type")
    assert "攻撃者" == lookup(created.fields, "requestParameters.userName")
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == created.time.at
    assert [Outcome.ALLOWED, Outcome.BLOCKED, Outcome.FAILED] == [
        created.outcome,
        denied.outcome,
        login.outcome,
    ]
    assert Entities(user="t.suzuki") == created.entities
    assert Observable("ip", "198.51.100.7", "sourceIPAddress") in created.observables
    assert "src_ip" not in login.fields


def test_events_of_eventbridge_are_unwrapped() -> None:
    """EventBridge puts the record into ``detail``."""
    line = json.dumps({"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": record()})
    assert 0.97 == CloudTrail().recognise(line, BARE)
    (event,) = CloudTrail().reader(Source("s", "s")).feed(line, BARE, 0)
    assert "CreateUser" == event.fields["eventName"]


def test_records_of_a_file_have_positions() -> None:
    """A damaged record in a file is one error; the others keep their numbers."""
    line = json.dumps({"Records": [record(), 1, {"eventName": 3}, record()]})
    events = iter(CloudTrail().reader(Source("s", "s")).feed(line, BARE, 7))
    assert ["7:0", "7:3"] == [next(events).position, next(events).position]
    with pytest.raises(UnreadableRecordError, match="2 records"):
        next(events)
