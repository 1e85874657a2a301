# ruff: noqa: E501 - log lines are as long as the product writes them
"""Changes of a firewall's configuration, in the same words whatever device logged them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.events.test_attacks import read

from noroshi.events.formats._changes import MAX_CHARS, add_change, address_in

if TYPE_CHECKING:
    from noroshi.events.model import Fields

FORTI = 'date=2020-07-22 time=13:12:09 devname="FW01" devid="FG1" logid="0100044547" type="event" subtype="system" level="information" vd="root" eventtime=1595391129000000000 logdesc="Object attribute configured" user="a.kato-adm" ui="https(10.20.4.13)" action="Edit" cfgpath="{path}" cfgobj="12" cfgattr="{attribute}" msg="Edit"'
PALO = "1,2020/07/22 13:12:09,001801000001,CONFIG,0,2305,2020/07/22 13:12:09,10.20.4.13,,{command},a.kato-adm,Web,Succeeded,{path},,,4715,0x0"
ASA = "Jul 22 13:12:09 asa01 %ASA-5-111010: User 'a.kato-adm', running 'CLI' from IP 10.20.4.13, executed '{command}'"
CHECK = "time=1595391129|product=SmartConsole|origin=10.20.0.1|action=Accept|administrator=a.kato-adm|client_ip=10.20.4.13|operation={operation}|objecttype={kind}|objectname=Network|fieldschanges={changes}"

CHANGES = [
    ("fortigate", FORTI.format(path="firewall.policy", attribute="action[deny->accept]"), "policy"),
    ("fortigate", FORTI.format(path="firewall.policy", attribute="logtraffic[all->disable]"), "logging"),
    ("fortigate", FORTI.format(path="log.syslogd.setting", attribute="status[enable->disable]"), "logging"),
    ("fortigate", FORTI.format(path="system.admin", attribute="password[*]"), "account"),
    ("fortigate", FORTI.format(path="system.dns", attribute="primary[192.0.2.1->192.0.2.2]"), "other"),
    ("paloalto", PALO.format(command="set", path=" vsys vsys1 rulebase security rules any-out"), "policy"),
    ("paloalto", PALO.format(command="delete", path=" shared log-settings syslog siem"), "logging"),
    ("paloalto", PALO.format(command="set", path=" mgt-config users backup"), "account"),
    ("paloalto", PALO.format(command="commit", path=" "), "other"),
    ("cisco-asa", ASA.format(command="access-list outside_in extended permit ip any any"), "policy"),
    ("cisco-asa", ASA.format(command="no logging host inside 10.20.0.60"), "logging"),
    ("cisco-asa", ASA.format(command="username backup password * privilege 15"), "account"),
    ("cisco-asa", ASA.format(command="write memory"), "other"),
    ("checkpoint", CHECK.format(operation="Modify Rule", kind="access_rule", changes="Action"), "policy"),
    ("checkpoint", CHECK.format(operation="Modify Rule", kind="access_rule", changes="Track: changed from Log to None"), "logging"),
    ("checkpoint", CHECK.format(operation="Create Object", kind="administrator", changes=""), "account"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "line", "kind"), CHANGES)
def test_changes_have_a_kind_a_user_and_an_address(name: str, line: str, kind: str) -> None:
    """Who changed what from where, as four makers write it."""
    event = read(name, line)
    assert "configuration" in event.logsource.categories
    found = tuple(event.fields.get(field) for field in ("change_kind", "change_user", "src_ip"))
    assert (kind, "a.kato-adm", "10.20.4.13") == found
    assert "a.kato-adm" == event.entities.user


def test_looking_is_no_change() -> None:
    """A command that only shows, and a system event without a path, change nothing."""
    shown = "Jul 22 13:12:09 asa01 %ASA-7-111009: User 'a.kato-adm' executed cmd: show access-list"
    other = FORTI.format(path="", attribute="").replace('cfgpath="" cfgobj="12" cfgattr="" ', "")
    for name, line in (("cisco-asa", shown), ("fortigate", other)):
        assert "configuration" not in read(name, line).logsource.categories


def test_text_is_bounded_and_places_without_address_give_none() -> None:
    """A pasted address list is cut; the console has no address."""
    fields: Fields = {}
    add_change(fields, ("firewall.address", None, "x" * 9000), None, address_in("jsconsole"))
    assert MAX_CHARS == len(fields["change_text"])
    assert "policy" == fields["change_kind"]
    assert {"change_text", "change_kind"} == fields.keys()
    assert "2001:db8::7" == address_in("ssh(2001:db8::7)")
    assert None is address_in("https(999.1.1.1)")
