"""The story of the Emotet day: what an analyst must be able to read in it."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from noroshi.cli.story.facts import Facts
from noroshi.cli.story.page import Page
from noroshi.cli.story.searches import Known, filled
from noroshi.cli.words import words
from noroshi.events.model import Entities
from tests.cli.test_headline import alert
from tests.cli.test_scan import sysmon, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

FACTS = (
    "pc-014",
    "t.suzuki",
    "10.20.4.114",
    "t.suzuki@minato-works.example",
    "Emotet",
    "13:12:58",
    "13:13:31",
    "JST (UTC+09:00)",
    "Re: 見積書の件",
    "請求書_20200722.doc",
    "C:\\Users\\t.suzuki\\284.exe",
    "198.51.100[.]77:80",
    "hxxp://www.sakura-bento[.]example/wp-includes/9fTzqE/",
    "infection-chain",
    "office-then-wmi-powershell",
)
"""From the scenario of the day: whom, what, when, and what the report has to name."""


def headline_of(told: str, between: str) -> str:
    """The first paragraph below the title, in one line."""
    return between.join(told.partition("\n\n")[0].splitlines()[1:])


@pytest.fixture
def told(stories: dict[str, str], request: pytest.FixtureRequest) -> str:
    """The story in the language asked for."""
    return stories[request.param]


@pytest.mark.parametrize("told", ["en", "ja"], indirect=True)
def test_the_facts_stand_in_both_languages(told: str) -> None:
    """Names, times with zone, values defanged."""
    assert [] == [fact for fact in FACTS if fact not in told]
    assert "http://www.sakura-bento" not in told


@pytest.mark.parametrize("told", ["en"], indirect=True)
def test_the_headline_can_be_acted_on(told: str) -> None:
    """Blocked, then allowed; what that means for the machine; that it spreads."""
    headline = headline_of(told, " ")
    assert headline.startswith(
        "Emotet on pc-014 (t.suzuki): C2 call blocked at 13:12:58, then allowed from 13:13:31 on"
    )
    assert "spreading from 15:00" in headline
    assert headline.endswith("Treat pc-014 as infected: isolate it now.")


@pytest.mark.parametrize("told", ["ja"], indirect=True)
def test_the_headline_in_japanese(told: str) -> None:
    """The same in Japanese."""
    headline = headline_of(told, "")
    assert "C2 通信は 13:12:58 に遮断されたが、13:13:31 以降は許可されている" in headline
    assert headline.endswith("pc-014 を感染端末として扱い、直ちに隔離すること。")


@pytest.mark.parametrize("told", ["en"], indirect=True)
def test_stages_come_in_order(told: str) -> None:
    """Delivery, execution, download, persistence, C2, spread."""
    happened = told.partition("WHAT HAPPENED")[2].partition("\nWHY")[0]
    stages = re.findall(r"^ (Delivery|Execution|Download|Persistence|C2|Spread)$", happened, re.MULTILINE)
    assert ["Delivery", "Execution", "Download", "Persistence", "C2", "Spread"] == list(dict.fromkeys(stages))


@pytest.mark.parametrize("told", ["en"], indirect=True)
def test_the_times_of_the_story_never_go_back(told: str) -> None:
    """What happened is told in order."""
    happened = told.partition("WHAT HAPPENED")[2].partition("\nWHY")[0]
    times = re.findall(r"^  (\d\d:\d\d:\d\d) ", happened, re.MULTILINE)
    assert 8 < len(times)
    assert sorted(times) == times


@pytest.mark.parametrize("told", ["en"], indirect=True)
def test_the_joins_are_told_with_their_evidence(told: str) -> None:
    """Why mail, host and proxy are one story: the lease and its place."""
    assert "10.20.4.114 was pc-014 from 2020-07-22 12:0" in " ".join(told.split())
    assert "DHCP lease, dhcp/dhcpd.log, position" in " ".join(told.split())


@pytest.mark.parametrize("told", ["en"], indirect=True)
def test_other_alerts_name_no_threat(told: str) -> None:
    """Look-alikes are listed compactly, without calling them Emotet's."""
    other = told.partition("OTHER ALERTS")[2].partition("SUMMARY")[0]
    assert "pc-029" in other
    assert "Emotet on" not in other
    assert "ENCOUNTER 1 of 1" in told


@pytest.mark.parametrize("told", ["ja"], indirect=True)
def test_nobody_allowed_what_ran_on_the_machine(told: str) -> None:
    """PowerShell simply ran; the mail was let through, the first call was not."""
    lines = [line.strip() for line in told.splitlines()]
    assert any(line.startswith("13:11:40 高(13:12:09 まで): Word") for line in lines)
    assert any(line.startswith("13:05:12 高、許可: ") for line in lines)
    assert any(line.startswith("13:12:58 高、遮断: ") for line in lines)


def test_a_search_of_the_story_runs(run: Run, stories: dict[str, str]) -> None:
    """The first command finds the process of the infection when it is pasted (up to the pipe)."""
    told = stories["en"]
    command = next(line for line in told.splitlines() if line.startswith("     $ noroshi scan "))
    arguments = command.removeprefix("     $ noroshi ").partition(" | ")[0].split()
    found = [json.loads(line) for line in run(*arguments, "--workers", 1).out.splitlines()]
    assert 'select(.entities.host == "pc-014")' in command
    assert "C:\\Users\\t.suzuki\\284.exe" in {one["event"]["Image"] for one in found}


@pytest.mark.parametrize("columns", [80, 140])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_lines_fit_the_terminal(  # noqa: PLR0917 - fixtures
    run: Run,
    day: Path,
    day_options: tuple[object, ...],
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    language: str,
) -> None:
    """No line is wider, in cells; only commands to copy stay whole."""
    monkeypatch.setenv("COLUMNS", str(columns))
    told = run("scan", day / "logs", *day_options, "--lang", language).out
    lines = [line for line in told.splitlines() if not line.startswith("     $ ")]
    assert [] == [line for line in lines if cell_len(line) > columns]
    assert columns - 10 < max(map(cell_len, lines))


def test_a_blocked_call_alone_still_means_an_infected_machine(run: Run, tmp_path: Path) -> None:
    """All C2 calls blocked: infected all the same, and the headline says both."""
    url = "http://198.51.100.77/Nm0D3aXnQW1r/bhUEROru/"
    line = (
        '10.20.4.114 - - [22/Jul/2020:13:12:58 +0900] "POST {0} HTTP/1.1" 403 3952 "{0}" '
        '"Mozilla/4.0 (compatible)" TCP_DENIED:HIER_NONE'
    )
    told = run("scan", write(tmp_path / "access.log", line.format(url)), "--zone", "Asia/Tokyo").out
    headline = headline_of(told, " ")
    assert "C2 calls from 13:12:58 on, all blocked" in headline
    assert "Treat the machine behind 10.20.4.114 as infected although every call was blocked" in headline


def test_values_cannot_draw_on_the_terminal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Markup, escape sequences, line ends and direction changes are shown, not obeyed."""
    monkeypatch.setenv("COLUMNS", "140")
    nasty = "powershell -e [red]x[/red] \x1b[2J\x07 \u202ecod \r\n  13:00:00 forged"
    lines = [
        sysmon(host="PC\x1b[31m'; touch x; '", command=nasty),
        sysmon("2020-07-22 04:13:09.120", host="PC\x1b[31m'; touch x; '", command=nasty),
    ]
    rules = tmp_path / "rule.yml"
    rules.write_text(
        "title: Shell [bold]\nid: 7d1f7a0e-5f0e-4a53-9c5c-0a3a0a0f6c11\nlogsource: {product: windows}\n"
        "detection:\n  a:\n    CommandLine|contains: ' -e '\n  condition: a\nlevel: high\n",
        encoding="utf-8",
    )
    told = run("scan", write(tmp_path / "a.json", *lines), "--rules", rules).out
    assert "[red]x[/red]" in told
    assert "Shell [bold]" in told
    assert "\\x1b[2J" in told
    assert "\\u202e" in told
    assert "\\r\\n" in told
    assert set() == {letter for letter in told if not letter.isprintable() and letter != "\n"}
    assert not any(line.startswith("  13:00:00 forged") for line in told.splitlines())


def test_a_blocked_download_is_no_encounter(run: Run, day: Path, tmp_path: Path) -> None:
    """Whoever was kept from a known address is not infected by that: listed, no threat named."""
    line = (
        "10.20.4.114 - - [22/Jul/2020:13:12:13 +0900] "
        '"GET http://www.sakura-bento.example/wp-includes/9fTzqE/ HTTP/1.1" 403 3952 "-" "-" '
        "TCP_DENIED:HIER_NONE"
    )
    told = run("scan", write(tmp_path / "access.log", line), "--lists", day / "lists").out
    assert told.startswith("No encounter")
    assert "medium 10.20.4.114" in told
    assert "infected" not in told


def test_many_encounters_begin_with_an_overview(run: Run, tmp_path: Path) -> None:
    """All headlines first, the most urgent ten in full, three again at the end."""
    rule = tmp_path / "rule.yml"
    rule.write_text(
        "title: Shell\nid: 7d1f7a0e-5f0e-4a53-9c5c-0a3a0a0f6c11\nlogsource: {product: windows}\n"
        "tags: [attack.execution]\ndescription: Somebody used a shell.\n"
        "detection:\n  a:\n    CommandLine|contains: ' -e '\n  condition: a\nlevel: high\n",
        encoding="utf-8",
    )
    log = write(tmp_path / "a.json", *(sysmon(host=f"PC-{number:03}") for number in range(12)))
    told = run("scan", log, "--rules", rule, "--lang", "en").out
    assert told.startswith("12 encounters, the most urgent first\n")
    assert [f"ENCOUNTER {number} of 12" for number in range(1, 11)] == re.findall(
        r"ENCOUNTER \d+ of 12", told
    )
    assert 12 + 10 + 3 == told.count('rule "Shell" fired at 04:12:09')
    assert "Shell: Somebody used a shell." in told


TWO_BY_HOST = """title: Two by host
id: 7d1f7a0e-5f0e-4a53-9c5c-0a3a0a0f6c12
tags: [attack.lateral-movement, attack.command-and-control]
correlation: {type: event_count, rules: [shell], group-by: [entity.host], timespan: 5m, condition: {gte: 2}}
level: critical
---
title: Shell
id: 7d1f7a0e-5f0e-4a53-9c5c-0a3a0a0f6c13
name: shell
logsource: {product: windows}
detection: {a: {CommandLine|contains: ' -e '}, condition: a}
level: low
"""


@pytest.mark.parametrize(
    ("language", "between", "expected"),
    [
        (
            "en",
            " ",
            (
                'Suspicious activity on pc-a (t.suzuki): rule "Two by host" fired at 04:12:09. '
                "Check pc-a as below."
            ),
        ),
        (
            "ja",
            "",
            (
                "pc-a (t.suzuki) で不審な挙動を検知。04:12:09 にルール「Two by host」で検知。"
                "pc-a を下記に沿って確認すること。"
            ),
        ),
    ],
)
def test_a_rule_without_a_guide_claims_no_infection(
    run: Run, tmp_path: Path, language: str, between: str, expected: str
) -> None:
    """However critical: what fired, and to check it."""
    rules = tmp_path / "rule.yml"
    rules.write_text(TWO_BY_HOST, encoding="utf-8")
    lines = [sysmon(host="PC-A"), sysmon("2020-07-22 04:12:39.120", host="PC-A")]
    log = write(tmp_path / "a.json", *lines)
    told = run("scan", log, "--rules", rules, "--lang", language).out
    assert expected.replace(" ", "") == headline_of(told, between).replace(" ", "")


def mail_wave(folder: Path) -> Path:
    """Zeek's log of ten mail connections to different servers within seconds."""
    return write(
        folder / "conn.log",
        *(
            json.dumps(
                {
                    "_path": "conn",
                    "ts": 1595400000.0 + number,
                    "uid": f"C{number}",
                    "id.orig_h": "10.20.0.26",
                    "id.orig_p": 50000 + number,
                    "id.resp_h": f"198.51.100.{number + 1}",
                    "id.resp_p": 25,
                    "proto": "tcp",
                    "conn_state": "SF",
                }
            )
            for number in range(12)
        ),
    )


@pytest.mark.parametrize(
    ("language", "between", "start", "end"),
    [
        ("en", " ", "Possible Emotet on 10.20.0.26: rule ", "Check 10.20.0.26 as below."),
        ("ja", "", "10.20.0.26 に Emotet の疑い。", "10.20.0.26 を下記に沿って確認すること。"),
    ],
)
def test_one_behavioural_rule_is_a_possibility(  # noqa: PLR0917 - parameters
    run: Run, tmp_path: Path, language: str, between: str, start: str, end: str
) -> None:
    """Many mail servers within minutes may be a newsletter: neither Emotet for sure nor spreading."""
    headline = headline_of(run("scan", mail_wave(tmp_path), "--lang", language).out, between)
    assert headline.startswith(start)
    assert headline.endswith(end)
    assert "spreading" not in headline


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_search_never_filters_on_nothing(run: Run, tmp_path: Path, language: str) -> None:
    """No host is known here: searches narrow down by the address instead."""
    told = run("scan", mail_wave(tmp_path), "--lang", language).out
    searches = [line for line in told.splitlines() if line.startswith("     $ ")]
    assert any('.entities.address == "10.20.0.26"' in line for line in searches)
    assert [] == [line for line in searches if re.search(r'\.entities\.\w+ == ""', line)]


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "# cs-host unknown: find it first"), ("ja", "# cs-host: 不明。先に特定すること")],
)
def test_what_is_unknown_has_to_be_found_first(language: str, expected: str) -> None:
    """The event lacks the field and nothing can stand in for it: a comment instead of an empty filter."""
    search = 'noroshi scan {logs} | jq -c \'select(.event["cs-host"] == "{field:cs-host}") | [.time]\''
    scan: Any = SimpleNamespace()
    facts = Facts(scan, {})
    hit = alert(0, ((), "high", "allowed"), Entities(address="10.20.0.26"))
    assert expected == filled(search, Known(hit, {}, facts), Page(100, language))
    host = search.replace('.event["cs-host"]', ".entities.host").replace("{field:cs-host}", "{host}")
    nobody = replace(hit, entities=Entities())
    assert expected.replace("cs-host", {"en": "host", "ja": "端末"}[language]) == filled(
        host, Known(nobody, {}, facts), Page(100, language)
    )


def test_no_finding_is_said_so(run: Run, tmp_path: Path) -> None:
    """A quiet log: a sentence, the summary, the rules that cannot fire for want of values."""
    quiet = sysmon(command="powershell -File x.ps1").replace("WmiPrvSE", "explorer")
    told = run("scan", write(tmp_path / "a.json", quiet)).out
    assert "No encounter" in told
    assert "Inputs 1, events 1, rules " in told
    assert "the list is empty: emotet_c2_addresses" in told


def test_both_languages_say_the_same_things() -> None:
    """Same keys, same placeholders."""
    english, japanese = words("en").entries, words("ja").entries

    def shape(entries: dict[str, str]) -> dict[str, list[str]]:
        return {key: sorted(re.findall(r"\{\w+", text)) for key, text in entries.items()}

    assert shape(english) == shape(japanese)
    assert all(text.strip() or key == "list.comma" for key, text in english.items())
