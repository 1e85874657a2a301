"""Programs, built by code that knows nothing of how they are read."""

from __future__ import annotations

import random
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from noroshi.demo.specimens.programs import imphash, program
from noroshi.examine.model import Detail
from noroshi.examine.traces import traces_of
from tests.examine.test_smuggling import FILE
from tests.examine.test_tlsh import stream
from tests.examine.test_walk import codes

if TYPE_CHECKING:
    from noroshi.examine.result import Examination
    from tests.examine.conftest import Examine

IMPORTS: Final = {
    "KERNEL32.dll": ("VirtualAllocEx", "WriteProcessMemory", "CreateRemoteThread"),
    "WININET.dll": ("InternetOpenA",),
}
PLAIN: Final = program(IMPORTS, random.Random(1), 16_384)  # noqa: S311 - a filling, the same each time


def details(result: Examination) -> dict[str, str]:
    """The properties of the file given."""
    return {one.name: one.value for one in result.told.get(0, []) if isinstance(one, Detail)}


def test_imports_and_their_hash(examined: Examine) -> None:
    """The hash is that of an independent computation."""
    result = examined(PLAIN, "a.exe")
    found = details(result)
    assert imphash(IMPORTS) == found["imphash"]
    assert "4: kernel32.dll, wininet.dll" == found["imports"]
    assert ("I386", "program (WINDOWS_GUI)") == (found["cpu"], found["kind"])
    assert "2020-07-22T00:00:00+00:00" == found["linked"]
    assert ["injects"] == codes(result)
    assert imphash(IMPORTS) in {trace.value for trace in traces_of(result) if trace.type == "imphash"}


def test_what_is_appended_is_examined(examined: Examine) -> None:
    """What is appended is examined."""
    result = examined(PLAIN + bytes(64) + FILE, "a.exe")
    assert ["pe", "zip"] == [node.type for node in result.nodes[:2]]
    assert "appended" in codes(result)


def test_a_packed_section_and_its_packer(examined: Examine) -> None:
    """A packed section and its packer."""
    raw = bytearray(PLAIN.replace(b".data\0\0\0", b"UPX1\0\0\0\0"))
    raw[-14_000:] = stream("packed", 14_000)
    assert {"section-packed", "packer"} <= set(codes(examined(bytes(raw), "a.exe")))


def test_addresses_in_both_widths(examined: Examine) -> None:
    """Addresses in both widths."""
    raw = bytearray(PLAIN)
    raw[-600:-500] = b"\0http://narrow.example/a\0".ljust(100, b"\0")
    raw[-400:-300] = "http://wide.example/b\0".encode("utf-16-le").ljust(100, b"\0")
    found = {trace.value for trace in traces_of(examined(bytes(raw), "a.exe")) if trace.type == "url"}
    assert {"http://narrow.example/a", "http://wide.example/b"} == found


@pytest.mark.parametrize("at", range(64, 700, 13))
def test_a_damaged_head_ends_in_findings_only(examined: Examine, at: int) -> None:
    """A damaged head ends in findings only."""
    result = examined(PLAIN[:at] + b"\xff\xff\xff\x7f" + PLAIN[at + 4 :], "a.exe")
    assert not [one for _, one in result.findings() if "malformed" in one.values.get("what", "")]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the interpreter itself is the specimen")
def test_a_program_of_this_machine(examined: Examine) -> None:
    """The interpreter that runs the tests is ELF."""
    raw = Path(sys.executable).resolve().read_bytes()[:1_000_000]
    result = examined(raw, "python")
    assert "elf" == result.nodes[0].type
    assert {"cpu", "kind"} <= set(details(result))


def test_a_mach_o_and_a_java_class(examined: Examine) -> None:
    """Both begin with the same bytes."""
    fat = b"\xca\xfe\xba\xbe" + struct.pack(">I", 2) + struct.pack(">IIIII", 0x1000007, 3, 0, 0, 0)
    fat += struct.pack(">IIIII", 0x100000C, 0, 0, 0, 0)
    thin = b"\xcf\xfa\xed\xfe" + struct.pack("<III", 0x100000C, 0, 2) + bytes(16)
    assert "x86-64, ARM64" == details(examined(fat, "a"))["cpu"]
    assert ("ARM64", "program") == tuple(details(examined(thin, "a")).values())
    assert "mach-o" != examined(b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(20), "A.class").nodes[0].type
