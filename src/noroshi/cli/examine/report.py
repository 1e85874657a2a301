"""`noroshi examine --format html`: the examinations as a page to hand on."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi import __version__
from noroshi.cli.examine.groups import HOSTS
from noroshi.cli.story.plain import defanged, shortened, visible
from noroshi.examine.families import families
from noroshi.examine.model import EffectKind, Folding, Severity
from noroshi.examine.traces import LEVELS, traces_of
from noroshi.report import specimens as m
from noroshi.report.model import Badge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.cli.story.page import Page
    from noroshi.examine.families import Family
    from noroshi.examine.model import Effect
    from noroshi.examine.result import Examination, Node

_VALUE: Final = 600
_TEXT: Final = 6_000
_FILES: Final = 200
_PARTS: Final = 400
_CHILDREN_DEEP: Final = 60
_EFFECTS: Final = 40
_FOLDINGS: Final = 60
_TRACES: Final = 60
_COMMON: Final = 20
_RANKS: Final = (Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH)
_LABELS: Final = "examine.html.label."


def html(results: list[Examination], page: Page) -> bytes:
    """The whole page; nothing is written to `page`, which gives words and language."""
    say = page.say
    shown = results[:_FILES]
    subtitle = say("examine.html.subtitle", count=len(results), version=__version__)
    if len(shown) < len(results):
        subtitle += " " + say("list.more", count=len(results) - len(shown))
    labels = {key.removeprefix(_LABELS): text for key, text in say.entries.items() if key.startswith(_LABELS)}
    return m.render(
        m.SpecimenReport(
            language=page.language,
            title=say("examine.html.title"),
            subtitle=subtitle,
            figures=_figures(results, page),
            files=tuple(_file(at, one, page) for at, one in enumerate(shown)),
            families=tuple(_families(results, page)),
            footer=say("examine.html.footer"),
            labels=labels,
        )
    )


def _plain(text: str, type_: str = "", length: int = _VALUE) -> str:
    """A hostile text for people: defanged, nothing hidden, one line, bounded."""
    return visible(
        shortened(" ".join(defanged(text[: 4 * length], "url" if type_ in HOSTS else "").split()), length)
    )


def _figures(results: list[Examination], page: Page) -> tuple[tuple[str, str], ...]:
    say = page.say
    findings = [one for result in results for _, one in result.findings()]
    alarming = sum(one.severity is Severity.HIGH for one in findings)
    counts = (
        ("files", len(results)),
        ("specimens", sum(len(result.nodes) for result in results)),
        ("alarming", alarming),
        ("effects", sum(len(result.of(node.number)[2]) for result in results for node in result.nodes)),
        ("traces", sum(len(traces_of(result)) for result in results)),
    )
    return tuple((say(f"examine.html.figure_{name}"), f"{count:,}") for name, count in counts)


def _file(at: int, result: Examination, page: Page) -> m.Examined:
    worst = max((one.severity for _, one in result.findings()), key=_RANKS.index, default=None)
    return m.Examined(
        anchor=f"file-{at + 1}",
        title=_plain(Path(result.path).name),
        level=_badge(worst, page) if worst else None,
        sentence=_sentence(result, page),
        part=_tree(result, page),
        levels=tuple(_levels(result, page)),
        notes=tuple(_notes(result, page)),
    )


def _badge(severity: Severity, page: Page) -> Badge:
    return Badge(page.say.term("level", severity.value), severity.value)


def _sentence(result: Examination, page: Page) -> str:
    """The longest way by which something would be downloaded or started, in short."""
    say = page.say
    told = [(node, effect) for node in result.nodes for effect in result.of(node.number)[2]]
    urls = [trace.value for trace in traces_of(result) if trace.kind == "download" and trace.type == "url"]
    acting = [node for node, effect in told if effect.kind in {EffectKind.DOWNLOAD, EffectKind.PROCESS}]
    if not acting:
        return say("examine.html.nothing")
    way = " → ".join(
        say.term("examine.via", one.via.replace(" ", "_"))
        for one in max((result.way(node.number) for node in acting), key=len)
    )
    if urls:
        return say("examine.html.downloads", way=way, count=len(urls), first=_plain(urls[0], "url", 120))
    started = next((e.arguments.get("command", "") for _, e in told if e.kind is EffectKind.PROCESS), "")
    return say("examine.html.starts", way=way, command=_plain(started, "", 120))


def _tree(result: Examination, page: Page) -> m.Part | None:
    """The specimens as a tree, built from the last to the first, so that no depth costs stack."""
    nodes = result.nodes[:_PARTS]
    children: dict[int | None, list[m.Part]] = {}
    deep = {node.number: len(result.way(node.number)) for node in nodes}
    for node in reversed(nodes):
        below = tuple(reversed(children.get(node.number, ())))
        if deep[node.number] <= _CHILDREN_DEEP:
            children.setdefault(node.parent, []).append(_part(result, node, below, page))
    return next(iter(children.get(None, ())), None)


def _part(result: Examination, node: Node, children: tuple[m.Part, ...], page: Page) -> m.Part:
    say = page.say
    details, findings, effects, seen = result.of(node.number)
    worst = max((one.severity for one in findings), key=_RANKS.index, default=None)
    names = [
        (say.term("examine.detail", one.name.replace("-", "_").replace(" ", "_")), one.value)
        for one in details
    ]
    hashes = (
        []
        if node.text
        else [(name, getattr(node, name)) for name in ("md5", "sha1", "sha256", "ssdeep", "tlsh")]
    )
    cleaned = next((one.text for one in seen if one.how == "cleaned"), "")
    texts = ((say("examine.html.text"), node.text), (say("examine.html.cleaned"), cleaned))
    steps = [one for one in result.told.get(node.number, []) if isinstance(one, Folding)]
    return m.Part(
        number=node.number,
        via=say.term("examine.via", node.via.replace(" ", "_")),
        name=_plain(node.name or node.text, "", 100),
        type=visible(node.type),
        size=say("examine.size", count=node.size),
        tone=worst.value if worst else "",
        same="" if node.same_as is None else say("examine.same", number=node.same_as),
        details=tuple((visible(name), _plain(value)) for name, value in (*names, *hashes) if value),
        findings=tuple(
            (_badge(one.severity, page), _finding(one.code, dict(one.values), page)) for one in findings
        ),
        effects=tuple(_effect(one, page) for one in effects[:_EFFECTS]),
        texts=tuple((name, _lines(text)) for name, text in texts if text),
        foldings=tuple(
            (one.rule, _plain(one.before, "", 200), _plain(one.after, "", 200)) for one in steps[:_FOLDINGS]
        ),
        children=children,
    )


def _lines(text: str) -> str:
    """A text with its lines, each of them with nothing hidden in it."""
    return "\n".join(visible(line) for line in defanged(text[:_TEXT]).splitlines())


def _finding(code: str, values: dict[str, str], page: Page) -> str:
    shown = {key: _plain(page.say.term("examine.damage", value), "", 160) for key, value in values.items()}
    return page.say(f"examine.finding.{code.replace('-', '_')}", **shown)


def _effect(effect: Effect, page: Page) -> m.Effect:
    return m.Effect(
        page.say.term("examine.effect", effect.kind.value.replace("-", "_")),
        tuple(
            (page.say.term("examine.argument", name), _plain(value))
            for name, value in effect.arguments.items()
            if value
        ),
        visible(effect.by),
    )


def _levels(result: Examination, page: Page) -> Iterator[tuple[str, tuple[m.Trace, ...]]]:
    """The traces, from what is hardest to change to what is changed for free."""
    say = page.say
    ranked = sorted(traces_of(result), key=lambda one: -LEVELS.index(one.pyramid_level))
    for level, them in groupby(ranked, key=lambda one: one.pyramid_level):
        shown = tuple(
            m.Trace(
                say.term("examine.trace", one.type),
                _plain(one.value, one.type),
                f"{one.confidence:.0%}",
                " → ".join(
                    say.term("examine.via", step.via.replace(" ", "_"))
                    + (f" {_plain(step.name, '', 40)}" if step.name else "")
                    for step in result.way(one.provenance[-1])
                ),
            )
            for one in list(them)[:_TRACES]
        )
        yield say.term("examine.pyramid", level.replace("-", "_")), shown


def _notes(result: Examination, page: Page) -> Iterator[str]:
    if result.isolation != "network":
        yield page.say("examine.no_isolation")
    for one in result.bounded:
        reached = page.say(f"examine.bound.{one.what}", limit=f"{one.limit:,}")
        yield f"{page.say('examine.bounded')}: {reached}"
    if len(result.nodes) > _PARTS:
        yield page.say("list.more", count=len(result.nodes) - _PARTS)


def _families(results: list[Examination], page: Page) -> Iterator[m.Family]:
    together: list[Family] = [one for one in families(results) if len(one.members) > 1]
    for number, one in enumerate(together, 1):
        yield m.Family(
            page.say("examine.family", number=number, count=len(one.members)),
            tuple(_plain(results[at].path) for at in one.members[:_FILES]),
            tuple(
                (page.say.term("examine.trace", type_), _plain(value, type_))
                for type_, value in one.common[:_COMMON]
            ),
        )
