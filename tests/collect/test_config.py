"""Configuration of feeds: everything that cannot work is refused with its place, keys are never told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from noroshi.collect.config import Settings, load_settings
from noroshi.collect.run import feeds_of
from noroshi.errors import LocatedError, UsageError
from noroshi.indicators.indicator import Threat, Tlp

if TYPE_CHECKING:
    from pathlib import Path


def _written(folder: Path, text: str) -> Path:
    file = folder / "feeds.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_there_are_no_settings() -> None:
    """Without a file there are no settings."""
    assert {} == load_settings(None)


def test_what_a_file_says_is_read(tmp_path: Path) -> None:
    """What a file says is read; files stand beside the configuration."""
    text = """
[feeds.partner]
kind = "table"
format = "json"
base_url = "https://partner.example/list"
key_file = "partner.key"
ca_file = "ca/partner.pem"
tlp = "amber"
every_minutes = 15
stale_hours = 6
reports = ["a"]
[feeds.partner.columns]
value = "ioc"
all_threats = ["c2"]
by_type = { ip = "addr" }
"""
    found = load_settings(_written(tmp_path, text))["partner"]
    assert (str(tmp_path / "partner.key"), str(tmp_path / "ca/partner.pem")) == (
        found.key_file,
        found.ca_file,
    )
    assert (Tlp.AMBER, timedelta(minutes=15), 6, ("a",)) == (
        found.tlp, found.every, found.stale_hours, found.reports,
    )  # fmt: skip
    assert found.columns is not None
    assert ((Threat.C2,), {"ip": "addr"}) == (found.columns.all_threats, found.columns.by_type)
    assert frozenset({"ioc", "addr"}) == found.columns.named


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("is no TOML", "[feeds"),
        ("feeds: is no table", "feeds = 3"),
        (r"feeds\.a: `colour` is no setting", '[feeds.a]\ncolour = "red"'),
        (r"`columns\.colour` is no setting", "[feeds.a]\n[feeds.a.columns]\ncolour = 1"),
        (r"feeds\.a: .*int", '[feeds.a]\nevery_minutes = "often"'),
        (r"feeds\.a: Expected", "[feeds]\na = 3"),
        ("`every_minutes` is set to 0", "[feeds.a]\nevery_minutes = 0"),
        ("`pause` is set to -1", "[feeds.a]\npause = -1"),
        ("`stale_hours` is set to 0", "[feeds.a]\nstale_hours = 0"),
        (r"feeds\.a: .*TLP|feeds\.a: Invalid", '[feeds.a]\ntlp = "mauve"'),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(tmp_path: Path, what: str, text: str) -> None:
    """What cannot work is refused with its place."""
    with pytest.raises(LocatedError, match=what) as caught:
        load_settings(_written(tmp_path, text))
    assert caught.value.path.endswith("feeds.toml")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A file that is not there is an error, not an empty configuration."""
    with pytest.raises(LocatedError, match="cannot be read"):
        load_settings(tmp_path / "none.toml")


def test_a_feed_of_no_kind_is_refused() -> None:
    """A feed of no kind is refused; one with a name of its own names its kind."""
    with pytest.raises(UsageError, match="no such kind of source"):
        feeds_of({"mine": Settings()})
    assert "blog" == feeds_of({"mine": Settings(kind="blog")})["mine"].source.name


def test_keys_come_from_a_file_or_the_environment(tmp_path: Path) -> None:
    """Keys come from a file or the environment; the file goes first."""
    file = tmp_path / "key"
    file.write_text(" from-file \n")
    environment = {"TOKEN": " from-environment "}
    assert "from-file" == Settings(key_file=str(file), key_env="TOKEN").key(environment)
    assert "from-environment" == Settings(key_env="TOKEN").key(environment)
    assert ["", ""] == [Settings(key_env="OTHER").key(environment), Settings().key(environment)]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_key_that_cannot_be_read_is_an_error_without_it(tmp_path: Path, content: bytes | None) -> None:
    """A key that cannot be read is an error without it."""
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(LocatedError, match="the key cannot be read"):
        Settings(key_file=str(file)).key({})
