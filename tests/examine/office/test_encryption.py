"""Encrypted documents: agile by the library's own writer, standard and RC4 made here after [MS-OFFCRYPTO]."""

from __future__ import annotations

import hashlib
import io
import struct
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.method.ecma376_agile import ECMA376Agile

from noroshi.examine.model import Effect
from tests.examine import documents, specimens
from tests.examine.xlm import books

if TYPE_CHECKING:
    from noroshi.examine.result import Examination
    from tests.examine.conftest import Examine

MACRO = 'Sub Document_Open()\r\nShell "cmd /c calc"\r\nEnd Sub\r\n'
DEFAULT = "VelvetSweatshop"


def agile(content: bytes, password: str) -> bytes:
    """An ``EncryptedPackage`` under agile encryption."""
    padded = content + bytes(-len(content) % 4_096)
    return bytes(ECMA376Agile.encrypt(password, io.BytesIO(padded), spin_count=2_000))


def standard(content: bytes, password: str) -> bytes:
    """The same under standard encryption, AES-128 in ECB mode (2.3.4.5 to 2.3.4.9)."""
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    key = hashlib.sha1(salt + password.encode("utf-16-le"), usedforsecurity=False).digest()
    for turn in range(50_000):
        key = hashlib.sha1(struct.pack("<I", turn) + key, usedforsecurity=False).digest()
    key = hashlib.sha1(key + bytes(4), usedforsecurity=False).digest()
    inner = bytes(0x36 ^ (key[at] if at < 20 else 0) for at in range(64))
    key = hashlib.sha1(inner, usedforsecurity=False).digest()[:16]
    cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - as the format prescribes

    def encrypted(raw: bytes) -> bytes:
        return cipher.encryptor().update(raw + bytes(-len(raw) % 16))

    digest = hashlib.sha1(verifier, usedforsecurity=False).digest()
    header = struct.pack("<IIIIIIII", 0x24, 0, 0x660E, 0x8004, 128, 0x18, 0, 0) + "x\0".encode("utf-16-le")
    info = struct.pack("<HHI", 3, 2, 0x24) + struct.pack("<I", len(header)) + header
    info += struct.pack("<I", 16) + salt + encrypted(verifier) + struct.pack("<I", 20) + encrypted(digest)
    package = struct.pack("<Q", len(content)) + encrypted(content)
    return documents.compound({"EncryptionInfo": info, "EncryptedPackage": package})


def _rc4(key: bytes, count: int) -> bytes:
    """So many bytes of an RC4 key stream."""
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for _ in range(count):
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(state[(state[i] + state[j]) % 256])
    return bytes(out)


def _block_key(password: str, salt: bytes, block: int) -> bytes:
    """The key of a block of 1,024 bytes (2.3.6.2)."""
    first = hashlib.md5(password.encode("utf-16-le"), usedforsecurity=False).digest()[:5]
    second = hashlib.md5((first + salt) * 16, usedforsecurity=False).digest()[:5]
    return hashlib.md5(second + struct.pack("<I", block), usedforsecurity=False).digest()


def rc4_workbook(stream: bytes, password: str) -> bytes:
    """A ``Workbook`` stream under RC4 (2.3.6, [MS-XLS] 2.2.10): heads of records and ``BOF`` stay plain."""
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    pad = _rc4(_block_key(password, salt, 0), 32)
    digest = hashlib.md5(verifier, usedforsecurity=False).digest()
    proof = bytes(one ^ two for one, two in zip(verifier + digest, pad, strict=True))
    lock = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + salt + proof
    plain = bytearray(stream[:20] + lock + stream[20:])
    keys = b"".join(
        _rc4(_block_key(password, salt, block), 1_024) for block in range(len(plain) // 1_024 + 1)
    )
    at = 0
    while at + 4 <= len(plain):
        kind, size = struct.unpack_from("<HH", plain, at)
        if kind == 0x85:  # where the sheet is stays plain, and has moved by the lock
            struct.pack_into("<I", plain, at + 4, struct.unpack_from("<I", plain, at + 4)[0] + len(lock))
        begin = at + 4 + (4 if kind == 0x85 else 0)
        if kind not in {0x0809, 0x2F}:
            for place in range(begin, at + 4 + size):
                plain[place] ^= keys[place]
        at += 4 + size
    return bytes(plain)


def commands(examination: Examination) -> set[str]:
    """Commands of all effects."""
    told = [one for each in examination.told.values() for one in each]
    return {one.arguments.get("command", "") for one in told if isinstance(one, Effect)}


def passwords(examination: Examination, code: str) -> list[str]:
    """Passwords that findings tell."""
    return [one.values["password"] for _, one in examination.findings() if one.code == code]


@pytest.mark.parametrize("lock", [agile, standard])
def test_the_default_password_opens_a_document(examined: Examine, lock: object) -> None:
    """A document under Excel's default password is a child with its macros evaluated."""
    assert callable(lock)
    result = examined(lock(documents.docm({"ThisDocument": MACRO}), DEFAULT), "a.xlsm")
    assert [DEFAULT] == passwords(result, "default-password")
    assert "cmd /c calc" in commands(result)
    assert ["ole", "ooxml"] == [node.type for node in result.nodes[:2]]


def test_the_password_of_a_document_comes_from_the_mails_text(examined: Examine) -> None:
    """The mail tells it, in Japanese."""
    document = agile(documents.docm({"ThisDocument": MACRO}), "Kaiketsu-88")
    mail = specimens.mail("パスワードは Kaiketsu-88 です。", {"請求書.docm": document})
    result = examined(mail, "a.eml")
    assert ["Kaiketsu-88"] == passwords(result, "password-found")
    assert "cmd /c calc" in commands(result)


def test_a_password_that_nobody_tells(examined: Examine) -> None:
    """One finding, no child."""
    result = examined(agile(documents.docm({}), "nobody-knows"), "a.docx")
    assert ["encrypted"] == [finding.code for _, finding in result.findings()]
    assert 1 == len(result.nodes)


@pytest.mark.parametrize("password", [DEFAULT, "1234"])
def test_rc4_of_a_workbook(examined: Examine, password: str) -> None:
    """``.xls`` with a macro sheet under RC4."""
    tokens = books.Tokens()
    page = books.Page("M", macro=True)
    page.formulas[0, 0] = tokens.text("cmd /c calc") + tokens.variable(books.EXEC, 1)
    stream = rc4_workbook(books.workbook_stream([page], {}), password)
    result = examined(documents.compound({"Workbook": stream + bytes(4_096)}), "a.xls")
    assert {password} == {*passwords(result, "default-password"), *passwords(result, "password-found")}
    assert "cmd /c calc" in commands(result)


def test_a_costly_encryption_is_not_tried(examined: Examine) -> None:
    """Ten million rounds for each password."""
    info = b'\x04\x00\x04\x00\x40\0\0\0<encryption><p:encryptedKey spinCount="10000000"/></encryption>'
    raw = documents.compound({"EncryptionInfo": info, "EncryptedPackage": bytes(5_000)})
    assert ["encryption-costly"] == [finding.code for _, finding in examined(raw, "a.docx").findings()]


def test_a_damaged_encryption_is_told_as_encrypted(examined: Examine) -> None:
    """Neither a password nor an error."""
    raw = documents.compound(
        {"EncryptionInfo": b"\x04\x00\x04\x00\x40\0\0\0<x", "EncryptedPackage": bytes(9)}
    )
    assert ["encrypted"] == [finding.code for _, finding in examined(raw, "a.docx").findings()]
