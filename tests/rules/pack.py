"""A small pack that is right in every respect; tests break one thing each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ID = "0b1f6c1e-5f0e-4f2a-9a64-6b8f3a1c2d01"
RULE = f"""\
title: PowerShell by WMI
id: {ID}
name: wmi_powershell
status: experimental
description: WMI starts PowerShell.
tags: [attack.execution, attack.t1047, attack.t1059.001]
logsource: {{product: windows, category: process_creation}}
detection:
  selection:
    ParentImage|endswith: '\\WmiPrvSE.exe'
    Image|endswith: ['\\powershell.exe', '\\pwsh.exe']
  managed:
    CommandLine|contains: 'inventory.ps1'
  condition: selection and not managed
level: medium
noroshi:
  trace_kind: process_ancestry
  pyramid_level: ttp
  stage: staged
  owner: soc
  review_interval_days: 180
  prerequisites:
    - {{log_source: Sysmon 1, setting: Parent, setting_ja: 親プロセス, fallback: '4688', fallback_ja: '4688'}}
"""
GUIDE = """\
# PowerShell by WMI

## Meaning

WMI started PowerShell on this machine.

## Goal

To see it.

## Why it is suspicious

WMI hides the parent.

## How to check

1. Who asked for {host}?
   - Why: WMI hides it.
   - Fields: `ParentImage`, `CommandLine`
   - Search: `noroshi scan {logs} --level informational --since {time-10m} --until {time+10m}`
   - Raises: Word, shortly before.
   - Settles: The inventory.

## False positives

- Cause: Inventory.
  - Recognise: On every machine.

## Blind spots

No parent, no match.

## Response

Isolate the machine.
"""
GUIDE_JA = """\
# WMI から起動された PowerShell

## 検知の意味

この端末で WMI が PowerShell を起動した。

## 目的

見つけるため。

## 怪しいと考える理由

WMI は親を隠す。

## 確認手順

1. {host} で誰が起動させたか。
   - 理由:WMI は親を隠す。
   - 確認する項目:`ParentImage`、`CommandLine`
   - 検索:`noroshi scan {logs} --level informational --since {time-10m} --until {time+10m}`
   - 疑いが強まる:直前に Word が動いている。
   - 疑いが晴れる:資産管理である。

## 誤検知

- 原因:資産管理。
  - 見分け方:全端末で出る。

## 検知できない条件

親がなければ検知しない。

## 対応

端末を隔離する。
"""
TESTS = r"""tests:
  - name: Windows PowerShell
    expect: match
    events:
      - logsource: {product: windows, category: process_creation}
        fields: {ParentImage: 'C:\w\WMIPRVSE.exe', Image: 'C:\w\powershell.exe'}
  - name: PowerShell 7
    expect: match
    events:
      - logsource: {product: windows, category: process_creation}
        fields: {ParentImage: 'C:\w\WmiPrvSE.exe', Image: 'C:\w\pwsh.exe'}
  - name: the inventory
    expect: no_match
    near_miss: It runs the inventory's script.
    events:
      - logsource: {product: windows, category: process_creation}
        fields: {ParentImage: 'C:\w\WmiPrvSE.exe', Image: 'C:\w\pwsh.exe', CommandLine: pwsh C:\inventory.ps1}
"""
CORRELATION = """\
title: Three times
id: 0b1f6c1e-5f0e-4f2a-9a64-6b8f3a1c2d02
name: three_times
correlation:
  type: event_count
  rules: [wmi_powershell]
  group-by: [entity.host]
  timespan: 10m
  condition: {gte: 3}
  generate: true
level: high
"""
CORRELATION_TESTS = r"""tests:
  - name: three within ten minutes
    expect: match
    alerts: 1
    events:
      - logsource: {product: windows, category: process_creation}
        time: 2020-07-22T04:00:00Z
        repeat: 3
        every: 4m
        fields: {ParentImage: 'C:\w\WmiPrvSE.exe', Image: 'C:\w\pwsh.exe', CommandLine: 'number {n}'}
        entities: {host: PC-014.minato-works.example}
  - name: two
    expect: no_match
    near_miss: One too few.
    events: &two
      - logsource: {product: windows, category: process_creation}
        repeat: 2
        fields: {ParentImage: 'C:\w\WmiPrvSE.exe', Image: 'C:\w\pwsh.exe'}
        entities: {host: PC-014}
  - name: three within sixteen minutes
    expect: no_match
    near_miss: Too slow.
    events:
      - logsource: {product: windows, category: process_creation}
        repeat: 3
        every: 8m
        fields: {ParentImage: 'C:\w\WmiPrvSE.exe', Image: 'C:\w\pwsh.exe'}
        entities: {host: PC-014}
"""


def write_pack(folder: Path, *, correlation: bool = False) -> Path:
    """Write the pack below a folder and return the rule's folder."""
    rule = folder / "pack" / "wmi"
    rule.mkdir(parents=True)
    for name, text in (
        ("rule.yml", RULE),
        ("guide.md", GUIDE),
        ("guide.ja.md", GUIDE_JA),
        ("tests.yml", TESTS),
    ):
        (rule / name).write_text(text, encoding="utf-8")
    if correlation:
        other = folder / "pack" / "often"
        other.mkdir()
        (other / "rule.yml").write_text(CORRELATION, encoding="utf-8")
        (other / "tests.yml").write_text(CORRELATION_TESTS, encoding="utf-8")
    return rule
