"""OneNote sections, built by the layouts that [MS-ONESTORE] prints."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st

from noroshi.examine.onenote import Property, embedded, properties
from noroshi.examine.traces import traces_of
from tests.examine.test_walk import codes

if TYPE_CHECKING:
    from tests.examine.conftest import Examine

SECTION: Final = bytes.fromhex("E4525C7B8CD8A74DAEB15378D02996D3")
HEAD: Final = bytes.fromhex("E716E3BD65261145A4C48D4D0B7A9EAC")
FOOT: Final = bytes.fromhex("22A7FB71790F0B4ABB13899256426B24")
GUID: Final = "01234567-89AB-CDEF-0123-456789ABCDEF"
STORED: Final = bytes.fromhex("67452301AB89EFCD0123456789ABCDEF")
"""The same GUID as it is stored."""


def wide(text: str) -> bytes:
    """UTF-16."""
    return text.encode("utf-16-le")


def sized(raw: bytes) -> bytes:
    """A value with its length before it."""
    return struct.pack("<I", len(raw)) + raw


def counted(text: str) -> bytes:
    """A text with the number of its characters before it."""
    return struct.pack("<I", len(text)) + wide(text)


def file_object(content: bytes) -> bytes:
    """FileDataStoreObject."""
    return HEAD + struct.pack("<QIQ", len(content), 0, 0) + content + bytes(-len(content) % 8) + FOOT


def property_set(name: str) -> bytes:
    """A set of four properties, the third of them the name of an embedded file, the last a text."""
    ids = (0x14001C3E, 0x08001D00, 0x1C001DD7, 0x1C001C22)  # four bytes, a bool, two texts
    values = struct.pack("<I", 7) + sized(wide(name + "\0")) + sized(wide("Double click to view\0"))
    return struct.pack("<H4I", 4, *ids) + values


def section(content: bytes = b"WScript.Echo 1", name: str = "請求書.vbs") -> bytes:
    """A section with a file of this name, a picture and a link."""
    raw = SECTION + bytes(1_008)
    place = len(raw)
    raw += file_object(content)
    raw += file_object(b"\x89PNG\r\n\x1a\n" + bytes(40))
    raw += b"\x94" + struct.pack("<QQ", place, 36 + len(content)) + STORED  # where the file is
    raw += bytes(8) + struct.pack("<IB", 0x00080036, 1) + counted("<ifndf>{" + GUID + "}") + counted(".vbs")
    raw += property_set("readme.txt") + property_set(name)
    return raw + struct.pack("<HI", 1, 0x1C001E20) + sized(wide("http://link.example/a\0"))


def test_embedded_files_have_the_names_of_their_extension() -> None:
    """Of two names, the one with the file's extension; the picture has none."""
    files = list(embedded(section()))
    assert [("請求書.vbs", b"WScript.Echo 1", True), ("", b"\x89PNG\r\n\x1a\n" + bytes(40), True)] == [
        (file.name, file.content, file.whole) for file in files
    ]


def test_names_texts_and_links_are_read_from_their_sets() -> None:
    """Names, texts and links are read from their sets."""
    assert {
        Property("file name", "readme.txt"),
        Property("file name", "請求書.vbs"),
        Property("text", "Double click to view"),
        Property("link", "http://link.example/a"),
    } == set(properties(section()))


def test_a_section_is_examined_to_the_addresses_in_its_files(examined: Examine) -> None:
    """A section is examined to the addresses in its files."""
    result = examined(section(b'x = "http://inside.example/b"'), "a.one")
    assert ["onenote", "vbscript"] == [node.type for node in result.nodes[:2]]
    assert ["file-inside"] == codes(result)[:1]
    urls = [trace.value for trace in traces_of(result) if trace.type == "url"]
    assert {"http://link.example/a", "http://inside.example/b"} == set(urls)


def test_a_file_that_ends_early_is_told(examined: Examine) -> None:
    """A file that ends early is told."""
    raw = SECTION + bytes(1_008) + HEAD + struct.pack("<QIQ", 5_000, 0, 0) + b"http://cut.example/"
    result = examined(raw, "a.one")
    assert ["file-inside", "damaged"] == codes(result)
    assert 19 == result.nodes[1].size


@given(st.integers(16, 1_600), st.binary(min_size=1, max_size=24))
def test_any_damage_comes_to_an_end(at: int, noise: bytes) -> None:
    """Any damage comes to an end."""
    whole = section()
    raw = whole[:at] + noise + whole[at + len(noise) :]
    assert 3 > len(list(embedded(raw)))
    assert 10 > len(list(properties(raw)))
