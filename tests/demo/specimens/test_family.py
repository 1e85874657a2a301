"""The specimens read back with other people's readers, and their agreement with the Emotet day."""

from __future__ import annotations

import email
import email.policy
import io
from typing import TYPE_CHECKING

import dpkt
import LnkParse3
import olefile
import pefile
import pypdf
import pyzipper

from noroshi.demo.powershell import encode
from noroshi.demo.specimens import family
from noroshi.demo.specimens.writing import archive_of, files_of, write_specimens
from noroshi.examine.forms import read_form
from noroshi.examine.ovba import decompressed, modules, source

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.demo.specimens.family import Facts
    from tests.demo.conftest import GeneratedDay

SEED = 20200722


def content(facts: Facts, ending: str) -> bytes:
    """The file of that ending."""
    return next(one[2] for name, one in files_of(facts).items() if name.endswith(ending))


def test_the_mail_is_in_iso_2022_jp_and_names_its_password() -> None:
    """Subject, text and the attachment's name come back by the standard library's reader."""
    facts = family.of_the_day(SEED)
    message = email.message_from_bytes(files_of(facts)["mail-zip.eml"][2], policy=email.policy.default)
    assert "Re: 見積書の件" == message["Subject"]
    text, attachment = message.iter_parts()
    assert "iso-2022-jp" == text.get_content_charset()
    assert "解凍パスワード:Minato0722" in text.get_content()
    assert "請求書_20200722.zip" == attachment.get_filename()
    assert archive_of(facts) == attachment.get_content()


def test_the_zip_opens_with_the_password_only() -> None:
    """A second reader opens it, and a wrong password does not."""
    facts = family.of_the_day(SEED)
    archive = pyzipper.ZipFile(io.BytesIO(archive_of(facts)))
    assert facts.document_content == archive.read(archive.infolist()[0], pwd=b"Minato0722")
    assert archive.infolist()[0].flag_bits & 1


def test_the_document_holds_macros_and_the_form_its_command() -> None:
    """The form's value without its marker is the command; the module says where the marker is taken out."""
    facts = family.of_the_day(SEED)
    container = olefile.OleFileIO(io.BytesIO(facts.document_content))
    assert facts.document[1] == len(facts.document_content)
    form = next(path[1] for path in container.listdir() if path[-1] == "o")
    read = read_form(form, {name: container.openstream(["Macros", form, name]).read() for name in "fo"})
    assert () == read.problems
    assert facts.command in {control.value.replace(facts.marker, "") for control in read.controls}
    codec, found = modules(decompressed(container.openstream("Macros/VBA/dir").read()))
    texts = [source(container.openstream(f"Macros/VBA/{one.stream}").read(), one, codec) for one in found]
    assert "Private Sub Document_open()" in texts[0]
    assert f'"{facts.marker}"), "")' in texts[1]


def test_the_program_is_one_and_returns_at_once() -> None:
    """A second reader finds the import hash that the logs name, and `xor eax, eax; ret` where it begins."""
    facts = family.of_the_day(SEED)
    read = pefile.PE(data=facts.program_content)
    assert read.get_imphash() == facts.executable.imphash
    assert b"\x31\xc0\xc3" == read.get_data(read.OPTIONAL_HEADER.AddressOfEntryPoint, 3)


def test_the_capture_holds_the_download_and_the_calls() -> None:
    """Requests in order, by a second reader; each call's Referer names its own URL."""
    facts = family.of_the_day(SEED)
    requests = []
    for _, frame in dpkt.pcap.Reader(io.BytesIO(content(facts, ".pcap"))):
        packet = dpkt.ethernet.Ethernet(frame).data
        if packet.p == 6 and packet.data.data[:4] in {b"GET ", b"POST"}:
            requests.append((packet.data.dport, packet.data.data.decode("latin-1")))
    assert ["GET", "GET", "POST", "POST", "POST", "POST"] == [text.split()[0] for _, text in requests]
    port, call = requests[2]
    head = dict(line.split(": ", 1) for line in call.split("\r\n\r\n")[0].split("\r\n")[1:])
    assert (80, f"http://198.51.100.77{call.split()[1]}") == (port, head["Referer"])


def test_links_and_arguments_are_there() -> None:
    """The PDF's links and the shortcut's arguments, by second readers."""
    facts = family.of_the_day(SEED)
    page = pypdf.PdfReader(io.BytesIO(content(facts, ".pdf"))).pages[0]
    assert list(facts.downloads[:2]) == [one.get_object()["/A"]["/URI"] for one in page.annotations or []]
    link = LnkParse3.lnk_file(io.BytesIO(content(facts, ".lnk")))
    assert "findstr" in link.get_json()["data"]["command_line_arguments"]
    assert encode(facts.script).encode() in content(facts, ".lnk")


def test_the_cousin_shares_no_value() -> None:
    """Hashes, addresses, names, subject, password and marker differ; the imports are the same."""
    day, cousin = family.of_the_day(SEED), family.cousin(SEED)
    assert not set(day.downloads) & set(cousin.downloads)
    assert not {one for one, _ in day.c2} & {one for one, _ in cousin.c2}
    differing = ("subject", "sender", "document", "password", "marker", "program_content", "document_content")
    assert [] == [name for name in differing if getattr(day, name) == getattr(cousin, name)]
    assert day.executable.imphash == cousin.executable.imphash


def test_what_is_examined_is_what_the_day_logs(day: GeneratedDay) -> None:
    """The day's logs hold the specimen's command, hashes, subject's thread and servers."""
    facts = family.of_the_day(day.manifest.seed)
    paths = [path for path in (day.folder / "logs").rglob("*") if path.is_file() and path.suffix != ".gz"]
    logs = "".join(path.read_text("utf-8") for path in paths)
    hashes = (facts.attachment.hashes()["sha256"], facts.executable.hashes()["sha256"].upper())
    expected = [facts.command, facts.message_id, facts.document[0], facts.served_url, *hashes]
    expected += [facts.executable.imphash.upper(), *(address for address, _ in facts.c2)]
    assert [] == [one for one in expected if one not in logs]
    listed = (day.folder / "lists" / "emotet_document_hashes.ndjson").read_text("utf-8")
    assert hashes[0] in listed


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs, the same digests; the notice says in both languages that everything is harmless."""
    first, second = write_specimens(tmp_path / "a", 7), write_specimens(tmp_path / "b", 7)
    assert first == second
    assert 18 == len(first)
    notice = (tmp_path / "a" / "README.md").read_text("utf-8")
    assert "harmless" in notice
    assert "無害" in notice
