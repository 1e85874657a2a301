"""Documents built to exhaust a reader (padded, quadratic, circular, nested) end in findings, in bounds."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from noroshi.examine.budget import Limits
from noroshi.examine.traces import traces_of
from tests.examine import documents, specimens
from tests.examine.specimens import marked

if TYPE_CHECKING:
    from noroshi.examine.result import Examination
    from tests.examine.conftest import Examine

MIB = 1 << 20
MODULES = {"ThisDocument": specimens.CALLER, "Module2": specimens.WORKER}
FORMS = {"UserForm1": {"TextBox1": marked(specimens.COMMAND)}}


def codes(examination: Examination) -> list[str]:
    """The codes of all findings."""
    return [finding.code for _, finding in examination.findings()]


def downloads(examination: Examination) -> list[str]:
    """Addresses that would be downloaded."""
    return [trace.value for trace in traces_of(examination) if trace.kind == "download"]


def padded_zip(content: bytes, padding: int) -> bytes:
    """A zip whose one member ends in so many MiB of zeros; written in pieces."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        archive.open("invoice.doc", "w") as member,
    ):
        member.write(content)
        for _ in range(padding):
            member.write(bytes(MIB))
    return out.getvalue()


def test_a_document_of_550_mb_in_a_zip_of_1_mb_is_examined(examined: Examine) -> None:
    """As Emotet sent in March 2023: streamed, reported as padded, its real part examined to the addresses."""
    document = documents.doc(MODULES, FORMS)
    archive = padded_zip(document, 550)
    assert 1.2 * MIB > len(archive)
    result = examined(archive, "invoice.zip")
    assert "padded" in codes(result)
    assert 550 * MIB + len(document) == result.nodes[1].size
    assert 128 * 1024 > result.nodes[1].kept
    assert list(specimens.URLS) == downloads(result)


def test_a_padded_document_itself_is_examined(examined: Examine) -> None:
    """Without a zip around it."""
    document = documents.doc(MODULES, FORMS)
    result = examined(document + bytes(40 * MIB), "invoice.doc")
    assert "padded" in codes(result)
    assert 40 * MIB + len(document) == result.nodes[0].size
    assert list(specimens.URLS) == downloads(result)


def patched(raw: bytes, at: int, *numbers: int) -> bytes:
    """The bytes with numbers of four bytes put in."""
    return raw[:at] + struct.pack(f"<{len(numbers)}I", *numbers) + raw[at + 4 * len(numbers) :]


def fat_of(raw: bytes) -> int:
    """Where the first sector of the allocation table stands."""
    (sector,) = struct.unpack_from("<I", raw, 76)
    return 512 * (int(sector) + 1)


@pytest.mark.parametrize("name", ["first", "directory", "table", "mini"])
def test_a_circle_in_the_allocation_table_ends(examined: Examine, name: str) -> None:
    """Sectors that lead to themselves: one clear finding at most, and no hang."""
    raw = documents.doc(MODULES, FORMS)
    fat = fat_of(raw)
    (directory, mini) = struct.unpack_from("<I", raw, 48)[0], struct.unpack_from("<I", raw, 60)[0]
    (own,) = struct.unpack_from("<I", raw, 76)
    sector = {"first": 0, "directory": directory, "table": own, "mini": mini}[name]
    result = examined(patched(raw, fat + 4 * sector, sector), "a.doc")
    assert 1 >= codes(result).count("damaged")


def test_a_directory_that_leads_to_itself_ends(examined: Examine) -> None:
    """Siblings in a circle."""
    raw = documents.doc(MODULES, FORMS)
    (directory,) = struct.unpack_from("<I", raw, 48)
    place = 512 * (directory + 1)
    assert examined(patched(raw, place + 128 + 68, 1, 1, 1), "a.doc").nodes


def test_a_stream_that_claims_to_be_huge_is_read_as_far_as_it_goes(examined: Examine) -> None:
    """A size of 2 GiB in the directory of a file of a few KB."""
    raw = documents.compound({"Workbook": bytes(5_000)})
    (directory,) = struct.unpack_from("<I", raw, 48)
    place = 512 * (directory + 1) + 128 + 120
    assert examined(patched(raw, place, 0x7FFFFFFF), "a.xls").nodes


def test_many_streams_over_the_same_sectors_are_bounded(examined: Examine) -> None:
    """A hundred names for one stream of a MB: what is read is counted, and the limit is told."""
    tree: documents.Tree = {f"s{n}": {"\x01Ole10Native": b"x"} for n in range(100)}
    tree["WordDocument"] = bytes(MIB)
    raw = documents.compound(tree)
    (directory,) = struct.unpack_from("<I", raw, 48)
    first = 512 * (directory + 1)
    (begin,) = struct.unpack_from("<I", raw, first + 128 * 201 + 116)
    for entry in range(2, 202, 2):
        raw = patched(raw, first + 128 * entry + 116, begin, MIB)
    result = examined(raw, "a.doc", Limits(unfolded=16 * MIB))
    assert ["unfolded"] == [one.what for one in result.bounded if one.what == "unfolded"]


@pytest.mark.parametrize(
    "part",
    ["<si><t>" * 200_000, "<c r=" * 200_000, "<w:docVar " * 200_000, "<p:sp>" * 200_000, "<sheet " * 200_000],
)
def test_markup_without_an_end_takes_no_square(examined: Examine, part: str) -> None:
    """Openings without closings, two hundred thousand of them, in the parts that are read."""
    parts = documents.workbook({})
    parts |= {"xl/sharedStrings.xml": part, "word/settings.xml": part, "docProps/custom.xml": part}
    parts |= {"xl/worksheets/sheet1.xml": part, "word/document.xml": part, "xl/drawings/drawing1.xml": part}
    assert "ooxml" == examined(documents.package(parts), "a.xlsx").nodes[0].type


def test_documents_inside_documents_end_at_the_depth(examined: Examine) -> None:
    """A hundred packages in each other."""
    content = b"x"
    for _ in range(100):
        content = documents.package({"word/document.xml": "<a/>", "word/embeddings/o.docx": content})
    result = examined(content, "a.docx")
    assert ["depth"] == [one.what for one in result.bounded]


def test_six_thousand_lines_of_junk_take_few_steps(examined: Examine) -> None:
    """Steps, not time: a few for each line."""
    lines = "".join(f'a{n} = {n} * 3 + Sqr({n})\r\nb{n} = Mid("abcdef", 2, 3)\r\n' for n in range(3_000))
    macro = f'Sub AutoOpen()\r\n{lines}Shell "cmd /c calc"\r\nEnd Sub\r\n'
    result = examined(specimens.ole_document(macro), "a.doc")
    assert "starts-process" in codes(result)
    assert [] == result.bounded
