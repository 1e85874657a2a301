"""The bundled Emotet pack: what was asked of it, its own tests, and the look-alikes that must stay quiet."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from noroshi.engine.correlate import Correlator
from noroshi.engine.matcher import Matcher
from noroshi.indicators.lists import load_lists
from noroshi.rules import load_rules
from noroshi.rules.guide import parse_guide
from noroshi.rules.lint import lint
from noroshi.rules.model import LEVELS
from noroshi.rules.testfile import RuleTestEvent
from noroshi.service.ruletests import rule_folders, run_tests
from noroshi.service.testevents import build_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.rules.guide import Guide
    from noroshi.rules.loading import Loaded
    from noroshi.rules.model import Correlation, Rule

PACK: Final = Path(__file__).parents[2] / "rules" / "emotet"
FOLDERS: Final = rule_folders([PACK])
SYSMON: Final = ("windows", "sysmon", ("process_creation",))
POWERSHELL: Final = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
SCRIPT: Final = base64.b64encode(
    "Write-Output 'Good morning from the inventory'".encode("utf-16-le")
).decode()


@cache
def _loaded() -> Loaded:
    lists, errors = load_lists([PACK / "lists"])
    assert () == errors
    return load_rules([PACK], lists=frozenset(lists.names), strict=True)


def _all() -> tuple[Rule | Correlation, ...]:
    ruleset = _loaded().ruleset
    return (*ruleset.rules, *ruleset.correlations)


def _event(source: tuple[str, str, tuple[str, ...]], **fields: object) -> RuleTestEvent:
    product, service, categories = source
    return RuleTestEvent(
        product, service, categories, fields, entities={"host": "PC-003", "user": "a.kato-adm"}
    )


@cache
def _matcher() -> Matcher:
    return Matcher(_loaded().ruleset, load_lists([PACK / "lists"])[0])


def _alerting(events: list[RuleTestEvent]) -> Mapping[str, str]:
    """Names of the rules and correlations that alert on the events, with their levels."""
    ruleset, matcher = _loaded().ruleset, _matcher()
    hits = [hit for event in build_events(events, "day.log", "day") for hit in matcher.match(event)]
    alerting = {hit.rule_id for hit in hits} | {alert.rule_id for alert in Correlator(ruleset).run(hits)}
    return {one.name: one.meta.level for one in _all() if one.id in alerting}


def test_the_pack_loads_strictly_with_its_own_lists() -> None:
    """No error, no inactive rule: every list that a rule names is bundled, though empty."""
    loaded = _loaded()
    assert () == loaded.errors
    assert [] == [rule.name for rule in loaded.ruleset.rules if rule.inactive]


def test_the_pack_is_as_broad_as_the_issue_asks() -> None:
    """At least twelve rules, seven trace kinds and every level of the pyramid."""
    metas = [one.meta for one in _all()]
    assert len(FOLDERS) >= 12
    assert len({meta.trace_kind for meta in metas}) >= 7
    assert {"hash", "ip", "domain", "artefact", "tool", "ttp"} == {meta.pyramid_level for meta in metas}


def test_the_pack_is_clean_for_the_linter() -> None:
    """No error and no warning, in either language."""
    assert [] == [str(issue) for issue in lint([PACK])]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_rule_tests_and_mutation_tests_pass(folder: Path) -> None:
    """Every test of the rule passes, and every changed value is noticed by one."""
    (report,) = run_tests([folder])
    assert [] == [f"{test.name}: {test.what}" for test in report.tests if not test.passed]
    assert () == report.errors
    assert () == report.survivors
    assert report.mutants > 0


_SWITCHES: Final = (*("encodedcommand"[:length] for length in range(1, 15)), "ec", "EC", "eNcOdEd")
_DASHES: Final = ("-", "--", "/", "–", "—", "―")
"""Hyphen, two of them, slash, en dash, em dash, horizontal bar."""


@pytest.mark.parametrize("dash", _DASHES)
def test_every_spelling_of_the_encoded_command_is_recognised(dash: str) -> None:
    """PowerShell takes every abbreviation from -e on, -ec, slashes and typographic dashes, in any case."""
    for switch in _SWITCHES:
        line = f'powershell.exe -w hidden {dash}{switch}  "{SCRIPT}"'
        found = _alerting([_event(SYSMON, Image=POWERSHELL, CommandLine=line)])
        assert {"emotet_encoded_command": "medium"} == found, line


@pytest.mark.parametrize(
    "switch", ["ep", "ex", "exec", "executionpolicy", "encodedarguments", "ea", "c", "f", "eec"]
)
def test_other_switches_are_not_taken_for_it(switch: str) -> None:
    """The execution policy, encoded arguments and the rest are other switches, whatever follows them."""
    assert {} == _alerting([_event(SYSMON, Image=POWERSHELL, CommandLine=f"powershell -{switch} {SCRIPT}")])


PROXY: Final = ("squid", "access", ("proxy",))
LOOK_ALIKES: Final = {
    "PsExec by an administrator": [
        _event(
            ("windows", "system", ()),
            Provider_Name="Service Control Manager",
            EventID=7045,
            ImagePath=r"%SystemRoot%\PSEXESVC.exe",
        ),
        _event(
            SYSMON,
            Image=r"C:\Windows\PSEXESVC.exe",
            ParentImage=r"C:\Windows\System32\services.exe",
            CommandLine=r"C:\Windows\PSEXESVC.exe",
        ),
    ],
    "SCCM with an encoded command, over WMI": [
        _event(
            SYSMON,
            Image=POWERSHELL,
            ParentImage=r"C:\Windows\System32\wbem\WmiPrvSE.exe",
            CommandLine=f"powershell.exe -NoLogo -EncodedCommand {SCRIPT}",
        )
    ],
    "Intune with an encoded command": [
        _event(
            SYSMON,
            Image=POWERSHELL,
            ParentImage=r"C:\Program Files (x86)\Microsoft Intune Management Extension\AgentExecutor.exe",
            CommandLine=f"powershell.exe -enc {SCRIPT}",
        ),
        _event(
            ("windows", "powershell-classic", ()),
            EventID=400,
            HostApplication=f"powershell.exe -enc {SCRIPT}",
        ),
    ],
    "An add-in of Excel with a child process": [
        _event(
            SYSMON,
            Image=r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE",
            ParentImage=r"C:\Windows\explorer.exe",
        ),
        _event(
            SYSMON,
            Image=r"C:\Program Files\Vendor\addin-helper.exe",
            ParentImage=r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE",
        ),
    ],
    "A browser's form that posts to itself": [
        _event(
            PROXY,
            **{
                "cs-method": "POST",
                "c-uri": "https://forms.example/contact.php",
                "cs-referer": "https://forms.example/contact.php",
            },
        ),
        _event(
            PROXY,
            **{
                "cs-method": "POST",
                "c-uri": "http://10.20.0.90/scan/setup",
                "cs-referer": "http://10.20.0.90/scan/setup",
            },
        ),
    ],
    "An update by BITS": [
        _event(
            PROXY,
            **{
                "cs-method": "GET",
                "c-uri": "http://au.download.example/c/a.exe",
                "c-useragent": "Microsoft BITS/7.8",
            },
        ),
        _event(
            ("windows", "sysmon", ("file_event",)),
            EventID=11,
            Image=r"C:\Windows\System32\svchost.exe",
            TargetFilename=r"C:\Users\a.kato\AppData\Local\Temp\BIT1A.tmp",
        ),
    ],
    "An administrator's script that downloads a tool and starts it": [
        _event(
            ("windows", "powershell", ("ps_script",)),
            EventID=4104,
            ScriptBlockText="foreach ($s in 'FS01','WEB01') { (New-Object Net.WebClient).DownloadFile("
            "'https://tools.vendor.example/t.exe', \"$env:userprofile\\t.exe\"); Start-Process t.exe }",
        ),
        _event(
            ("windows", "sysmon", ("file_event",)),
            EventID=11,
            Image=POWERSHELL,
            TargetFilename=r"C:\Users\a.kato-adm\tool.exe",
        ),
        _event(SYSMON, Image=r"C:\Users\a.kato-adm\tool.exe", ParentImage=POWERSHELL),
    ],
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_look_alikes_stay_below_high(name: str) -> None:
    """What administrators, tools and browsers do every day is no alert at high or above."""
    levels = _alerting(LOOK_ALIKES[name]).values()
    assert [] == [level for level in levels if LEVELS.index(level) >= LEVELS.index("high")]


def test_all_look_alikes_on_one_machine_are_no_infection() -> None:
    """An administrator who does all of it on one day and one machine is still no critical alert."""
    found = _alerting([event for events in LOOK_ALIKES.values() for event in events])
    assert "emotet_wmi_starts_powershell" in found
    assert "emotet_infection_chain" not in found


_SEARCH_RULE: Final = re.compile(r"--rules \{folder\}/(\S+\.yml) ")


def _guide(folder: Path, language: str) -> Guide:
    name = "guide.md" if language == "en" else "guide.ja.md"
    guide, problems = parse_guide((folder / name).read_text(encoding="utf-8"), language)
    assert [] == problems
    return guide


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_searches_of_the_guides_name_rules_that_load(folder: Path) -> None:
    """Each search names a rule file beside the pack that loads without error; both languages search alike."""
    english, japanese = _guide(folder, "en"), _guide(folder, "ja")
    assert [step.search for step in english.steps] == [step.search for step in japanese.steps]
    for step in english.steps:
        named = _SEARCH_RULE.search(step.search)
        assert named is not None, step.search
        loaded = load_rules([folder / named[1]])
        assert () == loaded.errors
        assert 1 == len(loaded.ruleset.rules)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_english_title_is_the_rules(folder: Path) -> None:
    """The guide and the rule speak of the same thing."""
    assert _guide(folder, "en").title in {one.meta.title for one in _all()}
