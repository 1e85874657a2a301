"""Two specimens of one family: that of the Emotet day, and a cousin a week later with the same habits.

What a family changes from wave to wave (hashes, addresses, names, subjects, passwords, markers) differs
between the two; what it kept for months (a form's value given to WMI, ``powershell -e``, a loop over a list
of addresses, calls whose Referer is their own URL) is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random
from typing import Final

from noroshi.demo import campaign
from noroshi.demo.mail import DOC, Attachment
from noroshi.demo.powershell import encode
from noroshi.demo.specimens.documents import word_document
from noroshi.demo.specimens.macros import project
from noroshi.demo.specimens.programs import imphash, program

_IMPORTS: Final = {
    "KERNEL32.dll": ("GetModuleHandleA", "GetProcAddress", "LoadLibraryA", "VirtualProtect", "ExitProcess"),
    "USER32.dll": ("GetDesktopWindow", "LoadIconA", "RegisterClassA"),
    "ADVAPI32.dll": ("RegOpenKeyExA", "RegQueryValueExA"),
}
"""Both programs of the family were packed by one packer, so their imports are the same."""


@dataclass(frozen=True)
class Facts:
    """What is particular to one specimen of the family.

    Attributes:
        name: Folder of its files.
        seed: Chance, by name and use.
        mail_host: Sending host and its address.
        sender_name, sender, recipient, subject, date, message_id, thread: Of the mail.
        document: Name of the document; its size in bytes.
        archive, password: Of the zip.
        downloads: Sites in the order in which they are asked, with their addresses; the served one.
        script: What the macro hands to PowerShell.
        marker: What cuts the form's value up.
        c2: Servers, address and port.
        agent: User-Agent of the calls.
    """

    name: str
    seed: int
    mail_host: tuple[str, str]
    sender_name: str
    sender: str
    recipient: str
    subject: str
    date: str
    message_id: str
    thread: str
    document: tuple[str, int]
    archive: str
    password: str
    downloads: tuple[str, ...]
    addresses: dict[str, str]
    served: int
    script: str
    marker: str
    c2: tuple[tuple[str, int], ...]

    @property
    def command(self) -> str:
        """What WMI is asked to start."""
        return f"powershell -e {encode(self.script)}"

    @property
    def served_url(self) -> str:
        """The address that answers with the executable."""
        return self.downloads[self.served]

    def rng(self, use: str) -> Random:
        """A source of chance of its own for one use."""
        return Random(f"{self.seed}:{self.name}:{use}")  # noqa: S311 - repeatable on purpose

    @cached_property
    def document_content(self) -> bytes:
        """The Word document."""
        macros = project(self.command, self.marker, self.rng("macros"))
        return word_document(macros, self.rng("picture"), self.document[1])

    @cached_property
    def program_content(self) -> bytes:
        """The executable that the served site answers with."""
        return program(_IMPORTS, self.rng("program"), campaign.EXECUTABLE_BYTES)

    @property
    def attachment(self) -> Attachment:
        """The document as the day's logs know it."""
        return Attachment(self.document[0], DOC, self.document[1], content=self.document_content)

    @property
    def executable(self) -> Attachment:
        """The executable as the day's logs know it."""
        mime = "application/x-dosexec"
        content = self.program_content
        return Attachment("mK2vQ9zt.exe", mime, len(content), content=content, imphash=imphash(_IMPORTS))


@lru_cache(maxsize=4)
def of_the_day(seed: int) -> Facts:
    """The specimen that PC-014 opens on the Emotet day of this seed."""
    return Facts(
        "emotet-day",
        seed,
        campaign.SENDER_HOST,
        campaign.SENDER_NAME,
        campaign.SENDER,
        campaign.VICTIM_MAILBOX,
        campaign.SUBJECT,
        "Wed, 22 Jul 2020 13:05:08 +0900",
        campaign.MESSAGE_ID,
        campaign.THREAD,
        campaign.DOCUMENT,
        "請求書_20200722.zip",
        "Minato0722",
        campaign.DOWNLOADS,
        campaign.SITE_ADDRESSES,
        campaign.DOWNLOADS.index(f"http://{campaign.SERVED_HOST}{campaign.SERVED_PATH}"),
        campaign.script(Random(f"{seed}:chain")),  # noqa: S311 - the day's own chance, see `chain.Chain`
        "][(s)]",
        (campaign.C2_PROXY_DENIED, campaign.C2_FIREWALL_DENIED, campaign.C2_DIRECT, campaign.C2_PROXIED),
    )


@lru_cache(maxsize=4)
def cousin(seed: int) -> Facts:
    """A specimen of the same family a week later: other values, the same habits."""
    hosts = ("takao-yama-cafe", "nankai-tsuri", "aoi-piano", "kinugawa-onsen", "hiroba-dental")
    paths = ("wp-content/vD2s/", "wp-admin/Lm93x/", "old/QpZ/", "wp-includes/3kYr/", "img/aX91/")
    downloads = tuple(f"http://www.{host}.example/{path}" for host, path in zip(hosts, paths, strict=True))
    return Facts(
        "emotet-cousin",
        seed,
        ("smtp.hokuto-denki.example", "192.0.2.47"),
        "北川 由香",
        "kitagawa@hokuto-denki.example",
        "k.nakamura@minato-works.example",
        "Re: 納期回答について",
        "Wed, 29 Jul 2020 10:41:37 +0900",
        "<20200729014133.77B2@smtp.hokuto-denki.example>",
        "<20200724021955.41AA@smtp.hokuto-denki.example>",
        ("納期回答_0729.doc", 168_960),
        "納期回答_0729.zip",
        "hokuto2020",
        downloads,
        {f"www.{host}.example": f"192.0.2.{60 + at}" for at, host in enumerate(hosts)},
        2,
        campaign.script(Random(f"{seed}:cousin"), downloads, "573"),  # noqa: S311 - repeatable on purpose
        "(qz)%",
        (("198.51.100.140", 80), ("198.51.100.151", 8080), ("198.51.100.166", 443)),
    )
