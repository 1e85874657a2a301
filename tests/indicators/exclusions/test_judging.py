"""What exclusion lists say of values: suffixes, networks, borders of registries, exemptions."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date

import pytest

from noroshi.indicators.exclusions import ExclusionList, ExclusionSnapshot, Verdict, load_exclusions
from noroshi.indicators.indicator import Indicator, SourceClaim

TODAY = date(2026, 11, 28)
ALLOWED = ExclusionList(
    "own",
    Verdict.ALLOW,
    "ours",
    "自社",
    TODAY,
    names=("corp.example", "example.com", "github.io"),
    hosts=("portal.example",),
    networks=("192.0.2.0/24", "2001:db8::/32", "198.51.100.7"),
    urls=("http://evil.example/ok",),
    mails=("it@evil.example",),
    mail_patterns=("(?i)^(abuse|soc)@.*$",),
    texts=("readme.doc", "d41d8cd98f00b204e9800998ecf8427e"),
)
SHARED = ExclusionList(
    "hosting",
    Verdict.SHARED,
    "anybody",
    names=("files.example", "cdn.corp.example"),
    networks=("203.0.113.0/24", "192.0.2.128/25"),
    mail_domains=("throwaway.example",),
)
RANKED = ExclusionList("top", Verdict.SHARED, "popular", ranks=("first.example", "second.example"))
SNAPSHOT = ExclusionSnapshot([ALLOWED, SHARED, RANKED], [("domain", "exempt.corp.example")])


@pytest.mark.parametrize(
    ("verdict", "alerts", "source", "type_", "value"),
    [
        ("allow", False, "own", "domain", "corp.example"),
        ("allow", False, "own", "domain", "a.b.corp.example"),
        ("allow", False, "own", "domain", "A.Corp[.]Example"),
        ("none", True, "", "domain", "notcorp.example"),
        ("none", True, "", "domain", "corp.example.evil.test"),
        ("allow", False, "own", "domain", "portal.example"),
        ("none", True, "", "domain", "x.portal.example"),
        ("shared", False, "hosting", "domain", "files.example"),
        ("shared", False, "hosting", "domain", "a.files.example"),
        ("shared", False, "hosting", "domain", "x.cdn.corp.example"),
        ("allow", False, "own", "url", "https://corp.example/path"),
        ("allow", False, "own", "url", "hxxp://evil[.]example/ok"),
        ("none", True, "", "url", "http://evil.example/bad"),
        ("shared", True, "hosting", "url", "http://files.example/a"),
        ("shared", True, "hosting", "url", "files.example/a"),
        ("shared", True, "hosting", "url", "http://files.example/?id=1"),
        ("shared", False, "hosting", "url", "http://files.example/"),
        ("shared", False, "hosting", "url", "http://files.example"),
        ("allow", False, "own", "url", "http://192.0.2.1/a"),
        ("shared", True, "hosting", "url", "http://203.0.113.1:8080/a"),
        ("allow", False, "own", "url", "http://[2001:db8::1]/a"),
        ("allow", False, "own", "ip", "192.0.2.1"),
        ("shared", False, "hosting", "ip", "192.0.2.200"),
        ("allow", False, "own", "ip", "198.51.100.7"),
        ("none", True, "", "ip", "198.51.100.8"),
        ("allow", False, "own", "ip", "2001:db8::1"),
        ("allow", False, "own", "ip", "::ffff:192.0.2.1"),
        ("shared", False, "hosting", "ip", "203[.]0[.]113[.]9"),
        ("shared", True, "hosting", "ip:port", "203.0.113.9:443"),
        ("allow", False, "own", "ip:port", "192.0.2.1:443"),
        ("allow", False, "own", "ip:port", "[2001:db8::1]:443"),
        ("allow", False, "own", "cidr", "192.0.2.0/26"),
        ("none", True, "", "cidr", "192.0.0.0/16"),
        ("allow", False, "own", "email", "it@evil.example"),
        ("allow", False, "own", "email", "SOC@evil.example"),
        ("none", True, "", "email", "x@corp.example"),
        ("shared", True, "hosting", "email", "x@throwaway.example"),
        ("allow", False, "own", "md5", "D41D8CD98F00B204E9800998ECF8427E"),
        ("none", True, "", "md5", "0123456789abcdef0123456789abcdef"),
        ("allow", False, "own", "file_name", "README.doc"),
        ("shared", False, "top", "domain", "second.example"),
        ("shared", False, "top", "domain", "www.second.example"),
        ("shared", True, "top", "url", "http://www.second.example/a"),
        ("none", True, "", "domain", "third.example"),
        ("none", True, "exemption", "domain", "exempt.corp.example"),
        ("allow", False, "own", "domain", "github.io"),
        ("none", True, "", "domain", "evil.github.io"),
        ("shared", False, "public-suffix", "domain", "co.jp"),
        ("shared", False, "public-suffix", "domain", "ddns.net"),
        ("none", True, "", "domain", "evil.ddns.net"),
    ],
)
def test_verdicts(verdict: str, *, alerts: bool, source: str, type_: str, value: str) -> None:
    """By suffix at the borders of labels, the smallest network, and never across the border of a registry."""
    found = SNAPSHOT.judge(type_, value)
    assert (verdict, alerts, source) == (found.verdict.value, found.alerts, found.list)


def test_a_judgement_names_list_entry_reason_and_date() -> None:
    """Everything that an analyst asks for."""
    found = SNAPSHOT.judge("domain", "www.corp.example")
    assert ("own", "corp.example", "ours", "自社", TODAY) == (
        found.list, found.entry, found.reason, found.reason_ja, found.date,
    )  # fmt: skip
    assert 2 == SNAPSHOT.judge("domain", "second.example").rank


def test_shared_wins_over_allow_for_the_same_entry() -> None:
    """Where two lists disagree, the one that hides less decides, whatever their order."""
    one = ExclusionList("a", Verdict.ALLOW, "x", names=("both.example",))
    two = replace(one, name="b", verdict=Verdict.SHARED)
    for lists in ((one, two), (two, one)):
        assert "b" == ExclusionSnapshot(lists).judge("domain", "both.example").list


def test_an_exempt_indicator_alerts() -> None:
    """By its own flag, whatever the lists say."""
    assert SNAPSHOT.judge("domain", "corp.example", exempt=True).alerts
    flagged = replace(Indicator.of("corp.example", "domain"), exempt=True)
    assert SNAPSHOT.judge_indicator(flagged).alerts


def test_a_compromised_site_is_shared() -> None:
    """Its domain alone never alerts, its URL does."""
    claim = SourceClaim("feed", compromised_site=True)
    domain = SNAPSHOT.judge_indicator(Indicator.of("shop.test", "domain", claim))
    url = SNAPSHOT.judge_indicator(Indicator.of("http://shop.test/a", "url", claim))
    assert ("compromised-site", False) == (domain.list, domain.alerts)
    assert ("compromised-site", True) == (url.list, url.alerts)


def test_a_value_of_another_type_is_refused() -> None:
    """It says why."""
    with pytest.raises(ValueError, match="is no ip"):
        SNAPSHOT.judge("ip", "corp.example")


def test_the_hash_follows_the_content_only() -> None:
    """The order of values and lists does not count; a value, a verdict, an exemption does."""
    same = ExclusionSnapshot([RANKED, SHARED, replace(ALLOWED, names=ALLOWED.names[::-1])], SNAPSHOT.exempt)
    assert SNAPSHOT.hash == same.hash
    others = {
        ExclusionSnapshot([ALLOWED]).hash,
        ExclusionSnapshot([replace(ALLOWED, names=())]).hash,
        ExclusionSnapshot([replace(ALLOWED, verdict=Verdict.SHARED)]).hash,
        ExclusionSnapshot([ALLOWED], [("domain", "a.example")]).hash,
        ExclusionSnapshot([replace(RANKED, ranks=RANKED.ranks[::-1])]).hash,
        ExclusionSnapshot([RANKED]).hash,
    }
    assert 6 == len(others)


def test_workers_get_the_same_snapshot() -> None:
    """It goes through pickle."""
    again = pickle.loads(pickle.dumps(SNAPSHOT))  # noqa: S301 - our own bytes
    assert SNAPSHOT.hash == again.hash
    assert "own" == again.judge("domain", "corp.example").list


@pytest.mark.parametrize(
    ("verdict", "alerts", "type_", "value"),
    [
        ("shared", False, "domain", "dl.dropbox.com"),
        ("shared", True, "url", "https://www.dropbox.com/s/x/a.zip"),
        ("shared", False, "domain", "cdn.discordapp.com"),
        ("shared", True, "url", "https://cdn.discordapp.com/attachments/1/2/a.exe"),
        ("shared", False, "domain", "malicious.services.azure.com"),
        ("allow", False, "ip", "10.1.2.3"),
        ("allow", False, "ip", "8.8.8.8"),
        ("allow", False, "md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ("none", True, "domain", "microsoft.com.evil.test"),
        ("none", True, "domain", "evil.example"),
        ("none", True, "ip", "192.0.2.1"),
        ("none", True, "domain", "bucket.s3.amazonaws.com"),
    ],
)
def test_the_bundled_lists(verdict: str, *, alerts: bool, type_: str, value: str) -> None:
    """Every SOC excludes these; documentation addresses, which demonstrations use, are not among them."""
    loaded = load_exclusions([], TODAY)
    assert () == loaded.errors
    found = loaded.snapshot.judge(type_, value)
    assert (verdict, alerts) == (found.verdict.value, found.alerts)


def test_every_bundled_list_is_whole() -> None:
    """Each has a reason in both languages, a date, and no value that means nothing."""
    for one in load_exclusions([], TODAY).snapshot.lists:
        assert one.reason
        assert one.reason_ja
        assert one.date
        assert (0, ()) == (one.rejected_count, one.rejected)
        assert len(one) > 0
