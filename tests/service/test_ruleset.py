"""Rules and lists together: the lists of a pack stay where the user gives others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.service.ruleset import read_lists

if TYPE_CHECKING:
    from pathlib import Path


def test_an_empty_list_of_a_pack_stays_beside_the_users_lists(tmp_path: Path) -> None:
    """A known but empty list is known: rules that exclude by it go on working when other lists are given."""
    pack, own = tmp_path / "pack.toml", tmp_path / "own.toml"
    pack.write_text('[lists.proxies]\ntype = "ip"\nvalues = []\n', "utf-8")
    own.write_text('[lists.mail_servers]\ntype = "ip"\nvalues = ["192.0.2.25"]\n', "utf-8")
    lists, errors = read_lists([pack], [own])
    assert [] == errors
    assert ("mail_servers", "proxies") == lists.names


def test_a_list_of_the_user_replaces_the_packs(tmp_path: Path) -> None:
    """The same name twice: the user's list is the one that counts."""
    pack, own = tmp_path / "pack.toml", tmp_path / "own.toml"
    pack.write_text('[lists.proxies]\ntype = "ip"\nvalues = []\n', "utf-8")
    own.write_text('[lists.proxies]\ntype = "ip"\nvalues = ["192.0.2.8"]\n', "utf-8")
    lists, _ = read_lists([pack], [own])
    found = lists.get("proxies")
    assert found is not None
    assert ["192.0.2.8"] == [entry.value for entry in found.entries]
