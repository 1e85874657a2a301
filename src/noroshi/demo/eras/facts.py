"""What is peculiar to each era, and what an attacker can change in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from noroshi.demo.mail import DOC, Attachment

if TYPE_CHECKING:
    from collections.abc import Iterable

XLS: Final = "application/vnd.ms-excel"
XLSM: Final = "application/vnd.ms-excel.sheet.macroEnabled.12"
ZIP: Final = "application/zip"
ONENOTE: Final = "application/onenote"
LNK: Final = "application/x-ms-shortcut"
ORDINARY_JA3: Final = "b32309a26951912be7dba376398abc3b"
KNOWN_JA3: Final = "51c64c77e60f3980eea90869b68c58a8"
"""What the C2 client of 2021 and later shows; the value is listed in the scene's indicator lists."""

CHANGES: Final = ("hashes", "addresses", "domains", "file names", "indicators", "document", "launcher")
"""What an attacker may change, one thing at a time; ``indicators`` are the four before it, and JA3."""
_OTHER_JA3: Final = "0f2c8ab1d8c14e6f9a3577b10d4f6e92"
"""Invented: what a client with another TLS library shows."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One era.

    Attributes:
        era: Year and month in which the shape appeared.
        day: The day of its scene.
        subject: Of the mail that brings it.
        attachment: The file in the mail.
        inside: Name of the file in it, where the attachment is an archive; else empty.
        opener: What opens the document: ``word``, ``excel``, ``explorer``, ``onenote``.
        launcher: How code is started: ``wmi``, ``message``, ``child``, ``shortcut``, ``script``.
        loader: What runs the payload: ``program``, ``rundll32``, ``regsvr32``.
        payload: Its file name, in the person's profile.
        sites: Compromised sites that serve it: host and path.
        c2: Addresses and ports.
        network: The C2 protocol: ``old post`` (Referer without port), ``post``, ``https``.
        templates: The document asks to be copied to the Templates folder.
        mark: What the hashes are invented from.
        ja3: Of the C2 client, for ``https``.
    """

    era: str
    day: date
    subject: str
    attachment: Attachment
    opener: str
    launcher: str
    loader: str
    payload: str
    inside: str = ""
    sites: tuple[tuple[str, str], ...] = (
        ("www.hanamura-shop.example", "/wp-admin/Kq3vB/"),
        ("www.sakura-bento.example", "/wp-includes/9fTzqE/"),
    )
    c2: tuple[tuple[str, int], ...] = (("198.51.100.61", 8080), ("198.51.100.77", 443))
    network: str = "post"
    templates: bool = False
    mark: str = "era"
    ja3: str = KNOWN_JA3

    def changed(self, what: str) -> Facts:
        """The same attack with one thing changed, as the attacker would.

        Raises:
            KeyError: It is none of `CHANGES`.
        """
        return _CHANGED[what](self)


def _new_hashes(facts: Facts) -> Facts:
    old = facts.attachment
    attachment = replace(old, mark=old.mark + ":new", size=old.size + 512)
    return replace(facts, mark=facts.mark + ":new", attachment=attachment)


def _new_addresses(facts: Facts) -> Facts:
    return replace(facts, c2=tuple((f"203.0.113.{200 + at}", port) for at, (_, port) in enumerate(facts.c2)))


def _new_domains(facts: Facts) -> Facts:
    return replace(
        facts, sites=tuple((f"www.mori-kobo{at}.example", path) for at, (_, path) in enumerate(facts.sites))
    )


def _new_names(facts: Facts) -> Facts:
    ending = facts.payload.rpartition(".")[2]
    stem, _, kind = facts.attachment.name.rpartition(".")
    attachment = replace(facts.attachment, name=f"{stem[:2]}0731.{kind}")
    inside = f"見積0731.{facts.inside.rpartition('.')[2]}" if facts.inside else ""
    return replace(facts, payload=f"wq4zt.{ending}", attachment=attachment, inside=inside)


def _new_indicators(facts: Facts) -> Facts:
    """Everything that is ever reported of a wave."""
    return replace(_new_names(_new_domains(_new_addresses(_new_hashes(facts)))), ja3=_OTHER_JA3)


def _new_document(facts: Facts) -> Facts:
    """Another kind of document: Word for Excel and the other way round; a workbook for all others."""
    opener = "excel" if facts.opener != "excel" else "word"
    ending, mime = ("xls", XLS) if opener == "excel" else ("doc", DOC)
    inside = f"{facts.inside.rpartition('.')[0]}.{ending}" if facts.inside else ""
    attachment = facts.attachment
    if not inside:
        attachment = replace(attachment, name=f"{attachment.name.rpartition('.')[0]}.{ending}", mime=mime)
    return replace(facts, opener=opener, inside=inside, attachment=attachment)


def _new_launcher(facts: Facts) -> Facts:
    """The program that starts the code: Office itself instead of WMI, a script host instead of Office."""
    return replace(facts, launcher="script" if facts.launcher in {"child", "shortcut"} else "child")


_CHANGED: Final = {
    "hashes": _new_hashes,
    "addresses": _new_addresses,
    "domains": _new_domains,
    "file names": _new_names,
    "indicators": _new_indicators,
    "document": _new_document,
    "launcher": _new_launcher,
}

_REPLY: Final = "Re: 見積書の件"
_ALL: Final = (
    Facts(
        "2019-04", date(2019, 4, 22),
        _REPLY, Attachment("請求書_0422.doc", DOC, 168_448, "era:2019"), "word", "wmi", "program",
        "914.exe", network="old post", mark="era:2019",
    ),
    Facts(
        "2020-07", date(2020, 7, 22),
        _REPLY, Attachment("請求書_20200722.doc", DOC, 172_544, "era:2020-07"), "word", "wmi",
        "program", "284.exe", mark="era:2020-07",
    ),
    Facts(
        "2020-09", date(2020, 9, 3),
        _REPLY, Attachment("ご請求書.zip", ZIP, 96_256, "era:2020-09"), "word", "wmi", "program",
        "517.exe", inside="ご請求書_0903.doc", mark="era:2020-09",
    ),
    Facts(
        "2020-10", date(2020, 10, 14),
        "Re: 10月請求", Attachment("請求10.doc", DOC, 178_176, "era:2020-10"), "word", "message",
        "rundll32", "Uc8b.dll", mark="era:2020-10",
    ),
    Facts(
        "2021-11", date(2021, 11, 16),
        _REPLY, Attachment("20211116.xlsm", XLSM, 142_336, "era:2021-11"),
        "excel", "wmi", "rundll32", "2081.dll", network="https", mark="era:2021-11",
    ),
    Facts(
        "2022-01", date(2022, 1, 19),
        "Re: 1月度の件", Attachment("請求_0119.xls", XLS, 98_304, "era:2022-01"), "excel", "child",
        "regsvr32", "erum.ocx", network="https", mark="era:2022-01",
    ),
    Facts(
        "2022-04", date(2022, 4, 25),
        "Re: ご確認", Attachment("書類.zip", ZIP, 4_096, "era:2022-04"), "explorer", "shortcut",
        "regsvr32", "PyWmQ.dll", inside="書類_0425.lnk", network="https", mark="era:2022-04",
    ),
    Facts(
        "2022-11", date(2022, 11, 8),
        "Re: 11月請求", Attachment("請求_1108.xls", XLS, 257_024, "era:2022-11"), "excel", "child",
        "regsvr32", "oxnv1.ooccxx", network="https", templates=True, mark="era:2022-11",
    ),
    Facts(
        "2023-03", date(2023, 3, 7),
        "Re: ご請求書", Attachment("請求書.zip", ZIP, 655_360, "era:2023-03"), "word", "child",
        "regsvr32", "h3TKJ.dll", inside="請求書_0307.doc", network="https", mark="era:2023-03",
    ),
    Facts(
        "2023-03-onenote", date(2023, 3, 16),
        "Re: 資料の送付", Attachment("資料.one", ONENOTE, 131_072, "era:2023-03-onenote"),
        "onenote", "script", "regsvr32", "rad5B8F3.tmp.dll", network="https", mark="era:2023-03-onenote",
    ),
)  # fmt: skip
ERAS: Final = {facts.era: facts for facts in _ALL}
"""Era → its facts, the oldest first."""


def facts_of(era: str, changes: Iterable[str] = ()) -> Facts:
    """An era's facts with some things changed.

    Raises:
        KeyError: There is no such era or change.
    """
    facts = ERAS[era]
    for what in changes:
        facts = facts.changed(what)
    return facts
