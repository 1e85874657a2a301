from __future__ import annotations

from noroshi.indicators.exchange.plain import PlainText
from noroshi.indicators.indicator import Indicator, SourceClaim
from tests.indicators.exchange.samples import AT, read, typical, written


def test_one_value_a_line() -> None:
    """Defanged or not; comments and empty lines are none; what has no time was published now."""
    content = "\ufeff# a list\r\nhxxp://evil[.]example/a\r\n\r\n; another\n192.0.2.1:8080\n CVE-2020-0601 \n"
    claim = SourceClaim("test", last_seen=AT)
    expected = [
        Indicator.of("http://evil.example/a", "url", claim),
        Indicator.of("192.0.2.1:8080", "ip:port", claim),
        Indicator.of("CVE-2020-0601", "cve", claim),
    ]
    assert (expected, []) == read(PlainText(), content)


def test_a_line_that_does_not_show_what_it_is() -> None:
    """It is told, and so is one that never ends; the rest goes on."""
    found, errors = read(PlainText(), "please call\n" + "x" * 200_000 + "\nevil.example")
    assert ["evil.example"] == [one.value for one in found]
    assert ["line 1", "line 2"] == [error.place for error in errors]


def test_values_that_show_their_type_come_back() -> None:
    """All but texts, and those whose form another type has."""
    found, errors = read(PlainText(), written(PlainText(), *typical()))
    carried = [one for one in map(PlainText().carried, typical()) if one]
    assert [] == errors
    assert [(one.type, one.value) for one in carried] == [(one.type, one.value) for one in found]
    assert {"ip", "cidr", "ip:port", "domain", "url", "email", "md5", "sha1", "sha256", "sha512", "cve"} == {
        one.type for one in found
    }
