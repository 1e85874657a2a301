"""Logs that are rotated, closed or unreadable while ``noroshi scan`` reads them."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from noroshi.intake.first_look import Held
from noroshi.service import workers
from noroshi.service.years import learn_years
from tests.cli.damage import EXE, assert_one, found_in, scanned, squids

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.cli.conftest import Run

LINES = 4_000
OTHERS = 10
SHORTER = "the file became shorter while it was read; what was gone by then is left out"
EXCHANGED = "another file was put in its place before it was read; that one was read instead"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder of two logs, the first of 600 kB."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_bytes(squids(0, LINES))
    (folder / "b.log").write_bytes(squids(LINES, OTHERS))
    return folder


def after_first_look(monkeypatch: pytest.MonkeyPatch, rotate: Callable[[], object]) -> None:
    """Rotate when all files have been found, and none has been read."""

    def rotating(*arguments: Any, **options: Any) -> Any:
        rotate()
        return learn_years(*arguments, **options)

    monkeypatch.setattr(workers, "learn_years", rotating)


def renamed_for(text: bytes) -> Callable[[Path], None]:
    """As logrotate does without `copytruncate`; the daemon has written this to the new file."""

    def rotate(path: Path) -> None:
        path.rename(path.parent.parent / "a.log.1")
        path.write_bytes(text)

    return rotate


ROTATIONS: dict[str, Callable[[Path], None]] = {
    "empty": renamed_for(b""),
    "another": renamed_for(squids(LINES + OTHERS, 5)),
    "deleted": Path.unlink,
}


@pytest.mark.parametrize("how", ROTATIONS)
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("split", [workers.SPLIT_BYTES, 100_000], ids=["whole", "ranges"])
def test_a_log_that_was_found_is_read_whole(  # noqa: PLR0917 - fixtures
    run: Run, logs: Path, monkeypatch: pytest.MonkeyPatch, how: str, count: int, split: int
) -> None:
    """Renamed, replaced or deleted before its turn comes: it is the file that was found that counts."""
    monkeypatch.setattr(workers, "SPLIT_BYTES", split)
    after_first_look(monkeypatch, lambda: ROTATIONS[how](logs / "a.log"))
    found = scanned(run, logs, "--workers", count)
    assert (0, LINES + OTHERS, []) == (found.errors, found.matched, found.letters)


@pytest.mark.parametrize(
    ("how", "what", "left"),
    [
        ("empty", EXCHANGED, 0),
        ("another", EXCHANGED, 5),
        ("deleted", "cannot be read: No such file or directory; it was probably rotated", 0),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_a_rotation_is_told_where_no_more_files_can_be_held(  # noqa: PLR0917 - fixtures, one column each
    run: Run, logs: Path, monkeypatch: pytest.MonkeyPatch, how: str, what: str, left: int, count: int
) -> None:
    """One error that names the file; what stands there now is read, and the rest of the folder."""
    monkeypatch.setattr("noroshi.intake.first_look.MOST_HELD", 0)
    after_first_look(monkeypatch, lambda: ROTATIONS[how](logs / "a.log"))
    found = scanned(run, logs, "--workers", count)
    assert_one(found, logs / "a.log", "", what.split(";", maxsplit=1)[0])
    assert f": {what}" in found.told[0]
    assert left + OTHERS == found.matched


@pytest.mark.parametrize("left", [0, 10])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("split", [workers.SPLIT_BYTES, 100_000], ids=["whole", "ranges"])
def test_a_log_that_is_truncated_in_place_is_one_error(  # noqa: PLR0917 - fixtures
    run: Run, logs: Path, monkeypatch: pytest.MonkeyPatch, left: int, count: int, split: int
) -> None:
    """As `copytruncate` does: what it took is told once, however many ranges miss it."""
    monkeypatch.setattr(workers, "SPLIT_BYTES", split)
    after_first_look(monkeypatch, lambda: os.truncate(logs / "a.log", left))
    found = scanned(run, logs, "--workers", count)
    (place,) = {one["place"] for one in found.letters}
    assert place.startswith("byte ")
    assert_one(found, logs / "a.log", place, SHORTER)
    assert "it was probably rotated: read the rotated file as well" in found.told[0]
    assert OTHERS == found.matched


def test_a_log_that_is_truncated_while_it_is_read_is_one_error(
    run: Run, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before stays."""
    read = Held.read

    def truncating(held: Held, size: int = -1, /) -> bytes:
        data = read(held, size)
        if held.name.endswith("a.log") and held.tell() > 200_000:
            os.truncate(held.name, 0)
        return data

    monkeypatch.setattr(Held, "read", truncating)
    found = scanned(run, logs, "--workers", 1)
    (place,) = {one["place"] for one in found.letters}
    assert_one(found, logs / "a.log", place, SHORTER)
    assert OTHERS + 1_000 < found.matched < LINES


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "byte 262144: cannot be read further: Input/output error"),
        ("ja", "262144 バイト目: これ以上読み取れない: 入出力エラー"),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_an_error_of_the_disk_is_told_in_the_language_of_the_reader(  # noqa: PLR0917 - fixtures
    run: Run, logs: Path, monkeypatch: pytest.MonkeyPatch, language: str, told: str, count: int
) -> None:
    """One error, one dead letter with the record that it cuts; what stands before is read, the rest too."""
    read = Held.read

    def failing(held: Held, size: int = -1, /) -> bytes:
        if held.name.endswith("a.log") and held.tell() >= 262_144:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(held, min(size, 65_536))

    monkeypatch.setattr(Held, "read", failing)
    found = scanned(run, logs, "--workers", count, "--lang", language)
    assert_one_told = f"noroshi: {logs / 'a.log'}: {told}"
    assert assert_one_told in found.stderr
    assert [1, 1] == [found.errors, len(found.letters)]
    letter = found.letters[0]
    assert "cannot be read further: Input/output error" == letter["reason"]
    whole = squids(0, LINES)[:262_144]
    assert whole[whole.rfind(b"\n") + 1 :].decode() == letter["text"]
    assert whole.count(b"\n") + OTHERS == found.matched
    assert 0 == found.status


def closed_to_us(
    tmp_path: Path, command: str, *paths: Path, options: Sequence[str] = ()
) -> subprocess.CompletedProcess[bytes]:
    """A command about logs, run by a process that no capability lets past permissions."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() == 0 and setpriv is None:
        pytest.skip("root may read everything, and setpriv, which takes that away, is not on this machine")
    dropped = ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    who = [str(setpriv), *dropped] if os.geteuid() == 0 else []
    program = Path(sys.executable).parent / "noroshi"
    given = {"LC_ALL": "C.UTF-8", "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    return subprocess.run(  # noqa: S603 - our own program
        [*who, program, *command.split(), *paths, *options], capture_output=True, check=False, env=given
    )


def test_what_may_not_be_read_is_one_error_each(tmp_path: Path) -> None:
    """A file and a folder without permission."""
    folder, closed, dead = tmp_path / "logs", tmp_path / "logs" / "closed", tmp_path / "dead"
    closed.mkdir(parents=True)
    for name in ("a.log", "b.log"):
        (folder / name).write_bytes(squids(0, OTHERS))
    (folder / "a.log").chmod(0)
    closed.chmod(0)
    (tmp_path / "rule.yml").write_text(EXE, encoding="utf-8")
    options = ["--rules", str(tmp_path / "rule.yml"), "--format", "json", "--dead-letters", str(dead)]
    done = closed_to_us(tmp_path, "scan", folder, options=[*options, "--no-cache"])
    closed.chmod(0o700)
    found = found_in(done.returncode, done.stdout.decode(), done.stderr.decode(), dead)
    assert 0 == found.status
    assert sorted(
        f"{path}: cannot be read: Permission denied; {mend}"
        for path, mend in (
            (folder / "a.log", "check its permissions"),
            (closed, "check the path and its permissions"),
        )
    ) == sorted(found.told)
    assert {str(folder / "a.log"), str(closed)} == {one["path"] for one in found.letters}
    assert (2, 2, OTHERS) == (found.errors, len(found.letters), found.matched)


def test_what_is_named_and_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    """As the shell names them for ``*.log``: one closed, one a link to nothing, one gone, one to be read."""
    closed, link, gone, good = (tmp_path / f"{name}.log" for name in ("closed", "link", "gone", "good"))
    for path in (closed, good):
        path.write_bytes(squids(0, OTHERS))
    closed.chmod(0)
    link.symlink_to(tmp_path / "nothing")
    rule, dead = tmp_path / "rule.yml", tmp_path / "dead"
    rule.write_text(EXE, encoding="utf-8")
    options = ["--rules", str(rule), "--format", "json", "--dead-letters", str(dead), "--no-cache"]
    done = closed_to_us(tmp_path, "scan", closed, link, gone, good, options=options)
    found = found_in(done.returncode, done.stdout.decode(), done.stderr.decode(), dead)
    missing = "cannot be read: No such file or directory; check the path and its permissions"
    assert sorted(
        [
            f"{closed}: cannot be read: Permission denied; check its permissions",
            f"{link}: {missing}",
            f"{gone}: {missing}",
        ]
    ) == sorted(found.told)
    assert (0, 3, 3, OTHERS) == (found.status, found.errors, len(found.letters), found.matched)


@pytest.mark.parametrize(
    ("command", "before"),
    [
        ("scan", ""),
        ("events inspect", ""),
        ("events who", ""),
        ("rules hits", ""),
        ("rules health", "--events "),
    ],
)
def test_one_log_that_may_not_be_read_is_wrong_use(tmp_path: Path, command: str, before: str) -> None:
    """Nothing to go on with: one line in the reader's language, exit status 2."""
    closed = tmp_path / "closed.log"
    closed.write_bytes(squids(0, 1))
    closed.chmod(0)
    options = ["--events", str(closed)] if before else []
    paths = () if before else (closed,)
    done = closed_to_us(tmp_path, command, *paths, options=[*options, "--lang", "ja"])
    assert (2, f"noroshi: {before}{closed}: 読み取れない。権限を確認すること\n") == (
        done.returncode,
        done.stderr.decode(),
    )
