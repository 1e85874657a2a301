"""PowerPoint's binary presentations, record by record after [MS-PPT]."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from noroshi.examine.budget import Budget
from noroshi.examine.model import Effect
from noroshi.examine.office.slides import slide_text, stored_objects
from tests.examine import documents

if TYPE_CHECKING:
    from tests.examine.conftest import Examine


def record(kind: int, content: bytes, instance: int = 0, version: int = 0) -> bytes:
    """A record."""
    return struct.pack("<HHI", instance << 4 | version, kind, len(content)) + content


def stored(raw: bytes) -> bytes:
    """An ``ExOleObjStg`` that is compressed, inside a container."""
    return record(0x03E8, record(0x1011, struct.pack("<I", len(raw)) + zlib.compress(raw), 1), version=0xF)


@pytest.mark.parametrize("compressed", [True, False])
def test_the_macro_project_of_a_ppt(examined: Examine, compressed: bool) -> None:  # noqa: FBT001 - a test's switch
    """It stands in the document's stream, compressed or not."""
    macro = 'Sub Auto_Open()\r\nShell "cmd /c calc"\r\nEnd Sub\r\n'
    project = documents.compound(documents.project({"Module1": macro}))
    stream = stored(project) if compressed else record(0x1011, project)
    result = examined(documents.compound({"PowerPoint Document": stream}), "a.ppt")
    told = [one for each in result.told.values() for one in each]
    assert "cmd /c calc" in [one.arguments.get("command") for one in told if isinstance(one, Effect)]


def test_the_text_of_slides() -> None:
    """Wide and narrow texts, in containers."""
    wide, narrow = record(0x0FA0, "請求書".encode("utf-16-le")), record(0x0FA8, b"invoice")
    assert "請求書\ninvoice" == slide_text(record(0x03EE, wide + narrow, version=0xF))


def test_a_damaged_compressed_object_is_left_out() -> None:
    """The next one stands."""
    broken = record(0x1011, b"\0\0\0\0notzlib", 1)
    good = stored(b"content")
    assert [b"content"] == list(stored_objects(broken + good, Budget()))
