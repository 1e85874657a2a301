"""Two specimens of one family: what every analyst of Emotet's waves wrote down by hand stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.demo.specimens import family
from noroshi.demo.specimens.writing import files_of
from noroshi.examine.comparing import compared
from noroshi.examine.families import families

if TYPE_CHECKING:
    from tests.examine.conftest import Examine

SEED = 20200722


def test_habits_stay_and_values_change(examined: Examine) -> None:
    """Ancestry, shapes and calls are the same; hashes, addresses, mails are not; the durable stand first."""
    day, cousin = family.of_the_day(SEED), family.cousin(SEED)
    found = compared(
        examined(files_of(day)["mail-zip.eml"][2], "a.eml"),
        examined(files_of(cousin)["mail-zip.eml"][2], "b.eml"),
    )
    by_type = {one.type: one for one in found.differences}
    assert {"process_ancestry", "command_shape", "path_shape", "call"} <= {one.type for one in found.kept}
    assert ("powershell -e ‹base64›",) == by_type["command_shape"].same
    for type_ in ("sha256", "url", "domain", "mail_subject", "command_line"):
        assert () == by_type[type_].same
    assert (day.downloads, cousin.downloads) == (by_type["url"].first, by_type["url"].second)
    assert "ttp" == found.differences[0].pyramid_level
    assert "hash" == found.differences[-1].pyramid_level


def test_a_specimen_is_the_same_as_itself(examined: Examine) -> None:
    """Nothing is in one of them only, and each file is at distance 0."""
    content = files_of(family.of_the_day(SEED))["mail-zip.eml"][2]
    found = compared(examined(content, "a.eml"), examined(content, "a.eml"))
    assert [] == [one for one in found.differences if one.first or one.second]
    assert {0} == {one.distance for one in found.alike}


def test_families_are_linked_by_values_and_by_habits(examined: Examine) -> None:
    """The zip's and the plain mail of one wave, and the cousin; a mail of nobody stands alone."""
    day = files_of(family.of_the_day(SEED))
    cousin = files_of(family.cousin(SEED))
    plain = (
        b"From: a@one.example\r\nTo: b@two.example\r\nSubject: x\r\nDate: x\r\n\r\nhttp://shop.example/\r\n"
    )
    found = families(
        [
            examined(day["mail-zip.eml"][2], "a.eml"),
            examined(plain, "b.eml"),
            examined(cousin["mail-zip.eml"][2], "c.eml"),
            examined(day["mail.eml"][2], "d.eml"),
        ]
    )
    assert [(0, 2, 3), (1,)] == [one.members for one in found]
    assert ("command_shape", "powershell -e ‹base64›") in found[0].common
    assert "sha256" not in {type_ for type_, _ in found[0].common}


def test_two_innocent_mails_with_the_same_signature_are_no_family(examined: Examine) -> None:
    """An address in a mail's text links nothing."""
    head = b"From: a@one.example\r\nTo: b@two.example\r\nSubject: %s\r\nDate: x\r\n\r\n"
    mails = [head % word + b"https://www.one.example/\r\n" for word in (b"x", b"y")]
    assert [(0,), (1,)] == [one.members for one in families([examined(mail, "a.eml") for mail in mails])]
