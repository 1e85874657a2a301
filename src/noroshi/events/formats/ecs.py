"""Elastic Common Schema (ECS): JSON events of any product, one a line.

Format: Elastic, "ECS field reference", versions 1 and 8.

Nested objects, dotted keys and Elasticsearch's ``_source`` wrapper are read. Fields keep their ECS names;
Sigma's stand beside them (`tables/ecs.toml`). Log source: product by ``host.os.type`` for what a machine
did, else by ``event.module`` or ``observer.vendor``; service by ``event.dataset`` without the module;
categories by ``event.category`` and ``event.type`` (``process`` + ``start`` = ``process_creation``,
``file`` + ``creation`` = ``file_event``, ``registry`` = ``registry_event``, ``library`` = ``image_load``,
``network`` = ``network_connection`` of a process, else ``firewall``; ``web`` = ``proxy`` or ``webserver``;
DNS questions = ``dns``; ``email`` = ``mail``; ``malware`` = ``antivirus``). Processes, files,
registry and libraries are ``allowed`` where the event tells no outcome and is no alert: nothing stopped
them, as in Sysmon. Windows events in ECS (Winlogbeat) are read by their own format.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._json_lines import json_object
from noroshi.events.formats._schemas import add_names, add_web, text, texts
from noroshi.events.logons import add_logon
from noroshi.events.model import Event, Kind, LogSource, Outcome
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.values import MISSING, lookup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "ecs"
MAX_ARGUMENTS: Final = 1_000
_TABLE: Final = load_table(NAME)
_TRAITS: Final = TableTraits(_TABLE)
_WATCHED: Final = TableTraits(_TABLE, otherwise=Outcome.ALLOWED)
"""Of acts on a machine, which an agent only watched: what it does not say was stopped took place."""
_ACTS: Final = frozenset(
    {
        "process_creation",
        "process_termination",
        "file_event",
        "file_delete",
        "file_change",
        "registry_event",
        "registry_set",
        "image_load",
    }
)
_ON_MACHINES: Final = _ACTS | {"network_connection", "dns_query"}
_FILES: Final = {"creation": "file_event", "deletion": "file_delete", "change": "file_change"}
_OUTBOUND: Final = frozenset({"egress", "outbound"})


@lru_cache(maxsize=1024)
def _kind(
    product: str | None, service: str | None, categories: frozenset[str], *, watched: bool = False
) -> Kind:
    return Kind(NAME, LogSource(product, service, categories), {}, _WATCHED if watched else _TRAITS)


def _is_watched(fields: Fields, categories: frozenset[str]) -> bool:
    """Whether the event is an act on a machine that no product judged: an alert about one is a judgement."""
    judged = "antivirus" in categories or text(fields, "event.kind") == "alert"
    return bool(categories & _ACTS) and not judged


def _has(fields: Fields, path: str) -> bool:
    return lookup(fields, path) is not MISSING


def _network(fields: Fields) -> frozenset[str]:
    if _has(fields, "dns.question.name"):
        return frozenset({"dns", "dns_query"}) if _has(fields, "process.executable") else frozenset({"dns"})
    if _has(fields, "process.executable"):
        return frozenset({"network_connection"})
    return frozenset({"firewall"})


def _web(fields: Fields) -> frozenset[str]:
    proxy = text(fields, "observer.type") == "proxy" or "proxy" in (
        text(fields, "event.dataset", "event.module") or ""
    )
    return frozenset({"proxy" if proxy else "webserver"})


def categories_of(fields: Fields) -> frozenset[str]:
    """Sigma's categories of an event."""
    categories, types = texts(fields, "event.category"), texts(fields, "event.type")
    found: set[str] = set()
    if "process" in categories:
        found |= {"process_creation"} if types & {"start", "process_started"} else set()
        found |= {"process_termination"} if "end" in types and "start" not in types else set()
    if "file" in categories:
        found |= {category for kind, category in _FILES.items() if kind in types}
    if "registry" in categories:
        found |= {"registry_event", "registry_set"} if types & {"change", "creation"} else {"registry_event"}
    if "library" in categories:
        found.add("image_load")
    if "web" in categories or (not categories and _has(fields, "http.request.method")):
        found |= _web(fields)
    elif "network" in categories or _has(fields, "dns.question.name"):
        found |= _network(fields)
    named = {"email": "mail", "malware": "antivirus", "authentication": "authentication"}
    found |= {category for kind, category in named.items() if kind in categories}
    return frozenset(found)


def _logsource(fields: Fields, categories: frozenset[str]) -> tuple[str | None, str | None]:
    module = text(fields, "event.module")
    dataset = text(fields, "event.dataset", "data_stream.dataset")
    module = module or (dataset.partition(".")[0] if dataset else None)
    service = (dataset.rpartition(".")[2] if dataset else None) or None
    system = text(fields, "host.os.type", "host.os.family", "host.os.platform")
    product = (
        system
        if categories & _ON_MACHINES and system
        else module or text(fields, "observer.vendor") or system
    )
    return (product.lower()[:64] if product else None), (service.lower()[:64] if service else None)


def _add_command_lines(fields: Fields) -> None:
    """Auditbeat and Endpoint on Linux give arguments, one by one, instead of the line that was typed."""
    for name, line in (("process", "CommandLine"), ("process.parent", "ParentCommandLine")):
        arguments = lookup(fields, f"{name}.args")
        if isinstance(arguments, list) and not text(fields, f"{name}.command_line"):
            fields.setdefault(line, " ".join(map(str, arguments[:MAX_ARGUMENTS])))


def _add_logon(fields: Fields) -> None:
    """The uniform fields of a logon; ``event.outcome`` says the result."""
    outcome = text(fields, "event.outcome")
    add_logon(
        fields,
        "ssh" if text(fields, "process.name") == "sshd" else "other",
        success=None if outcome not in ("success", "failure") else outcome == "success",
        user=text(fields, "user.name"),
        host=text(fields, "host.hostname", "host.name"),
        address=text(fields, "source.ip"),
    )


class EcsReader:
    """Reads lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        fields = json_object(line)
        if isinstance(fields.get("_source"), dict):
            fields = fields["_source"]
        if "@timestamp" not in fields:
            raise UnreadableRecordError("the object has no @timestamp", "it is no event in ECS")
        categories = categories_of(fields)
        product, service = _logsource(fields, categories)
        _add_command_lines(fields)
        add_names(fields, _TABLE.raw["aliases"])
        if categories & {"proxy", "webserver"}:
            add_web(fields, categories)
        if "authentication" in categories:
            _add_logon(fields)
        if text(fields, "network.direction") in _OUTBOUND:
            fields.setdefault("Initiated", "true")
        kind = _kind(product, service, categories, watched=_is_watched(fields, categories))
        return (Event(kind, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Ecs:
    """ECS in JSON lines."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """A time and ECS's own names; Windows events belong to their format."""
        if not line.startswith("{") or '"@timestamp"' not in line or '"winlog' in line:
            return 0.0
        if '"ecs"' in line or '"ecs.version"' in line:
            return 0.9
        ours = '"event.category"' in line or ('"event"' in line and '"category"' in line)
        return 0.7 if ours else 0.0

    def reader(self, source: Source) -> EcsReader:
        """A reader for one input."""
        return EcsReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Ecs(),)
