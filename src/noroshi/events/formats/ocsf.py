"""Open Cybersecurity Schema Framework: JSON events of any product, one a line (OCSF schema, 1.0 to 1.5).

Fields keep their OCSF names; Sigma's stand beside them, by class (`tables/ocsf.toml`). The class decides
the categories: 1001 file, 1005 module, 1007 process, 201001 and 201002 registry, 3002 authentication, 4001
network (``network_connection`` of a process, else ``firewall``), 4002 HTTP (``proxy`` where a proxy is
named, else ``webserver``), 4003 DNS, 4009 mail, 2001 and 2004 findings with malware (``antivirus``). Log
source: product by the device's operating system for what a machine did, else the product's vendor; service
by the product's name. What a machine did is ``allowed`` where the event tells no disposition, action or
status and is no alert: nothing stopped it, as in Sysmon. API calls (6003) of CloudTrail get CloudTrail's
names, so that its rules see them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._json_lines import json_object
from noroshi.events.formats._schemas import add_names, add_web, text
from noroshi.events.logons import add_logon
from noroshi.events.model import Event, Kind, LogSource, Outcome
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.values import MISSING, lookup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "ocsf"
_TABLE: Final = load_table(NAME)
_TRAITS: Final = TableTraits(_TABLE)
_WATCHED: Final = TableTraits(_TABLE, otherwise=Outcome.ALLOWED)
"""Of acts on a machine, which an agent only watched: what it does not say was stopped took place."""
_DECISIONS: Final = ("disposition_id", "action_id")
_AUTHENTICATION: Final = 3002
_DNS: Final = 4003
_REMOTE: Final = 10
"""``logon_type_id`` of remote desktop, as Windows numbers it."""
_SYSTEMS: Final = {100: "windows", 200: "linux", 300: "macos"}
_BY_ACTIVITY: Final = {
    (1001, 1): "file_event", (1001, 4): "file_delete", (1001, 5): "file_rename", (1005, 1): "image_load",
    (1007, 1): "process_creation", (1007, 2): "process_termination", (201001, 1): "registry_add",
    (201001, 4): "registry_delete", (201002, 2): "registry_set", (201002, 3): "registry_set",
}  # fmt: skip
_BY_CLASS: Final = {
    3002: "authentication",
    4003: "dns",
    4009: "mail",
    201001: "registry_event",
    201002: "registry_event",
}
_MACHINES: Final = frozenset({1001, 1005, 1007, 201001, 201002})
_FINDINGS: Final = frozenset({2001, 2004})


@lru_cache(maxsize=1024)
def _kind(
    class_uid: int, product: str | None, service: str | None, categories: frozenset[str], *, watched: bool
) -> Kind:
    traits = _WATCHED if watched else _TRAITS
    return Kind(NAME, LogSource(product, service, categories), {"class_uid": class_uid}, traits)


def _is_watched(fields: Fields, class_uid: int) -> bool:
    """Whether the event is an act on a machine that no product judged; 0 is "unknown" of both decisions."""
    judged = fields.get("is_alert") is True or any(fields.get(name) for name in _DECISIONS)
    return class_uid in _MACHINES and not judged


def _has(fields: Fields, path: str) -> bool:
    return lookup(fields, path) is not MISSING


def categories_of(fields: Fields, class_uid: int, activity: Any) -> frozenset[str]:
    """Sigma's categories of an event of this class and activity."""
    found = {
        _BY_CLASS.get(class_uid),
        _BY_ACTIVITY.get((class_uid, activity)) if isinstance(activity, int) else None,
    }
    if class_uid == 4001:
        found.add("network_connection" if _has(fields, "actor.process") else "firewall")
    elif class_uid == 4002:
        found.add("proxy" if _has(fields, "proxy") or _has(fields, "proxy_endpoint") else "webserver")
    elif class_uid in _FINDINGS and _has(fields, "malware"):
        found.add("antivirus")
    return frozenset(category for category in found if category)


def _logsource(fields: Fields, class_uid: int, categories: frozenset[str]) -> tuple[str | None, str | None]:
    name = text(fields, "metadata.product.name")
    if class_uid == 6003 and name == "CloudTrail":
        return "aws", "cloudtrail"
    vendor = text(fields, "metadata.product.vendor_name")
    number = lookup(fields, "device.os.type_id")
    system = _SYSTEMS.get(number) if isinstance(number, int) else None
    product = system if class_uid in _MACHINES or "network_connection" in categories else vendor or name
    return (product.lower()[:64] if product else None), (name.lower()[:64] if name else None)


def _aliases(class_uid: int) -> dict[str, list[str]]:
    by_class: dict[str, list[str]] = _TABLE.raw["classes"].get(str(class_uid), {})
    common: dict[str, list[str]] = _TABLE.raw["aliases"]
    return by_class | {path: names for path, names in common.items() if path not in by_class}


def _flatten(fields: Fields, name: str) -> None:
    """An object in whose place Sigma has a text goes by its dotted names."""
    inner = fields.get(name)
    if isinstance(inner, dict):
        del fields[name]
        fields |= {f"{name}.{key}": value for key, value in inner.items()}


def _add_logon(fields: Fields) -> None:
    """The uniform fields of a logon; ``status_id`` 1 is success, 2 failure."""
    status = fields.get("status_id")
    add_logon(
        fields,
        "remote_desktop" if fields.get("logon_type_id") == _REMOTE else "other",
        success=None if status not in (1, 2) else status == 1,
        user=text(fields, "user.name"),
        host=text(fields, "dst_endpoint.hostname", "device.hostname"),
        address=text(fields, "src_endpoint.ip"),
        client=text(fields, "src_endpoint.hostname"),
    )


class OcsfReader:
    """Reads lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        fields = json_object(line)
        class_uid = fields.get("class_uid")
        if not isinstance(class_uid, int) or isinstance(class_uid, bool):
            raise UnreadableRecordError("the object has no class_uid", "it is no event in OCSF")
        categories = categories_of(fields, class_uid, fields.get("activity_id"))
        product, service = _logsource(fields, class_uid, categories)
        if class_uid == _DNS:
            _flatten(fields, "query")
        add_names(fields, _aliases(class_uid))
        if class_uid == _AUTHENTICATION:
            _add_logon(fields)
        if class_uid == 4002:
            add_web(fields, categories)
        watched = _is_watched(fields, class_uid)
        kind = _kind(class_uid, product, service, categories, watched=watched)
        return (Event(kind, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Ocsf:
    """OCSF in JSON lines."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the names that every event has."""
        if not line.startswith("{"):
            return 0.0
        return 0.95 if '"class_uid"' in line and ('"metadata"' in line or '"category_uid"' in line) else 0.0

    def reader(self, source: Source) -> OcsfReader:
        """A reader for one input."""
        return OcsfReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Ocsf(),)
