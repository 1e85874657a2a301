"""Archives of every kind: members, passwords, bombs, padding, damage."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

import py7zr
import pycdlib
import pytest

from noroshi.examine.budget import Limits
from noroshi.examine.traces import traces_of
from tests.examine import specimens
from tests.examine.test_walk import codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.examine.conftest import Examine

TEXT: Final = b"http://inside.example/a\r\n"
NAME: Final = "請求書.txt"


def zipped(name: str = NAME, content: bytes = TEXT) -> bytes:
    """A zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def tarred(name: str = NAME, content: bytes = TEXT, mode: str = "w") -> bytes:
    """A tar archive with a folder, a link and a file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]  # the mode is a text
        folder, link, member = tarfile.TarInfo("d"), tarfile.TarInfo("l"), tarfile.TarInfo(name)
        folder.type, link.type, link.linkname = tarfile.DIRTYPE, tarfile.SYMTYPE, "/etc/passwd"
        member.size = len(content)
        archive.addfile(folder)
        archive.addfile(link)
        archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def seven(password: str | None = None, *, heads: bool = False, content: bytes = TEXT) -> bytes:
    """A 7z archive."""
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=password, header_encryption=heads) as archive:
        archive.writestr(content, NAME)
    return out.getvalue()


def disc() -> bytes:
    """An image with all four trees and one file."""
    image = pycdlib.PyCdlib()
    image.new(joliet=3, rock_ridge="1.09", udf="2.60", vol_ident="INVOICE")
    content, path = io.BytesIO(TEXT), f"/{NAME}"
    image.add_fp(content, len(TEXT), "/A.TXT;1", rr_name="a.txt", joliet_path=path, udf_path=path)
    out = io.BytesIO()
    image.write_fp(out)
    image.close()
    return out.getvalue()


def cabinet(method: int = 1, blocks: tuple[bytes, ...] = (TEXT,)) -> bytes:
    """A cabinet with one folder of these blocks ([MS-CAB] 2); MSZIP blocks know what came before them."""
    body, before = b"", b""
    for block in blocks:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=before[-32_768:]) if before else None
        packer = packer or zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = b"CK" + packer.compress(block) + packer.flush() if method == 1 else block
        body += struct.pack("<IHH", 0, len(packed), len(block)) + packed
        before += block
    size = sum(map(len, blocks))
    listed = struct.pack("<IIHHHH", size, 0, 0, 0, 0, 0x80) + NAME.encode() + b"\0"
    files_at = 36 + 8
    head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, 0, 0, files_at, 0, 3, 1, 1, 1, 0, 0, 0)
    return head + struct.pack("<IHH", files_at + len(listed), len(blocks), method) + listed + body


def vint(value: int) -> bytes:
    """A number as RAR 5 writes it, below 16,384."""
    return bytes((value,)) if value < 128 else bytes((value & 127 | 128, value >> 7))


def rar_five(*, method: int = 0, encrypted: bool = False, content: bytes = TEXT) -> bytes:
    """A RAR 5 archive with one file."""
    extra = b"\x02\x01\x00" if encrypted else b""
    name = NAME.encode()
    inside = vint(2) + vint(3 if extra else 2) + (vint(len(extra)) if extra else b"") + vint(len(content))
    inside += vint(4) + vint(len(content)) + vint(32) + bytes(4) + vint(method << 7) + vint(0)
    inside += vint(len(name)) + name + extra
    main = vint(1) + vint(0) + vint(0)
    end = vint(5) + vint(0) + vint(0)
    blocks = [bytes(4) + vint(len(one)) + one for one in (main, inside, end)]
    return b"Rar!\x1a\x07\x01\x00" + blocks[0] + blocks[1] + content + blocks[2]


def rar_four(*, method: int = 0x30, flags: int = 0, main: int = 0, content: bytes = TEXT) -> bytes:
    """A RAR 4 archive with one file."""
    name = NAME.encode("cp932")
    fixed = struct.pack("<IIBIIBBHI", len(content), len(content), 2, 0, 0, 29, method, len(name), 32)
    block = struct.pack("<HBHH", 0, 0x74, flags | 0x8000, 7 + len(fixed) + len(name)) + fixed + name
    head = struct.pack("<HBHH6x", 0, 0x73, main, 13)
    return b"Rar!\x1a\x07\x00" + head + block + content + struct.pack("<HBHH", 0, 0x7B, 0x4000, 7)


@pytest.mark.parametrize(
    ("type_", "archive"),
    [
        ("zip", zipped()),
        ("tar", tarred()),
        ("7z", seven()),
        ("iso", disc()),
        ("cab", cabinet()),
        ("cab", cabinet(0)),
        ("rar", rar_five()),
        ("rar", rar_four()),
    ],
)
def test_a_member_is_a_specimen_with_its_name(examined: Examine, type_: str, archive: bytes) -> None:
    """A member is a specimen with its name and its bytes."""
    result = examined(archive, "a.bin")
    assert [(type_, "a.bin"), ("text", NAME)] == [(node.type, node.name) for node in result.nodes]
    assert len(TEXT) == result.nodes[1].size
    assert "http://inside.example/a" in {trace.value for trace in traces_of(result)}


@pytest.mark.parametrize(
    ("type_", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
def test_a_compressed_tar_is_two_steps(examined: Examine, type_: str, pack: Callable[[bytes], bytes]) -> None:
    """A compressed tar is two steps."""
    result = examined(pack(tarred()), f"a.tar.{type_}")
    assert [type_, "tar", "text"] == [node.type for node in result.nodes]
    assert "a.tar" == result.nodes[1].name


@pytest.mark.parametrize("heads", [False, True])
def test_the_password_of_a_7z_comes_from_the_mail(examined: Examine, heads: bool) -> None:  # noqa: FBT001
    """Also where the names are encrypted."""
    text = f"パスワードは {specimens.PASSWORD} です。\r\n"
    raw = specimens.mail(text, {"a.7z": seven(specimens.PASSWORD, heads=heads)})
    result = examined(raw, "a.eml")
    assert ["password-found"] == codes(result)
    assert ["eml", "7z", "text"] == [node.type for node in result.nodes]


def test_a_7z_whose_password_nobody_knows(examined: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """One finding, after a few tries."""
    monkeypatch.setattr("noroshi.examine.kinds.sevenzip.MAX_TRIES", 2)
    assert ["encrypted"] == codes(examined(seven("nobody-knows"), "a.7z"))


def zip_crypto(password: bytes, content: bytes = TEXT) -> bytes:
    """A zip under PKWARE's cipher (APPNOTE 6.1), which the standard library reads and does not write."""
    table = [0] * 256
    for value in range(256):
        crc = value
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
        table[value] = crc
    keys = [0x12345678, 0x23456789, 0x34567890]

    def mix(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134_775_813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 255]

    for byte in password:
        mix(byte)
    crc = zlib.crc32(content)
    out = bytearray()
    for byte in bytes(11) + bytes((crc >> 24,)) + content:
        mask = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ (mask * (mask ^ 1) >> 8 & 255))
        mix(byte)
    name = NAME.encode()
    common = struct.pack("<HHHHHIIIHH", 20, 0x801, 0, 0, 33, crc, len(out), len(content), len(name), 0)
    local = b"PK\3\4" + common + name + bytes(out)
    entry = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 32, 0) + name
    return local + entry + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)


def test_a_zip_under_the_old_cipher(examined: Examine) -> None:
    """The password is one of the usual ones."""
    raw = zip_crypto(b"infected")
    assert TEXT == zipfile.ZipFile(io.BytesIO(raw)).read(NAME, pwd=b"infected")
    result = examined(raw, "a.zip")
    assert ["password-found"] == codes(result)
    assert [NAME] == [node.name for node in result.nodes[1:]]


@pytest.mark.parametrize(
    ("archive", "expected"),
    [
        (rar_five(method=3), ["not-unpacked"]),
        (rar_four(method=0x33), ["not-unpacked"]),
        (rar_five(encrypted=True), ["encrypted"]),
        (rar_four(flags=4), ["encrypted"]),
        (rar_four(main=0x80), ["encrypted"]),
        (cabinet(3), ["not-unpacked"]),
    ],
)
def test_what_cannot_be_unpacked_is_told(examined: Examine, archive: bytes, expected: list[str]) -> None:
    """With the names of the members where they can be read."""
    assert expected == codes(examined(archive, "a.rar"))


def test_a_folder_of_several_blocks_in_a_cabinet(examined: Examine) -> None:
    """Each block refers to those before it."""
    blocks = (b"http://one.example/ " * 1_600, b"http://one.example/ " * 1_000)
    result = examined(cabinet(1, blocks), "a.cab")
    assert 52_000 == result.nodes[1].size


def test_a_hidden_file_of_a_disc_is_told(examined: Examine) -> None:
    """Hidden in the tree that Windows shows."""
    image = pycdlib.PyCdlib()
    image.new(joliet=3)
    image.add_fp(io.BytesIO(TEXT), len(TEXT), "/A.TXT;1", joliet_path="/a.txt")
    image.set_hidden(joliet_path="/a.txt")
    out = io.BytesIO()
    image.write_fp(out)
    assert ["file-hidden"] == codes(examined(out.getvalue(), "a.iso"))


BOMB: Final = bytes(range(256)) * 16_384


@pytest.mark.parametrize(
    "archive",
    [
        zipped("a", BOMB),
        seven(content=BOMB),
        gzip.compress(BOMB),
        bz2.compress(BOMB),
        lzma.compress(BOMB),
        tarred("a", BOMB),
        cabinet(1, tuple(BOMB[at : at + 32_000] for at in range(0, len(BOMB), 32_000))),
    ],
    ids=["zip", "7z", "gz", "bz2", "xz", "tar", "cab"],
)
def test_a_bomb_ends_at_the_limit(examined: Examine, archive: bytes) -> None:
    """A bomb ends at the limit: it is bounded, and what is kept is no more than the limit allows."""
    result = examined(archive, "a.bin", Limits(unfolded=1 << 20))
    assert ["unfolded"] == [one.what for one in result.bounded]
    assert sum(node.kept for node in result.nodes[1:]) <= 1 << 20


def test_padding_in_a_7z_is_counted_and_left_out(examined: Examine) -> None:
    """Padding is no bomb."""
    result = examined(seven(content=TEXT * 10_000 + bytes(32 << 20)), "a.7z", Limits(unfolded=1 << 20))
    assert ["padded"] == codes(result)
    assert (32 << 20) + 250_000 == result.nodes[1].size


@pytest.mark.parametrize(
    "archive",
    [zipped(), tarred(), seven(), disc(), cabinet(), rar_five(), rar_four(), gzip.compress(tarred())],
    ids=["zip", "tar", "7z", "iso", "cab", "rar5", "rar4", "gz"],
)
def test_damage_anywhere_ends_in_findings_only(examined: Examine, archive: bytes) -> None:
    """No finding says that the reader itself failed."""
    step = max(7, len(archive) // 30)
    for at in range(8, len(archive), step):
        for hostile in (archive[:at], archive[:at] + b"\xff\xff\xff\xff" + archive[at + 4 :]):
            result = examined(hostile, "a.bin")
            assert not [one for _, one in result.findings() if "malformed" in one.values.get("what", "")]


def test_an_encrypted_member_that_is_too_short_is_no_failure(examined: Examine) -> None:
    """A directory that leads beyond the archive; found by fuzzing."""
    archive = bytearray(zip_crypto(b"infected"))
    directory = archive.index(b"PK\1\2")
    struct.pack_into("<II", archive, directory + 20, 0x2000, 0x2000)
    archive[26 + 3] = 0x80  # what the member's own header says of its extra field
    assert ["encrypted"] == codes(examined(bytes(archive), "a.zip"))
