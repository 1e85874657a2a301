"""The families among several specimens, for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi.cli.story.plain import defanged, shortened
from noroshi.examine.families import families

if TYPE_CHECKING:
    from noroshi.cli.story.page import Page, Part
    from noroshi.examine.families import Family, Feature
    from noroshi.examine.result import Examination

_SHOWN: Final = 12
_WIDTH: Final = 160
HOSTS: Final = frozenset({"url", "domain", "ip"})


def groups(page: Page, results: list[Examination]) -> None:
    """Which of several specimens belong together, and by what."""
    if len(results) < 2:
        return
    found = families(results)
    page.rule(page.say("examine.families"), "", "bold")
    for number, family in enumerate([one for one in found if len(one.members) > 1], 1):
        _family(page, number, family, results)
    alone = [one.members[0] for one in found if len(one.members) == 1]
    if alone:
        page.line(page.say("examine.alone", count=len(alone)), style="bold")
        for at in alone[:_SHOWN]:
            page.line(results[at].path, indent=2)
        if len(alone) > _SHOWN:
            page.line(page.say("list.more", count=len(alone) - _SHOWN), indent=2)
    page.blank()


def _family(page: Page, number: int, family: Family, results: list[Examination]) -> None:
    say = page.say
    page.line(say("examine.family", number=number, count=len(family.members)), style="bold")
    for at in family.members[:_SHOWN]:
        page.line(results[at].path, indent=2)
    if len(family.members) > _SHOWN:
        page.line(say("list.more", count=len(family.members) - _SHOWN), indent=2)
    page.line(say("examine.in_common"), indent=2, style="dim")
    for feature in family.common[:_SHOWN]:
        feature_line(page, feature, 4)
    strongest = max(family.links, key=lambda link: link.weight)
    pair = " – ".join(Path(results[at].path).name for at in (strongest.first, strongest.second))
    near = "" if strongest.distance is None else say("examine.tlsh", distance=strongest.distance)
    page.line(say("examine.strongest", pair=pair, weight=strongest.weight), near, indent=2, style="dim")
    page.blank()


def feature_line(page: Page, feature: Feature, indent: int, mark: Part = ("", "")) -> None:
    """A trace's type and value, defanged, behind a mark."""
    type_, value = feature
    shown = shortened(" ".join(defanged(value, "url" if type_ in HOSTS else "").split()), _WIDTH)
    name = (f"{page.say.term('examine.trace', type_)}  ", "bold")
    page.line(mark, name, shown, indent=indent, hang=indent + 2)
