from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import tarfile
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from noroshi.events.problems import Problems
from noroshi.intake import Limits, open_inputs
from noroshi.intake.inputs import head_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOG = b"".join(b"%d line of a log\n" % number for number in range(20_000))
"""330 kB: several heads and pieces long."""


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def tarred(members: dict[str, bytes], style: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of these files."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=style) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


class Reading:
    """Everything that an intake gave."""

    def __init__(self, *paths: Any, limits: Limits | None = None, stdin: bytes = b"") -> None:
        self.problems = Problems()
        self.skipped: Counter[str] = Counter()
        self.contents: dict[str, bytes] = {}
        self.ids: dict[str, str] = {}
        self.inputs = []
        for opened in open_inputs(
            paths,
            problems=self.problems,
            limits=limits or Limits(),
            skipped=self.skipped,
            stdin=io.BytesIO(stdin),
        ):
            pieces = iter(lambda stream=opened.stream: stream.read(50_000), b"")  # type: ignore[misc]
            self.contents[opened.source.path] = b"".join(pieces)
            self.ids[opened.source.path] = opened.source.id
            self.inputs.append(opened)

    @property
    def errors(self) -> list[str]:
        """As people see them."""
        return [str(error) for error in self.problems.errors]


def zstd_frames(data: bytes) -> bytes:
    """A skippable frame, then two frames."""
    half = len(data) // 2
    skippable = b"\x50\x2a\x4d\x18\x04\0\0\0noro"
    return skippable + zstandard.compress(data[:half]) + zstandard.compress(data[half:])


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "gzip of two members": lambda data: gzip.compress(data[:99_999]) + gzip.compress(data[99_999:]),
    "gzip with padding": lambda data: gzip.compress(data) + bytes(700),
    "bzip2": lambda data: bz2.compress(data, 1),
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "zstd of several frames": zstd_frames,
    "gzip in xz": lambda data: lzma.compress(gzip.compress(data)),
}


@pytest.mark.parametrize("packing", PACKERS)
def test_compressed_files_give_the_bytes_inside(packing: str, tmp_path: Path) -> None:
    """Whatever the name says, the content decides; several members are one stream."""
    (tmp_path / "log.txt").write_bytes(PACKERS[packing](LOG))
    reading = Reading(tmp_path)
    assert [] == reading.errors
    assert LOG == reading.contents[f"{tmp_path}/log.txt"]
    assert reading.inputs[0].raw_path is None


def test_a_plain_file_tells_its_size_and_path(tmp_path: Path) -> None:
    """Workers may split it by byte ranges."""
    path = tmp_path / "access.log"
    path.write_bytes(LOG)
    only = Reading(path).inputs[0]
    assert (len(LOG), path, "access.log") == (only.size_bytes, only.raw_path, only.head.name)
    assert (b"0 line of a log", 65_536, False) == (
        only.head.lines[0].encode(),
        len(only.head.data),
        only.head.complete,
    )
    assert only.fraction_read == 1.0


@pytest.mark.parametrize("style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_members_of_a_tar_archive_are_inputs(style: int, tmp_path: Path) -> None:
    """In their order, compressed ones opened, with names of any length."""
    long = "very/" * 18 + "long/name-" + "x" * 70
    members = {"a.log": LOG, f"{long}.log": b"second\n", "b.log.gz": gzip.compress(b"third\n")}
    path = tmp_path / "logs.tar.gz"
    path.write_bytes(gzip.compress(tarred(members, style)))
    reading = Reading(path)
    assert [] == reading.errors
    assert {
        f"{path}!a.log": LOG,
        f"{path}!{long}.log": b"second\n",
        f"{path}!b.log.gz": b"third\n",
    } == reading.contents


def test_members_of_a_zip_archive_are_inputs(tmp_path: Path) -> None:
    """Also from standard input and inside another archive; Apple's shadow files are none."""
    inner = zipped({"deep.log": b"deep\n", "stored.log": LOG}, zipfile.ZIP_STORED)
    packed = zipped({"a.log": LOG, "b/inner.zip": inner, "empty.log": b""})
    reading = Reading("-", stdin=packed)
    assert [] == reading.errors
    assert {
        "-!a.log": LOG,
        "-!b/inner.zip!deep.log": b"deep\n",
        "-!b/inner.zip!stored.log": LOG,
    } == reading.contents
    assert {"empty": 1} == reading.skipped
    (tmp_path / "x.zip").write_bytes(packed)
    assert {path.removeprefix("-"): text for path, text in reading.contents.items()} == {
        path.removeprefix(f"{tmp_path}/x.zip"): text
        for path, text in Reading(tmp_path / "x.zip").contents.items()
    }


def test_an_encrypted_member_is_one_error_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Flag bit 0 of the local and the central header says so (APPNOTE 4.4.4)."""
    packed = bytearray(zipped({"secret.log": b"x\n" * 50, "open.log": b"open\n"}))
    packed[6] |= 1
    packed[packed.find(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "a.zip"
    path.write_bytes(packed)
    reading = Reading(path)
    assert [f"{path}!secret.log: is encrypted; unpack it with its password first"] == reading.errors
    assert {f"{path}!open.log": b"open\n"} == reading.contents


NOISE = random.Random(7).randbytes(400_000)  # noqa: S311 - sample bytes


@pytest.mark.parametrize("packing", ["gzip", "bzip2", "xz", "zstd"])
def test_a_truncated_stream_is_one_error_after_what_could_be_read(packing: str, tmp_path: Path) -> None:
    """Half of the compressed bytes give a good part of the content."""
    packed = PACKERS[packing](LOG + NOISE)
    path = tmp_path / "cut"
    path.write_bytes(packed[: -len(NOISE) // 3])
    reading = Reading(path)
    assert 1 == reading.problems.total
    assert "cut off" in reading.errors[0]
    (content,) = reading.contents.values()
    assert (LOG + NOISE).startswith(content)
    assert len(content) >= len(LOG) // 2


def test_a_damaged_gzip_stream_is_one_error_and_the_next_file_is_read(tmp_path: Path) -> None:
    """The broken member does not hide its siblings in the same archive."""
    bad = bytearray(gzip.compress(LOG + NOISE))
    bad[len(bad) // 2 : len(bad) // 2 + 500] = b"\xff" * 500
    path = tmp_path / "a.tar"
    path.write_bytes(tarred({"bad.gz": bytes(bad), "good.gz": gzip.compress(b"good\n")}))
    reading = Reading(path)
    assert 1 == reading.problems.total
    assert f"{path}!bad.gz: the gzip stream is damaged" in reading.errors[0]
    assert b"good\n" == reading.contents[f"{path}!good.gz"]


def test_a_truncated_tar_gz_is_reported_once_by_the_layer_that_broke(tmp_path: Path) -> None:
    """The cut gzip stream shows again as a cut tar archive; that is no second error."""
    path = tmp_path / "a.tgz"
    path.write_bytes(gzip.compress(tarred({"a.log": LOG, "b.log": NOISE}))[:200_000])
    reading = Reading(path)
    assert 1 == reading.problems.total
    assert "gzip stream is cut off" in reading.errors[0]
    assert LOG == reading.contents[f"{path}!a.log"]


def test_a_truncated_zip_gives_the_members_before_the_cut(tmp_path: Path) -> None:
    """Its directory stands at its end, so the members are found by their own headers."""
    path = tmp_path / "a.zip"
    packed = zipped({"a.log": LOG, "b.log": NOISE})
    path.write_bytes(packed[: -len(NOISE) // 2])
    reading = Reading(path)
    assert 1 == reading.problems.total
    assert "zip archive is damaged or cut off" in reading.errors[0]
    assert LOG == reading.contents[f"{path}!a.log"]
    assert NOISE.startswith(reading.contents[f"{path}!b.log"])


@pytest.mark.parametrize("packing", ["gzip", "bzip2", "xz", "zstd", "zip"])
def test_a_bomb_ends_at_the_ratio_with_one_error(packing: str, tmp_path: Path) -> None:
    """What came before the limit is delivered."""
    zeros = b"log\n" + bytes(3_000_000)
    bomb = zipped({"a.log": zeros}) if packing == "zip" else PACKERS[packing](zeros)
    path = tmp_path / "bomb"
    path.write_bytes(bomb)
    reading = Reading(path, limits=Limits(ratio=10, free_bytes=1_000_000))
    assert 1 == reading.problems.total
    assert "unfolds to more than 10 times its size" in reading.errors[0]
    (content,) = reading.contents.values()
    assert 65_536 <= len(content) <= 1_000_000


def test_total_depth_and_members_are_bounded(tmp_path: Path) -> None:
    """Each limit is one error."""
    (tmp_path / "deep").write_bytes(gzip.compress(gzip.compress(gzip.compress(b"x\n"))))
    (tmp_path / "many").write_bytes(tarred({f"{number}.log": b"y\n" for number in range(10)}))
    (tmp_path / "total").write_bytes(gzip.compress(LOG))
    limits = Limits(depth=2, members=3, free_bytes=0, ratio=10_000, total_bytes=100_000)
    reading = Reading(tmp_path, limits=limits)
    total = "unfolds to more than 100,000 bytes; the rest is left out; unpack it first if it is no bomb"
    assert [
        f"{tmp_path}/deep: archives inside each other deeper than 2; unpack it first",
        f"{tmp_path}/many: holds more than 3 files; the rest is left out; unpack it first",
        f"{tmp_path}/total: {total}",
    ] == reading.errors
    assert 3 == sum(text == b"y\n" for text in reading.contents.values())


def test_a_tar_header_of_any_announced_size_is_not_taken_into_memory(tmp_path: Path) -> None:
    """A pax header that says it is 8 GiB long is a cut-off archive."""
    info = tarfile.TarInfo("x")
    info.size = 8 << 30
    info.type = b"x"
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + b"20 path=innocent\n" + bytes(2048))
    reading = Reading(tmp_path)
    assert 1 == reading.problems.total
    assert "tar archive is damaged or cut off" in reading.errors[0]


def test_folders_are_walked_in_order_and_loops_end(tmp_path: Path) -> None:
    """A symbolic link to a folder above is one error; a second way to the same file is no second input."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "z.log").write_bytes(b"z\n")
    (tmp_path / "a.log").write_bytes(b"a\n")
    (tmp_path / "c.log").symlink_to(tmp_path / "a.log")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    reading = Reading(tmp_path, tmp_path / "a.log")
    assert [f"{tmp_path}/a.log", f"{tmp_path}/b/z.log"] == list(reading.contents)
    assert [
        f"{tmp_path}/b/loop: the folder leads back into itself; remove the symbolic link"
    ] == reading.errors
    assert {"the same file again": 2, "no ordinary file": 1} == reading.skipped


def test_what_cannot_be_read_is_one_error_with_the_place(tmp_path: Path) -> None:
    """A missing path and a link to nowhere."""
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    reading = Reading(tmp_path, tmp_path / "missing.log")
    assert 2 == reading.problems.total
    assert f"{tmp_path}/dangling: cannot be read: No such file or directory" in reading.errors[0]
    assert f"{tmp_path}/missing.log: cannot be read" in reading.errors[1]


def test_what_is_plainly_no_log_is_passed_over_and_counted(tmp_path: Path) -> None:
    """Pictures, programs and office documents; an archive that is not opened is an error."""
    (tmp_path / "a.log").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (tmp_path / "b.log").write_bytes(b"MZ\x90\0" + bytes(100))
    (tmp_path / "c.log").write_bytes(zipped({"[Content_Types].xml": b"<x/>", "word/a.xml": b"<y/>"}))
    (tmp_path / "d.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(30))
    (tmp_path / "e.log").write_bytes(b"MZ is how this text begins\n")
    reading = Reading(tmp_path)
    assert {"picture": 1, "executable": 1, "document": 1} == reading.skipped
    assert [f"{tmp_path}/d.7z: is a 7-Zip archive, which is not opened; unpack it first"] == reading.errors
    assert [f"{tmp_path}/e.log"] == list(reading.contents)


def test_identity_comes_from_the_content(tmp_path: Path) -> None:
    """Copies are the same source, packed or not; a file that only begins alike is another."""
    (tmp_path / "1.log").write_bytes(LOG)
    (tmp_path / "2.log").write_bytes(LOG)
    (tmp_path / "3.log").write_bytes(LOG + b"grown\n")
    (tmp_path / "4.log.gz").write_bytes(gzip.compress(LOG))
    (tmp_path / "5.log").write_bytes(b"other\n")
    ids = {path.rsplit("/", 1)[1]: id_ for path, id_ in Reading(tmp_path).ids.items()}
    assert ids["1.log"] == ids["2.log"] == ids["4.log.gz"]
    assert 3 == len({ids["1.log"], ids["3.log"], ids["5.log"]})
    assert ids["3.log"] == f"{ids['1.log']}-{len(LOG) + 6}"
    assert {ids["5.log"]} == set(Reading(tmp_path / "5.log").ids.values())


def test_no_record_is_newer_than_its_file(tmp_path: Path) -> None:
    """The modification time of a plain or compressed file and of an archive's members; zip knows no zone."""
    then = datetime(2020, 7, 22, 15, 0, tzinfo=UTC)
    (tmp_path / "a.log").write_bytes(b"a\n")
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(b"b\n"))
    member = tarfile.TarInfo("c.log")
    member.size, member.mtime = 2, int(then.timestamp())
    (tmp_path / "c.tar").write_bytes(member.tobuf() + b"c\n".ljust(512, b"\0") + bytes(1024))
    for name in ("a.log", "b.log.gz"):
        os.utime(tmp_path / name, (then.timestamp(), then.timestamp()))
    assert [then] * 3 == [opened.source.newest for opened in Reading(tmp_path).inputs]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("d.log", (2020, 7, 22, 15, 0, 0)), b"d\n")
    (zipped_log,) = Reading("-", stdin=packed.getvalue()).inputs
    assert then + timedelta(hours=12) == zipped_log.source.newest


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbfone\r\ntwo\n", ("one", "two")),
        ("one\r\n二\n".encode("utf-16"), ("one", "二")),
        (b"bad \xff byte\nlast", ("bad \N{REPLACEMENT CHARACTER} byte", "last")),
        (b"\n", ("",)),
    ],
)
def test_head_lines_are_decoded_and_repaired(data: bytes, expected: tuple[str, ...]) -> None:
    """UTF-8 and UTF-16 by mark; a last line without end counts where the input is complete."""
    assert expected == head_lines(data, complete=True)


def test_an_unfinished_last_line_is_no_head_line() -> None:
    """The head may end inside a record."""
    assert ("one",) == head_lines(b"one\ntw", complete=False)


def test_any_bytes_are_read_without_a_traceback(tmp_path: Path) -> None:
    """Damaged and cut archives of every kind."""
    good = [PACKERS[name](LOG[:3000]) for name in ("gzip", "bzip2", "xz", "zstd")]
    good += [zipped({"a.log": LOG[:3000]}), tarred({"a.log": LOG[:3000]})]
    dice = random.Random(11)  # noqa: S311 - sample bytes
    for number in range(300):
        data = bytearray(good[number % len(good)])
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        (tmp_path / f"{number}").write_bytes(data[: dice.randrange(1, len(data))])
    reading = Reading(tmp_path)
    assert reading.problems.total > 100


def test_plain_file_can_be_read_at_any_place(tmp_path: Path) -> None:
    """Only what stands on the disk as it is has a path; a file that was replaced meanwhile has none."""
    plain, packed, replaced = tmp_path / "a.log", tmp_path / "b.log.gz", tmp_path / "c.log"
    plain.write_bytes(LOG)
    packed.write_bytes(gzip.compress(LOG))
    replaced.write_bytes(LOG + b"one more")
    found: dict[str, Any] = {}
    for opened in open_inputs([plain, packed, replaced], problems=Problems()):
        if opened.source.path == str(replaced):
            replaced.rename(tmp_path / "old.log")
            replaced.write_bytes(LOG)
        stream: Any = opened.stream
        found[opened.source.path] = stream.plain_path(), opened.fraction_read
    assert (plain, 1.0) == found[str(plain)]
    assert [None, None] == [found[str(path)][0] for path in (packed, replaced)]
