"""What single records say about who is who: which events, which of their fields, and what follows from them.

| record | says |
|---|---|
| 4624, types 2, 7, 10–13 | the user sits at this host |
| 4624, types 3 and 10 | the user comes from the address; a machine account's address is that machine's own |
| | an NTLM logon names the workstation at the address; nothing follows about the host logged on to |
| 4647 | the user has left the host |
| 4768, 4769, granted | the user, or the machine whose account it is, has the address |
| Sysmon 3, initiated, from an internal address | the host has the address; the user is active on the host |
| DHCP assign, renew, release, expire | the lease, see `leases` |
| proxy record with a user | the user has the address |
| ``X-Forwarded-For`` of an internal relay | the relay's address is shared, the client's is forwarded |
| firewall record with a user; VPN tunnel | the user has the address |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from noroshi.events.values import fold
from noroshi.identity.names import address, host_name, is_internal, machine_name, user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from noroshi.events.model import Kind

Values = tuple[Any, ...]
DECLARED_HOST_RANK: Final = 0
"""Rank of an identity list for address → host; then leases, connections and the rest."""
DECLARED_USER_RANK: Final = 1
"""Rank of an identity list for user → host: behind a console logon, before remote desktop and activity."""
REMOTE_DESKTOP_RANK: Final = 2


class Fact(NamedTuple):
    """One statement.

    Attributes:
        kind: ``holds`` (address, host), ``uses`` (address, user), ``sits`` and ``active`` and ``left`` (user,
            host), ``relay`` (address), ``domain`` (DNS domain of the directory).
        left, right: Normalised names.
        what: Kind of record for people, a key of `sentences.RECORDS`.
        rank: Trust of this kind of record; lower is better.
    """

    kind: str
    left: str
    right: str
    what: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """How events of some kinds are read.

    Attributes:
        tag: Stable name; stands in what workers export.
        pick: The telling values of an event's fields, or None if it tells nothing; called for every event, so
            it is quick and leaves the values as they are.
        interpret: What picked values say.
        every: Whether each event counts by itself (leases), or one in each stretch of time is enough.
    """

    tag: str
    pick: Callable[[Mapping[str, Any]], Values | None]
    interpret: Callable[[Values], Iterator[Fact]]
    every: bool = False


_CONSOLE: Final = frozenset({"2", "7", "11", "13"})
_SITTING: Final = _CONSOLE | {"10", "12"}
_REMOTE: Final = frozenset({"3", "10"})


def _computer(fields: Mapping[str, Any]) -> Any:
    return fields.get("Computer") or fields.get("Hostname")


def _pick_logon(fields: Mapping[str, Any]) -> Values | None:
    return (
        _computer(fields),
        fields.get("TargetUserName"),
        fields.get("TargetDomainName"),
        fields.get("LogonType"),
        fields.get("IpAddress"),
        fields.get("WorkstationName"),
    )


def _logon(values: Values) -> Iterator[Fact]:
    computer, account, domain, logon_type, ip, workstation = values
    kind = str(logon_type)
    user, host, at = user_name(account, domain), host_name(computer), address(ip)
    yield from _domain_of(computer)
    if user and host and kind in _SITTING:
        yield Fact("sits", user, host, "interactive_logon", 0 if kind in _CONSOLE else REMOTE_DESKTOP_RANK)
    if kind not in _REMOTE or at is None or not is_internal(at):
        return
    if user:
        yield Fact("uses", at, user, "network_logon", 1)
    if machine := machine_name(account):
        yield Fact("holds", at, machine, "machine_account", 3)
    elif (named := host_name(workstation)) and named != host:
        yield Fact("holds", at, named, "workstation_name", 4)


def _domain_of(computer: Any) -> Iterator[Fact]:
    if isinstance(computer, str) and len(computer) <= 255:
        domain = fold(computer).strip(".").partition(".")[2]
        if "." in domain and not domain.replace(".", "").isdigit():
            yield Fact("domain", domain, "")


def _pick_logoff(fields: Mapping[str, Any]) -> Values | None:
    return _computer(fields), fields.get("TargetUserName"), fields.get("TargetDomainName")


def _logoff(values: Values) -> Iterator[Fact]:
    computer, account, domain = values
    user, host = user_name(account, domain), host_name(computer)
    if user and host:
        yield Fact("left", user, host)


def _pick_ticket(fields: Mapping[str, Any]) -> Values | None:
    if fields.get("Status") not in {"0x0", "0", 0, None}:
        return None
    return fields.get("TargetUserName"), fields.get("TargetDomainName"), fields.get("IpAddress")


def _ticket(values: Values) -> Iterator[Fact]:
    account, domain, ip = values
    if isinstance(domain, str) and "." in domain and len(domain) <= 255:
        yield Fact("domain", fold(domain).strip("."), "")
    if (at := address(ip)) is None:
        return
    if machine := machine_name(account):
        yield Fact("holds", at, machine, "machine_account", 3)
    elif user := user_name(account, domain):
        yield Fact("uses", at, user, "kerberos", 1)


def _pick_connection(fields: Mapping[str, Any]) -> Values | None:
    initiated = fields.get("Initiated")
    if initiated != "true" and initiated is not True:
        return None
    return _computer(fields), fields.get("User"), fields.get("SourceIp")


def _connection(values: Values) -> Iterator[Fact]:
    computer, account, ip = values
    host, user, at = host_name(computer), user_name(account), address(ip)
    yield from _domain_of(computer)
    if host and at and is_internal(at):
        yield Fact("holds", at, host, "sysmon_connection", 2)
    if host and user:
        yield Fact("active", user, host, "sysmon_activity", 3)


def _pick_proxy(fields: Mapping[str, Any]) -> Values | None:
    user = fields.get("cs-username")
    forwarded = _forwarded(fields)
    if (not user and not forwarded) or str(fields.get("sc-status")) == "407":
        return None
    return (sender(fields) if forwarded else fields.get("c-ip") or fields.get("src_ip")), user, forwarded


def sender(fields: Mapping[str, Any]) -> str | None:
    """The address that opened the event's connection, and so wrote or passed on its header; None if unknown.

    Suricata's ``src_ip`` is the sender of a packet, which is the server in ``to_client`` alerts: there the
    flow's source counts, or the other end.
    """
    flow = fields.get("flow")
    opened = flow.get("src_ip") if isinstance(flow, dict) else fields.get("flow.src_ip")
    if opened is None and fields.get("direction") == "to_client":
        opened = fields.get("dest_ip") or ""
    names = ("c-ip", "src_ip", "id.orig_h", "srcip", "src-ip", "clientip", "source.ip")
    named = (fields.get(name) for name in names)
    return address(opened if opened is not None else next((value for value in named if value), None))


def _forwarded(fields: Mapping[str, Any]) -> Any:
    get = fields.get
    return get("x-forwarded-for") or get("X-Forwarded-For") or get("cs(X-Forwarded-For)") or get("xff")


def forwarded_chain(fields: Mapping[str, Any], peer: str | None) -> tuple[str, ...]:
    """The internal addresses of an event's ``X-Forwarded-For``, those written last first.

    Every relay appends the address that it saw (RFC 7239 says the same of ``Forwarded``); what stands further
    left was already there when the request reached it, so the client may have made it up. Behind an entry
    that is no internal address (``unknown``, a public client of a reverse proxy) nothing is taken. A relay
    that names itself (`peer`) at the end is left out.
    """
    return _chain(_forwarded(fields), peer)


def _proxy(values: Values) -> Iterator[Fact]:
    client, account, forwarded = values
    at, user = address(client), user_name(account)
    chain = _chain(forwarded, at)
    if chain and at and is_internal(at):
        yield Fact("relay", at, chain[0])
        at = chain[0] if len(chain) == 1 else None
    if at and user and is_internal(at):
        yield Fact("uses", at, user, "proxy_user")


def _chain(forwarded: Any, peer: str | None) -> tuple[str, ...]:
    if not isinstance(forwarded, str) or len(forwarded) > 1024:
        return ()
    found: list[str] = []
    for part in reversed(forwarded.split(",")):
        at = address(part)
        if at is None or not is_internal(at):
            break
        if found or at != peer:
            found.append(at)
    return tuple(found)


def _pick_firewall(fields: Mapping[str, Any]) -> Values | None:
    user = fields.get("user") if fields.get("logon_result") != "failure" else None
    return (fields.get("tunnelip"), fields.get("srcip") or fields.get("src_ip"), user) if user else None


def _firewall(values: Values) -> Iterator[Fact]:
    tunnel, source, account = values
    if (user := user_name(account)) is None:
        return
    if (inner := address(tunnel)) is not None:
        yield Fact("uses", inner, user, "vpn")
    elif (at := address(source)) is not None and is_internal(at):
        yield Fact("uses", at, user, "firewall_user")


def _pick_lease(fields: Mapping[str, Any]) -> Values | None:
    action = fields.get("dhcp_action")
    if action not in LEASE_ACTIONS:
        return None
    return (
        action,
        fields.get("ip"),
        fields.get("mac"),
        fields.get("hostname"),
        fields.get("lease_seconds"),
        fields.get("lease_end"),
    )


def _no_facts(_values: Values) -> Iterator[Fact]:
    return iter(())


LEASE_ACTIONS: Final = frozenset({"assign", "renew", "release", "expire"})
LEASE: Final = Reading("lease", _pick_lease, _no_facts, every=True)
_LOGON: Final = Reading("logon", _pick_logon, _logon)
_LOGOFF: Final = Reading("logoff", _pick_logoff, _logoff)
_TICKET: Final = Reading("ticket", _pick_ticket, _ticket)
_CONNECTION: Final = Reading("connection", _pick_connection, _connection)
_PROXY: Final = Reading("proxy", _pick_proxy, _proxy)
_FIREWALL: Final = Reading("firewall", _pick_firewall, _firewall)
READINGS: Final = {
    reading.tag: reading for reading in (LEASE, _LOGON, _LOGOFF, _TICKET, _CONNECTION, _PROXY, _FIREWALL)
}

_WINDOWS: Final = {
    ("security", "4624"): _LOGON,
    ("security", "4647"): _LOGOFF,
    ("security", "4768"): _TICKET,
    ("security", "4769"): _TICKET,
    ("sysmon", "3"): _CONNECTION,
}


def reading_of(kind: Kind) -> Reading | None:
    """How events of this kind are read, by log source and constants alone; None if they tell nothing."""
    source = kind.logsource
    if "dhcp" in source.categories or source.service == "dhcp":
        return LEASE
    if source.product == "windows":
        return _WINDOWS.get((source.service or "", str(kind.constants.get("EventID"))))
    if "proxy" in source.categories:
        return _PROXY
    if "firewall" in source.categories or source.product == "fortigate":
        return _FIREWALL
    return None
