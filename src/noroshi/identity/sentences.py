"""Joins and refusals as sentences in English and Japanese."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from noroshi.identity.model import Evidence, Link, Refusal

RECORDS: Final = {
    "dhcp_lease": ("DHCP lease", "DHCP リース"),
    "sysmon_connection": ("connection logged by the host itself, Sysmon 3", "端末自身の通信記録(Sysmon 3)"),
    "sysmon_activity": ("program of the user, Sysmon 3", "利用者のプログラムの通信(Sysmon 3)"),
    "machine_account": ("logon of the machine account", "コンピューターアカウントのログオン"),
    "workstation_name": (
        "network logon that names the workstation",
        "ワークステーション名を含むネットワークログオン",
    ),
    "interactive_logon": ("interactive logon, 4624", "対話型ログオン(4624)"),
    "network_logon": ("network logon, 4624", "ネットワークログオン(4624)"),
    "kerberos": ("Kerberos ticket", "Kerberos チケットの要求"),
    "proxy_user": ("user name at the proxy", "プロキシの認証ユーザー"),
    "firewall_user": ("user name at the firewall", "ファイアウォールの認証ユーザー"),
    "vpn": ("VPN address", "VPN の割り当てアドレス"),
    "forwarded_for": ("X-Forwarded-For of this record", "この記録の X-Forwarded-For"),
    "identity_list": ("identity list", "資産・利用者台帳"),
    "mail_name": ("mailbox named like the account of its domain", "アカウント名と同名のメールボックス"),
}
"""Kind of record → English and Japanese."""

_VERBS: Final = {
    ("address", "address"): ("{left} forwarded for {right}{when}", "{left} は{when} {right} の通信を中継"),
    ("address", "host"): ("{left} was {right}{when}", "{left} は{when} {right} が使用"),
    ("address", "user"): ("{left} was used by {right}{when}", "{left} は{when} {right} が使用"),
    ("user", "host"): ("{left} was logged on to {right}{when}", "{left} は{when} {right} にログオンしていた"),
    ("mailbox", "user"): (
        "mailbox {left} belongs to {right}{when}",
        "メールボックス {left} の利用者は{when} {right}",
    ),
    ("mailbox", "host"): (
        "mailbox {left} is read on {right}{when}",
        "メールボックス {left} の端末は{when} {right}",
    ),
    ("mailbox", "address"): (
        "mailbox {left} is read at {right}{when}",
        "メールボックス {left} のアドレスは{when} {right}",
    ),
}
_ACTIVE: Final = ("{left} was active on {right}{when}", "{left} は{when} {right} で活動")
_ASSIGNED: Final = ("{left} is assigned to {right}{when}", "{left} は{when} {right} に割り当て済み")
_SHARED: Final = (
    "{name} is shared by many ({count:,}: {some}), so it is not joined to a {wanted}",
    "{name} は多数で共有されているため({count:,} 件: {some})、{wanted}には結び付けていない",
)
_SEVERAL: Final = (
    "{name} fits {count:,} {wanted}s at that time ({some}), so it is joined to none",
    "{name} にはその時刻に該当する{wanted}が {count:,} 件あるため({some})、いずれにも結び付けていない",
)
_KINDS: Final = {
    "host": ("host", "端末"),
    "user": ("user", "利用者"),
    "address": ("address", "アドレス"),
    "mailbox": ("mailbox", "メールボックス"),
}


def link_sentence(link: Link, lang: str, zone: tzinfo | None) -> str:
    """As ``10.20.4.114 was pc-014 from 2020-07-22 12:02 to 20:02 JST (DHCP lease, a.log, position 8)``."""
    column = _column(lang)
    verbs = _VERBS[link.left.kind, link.right.kind]
    if link.evidence.what == "identity_list" and link.left.kind != "mailbox":
        verbs = _ASSIGNED
    elif link.evidence.what == "sysmon_activity":
        verbs = _ACTIVE
    when = _when(link, column, zone or UTC)
    text = verbs[column].format(left=link.left.name, right=link.right.name, when=when)
    if column:
        return f"{text}({_record(link.evidence, column)})"
    return f"{text} ({_record(link.evidence, column)})"


def refusal_sentence(refusal: Refusal, lang: str) -> str:
    """Why an entity was not joined."""
    column = _column(lang)
    texts = _SHARED if refusal.reason == "shared" else _SEVERAL
    some = ", ".join(refusal.candidates)
    more = refusal.count > len(refusal.candidates)
    return texts[column].format(
        name=refusal.known.name,
        count=refusal.count,
        some=f"{some}, …" if more and some else some or "…",
        wanted=_KINDS[refusal.wanted][column],
    )


def _column(lang: str) -> int:
    return 1 if lang.lower().startswith("ja") else 0


def _record(evidence: Evidence, column: int) -> str:
    what = RECORDS[evidence.what][column]
    if not evidence.path:
        return what
    if column:
        line = evidence.position.removeprefix("line ")
        where = f" {line} 行目" if line != evidence.position else f"位置 {line}"
        return f"{what}、{evidence.path} の{where}"
    place = evidence.position if " " in evidence.position else f"position {evidence.position}"
    return f"{what}, {evidence.path}, {place}"


def _when(link: Link, column: int, zone: tzinfo) -> str:
    start, end = _local(link.start, zone), _local(None if link.assumed_end else link.end, zone)
    reference = start or end
    if reference is None:
        return ""
    name = reference.tzname() or ""
    first = f"{start:%Y-%m-%d %H:%M}" if start else ""
    same_day = start is not None and end is not None and start.date() == end.date()
    second = (f"{end:%H:%M}" if same_day else f"{end:%Y-%m-%d %H:%M}") if end else ""
    if column:
        if not first:
            return f" {second}({name})まで"
        return f" {first}〜{second}({name})の間" if second else f" {first}({name})以降"
    parts = [f"from {first}" if first else "", f"to {second}" if second else "", name]
    return " " + " ".join(part for part in parts if part)


def _local(at: datetime | None, zone: tzinfo) -> datetime | None:
    return None if at is None else at.astimezone(zone)
