from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from noroshi.indicators.lists import EMPTY, ListSnapshot, load_lists

if TYPE_CHECKING:
    from pathlib import Path

SNAPSHOT = """{"list": "emotet_c2", "type": "ip:port", "port_fields": {"DestinationIp": "DestinationPort"}}
{"value": "192.0.2.7:8080", "threat": "c2", "family": "Emotet", "confidence": 90, "tlp": "clear", "later": 1}
{"value": "198.51.100.9[:]443", "source": "report", "first_seen": "2020-07-20"}
"""


def test_an_indicator_snapshot_keeps_what_its_source_says(tmp_path: Path) -> None:
    """The header names the list, whatever the file is called; unknown keys are left alone."""
    (tmp_path / "anything.ndjson").write_text(SNAPSHOT)
    snapshot, errors = load_lists([tmp_path])
    assert ((), ("emotet_c2",)) == (errors, snapshot.names)
    values = snapshot.get("emotet_c2")
    assert values is not None
    assert ("ip:port", 2, "DestinationPort") == (values.type, len(values), values.port_field("DestinationIp"))
    found = values.find_pair("192.0.2.7", "8080")
    assert found is not None
    entry = found.entry
    assert ("c2", "Emotet", 90, "clear", False) == (
        entry.threat,
        entry.family,
        entry.confidence,
        entry.tlp,
        entry.compromised_site,
    )
    assert values.has_pair("198.51.100.9", "443")
    assert None is snapshot.get("other")


def test_plain_and_site_lists(tmp_path: Path) -> None:
    """One value a line with an optional type; tables of TOML."""
    (tmp_path / "bad_sites.txt").write_text("# type: domain\n\nshop[.]example\n# a comment\n*.club.example\n")
    (tmp_path / "names.txt").write_text("mimikatz.exe\n")
    (tmp_path / "site.toml").write_text(
        '[lists.admin_hosts]\nvalues = ["PC-ADMIN*", {value = "SCCM01", source = "asset list"}]\n'
        '[lists.internal]\ntype = "ip"\nvalues = ["10.20.0.0/16"]\n'
    )
    snapshot, errors = load_lists([tmp_path])
    assert () == errors
    assert ("admin_hosts", "bad_sites", "internal", "names") == snapshot.names
    types = {name: getattr(snapshot.get(name), "type", "") for name in snapshot.names}
    assert {"admin_hosts": "text", "bad_sites": "domain", "internal": "ip", "names": "text"} == types
    sites = snapshot.get("bad_sites")
    assert sites is not None
    assert "shop.example" == sites.matches("www.shop.example")


def test_every_bad_line_is_one_located_error(tmp_path: Path) -> None:
    """The other lines and lists stand."""
    path = tmp_path / "a.ndjson"
    path.write_text(
        '{"list": "hashes", "type": "hash"}\n'
        '{"value": "d41d8cd98f00b204e9800998ecf8427e"}\n'
        '{"value": "xyz"}\n'
        "not JSON\n"
        '{"value": "a", "type": "domain"}\n'
        '{"value": "d41d8cd98f00b204e9800998ecf8427f", "confidence": 101}\n'
        '{"value": 3}\n' + "x" * 70_000 + "\n"
        '{"value": "' + "a" * 64 + '", "type": "sha256"}\n'
    )
    toml = tmp_path / "b.toml"
    toml.write_text('[lists.one]\ntype = "colour"\nvalues = []\n[lists.two]\nvalues = ["x"]\n[lists.three]\n')
    snapshot, errors = load_lists([tmp_path, tmp_path / "missing.txt", __file__])
    assert ("hashes", "two") == snapshot.names
    assert 2 == len(snapshot.get("hashes") or ())
    expected = [
        (path, "line 3", "`xyz` is no hash"),
        (path, "line 4", "is no JSON object"),
        (path, "line 5", "an indicator of type `domain` in a list of hash"),
        (path, "line 6", "confidence `101` is no whole number from 0 to 100"),
        (path, "line 7", "an indicator without a text `value`"),
        (path, "line 8", "a line longer than 65,536 bytes"),
        (toml, "lists.one", "`colour` is no type of a list"),
        (toml, "lists.three", "has no `values`"),
        (tmp_path / "missing.txt", "", "cannot be read: No such file or directory"),
        (__file__, "", "is no list"),
    ]
    assert sorted((str(path), place, what) for path, place, what in expected) == sorted(
        (error.path, error.place, error.what) for error in errors
    )


def test_a_file_that_is_no_list_at_all_is_one_error(tmp_path: Path) -> None:
    """No header, no TOML, no lists, a name that no rule could write."""
    contents = {
        "a.ndjson": '{"value": "x"}\n',
        "b.ndjson": "",
        "c.toml": "= broken",
        "d.toml": "title = 1\n",
        "e.ndjson": '{"list": "a b", "type": "text"}\n',
    }
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    snapshot, errors = load_lists([tmp_path])
    assert (0, sorted(contents)) == (len(snapshot), sorted(error.path.rsplit("/", 1)[1] for error in errors))


def test_a_later_path_replaces_a_list_and_a_second_one_in_a_folder_is_an_error(tmp_path: Path) -> None:
    """Bundled lists can be replaced by one's own; a mistake in one folder is told."""
    for folder, value in (("bundled", "old"), ("own", "new")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "hosts.txt").write_text(f"{value}\n")
    (tmp_path / "own" / "z").mkdir()
    (tmp_path / "own" / "z" / "hosts.txt").write_text("third\n")
    snapshot, errors = load_lists([tmp_path / "bundled", tmp_path / "own"])
    hosts = snapshot.get("hosts")
    assert hosts is not None
    assert (None, "new", None) == tuple(hosts.matches(value) for value in ("old", "new", "third"))
    assert [f"list `hosts` stands already in {tmp_path}/own/hosts.txt"] == [error.what for error in errors]


def test_the_hash_tells_content_not_order(tmp_path: Path) -> None:
    """Same lines in another order: same hash; another confidence: another."""
    hashes = []
    for number, text in enumerate(
        (
            '{"value": "a.example"}\n{"value": "b.example", "confidence": 50}\n',
            '{"value": "b.example", "confidence": 50}\n{"value": "a.example"}\n',
            '{"value": "b.example", "confidence": 51}\n{"value": "a.example"}\n',
        )
    ):
        path = tmp_path / f"{number}.ndjson"
        path.write_text('{"list": "d", "type": "domain"}\n' + text)
        hashes.append(load_lists([path])[0].hash)
    assert hashes[0] == hashes[1] != hashes[2]
    assert 32 == len(EMPTY.hash)


def test_a_snapshot_goes_to_worker_processes(tmp_path: Path) -> None:
    """Pickled between our own processes; it answers there as here."""
    (tmp_path / "hosts.txt").write_text("PC-*\nSCCM01\n")
    snapshot = load_lists([tmp_path])[0]
    there: ListSnapshot = pickle.loads(pickle.dumps(snapshot))  # noqa: S301 - our own bytes
    hosts = there.get("hosts")
    assert hosts is not None
    assert (snapshot.hash, "PC-*") == (there.hash, hosts.matches("pc-014"))
