"""The story of a specimen, for people: what lies in what, what it would do, what it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.cli.story.page import LEVEL_STYLES
from noroshi.cli.story.plain import defanged, shortened
from noroshi.examine.model import Folding
from noroshi.examine.traces import traces_of

if TYPE_CHECKING:
    from noroshi.cli.story.page import Page
    from noroshi.examine.result import Examination, Node
    from noroshi.examine.traces import Trace

_SHOWN: Final = 160
_TRACES: Final = 60
_TEXTS: Final = 20
_HOSTS: Final = frozenset({"url", "domain", "ip"})
_HOST_FIELD: Final = "url"
"""A field in which `defanged` takes the value for a host."""


def story(page: Page, result: Examination, *, explain: bool) -> None:
    """The examination of one file, in the order in which it happened.

    Args:
        page: Where it is written.
        result: The examination.
        explain: Show the texts that came up and the steps of cleaning, too.
    """
    say = page.say
    page.rule(result.path, "", "bold")
    if result.isolation != "network":
        page.line(say("examine.no_isolation"), style="yellow")
    depths: dict[int | None, int] = {None: -1}
    for node in result.nodes:
        depths[node.number] = depths[node.parent] + 1
        _specimen(page, result, node, 2 * min(depths[node.number], 12), explain=explain)
    _traces(page, result)
    if result.bounded:
        page.heading(say("examine.bounded"))
        for one in result.bounded:
            limit = f"{one.limit:,}"
            page.line(say(f"examine.bound.{one.what}", limit=limit), indent=2, hang=4, style="yellow")
    page.blank()


def _specimen(page: Page, result: Examination, node: Node, indent: int, *, explain: bool) -> None:
    say = page.say
    via = say.term("examine.via", node.via.replace(" ", "_"))
    shown = node.name or shortened(" ".join(node.text.split()), _SHOWN)
    size = say("examine.size", count=node.size)
    page.line(
        f"{node.number:>2} ",
        (via, "bold"),
        f"  {defanged(shown)}  ",
        (f"[{node.type}, {size}]", "dim"),
        indent=indent,
        hang=indent + 3,
    )
    inner = indent + 5
    if node.same_as is not None:
        page.line(say("examine.same", number=node.same_as), indent=inner, style="dim")
        return
    if not node.text:
        page.line((f"md5 {node.md5}  sha1 {node.sha1}", "dim"), indent=inner, hang=inner + 2)
        page.line((f"sha256 {node.sha256}", "dim"), indent=inner, hang=inner + 2)
        alike = [f"{name} {value}" for name, value in (("ssdeep", node.ssdeep), ("tlsh", node.tlsh)) if value]
        if alike:
            page.line(("  ".join(alike), "dim"), indent=inner, hang=inner + 2)
    _outcomes(page, result, node, inner)
    if explain:
        _explanation(page, result, node, inner)


def _outcomes(page: Page, result: Examination, node: Node, inner: int) -> None:
    say = page.say
    details, findings, effects, _ = result.of(node.number)
    for detail in details:
        name = say.term("examine.detail", detail.name.replace("-", "_").replace(" ", "_"))
        value = shortened(defanged(detail.value), _SHOWN)
        page.line((f"{name}: ", "dim"), value, indent=inner, hang=inner + 2)
    for finding in findings:
        values = {
            key: shortened(defanged(say.term("examine.damage", value)), _SHOWN)
            for key, value in finding.values.items()
        }
        style = LEVEL_STYLES.get(finding.severity.value, "")
        sentence = say(f"examine.finding.{finding.code.replace('-', '_')}", **values)
        level = say.term("level", finding.severity.value)
        page.line("! ", (level, style), f"  {sentence}", indent=inner, hang=inner + 2)
    for effect in effects:
        name = say.term("examine.effect", effect.kind.value.replace("-", "_"))
        given = "  ".join(
            shortened(" ".join(defanged(one).split()), _SHOWN) for one in effect.arguments.values()
        )
        by = f"  ({effect.by})" if effect.by else ""
        page.line("→ ", (name, "bold"), f"  {given}", (by, "dim"), indent=inner, hang=inner + 2)


def _explanation(page: Page, result: Examination, node: Node, inner: int) -> None:
    """The texts that came up, then how the script was cleaned, step after step."""
    for text in result.of(node.number)[3][:_TEXTS]:
        shown = shortened(" ".join(defanged(text.text).split()), 2 * _SHOWN)
        page.line((f"{text.how}: ", "dim"), shown, indent=inner, hang=inner + 2)
    for step in result.told.get(node.number, []):
        if isinstance(step, Folding):
            change = f"{step.before}  ⇒  {step.after}"
            page.line((f"{step.rule}: ", "dim"), defanged(change), indent=inner, hang=inner + 2)


def _traces(page: Page, result: Examination) -> None:
    traces = traces_of(result)
    if not traces:
        return
    page.heading(page.say("examine.traces", count=len(traces)))
    for trace in traces[:_TRACES]:
        _trace(page, result, trace)
    if len(traces) > _TRACES:
        page.line(page.say("list.more", count=len(traces) - _TRACES), indent=2)


def _trace(page: Page, result: Examination, trace: Trace) -> None:
    say = page.say
    level = say.term("examine.pyramid", trace.pyramid_level.replace("-", "_"))
    value = defanged(trace.value, _HOST_FIELD if trace.type in _HOSTS else "")
    page.line(
        (f"{say.term('examine.trace', trace.type)}  ", "bold"),
        shortened(" ".join(value.split()), 2 * _SHOWN),
        (f"  {level}, {trace.confidence:.0%}", "dim"),
        indent=2,
        hang=4,
    )
    way = " → ".join(
        say.term("examine.via", one.via.replace(" ", "_"))
        + (f" {shortened(one.name, 30)}" if one.name else "")
        for one in result.way(trace.provenance[-1])
    )
    page.line((way, "dim"), indent=6, hang=8)
