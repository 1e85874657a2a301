"""Outlook's messages: properties, bodies, attachments, messages inside messages."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import pytest
import tnefparse
from hypothesis import given
from hypothesis import strategies as st

from noroshi.examine.mapi import read_tnef
from noroshi.examine.model import Detail, Seen
from noroshi.examine.rtf_body import decompressed, unwrapped
from noroshi.examine.traces import traces_of
from tests.examine.documents import compound
from tests.examine.test_walk import codes

if TYPE_CHECKING:
    from noroshi.examine.result import Examination
    from tests.examine.conftest import Examine
    from tests.examine.documents import Tree

COMPRESSED: Final = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
"""[MS-OXRTFCP] 4.1.1: the compressed form of `PLAIN`."""

PLAIN: Final = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
CROSSING: Final = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
"""[MS-OXRTFCP] 4.1.2: a reference that crosses the place where bytes are being written."""

TAGGED: Final = (
    rb"{\rtf1\ansi\ansicpg932\fromhtml1 {\fonttbl{\f0 MS Gothic;}}{\*\htmltag64 <p>}\htmlrtf \par \htmlrtf0 "
    rb"\'90\'bf\'8b\'81 {\*\htmltag84 <a href=\"http://wrapped.example/\">}open\{\} \u12354?{\*\mhtmltag84 x}"
    rb"{\*\htmltag92 </a>}{\*\htmltag72 </p>}}"
)


def stream(number: int, value: str | bytes, *, narrow: str = "") -> Tree:
    """A property in a stream of its own."""
    if isinstance(value, bytes):
        return {f"__substg1.0_{number:04X}0102": value}
    if narrow:
        return {f"__substg1.0_{number:04X}001E": value.encode(narrow)}
    return {f"__substg1.0_{number:04X}001F": value.encode("utf-16-le")}


def fixed(head: int, **numbers: int) -> Tree:
    """The stream of fixed properties: 32-bit numbers named ``p3FFD``; times named ``t0039``."""
    body = b""
    for name, value in numbers.items():
        kind = 0x40 if name[0] == "t" else 3
        body += struct.pack("<HHIQ", kind, int(name[1:], 16), 6, value)
    return {"__properties_version1.0": bytes(head) + body}


def attachment(name: str, content: bytes) -> Tree:
    """A file by value."""
    return {**stream(0x3707, name), **stream(0x3701, content), **fixed(8)}


INNER: Final[Tree] = {**fixed(24), **stream(0x0037, "内側の件"), **stream(0x1000, "http://inner.example/")}
MESSAGE: Final[Tree] = {
    **fixed(32, t0039=116_444_736_000_000_000 + 1_595_379_600 * 10_000_000, p3FDE=932),
    **stream(0x0037, "請求書の件"),
    **stream(0x0C1F, "keiri@partner.example"),
    **stream(0x0E04, "user@corp.example"),
    **stream(0x1000, "パスワードは Sakura-77 です。"),
    **stream(0x1013, '<a href="http://evil.example/">bank.example</a>'.encode("cp932")),
    "__attach_version1.0_#00000000": attachment("メモ.txt", b"http://memo.example/"),
    "__attach_version1.0_#00000001": {
        **fixed(8),
        **stream(0x3001, "内側の件"),
        "__substg1.0_3701000D": INNER,
    },
}


def details(result: Examination, number: int = 0) -> dict[str, str]:
    """The properties of one specimen."""
    return {one.name: one.value for one in result.told.get(number, []) if isinstance(one, Detail)}


def test_head_bodies_and_attachments(examined: Examine) -> None:
    """Head, bodies and attachments."""
    result = examined(compound(MESSAGE), "a.msg")
    assert [("msg", ""), ("html", ""), ("text", "メモ.txt"), ("msg", "内側の件")] == [
        (node.type, node.name) if node.number else (node.type, "") for node in result.nodes
    ]
    assert {
        "subject": "請求書の件",
        "from": "keiri@partner.example",
        "to": "user@corp.example",
        "date": "2020-07-22T01:00:00+00:00",
    } == details(result)
    assert ["link-differs"] == codes(result)


def test_a_message_inside_a_message(examined: Examine) -> None:
    """Its own properties, not those of the one around it."""
    result = examined(compound(MESSAGE), "a.msg")
    assert {"subject": "内側の件"} == details(result, 3)
    url = next(trace for trace in traces_of(result) if trace.value == "http://inner.example/")
    assert (0, 3) == url.provenance


def test_the_head_as_it_came_over_the_network(examined: Examine) -> None:
    """Where it was kept it says more than the properties."""
    head = "From: =?iso-2022-jp?B?GyRCN1BNfRsoQg==?= <a@partner.example>\r\nSubject: =?utf-8?B?5Lu2?=\r\n"
    head += (
        "Received: from relay.partner.example ([192.0.2.7]) by mx.corp.example\r\nX-Mailer: Bulk 1\r\n\r\n"
    )
    result = examined(compound({**fixed(32), **stream(0x007D, head)}), "a.msg")
    found = details(result)
    assert ("経理 <a@partner.example>", "件", "Bulk 1") == (
        found["from"],
        found["subject"],
        found["x-mailer"],
    )
    assert "from relay.partner.example ([192.0.2.7]) by mx.corp.example" == found["received"]


def test_narrow_texts_have_the_code_page_of_the_message(examined: Examine) -> None:
    """Narrow texts have the code page of the message."""
    tree: Tree = {**fixed(32, p3FFD=932), **stream(0x0037, "請求書", narrow="cp932")}
    assert {"subject": "請求書"} == details(examined(compound(tree), "a.msg"))


def test_a_body_in_compressed_rtf(examined: Examine) -> None:
    """HTML that is wrapped in RTF is examined as a page."""
    raw = struct.pack("<III", len(TAGGED) + 12, len(TAGGED), 0x414C454D) + bytes(4) + TAGGED
    result = examined(compound({**fixed(32), **stream(0x1009, raw)}), "a.msg")
    assert ["msg", "html"] == [node.type for node in result.nodes]
    assert "http://wrapped.example/" in {trace.value for trace in traces_of(result)}


def test_compression_as_in_the_specification() -> None:
    """Both examples of [MS-OXRTFCP]."""
    assert PLAIN == decompressed(COMPRESSED)
    assert b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}" == decompressed(CROSSING)
    with pytest.raises(ValueError, match="RTF"):
        decompressed(b"{\\rtf1}")


def test_wrapped_html_without_what_is_only_for_rtf() -> None:
    """Japanese bytes, escapes, Unicode characters with their fallback."""
    expected = '<p>請求 <a href="http://wrapped.example/">open{} あ</a></p>'
    assert ("html", expected) == unwrapped(TAGGED.replace(b'\\"', b'"'))
    assert ("text", "a\r\nb") == unwrapped(rb"{\rtf1\ansi\fromtext{\*\x y}a\par b}")
    assert unwrapped(PLAIN) is None


def attribute(level: int, identifier: int, body: bytes) -> bytes:
    """An attribute of TNEF with its checksum."""
    return (
        struct.pack("<BHHI", level, identifier, 6, len(body)) + body + struct.pack("<H", sum(body) % 65_536)
    )


def listed(*properties: tuple[int, int, bytes]) -> bytes:
    """Properties of a TNEF attribute, each of one value."""
    out = struct.pack("<I", len(properties))
    for number, kind, value in properties:
        out += struct.pack("<HHII", kind, number, 1, len(value)) + value + bytes(-len(value) % 4)
    return out


def winmail(content: bytes = b"http://tnef.example/x") -> bytes:
    """A stream with a body and a file with a Japanese name."""
    raw = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x9007, struct.pack("<II", 932, 0))
    body = listed((0x1000, 0x1F, "本文\0".encode("utf-16-le")), (0x0037, 0x1E, "件名\0".encode("cp932")))
    raw += attribute(1, 0x9003, body) + attribute(2, 0x9002, bytes(14))
    raw += attribute(2, 0x8010, "短.txt\0".encode("cp932")) + attribute(2, 0x800F, content)
    return raw + attribute(2, 0x9005, listed((0x3707, 0x1F, "長い名前.txt\0".encode("utf-16-le"))))


def test_winmail_dat(examined: Examine) -> None:
    """The file has its long name and exactly its bytes."""
    result = examined(winmail(), "winmail.dat")
    assert ["tnef", "text"] == [node.type for node in result.nodes]
    assert ("長い名前.txt", 21) == (result.nodes[1].name, result.nodes[1].size)
    assert "件名" == details(result)["subject"]
    assert "本文" in {one.text for one in result.told[0] if isinstance(one, Seen)}


def test_a_library_reads_the_same_stream() -> None:
    """What we build is TNEF to a second implementation."""
    library = tnefparse.TNEF(winmail(), do_checksum=True)
    assert [b"http://tnef.example/x"] == [one.data for one in library.attachments]
    assert ["長い名前.txt"] == [one.long_filename().strip("\0") for one in library.attachments]
    assert [one.content for one in read_tnef(winmail()).attachments] == [
        one.data for one in library.attachments
    ]


def test_a_stream_inside_a_stream(examined: Examine) -> None:
    """A message that is attached to one."""
    interface = bytes.fromhex("0703020000000000c000000000000046")
    raw = winmail() + attribute(2, 0x9002, bytes(14))
    raw += attribute(2, 0x9005, listed((0x3701, 0x0D, interface + winmail(b"http://deep.example/"))))
    result = examined(raw, "winmail.dat")
    assert ["tnef", "text", "tnef", "text"] == [node.type for node in result.nodes]
    assert "http://deep.example/" in {trace.value for trace in traces_of(result)}


@given(st.integers(0, 700), st.binary(min_size=1, max_size=16))
def test_any_damage_of_a_stream_comes_to_an_end(at: int, noise: bytes) -> None:
    """Any damage of a stream comes to an end."""
    whole = winmail()
    assert 5 > len(read_tnef(whole[:at] + noise + whole[at + len(noise) :]).attachments)


@given(st.binary(max_size=400))
def test_any_compressed_body_comes_to_an_end(body: bytes) -> None:
    """Any compressed body comes to an end."""
    raw = struct.pack("<II", len(body) + 12, 5_000) + b"LZFu" + bytes(4) + body
    assert len(decompressed(raw)) <= 17 * max(len(body), 1)


def test_a_message_without_properties_is_one_finding(examined: Examine) -> None:
    """A message without properties is one finding."""
    assert ["damaged"] == codes(examined(compound({"__properties_version1.0": bytes(32)}), "a.msg"))
