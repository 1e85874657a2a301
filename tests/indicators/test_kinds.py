from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.indicators.kinds import LEVELS, PyramidLevel, guess_type, key_of, normal_form


@pytest.mark.parametrize(
    ("expected", "type_", "value"),
    [
        (("ip", "192.0.2.1"), "ip", "192[.]0[.]2[.]1"),
        (("ip", "192.0.2.1"), "ip", "::ffff:192.0.2.1"),
        (("ip", "192.0.2.1"), "cidr", "192.0.2.1/32"),
        (("cidr", "192.0.2.0/24"), "ip", "192.0.2.7/24"),
        (("ip", "2001:db8::1"), "ip", "2001:DB8:0:0::1"),
        (("ip:port", "192.0.2.1:443"), "ip:port", "192.0.2.1:0443"),
        (("ip:port", "[2001:db8::1]:8080"), "ip:port", "[2001:DB8::1]:8080"),
        (("domain", "evil.example"), "domain", "*.EVIL[.]example."),
        (("domain", "xn--r8jz45g.example"), "domain", "例え.example"),
        (("url", "http://evil.example/A?b=C"), "url", "hxxp://EVIL[.]example:80/A?b=C#top"),
        (("url", "https://evil.example/~user"), "url", "https://evil.example/%7euser"),
        (("url", "evil.example/a"), "url", "evil.example/a"),
        (("email", "a.b@evil.example"), "mail_address", "A.B[@]Evil.example"),
        (("md5", "d41d8cd98f00b204e9800998ecf8427e"), "hash", "D41D8CD98F00B204E9800998ECF8427E"),
        (("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), "hash", "0xDA39a3ee5e6b4b0d3255bfef95601890afd80709"),  # noqa: E501
        (("registry_key", "HKLM\\Software\\Run"), "registry", "HKEY_LOCAL_MACHINE\\Software\\Run"),
        (("cve", "CVE-2020-0601"), "cve", "cve-2020-0601"),
        (("attack", "T1059.001"), "attack", "t1059.001"),
        (("asn", "AS64500"), "asn", "64500"),
        (("btc", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"), "btc", "BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ"),  # noqa: E501
        (("mail_subject", "請求書 の件"), "mail_subject", "  請求書 の件 "),
    ],
)  # fmt: skip
def test_normal_form(expected: tuple[str, str], type_: str, value: str) -> None:
    """Whatever the spelling, one value has one normal form; a network is told from an address."""
    assert expected == normal_form(type_, value)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("ip", "192.0.2.999"),
        ("ip", ""),
        ("ip:port", "192.0.2.1:70000"),
        ("ip:port", "2001:db8::1:443"),
        ("domain", "192.0.2.1"),
        ("domain", "localhost"),
        ("domain", "a..example"),
        ("domain", "evil.example:443"),
        ("url", "evil.example"),
        ("url", "http://two words.example/"),
        ("md5", "d41d8cd98f00b204e9800998ecf8427"),
        ("email", "nobody"),
        ("btc", "0x52908400098527886E0F7030069857D2E4169EE7"),
        ("no-such-type", "x"),
        ("text", "x" * 8_193),
    ],
)
def test_what_is_none_of_its_type_is_refused(type_: str, value: str) -> None:
    """A value that cannot be of its type is an error that says why."""
    with pytest.raises(ValueError, match=r"^is "):
        normal_form(type_, value)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("ip:port", "192[.]0[.]2[.]1:8080"),
        ("ip", "2001:db8::1"),
        ("cidr", "198.51.100.0/24"),
        ("url", "hxxps://evil[.]example/"),
        ("url", "evil.example/gate.php"),
        ("domain", "evil[.]example"),
        ("email", "boss@evil.example"),
        ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("cve", "CVE-2020-0601"),
        (None, "please call back"),
    ],
)
def test_a_bare_value_says_its_type(expected: str | None, value: str) -> None:
    """A line of a plain list is typed by what it can only be."""
    assert expected == guess_type(value)


@given(type_=st.sampled_from(sorted(LEVELS)), value=st.text(max_size=80))
def test_the_normal_form_is_stable(type_: str, value: str) -> None:
    """The normal form of a normal form is itself; whatever comes in, nothing else is raised."""
    try:
        once = normal_form(type_, value)
    except ValueError:
        return
    assert once == normal_form(*once)
    assert key_of(*once) == key_of(*normal_form(*once))


def test_texts_are_the_same_whatever_their_case() -> None:
    """Windows compares names without case: capitals make no second file name, but a second URL."""
    assert key_of("file_name", "Invoice.DOC") == key_of("file_name", "invoice.doc")
    assert key_of("url", "http://evil.example/A") != key_of("url", "http://evil.example/a")


def test_levels_stand_in_the_order_of_the_pyramid() -> None:
    """Hash below address below domain below artefact below tool below TTP (Bianco)."""
    order = [LEVELS[kind] for kind in ("sha256", "ip", "domain", "mutex", "cve", "attack")]
    assert sorted(PyramidLevel) == order
