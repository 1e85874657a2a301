"""Forms and their controls as the code sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.vba.values import Thing, Unknown, text_of

if TYPE_CHECKING:
    from noroshi.examine.forms import Control, Form
    from noroshi.examine.vba.session import Session

_TEXTS: Final = {
    "value": "value", "text": "value", "caption": "caption", "tag": "tag", "controltiptext": "tip",
    "groupname": "group", "name": "name",
}  # fmt: skip
_KEPT_WITHOUT_VALUE: Final = frozenset({"Label", "CommandButton"})
"""Their default property is the caption, or none."""


def of_name(session: Session, name: str) -> Thing:
    """The form of that name; the same object each time."""
    key = (name, "")
    if key not in session.controls:
        session.controls[key] = Thing("form", {}, name)
    found = session.controls[key]
    return found if isinstance(found, Thing) else Thing("form", {}, name)


def form_member(session: Session, owner: Thing, name: str, values: list[Any] | None = None) -> Any:
    """A control, or a property of the form; None if it has none of the name."""
    form = session.forms.get(owner.name)
    if form is None:
        return None
    if name in owner.state:
        return owner.state[name]
    if name in {"controls", "item", "pages"}:
        return owner if not values else _chosen(session, form, values[0])
    for control in form.controls:
        if control.name.lower() == name:
            return _thing(session, form, control)
    if name in {"caption", "tag", "name"}:
        return {"caption": form.caption, "tag": form.tag, "name": form.name}[name]
    if name == "count":
        return len(form.controls)
    return None


def _chosen(session: Session, form: Form, key: Any) -> Any:
    if isinstance(key, int):
        return _thing(session, form, form.controls[key]) if 0 <= key < len(form.controls) else None
    wanted = text_of(key).lower()
    for control in form.controls:
        if control.name.lower() == wanted:
            return _thing(session, form, control)
    return None


def controls_of(session: Session, owner: Thing) -> list[Any]:
    """All controls of a form, in their order."""
    form = session.forms.get(owner.name)
    return [] if form is None else [_thing(session, form, control) for control in form.controls]


def _thing(session: Session, form: Form, control: Control) -> Thing:
    key = (form.name.lower(), control.path.lower())
    found = session.controls.get(key)
    if found is None:
        texts = {word: getattr(control, attribute) for word, attribute in _TEXTS.items()}
        if not control.value and control.kind in _KEPT_WITHOUT_VALUE:
            texts["value"] = control.caption
        found = Thing("control", texts, f"{form.name}.{control.name}")
        found.state["_form"], found.state["_path"] = form.name.lower(), control.path
        session.controls[key] = found
    return found if isinstance(found, Thing) else Thing("control")


def control_member(session: Session, owner: Thing, name: str, values: list[Any]) -> Any:
    """A property of a control, or a control inside it."""
    if name in owner.state:
        session.read(owner.name)
        return owner.state[name]
    form = session.forms.get(owner.state["_form"])
    path = owner.state["_path"]
    inner = [one for one in form.controls if one.path.startswith(path + "/")] if form is not None else []
    if form is not None and name in {"controls", "item", "pages", "tabs", "selecteditem"}:
        wanted = values[0] if values else 0
        if isinstance(wanted, int) and 0 <= wanted < len(inner):
            return _thing(session, form, inner[wanted])
        return _chosen(session, form, wanted) if isinstance(wanted, str) else owner
    for one in inner:
        if form is not None and one.name.lower() == name:
            return _thing(session, form, one)
    return Unknown(f"{owner.name}.{name}")
