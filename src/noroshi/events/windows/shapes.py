"""How a Windows record is nested: recognised by its keys, flattened to Sigma's names.

The shapes: flat (NXLog, Winlogbeat's flat export), ``Event.System``/``EventData`` with or without
``#attributes`` (the ``evtx`` binding, xmltodict), ``System``/``EventData`` at the top, Winlogbeat's
``winlog.*`` nested or as dotted keys, Winlogbeat 6 (``event_id``, ``log_name``), ``Get-WinEvent``, and the
XML event as text inside Splunk's JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from noroshi.events.windows.text import BadRecordError
from noroshi.events.windows.xml import read_event

if TYPE_CHECKING:
    from noroshi.events.model import Fields

_PROVIDERS: Final = ("Provider_Name", "SourceName", "ProviderName", "Provider", "Source")
_HOSTS: Final = ("Computer", "Hostname", "ComputerName", "MachineName", "computer_name", "host.name")
_WINLOG: Final = {
    "task": "Task",
    "opcode": "Opcode",
    "version": "Version",
    "record_id": "EventRecordID",
    "keywords": "Keywords",
    "activity_id": "ActivityID",
}
_LEVELS: Final = {"critical": 1, "error": 2, "warning": 3, "information": 4, "verbose": 5}
_MAX_WRAPPERS: Final = 4
_CLEARED: Final = 104
"""Its own data may name another channel than the one it was logged in."""


class Shaped(NamedTuple):
    """A flattened record and what its kind depends on; `event_id` is None where it cannot be read."""

    fields: Fields
    channel: str | None
    event_id: int | None
    provider: str | None


def shape(record: Fields, wrappers: int = 0) -> Shaped | None:
    """The record flattened, its nested originals kept by reference; None when it is no Windows event."""
    event = record.get("Event")
    if isinstance(event, dict) and isinstance(event.get("System"), dict):
        return _nested(event, {"Event": event})
    if isinstance(record.get("System"), dict):
        return _nested(record, record)
    if isinstance(record.get("winlog"), dict):
        return _winlog(record, record["winlog"])
    if "winlog.event_id" in record or "winlog.channel" in record:
        return _winlog(record, _undotted(record))
    if "EventID" in record:
        return _flat(record)
    if "event_id" in record and ("log_name" in record or "source_name" in record):
        return _winlogbeat_6(record)
    if "Id" in record and "LogName" in record:
        return _exported(record)
    inner = record.get("_source", record.get("result")) or _element(record)
    if isinstance(inner, dict) and wrappers < _MAX_WRAPPERS:
        return shape(inner, wrappers + 1)
    return None


def _element(record: Fields) -> Fields | None:
    """The XML event inside what Splunk exports (``_raw``) or takes by HTTP (``event``)."""
    text = record.get("_raw", record.get("event"))
    if not isinstance(text, str) or not text.lstrip().startswith("<Event"):
        return None
    try:
        return read_event(text.strip().encode("utf-8", "replace"))[0]
    except BadRecordError:
        return None


def shape_of_binding(record: Fields) -> tuple[Fields, str, int, str] | None:
    """The same as `shape` for what the ``evtx`` binding gives for most events, in a fifth of the time.

    A plain tuple, for speed; None: it is another shape, which `shape` knows.
    """
    try:
        event = record["Event"]
        system, data = event["System"], event["EventData"]
        channel, provider = system["Channel"], system["Provider"]["#attributes"]["Name"]
        event_id, computer = system["EventID"], system["Computer"]
        execution, security = system["Execution"]["#attributes"], system["Security"]
        if "Data" in data or "#attributes" in data or type(event_id) is not int or event_id == _CLEARED:
            return None
        if not type(provider) is type(channel) is type(computer) is str:
            return None
        fields = {
            "EventID": event_id,
            "Channel": channel,
            "Provider_Name": provider,
            "Computer": computer,
            "Level": system["Level"],
            "Task": system["Task"],
            "Opcode": system["Opcode"],
            "Version": system["Version"],
            "Keywords": system["Keywords"],
            "EventRecordID": system["EventRecordID"],
            "TimeCreated": system["TimeCreated"]["#attributes"]["SystemTime"],
            "ExecutionProcessID": execution["ProcessID"],
            "ThreadID": execution["ThreadID"],
            **data,
            "Event": event,
        }
        if security is not None:
            fields.setdefault("UserID", security["#attributes"]["UserID"])
    except (KeyError, TypeError, AttributeError):
        return None
    fields["EventID"] = event_id
    fields["Channel"] = channel
    fields["Provider_Name"] = provider
    fields["Computer"] = computer
    return fields, channel, event_id, provider


def event_number(value: Any) -> int | None:
    """An EventID as number: from a number, its text, or an element with attributes."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("#text", "Value", "value", "$") if key in value), None)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) <= 20 and (digits := value.strip()).isdecimal():
        return int(digits)
    return None


def _text(value: Any) -> str | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("#text")
    return value if isinstance(value, str) else None


def _first_text(record: Fields, names: tuple[str, ...]) -> str | None:
    for name in names:
        value = record.get(name)
        if isinstance(value, dict):
            value = attribute(value, "Name")
        text = _text(value)
        if text is not None:
            return text
    return None


def attribute(element: Any, name: str) -> Any:
    """An XML attribute of an element in any of the JSON notations, or None."""
    if not isinstance(element, dict):
        return None
    inner = element.get("#attributes")
    if isinstance(inner, dict):
        return inner.get(name)
    return element.get("@" + name, element.get(name))


def _flat(record: Fields) -> Shaped:
    number = event_number(record["EventID"])
    if number is not None:
        record["EventID"] = number
    channel, provider = _text(record.get("Channel")), _first_text(record, _PROVIDERS)
    for section in ("EventData", "UserData"):
        if isinstance(record.get(section), dict | list):
            for name, value in _section(record, section).items():
                record.setdefault(name, value)
    return _named(record, channel, number, provider, _first_text(record, _HOSTS))


def _named(
    fields: Fields, channel: str | None, number: int | None, provider: str | None, host: str | None
) -> Shaped:
    if provider is not None:
        fields["Provider_Name"] = provider
    if host is not None:
        fields.setdefault("Computer", host)
    return Shaped(fields, channel, number, provider)


def _nested(event: Fields, originals: Fields) -> Shaped:
    system = event["System"]
    fields = _section(event, "EventData")
    if event.get("UserData"):
        fields = {**_section(event, "UserData"), **fields}
    number = event_number(system.get("EventID"))
    provider = _text(attribute(system.get("Provider"), "Name")) or _text(system.get("Provider"))
    computer = _text(system.get("Computer"))
    if computer is not None:
        fields["Computer"] = computer
    if provider is not None:
        fields["Provider_Name"] = provider
    fields["EventID"] = number if number is not None else system.get("EventID")
    _add_system(fields, system)
    if isinstance(rendered := event.get("RenderingInfo"), dict) and (text := _text(rendered.get("Message"))):
        fields.setdefault("Message", text)
    for name, value in originals.items():
        fields.setdefault(name, value)
    return Shaped(fields, _text(system.get("Channel")), number, provider)


def _add_system(fields: Fields, system: Fields) -> None:
    """The rest of System, where the event's own data has no field of that name."""
    for name in ("Level", "Task", "Opcode", "Version", "Keywords", "EventRecordID"):
        if (value := system.get(name)) is not None:
            fields.setdefault(name, value)
    created = system.get("TimeCreated")
    if created is not None:
        fields.setdefault("TimeCreated", attribute(created, "SystemTime") or created)
    execution, security = system.get("Execution"), system.get("Security")
    if execution is not None:
        fields.setdefault("ExecutionProcessID", attribute(execution, "ProcessID"))
        fields.setdefault("ThreadID", attribute(execution, "ThreadID"))
    if security is not None:
        fields.setdefault("UserID", attribute(security, "UserID"))


def _section(event: Fields, name: str) -> Fields:
    """EventData or UserData as a flat dictionary of its own."""
    section = event.get(name)
    if isinstance(section, list):
        section = {"Data": section}
    if not isinstance(section, dict):
        return {} if section is None else {"Data": section}
    if name == "UserData" and len(section) <= 3:
        inner = [value for key, value in section.items() if isinstance(value, dict) and key != "#attributes"]
        section = inner[0] if len(inner) == 1 else section
    fields = dict(section)
    fields.pop("#attributes", None)
    if "Data" in fields:
        _spread(fields, fields.pop("Data"))
    return fields


def _spread(fields: Fields, data: Any) -> None:
    """``<Data>`` elements: named ones become fields, unnamed ones ``Data``, ``param1`` and so on."""
    unnamed: list[Any] = []
    for item in data if isinstance(data, list) else [data]:
        if not isinstance(item, dict):
            unnamed.append(item)
            continue
        value = item.get("#text", item.get("$", item.get("text")))
        key = attribute(item, "Name")
        if isinstance(key, str):
            fields.setdefault(key, value)
        else:
            unnamed += value if isinstance(value, list) else [value]
    if unnamed:
        add_unnamed(fields, unnamed)


def add_unnamed(fields: Fields, values: list[Any]) -> None:
    """Values without names: all of them in ``Data``, each in ``param1``, ``param2`` and so on."""
    fields["Data"] = values[0] if len(values) == 1 else values
    if len(values) > 1:
        for number, value in enumerate(values[:99], 1):
            fields.setdefault(f"param{number}", value)


def _winlog(record: Fields, winlog: Fields) -> Shaped:
    fields: Fields = {}
    for section in ("user_data", "event_data"):
        if isinstance(part := winlog.get(section), dict):
            fields.update(part)
    for name, wanted in _WINLOG.items():
        if (value := winlog.get(name)) is not None:
            fields.setdefault(wanted, value)
    for name, value in record.items():
        fields.setdefault(name, value)
    _add_winlog_account(fields, winlog)
    if isinstance(message := record.get("message"), str):
        fields.setdefault("Message", message)
    level = _inside(record, "log", "level")
    if isinstance(level, str) and level.lower() in _LEVELS:
        fields.setdefault("Level", _LEVELS[level.lower()])
    code = winlog.get("event_id")
    number = event_number(_inside(record, "event", "code") if code is None else code)
    fields["EventID"] = number if number is not None else code
    host = _text(winlog.get("computer_name")) or _text(_inside(record, "host", "name"))
    return _named(fields, _text(winlog.get("channel")), number, _text(winlog.get("provider_name")), host)


def _add_winlog_account(fields: Fields, winlog: Fields) -> None:
    user, process = winlog.get("user"), winlog.get("process")
    if isinstance(user, dict):
        for name, wanted in (("name", "AccountName"), ("domain", "Domain"), ("identifier", "UserID")):
            if name in user:
                fields.setdefault(wanted, user[name])
    if isinstance(process, dict) and "pid" in process:
        fields.setdefault("ExecutionProcessID", process["pid"])


def _inside(record: Fields, outer: str, inner: str) -> Any:
    part = record.get(outer)
    return part.get(inner) if isinstance(part, dict) else record.get(f"{outer}.{inner}")


def _undotted(record: Fields) -> Fields:
    """The ``winlog.*`` keys as the nested object that they spell."""
    winlog: Fields = {"event_data": {}, "user_data": {}, "user": {}, "process": {}}
    for key, value in record.items():
        if key.startswith("winlog."):
            first, _, rest = key.removeprefix("winlog.").partition(".")
            if rest and isinstance(winlog.get(first), dict):
                winlog[first][rest] = value
            elif isinstance(value, dict) and isinstance(winlog.get(first), dict):
                winlog[first].update(value)
            else:
                winlog[first] = value
    return winlog


def _winlogbeat_6(record: Fields) -> Shaped:
    fields: Fields = {}
    for section in ("user_data", "event_data"):
        if isinstance(part := record.get(section), dict):
            fields.update(part)
    for name, value in record.items():
        fields.setdefault(name, value)
    for name, wanted in (("message", "Message"), ("record_number", "EventRecordID")):
        if name in record:
            fields.setdefault(wanted, record[name])
    number = event_number(record["event_id"])
    fields["EventID"] = number if number is not None else record["event_id"]
    return _named(
        fields,
        _text(record.get("log_name")),
        number,
        _text(record.get("source_name")),
        _text(record.get("computer_name")),
    )


def _exported(record: Fields) -> Shaped:
    number = event_number(record["Id"])
    record["EventID"] = number if number is not None else record["Id"]
    return _named(
        record,
        _text(record["LogName"]),
        number,
        _text(record.get("ProviderName")),
        _text(record.get("MachineName")),
    )
