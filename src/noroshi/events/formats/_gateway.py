"""Mail gateways: whatever a product calls sender, recipients, subject and verdict, in uniform words."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.formats._mail import add_sender, address, addresses, decoded_subject
from noroshi.events.model import Entities, Outcome
from noroshi.events.observables import as_ip, typed
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.values import as_text, elements, lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from noroshi.events.model import Event, Fields

MAX_LISTED: Final = 1_000
"""Recipients and attachments of one mail; more are left out of the uniform fields."""
_MAIL_EVENTS: Final = {
    Outcome.ALLOWED: "delivery",
    Outcome.DETECTED: "delivery",
    Outcome.BLOCKED: "reject",
    Outcome.QUARANTINED: "hold",
    Outcome.FAILED: "bounce",
}
_OUTWARDS: Final = frozenset({"out", "outbound", "outgoing", "egress"})
_SENDERS: Final = ("from", "sender", "mail_from", "envelope_from")
_HEADERS: Final = ("header_from", "headerFrom", "from_header", "from", "From", "suser")
_HASHES: Final = ("sha256", "sha1", "md5")
_HASHES_OF_FILES: Final = tuple(f"file.hash.{kind}" for kind in _HASHES)


class GatewayTraits(TableTraits):
    """A table, and the watched mailbox: the recipient's, of mail that leaves the sender's."""

    def entities(self, event: Event) -> Entities:
        """The mailbox on our side."""
        fields = event.fields
        outwards = (as_text(fields.get("mail_direction")) or "").lower() in _OUTWARDS
        value = fields.get("mail_from" if outwards else "mail_to")
        found = next((text for text in elements(value) if isinstance(text, str) and "@" in text), None)
        return Entities(mailbox=found.lower()[:256] if found else None)


TRAITS: Final = GatewayTraits(load_table("mailgateway"))


@cache
def _targets() -> Mapping[str, tuple[str, ...]]:
    """Product's name, in lower case without punctuation → uniform names that it may stand for, best first."""
    found: dict[str, list[str]] = {}
    for target, names in TRAITS.table.raw["names"].items():
        for name in names:
            found.setdefault(plain(name), []).append(target)
    return {name: tuple(targets) for name, targets in found.items()}


@lru_cache(maxsize=8_192)
def plain(name: str) -> str:
    """A name as it is compared: ``Recipient-Address`` and ``recipientAddress`` are the same."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def targets_of(names: Iterable[str]) -> set[str]:
    """The uniform names that these product's names can fill."""
    known = _targets()
    return {target for name in names for target in known.get(plain(name), ())}


def is_mail(names: Iterable[str]) -> bool:
    """Whether fields so named are a record of a mail: both ends, and something about its content."""
    found = targets_of(names)
    content = {"mail_subject", "mail_attachments", "mail_verdict"}
    return {"mail_from", "mail_to"} <= found and bool(found & content)


def add_gateway_fields(fields: Fields) -> None:
    """``mail_from``, ``mail_to``, ``mail_subject``, ``mail_attachments``, ``mail_verdict`` and so on.

    Recipients and attachments are lists. The product's own fields stay beside them.
    """
    for target, value in _chosen(fields):
        read = _READERS.get(target)
        made = value if read is None else read(value)
        if made not in (None, "", []):
            fields.setdefault(target, made)
    nobody = any(fields.get(name) in {"<>", ""} for name in _SENDERS if isinstance(fields.get(name), str))
    if fields.get("mail_from") == "<>" or ("mail_from" not in fields and nobody):
        fields["mail_from"] = ""
    add_sender(fields, next((fields[name] for name in _HEADERS if name in fields), None))
    if hashes := list(dict.fromkeys(_hashes(fields))):
        fields.setdefault("mail_attachment_hashes", hashes[:MAX_LISTED])


def add_mail_event(event: Event) -> None:
    """``mail_event`` by the outcome: delivery, reject, hold, bounce, other."""
    event.fields.setdefault("mail_event", _MAIL_EVENTS.get(event.outcome, "other"))


def _chosen(fields: Fields) -> Iterator[tuple[str, Any]]:
    """Each uniform name with the value of the best of the product's names that is there."""
    there = {plain(name): value for name, value in fields.items()}
    for target, names in _wanted():
        for name in names:
            if name in there and there[name] not in (None, "", [], "-"):
                yield target, there[name]
                break


@cache
def _wanted() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each uniform name with the product's names as they are compared."""
    names = TRAITS.table.raw["names"]
    return tuple((target, tuple(plain(name) for name in listed)) for target, listed in names.items())


def _sender(value: Any) -> str | None:
    first = next((item for item in elements(value) if item), None)
    if isinstance(first, dict):
        first = lookup(first, "address") or lookup(first, "email")
    return address(first)


def _recipients(value: Any) -> list[str]:
    listed = [
        item.get("address", item.get("email")) if isinstance(item, dict) else item for item in elements(value)
    ]
    texts = [part for item in listed[:MAX_LISTED] if isinstance(item, str) for part in _divided(item)]
    return addresses(texts[:MAX_LISTED])


def _divided(text: str) -> list[str]:
    """Several addresses in one text, by semicolon or by comma."""
    return text.split(";") if ";" in text else text.split(",")


def _names(value: Any) -> list[str]:
    """The file names of attachments: texts, or objects that hold one; encoded words are read."""
    found: list[str] = []
    for item in list(elements(value))[:MAX_LISTED]:
        if isinstance(item, dict):
            part = item.get("file")
            item = next(  # noqa: PLW2901 - the object stands for its name
                (item[name] for name in ("filename", "fileName", "file_name", "name") if item.get(name)),
                part.get("name") if isinstance(part, dict) else None,
            )
        if isinstance(item, str):
            found += [decoded_subject(name.strip(' "')) for name in _divided(item) if name.strip(' "')]
    return found[:MAX_LISTED]


def _hashes(fields: Fields) -> Iterator[str]:
    """Hashes inside the objects of attachments, and in fields of their own (several divided by commas)."""
    for name, value in fields.items():
        bare = plain(name)
        if bare.removeprefix("attachment").removeprefix("file") in _HASHES:
            yield from _hashes_in(value)
        elif "mail_attachments" in _targets().get(bare, ()):
            for item in list(elements(value))[:MAX_LISTED]:
                if isinstance(item, dict):
                    yield from _hashes_in([lookup(item, kind) for kind in (*_HASHES, *_HASHES_OF_FILES)])


def _hashes_in(value: Any) -> Iterator[str]:
    for item in list(elements(value))[:MAX_LISTED]:
        for part in item.split(",")[:MAX_LISTED] if isinstance(item, str) else ():
            yield from (found.value for found in typed("hash", part, "mail_attachment_hashes"))


def _subject(value: Any) -> str | None:
    return decoded_subject(value) if isinstance(value, str) else None


def _address_of_client(value: Any) -> str | None:
    text = as_text(next(elements(value), None))
    return as_ip(text.strip(" []")) if text else None


def _message_id(value: Any) -> str | None:
    return value.strip("<>") if isinstance(value, str) else None


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "mail_from": _sender,
    "mail_to": _recipients,
    "mail_subject": _subject,
    "mail_attachments": _names,
    "src_ip": _address_of_client,
    "message_id": _message_id,
}
