"""Leases in uniform words, whatever DHCP server logged them.

Fields: ``dhcp_action`` (``assign``, ``renew``, ``release``, ``expire``, ``deny``, ``decline``, ``request``),
``ip``, ``mac`` (lower case, colons), ``hostname``, ``lease_seconds`` (integer), ``lease_start`` and
``lease_end`` (ISO 8601 with zone), as far as the log says. `identity` builds validity intervals of them.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.format import UnreadableRecordError

if TYPE_CHECKING:
    from noroshi.events.model import Fields

_NOT_HEX: Final = re.compile(r"[^0-9a-f]")
MAX_ROW: Final = 100_000
MAX_LEASE_SECONDS: Final = 0xFFFFFFFF
"""Infinity in DHCP (RFC 2131, section 3.3)."""


def csv_row(line: str) -> list[str]:
    """The values of one comma-separated line.

    Raises:
        UnreadableRecordError: Quotes or line ends stand where they cannot.
    """
    try:
        return next(csv.reader([line[:MAX_ROW]]), [])
    except csv.Error:
        raise UnreadableRecordError("the row is not comma-separated text", "it may be damaged") from None


def plain_mac(text: Any) -> str | None:
    """A hardware address as ``00:15:5d:0a:04:72``, from any of the usual notations; None when it is none."""
    if not isinstance(text, str):
        return None
    digits = _NOT_HEX.sub("", text.lower()) if len(text) <= 40 else ""
    if len(digits) != 12:
        return None
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def lease_seconds(text: Any) -> int | None:
    """A lease's duration, or None; endless ones are `MAX_LEASE_SECONDS`."""
    try:
        seconds = int(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return min(seconds, MAX_LEASE_SECONDS) if seconds >= 0 else None


def add_lease(fields: Fields, action: str, **parts: Any) -> None:
    """Add the uniform fields; empty parts are left out, the hardware address is normalised."""
    fields["dhcp_action"] = action
    mac = parts.get("mac")
    parts["mac"] = plain_mac(mac) or mac
    fields.update({name: value for name, value in parts.items() if value not in (None, "")})
