"""`--filters`: a Sigma filter of one's own takes exactly what it names, from whichever rules are used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import yaml

if TYPE_CHECKING:
    from tests.cli.conftest import Run

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "tuning" / "asset-inventory.yml"
ENCODED = "PowerShell with an encoded command"
OVER_WMI = "PowerShell started by the WMI provider host"
ENGINE = "Encoded command in the PowerShell engine log"
COMMAND = next(yaml.safe_load_all(EXAMPLE.read_text(encoding="utf-8")))["filter"]["inventory"]["CommandLine"]


def alerts(text: str) -> list[dict[str, Any]]:
    """Alerts of an NDJSON output."""
    return [orjson.loads(line) for line in text.splitlines()]


def what(alert: dict[str, Any]) -> tuple[Any, ...]:
    """An alert without its id, which a filter changes with the rule's hash."""
    return alert["rule"]["title"], alert["time"], alert["source"], orjson.dumps(alert["matched"])


def test_the_example_takes_the_inventory_and_nothing_else(
    run: Run, day: Path, day_options: tuple[object, ...]
) -> None:
    """On the infected day, too: the macro's PowerShell over WMI with its encoded command goes on alerting."""
    scan = ("scan", day / "logs", *day_options, "--format", "ndjson")
    before, after = (alerts(run(*scan, *extra).out) for extra in ((), ("--filters", EXAMPLE)))
    of_inventory = [
        one
        for one in before
        if one["rule"]["title"] in {ENCODED, OVER_WMI, ENGINE}
        and COMMAND in {one["event"].get("CommandLine"), one["event"].get("HostApplication")}
    ]
    assert {ENCODED, OVER_WMI, ENGINE} == {one["rule"]["title"] for one in of_inventory}
    left = [what(one) for one in before if one not in of_inventory]
    assert left == [what(one) for one in after]
    assert {ENCODED, OVER_WMI} <= {title for title, *_ in left}


def process(**changed: str) -> str:
    """Sysmon 1 of the inventory, with something changed."""
    event = {
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "SourceName": "Microsoft-Windows-Sysmon",
        "EventTime": "2020-07-22 11:00:02",
        "UtcTime": "2020-07-22 02:00:02.000",
        "Hostname": "PC-005",
        "User": "MINATO\\svc-asset",
        "Image": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
        "ParentImage": "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
        "CommandLine": COMMAND,
    }
    return orjson.dumps(event | changed).decode()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, set()),
        ({"User": "MINATO\\t.suzuki"}, {ENCODED, OVER_WMI}),
        ({"ParentImage": "C:\\Users\\Public\\WmiPrvSE.exe"}, {ENCODED, OVER_WMI}),
        ({"CommandLine": COMMAND[:-4] + "OwBpAGUAeAA="}, {ENCODED, OVER_WMI}),
        ({"CommandLine": COMMAND + " -File C:\\Users\\Public\\a.ps1"}, {ENCODED, OVER_WMI}),
    ],
)
def test_an_attacker_who_imitates_the_inventory_is_seen(
    run: Run, tmp_path: Path, changed: dict[str, str], expected: set[str]
) -> None:
    """The whole of it is taken, nothing less: another user, another program, a longer script still alert."""
    log = tmp_path / "sysmon.json"
    log.write_text(process(**changed) + "\n", encoding="utf-8")
    found = alerts(run("scan", log, "--filters", EXAMPLE, "--format", "ndjson").out)
    assert expected == {one["rule"]["title"] for one in found}


def test_hits_health_and_explain_know_the_filter(run: Run, tmp_path: Path) -> None:
    """How often, whether the rule can still fire, and why an event is left out."""
    log = tmp_path / "sysmon.json"
    log.write_text(process() + "\n", encoding="utf-8")
    assert ENCODED in run("rules", "hits", log).out
    assert ENCODED not in run("rules", "hits", log, "--filters", EXAMPLE).out
    health = run("rules", "health", "--events", log, "--filters", EXAMPLE, "--format", "json").out
    (rule,) = (one for one in orjson.loads(health)["rules"] if one["title"] == ENCODED)
    assert "active" == rule["state"]
    explained = [
        run("explain", "emotet_encoded_command", log, *extra, "--lang", "en").out
        for extra in ((), ("--filters", EXAMPLE))
    ]
    assert explained[0] != explained[1]


def test_a_filter_for_a_rule_that_is_gone_is_an_error_with_its_line(run: Run, tmp_path: Path) -> None:
    """A stale filter must not pass in silence."""
    log, stale = tmp_path / "sysmon.json", tmp_path / "stale.yml"
    log.write_text(process() + "\n", encoding="utf-8")
    stale.write_text(
        EXAMPLE.read_text(encoding="utf-8").replace("emotet_encoded_command,", "emotet_gone,"),
        encoding="utf-8",
    )
    done = run("scan", log, "--filters", stale)
    assert f"{stale}: line 9: no loaded rule has the id or the name 'emotet_gone'" in done.err
