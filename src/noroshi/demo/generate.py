"""Writes the whole day into a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from noroshi.demo import campaign, chain_steps, lookalikes, lookalikes_web, near_misses, office, servers, site
from noroshi.demo.chain import Chain
from noroshi.demo.mail import Mailing
from noroshi.demo.manifest import Manifest
from noroshi.demo.network import Network
from noroshi.demo.scene import Scene
from noroshi.demo.times import DAY_END, second_of
from noroshi.demo.world import World
from noroshi.errors import Sentence, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def generate(folder: Path, seed: int = 20200722, scale: float = 1.0, chain: bool = True) -> Manifest:  # noqa: FBT001, FBT002 - published so
    """Write the day.

    The folder gets ``logs/``, ``lists/``, ``site.toml``, ``identities.csv`` and ``manifest.json``. The same
    arguments give the same bytes; no clock, no network. Memory grows with the number of clients,
    not of events (scale 20: a million events in some 70 MB).

    Args:
        folder: Where; made if absent. Files of an earlier day there are replaced.
        seed: Chance.
        scale: Size: 1.0 is about 60,000 events of 64 clients; below, the people do less; above, there
            are more clients in proportion.
        chain: Whether the infection and its near misses happen; without, the day is background only.

    Returns:
        The answer sheet, also in ``manifest.json``.

    Raises:
        UsageError: The scale is not above 0 and at most 1,000.
    """
    world = World(folder / "logs", seed, checked_scale(scale))
    scene = background(world)
    if chain:
        Chain(scene).play()
        near_misses.NearMisses(scene).play()
    files = list(world.all_files())
    world.day.run(files)
    site.write_lists(folder / "lists", seed)
    site.write_site(folder / "site.toml")
    site.write_identities(folder / "identities.csv", world.company)
    date_files(folder)
    counts = {file.path.relative_to(world.folder).as_posix(): file.count for file in files}
    manifest = _manifest(seed, scale, counts, infected=chain)
    manifest.write(folder / "manifest.json")
    return manifest


def date_files(folder: Path) -> None:
    """Give the logs the date of their last line: syslog's lines have no year, readers take the file's."""
    second = second_of(DAY_END)
    for path in sorted((folder / "logs").rglob("*")):
        if path.is_file():
            os.utime(path, (second, second))


def checked_scale(scale: float) -> float:
    """The scale, if a day can be of that size.

    Raises:
        UsageError: It cannot.
    """
    if not 0 < scale <= 1000:
        raise UsageError(Sentence("scale {scale} is not above 0 and at most 1000", scale=scale))
    return scale


def background(world: World) -> Scene:
    """Put the ordinary day with its look-alikes into the schedule."""
    network = Network(world)
    for name, address in campaign.SITE_ADDRESSES.items():
        network.place(name, address)
    mailing = Mailing(world, network)
    people = office.everybody(world, network, mailing)
    servers.everything(world, network)
    scene = Scene(world, network, mailing, people)
    lookalikes.Lookalikes(scene).play()
    lookalikes_web.WebLookalikes(scene).play()
    return scene


def _manifest(seed: int, scale: float, counts: dict[str, int], *, infected: bool) -> Manifest:
    return Manifest(
        seed,
        scale,
        chain_steps.STEPS if infected else (),
        chain_steps.victim() if infected else {},
        (*lookalikes.LOOK_ALIKES, *lookalikes_web.LOOK_ALIKES),
        near_misses.NEAR_MISSES if infected else (),
        counts,
    )
