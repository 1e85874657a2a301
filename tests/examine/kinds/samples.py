"""One whole specimen of every kind, from the tests of the kinds: for the process and for fuzzing."""

from __future__ import annotations

import bz2
import gzip
import lzma
from typing import Final

from noroshi.demo.specimens import pages
from tests.events import captures
from tests.examine import links, specimens
from tests.examine.documents import compound
from tests.examine.kinds import test_archives as archives
from tests.examine.kinds import test_mailbox as mailbox
from tests.examine.kinds import test_onenote as onenote
from tests.examine.kinds import test_outlook as outlook
from tests.examine.kinds import test_programs as programs
from tests.examine.test_smuggling import BASE64, FILE

URL: Final = "http://inside.example/a"
PAGE: Final = f'<html><body><a href="{URL}">x</a><script>x="{BASE64}"</script></body></html>'.encode()
KINDS: Final[dict[str, bytes]] = {
    "lnk": links.shortcut(strings={"relative": "mshta.exe", "arguments": URL}, appended=b"hello there"),
    "html": PAGE,
    "pdf": pages.pdf((URL,)),
    "onenote": onenote.section(f'x = "{URL}"'.encode()),
    "msg": compound(outlook.MESSAGE),
    "tnef": outlook.winmail(URL.encode()),
    "mbox": mailbox.box(specimens.mail(URL + "\n", {}), specimens.mail("x\n", {})),
    "eml": specimens.mail(URL + "\n", {"請求書.zip": FILE}),
    "zip": archives.zipped(),
    "7z": archives.seven(),
    "iso": archives.disc(),
    "rar": archives.rar_five(),
    "cab": archives.cabinet(),
    "tar": archives.tarred(),
    "gz": gzip.compress(archives.tarred()),
    "bz2": bz2.compress(archives.tarred()),
    "xz": lzma.compress(archives.tarred()),
    "pe": programs.PLAIN,
    "elf": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0\x3e\0" + bytes(40) + URL.encode(),
    "mach-o": b"\xcf\xfa\xed\xfe\x0c\0\0\x01" + bytes(4) + b"\x02\0\0\0" + bytes(16) + URL.encode(),
    "pcap": captures.pcap(captures.frames(captures.conversation())),
}
FURTHER: Final[dict[str, tuple[bytes, ...]]] = {
    "rar": (archives.rar_four(),),
    "cab": (archives.cabinet(0),),
    "zip": (archives.zip_crypto(b"infected"),),
    "pcap": (captures.pcapng(captures.frames(captures.conversation())),),
}
WITHOUT_URL: Final = frozenset({"pe", "msg", "pcap"})
"""Kinds whose specimen here has other addresses, or none."""
