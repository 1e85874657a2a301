"""The bundled packs on logons and mail: clean, tested, quiet on an ordinary day, awake on real log lines."""

# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson
import pytest

from noroshi.demo import generate
from noroshi.indicators.lists import load_lists
from noroshi.rules import load_rules
from noroshi.rules.guide import parse_guide
from noroshi.rules.lint import lint
from noroshi.rules.model import LEVELS
from noroshi.service.ruleset import prepare
from noroshi.service.ruletests import rule_folders, run_tests
from noroshi.service.scan import ScanOptions, scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.rules.guide import Guide
    from noroshi.rules.loading import Loaded
    from noroshi.service.ruleset import Prepared

RULES: Final = Path(__file__).parents[2] / "rules"
PACKS: Final = [path for path in (RULES / "logon", RULES / "mail") if path.is_dir()]
FOLDERS: Final = rule_folders(PACKS)
_SEARCH_RULE: Final = re.compile(r"--rules \{folder\}/(\S+\.yml) ")


def _name(folder: Path) -> str:
    return folder.name


@cache
def _loaded(pack: Path) -> Loaded:
    lists, errors = load_lists([pack / "lists"])
    assert () == errors
    return load_rules([pack], lists=frozenset(lists.names), strict=True)


@pytest.mark.parametrize("pack", PACKS, ids=_name)
def test_the_pack_loads_strictly_and_is_clean(pack: Path) -> None:
    """No error, no inactive rule, nothing for the linter in either language."""
    assert () == _loaded(pack).errors
    assert [] == [rule.name for rule in _loaded(pack).ruleset.rules if rule.inactive]
    assert [] == [str(issue) for issue in lint([pack])]


def test_there_are_as_many_rules_as_the_issue_asks() -> None:
    """At least sixteen over logons and mail."""
    assert len(FOLDERS) >= 16


@pytest.mark.parametrize("folder", FOLDERS, ids=_name)
def test_rule_tests_and_mutation_tests_pass(folder: Path) -> None:
    """Every test of the rule passes, and every changed value is noticed by one."""
    (report,) = run_tests([folder])
    assert [] == [f"{test.name}: {test.what}" for test in report.tests if not test.passed]
    assert () == report.errors
    assert () == report.survivors
    assert report.mutants > 0


def _guide(folder: Path, language: str) -> Guide:
    name = "guide.md" if language == "en" else "guide.ja.md"
    guide, problems = parse_guide((folder / name).read_text(encoding="utf-8"), language)
    assert [] == problems
    return guide


@pytest.mark.parametrize("folder", FOLDERS, ids=_name)
def test_guides_name_their_rule_and_searches_that_load(folder: Path) -> None:
    """The title is the rule's; each search names a file that loads; both languages search alike."""
    english, japanese = _guide(folder, "en"), _guide(folder, "ja")
    ruleset = _loaded(folder.parent).ruleset
    metas = [rule.meta for rule in ruleset.rules] + [one.meta for one in ruleset.correlations]
    assert english.title in {meta.title for meta in metas}
    assert [step.search for step in english.steps] == [step.search for step in japanese.steps]
    for step in english.steps:
        named = _SEARCH_RULE.search(step.search)
        assert named is not None, step.search
        loaded = load_rules([folder / named[1]])
        assert () == loaded.errors
        assert 1 == len(loaded.ruleset.rules)


@cache
def _prepared(*lists: Path) -> Prepared:
    return prepare(PACKS, list(lists), cache_dir=None)


def _levels(logs: Path, *lists: Path) -> dict[str, str]:
    """Folder names of the rules that alert on these logs, with the level of the alert."""
    found = scan(ScanOptions(paths=[logs], workers=1), _prepared(*lists))
    with closing(found):
        return {Path(alert.rule.folder).name: alert.rule.level for alert in found.alerts()}


def test_an_ordinary_day_with_its_look_alikes_stays_below_high(tmp_path: Path) -> None:
    """The demo's background, with the company's site lists."""
    generate(tmp_path, 20200722, 0.2, chain=False)
    levels = _levels(tmp_path / "logs", tmp_path / "site.toml")
    assert {} == {
        name: level for name, level in levels.items() if LEVELS.index(level) >= LEVELS.index("high")
    }


def _lines(count: int, step: timedelta, line: Callable[[int, str], str]) -> str:
    start = datetime(2020, 7, 22, 4, 0, tzinfo=UTC)
    return "".join(f"{line(n, (start + n * step).isoformat(timespec='seconds'))}\n" for n in range(count))


SITE: Final = """\
[lists.own_domains]
type = "domain"
values = ["minato-works.example"]

[lists.protected_domains]
type = "near_domain"
values = ["minato-works.example"]
"""
_SECOND: Final = timedelta(seconds=1)


def _sshd(number: int, at: str) -> str:
    word = "Accepted" if number == 25 else "Failed"
    return f"{at} web01 sshd[{number}]: {word} password for root from 203.0.113.9 port 4711 ssh2"


def _fortigate(number: int, at: str) -> str:
    when = datetime.fromisoformat(at)
    action = "tunnel-up" if number == 12 else "ssl-login-fail"
    return (
        f'date={when:%Y-%m-%d} time={when:%H:%M:%S} devname="FW01" devid="FGT1" eventtime={when:%s} tz="+0000" logid="0101039426" type="event" subtype="vpn" '
        f'action="{action}" tunneltype="ssl-tunnel" remip=203.0.113.9 user="user{number % 10}" tunnelip=10.212.1.2'
    )


def _globalprotect(number: int, at: str) -> str:
    when = f"{datetime.fromisoformat(at):%Y/%m/%d %H:%M:%S}"
    return (
        f"1,{when},007,GLOBALPROTECT,0,2305,{when},vsys1,gateway-auth,login,RADIUS,,bob,JP,PC-014,203.0.113.{number + 1},0.0.0.0,0.0.0.0,0.0.0.0,id,,5.1,Windows,10,1,,"
        "Authentication failed: Invalid username or password,,failure,,0,,0,portal"
    )


def _windows(event_id: int, user: str, at: str, **data: object) -> str:
    record = {
        "Channel": "Security",
        "EventID": event_id,
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "Hostname": "SRV01.minato.example",
    }
    return orjson.dumps(
        record | {"EventTime": at, "TargetUserName": user, "TargetDomainName": "MINATO"} | data
    ).decode()


def _sprayed(number: int, at: str) -> str:
    """Kerberos and NTLM over the network in turn: the address is written in two ways."""
    if number == 12:
        return _windows(4624, "user7", at, LogonType=3, IpAddress="10.20.4.99", WorkstationName="PC-099")
    if number % 2:
        return _windows(4771, f"user{number}", at, Status="0x18", IpAddress="::ffff:10.20.4.99")
    return _windows(4625, f"user{number}", at, LogonType=3, IpAddress="10.20.4.99", WorkstationName="PC-099")


RAW: Final[dict[str, tuple[str, set[str]]]] = {
    "sshd": (
        _lines(26, _SECOND, _sshd),
        {"ssh-brute-force", "ssh-logon-after-brute-force", "ssh-root-logon"},
    ),
    "FortiGate SSL-VPN": (
        _lines(13, 10 * _SECOND, _fortigate),
        {"vpn-password-spraying", "vpn-logon-after-failures"},
    ),
    "GlobalProtect": (_lines(6, 10 * _SECOND, _globalprotect), {"vpn-account-attacked-from-many-addresses"}),
    "Windows": (
        _lines(13, 10 * _SECOND, _sprayed),
        {"windows-password-spraying", "windows-logon-after-spraying"},
    ),
    "a mail gateway": (
        '{"time":"2020-07-22T04:12:09Z","envelope_from":"a@minato-wroks.example","recipients":["c@minato-works.example"],"subject":"x","attachments":["order.pdf.js"],"verdict":"malware","action":"delivered"}\n',
        {"program-attached", "disguised-attachment", "look-alike-domain", "malicious-mail-delivered"},
    ),
    "Zeek's files": (
        '{"_path":"files","ts":1595391129.1,"fuid":"F1","source":"SMTP","analyzers":[],"conn_uids":["C1"],"filename":"a.one"}\n',
        {"container-attached"},
    ),
    "Zeek's smtp": (
        '{"_path":"smtp","ts":1595391129.1,"uid":"C1","id.orig_h":"198.51.100.25","id.orig_p":1,"id.resp_h":"10.20.0.25","id.resp_p":25,"mailfrom":"i@shop.example","rcptto":["h@minato-works.example"],"from":"\\"t@minato-works.example\\" <i@shop.example>"}\n',
        {"own-address-in-display-name"},
    ),
    "Postfix with header checks": (
        (
            'Jul 22 13:05:01 mx01 postfix/cleanup[1]: 4BBQZ16fz3z1xV: warning: header Content-Type: application/x; name="list.xlsm" from m.shop.example[198.51.100.25]; from=<i@shop.example> to=<h@minato-works.example> proto=ESMTP helo=<h>\n'
            "Jul 22 13:05:02 mx01 postfix/lmtp[2]: 4BBQZ16fz3z1xV: to=<h@minato-works.example>, relay=l[private/l], delay=0.5, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)\n"
        ),
        {"macro-document-attached"},
    ),
    "Postfix, outgoing": (
        "".join(
            f"Jul 22 13:05:{n:02} mx01 postfix/qmgr[1]: 4BBQZ16fz3z1{n:02}: from=<t@minato-works.example>, size=9, nrcpt=1 (queue active)\n"
            f"Jul 22 13:05:{n:02} mx01 postfix/smtp[2]: 4BBQZ16fz3z1{n:02}: to=<x{n}@a.example>, relay=a[203.0.113.7]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (host a said: 550)\n"
            for n in range(50)
        ),
        {"mass-mail-from-one-account", "many-bounces-of-one-account"},
    ),
    "sudo": (
        "2020-07-22T13:12:11+09:00 web01 sudo:  www-data : user NOT in sudoers ; TTY=unknown ; PWD=/var/www ; USER=root ; COMMAND=/bin/sh\n",
        {"sudo-refused"},
    ),
}


@pytest.mark.parametrize("name", RAW)
def test_lines_as_products_write_them_reach_the_rules(name: str, tmp_path: Path) -> None:
    """From the log file to the alert: what the rules look at is what the formats give."""
    text, expected = RAW[name]
    (tmp_path / "log").write_text(text, encoding="utf-8")
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    assert expected <= _levels(tmp_path / "log", tmp_path / "site.toml").keys()
