"""Writes a whole day of the company with another era's infection in the place of July 2020's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.demo import chain_steps, further, lookalikes, lookalikes_web, site
from noroshi.demo.eras.lookalikes import LOOK_ALIKES, EraLookalikes
from noroshi.demo.eras.play import EraChain
from noroshi.demo.eras.scene import SEED, write_lists
from noroshi.demo.generate import background, checked_scale, date_files
from noroshi.demo.manifest import Manifest
from noroshi.demo.times import dated
from noroshi.demo.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.demo.eras.facts import Facts


def write_era_day(
    folder: Path, facts: Facts, seed: int = SEED, scale: float = 1.0, *, infected: bool = True
) -> Manifest:
    """Write the company's day with an era's infection and the ordinary events that resemble the later eras.

    Args:
        folder: Where; made if absent.
        facts: What happens on PC-014.
        seed: Chance.
        scale: Size, as of `noroshi.demo.generate`.
        infected: Whether the infection happens at all.

    Raises:
        UsageError: The scale is out of bounds.
    """
    with dated(facts.day):
        return _write(folder, facts, seed, scale, infected=infected)


def _write(folder: Path, facts: Facts, seed: int, scale: float, *, infected: bool) -> Manifest:
    world = World(folder / "logs", seed, checked_scale(scale))
    scene = background(world)
    EraLookalikes(scene).play()
    if infected:
        EraChain(scene, facts).play()
    files = list(world.all_files())
    world.day.run(files)
    date_files(folder)
    more = further.write(folder, seed)
    write_lists(folder / "lists", facts)
    site.write_site(folder / "site.toml")
    site.write_identities(folder / "identities.csv", world.company, facts.day.year - 1)
    counts = {file.path.relative_to(world.folder).as_posix(): file.count for file in files} | more
    known = (*lookalikes.LOOK_ALIKES, *lookalikes_web.LOOK_ALIKES, *LOOK_ALIKES)
    manifest = Manifest(seed, scale, (), chain_steps.victim() if infected else {}, known, (), counts)
    manifest.write(folder / "manifest.json")
    return manifest
