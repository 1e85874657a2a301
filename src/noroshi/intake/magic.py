"""What a file is by its first bytes: compressed, an archive, plainly no log, or for the formats."""

from __future__ import annotations

from typing import Final

PACKINGS: Final = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)
"""First bytes → packing that is opened (RFC 1952, RFC 8878, xz and bzip2 formats, PKWARE APPNOTE)."""

UNSUPPORTED: Final = (
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1f\x9d", "compressed by compress(1)"),
    (b"\x04\x22\x4d\x18", "compressed by LZ4"),
    (b"MSCF\x00\x00\x00\x00", "a cabinet archive"),
)

NO_LOGS: Final = (
    (b"\x89PNG\r\n", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF87a", "picture"),
    (b"GIF89a", "picture"),
    (b"\x00\x00\x01\x00", "picture"),
    (b"%PDF-", "document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "document"),
    (b"{\\rtf", "document"),
    (b"\x7fELF", "executable"),
    (b"\xcf\xfa\xed\xfe", "executable"),
    (b"\xca\xfe\xba\xbe", "executable"),
    (b"SQLite format 3\x00", "database"),
    (b"ID3", "sound or film"),
    (b"OggS", "sound or film"),
)
"""First bytes of what is plainly no log."""

_DOCUMENT_MEMBERS: Final = frozenset({"[Content_Types].xml", "META-INF/MANIFEST.MF", "mimetype"})


def packing_of(head: bytes) -> str:
    """``gzip``, ``zstd``, ``xz``, ``bzip2``, ``zip``, ``tar``, or empty."""
    for magic, name in PACKINGS:
        if head.startswith(magic):
            return name
    if head[:4] and head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:
        return "zstd"  # a skippable frame comes first (RFC 8878, 3.1.2)
    return "tar" if head[257:262] == b"ustar" else ""


def unsupported(head: bytes) -> str:
    """What packing this is that is not opened, or empty."""
    return next((what for magic, what in UNSUPPORTED if head.startswith(magic)), "")


def no_log(head: bytes) -> str:
    """What this is that holds no log (``picture``, ``executable`` …), or empty."""
    if head.startswith(b"MZ") and b"\x00" in head[:64]:
        return "executable"
    if head[4:8] == b"ftyp" or (head.startswith(b"RIFF") and head[8:12] in {b"WAVE", b"AVI ", b"WEBP"}):
        return "sound or film"
    return next((what for magic, what in NO_LOGS if head.startswith(magic)), "")


def is_document_archive(names: list[str]) -> bool:
    """Whether a zip archive's first names show an office document, a Java archive or an e-book."""
    return bool(names) and not _DOCUMENT_MEMBERS.isdisjoint(names[:2])
