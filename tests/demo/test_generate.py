"""The generator: repeatable, complete, of the promised size."""

from __future__ import annotations

import hashlib
import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from noroshi.demo import generate
from noroshi.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.conftest import GeneratedDay

_PRODUCTS = {"windows", "proxy", "firewall", "ips", "zeek", "waf", "mail", "dns", "dhcp"}


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs with one seed are equal to the byte, over all files."""
    for name in ("one", "two"):
        generate(tmp_path / name, seed=7, scale=0.2)
    assert _digest(tmp_path / "one") == _digest(tmp_path / "two")


def test_another_seed_gives_another_day(tmp_path: Path) -> None:
    """The seed reaches the logs."""
    generate(tmp_path / "one", seed=7, scale=0.1)
    generate(tmp_path / "two", seed=8, scale=0.1)
    assert _digest(tmp_path / "one" / "logs") != _digest(tmp_path / "two" / "logs")


def test_a_second_run_into_the_same_folder_replaces_the_first(tmp_path: Path) -> None:
    """Nothing of an earlier day stays in the files."""
    generate(tmp_path / "one", seed=7, scale=0.1)
    generate(tmp_path / "two", seed=8, scale=0.1)
    generate(tmp_path / "two", seed=7, scale=0.1)
    assert _digest(tmp_path / "one") == _digest(tmp_path / "two")


def test_the_day_is_of_the_promised_size(day: GeneratedDay) -> None:
    """Tens of thousands of events of many hosts and users, from every product."""
    assert 40_000 < day.manifest.events < 80_000
    assert {name.split("/")[0] for name in day.manifest.counts} == _PRODUCTS
    assert min(day.manifest.counts.values()) >= 100
    logons = [e for e in day.objects("windows/nxlog-dc01.json") if e["EventID"] == 4768]
    assert len({e["TargetUserName"] for e in logons}) >= 60
    hosts = {e["Hostname"] for e in day.objects("windows/nxlog-clients.json")}
    hosts |= {e["host"]["name"] for e in day.objects("windows/winlogbeat-branch.ndjson")}
    hosts |= {e["host"]["name"] for e in day.objects("windows/winlogbeat-hq.ndjson")}
    assert len({host for host in hosts if host.startswith("PC-")}) >= 60


def test_counts_of_the_answer_sheet_are_those_of_the_files(day: GeneratedDay) -> None:
    """The manifest counts records, headers not among them."""
    for name, count in day.manifest.counts.items():
        if name.endswith(".gz"):
            continue
        path = day.folder / "logs" / name
        lines = [line for line in path.read_bytes().split(b"\n") if line and not line.startswith(b"#")]
        assert count == len(lines), name


def test_manifest_is_written_beside_the_logs(day: GeneratedDay) -> None:
    """The answer sheet is not inside the folder that is scanned."""
    written = json.loads((day.folder / "manifest.json").read_text())
    assert day.manifest.events == written["events"]
    assert [step.id for step in day.manifest.chain] == [step["id"] for step in written["chain"]]
    assert not list((day.folder / "logs").rglob("manifest*"))


def test_a_larger_scale_has_more_clients(tmp_path: Path) -> None:
    """Above 1 the company grows; below, the same people do less."""
    small = generate(tmp_path / "small", scale=0.05)
    large = generate(tmp_path / "large", scale=1.5)
    small_hosts = (tmp_path / "small/identities.csv").read_text().count("\nPC-")
    large_hosts = (tmp_path / "large/identities.csv").read_text().count("\nPC-")
    assert (64, 96) == (small_hosts, large_hosts)
    assert small.events * 3 < large.events


def test_without_the_chain_the_day_is_background_only(tmp_path: Path) -> None:
    """No address of the campaign but honest visits, no answer sheet of an infection."""
    manifest = generate(tmp_path, scale=0.1, chain=False)
    assert ((), (), {}) == (manifest.chain, manifest.near_misses, manifest.victim)
    text = "".join(p.read_text() for p in (tmp_path / "logs").rglob("*") if p.is_file() and p.suffix != ".gz")
    for trace in ("198.51.100.61", "198.51.100.77", "284.exe", "9fTzqE", "dxdiagn"):
        assert trace not in text


@pytest.mark.parametrize("scale", [0.0, -1.0, 1_001.0])
def test_a_senseless_scale_is_refused(tmp_path: Path, scale: float) -> None:
    """The mistake is named."""
    with pytest.raises(UsageError, match="scale"):
        generate(tmp_path, scale=scale)


def test_site_lists_and_indicators_have_the_agreed_shape(day: GeneratedDay) -> None:
    """Site lists have type and values, indicator lists a header; only part of the campaign is known."""
    site = tomllib.loads((day.folder / "site.toml").read_text())["lists"]
    assert {"admin_hosts", "admin_accounts", "mail_servers", "proxies"} <= site.keys()
    assert {"type", "values"} == set(site["mail_servers"])
    values = {}
    for path in (day.folder / "lists").glob("*.ndjson"):
        header, *entries = [json.loads(line) for line in path.read_text().splitlines()]
        assert path.stem == header["list"]
        assert all(entry["family"] == "Emotet" and entry["source"] for entry in entries)
        values[header["list"]] = {entry["value"] for entry in entries}
    assert "http://www.sakura-bento.example/wp-includes/9fTzqE/" in values["emotet_download_urls"]
    assert "http://www.kitano-ryokan.example/wp-content/x8rTz/" not in values["emotet_download_urls"]
    assert "198.51.100.61:8080" in values["emotet_c2_endpoints"]
    assert not [v for v in values["emotet_c2_endpoints"] if v.startswith("198.51.100.23")]


def test_nothing_real_is_named(day: GeneratedDay) -> None:
    """Public addresses are from the documentation ranges, sites under a reserved top-level domain."""
    for name in ("proxy/proxy02-access.log", "proxy/proxy01-access.log"):
        for line in day.lines(name):
            words = line.replace('"', " ").split()
            method = next(i for i, word in enumerate(words) if word in {"GET", "POST", "CONNECT", "HEAD"})
            host = words[method + 1].removeprefix("http://").split("/")[0].split(":")[0]
            assert host.endswith(".example") or host.startswith(
                ("10.20.", "192.0.2.", "198.51.100.", "203.0.113.")
            )
