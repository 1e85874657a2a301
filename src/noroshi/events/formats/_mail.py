"""Mail in uniform words: ``mail_from``, ``mail_to``, ``mail_subject``, whatever product logged it.

The sender is told apart for rules on look-alikes: ``mail_from_domain``; where the log has the From header,
``mail_header_from``, ``mail_header_domain``, ``mail_from_name`` (the name that people see) and, where that
name itself holds a mail address, ``mail_name_domain``.
"""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from noroshi.events.formats._japanese import without_escapes

MAX_HEADER: Final = 2_000
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


_IN_NAME: Final = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,8}[\w-]{2,63})")
_FILE_NAME: Final = re.compile(r"(?:file)?name\*?=\s*(?:\"([^\"]{1,512})\"|([^\s;\"]{1,512}))", re.IGNORECASE)


def domain_of(mail_address: Any) -> str | None:
    """The part behind the last ``@``, in lower case; None where there is none."""
    if not isinstance(mail_address, str):
        return None
    domain = mail_address.rpartition("@")[2] if "@" in mail_address else ""
    return domain.strip(" >.").lower() or None


def add_sender(fields: dict[str, Any], header: Any = None) -> None:
    """Add what rules on senders ask for, from ``mail_from`` and, where the log has it, the From header."""
    if (domain := domain_of(fields.get("mail_from"))) is not None:
        fields["mail_from_domain"] = domain
    if isinstance(header, list):
        header = header[0] if header else None
    if not isinstance(header, str) or not 0 < len(header) <= MAX_HEADER:
        return
    whole = decoded_subject(header)
    if (sender := address(whole)) is not None and (domain := domain_of(sender)) is not None:
        fields["mail_header_from"], fields["mail_header_domain"] = sender, domain
    name = whole.rpartition("<")[0].strip(" \"'\t")
    if name:
        fields["mail_from_name"] = name
        if (inner := _IN_NAME.search(name)) is not None:
            fields["mail_name_domain"] = inner[1].lower()


def named_files(header: str) -> list[str]:
    """The file names of a Content-Type or Content-Disposition header, encoded words read (RFC 2231, 2047)."""
    names = (quoted or bare for quoted, bare in _FILE_NAME.findall(header[:MAX_SUBJECT]))
    return list(dict.fromkeys(_file_name(name) for name in names))


def _file_name(text: str) -> str:
    charset, quote, rest = text.partition("''")
    if quote and charset.replace("-", "").isalnum():
        return _decoded(unquote_to_bytes(rest), charset)
    return decoded_subject(text)
