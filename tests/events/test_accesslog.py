# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, Envelope, UnreadableRecordError
from noroshi.events.formats.accesslog import AccessLog
from noroshi.events.model import Entities, Event, LogSource, Observable, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

SAMPLE = (
    b'198.51.100.7 - t.suzuki [22/Jul/2020:13:12:09 +0900] "GET /vpns/cfg/smb.conf?a=1%27&b=x HTTP/1.1" 200 5120 "http://WWW.example:8080/start?x" "curl/7.68.0"\n'
    b'2001:db8::7 - - [22/Jul/2020:13:12:10 +0900] "POST /upload.jsp HTTP/1.1" 403 - "-" "-"\n'
    b'198.51.100.8 - - [22/Jul/2020:13:12:11 +0900] "\\x16\\x03\\x01" 400 226 "-" "-"\n'
    b'198.51.100.9 - - [22/Jul/2020:13:12:12 +0900] "GET / HTTP/1.1" 500 0\n'
    b'www.minato-works.example:443 198.51.100.10 - - [22/Jul/2020:13:12:13 +0900] "GET /a.php HTTP/1.1" 302 10 "-" "say \\"hi\\" \\xe6\\x97\\xa5\\xe6\\x9c\\xac"\n'
    b'10.20.0.5 - - [22/Jul/2020:13:12:14 +0900] "GET /b HTTP/2.0" 200 10 "-" "Mozilla/5.0" "203.0.113.9, 10.20.0.4" rt=0.012\n'
)


def one(line: str, envelope: Envelope = BARE) -> Event:
    """The event of one line."""
    (event,) = AccessLog().reader(Source("access.log", "s")).feed(line, envelope, 0)
    return event


def test_combined_lines_carry_sigmas_names() -> None:
    """Values by hand after Apache's mod_log_config; the query's field holds the whole target as well."""
    first = check_format("accesslog", SAMPLE)[0]
    expected = {
        "c-ip": "198.51.100.7",
        "src_ip": "198.51.100.7",
        "cs-username": "t.suzuki",
        "cs-method": "GET",
        "cs-uri-stem": "/vpns/cfg/smb.conf",
        "cs-uri-query": ["a=1%27&b=x", "/vpns/cfg/smb.conf?a=1%27&b=x"],
        "c-uri-query": "a=1%27&b=x",
        "c-uri-extension": "conf",
        "cs-version": "1.1",
        "sc-status": "200",
        "sc-bytes": "5120",
        "cs-referer": "http://WWW.example:8080/start?x",
        "cs-referer-norm": "www.example/start",
        "cs-user-agent": "curl/7.68.0",
    }
    assert expected == {name: first.fields.get(name) for name in expected}
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == first.time.at
    assert LogSource(None, "access", frozenset({"webserver"})) == first.logsource
    assert Entities(user="t.suzuki") == first.entities
    assert Observable("ip", "198.51.100.7", "c-ip") in first.observables


def test_what_was_not_sent_and_what_is_no_request() -> None:
    """Without a Referer there is none, without an agent it is empty; a TLS hello is kept as it came."""
    _, post, hello, common, vhost, forwarded = check_format("accesslog", SAMPLE)
    assert "cs-referer" not in post.fields
    assert "" == post.fields["cs-user-agent"]
    assert ["/upload.jsp"] == post.fields["cs-uri-query"]
    assert "cs-method" not in hello.fields
    assert "\x16\x03\x01" == hello.fields["request"]
    assert "cs-user-agent" not in common.fields
    assert "www.minato-works.example/a.php" == vhost.fields["c-uri-norm"]
    assert 'say "hi" 日本' == vhost.fields["cs-user-agent"]
    assert ("203.0.113.9, 10.20.0.4", "rt=0.012") == (
        forwarded.fields["x-forwarded-for"],
        forwarded.fields["extra"],
    )


def test_outcome_is_the_servers_answer() -> None:
    """200 and 302 are given out, 403 is a refusal, other errors failed."""
    outcomes = [event.outcome for event in check_format("accesslog", SAMPLE)]
    assert [
        Outcome.ALLOWED,
        Outcome.BLOCKED,
        Outcome.FAILED,
        Outcome.FAILED,
        Outcome.ALLOWED,
        Outcome.ALLOWED,
    ] == outcomes


def test_syslogs_program_names_the_product() -> None:
    """Nginx can write its access log to syslog; then host and product are known."""
    line = SAMPLE.decode().splitlines()[0]
    event = one(line, Envelope(host="WEB01", program="nginx"))
    assert "nginx" == event.logsource.product
    assert "web01" == event.entities.host


def test_a_path_without_query_is_found_where_rules_look() -> None:
    """SigmaHQ searches paths in cs-uri-query; Japanese paths come as bytes."""
    event = one('192.0.2.1 - - [22/Jul/2020:13:12:09 +0900] "GET /\\xe6\\x97\\xa5/x.action HTTP/1.0" 404 3')
    assert ["/日/x.action"] == event.fields["cs-uri-query"]
    assert "c-uri-query" not in event.fields


@pytest.mark.parametrize(
    "line",
    [
        '192.0.2.1 - - [22/Jul/2020:13:12:09 +0900] "GET /cut',
        "192.0.2.1 - - [22/Jul/2020",
        '192.0.2.1 - - [22/Jul/2020:13:12:09 +0900] "GET / HTTP/1.1" ok 3',
    ],
)
def test_damaged_lines_are_refused(line: str) -> None:
    """A line that is cut off is no event."""
    assert 0.0 == AccessLog().recognise(line, BARE)
    with pytest.raises(UnreadableRecordError):
        one(line)


def test_long_hostile_lines_are_refused_quickly() -> None:
    """A megabyte of quotes and brackets costs linear time."""
    entry = format_named("accesslog")
    assert entry is not None
    problems = Problems()
    for piece in ('a "', "[", "\\x", "- ", '" "'):
        data = b'192.0.2.1 - - [22/Jul/2020:13:12:09 +0900] "' + piece.encode() * 300_000
        assert [] == list(entry.decode(io.BytesIO(data), Source("p", "s"), problems))
    assert 5 == problems.total
