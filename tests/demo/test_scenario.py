"""The scenario: the chain in order, every look-alike present, the near misses near and no nearer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.demo.chain_steps import STEPS
from noroshi.demo.lookalikes import LOOK_ALIKES as ON_MACHINES
from noroshi.demo.lookalikes_web import LOOK_ALIKES as ON_THE_NETWORK
from noroshi.demo.near_misses import NEAR_MISSES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.conftest import GeneratedDay

_WANTED = {
    "psexec", "sccm-encoded", "intune-encoded", "asset-wmi", "office-addin", "form-to-itself", "bits-update",
    "admin-download", "wsus-sync", "vendor-document", "honest-visits", "waf-scanner",
    "monitoring-post", "newsletter",
}  # fmt: skip
_EVERYTHING = [*STEPS, *ON_MACHINES, *ON_THE_NETWORK, *NEAR_MISSES]


@pytest.mark.parametrize("entry", _EVERYTHING, ids=lambda entry: entry.id)
def test_what_the_answer_sheet_names_is_in_the_logs(day: GeneratedDay, entry: object) -> None:
    """Each entry is found by its marker in the first of its files; all its files exist."""
    assert entry.marker in day.text(entry.files[0])  # type: ignore[attr-defined]
    assert all((day.folder / "logs" / name).is_file() for name in entry.files)  # type: ignore[attr-defined]


def test_the_list_of_look_alikes_is_complete() -> None:
    """What the issue asks for by name is there, each name once."""
    names = [entry.id for entry in (*ON_MACHINES, *ON_THE_NETWORK)]
    assert set() == _WANTED - set(names)
    assert len(names) == len(set(names))


def test_rules_that_the_answer_sheet_names_exist(pytestconfig: pytest.Config) -> None:
    """Expected rules are folders of the bundled pack."""
    pack: Path = pytestconfig.rootpath / "rules" / "emotet"
    named = {rule for step in STEPS for rule in step.rules}
    named |= {rule for entry in (*ON_MACHINES, *ON_THE_NETWORK, *NEAR_MISSES) for rule in entry.resembles}
    assert set() == {rule for rule in named if not (pack / rule / "rule.yml").is_file()}


def test_steps_are_in_the_order_of_time() -> None:
    """The story can be told from top to bottom."""
    times = [step.time for step in STEPS]
    assert sorted(times) == times


def test_word_is_no_ancestor_of_the_powershell(day: GeneratedDay) -> None:
    """WMI cuts the process tree: DcomLaunch's svchost → WmiPrvSE → powershell → 284.exe → dxdiagn.exe."""
    events = [
        e
        for e in day.objects("windows/nxlog-clients.json")
        if e["EventID"] == 1 and e["SourceName"].endswith("Sysmon") and e["Hostname"].startswith("PC-014")
    ]
    by_guid = {e["ProcessGuid"]: e for e in events}
    guid = next(e["ProcessGuid"] for e in events if e["Image"].endswith("dxdiagn.exe"))
    names = [by_guid[guid]["Image"]]
    while guid in by_guid:
        names.append(by_guid[guid]["ParentImage"])
        guid = by_guid[guid]["ParentProcessGuid"]
    assert ["dxdiagn.exe", "284.exe", "powershell.exe", "WmiPrvSE.exe", "svchost.exe"] == [
        name.rsplit("\\", 1)[1] for name in names
    ]


def test_calls_refer_to_themselves(day: GeneratedDay) -> None:
    """Every POST to a bare public address comes from the infected machine and names itself as Referer."""
    posts = [
        line.split('"') for line in day.lines("proxy/proxy01-access.log") if '"POST http://198.51' in line
    ]
    assert len(posts) >= 10
    assert all(line[1].split()[1] == line[3] for line in posts)
    assert {"10.20.4.114"} == {line[0].split()[0] for line in posts}


def test_first_call_is_blocked_and_a_later_one_is_answered(day: GeneratedDay) -> None:
    """Outcome matters: TCP_DENIED first, then TCP_MISS."""
    results = [
        line.rsplit(" ", 1)[1]
        for line in day.lines("proxy/proxy01-access.log")
        if '"POST http://198.51' in line
    ]
    assert "TCP_DENIED:HIER_NONE" == results[0]
    assert {"TCP_MISS:HIER_DIRECT"} == set(results[1:])


def test_the_infected_machine_sends_mail_in_bursts(day: GeneratedDay) -> None:
    """More than ten servers within ten minutes, on 25 (refused), 465 and 587."""
    lines = [
        line
        for line in day.lines("firewall/fortigate.log")
        if "srcip=10.20.4.114 " in line and " 15:0" in line
    ]
    spam = [line for line in lines if any(f"dstport={port} " in line for port in (25, 465, 587))]
    servers = {line.split("dstip=")[1].split()[0] for line in spam}
    assert len(servers) >= 10
    assert all(('action="deny"' in line) == ("dstport=25 " in line) for line in spam)


def test_nothing_follows_the_protected_view(day: GeneratedDay) -> None:
    """PC-023 opened its mail's document: no trusted record, no WMI provider, no PowerShell afterwards."""
    after = [
        e["winlog"]["event_data"]
        for e in day.objects("windows/winlogbeat-hq.ndjson")
        if e["host"]["name"].startswith("PC-023") and "2020-07-22T04:20" <= e["@timestamp"]
    ]
    assert any("請求書_07222020.doc" in data.get("CommandLine", "") for data in after)
    assert not [data for data in after if "TrustRecords" in data.get("TargetObject", "")]
    assert not [data for data in after if data.get("Image", "").endswith(("powershell.exe", "WmiPrvSE.exe"))]


def test_the_document_of_the_near_miss_is_not_in_the_list(day: GeneratedDay) -> None:
    """Its hash is nobody's indicator; the victim's is."""
    known = (day.folder / "lists/emotet_document_hashes.ndjson").read_text()
    rows = [row for row in day.zeek("files") if row["mime_type"] == "application/msword"]
    assert 3 == len(rows)
    assert 1 == sum(row["sha256"] in known for row in rows)


def test_the_infected_machine_has_no_look_alike(day: GeneratedDay) -> None:
    """The one PowerShell of PC-014 is the one of the chain: its story stays its own."""
    started = [
        e
        for e in day.objects("windows/nxlog-clients.json")
        if e["EventID"] == 1 and e["Hostname"].startswith("PC-014") and e["Image"].endswith("powershell.exe")
    ]
    assert 1 == len(started)
