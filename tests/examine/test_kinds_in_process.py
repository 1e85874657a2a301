"""Every kind goes through the isolated process: under its limits, with everything told as JSON."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from noroshi.demo.specimens import captures as demo_captures
from noroshi.demo.specimens import family, pages
from noroshi.examine.process import examine_files
from noroshi.examine.result import Examination
from noroshi.examine.traces import traces_of
from tests.events import captures
from tests.examine import links, specimens
from tests.examine.documents import compound
from tests.examine.kinds import test_archives as archives
from tests.examine.kinds import test_mailbox as mailbox
from tests.examine.kinds import test_onenote as onenote
from tests.examine.kinds import test_outlook as outlook
from tests.examine.kinds import test_programs as programs
from tests.examine.test_smuggling import BASE64

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://inside.example/a"
KINDS: dict[str, bytes] = {
    "lnk": links.shortcut(strings={"relative": "mshta.exe", "arguments": URL}, appended=b"hello there"),
    "html": f'<html><body><a href="{URL}">x</a><script>x="{BASE64}"</script></body></html>'.encode(),
    "pdf": pages.pdf((URL,)),
    "onenote": onenote.section(f'x = "{URL}"'.encode()),
    "msg": compound(outlook.MESSAGE),
    "tnef": outlook.winmail(URL.encode()),
    "mbox": mailbox.box(specimens.mail(URL + "\n", {}), specimens.mail("x\n", {})),
    "7z": archives.seven(),
    "iso": archives.disc(),
    "rar": archives.rar_five(),
    "cab": archives.cabinet(),
    "tar": archives.tarred(),
    "gz": gzip.compress(archives.tarred()),
    "pe": programs.PLAIN,
    "elf": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0\x3e\0" + bytes(40) + URL.encode(),
    "mach-o": b"\xcf\xfa\xed\xfe\x0c\0\0\x01" + bytes(4) + b"\x02\0\0\0" + bytes(16) + URL.encode(),
    "pcap": captures.pcap(captures.frames(captures.conversation())),
}
WITHOUT_URL = frozenset({"pe", "msg", "pcap"})


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Examination]:
    """All kinds, examined by one process."""
    folder: Path = tmp_path_factory.mktemp("kinds")
    for kind, content in KINDS.items():
        (folder / kind).write_bytes(content)
    (folder / "sandbox").write_bytes(demo_captures.capture(family.of_the_day(1)))
    paths = [folder / name for name in (*KINDS, "sandbox")]
    found = dict(zip((*KINDS, "sandbox"), examine_files(paths), strict=True))
    return {name: one for name, one in found.items() if isinstance(one, Examination)}


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_kind_comes_to_its_end(results: dict[str, Examination], kind: str) -> None:
    """By its content alone, without a name, and nothing is left out or damaged."""
    result = results[kind]
    assert (kind, True) == (result.nodes[0].type, result.complete)
    assert not result.bounded
    assert "damaged" not in {finding.code for _, finding in result.findings()}
    if kind not in WITHOUT_URL:
        assert "inside.example" in {trace.value for trace in traces_of(result)}


def test_a_large_capture_comes_to_its_end(results: dict[str, Examination]) -> None:
    """With the program that was fetched."""
    assert "pe" in {node.type for node in results["sandbox"].nodes}
