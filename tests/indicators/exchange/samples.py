"""Indicators of every type, with everything that can be said of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from noroshi.errors import LocatedError
from noroshi.indicators.exchange.format import Defaults
from noroshi.indicators.indicator import Indicator, SourceClaim, Status, Threat, Tlp
from noroshi.indicators.kinds import PyramidLevel

if TYPE_CHECKING:
    from noroshi.indicators.exchange.format import Format

AT: Final = datetime(2020, 7, 22, 3, 0, tzinfo=UTC)
DEFAULTS: Final = Defaults(AT, "test")
VALUES: Final = (
    ("ip", "192.0.2.1"),
    ("ip", "2001:db8::1"),
    ("cidr", "198.51.100.0/24"),
    ("cidr", "2001:db8::/32"),
    ("ip:port", "192.0.2.1:8080"),
    ("ip:port", "[2001:db8::1]:443"),
    ("domain", "evil.example"),
    ("url", 'http://evil.example/a\'b\\c?x="1"&y=|'),
    ("url", "evil.example/gate.php"),
    ("email", "boss@evil.example"),
    ("md5", "d41d8cd98f00b204e9800998ecf8427e"),
    ("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("sha512", "cf83e1357eefb8bd" * 8),
    ("imphash", "f34d5f2d4577ed6d9ceec516c1f5a744"),
    ("ssdeep", "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"),
    ("tlsh", "T1" + "6FF02BEF718027B0160B4391212923ED7F1A463D563B1549B86CF62973B197AD2731F8"),
    ("ja3", "e7d705a3286e19ea42f587b344ee6865"),
    ("ja3s", "6734f37431670b3ab4292b8f60f29984"),
    ("jarm", "07d14d16d21d21d07c42d41d00041d24a458a375eef0c576d23a7bab9a9fb1"),
    ("mutex", "Global\\{It's} é"),
    ("registry_key", "HKLM\\Software\\Run\\x"),
    ("file_name", "=請求書|2020.doc"),
    ("user_agent", "Mozilla/4.0 (compatible; 'x')"),
    ("mail_subject", 'Re: 請求書の件; "urgent"'),
    ("cve", "CVE-2020-0601"),
    ("attack", "T1059.001"),
    ("asn", "AS64500"),
    ("btc", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
    ("text", "'@anything, really so"),
)

words = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12
).map(str.strip)
lines = words.map(lambda text: " ".join(text.split())).filter(bool)
times = st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds are naive by contract


def sets(of: st.SearchStrategy[str] = lines) -> st.SearchStrategy[tuple[str, ...]]:
    """Sorted words."""
    return st.sets(of.filter(bool), max_size=3).map(lambda some: tuple(sorted(some)))


claims = st.builds(
    SourceClaim,
    source=lines,
    reference=st.sampled_from(["", "https://a.example/1", "case 7, p. 3"]),
    threats=st.sets(st.sampled_from(Threat), max_size=3).map(lambda some: tuple(sorted(some))),
    families=sets(),
    tags=sets(),
    first_seen=times,
    last_seen=st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the same
    confidence=st.none() | st.integers(0, 100),
    tlp=st.none() | st.sampled_from(Tlp),
    sharing_group=st.just("") | lines,
    compromised_site=st.booleans(),
    comments=sets(words),
    written=st.sampled_from(["", "hxxp://evil[.]example"]),
    external_id=st.sampled_from(["", "17", "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"]),
)
indicators = st.builds(
    lambda value, said, status, level: Indicator.of(value[1], value[0], *said, status=status, level=level),
    value=st.sampled_from(VALUES),
    said=st.lists(claims, min_size=1, max_size=3),
    status=st.sampled_from(Status),
    level=st.none() | st.sampled_from(PyramidLevel),
)
several = st.lists(indicators, max_size=4, unique_by=lambda one: one.key)


def read(format_: Format, content: bytes | str) -> tuple[list[Indicator], list[LocatedError]]:
    """What a format finds, values of the same key merged, and its errors."""
    raw = content.encode() if isinstance(content, str) else content
    found: dict[bytes, Indicator] = {}
    errors = []
    for one in format_.read(BytesIO(raw), "in", DEFAULTS):
        if isinstance(one, LocatedError):
            errors.append(one)
        else:
            found[one.key] = found[one.key].merged(one) if one.key in found else one
    return list(found.values()), errors


def written(format_: Format, *given: Indicator) -> bytes:
    """What a format writes."""
    return b"".join(format_.write(iter(given), AT))


def typical() -> list[Indicator]:
    """One of each type, with one ordinary claim."""
    claim = SourceClaim(
        "urlhaus",
        "https://urlhaus.example/1/",
        threats=(Threat.C2,),
        families=("Emotet",),
        tags=("epoch2",),
        first_seen=AT - timedelta(days=1),
        last_seen=AT,
        confidence=80,
        tlp=Tlp.GREEN,
    )
    return [Indicator.of(value, type_, claim) for type_, value in VALUES]
