"""Lines of Unix daemons: what every event keeps of its line and of the syslog envelope around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from noroshi.events.format import Envelope
    from noroshi.events.model import Fields

MAX_PARSED: Final = 65_536
"""How much of a line is taken apart; daemons write far less, and all of it stays in ``message``."""


def line_fields(line: str, envelope: Envelope) -> Fields:
    """``message`` and, where there is an envelope, ``time`` and ``log_host`` (the machine that logged)."""
    fields: Fields = {"message": line}
    if envelope.time:
        fields["time"] = envelope.time
    if envelope.host:
        fields["log_host"] = envelope.host
    return fields
