"""Identity lists: who has which host, mailbox and address, from a CSV file that people keep.

Columns, in any order and case, English or Japanese: ``host`` (端末名), ``user`` (ユーザー), ``mailbox``
(メールアドレス), ``address`` (IPアドレス), ``valid_from`` (開始日), ``valid_to`` (終了日; a date without
time is the last day), ``shared`` (共有: ``yes`` or a word such as ``proxy`` or ``nat``, for addresses of
many). A row needs two of the first four, or a shared address. Separated by comma, semicolon or tab; UTF-8 or
CP932, which Excel writes.
"""

from __future__ import annotations

import csv
import ipaddress
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.events.values import fold
from noroshi.identity.facts import DECLARED_HOST_RANK, DECLARED_USER_RANK
from noroshi.identity.model import Evidence, Link, Named
from noroshi.identity.names import address, host_name, user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from noroshi.identity.model import EntityKind

SHARED_LISTS: Final = ("proxies", "nat_addresses", "shared_addresses")
"""Names of site lists of addresses that are shared by many; the wiring hands them to `Declared.share`."""
MAX_BYTES: Final = 64 << 20
_COLUMNS: Final = {
    "host": "host hostname computer computername device asset pc pc名 端末 端末名 ホスト ホスト名 "
    "コンピュータ名 コンピューター名",
    "user": "user username account accountname login loginid samaccountname 利用者 利用者id ユーザー ユーザ "
    "ユーザー名 ユーザ名 ユーザーid アカウント アカウント名 ログインid",
    "mailbox": "mailbox mail email mailaddress emailaddress メール メールアドレス メールボックス",
    "address": "address ip ipaddress ipv4 ipアドレス アドレス",
    "valid_from": "validfrom from start since 開始 開始日 利用開始 利用開始日 有効開始日",
    "valid_to": "validto to until end 終了 終了日 利用終了 利用終了日 有効終了日",
    "shared": "shared kind 共有 種別",
}
_BY_HEADER: Final = {name: column for column, names in _COLUMNS.items() for name in names.split()}
_NOT_SHARED: Final = frozenset(
    {"", "no", "false", "0", "n", "-", "×", "いいえ", "個人", "host", "pc", "client", "端末"}
)
_DATE: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]+(\d{1,2}):(\d\d)(?::(\d\d))?)?(Z)?", re.ASCII
)
_MAILBOX: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")
_PAIRS: Final[tuple[tuple[EntityKind, EntityKind, int], ...]] = (
    ("mailbox", "user", 0),
    ("user", "host", DECLARED_USER_RANK),
    ("address", "host", DECLARED_HOST_RANK),
    ("address", "user", 0),
    ("mailbox", "host", 0),
)
_MEND: Final = "correct the row"


@dataclass(slots=True)
class Declared:
    """What identity lists declare.

    Attributes:
        links: Links of rank and evidence of a list.
        shared: Addresses and networks (``203.0.113.0/28``) of many.
        domains: Domains of the mailboxes: a mailbox there is named like its account.
    """

    links: list[Link] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)

    def share(self, addresses: Iterable[str]) -> None:
        """Declare addresses or networks as shared by many, for example those of a site list.

        Raises:
            ValueError: One is neither.
        """
        for text in addresses:
            network = ipaddress.ip_network(text.strip(), strict=False)
            single = network.num_addresses == 1
            self.shared.add(str(network.network_address if single else network))


def load_identities(
    paths: Iterable[str | Path], zone: tzinfo = UTC
) -> tuple[Declared, tuple[LocatedError, ...]]:
    """What these CSV files declare, and everything that is wrong with them; dates are read in `zone`."""
    declared = Declared()
    errors: list[LocatedError] = []
    for path in map(Path, paths):
        try:
            for place, row in _rows(path):
                try:
                    _declare(declared, row, Evidence("", str(path), place, "identity_list"), zone)
                except ValueError as error:
                    errors.append(LocatedError(str(path), place, str(error), _MEND))
        except LocatedError as error:
            errors.append(error)
        except (OSError, csv.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            errors.append(
                LocatedError(
                    str(path), "", Sentence("cannot be read: {reason}", reason=reason), "check the file"
                )
            )
    return declared, tuple(errors)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    if path.stat().st_size > MAX_BYTES:
        raise LocatedError(
            str(path),
            "",
            Sentence("is larger than {max_bytes:,} bytes", max_bytes=MAX_BYTES),
            "split the list",
        )
    lines = _decoded(path.read_bytes()).splitlines()
    first = lines[0] if lines else ""
    reader = csv.reader(lines, delimiter=max(",;\t", key=first.count))
    columns = [_BY_HEADER.get(_plain(name)) for name in next(reader, [])]
    if len(set(columns) & {"host", "user", "mailbox", "address"}) == 0:
        mend = "name at least two of host, user, mailbox, address in the first row"
        raise LocatedError(str(path), "line 1", "is no header of an identity list", mend)
    for cells in reader:
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name}
        if any(row.values()):
            yield f"line {reader.line_num}", row


def _plain(header: str) -> str:
    return re.sub(r"[\s_.-]", "", fold(header.strip("\ufeff ")))


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _declare(declared: Declared, row: dict[str, str], evidence: Evidence, zone: tzinfo) -> None:
    if fold(row.get("shared", "")) not in _NOT_SHARED:
        _share(declared, row.get("address", ""))
        return
    named = _names(row)
    start, end = _date(row.get("valid_from", ""), zone), _date(row.get("valid_to", ""), zone, last_day=True)
    if start is not None and end is not None and end <= start:
        raise ValueError("the end lies before the beginning")
    if len(named) < 2:
        raise ValueError("names fewer than two of host, user, mailbox, address")
    for left, right, rank in _PAIRS:
        if left in named and right in named and not _is_indirect(left, right, named):
            ends = Named(left, named[left]), Named(right, named[right])
            declared.links.append(Link(*ends, start, end, evidence, None, rank))
    if "mailbox" in named:
        declared.domains.add(named["mailbox"].partition("@")[2])


def _share(declared: Declared, text: str) -> None:
    try:
        declared.share([text])
    except ValueError:
        raise ValueError(Sentence("shared, but `{text}` is no address or network", text=text[:80])) from None


def _is_indirect(left: EntityKind, right: EntityKind, named: dict[EntityKind, str]) -> bool:
    """The row's other names lead there already."""
    return (left, right) == ("mailbox", "host") and "user" in named


def _names(row: dict[str, str]) -> dict[EntityKind, str]:
    named: dict[EntityKind, str] = {}
    for kind, read in _READERS.items():
        if text := row.get(kind):
            name = read(text)
            if not name:
                raise ValueError(
                    Sentence("`{text}` is no {kind} of one person or machine", text=text[:80], kind=kind)
                )
            named[kind] = name
    return named


def _mailbox(text: str) -> str | None:
    return fold(text) if _MAILBOX.fullmatch(text) else None


_READERS: Final[Mapping[EntityKind, Callable[[str], str | None]]] = {
    "host": host_name,
    "user": user_name,
    "mailbox": _mailbox,
    "address": address,
}


def _date(text: str, zone: tzinfo, *, last_day: bool = False) -> datetime | None:
    if not text or text in {"-", "9999-12-31", "9999/12/31"}:
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(Sentence("`{text}` is no date such as 2020-07-22", text=text[:80]))
    year, month, day, hour, minute, second, utc = match.groups()
    clock = (int(hour), int(minute), int(second or 0)) if hour else (0, 0, 0)
    try:
        at = datetime(int(year), int(month), int(day), *clock, tzinfo=UTC if utc else zone)
    except ValueError:
        raise ValueError(Sentence("`{text}` is no day of the calendar", text=text[:80])) from None
    if last_day and not hour:
        at += timedelta(days=1)
    return at.astimezone(UTC)
