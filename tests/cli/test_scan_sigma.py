"""``noroshi scan`` over rules that use all of Sigma 2.1: which events each rule finds, worked out by hand.

The engine's own tests ask matcher and reference (`tests/engine/test_sigma_*`); here a rule file and an event
file go through the command, as a user has them.
"""

from __future__ import annotations

import json
from base64 import b64encode
from textwrap import indent
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

HEAD = {"EventTime": "2020-07-22 04:12:09", "Hostname": "PC-014", "Channel": "Security", "EventID": 9999}
SHA256 = "cd" * 32


def _encoded(text: str, encoding: str = "utf-8", before: str = "") -> str:
    return b64encode(f"{before}{text}".encode(encoding)).decode()


EVENTS: dict[str, dict[str, dict[str, Any]]] = {
    "text": {
        "plain": {"A": "Abc"},
        "longer": {"A": "xabcx"},
        "lines": {"A": "a\nb\r\nc"},
        "star": {"A": "a*c"},
        "path": {"A": r"C:\Temp\x.exe"},
        "unc": {"A": r"\\srv\x.exe"},
        "german": {"A": "STRAẞE"},
        "empty": {"A": ""},
        "null": {"A": None},
        "absent": {},
        "list": {"A": ["q", "ABC"]},
        "nested": {"A": {"b": {"c": "deep"}}},
        "dotted": {"A.b.c": "deep", "A": {"b": {"c": "other"}}},
    },
    "command": {
        "dash": {"A": "x -enc y"},
        "slash": {"A": "x /ENC y"},
        "bar": {"A": "x ―enc y"},
        "none": {"A": "x enc y"},
        "base64": {"A": _encoded("foobar")},
        "shifted": {"A": _encoded("foobar", before="xx")},
        "wide": {"A": _encoded("foobar", "utf-16-le")},
        "big": {"A": _encoded("foobar", "utf-16-be")},
        "marked": {"A": b64encode(b"\xff\xfe" + "foobar".encode("utf-16-le")).decode()},
        "japanese": {"A": _encoded("日本", "utf-16-le", before="x")},
        "zeros": {"A": "f\0o\0o\0b\0a\0r\0"},
    },
    "number": {
        "five": {"A": 5},
        "text5": {"A": "5"},
        "six": {"A": "6"},
        "hex": {"A": "0x10"},
        "half": {"A": 5.5},
        "true": {"A": True},
        "word": {"A": "five"},
        "absent": {},
    },
    "address": {
        "ten": {"A": "10.1.2.3", "P": 8080},
        "mapped": {"A": "::ffff:10.1.2.4", "P": "443"},
        "doc": {"A": "192.0.2.7", "P": "8080"},
        "six": {"A": "2001:db8::1"},
        "name": {"A": "www.shop.example"},
        "url": {"A": "http://www.shop.example/a.exe?x=1"},
        "hash": {"A": f"MD5=00,SHA256={SHA256}"},
        "host": {"A": "pc-adm7"},
        "account": {"A": r"MINATO\SCCM01"},
        "absent": {},
    },
    "time": {
        "midday": {"A": "2020-07-22T04:12:09Z"},
        "tokyo": {"A": "2020-07-22T13:12:09+09:00"},
        "newyear": {"A": "2020-12-31T23:30:00Z"},
        "sunday": {"A": "2021-01-03T12:00:00Z"},
        "word": {"A": "noon"},
        "absent": {},
    },
    "reference": {
        "same": {"A": "x", "B": "X"},
        "begins": {"A": "xy", "B": "X"},
        "ends": {"A": "yx", "B": "X"},
        "inside": {"A": "yxy", "B": "X"},
        "other": {"A": "a", "B": "b"},
        "half": {"A": "x"},
        "none": {},
    },
    "keyword": {
        "one": {"A": "say foo"},
        "both": {"A": "foo", "B": ["x", {"C": "bar"}]},
        "key": {"foo": "x"},
        "number": {"A": 4711},
    },
    "condition": {"a": {"A": 1}, "b": {"B": 1}, "ab": {"A": 1, "B": 1}, "none": {"C": 1}},
}

RULES: list[tuple[str, str, str, str]] = [
    # group, selections (a line each), condition, the events that must be found
    ("text", "s: {A: abc}", "s", "plain list"),
    ("text", "s: {A: [abc, deep]}", "s", "plain list"),
    ("text", "s: {A|cased: Abc}", "s", "plain"),
    ("text", "s: {A|contains: BC}", "s", "plain longer list"),
    ("text", "s: {A|startswith: ab}", "s", "plain list"),
    ("text", "s: {A|endswith: bc}", "s", "plain list"),
    ("text", "s: {A|contains|all: [x, a, c]}", "s", "longer"),
    ("text", "s: {A|all|contains|cased: [A, bc]}", "s", "plain"),
    ("text", "s: {A: 'a*c'}", "s", "plain lines star list"),
    ("text", "s: {A: 'a?c'}", "s", "plain star list"),
    ("text", r"s: {A: 'a\*c'}", "s", "star"),
    ("text", r"s: {A: 'c:\\*.exe'}", "s", "path"),
    ("text", r"s: {A: 'c:\temp\x.exe'}", "s", "path"),
    ("text", r"s: {A: '\\\\srv\*'}", "s", ""),
    ("text", r"s: {A: '\\\\srv\\*'}", "s", "unc"),
    ("text", "s: {A: straße}", "s", "german"),
    ("text", "s: {A: ''}", "s", "empty"),
    ("text", "s: {A: null}", "s", "null absent"),
    ("text", "s: {A|exists: true}", "not s", "absent"),
    ("text", "s: {A|exists: false}", "s", "absent"),
    ("text", "s: {A.b.c: deep}", "s", "nested dotted"),
    ("text", "s: {A|re: '^[A-Z]bc$'}", "s", "plain"),
    ("text", "s: {A|re|i: '^abc$'}", "s", "plain list"),
    ("text", "s: {A|i|re: '^abc$'}", "s", "plain list"),
    ("text", "s: {A|re|cased: '^[A-Z]bc$'}", "s", "plain"),
    ("text", "s: {A|re|m: '^b'}", "s", "lines"),
    ("text", "s: {A|re|s: 'a.b'}", "s", "lines"),
    ("text", "s: {A|re|startswith: 'x?ab+c'}", "s", "longer"),
    (
        "text",
        "s: {A|neq: abc}\nt: {A|exists: true}",
        "s and t",
        "longer lines star path unc german empty null nested dotted",
    ),
    ("text", "s: {A|neq|re: '[a-z]'}", "s", "german empty null absent nested dotted"),
    ("text", "s: {A|all|re: [a, x]}", "s", "longer"),
    ("command", "s: {A|windash|contains: ' -enc '}", "s", "dash slash bar"),
    ("command", "s: {A|contains|windash|cased: ' -enc '}", "s", "dash bar"),
    ("command", "s: {A|base64: foobar}", "s", "base64"),
    ("command", "s: {A|base64offset|contains: foobar}", "s", "base64 shifted"),
    ("command", "s: {A|wide|base64offset|contains: foobar}", "s", "wide marked"),
    ("command", "s: {A|utf16le|base64|contains: foobar}", "s", "wide"),
    ("command", "s: {A|utf16be|base64offset|contains: foobar}", "s", "big"),
    ("command", "s: {A|utf16|base64|contains: foobar}", "s", "marked"),
    ("command", "s: {A|wide|base64offset|contains: 日本}", "s", "japanese"),
    ("command", "s: {A|wide: foobar}", "s", "zeros"),
    ("number", "s: {A: 5}", "s", "five text5"),
    ("number", "s: {A: true}", "s", "true"),
    ("number", "s: {A|gte: 5}", "s", "five text5 six hex half"),
    ("number", "s: {A|gt: 5}", "s", "six hex half"),
    ("number", "s: {A|lt: 5.5}", "s", "five text5"),
    ("number", "s: {A|lte: 5.5, A|gt: 5}", "s", "half"),
    ("number", "s: {A|neq: 5}", "s", "six hex half true word absent"),
    ("number", "s: {A|neq|lt: 6}", "s", "six hex true word absent"),
    ("address", "s: {A|cidr: 10.0.0.0/8}", "s", "ten mapped"),
    ("address", "s: {A|cidr: ['2001:db8::/32', 192.0.2.0/25]}", "s", "doc six"),
    ("address", "s: {A|cidr|neq: 10.0.0.0/8}\nt: {P|exists: true}", "s and t", "doc"),
    ("address", "s: {A|neq|cidr: 10.0.0.0/8}\nt: {P|exists: true}", "s and t", "doc"),
    ("address", "s: {A|expand: '%nets%'}", "s", "ten mapped"),
    ("address", "s: {A|cidr|expand: ['%nets%', 192.0.2.0/24]}", "s", "ten mapped doc"),
    ("address", "s: {A|expand|cidr|neq: '%nets%'}\nt: {P|exists: true}", "s and t", "doc"),
    ("address", "s: {A|expand: '%pairs%'}", "s", "doc"),
    ("address", "s: {A|expand: '%zones%'}", "s", "name"),
    ("address", "s: {A|expand: '%pages%'}", "s", "url name"),
    ("address", "s: {A|expand: '%files%'}", "s", "hash"),
    ("address", "s: {A|expand: '%hosts%'}", "s", "host"),
    ("address", r"s: {A|expand: 'minato\%hosts%'}", "s", "account"),
    ("address", "s: {A|contains|expand: '%hosts%'}", "s", "host account"),
    ("address", "s: {A|expand: '%empty%'}", "s", ""),
    ("time", "s: {A|hour: 4}", "s", "midday tokyo"),
    ("time", "s: {A|minute|gte: 30}", "s", "newyear"),
    ("time", "s: {A|day: [3, 31]}", "s", "newyear sunday"),
    ("time", "s: {A|week: 53}", "s", "newyear sunday"),
    ("time", "s: {A|month|lt: 7}", "s", "sunday"),
    ("time", "s: {A|year|neq: 2020}", "s", "sunday word absent"),
    ("reference", "s: {A|fieldref: B}", "s", "same"),
    ("reference", "s: {A|fieldref|startswith: B}", "s", "same begins"),
    ("reference", "s: {A|endswith|fieldref: B}", "s", "same ends"),
    ("reference", "s: {A|fieldref|contains: B}", "s", "same begins ends inside"),
    ("reference", "s: {A|fieldref|neq: B}", "s", "begins ends inside other half none"),
    ("reference", "s: {A|fieldref|contains|neq: B}", "s", "other half none"),
    ("reference", "s: {A|fieldref|cased: B}", "s", ""),
    ("keyword", "s: [foo]", "s", "one both"),
    ("keyword", "s: {'|all': [foo, 'b?r']}", "s", "both"),
    ("keyword", "s: {'|re': '^f.o$'}", "s", "both"),
    ("keyword", "s: {'|cased': FOO}", "s", ""),
    ("keyword", "s: [4711]", "s", "number"),
    ("condition", "s1: {A: 1}\ns2: {B: 1}", "1 of s*", "a b ab"),
    ("condition", "s1: {A: 1}\ns2: {B: 1}", "all of s*", "ab"),
    ("condition", "s1: {A: 1}\ns2: {B: 1}", "s1 and not s2", "a"),
    ("condition", "s1: {A: 1}\nt_s: {B: 1}", "not 1 of *_s", "a none"),
    ("condition", "s1: {A: 1}\n_s2: {B: 1}", "1 of them", "a ab"),
    ("condition", "s1: {A: 1}\n_s2: {B: 1}", "all of them", "a ab"),
    ("condition", "s1: {A: 1}\n_s2: {B: 1}", "_s2", "b ab"),
    ("condition", "s1: {A: 1}\ns2: {B: 1}\ns3: {C: 1}", "s3 or s1 and s2", "ab none"),
    ("condition", "s1: {A: 1}\ns2: {B: 1}\ns3: {C: 1}", "not (s1 or s2)", "none"),
    ("condition", "s:\n  - A: 1\n    B: 1\n  - C: 1", "s", "ab none"),
]

LISTS = """\
lists.nets = {type = "ip", values = ["10.1.0.0/16"]}
lists.pairs = {type = "ip:port", values = ["192.0.2.7:8080", "10.1.2.3:443"], port_fields = {A = "P"}}
lists.zones = {type = "domain", values = ["shop[.]example"]}
lists.pages = {type = "url", values = ["hxxp://www.shop.example/a.exe"]}
lists.hosts = {type = "text", values = ["PC-ADM*", "SCCM01"]}
lists.empty = {type = "text", values = []}
"""


def _rule(at: int) -> str:
    group, selections, condition, _ = RULES[at]
    lines = f"_group: {{Group: {group}}}\n{selections}\ncondition: ({condition}) and _group"
    return f"title: R{at}\nlogsource: {{product: windows}}\ndetection:\n{indent(lines, '  ')}\nlevel: low\n"


@pytest.fixture
def found(run: Run, tmp_path: Path) -> dict[str, set[str]]:
    """Title of each rule → the events that one scan of all of them finds."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "lists").mkdir()
    (tmp_path / "rules" / "all.yml").write_text("---\n".join(map(_rule, range(len(RULES)))), "utf-8")
    (tmp_path / "lists" / "site.toml").write_text(LISTS, "utf-8")
    header = {"list": "files", "type": "sha256", "updated": "2020-07-22T00:00:00Z"}
    entry = {"value": SHA256.upper(), "threat": "payload", "source": "our own"}
    (tmp_path / "lists" / "files.ndjson").write_text(f"{json.dumps(header)}\n{json.dumps(entry)}\n", "utf-8")
    events = [
        {**HEAD, "Group": group, "Label": label, **fields}
        for group, known in EVENTS.items()
        for label, fields in known.items()
    ]
    log = tmp_path / "events.json"
    log.write_text("".join(f"{json.dumps(event)}\n" for event in events), "utf-8")
    result = run(
        "scan", log, "--rules", tmp_path / "rules", "--lists", tmp_path / "lists", "--format", "ndjson"
    )
    assert (0, "") == (result.status, result.err)
    hits: dict[str, set[str]] = {}
    for alert in map(json.loads, result.out.splitlines()):
        hits.setdefault(alert["rule"]["title"], set()).add(alert["event"]["Label"])
    return hits


def test_every_construct_finds_the_events_that_it_must(found: dict[str, set[str]]) -> None:
    """All modifiers with their combinations, values, keywords and conditions, in one scan."""
    wrong = {
        f"{RULES[at][1]} / {RULES[at][2]}": (sorted(wanted), sorted(found.get(f"R{at}", ())))
        for at in range(len(RULES))
        if (wanted := set(RULES[at][3].split())) != found.get(f"R{at}", set())
    }
    assert {} == wrong


def test_a_field_of_ten_megabytes_and_an_evil_rule_end(run: Run, tmp_path: Path) -> None:
    """An expression that backtracking never finishes, wildcards, and a group named by ten million letters."""
    selections = ["{A|re: '(a+)+b?$'}", "{A|re: '^(a|aa)+c$'}", "{A: '*a*a*a*a*a*d'}", "{A|endswith: aa}"]
    rules = [
        f"title: R{at}\nname: r{at}\nlogsource: {{product: windows}}\ndetection: {{s: {one}, condition: s}}\n"
        for at, one in enumerate(selections)
    ]
    counted = "{type: event_count, rules: [r3], group-by: [A], timespan: 1m, condition: {gte: 2}}"
    rules.append(f"title: counted\ncorrelation: {counted}\n")
    (tmp_path / "rules.yml").write_text("---\n".join(rules))
    line = json.dumps({**HEAD, "A": "a" * 10_000_000})
    (tmp_path / "events.json").write_text(f"{line}\n{line}\n")
    result = run("scan", tmp_path / "events.json", "--rules", tmp_path / "rules.yml", "--format", "ndjson")

    assert (0, "") == (result.status, result.err)
    assert ["R0", "R0", "counted"] == [json.loads(one)["rule"]["title"] for one in result.out.splitlines()]
    assert len(result.out) < 2_000_000
