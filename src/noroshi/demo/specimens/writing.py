"""Writes the specimens into a folder, with a notice that they are harmless and a list of what they hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from noroshi.demo.mail import DOC
from noroshi.demo.powershell import encode
from noroshi.demo.specimens import family
from noroshi.demo.specimens.archives import zipped
from noroshi.demo.specimens.captures import capture
from noroshi.demo.specimens.documents import docm
from noroshi.demo.specimens.macros import project
from noroshi.demo.specimens.mails import File, mail
from noroshi.demo.specimens.notebooks import notebook
from noroshi.demo.specimens.pages import pdf, smuggling_page
from noroshi.demo.specimens.shortcuts import shortcut

if TYPE_CHECKING:
    from noroshi.demo.specimens.family import Facts

_LINE_MARK: Final = "nRsh1"
_WHAT: Final = (
    ("mail with the document", "文書を添付したメール"),
    (
        "mail with the document in a zip, password in its text",
        "文書入りパスワード付き zip のメール(本文にパスワード)",
    ),
    ("document (OLE) with macro and form", "マクロとフォーム入り文書(OLE)"),
    ("document (OOXML) with macro and form", "マクロとフォーム入り文書(OOXML)"),
    ("PDF with links", "リンクを含む PDF"),
    ("shortcut that cuts a script out of itself", "自身からスクリプトを切り出すショートカット"),
    ("page that hands over a zip", "zip を組み立てて渡す HTML"),
    ("OneNote section with a script", "スクリプトを埋め込んだ OneNote"),
    ("capture of its connections", "通信のキャプチャー"),
)
"""What the files are, in the order of `files_of`."""
_NOTICE: Final = Path(__file__).with_name("notice.md")


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written.

    Attributes:
        path: Below the folder.
        what: What it is, in English and in Japanese.
        sha256: Of its content.
    """

    path: str
    what: str
    what_ja: str
    sha256: str


def write_specimens(folder: Path, seed: int) -> tuple[Written, ...]:
    """Write both specimens of the family; the same bytes for the same seed."""
    written: list[Written] = []
    for facts in (family.of_the_day(seed), family.cousin(seed)):
        place = folder / facts.name
        place.mkdir(parents=True, exist_ok=True)
        for name, (what, what_ja, content) in files_of(facts).items():
            (place / name).write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            written.append(Written(f"{facts.name}/{name}", what, what_ja, digest))
    (folder / "README.md").write_bytes(_NOTICE.read_bytes())
    listed = [
        {"path": one.path, "what": one.what, "what_ja": one.what_ja, "sha256": one.sha256} for one in written
    ]
    (folder / "specimens.json").write_bytes(orjson.dumps(listed, option=orjson.OPT_INDENT_2) + b"\n")
    return tuple(written)


def files_of(facts: Facts) -> dict[str, tuple[str, str, bytes]]:
    """Name → what it is in English and in Japanese, and its content."""
    document = File(facts.document[0], DOC, facts.document_content)
    archive = File(facts.archive, "application/zip", archive_of(facts))
    stem = facts.document[0].rpartition(".")[0]
    macros = project(facts.command, facts.marker, facts.rng("docm"))
    packed = zipped({f"{stem}.docm": docm(macros)})
    start = f"cmd /c start /min {facts.command}"
    contents = {
        "mail.eml": mail(facts, _plain_text(), document),
        "mail-zip.eml": mail(facts, _password_text(facts), archive),
        document.name: document.content,
        f"{stem}.docm": docm(macros),
        f"{stem}.pdf": pdf(facts.downloads[:2]),
        f"{stem}.lnk": _shortcut(facts, f"{stem}.lnk"),
        f"{stem}.html": smuggling_page(f"{stem}.zip", packed),
        f"{stem}.one": notebook("open.cmd", f"@echo off\r\n{start}\r\n".encode()),
        "sandbox.pcap": capture(facts),
    }
    return {name: (*texts, content) for (name, content), texts in zip(contents.items(), _WHAT, strict=True)}


def archive_of(facts: Facts) -> bytes:
    """The zip with the document, under its password."""
    return zipped({facts.document[0]: facts.document_content}, facts.password, facts.rng("zip"))


def _plain_text() -> str:
    return (
        "鈴木様\n\nいつもお世話になっております。\n先日ご依頼の請求書を添付いたします。\n"
        "ご確認のほど、よろしくお願いいたします。\n"
    )


def _password_text(facts: Facts) -> str:
    return (
        "いつもお世話になっております。\n\nご依頼の書類をお送りいたします。\n"
        f"添付ファイルの解凍パスワード:{facts.password}\n\nご確認のほど、よろしくお願いいたします。\n"
    )


def _shortcut(facts: Facts, name: str) -> bytes:
    """Lines that carry a mark are the script; everything before it is the shortcut."""
    command = f"powershell -e {encode(facts.script)}"
    script = (
        f'\n{_LINE_MARK}=1: Set s = CreateObject("WScript.Shell")\n'
        f'{_LINE_MARK}=2: s.Run "{command}", 0, False\n'
    )
    arguments = (
        f'/v:on /c findstr "{_LINE_MARK}.*" "{name}" > "%tmp%\\{_LINE_MARK}.vbs" & "%tmp%\\{_LINE_MARK}.vbs"'
    )
    return shortcut("..\\..\\Windows\\System32\\cmd.exe", arguments, script)
