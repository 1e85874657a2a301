from __future__ import annotations

from base64 import b64decode

import pytest

from noroshi.indicators.exchange.registry import BLOCK_LISTS
from noroshi.indicators.indicator import Indicator, SourceClaim
from tests.indicators.exchange.samples import AT

FEED = SourceClaim("feed", families=("Emotet",))
COMPROMISED = SourceClaim("feed", compromised_site=True)
INDICATORS = [
    Indicator.of("evil.example", "domain", FEED),
    Indicator.of("bento.example", "domain", COMPROMISED),
    Indicator.of("http://bento.example/wp/9fTzqE/?a=1", "url", COMPROMISED),
    Indicator.of("198.51.100.7:8080", "ip:port", FEED),
    Indicator.of("198.51.100.7", "ip", FEED),
    Indicator.of("203.0.113.0/28", "cidr", FEED),
    Indicator.of("2001:db8::8:1", "ip", FEED),
    Indicator.of("d41d8cd98f00b204e9800998ecf8427e", "md5", FEED),
    Indicator.of("x.doc", "file_name", FEED),
]


def lines(name: str, *indicators: Indicator) -> list[str]:
    """The lines of a block list."""
    return b"".join(BLOCK_LISTS[name].write(iter(indicators or INDICATORS), AT)).decode().splitlines()


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        (["198.51.100.7", "203.0.113.0/28", "2001:db8::8:1"], "edl-ip"),
        (["evil.example"], "edl-domain"),
        (["bento.example/wp/9fTzqE/?a=1"], "edl-url"),
        ([".evil.example"], "squid-dstdomain"),
        (["198.51.100.7", "203.0.113.0/28", "2001:db8::8:1"], "squid-dst"),
        ([r"^http://bento\.example(:[0-9]+)?/wp/9fTzqE/\?a=1"], "squid-url"),
        (["ZXZpbC5leGFtcGxl"], "suricata-dataset-domain"),
        (["198.51.100.7", "2001:db8::8:1"], "suricata-dataset-ip"),
        (["d41d8cd98f00b204e9800998ecf8427e"], "suricata-dataset-md5"),
        ([], "suricata-dataset-sha256"),
    ],
)
def test_what_each_list_blocks(expected: list[str], name: str) -> None:
    """Its own types, each value once; a compromised site by its URL only."""
    assert expected == lines(name)


def test_a_dataset_of_strings_is_base64() -> None:
    """As Suricata wants it."""
    assert b"evil.example" == b64decode(lines("suricata-dataset-domain")[0])


def test_a_response_policy_zone() -> None:
    """Names with what is below them; addresses backwards behind their prefix, in IPv6 with `zz`."""
    assert [
        "$TTL 300",
        "@ IN SOA localhost. hostmaster.localhost. 1595386800 3600 600 86400 300",
        "@ IN NS localhost.",
        "evil.example CNAME .",
        "*.evil.example CNAME .",
        "32.7.100.51.198.rpz-ip CNAME .",
        "28.0.113.0.203.rpz-ip CNAME .",
        "128.1.8.zz.db8.2001.rpz-ip CNAME .",
    ] == lines("rpz")


def test_suricata_rules() -> None:
    """By domain, endpoint and URL, with ids of the local range that do not change."""
    rules = lines("suricata-rules")
    heads = [rule.partition(" (")[0] for rule in rules]
    assert [
        "alert dns $HOME_NET any -> any any",
        "alert tls $HOME_NET any -> any any",
        "alert http $HOME_NET any -> any any",
        "alert http $HOME_NET any -> any any",
        "alert ip $HOME_NET any -> 198.51.100.7 8080",
        "alert ip $HOME_NET any -> 198.51.100.7 any",
        "alert ip $HOME_NET any -> 203.0.113.0/28 any",
        "alert ip $HOME_NET any -> 2001:db8::8:1 any",
    ] == heads
    assert 'msg:"Noroshi Emotet (domain or URL)"; classtype:trojan-activity;' in rules[0]
    assert 'dns.query; dotprefix; content:".evil.example"; endswith; nocase;' in rules[0]
    assert 'http.host; dotprefix; content:".evil.example"; endswith; sid' in rules[2]
    assert (
        'http.host; content:"bento.example"; bsize:13; http.uri.raw; content:"/wp/9fTzqE/?a=1"; startswith;'
    ) in rules[3]
    ids = [int(rule.rpartition("sid:")[2].partition(";")[0]) for rule in rules]
    assert len(ids) == len(set(ids))
    assert all(1_000_000 <= one < 2_000_000 for one in ids)
    assert rules == lines("suricata-rules")


def test_a_value_cannot_leave_its_rule() -> None:
    """Quotes, semicolons, backslashes, bars, colons and what is not ASCII are written as bytes."""
    agent = Indicator.of('x"; sid:1; \\| é', "user_agent", FEED)
    (rule,) = lines("suricata-rules", agent)
    assert 'content:"x|22||3b| sid|3a|1|3b| |5c||7c| |c3||a9|"; bsize:16;' in rule
    family = Indicator.of("evil.example", "domain", SourceClaim("x", families=('a"; sid:2;)',)))
    assert 'msg:"Noroshi a   sid 2 (domain or URL)"' in lines("suricata-rules", family)[0].replace(
        "a   sid 2  ", "a   sid 2"
    )
