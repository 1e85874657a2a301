"""Errors in the reader's language; programs and dead letters get English."""

from __future__ import annotations

import gzip
import json
import pickle
import re
import socket
import tomllib
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Any

import msgspec
import orjson
import pytest
import yaml

from noroshi.cli.errors import place, sentence, told
from noroshi.errors import LocatedError, Sentence
from tests.cli.error_sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Run

WORDS = tomllib.loads(files("noroshi.cli.words").joinpath("errors.ja.toml").read_text("utf-8"))
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def test_every_sentence_in_the_source_has_its_words() -> None:
    """And no words are left over of a sentence that is gone: both languages say the same things."""
    found = sentences()
    assert len(found) > 400
    silent = {text: where for text, where in found.items() if text not in WORDS["sentences"]}
    assert {} == silent, "give each its words in src/noroshi/cli/words/errors.ja.toml"
    assert set() == set(WORDS["sentences"]) - set(found)


@pytest.mark.parametrize("template", WORDS["sentences"])
def test_both_languages_name_the_same_values(template: str) -> None:
    """Each placeholder of the English template stands in the Japanese one, and no other."""
    english, japanese = (
        sorted(name for _, name, _, _ in Formatter().parse(text) if name) if _is_template(template) else []
        for text in (template, WORDS["sentences"][template])
    )
    assert english == japanese
    if re.search("[a-z]{4}", re.sub(r"\{[^}]*\}", "", template)):
        assert JAPANESE.search(WORDS["sentences"][template])


def _is_template(text: str) -> bool:
    return bool(re.search(r"\{\w+(?:![rs])?(?::[^{}]*)?\}", text)) and "--since" not in text[:40]


def test_a_sentence_is_english_and_knows_its_template() -> None:
    """For programs it is a text; on its way through errors and processes it stays translatable."""
    what = Sentence("is larger than {max_bytes:,} bytes", max_bytes=4096)
    assert "is larger than 4,096 bytes" == what
    assert b"is larger than 4,096 bytes" == what.encode()
    for one in (str(ValueError(what)), pickle.loads(pickle.dumps(what)), str(what)):  # noqa: S301 - our own
        assert "4,096 バイトを超えている" == sentence(one, "ja")
        assert "is larger than 4,096 bytes" == sentence(one, "en")


def test_sentences_inside_sentences() -> None:
    """The reason inside is told in the same language; a name from a log never becomes words."""
    inner = Sentence("`{text}` is no day of the calendar", text="2020-02-30")
    outer = Sentence("cannot be read: {reason}", reason=inner)
    assert "読み取れない: `2020-02-30` は暦にない日付である" == sentence(outer, "ja")
    assert "読み取れない: ファイルもフォルダーもない" == sentence(
        Sentence("cannot be read: {reason}", reason="No such file or directory"), "ja"
    )
    assert "user が文字列ではない" == sentence(Sentence("{key} is no text", key="user"), "ja")


def test_an_error_names_its_place() -> None:
    """Path, place, what, mend; a library's own words stay as they are."""
    error = LocatedError("a.log", "line 12", "the line is not valid JSON", "it may be cut off or damaged")
    assert "a.log: 12 行目: 行が正しい JSON ではない。途中で切れているか、破損している可能性がある" == told(
        error, "ja"
    )
    assert str(error) == told(error, "en")
    assert "lists.own, 3 番目の値" == place("lists.own, value 3", "ja")
    assert "a.log: odd" == told(LocatedError("a.log", "", "odd"), "ja")


LIBRARIES: dict[str, Callable[[], object]] = {
    "toml": lambda: tomllib.loads("a = ["),
    "toml, a key twice": lambda: tomllib.loads("a = 1\na = 2"),
    "toml, a key alone": lambda: tomllib.loads("a"),
    "json": lambda: orjson.loads(b"{broken"),
    "json, cut off": lambda: orjson.loads(b"[1,"),
    "yaml": lambda: yaml.load("a: [", yaml.CSafeLoader),
    "yaml, a colon too many": lambda: yaml.load("a: b: c", yaml.CSafeLoader),
    "settings": lambda: msgspec.convert({"a": "b"}, dict[str, int]),
    "bytes": b"\xff".decode,
    "network": lambda: socket.create_connection(("127.0.0.1", 1), 1),
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_what_libraries_say_is_told_in_japanese(name: str) -> None:
    """They give no templates: a new version that words it otherwise shows here."""
    with pytest.raises((ValueError, OSError, yaml.YAMLError, msgspec.ValidationError)) as caught:
        LIBRARIES[name]()
    error: Any = caught.value
    said = getattr(error, "problem", None) or getattr(error, "msg", None) or getattr(error, "strerror", None)
    assert JAPANESE.search(sentence(said or str(error), "ja")), said or str(error)


def test_numbers_take_the_noun_that_they_need() -> None:
    """One is singular, everything else plural; Japanese has one form."""
    told_one, told_more = (
        Sentence("{count:|mistake|mistakes} in rules and lists; nothing was scanned", count=count)
        for count in (1, 1200)
    )
    assert "1 mistake in rules and lists; nothing was scanned" == told_one
    assert "1200 mistakes in rules and lists; nothing was scanned" == told_more
    assert "ルールとリストに誤りが 1 件ある。スキャンは行わなかった" == sentence(told_one, "ja")


RULE = """title: r
id: 7f0d1f6e-6d4e-4a53-8f0c-6f5e0c0b1f00
logsource: {category: process_creation}
detection: {s: {CommandLine|contains: evil}, condition: s}
level: high
"""


def unwrapped(text: str) -> str:
    """A table's text without the spaces and line ends between words."""
    return re.sub(r"\s", "", text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Logs and rules with a mistake each."""
    logs, rules = tmp_path / "logs", tmp_path / "rules"
    logs.mkdir()
    rules.mkdir()
    good = json.dumps({"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Hostname": "a"})
    (logs / "damaged.json").write_text(f"{good}\n{{broken\n{good}\n", "utf-8")
    (logs / "cut.gz").write_bytes(gzip.compress(good.encode() * 99)[:-20])
    (logs / "packed.7z").write_bytes(b"7z\xbc\xaf'\x1c" + bytes(99))
    (logs / "strange.txt").write_text("what is this\nand this\n", "utf-8")
    (rules / "good.yml").write_text(RULE, "utf-8")
    (rules / "bad.yml").write_text(RULE.replace("contains", "cidr").replace("f00", "f01"), "utf-8")
    (rules / "twice.yml").write_text(RULE, "utf-8")
    return tmp_path


@pytest.mark.parametrize("form", ["table", "ndjson", "html"])
def test_a_scan_tells_its_errors_in_japanese(run: Run, folder: Path, form: str) -> None:
    """On standard error and in what people read, rules from the cache too; letters are English."""
    letters = folder / "letters.ndjson"
    started = ("scan", folder / "logs", "--rules", folder / "rules", "--lang", "ja", "--format", form)
    for _ in range(2):
        done = run(*started, "--dead-letters", letters)
        lines = [line for line in done.err.splitlines() if line.startswith("noroshi: ")]
        assert len(lines) >= 2
        assert [] == [line for line in lines if not JAPANESE.search(line)]
        told_all = unwrapped(done.out + done.err)
        assert "途中で切れている。ある部分は読み取った" in told_all
        assert "7-Zipアーカイブのため開けない" in told_all
    reasons = [json.loads(line)["reason"] for line in letters.read_text("utf-8").splitlines()]
    assert reasons
    assert [] == [one for one in reasons if JAPANESE.search(one)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("scan", "LOGS", "--zone", "Mars/Base"), "noroshi: --zone Mars/Base: このタイムゾーンはない。"),
        (("events", "inspect", "gone.log"), "noroshi: gone.log: ファイルもフォルダーもない"),
        (("rules", "health", "--lists", "gone"), "noroshi: --lists gone: ファイルもフォルダーもない"),
    ],
)
def test_wrong_usage_is_told_in_japanese(
    run: Run, folder: Path, arguments: tuple[str, ...], expected: str
) -> None:
    """Wherever `--lang` stands on the line."""
    given = [str(folder / "logs") if one == "LOGS" else one for one in arguments]
    done = run(*given, "--lang", "ja")
    assert 2 == done.status
    assert done.err.startswith(expected)


def test_inspect_and_health_tell_theirs_in_japanese(run: Run, folder: Path) -> None:
    """In the table, not on standard error only."""
    logs = folder / "logs"
    done = run("events", "inspect", logs / "damaged.json", "--rules", folder / "rules", "--lang", "ja")
    assert "レコードが正しいJSONではない" in unwrapped(done.out)
    assert "not valid JSON" not in done.out
    told_health = run("rules", "health", folder / "rules", "--events", logs, "--lang", "ja")
    assert "すでに使われている" in unwrapped(told_health.out)
    assert "is already that of" not in told_health.out
