"""SSLBL: family and role out of the reason, addresses, and fingerprints that honest programs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.indicators.indicator import Status, Threat
from tests.collect.feeds import run
from tests.collect.provider import Provider, Reply

if TYPE_CHECKING:
    from noroshi.store.store import Store

HEAD = b"################\n# abuse.ch SSLBL #\n################\n#\n"


@pytest.mark.parametrize(
    ("family", "threats", "reason"),
    [
        (("Vidar",), (Threat.C2,), b"Vidar C&C"),
        (("Gozi",), (Threat.DOWNLOAD,), b"Gozi malware distribution"),
        (("ConnectWise",), (), b"ConnectWise"),
        (("Cobalt Strike",), (Threat.C2,), b"Cobalt Strike C2"),
    ],
)
def test_the_reason_is_a_family_and_a_role(
    provider: Provider, store: Store, family: tuple[str, ...], threats: tuple[Threat, ...], reason: bytes
) -> None:
    """The reason is a family and a role; an administration tool without a role is no C2."""
    row = b"2026-03-02 10:00:00," + b"a" * 40 + b"," + reason + b"\n"
    provider.answer = lambda _: Reply(HEAD + b"# Listingdate,SHA1,Listingreason\n" + row)
    assert () == run("sslbl", provider, store).drift
    found = store.indicators.get("a" * 40, "sha1")
    assert found is not None
    assert (family, threats, ("certificate",)) == (found.families, found.threats, found.tags)


def test_addresses_are_c2(provider: Provider, store: Store) -> None:
    """Addresses are C2; a row that is cut off costs itself only."""
    rows = b"2026-03-02 10:00:00,192.0.2.8,4444\n2026-03-02 10:00:00,192.0"
    provider.answer = lambda _: Reply(HEAD + b"# Firstseen,DstIP,DstPort\n" + rows)
    health = run("sslbl", provider, store, format="addresses")
    found = store.indicators.get("192.0.2.8:4444", "ip:port")
    assert found is not None
    assert ((Threat.C2,), 1, 1) == (found.threats, health.new, health.rejected)
    assert "/blacklist/sslipblacklist.csv" == provider.asked[0].path


def test_a_fingerprint_is_a_candidate(provider: Provider, store: Store) -> None:
    """A fingerprint is a candidate."""
    row = b"a" * 32 + b",2025-01-01 00:00:00,2026-03-01 00:00:00,TrickBot\n"
    provider.answer = lambda _: Reply(HEAD + b"# ja3_md5,Firstseen,Lastseen,Listingreason\n" + row)
    health = run("sslbl", provider, store, format="ja3")
    found = store.indicators.get("a" * 32, "ja3")
    assert found is not None
    assert (Status.CANDIDATE, ("TrickBot",)) == (found.status, found.families)
    assert "2026-03-01T00:00:00+00:00" == health.newest


def test_another_file_is_an_error(provider: Provider, store: Store) -> None:
    """The file of another list is an error, not a list without rows."""
    provider.answer = lambda _: Reply(b"# id,name\n1,x\n")
    assert "is a header without the columns `Listingdate`" in run("sslbl", provider, store).error
