from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from noroshi.events.model import Entities
from noroshi.identity import Declared, LinkCollector, load_identities
from tests.identity.days import JST, at

if TYPE_CHECKING:
    from pathlib import Path

ENGLISH = """Host Name,User,E-mail,IP Address,valid_from,valid_to
PC-014,MINATO\\t.suzuki,T.Suzuki@minato-works.example,10.20.4.114,2020-07-01,2020-07-22
PC-015,t.suzuki,,,2020-07-23,
"""
JAPANESE = """端末名;ユーザー名;メールアドレス;開始日;終了日
PC-014;t.suzuki;t.suzuki@minato-works.example;2020/07/01;2020年7月22日
PC-015;t.suzuki;;2020/07/23;
"""


@pytest.mark.parametrize(
    ("text", "encoding"), [(ENGLISH, "utf-8-sig"), (JAPANESE, "cp932"), (JAPANESE, "utf-8")]
)
def test_rows_join_from_the_first_to_the_last_day(text: str, encoding: str, tmp_path: Path) -> None:
    """Header names and dates in both languages; the last day counts, in the list's zone."""
    path = tmp_path / "people.csv"
    path.write_text(text, encoding=encoding)
    declared, errors = load_identities([path], JST)
    assert () == errors
    directory = LinkCollector().directory(declared)
    hosts = [
        directory.resolve(Entities(mailbox="t.suzuki@minato-works.example"), moment).entities.host
        for moment in (at("23:59"), at("00:00", 23), datetime(2020, 6, 30, 14, 59, tzinfo=UTC))
    ]
    assert ["pc-014", "pc-015"] == hosts[:2]
    assert None is hosts[2]


def test_a_declared_link_prints_the_row(tmp_path: Path) -> None:
    """In both languages."""
    path = tmp_path / "people.csv"
    path.write_text(ENGLISH)
    directory = LinkCollector().directory(load_identities([path], JST)[0])
    (join, *_) = directory.resolve(Entities(address="10.20.4.114"), at("10:00")).joins
    expected = "10.20.4.114 is assigned to pc-014 from 2020-07-01 00:00 to 2020-07-23 00:00 JST"
    assert f"{expected} (identity list, {path}, line 2)" == join.sentence("en", JST)


def test_a_declared_shared_address_is_never_joined(tmp_path: Path) -> None:
    """By a word such as nat."""
    path = tmp_path / "shared.csv"
    path.write_text(
        "address,host,kind\n203.0.113.10,FW01,NAT\n10.20.0.8,PROXY01,proxy\n10.20.0.9,FS01,host\n"
    )
    declared, errors = load_identities([path])
    directory = LinkCollector().directory(declared)
    hosts = [
        directory.resolve(Entities(address=ip), at("10:00")).entities.host
        for ip in ("203.0.113.10", "10.20.0.8", "10.20.0.9")
    ]
    assert ((), [None, None, "fs01"]) == (errors, hosts)


def test_shared_networks_can_be_declared() -> None:
    """From a site list: addresses and networks of both families."""
    declared = Declared()
    declared.share(["203.0.113.0/28", "10.20.0.8", "2001:db8::/32"])
    with pytest.raises(ValueError, match="fw01"):
        declared.share(["fw01"])
    directory = LinkCollector().directory(declared)
    shared = ["203.0.113.10", "203.0.113.16", "10.20.0.8", "2001:db8::7", "fw01", ""]
    assert [True, False, True, True, False, False] == [directory.sharing(ip) is not None for ip in shared]


def test_each_bad_row_is_one_located_error(tmp_path: Path) -> None:
    """The other rows stand."""
    path = tmp_path / "bad.csv"
    path.write_text(
        "host,user,mailbox,address,valid_from,valid_to,shared\n"
        "PC-001,a.sato,,10.20.4.300,,,\n"
        "PC-001,a.sato,sato,,,,\n"
        "PC-001,a.sato,,,2020-13-01,,\n"
        "PC-001,a.sato,,,yesterday,,\n"
        "PC-001,a.sato,,,2020-07-02,2020-07-01,\n"
        "PC-001,,,,,,\n"
        "PC-001,,,,,,nat\n"
        "\n"
        "PC-002,b.sato,,,,,\n"
    )
    declared, errors = load_identities([path, tmp_path / "missing.csv"])
    assert [
        f"{path}: line 2: `10.20.4.300` is no address of one person or machine; correct the row",
        f"{path}: line 3: `sato` is no mailbox of one person or machine; correct the row",
        f"{path}: line 4: `2020-13-01` is no day of the calendar; correct the row",
        f"{path}: line 5: `yesterday` is no date such as 2020-07-22; correct the row",
        f"{path}: line 6: the end lies before the beginning; correct the row",
        f"{path}: line 7: names fewer than two of host, user, mailbox, address; correct the row",
        f"{path}: line 8: shared, but `` is no address or network; correct the row",
        f"{tmp_path}/missing.csv: cannot be read: No such file or directory; check the file",
    ] == [str(error) for error in errors]
    assert ["pc-002"] == [link.right.name for link in declared.links]


def test_a_file_without_a_known_header_is_one_error(tmp_path: Path) -> None:
    """Also an empty one."""
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text("")
    _, errors = load_identities([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert ["is no header of an identity list"] * 2 == [error.what for error in errors]
