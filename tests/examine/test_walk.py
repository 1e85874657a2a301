"""From a mail to its URLs, in one tree; hostile inputs end in one finding."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from noroshi.examine.budget import Limits
from noroshi.examine.traces import traces_of
from tests.examine import specimens

if TYPE_CHECKING:
    from noroshi.examine.result import Examination
    from tests.examine.conftest import Examine


def codes(examination: Examination) -> list[str]:
    """The codes of all findings."""
    return [finding.code for _, finding in examination.findings()]


def test_the_chain_is_one_provenance_from_the_mail_to_every_url(examined: Examine) -> None:
    """The chain is one provenance from the mail to every url."""
    result = examined(specimens.chain(), "invoice.eml")
    downloads = {trace.value: trace for trace in traces_of(result) if trace.kind == "download"}
    assert list(specimens.URLS) == list(downloads)
    way = [node.type for node in result.way(downloads[specimens.URLS[2]].provenance[-1])]
    assert ["eml", "zip", "batch", "command-line", "powershell"] == way


def test_the_password_of_the_zip_comes_from_the_mails_text(examined: Examine) -> None:
    """The password of the zip comes from the mails text."""
    result = examined(specimens.chain(), "invoice.eml")
    found = [finding for _, finding in result.findings() if finding.code == "password-found"]
    assert [{"password": "Tanabata-0707"}] == [dict(one.values) for one in found]


def test_a_zip_whose_password_nobody_tells_is_told_as_encrypted(examined: Examine) -> None:
    """A zip whose password nobody tells is told as encrypted."""
    archive = specimens.aes_zip({"a.txt": b"x"}, "nobody-knows-it")
    assert ["encrypted"] == codes(examined(archive, "a.zip"))


def test_an_empty_file_is_told_and_leaves_no_trace(examined: Examine) -> None:
    """Its hash is that of every empty file, so it is no trace."""
    result = examined(b"", "a.doc")
    assert ["empty"] == codes(result)
    assert [] == list(traces_of(result))


def test_the_same_content_is_examined_once(examined: Examine) -> None:
    """The same content is examined once."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("one.txt", "http://one.example/")
        archive.writestr("two.txt", "http://one.example/")
    result = examined(out.getvalue(), "a.zip")
    assert [None, None, 1] == [node.same_as for node in result.nodes]


def test_padding_is_no_bomb_and_the_real_part_is_examined(examined: Examine) -> None:
    """Padding is no bomb and the real part is examined."""
    out = io.BytesIO()
    size = 64 << 20
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.doc", specimens.ole_document() + bytes(size))
    result = examined(out.getvalue(), "a.zip")
    assert {"padded", "macros", "runs-by-itself"} == set(codes(result))
    assert size < result.nodes[1].size
    assert result.nodes[1].kept < 1 << 20


def test_a_bomb_is_one_finding(examined: Examine) -> None:
    """A bomb is one finding."""
    pattern = bytes(range(256)) * 4096
    bomb = gzip.compress(pattern * 8)
    result = examined(bomb, "bomb.gz", Limits(unfolded=1 << 20))
    assert ["bomb"] == codes(result)
    assert ["unfolded"] == [one.what for one in result.bounded]


def test_nesting_ends_at_its_depth(examined: Examine) -> None:
    """Nesting ends at its depth."""
    content = b"x"
    for _ in range(1_000):
        content = gzip.compress(content, 1)
    result = examined(content, "deep.gz")
    assert ["depth"] == [one.what for one in result.bounded]
    assert 41 == len(result.nodes)


def test_a_thousand_nested_multiparts_are_one_finding(examined: Examine) -> None:
    """A thousand nested multiparts are one finding."""
    head = b"From: a@corp.example\r\nTo: b@corp.example\r\nSubject: x\r\n"
    body = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1000)
    )
    assert ["nested"] == codes(examined(head + body, "a.eml"))


def test_a_malformed_compound_file_is_one_finding(examined: Examine) -> None:
    """A malformed compound file is one finding."""
    whole = specimens.ole_document()
    assert ["damaged"] == codes(examined(whole[:600], "a.doc"))


@pytest.mark.parametrize("length", [80, 400, 900, 1500, 2400])
def test_a_truncated_mail_never_ends_in_an_error(examined: Examine, length: int) -> None:
    """A truncated mail never ends in an error."""
    result = examined(specimens.chain()[:length], "a.eml")
    assert "eml" == result.nodes[0].type or length < 400


def test_damage_anywhere_ends_in_findings_only(examined: Examine) -> None:
    """Damage anywhere ends in findings only."""
    whole = specimens.ole_document()
    for at in range(0, 1600, 37):
        hostile = whole[:at] + b"\xff\x7f" + whole[at + 2 :]
        assert examined(hostile, "a.doc").nodes
