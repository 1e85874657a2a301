"""Examination: a mail with a password zip to its URLs, a folder of mails, obfuscations solved."""

from __future__ import annotations

import statistics
import subprocess
import sys
from base64 import encodebytes
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from itertools import repeat
from pathlib import Path
from random import Random
from time import perf_counter, process_time

from tests.examine.powershell import battery, composition
from tests.examine.vba import battery as macros

from benchmarks.measuring import Figure, Unavailable, seconds, workplace
from noroshi.demo.specimens import family
from noroshi.demo.specimens.writing import files_of
from noroshi.examine.budget import Budget
from noroshi.examine.powershell import evaluate as powershell
from noroshi.examine.process import examine_file, examine_files
from noroshi.examine.result import Examination
from noroshi.examine.traces import traces_of
from noroshi.examine.vba import evaluate as vba
from noroshi.examine.walk import walk

SEED = 20200722
WARM_RUNS = 40
COLD_RUNS = 5
MAILS = 1_000
PROGRAMS = 600


@cache
def mail() -> Path:
    """The demo day's mail with the zip, on disk; its document has 172,544 bytes."""
    path = workplace() / "mail-zip.eml"
    path.write_bytes(files_of(family.of_the_day(SEED))["mail-zip.eml"][2])
    return path


def solved_mail(found: object) -> bool:
    """Whether all five URLs were found, each with its way through zip, document, form and script."""
    assert isinstance(found, Examination), found
    urls = [one for one in traces_of(found) if one.type == "url" and one.kind == "download"]
    way = ["file", "attachment", "zip", "form value", "command", "script"]
    ways = [[found.nodes[number].via for number in one.provenance] for one in urls]
    return [one.value for one in urls] == list(family.of_the_day(SEED).downloads) and ways == [way] * 5


def warm() -> list[float]:
    """Seconds of each examination, traces included, in a process that has examined one before."""
    taken, begun = [], perf_counter()
    for found in examine_files(repeat(mail(), WARM_RUNS + 1)):
        assert solved_mail(found)
        taken.append(perf_counter() - begun)
        begun = perf_counter()
    return taken[1:]


def processor() -> list[float]:
    """Processor seconds of the same work in this process: what a loaded machine does not change so much."""
    taken = []
    for _ in range(WARM_RUNS):
        begun = process_time()
        found = Examination(str(mail()))
        for event in walk(mail().read_bytes(), mail().name, Budget()):
            found.add(event)
        assert solved_mail(found)
        taken.append(process_time() - begun)
    return taken[1:]


def cold() -> list[float]:
    """Seconds with a process of its own, from its start to its end."""
    return [seconds(lambda: solved_mail(examine_file(mail()))) for _ in range(COLD_RUNS)]


def command() -> list[float]:
    """Seconds of the whole command, the start of Python included."""
    program = Path(sys.executable).with_name("noroshi")
    given = [str(program), "examine", str(mail()), "--format", "ndjson"]
    return [seconds(lambda: subprocess.run(given, check=True, capture_output=True)) for _ in range(COLD_RUNS)]


@cache
def folder() -> Path:
    """A thousand mails; of twenty two bring the document, two a .docm, one a PDF, one a page."""
    place = workplace() / "mails"
    place.mkdir()
    facts = family.of_the_day(SEED)
    made = files_of(facts)
    files = {name.rpartition(".")[2]: one[2] for name, one in made.items() if not name.isascii()}
    zipped, plain = (made[name][2] for name in ("mail-zip.eml", "mail.eml"))
    for number in range(MAILS):
        (place / f"{number:04}.eml").write_bytes(_mail(number, files, zipped, plain))
    return place


def _mail(number: int, files: dict[str, bytes], zipped: bytes, plain: bytes) -> bytes:
    kind = number % 20
    mark = f"X-Number: {number}\r\n".encode()
    if kind in {0, 1}:
        return mark + (zipped if kind else plain)
    text = f"http://www.site{number}.example/news/{number}\r\n" * 3 + "An ordinary text.\r\n" * 60
    head = f"From: a{number}@one.example\r\nTo: b@two.example\r\nSubject: {number}\r\n"
    head += "Date: Wed, 22 Jul 2020 10:00:00 +0900\r\n"
    ending = {2: "docm", 3: "docm", 4: "pdf", 5: "html"}.get(kind)
    if ending is None:
        return f"{head}\r\n{text}".encode()
    body = encodebytes(files[ending]).decode()
    parts = (
        f'{head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n',
        f"--b\r\n\r\n{text}\r\n",
        f'--b\r\nContent-Disposition: attachment; filename="a.{ending}"\r\n',
        f"Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n--b--\r\n",
    )
    return "".join(parts).encode()


def throughput() -> Figure:
    """Mails a second with two workers, traces included."""
    paths = sorted(folder().iterdir())
    begun, urls = perf_counter(), 0
    for found in examine_files(paths, workers=2):
        assert isinstance(found, Examination)
        assert found.complete
        urls += sum(one.kind == "download" and one.type == "url" for one in traces_of(found))
    taken = perf_counter() - begun
    assert urls >= MAILS // 20 * 4 * 5
    return Figure(f"folder of {MAILS:,} mails, two workers", MAILS / taken, "mails/s")


def solved_scripts(solve: Callable[[str], set[str]]) -> tuple[int, float]:
    """How many techniques of the PowerShell battery come to what they hide, and in what time."""
    begun = perf_counter()
    count = sum(set(case.wanted) <= solve(case.script) for case in battery.CASES)
    return count, perf_counter() - begun


def ours(script: str) -> set[str]:
    """What the effects of a script name."""
    return {text for one in powershell(script).effects for text in one.arguments.values()}


def solved_macros() -> int:
    """How many techniques of the VBA battery are solved."""
    count = 0
    for case in macros.CASES:
        found = vba({"ThisDocument": case.code} | case.more, forms=case.forms, properties=case.properties)
        named = {text for one in found.effects for text in one.arguments.values()}
        count += set(case.wanted) <= named and set(case.said) <= {one.text for one in found.seen}
    return count


def composed() -> Figure:
    """The share of randomly composed programs that give the URL that they fetch."""
    programs = [composition.program(Random(seed)) for seed in range(PROGRAMS)]  # noqa: S311 - repeatable
    found = sum(url in ours(script) for script, url in programs)
    return Figure(f"{PROGRAMS} composed PowerShell programs solved", 100 * found / PROGRAMS, "%", ">= 99")


def refinery() -> Callable[[str], set[str]]:
    """binary-refinery's reading of a script: command line taken apart, then folded; the texts in the result.

    Raises:
        Unavailable: It is not installed; it never is a dependency.
    """
    try:
        module = import_module("refinery")
    except ImportError:
        raise Unavailable("binary-refinery is not installed (it is never a dependency)") from None
    cmdarg, dps1 = module.cmdarg, module.dps1

    def read(script: str) -> set[str]:
        try:
            chunks = [bytes(one) for one in cmdarg().process_all(script.encode())] or [script.encode()]
        except Exception:  # noqa: BLE001 - what it cannot read it has not solved
            chunks = [script.encode()]
        return {(chunk | dps1 | bytes).decode("utf-8", "replace") for chunk in chunks}

    return read


def beside() -> Iterator[Figure]:
    """The same battery in binary-refinery, where it is installed."""
    read = refinery()
    begun = perf_counter()
    solved = sum(
        all(any(want in text for text in read(case.script)) for want in case.wanted) for case in battery.CASES
    )
    yield Figure("binary-refinery: PowerShell techniques with the wanted text in its result", solved)
    yield Figure("binary-refinery: the whole battery", perf_counter() - begun, "s")


def run() -> Iterator[Figure]:
    """All figures."""
    yield Figure("mail with password zip to URLs, warm, median", statistics.median(warm()), "s", "<= 0.3")
    yield Figure("the same, processor time, median", statistics.median(processor()), "s")
    yield Figure("the same in a new process, median", statistics.median(cold()), "s")
    yield Figure("the same as a command, median", statistics.median(command()), "s")
    yield throughput()
    count, taken = solved_scripts(ours)
    yield Figure(
        f"PowerShell techniques solved, of {len(battery.CASES)}",
        count,
        "",
        f">= {max(60, len(battery.CASES))}",
    )
    yield Figure("the whole PowerShell battery", taken, "s")
    yield Figure(
        f"VBA techniques solved, of {len(macros.CASES)}",
        solved_macros(),
        "",
        f">= {max(25, len(macros.CASES))}",
    )
    yield composed()
    yield from beside()
