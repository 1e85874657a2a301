"""Channels, providers and event ids → Sigma log sources; the interned kinds of Windows events.

Sources: Sigma specification 2.1, taxonomy appendix; `tables/windows_catalogue.toml` holds the data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.model import Kind, LogSource, Outcome
from noroshi.events.values import fold
from noroshi.events.windows.tables import catalogue_table
from noroshi.events.windows.traits import windows_traits

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_KINDS: Final = 10_000
"""Kinds beyond this number (hostile input) share one kind a log source, without constants."""

PRODUCT: Final = "windows"
_NO_CONSTANTS: Final[Mapping[str, Any]] = MappingProxyType({})


@cache
def _folded(section: str) -> Mapping[str, str]:
    return {fold(name): service for name, service in catalogue_table()[section].items()}


def service_of(channel: str | None, provider: str | None) -> str | None:
    """Sigma's service: the channel's, without regard to case, else the provider's, else None."""
    found = _folded("channels").get(fold(channel)) if channel else None
    return found or (_folded("providers").get(fold(provider)) if provider else None)


def categories_of(
    service: str | None, event_id: Any, provider: str | None = None, event_type: str | None = None
) -> frozenset[str]:
    """All categories of an event; Sysmon's EventType tells additions from deletions."""
    table = catalogue_table()
    key = str(event_id)
    by_type = table["event_types"].get(service, {}).get(key, {})
    if event_type in by_type:
        return frozenset(by_type[event_type])
    found = table["categories"].get(service, {}).get(key, ())
    traced = table["provider_categories"].get(provider, {}).get(key, ())
    return frozenset([*found, *traced])


def event_types_of(service: str | None, event_id: Any) -> frozenset[str]:
    """The values of EventType by which this event's kind is told further apart."""
    return frozenset(catalogue_table()["event_types"].get(service, {}).get(str(event_id), {}))


def outcome_of(service: str | None, event_id: Any) -> Outcome:
    """What the event itself says, whatever its fields hold."""
    outcomes = catalogue_table()["outcomes"]
    default = outcomes["services"].get(service, "unknown")
    return Outcome(outcomes["events"].get(service, {}).get(str(event_id), default))


@dataclass(slots=True)
class Kinds:
    """The interned kinds of one format; the same arguments give the same object."""

    format: str
    _known: dict[tuple[Any, ...], Kind] = field(default_factory=dict)
    _shared: dict[LogSource, Kind] = field(default_factory=dict)

    def get(
        self,
        event_id: Any,
        channel: str | None,
        provider: str | None,
        event_type: str | None = None,
        *,
        channel_varies: bool = False,
    ) -> Kind:
        """The kind of these events.

        Args:
            event_id: As it stands in the event's fields.
            channel: As found; the log that recorded the event.
            provider: As found.
            event_type: Sysmon's EventType where the catalogue tells kinds apart by it.
            channel_varies: The field ``Channel`` holds something else than the recording log (104).
        """
        key = (event_id, type(event_id), channel, provider, event_type, channel_varies)
        kind = self._known.get(key)
        if kind is None:
            kind = self._make(event_id, channel, provider, event_type, channel_varies=channel_varies)
            if len(self._known) < MAX_KINDS:
                self._known[key] = kind
        return kind

    def _make(
        self,
        event_id: Any,
        channel: str | None,
        provider: str | None,
        event_type: str | None,
        *,
        channel_varies: bool,
    ) -> Kind:
        service = service_of(channel, provider)
        logsource = LogSource(PRODUCT, service, categories_of(service, event_id, provider, event_type))
        if len(self._known) >= MAX_KINDS:
            return self.shared(logsource)
        constants = {"EventID": event_id}
        if channel is not None and not channel_varies:
            constants["Channel"] = channel
        if provider is not None:
            constants["Provider_Name"] = provider
        if event_type is not None:
            constants["EventType"] = event_type
        traits = windows_traits(service, event_id, outcome_of(service, event_id))
        return Kind(self.format, logsource, MappingProxyType(constants), traits)

    def shared(self, logsource: LogSource) -> Kind:
        """The kind of events that share nothing but a log source."""
        if logsource not in self._shared:
            traits = windows_traits(logsource.service, None, Outcome.UNKNOWN)
            self._shared[logsource] = Kind(self.format, logsource, _NO_CONSTANTS, traits)
        return self._shared[logsource]
