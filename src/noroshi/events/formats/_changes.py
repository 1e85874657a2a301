"""Changes of a firewall's own configuration in uniform words, whatever maker's device logged them.

Such a record has category ``configuration`` and, beside the product's own names:

| field | holds |
|---|---|
| ``change_text`` | what was changed or which command was given, as one text |
| ``change_kind`` | ``logging``, ``policy``, ``account`` or ``other``: the classes of `tables/changes.toml` |
| ``change_user`` | the administrator's account |
| ``src_ip`` | from which address, where the device tells |

`tables/changes.toml` says which words of which device make a class; the first class that fits is taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.observables import as_ip
from noroshi.events.traits import load_table

if TYPE_CHECKING:
    from noroshi.events.model import Fields

CHANGED: Final = "configuration"
MAX_CHARS: Final = 4_096
"""Of a longer text only the beginning is kept: whole address lists are pasted into some commands."""
_CLASSES: Final = tuple(
    (name, re.compile(pattern, re.IGNORECASE)) for name, pattern in load_table("changes").raw["kinds"].items()
)
_PLACE: Final = re.compile(r"\(([0-9A-Fa-f.:]{2,45})\)")


def address_in(place: Any) -> str | None:
    """The address of ``https(10.20.4.3)``, as FortiOS writes where an administrator sits."""
    found = _PLACE.search(place) if isinstance(place, str) else None
    return as_ip(found[1]) if found else None


def add_change(fields: Fields, parts: tuple[Any, ...], user: Any = None, address: str | None = None) -> None:
    """Add the uniform fields.

    Args:
        fields: The event's.
        parts: What tells of the change, in the order to be read; what is missing is left out.
        user: The account.
        address: Where it sits; None where the log has it as ``src_ip`` already, or not at all.
    """
    text = " ".join(part for part in parts if isinstance(part, str) and part)[:MAX_CHARS]
    fields["change_text"] = text
    fields["change_kind"] = next((name for name, words in _CLASSES if words.search(text)), "other")
    if isinstance(user, str) and user:
        fields["change_user"] = user
    if address is not None:
        fields.setdefault("src_ip", address)
