"""What the events of a log lack, of what people look for first in logs of their kind.

Facts, judged on the events that were read: no Referer, no query, no command line, no failed logon. What a
format could never hold is described beside the formats (`noroshi.events.limits`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from noroshi.events.model import Kind
    from noroshi.service.survey import KindSeen


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that a log of these categories can show.

    Attributes:
        name: Key of its words.
        categories: Sigma categories, or services, that could show it.
        fields: It is shown where one of these fields holds a value …
        marks: … that contains one of these texts, if any are named; without fields: where events of one of
            these categories are beside them.
    """

    name: str
    categories: frozenset[str]
    fields: tuple[str, ...]
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was looked for and not found.

    Attributes:
        name: Key of its words: a name in `SHOWN`, or ``time``.
        sources: ``product/service`` of the events that lack it, sorted.
        elsewhere: Whether other events of the same log, of a kind that could show it, do show it.
    """

    name: str
    sources: tuple[str, ...]
    elsewhere: bool = False


_WEB: Final = frozenset({"proxy", "webserver"})
_PROCESS: Final = frozenset({"process_creation"})
_LOGON: Final = frozenset({"authentication"})
_VPN: Final = frozenset({"vpn"})
_MAIL: Final = frozenset({"mail"})
_VIRUS: Final = frozenset({"antivirus"})
_FIREWALL: Final = frozenset({"firewall"})
_SYSMON: Final = frozenset({"sysmon"})
SHOWN: Final = (
    Shown("referer", _WEB, ("cs-referer", "cs-referrer", "referrer", "referer", "http_refer")),
    Shown("query", _WEB, ("c-uri-query", "cs-uri-query", "c-uri", "cs-uri", "url"), ("?",)),
    Shown("path", _WEB, ("c-uri", "cs-uri", "cs-uri-stem", "url"), ("/",)),
    Shown("user_agent", _WEB, ("c-useragent", "cs-user-agent", "user_agent", "agent")),
    Shown("web_user", frozenset({"proxy"}), ("cs-username", "user", "username")),
    Shown("command_line", _PROCESS, ("CommandLine", "cmdline", "command")),
    Shown("parent", _PROCESS, ("ParentImage", "ParentProcessName")),
    Shown("hashes", _PROCESS, ("Hashes", "md5", "sha1", "sha256")),
    Shown("dns_answer", frozenset({"dns", "dns_query"}), ("answer", "answers", "QueryResults", "rdata")),
    Shown("dns_client", frozenset({"dns"}), ("src_ip", "c-ip", "client_ip")),
    Shown("firewall_bytes", _FIREWALL, ("sentbyte", "orig_bytes", "bytes", "bytes_out", "sent_bytes")),
    Shown("firewall_user", _FIREWALL, ("user", "srcuser", "User")),
    Shown("mail_subject", _MAIL, ("mail_subject", "subject")),
    Shown("mail_attachment", _MAIL, ("filename", "attachment", "attachments", "mail_attachments")),
    Shown("mail_verdict", _MAIL, ("mail_verdict", "verdict")),
    Shown("logon_user", _LOGON, ("logon_user",)),
    Shown("logon_origin", _LOGON, ("logon_origin",)),
    Shown("logon_success", _LOGON, ("logon_result",), ("success",)),
    Shown("logon_failure", _LOGON, ("logon_result",), ("failure",)),
    Shown("vpn_user", _VPN, ("logon_user", "srcuser", "user", "User")),
    Shown("vpn_origin", _VPN, ("src_ip", "public_ip")),
    Shown("vpn_address", _VPN, ("assigned_ip", "private_ip", "tunnelip", "office_mode_ip")),
    Shown("ids_url", frozenset({"ids"}), ("c-uri", "cs-host", "url", "http.url")),
    Shown("waf_body", frozenset({"waf"}), ("request_body", "request.body")),
    Shown("virus_file", _VIRUS, ("Filename", "file_name", "filePath", "fname")),
    Shown(
        "virus_hash", _VIRUS, ("sha256", "sha1", "md5", "file_md5", "fileHash", "Hashes", "analyticscksum")
    ),
    Shown("dhcp_name", frozenset({"dhcp"}), ("hostname",)),
    Shown("change_user", frozenset({"configuration"}), ("change_user",)),
    Shown("security_processes", frozenset({"security"}), (), ("process_creation",)),
    Shown("security_logons", frozenset({"security"}), (), ("authentication",)),
    Shown("sysmon_network", _SYSMON, (), ("network_connection",)),
    Shown("sysmon_dns", _SYSMON, (), ("dns_query",)),
    Shown("sysmon_files", _SYSMON, (), ("file_event",)),
    Shown("script_blocks", frozenset({"powershell"}), (), ("ps_script",)),
)
"""What people look for first, by kind of log."""
_MARKS: Final = {
    name: tuple(mark for one in SHOWN if name in one.fields for mark in one.marks)
    for one in SHOWN
    for name in one.fields
    if one.marks
}

PATHS: Final = tuple(dict.fromkeys(name for one in SHOWN for name in one.fields if "." in name))
"""The dotted ones among the fields: what a survey has to look for inside events."""

Mark = tuple[Any, str, str]
"""A kind, a field and the text that one of its values contains."""


def marks_in(kind: Kind, name: str, value: Any) -> Iterator[Mark]:
    """The marks of `SHOWN` that this value carries."""
    for mark in _MARKS.get(name, ()):
        if isinstance(value, str) and mark in _after_host(value):
            yield kind, name, mark


def is_judged(kinds: Mapping[Kind, KindSeen]) -> bool:
    """Whether anything is looked for in logs of these kinds."""
    return any(_concerns(one, kind) for one in SHOWN for kind in kinds)


def gaps_of(kinds: Mapping[Kind, KindSeen], marks: set[Mark]) -> Iterator[Gap]:
    """What kinds of these categories could show and no event of a log source shows, ordered as `SHOWN`."""
    for one in SHOWN:
        sources: dict[str, bool] = {}
        for kind, seen in kinds.items():
            if _concerns(one, kind):
                named = name_of(kind)
                sources[named] = sources.get(named, False) or _shows(one, seen, kinds, marks)
        silent = tuple(sorted(name for name, shows in sources.items() if not shows))
        if silent:
            yield Gap(one.name, silent, elsewhere=len(silent) < len(sources))


def name_of(kind: Kind) -> str:
    """Product and service of a kind, or its format where Sigma has no word for them."""
    source = kind.logsource
    return "/".join(part for part in (source.product, source.service) if part) or kind.format


def _concerns(one: Shown, kind: Kind) -> bool:
    source = kind.logsource
    return bool(one.categories & source.categories) or source.service in one.categories


def _shows(one: Shown, seen: KindSeen, kinds: Mapping[Kind, KindSeen], marks: set[Mark]) -> bool:
    if not one.fields:
        own = name_of(seen.kind)
        return any(kind.logsource.categories & set(one.marks) for kind in kinds if name_of(kind) == own)
    if one.marks:
        return any((seen.kind, name, mark) in marks for name in one.fields for mark in one.marks)
    known = seen.filled | seen.dotted | seen.kind.constants.keys()
    return not known.isdisjoint(one.fields)


def _after_host(value: str) -> str:
    """A URL without its scheme: ``host:443`` is all that HTTPS through a proxy shows."""
    return value.partition("://")[2] or value
