# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.errorlog import ApacheError, NginxError
from noroshi.events.model import LogSource, Outcome, Source

APACHE = """\
[Wed Jul 22 13:12:09.902022 2020] [core:error] [pid 35708:tid 4328636416] [client 198.51.100.7:50112] AH00126: Invalid URI in request GET /../../etc/passwd HTTP/1.1, referer: http://www.example/
[Wed Jul 22 13:12:10 2020] [error] [client 198.51.100.8] client denied by server configuration: /srv/www/日本語
[Wed Jul 22 13:12:11.000001 2020] [core:notice] [pid 99] AH00051: child pid 123 exit signal Segmentation fault (11)
[Wed Jul 22 13:12:12.000001 2020] [:error] [pid 99] [client 198.51.100.9:1000] [client 198.51.100.9] ModSecurity: Access denied with code 403 (phase 2). detected SQLi [file "x.conf"] [id "942100"] [msg "SQL Injection"] [severity "CRITICAL"] [tag "attack-sqli"] [tag "OWASP_CRS"] [hostname "www.minato-works.example"] [uri "/inquiry"] [unique_id "a"]
""".encode()
NGINX = b"""\
2020/07/22 13:12:09 [error] 1234#1235: *5 open() "/srv/www/.env" failed (2: No such file or directory), client: 198.51.100.7, server: www.minato-works.example, request: "GET /.env?a=b HTTP/1.1", host: "www.minato-works.example:8443", referrer: "http://www.example/x"
2020/07/22 13:12:10 [alert] 1#1: worker process 33 exited on signal 6 (core dumped)
2020/07/22 13:12:11 [error] 1234#1235: *6 access forbidden by rule, client: 2001:db8::1, server: _, request: "GET / HTTP/1.0"
"""


def test_apache_lines() -> None:
    """Values by hand after ErrorLogFormat of 2.4 and the heading of 2.2."""
    traversal, denied, crash, _ = check_format("apache-error", APACHE)
    assert LogSource("apache", "apache") == traversal.logsource
    expected = {
        "c-ip": "198.51.100.7",
        "src_port": "50112",
        "module": "core",
        "level": "error",
        "pid": "35708",
    }
    assert expected == {name: traversal.fields[name] for name in expected}
    assert traversal.fields["message"].startswith("AH00126: Invalid URI")
    assert "www.example/" == traversal.fields["cs-referer-norm"]
    assert datetime(2020, 7, 22, 13, 12, 9, 902022, tzinfo=UTC) == traversal.time.at
    assert Outcome.BLOCKED == denied.outcome
    assert "client denied by server configuration: /srv/www/日本語" == denied.fields["message"]
    assert "exit signal Segmentation fault" in crash.fields["message"]
    assert Outcome.UNKNOWN == crash.outcome


def test_modsecurity_in_the_error_log() -> None:
    """What ModSecurity says in brackets stands under the names of its audit log."""
    event = check_format("apache-error", APACHE)[3]
    assert frozenset({"waf"}) == event.logsource.categories
    assert (["942100"], ["attack-sqli", "OWASP_CRS"]) == (
        event.fields["waf_rule_id"],
        event.fields["waf_tag"],
    )
    assert "www.minato-works.example/inquiry" == event.fields["c-uri-norm"]
    assert "198.51.100.9" == event.fields["c-ip"]
    assert Outcome.BLOCKED == event.outcome


def test_nginx_lines() -> None:
    """Nginx's pairs under Sigma's web names."""
    missing, dumped, forbidden = check_format("nginx-error", NGINX)
    expected = {
        "c-ip": "198.51.100.7",
        "cs-method": "GET",
        "cs-uri-stem": "/.env",
        "cs-host": "www.minato-works.example",
        "cs-referer-norm": "www.example/x",
        "connection": "5",
    }
    assert expected == {name: missing.fields[name] for name in expected}
    assert LogSource("nginx", "nginx") == dumped.logsource
    assert "worker process 33 exited on signal 6 (core dumped)" == dumped.fields["message"]
    assert (Outcome.BLOCKED, "2001:db8::1") == (forbidden.outcome, forbidden.fields["src_ip"])


@pytest.mark.parametrize("entry", [ApacheError(), NginxError()])
def test_other_lines_are_refused(entry: ApacheError | NginxError) -> None:
    """A program's own output in the log, or half a heading, is one error."""
    for line in ("PHP Warning: x", "[Wed Jul 22 13:12", "2020/07/22 13:12:09 [error"):
        assert 0.0 == entry.recognise(line, BARE)
        with pytest.raises(UnreadableRecordError):
            list(entry.reader(Source("error.log", "s")).feed(line, BARE, 0))
