"""Streams built here by hand after [MS-OFORMS], byte by byte, with no code of the reader."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noroshi.examine.forms import Control, read_form

TEXT_BOX, LABEL, FRAME, OPTION, BUTTON, TABS = 23, 21, 14, 27, 17, 18


def padded(raw: bytes) -> bytes:
    """Filled up to four bytes, with a byte that no text ends in."""
    return raw + b"\xee" * (-len(raw) % 4)


def stored(text: str, wide: bool, code_page: str = "cp1252") -> tuple[int, bytes]:  # noqa: FBT001 - a test's switch
    """Length with the compression bit, and the bytes."""
    raw = text.encode("utf-16-le") if wide else text.encode(code_page)
    return len(raw) | (0 if wide else 0x80000000), padded(raw)


def block(version: bytes, mask: bytes, body: bytes) -> bytes:
    """Versions, length, mask and body."""
    return version + struct.pack("<H", len(mask + body)) + mask + body


def text_box(value: str, *, wide: bool = False, code_page: str = "cp1252", group: str = "") -> bytes:
    """A MorphData control with size, value and, if given, a group (2.2.5)."""
    length, raw = stored(value, wide, code_page)
    mask = 1 << 8 | 1 << 22 | 1 << 31 | ((1 << 32) if group else 0)
    body = struct.pack("<I", length)
    group_raw = b""
    if group:
        group_length, group_raw = stored(group, wide=False)
        body += struct.pack("<I", group_length)
    body += struct.pack("<ii", 2000, 500) + raw + group_raw
    return block(b"\x00\x02", struct.pack("<Q", mask), body) + bytes.fromhex("00020400 00000000")


def label(caption: str) -> bytes:
    """A Label with a mouse pointer (one byte, so that alignment matters), caption and size (2.2.4)."""
    length, raw = stored(caption, wide=False)
    body = (
        struct.pack("<I", length)
        + b"\x01"
        + b"\xee" * 3
        + struct.pack("<I", 7)
        + raw
        + struct.pack("<ii", 10, 20)
    )
    return block(b"\x00\x02", struct.pack("<I", 1 << 3 | 1 << 6 | 1 << 7 | 1 << 5), body)


def site(
    name: str, kind: int, size: int, number: int, *, tag: str = "", tip: str = "", wide: bool = False
) -> bytes:
    """An OleSiteConcrete with position (2.2.10.12)."""
    mask, body, texts = 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8, b"", b""
    length, raw = stored(name, wide=False)
    body, texts = struct.pack("<I", length), raw
    if tag:
        mask |= 1 << 1
        length, raw = stored(tag, wide)
        body, texts = body + struct.pack("<I", length), texts + raw
    body += struct.pack("<IIhH", number, size, number, kind)
    texts += struct.pack("<ii", 100, 200)
    if tip:
        mask |= 1 << 11
        length, raw = stored(tip, wide)
        body, texts = body + struct.pack("<I", length), texts + raw
    return block(b"\x00\x00", struct.pack("<I", mask), body + texts)


def form_stream(sites: list[bytes], caption: str = "") -> bytes:
    """The stream `f` of a form with a displayed size, a caption and these sites."""
    mask, body = 1 << 10, b""
    after = struct.pack("<ii", 5000, 4000)
    if caption:
        mask |= 1 << 19
        length, raw = stored(caption, wide=False)
        body, after = struct.pack("<I", length), after + raw
    depths = padded(bytes([0, 0x80 | len(sites), 1])) if sites else b""
    joined = b"".join(sites)
    return (
        block(b"\x00\x04", struct.pack("<I", mask), body + after)
        + struct.pack("<HII", 0, len(sites), len(depths + joined))
        + depths
        + joined
    )


@pytest.mark.parametrize("name", ["T", "Tx", "Txt", "Text", "TextB"])
@pytest.mark.parametrize("tag", ["t", "t5", "t5t", "t5ta", "t5tag"])
@pytest.mark.parametrize("wide", [False, True])
def test_odd_lengths_are_exact(name: str, tag: str, wide: bool) -> None:  # noqa: FBT001 - a test's switch
    """Name, tag, tip and value of every length, in both encodings, without their padding."""
    value = "v" + tag
    box = text_box(value, wide=wide)
    form = read_form(
        "U",
        {"f": form_stream([site(name, TEXT_BOX, len(box), 1, tag=tag, tip=tag + "!", wide=wide)]), "o": box},
    )
    assert (Control(name, "TextBox", name, 1, value, "", tag, tag + "!"),) == form.controls
    assert () == form.problems


def test_utf_16_and_the_code_page() -> None:
    """A Japanese value in UTF-16, and one in 8-bit characters of code page 932."""
    first, second = text_box("請求書", wide=True), text_box("合計", code_page="cp932")
    sites = [site("A", TEXT_BOX, len(first), 1), site("B", TEXT_BOX, len(second), 2)]
    form = read_form("U", {"f": form_stream(sites), "o": first + second}, "cp932")
    assert ["請求書", "合計"] == [one.value for one in form.controls]


def test_captions_and_groups() -> None:
    """A label's caption behind aligned values, an option's group, the form's own caption and tag."""
    text, option = label("xyz"), text_box("1", group="grp")
    sites = [site("L", LABEL, len(text), 1), site("O", OPTION, len(option), 2)]
    frame = b'   Caption         =   "other"\r\n   Tag             =   "a ""b"" c"\r\n'
    form = read_form("U", {"f": form_stream(sites, "Title"), "o": text + option, "\x03VBFrame": frame})
    assert ("Title", 'a "b" c') == (form.caption, form.tag)
    assert [("xyz", ""), ("", "grp")] == [(one.caption, one.group) for one in form.controls]


def test_frames_inside_frames() -> None:
    """Controls in a frame's own storage, two levels deep; what follows the frame keeps its own bytes."""
    deep, last = text_box("deep"), text_box("last")
    streams = {
        "f": form_stream([site("F1", FRAME, 0, 3), site("T9", TEXT_BOX, len(last), 4)]),
        "o": last,
        "i03/f": form_stream([site("F2", FRAME, 0, 12)], "outer"),
        "i03/o": b"",
        "i03/i12/f": form_stream([site("T1", TEXT_BOX, len(deep), 5)]),
        "i03/i12/o": deep,
    }
    form = read_form("U", streams)
    assert [("F1", ""), ("F1/F2", ""), ("F1/F2/T1", "deep"), ("T9", "last")] == [
        (one.path, one.value) for one in form.controls
    ]
    assert ("outer", ()) == (form.controls[0].caption, form.problems)


def test_a_cut_stream_keeps_what_stands_before() -> None:
    """The first control is whole; the second one's text ends early and is named."""
    first, second = text_box("whole"), text_box("cut off")
    sites = [site("A", TEXT_BOX, len(first), 1), site("B", TEXT_BOX, len(second), 2)]
    form = read_form("U", {"f": form_stream(sites), "o": (first + second)[: len(first) + 20]})
    assert ["whole", ""] == [one.value for one in form.controls]
    assert 1 == len(form.problems)
    assert "o B" in form.problems[0]


def test_a_form_without_streams_is_named() -> None:
    """Nothing there is a problem, not an error."""
    assert ("f is not there",) == read_form("U", {}).problems


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=60), st.integers(0, 200), st.integers(0, 255))
def test_any_bytes_are_read_without_a_crash(noise: bytes, tail: bytes, at: int, byte: int) -> None:
    """Random streams, and real ones with a byte changed and a tail."""
    box = text_box("value")
    real = bytearray(form_stream([site("A", TEXT_BOX, len(box), 1, tag="tag")], "cap"))
    real[at % len(real)] = byte
    for stream in (noise, b"\x00\x04" + noise, bytes(real) + tail):
        form = read_form("U", {"f": stream, "o": box + tail})
        assert len(form.controls) <= 5_000
