"""Macros to outcomes: the source of each module, then what all of them together would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.examine.model import Detail, EffectKind, Finding, Piece, Place, Seen, Severity
from noroshi.examine.office.stomping import stomped
from noroshi.examine.outcomes import command_of, outcomes
from noroshi.examine.vba import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from noroshi.examine.budget import Budget
    from noroshi.examine.forms import Form
    from noroshi.examine.model import Effect, Outcome
    from noroshi.examine.office.project import Project

MAX_SOURCE: Final = 1 << 24
"""Characters of all modules together that are evaluated."""

_EMPTY: Final = "the macro project names no module"
_TEXTS_OF_CONTROL: Final = ("value", "tag", "tip", "caption")


def macros(project: Project, known: Mapping[str, str], budget: Budget) -> Iterator[Outcome]:
    """Everything about a project.

    Args:
        project: As it was read.
        known: Properties, cells and text of the document around it, by name.
        budget: Of the examination.
    """
    names = [*project.sources, *project.unreadable]
    if names:
        yield Finding("macros", Severity.MEDIUM, {"modules": ", ".join(names[:20])})
    else:
        yield Finding("damaged", Severity.LOW, {"type": "vba", "what": _EMPTY})
    yield Detail("code page", project.codec)
    for name in project.unreadable:
        yield Finding("macro-unreadable", Severity.MEDIUM, {"module": name})
    for form in project.forms.values():
        for problem in form.problems:
            yield Finding("form-damaged", Severity.LOW, {"form": form.name, "what": problem})
    for sign in stomped(project):
        yield Finding(
            f"stomped-{sign.sign}", Severity.HIGH, {"module": sign.module, "missing": ", ".join(sign.missing)}
        )
        for text in sign.missing:
            yield Seen(text, "compiled code", Place(name=sign.module))
    sources: dict[str, str] = {}
    for name, text in project.sources.items():
        if text.strip() and budget.take("unfolded", len(text)):
            sources[name] = text
            yield Piece("macro", name, text, "vba", place=Place(name=name))
    yield from evaluated(sources, project.forms, known, budget)


def evaluated(
    sources: Mapping[str, str], forms: Mapping[str, Form], known: Mapping[str, str], budget: Budget
) -> Iterator[Outcome]:
    """What modules would do; a command that was made of a form's value stands behind that value."""
    evaluation = evaluate(sources, budget, forms, known)
    by_origin: dict[str, list[Piece]] = {}
    origins = _origins(forms, known)
    made = {_made_of(effect): effect for effect in evaluation.effects if _made_of(effect)}
    for outcome in outcomes(evaluation, ""):
        effect = made.get(str(outcome.content)) if isinstance(outcome, Piece) else None
        origin = _origin(effect, origins) if effect is not None else ""
        if isinstance(outcome, Piece) and origin:
            by_origin.setdefault(origin, []).append(outcome)
        else:
            yield outcome
    for name, pieces in by_origin.items():
        via, shown, text = origins[name]
        yield Piece(via, shown, text, "form-value", place=Place(name=shown), follows=tuple(pieces))
    yield from _other_values(forms, by_origin)


def _other_values(forms: Mapping[str, Form], used: Mapping[str, object]) -> Iterator[Outcome]:
    """Values of controls that led to nothing: somebody may still want to read them."""
    for form in forms.values():
        for control in form.controls:
            name = f"{form.name}.{control.name}"
            for text in dict.fromkeys((control.value, control.tag, control.tip, control.caption)):
                if text and name.lower() not in used:
                    yield Seen(text, "form value", Place(name=name))


def _made_of(effect: Effect) -> str:
    """The text that becomes a piece of its own."""
    if effect.kind is EffectKind.PROCESS:
        return command_of(effect)
    return effect.arguments.get("text", "") if effect.kind is EffectKind.SCRIPT else ""


def _origins(forms: Mapping[str, Form], known: Mapping[str, str]) -> dict[str, tuple[str, str, str]]:
    """Name that an effect gives as its input → word of the provenance, name as written, text."""
    found = {
        name.lower(): ("cell" if "!" in name else "property", name, text) for name, text in known.items()
    }
    for form in forms.values():
        for control in form.controls:
            texts = [getattr(control, one) for one in _TEXTS_OF_CONTROL]
            longest = max(texts, key=len)
            shown = f"{form.name}.{control.name}"
            found[shown.lower()] = ("form value", shown, longest)
    return found


def _origin(effect: Effect, origins: Mapping[str, tuple[str, str, str]]) -> str:
    """The input that an effect's text was made of; empty where none of them can be it.

    Of the inputs read before it: the latest whose letters hold the text's in their order (a marker was
    taken out), else the longest that is at least half as long (it was decoded).
    """
    text = _made_of(effect)
    inputs = [name.lower() for name in effect.inputs if name.lower() in origins]
    for name in reversed(inputs):
        if _holds(origins[name][2], text):
            return name
    longest = max(inputs, key=lambda name: len(origins[name][2]), default="")
    return longest if longest and len(origins[longest][2]) * 2 >= len(text) else ""


def _holds(text: str, wanted: str) -> bool:
    at = 0
    for letter in wanted:
        at = text.find(letter, at) + 1
        if at == 0:
            return False
    return bool(wanted)
