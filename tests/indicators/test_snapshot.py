from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.errors import LocatedError
from noroshi.indicators.kinds import normal_form
from noroshi.indicators.snapshot import (
    BLOCK,
    SAME_KEY,
    IndicatorSnapshot,
    Record,
    build_snapshot,
    keys_of,
    network_key,
)
from noroshi.indicators.values import packed_address, parse_url

if TYPE_CHECKING:
    from pathlib import Path

CLAIMS = msgspec.Raw(b'[{"source":"feed"}]')


def record(type_: str, value: str) -> Record:
    """An indicator in normal form."""
    kind, normal = normal_form(type_, value)
    return Record(kind, normal, 3, exempt=False, compromised_site=False, claims=CLAIMS)


def opened(tmp_path: Path, *pairs: tuple[str, str]) -> IndicatorSnapshot:
    """A snapshot of these."""
    build_snapshot((record(*pair) for pair in pairs), tmp_path / "s", "2026-01-01T00:00:00Z")
    return IndicatorSnapshot(tmp_path / "s")


def values(found: tuple[Record, ...]) -> list[str]:
    """Their values."""
    return [one.value for one in found]


def test_each_type_is_found_by_its_own_keys(tmp_path: Path) -> None:
    """Domain, URL at three precisions and by host, address, network, pair, hash and mail address."""
    snapshot = opened(
        tmp_path,
        ("domain", "bad.example"),
        ("url", "http://Site.example:8080/a/b.exe?x=1"),
        ("ip", "192.0.2.7"),
        ("ip", "198.51.100.0/24"),
        ("ip:port", "203.0.113.9:447"),
        ("sha256", "AB" * 32),
        ("email", "Bad@Mail.example"),
    )
    url = "http://site.example:8080/a/b.exe?x=1"
    assert ["bad.example"] == values(snapshot.find("domain", b"bad.example"))
    assert [url] == values(snapshot.find("url", url.encode()))
    assert [url] == values(snapshot.find("url-bare", b"http://site.example:8080/a/b.exe"))
    assert [url] == values(snapshot.find("url-place", b"site.example:8080/a/b.exe"))
    assert [url] == values(snapshot.find("url-host", b"site.example"))
    assert ["192.0.2.7"] == values(snapshot.find("net", network_key(packed_address("192.0.2.7") or b"", 32)))
    inside = network_key(packed_address("198.51.100.77") or b"", 24)
    assert ["198.51.100.0/24"] == values(snapshot.find("net", inside))
    assert ["203.0.113.9:447"] == values(snapshot.find("pair", bytes((203, 0, 113, 9)) + b"447"))
    assert ["ab" * 32] == values(snapshot.find("sha256", b"ab" * 32))
    assert ["bad@mail.example"] == values(snapshot.find("email", b"bad@mail.example"))
    assert ((4, 32), (4, 24)) == snapshot.prefixes


def test_what_is_not_in_it_is_not_found(tmp_path: Path) -> None:
    """Another name, another type, another table."""
    snapshot = opened(tmp_path, ("domain", "bad.example"))
    assert not snapshot.holds("domain", b"good.example")
    assert () == snapshot.find("url-host", b"bad.example")
    assert () == snapshot.find("domain", b"good.example")


def test_types_that_no_log_shows_are_left_out(tmp_path: Path) -> None:
    """They are counted, not kept."""
    built = build_snapshot(
        [record("cve", "CVE-2020-0601"), record("domain", "a.example")], tmp_path / "s", ""
    )
    assert (1, 1) == (built.indicators, built.left_out)


def test_a_host_with_many_urls_does_not_slow_it_down(tmp_path: Path) -> None:
    """Of one key some are kept; each URL is found by the whole of it."""
    snapshot = opened(tmp_path, *[("url", f"http://one.example/{at}") for at in range(5_000)])
    assert SAME_KEY == len(snapshot.find("url-host", b"one.example"))
    assert ["http://one.example/4999"] == values(snapshot.find("url", b"http://one.example/4999"))


def test_records_keep_their_numbers_over_blocks(tmp_path: Path) -> None:
    """One block, several, and a last one that is not full."""
    names = [f"d{at}.example" for at in range(2 * BLOCK + 3)]
    snapshot = opened(tmp_path, *[("domain", name) for name in names])
    assert names == [one.value for one in snapshot.records()]
    assert all(values(snapshot.find("domain", name.encode())) == [name] for name in names)


def test_get_finds_by_type_and_value(tmp_path: Path) -> None:
    """Exactly this one, or none."""
    snapshot = opened(tmp_path, ("url", "http://one.example/a?b"), ("url", "http://one.example/a?c"))
    found = snapshot.get("url", "http://one.example/a?c")
    assert found is not None
    assert "http://one.example/a?c" == found.value
    assert snapshot.get("url", "http://one.example/a") is None
    assert snapshot.get("cve", "CVE-2020-0601") is None


@pytest.mark.parametrize("damage", [b"", b"no snapshot at all", b"NOROSHI\x01" + b"x" * 5000])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: bytes) -> None:
    """One located error that says how to mend it."""
    path = tmp_path / "s"
    path.write_bytes(damage)
    with pytest.raises(LocatedError, match="make it anew"):
        IndicatorSnapshot(path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    """Its header knows its size."""
    opened(tmp_path, ("domain", "bad.example")).close()
    path = tmp_path / "s"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LocatedError, match="bytes instead of"):
        IndicatorSnapshot(path)


def test_a_failed_build_leaves_the_old_file(tmp_path: Path) -> None:
    """The new one appears only when it is whole."""
    opened(tmp_path, ("domain", "bad.example")).close()

    def broken() -> object:
        yield record("domain", "new.example")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        build_snapshot(broken(), tmp_path / "s", "")  # type: ignore[arg-type]
    assert ["bad.example"] == values(IndicatorSnapshot(tmp_path / "s").find("domain", b"bad.example"))
    assert ["s"] == [path.name for path in tmp_path.iterdir()]


@given(
    st.sampled_from(["http", "https", "ftp"]),
    st.from_regex(r"[a-z0-9]{1,8}\.example", fullmatch=True),
    st.sampled_from(["", ":80", ":443", ":8080"]),
    st.from_regex(r"(/[A-Za-z0-9._~%-]{0,6}){0,3}", fullmatch=True),
    st.sampled_from(["", "?", "?x=1", "?a/b"]),
)
def test_cutting_a_url_equals_parsing_it(scheme: str, host: str, port: str, path: str, query: str) -> None:
    """The keys of a URL in normal form are those of `parse_url`."""
    _, normal = normal_form("url", f"{scheme}://{host}{port}{path}{query}")
    url = parse_url(normal)
    assert url is not None
    keys = dict(keys_of("url", normal))
    mark = "?" if url.path == "/" and url.query else ""
    assert keys["url"] == url.full.encode()
    assert keys["url-bare"] == (url.without_query + mark).encode()
    assert keys["url-place"] == (url.place + mark).encode()
    assert keys["url-host"] == url.host.encode()
