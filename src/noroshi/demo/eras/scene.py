"""Writes one era's scene: the day of one person, and the infection of that machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from noroshi.demo import site
from noroshi.demo.company import VICTIM
from noroshi.demo.eras.facts import ERAS
from noroshi.demo.eras.play import EraChain
from noroshi.demo.generate import date_files
from noroshi.demo.mail import Mailing
from noroshi.demo.network import Network
from noroshi.demo.office import OfficeDay
from noroshi.demo.scene import Scene
from noroshi.demo.times import dated
from noroshi.demo.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from noroshi.demo.eras.facts import Facts

SEED: Final = 20200722
_SCALE: Final = 0.02


def write_era(folder: Path, facts: Facts, listed: Facts | None = None, seed: int = SEED) -> Mapping[str, int]:
    """Write the scene of an era: ``logs/``, ``lists/``, ``site.toml``, ``identities.csv``.

    Args:
        folder: Where; made if absent.
        facts: What happens.
        listed: What the indicator lists know; the same by default. With other facts than those that
            happen, it is an attacker who has changed something that had been reported.
        seed: Chance.

    Returns:
        File → number of records.
    """
    with dated(facts.day):
        return _write(folder, facts, listed or facts, seed)


def _write(folder: Path, facts: Facts, listed: Facts, seed: int) -> Mapping[str, int]:
    world = World(folder / "logs", seed, _SCALE)
    network = Network(world)
    mailing = Mailing(world, network)
    client = world.company[VICTIM]
    person = OfficeDay(world, network, mailing, client)
    world.day.spawn(person.live())
    EraChain(Scene(world, network, mailing, {VICTIM: person}), facts).play()
    files = list(world.all_files())
    world.day.run(files)
    date_files(folder)
    write_lists(folder / "lists", listed)
    site.write_site(folder / "site.toml")
    site.write_identities(folder / "identities.csv", world.company, facts.day.year - 1)
    return {file.path.relative_to(world.folder).as_posix(): file.count for file in files}


def write_changed(folder: Path, era: str, change: str = "") -> None:
    """Write an era's scene after the attacker has changed something; the lists know it as it was.

    Args:
        folder: Where; made if absent.
        era: Name of the era.
        change: One of `CHANGES`; empty for none.
    """
    listed = ERAS[era]
    write_era(folder, listed.changed(change) if change else listed, listed)


def write_lists(folder: Path, facts: Facts) -> None:
    """What has been reported of this era: URLs, C2 servers, hashes, JA3."""
    folder.mkdir(parents=True, exist_ok=True)
    hashes = facts.attachment.hashes()
    lists: dict[str, tuple[str, list[str]]] = {
        "emotet_download_urls": ("url", [f"http://{host}{path}" for host, path in facts.sites]),
        "emotet_c2_endpoints": ("ip:port", [f"{address}:{port}" for address, port in facts.c2]),
        "emotet_document_hashes": ("hash", [hashes[kind] for kind in ("md5", "sha1", "sha256")]),
        "emotet_ja3": ("ja3", [facts.ja3] if facts.network == "https" else []),
    }
    for name, (type_, values) in lists.items():
        header = {
            "list": name,
            "type": type_,
            "description": f"Scene {facts.era}",
            "updated": f"{facts.day}T00:00:00Z",
        }
        entries = [{"value": value, "family": "Emotet", "source": "scene.example"} for value in values]
        lines = [orjson.dumps(line) + b"\n" for line in (header, *entries)]
        (folder / f"{name}.ndjson").write_bytes(b"".join(lines))
