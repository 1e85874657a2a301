"""Mail in uniform words: ``mail_from``, ``mail_to``, ``mail_subject``, whatever product logged it."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Any, Final

from noroshi.events.formats._japanese import without_escapes

MAX_SUBJECT: Final = 10_000
_ADDRESS: Final = re.compile(r"<([^<>]{0,320})>")
_CHARSETS: Final = {
    "iso-2022-jp": "iso2022_jp_ext",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "gb2312": "gb18030",
    "ks_c_5601-1987": "cp949",
}


def decoded_subject(text: str) -> str:
    """A Subject header with its encoded words (RFC 2047) read, or the text as it is.

    Japanese senders say Shift_JIS and ISO-2022-JP and send Microsoft's supersets; those are read. So is raw
    ISO-2022-JP, which mail programs of the time sent without any encoded word.
    """
    if "\x1b$" in text:
        return without_escapes(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    if "=?" not in text:
        return text
    try:
        parts = decode_header(text[:MAX_SUBJECT])
    except (HeaderParseError, ValueError):
        return text
    return "".join(part if isinstance(part, str) else _decoded(part, charset) for part, charset in parts)


def _decoded(part: bytes, charset: str | None) -> str:
    name = (charset or "utf-8").lower()
    try:
        return part.decode(_CHARSETS.get(name, name), "replace")
    except (LookupError, ValueError):
        return part.decode("utf-8", "replace")


def address(text: Any) -> str | None:
    """The bare address of ``<a@b>`` or ``Name <a@b>``, or the bare text; None when empty."""
    if not isinstance(text, str):
        return None
    match = _ADDRESS.search(text)
    return (match[1] if match else text).strip(" <>\t") or None


def addresses(value: Any) -> list[str]:
    """The bare addresses of one text or of a list of texts."""
    listed = value if isinstance(value, list) else [value]
    return [found for text in listed if (found := address(text)) is not None]


def whose_mailbox(fields: dict[str, Any], *, outgoing: bool) -> str | None:
    """The watched person's address: the sender's of mail that leaves, else the (first) recipient's."""
    value = fields.get("mail_from" if outgoing else "mail_to")
    if isinstance(value, list):
        value = value[0] if value else None
    return value.lower() if isinstance(value, str) and value else None
