# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from noroshi.errors import LocatedError
from noroshi.events.format import BARE
from noroshi.events.formats._mapped import load_mapping, mapped_format
from noroshi.events.model import Entities, Event, LogSource, Observable, Outcome, Source
from noroshi.events.problems import Problems

if TYPE_CHECKING:
    from pathlib import Path

PROXY = r"""
name = "door-keeper"
kind = "csv"
separator = ";"
columns = ["when", "client", "who", "verb", "address", "verdict", "agent"]
time = ["when"]

[logsource]
product = "door-keeper"
categories = ["proxy"]

[constants]
site = "本社"

[fields]
client = ["c-ip", "src_ip"]
who = ["cs-username"]
verb = ["cs-method"]
address = ["c-uri"]
agent = ["c-useragent"]

[[outcome]]
fields = ["verdict"]
values = { PASS = "allowed", STOP = "blocked" }

[entities]
user = ["who"]
address = ["client"]

[observables]
address = "url"
"""
ROWS = """\
2020-07-22T13:12:09+09:00;10.20.4.114;t.suzuki;POST;http://192.0.2.9:8080/abc/?q=1;STOP;"a ; b"
2020-07-22T13:12:10+09:00;10.20.4.115;-;GET;http://www.example/日本;PASS;curl
cut;off
""".encode()


def read(folder: Path, text: str, data: bytes) -> tuple[list[Event], Problems]:
    """The events of these bytes by this description."""
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return list(mapped_format(path).decode(io.BytesIO(data), Source("own.log", "s"), problems)), problems


def test_csv_with_described_columns(tmp_path: Path) -> None:
    """The log's names stay, Sigma's stand beside them, traits are read as of any format."""
    (blocked, passed), problems = read(tmp_path, PROXY, ROWS)
    expected = {
        "client": "10.20.4.114",
        "c-ip": "10.20.4.114",
        "cs-method": "POST",
        "cs-host": "192.0.2.9",
        "c-uri-query": "q=1",
        "c-uri-norm": "192.0.2.9/abc/",
        "c-useragent": "a ; b",
        "site": "本社",
    }
    assert expected == {name: blocked.fields.get(name) for name in expected}
    assert LogSource("door-keeper", None, frozenset({"proxy"})) == blocked.logsource
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == blocked.time.at
    assert [Outcome.BLOCKED, Outcome.ALLOWED] == [blocked.outcome, passed.outcome]
    assert Entities(user="t.suzuki", address="10.20.4.114") == blocked.entities
    assert Observable("ip", "192.0.2.9", "address") in blocked.observables
    assert "who" not in passed.fields
    assert [("line 3", "the row has 2 values")] == [(error.place, error.what) for error in problems.errors]


def test_csv_whose_first_line_names_the_columns(tmp_path: Path) -> None:
    """Then workers may not read ranges apart."""
    text = 'name = "x"\nkind = "csv"\ntime = ["t"]\n[fields]\na = "src_ip"'
    (event,), _ = read(tmp_path, text, b"t,a\n2020-07-22 04:12:09,192.0.2.1\n")
    assert "192.0.2.1" == event.fields["src_ip"]
    assert not load_mapping(tmp_path / "own.toml").splittable


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("key-value", 'id=7 when=1595391129 path="/日本 x.php?cmd=id" nothing=-'),
        ("json", '{"when": 1595391129, "id": "7", "path": "/日本 x.php?cmd=id"}'),
    ],
)
def test_pairs_and_json(tmp_path: Path, kind: str, line: str) -> None:
    """A web server's own log gets the target where rules look."""
    text = f'name = "x"\nkind = "{kind}"\ntime = ["when"]\n[logsource]\ncategories = ["webserver"]\n[fields]\npath = ["cs-uri"]'
    (event,), problems = read(tmp_path, text, line.encode())
    assert 0 == problems.total
    assert ["cmd=id", "/日本 x.php?cmd=id"] == event.fields["cs-uri-query"]
    assert "nothing" not in event.fields
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == event.time.at


def test_recognition(tmp_path: Path) -> None:
    """Sure only of lines that begin as described."""
    path = tmp_path / "own.toml"
    path.write_text('name = "x"\nkind = "key-value"\nbegins = "DK: "', encoding="utf-8")
    entry = load_mapping(path)
    assert (1.0, 0.0) == (entry.recognise("DK: a=b", BARE), entry.recognise("a=b", BARE))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name = ", ""),
        ('kind = "csv"', "name"),
        ('name = "x"\nkind = "xml"', "kind"),
        ('name = "x"\nkind = "csv"\nseparator = "ab"', "separator"),
        ('name = "x"\nkind = "csv"\ncolums = []', "colums"),
        ('name = "x"\nkind = "csv"\ncolumns = [1]', "columns"),
        ('name = "x"\nkind = "csv"\n[logsource]\ncategory = "proxy"', "logsource.category"),
        ('name = "x"\nkind = "csv"\n[entities]\nmachine = ["a"]', "entities.machine"),
        ('name = "x"\nkind = "csv"\n[observables]\na = "address"', "observables.a"),
        (
            'name = "x"\nkind = "csv"\n[[outcome]]\nfields = ["a"]\nvalues = { x = "good" }',
            "outcome.values.x",
        ),
        ('name = "x"\nkind = "csv"\n[[outcome]]\nfields = ["a"]\npatterns = { x = "blocked" }', "outcome"),
        ('name = "x"\nkind = "csv"\nfields = 3', "fields"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, text: str, place: str) -> None:
    """Every mistake of a description is one located error."""
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LocatedError) as caught:
        load_mapping(path)
    assert (str(path), place) == (caught.value.path, caught.value.place)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Absent files and other encodings as well."""
    (tmp_path / "sjis.toml").write_bytes("name = '日本'".encode("cp932"))
    for name in ("absent.toml", "sjis.toml"):
        with pytest.raises(LocatedError):
            load_mapping(tmp_path / name)
