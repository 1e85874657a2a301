"""The HTML report: one file, nothing from outside, nothing of a log comes alive in it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from noroshi.cli.charts import strips
from noroshi.cli.story.page import Page
from noroshi.events.model import LogSource

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

EVIL = "</code></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{7*7}}"
RULE = """title: Anything <b>at all</b>
id: 00000000-0000-4000-8000-000000000001
logsource: {product: windows, category: process_creation}
detection:
  selection: {CommandLine|contains: alert}
  condition: selection
tags: [attack.execution, attack.t1059.001]
level: high
"""


class Parsed(HTMLParser):
    """Collects tags, attributes and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element with its attributes."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """A text."""
        self.texts.append(data)


def event(at: int, command: str) -> str:
    """A process start in Sysmon's words."""
    return json.dumps(
        {
            "EventID": 1,
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "SourceName": "Microsoft-Windows-Sysmon",
            "EventTime": "2020-07-22 13:00:00",
            "UtcTime": f"2020-07-22 04:{at // 60 % 60:02}:{at % 60:02}.000",
            "Hostname": "PC-001",
            "Image": f"C:\\{EVIL}.exe",
            "ProcessId": at,
            "ParentImage": f"C:\\{EVIL}",
            "ParentProcessId": 1,
            "CommandLine": command,
        }
    )


def report(folder: Path, run: Run, events: list[str], *options: str) -> str:
    """The page of a scan of these events."""
    (folder / "rule.yml").write_text(RULE, encoding="utf-8")
    (folder / "log.json").write_text("\n".join(events) + "\n", encoding="utf-8")
    output = folder / "report.html"
    wanted = ("--rules", folder / "rule.yml", "--workers", 1, "--format", "html", "--output", output)
    result = run("scan", folder / "log.json", *wanted, *options)
    assert 0 == result.status, result.err
    return output.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_value_comes_alive(tmp_path: Path, run: Run, language: str) -> None:
    """Values of logs and rules are texts: no element, attribute or template of theirs is left."""
    text = report(tmp_path, run, [event(at, f"{EVIL} {at}") for at in range(3)], "--lang", language)
    page = Parsed(text)
    assert not {"script", "img", "b>at", "iframe", "object", "link", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in {"src", "style"}]
    assert {"#"} == {value[:1] for name, value in page.attributes if name == "href"}
    assert any("<script>alert(1)</script>" in one for one in page.texts)
    assert "{{7*7}}" in "".join(page.texts)
    assert language == dict(page.attributes)["lang"]


def test_the_policy_lets_in_this_style_sheet_only(tmp_path: Path, run: Run) -> None:
    """The hash of the Content-Security-Policy is that of the one style element; no outside address."""
    text = report(tmp_path, run, [event(1, "alert")])
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy is not None
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert "default-src 'none'" in policy[1].replace("&#39;", "'")
    assert f"'sha256-{digest}'" in policy[1].replace("&#39;", "'")
    assert not re.findall(r"url\(|@import|https?://", style[1])


def test_outside_addresses_are_defanged(tmp_path: Path, run: Run) -> None:
    """Nothing to click, nothing that a mail gateway makes a link of."""
    text = report(tmp_path, run, [event(1, "alert http://www.evil.example/a.exe 203.0.113.7")])
    assert "hxxp://www.evil[.]example/a.exe" in text
    assert "203.0.113[.]7" in text
    assert "http://www.evil.example" not in text
    assert "203.0.113.7" not in text


def test_ten_thousand_alerts_stay_small_and_closed(tmp_path: Path, run: Run) -> None:
    """The list is bounded and folded away; the page says how many there were."""
    events = [event(at, f"alert {at}") for at in range(10_050)]
    text = report(tmp_path, run, events, "--lang", "en")
    assert 10_000 == text.count('class="row"')
    assert "10,050" in text
    assert len(text) < 12_000_000
    assert '<details class="guide" open' not in text


def test_the_process_tree_joins_parent_and_child(tmp_path: Path, run: Run) -> None:
    """A start whose parent was started before hangs below it."""
    first = event(1, "alert first").replace("ParentProcessId", "X").replace("ParentImage", "Y")
    second = json.loads(event(2, "alert second")) | {
        "ParentImage": json.loads(first)["Image"],
        "ParentProcessId": 1,
    }
    text = report(tmp_path, run, [first, json.dumps(second)])
    tree = text[text.index('class="tree') : text.index("</details>", text.index('class="tree'))]
    assert (
        tree.index("alert first") < tree.index("<ul>", tree.index("alert first")) < tree.index("alert second")
    )


def test_how_often_stands_behind_the_sentence(tmp_path: Path, run: Run) -> None:
    """No comma is left where nothing stands before it."""
    text = report(tmp_path, run, [event(at * 40, f"alert {at}") for at in range(4)], "--lang", "en")
    notes = re.findall(r'<span class="dim note">([^<]+)</span>', text)
    assert notes
    assert all(re.match(r"[×\w]", note) for note in notes), notes


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_guides_searches_are_filled_in(
    day: Path, day_options: tuple[object, ...], run: Run, language: str
) -> None:
    """Below each rule stand commands to run: logs, folder, entity and times of its first alert."""
    result = run("scan", day / "logs", *day_options, "--format", "html", "--lang", language)
    commands = [unescape(one) for one in re.findall(r"<pre><code>(.*?)</code></pre>", result.out, re.DOTALL)]
    assert len(commands) > 30
    assert [] == [one for one in commands if re.search(r"\{(?:logs|folder|host|time|field)", one)]
    started = [one for one in commands if one.startswith("noroshi scan ")]
    assert all(f"{day / 'logs'} --zone Asia/Tokyo" in one for one in started)
    assert any('.entities.host == "pc-014"' in one for one in started)
    assert [] == [one for one in started if re.search(r'\.entities\.\w+ == ""', one)]


NAMES = ("営業部-端末", "鈴木", "C:\\請求書\\表計算ソフト.exe", "見積書.doc")
JAPANESE = json.dumps(
    json.loads(event(1, f"alert {NAMES[3]}"))
    | {"Hostname": NAMES[0], "User": f"株式会社\\{NAMES[1]}", "Image": NAMES[2]},
    ensure_ascii=False,
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp932", "euc_jp"])
def test_japanese_names_from_the_log_to_the_page(encoding: str, tmp_path: Path, run: Run) -> None:
    """Hosts, users and files, in every encoding of a Japanese office, in a file with a Japanese name."""
    (tmp_path / "rule.yml").write_text(RULE, encoding="utf-8")
    log, output = tmp_path / "端末ログ.json", tmp_path / "報告書.html"
    log.write_bytes(f"{JAPANESE}\n{JAPANESE}\n".encode(encoding))
    wanted = (
        "--rules",
        tmp_path / "rule.yml",
        "--workers",
        1,
        "--format",
        "html",
        "--output",
        output,
        "--lang",
        "ja",
    )
    assert 0 == run("scan", log, *wanted).status
    text = output.read_text("utf-8")
    for name in (*NAMES, log.name):
        assert name in text, name
    assert "\N{REPLACEMENT CHARACTER}" not in text


def test_what_the_rule_looked_for_is_told_once_and_named(tmp_path: Path, run: Run) -> None:
    """A pattern is called one; where it says no more than the value it is left out; a list says whose."""
    text = report(tmp_path, run, [event(1, "alert one")], "--lang", "en")
    values = re.findall(r'<p class="value">.*?</p>', text)
    assert [] == [one for one in values if '<span class="dim">*' in one]
    rules = tmp_path / "own"
    rules.mkdir()
    (rules / "rule.yml").write_text(
        RULE.replace("{CommandLine|contains: alert}", "{CommandLine: alert, Image|endswith: .exe}"), "utf-8"
    )
    output = tmp_path / "two.html"
    wanted = ("--rules", rules, "--workers", 1, "--format", "html", "--output", output, "--lang", "en")
    (tmp_path / "one.json").write_text(event(1, "alert").replace(json.dumps(EVIL)[1:-1], "a") + "\n", "utf-8")
    assert 0 == run("scan", tmp_path / "one.json", *wanted).status
    shown = re.findall(
        r'<span class="field">(\w+)</span><code>([^<]*)</code>(?:<span class="dim">([^<]*)</span>)?',
        output.read_text("utf-8"),
    )
    assert ("CommandLine", "alert", "") in shown
    assert ("Image", "C:\\a.exe", "the rule asks for *.exe") in shown


def luminance(colour: str) -> float:
    """Relative luminance of ``#rgb`` or ``#rrggbb`` (WCAG 2.1, definition of relative luminance)."""
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_words_stand_out_from_what_is_behind_them(tmp_path: Path, run: Run) -> None:
    """At least 4.5 to 1 (WCAG 2.1, 1.4.3) for all words, light, dark, on paper; none is faded."""
    style = report(tmp_path, run, [event(1, "alert one")]).split("<style>")[1].split("</style>")[0]
    schemes = [
        dict(re.findall(r"--([\w-]+):(#[0-9a-f]+)", block)) for block in re.findall(r"\{([^{}]*)\}", style)
    ]
    schemes = [one for one in schemes if {"bg", "card", "fg", "dim"} <= one.keys()]
    assert 3 <= len(schemes)
    words = (
        "fg",
        "dim",
        "critical",
        "high",
        "medium",
        "low",
        "informational",
        "allowed",
        "blocked",
        "unknown",
    )
    poor = []
    for scheme in schemes:
        for name in words:
            for behind in ("card", "bg") if name in {"fg", "dim"} else ("card",):
                light, dark = sorted((luminance(scheme[name]), luminance(scheme[behind])), reverse=True)
                if (light + 0.05) / (dark + 0.05) < 4.5:
                    poor.append((name, behind, scheme[name], scheme[behind]))
    assert [] == poor
    faded = re.findall(r"([^{}]+)\{[^{}]*opacity:[.\d]+", style)
    assert {".theme input", ".mark line"} >= {one.strip().split("}")[-1] for one in faded}


def test_further_log_sources_are_counted_together() -> None:
    """Events over time, thirty log sources: the row of the rest has its events, so that none is missing."""
    quarters = Counter(
        {(f"format{at}", LogSource(f"product{at}"), 1000 + at % 3): 100 - at for at in range(30)}
    )
    rows, _ = strips(quarters, Counter(), Page(80, "en"))
    assert 24 == len(rows)
    assert "7 more log sources" == rows[-1].name
    counts = [int(row.count.replace(",", "")) for row in rows]
    assert (sum(range(71, 78)), sum(range(71, 101))) == (counts[-1], sum(counts))


@pytest.mark.parametrize(
    ("language", "label", "note"),
    [
        ("en", "Further encounters", "The 100 most urgent encounters are told above"),
        ("ja", "そのほかの事案", "緊急度の高い 100 件は上に詳しく掲載し"),
    ],
)
def test_every_encounter_is_at_least_named(
    tmp_path: Path, run: Run, language: str, label: str, note: str
) -> None:
    """Behind the hundredth, machine, time and rule stand in a folded list; none is dropped silently."""
    events = [event(at, "alert").replace("PC-001", f"PC-{at:03}") for at in range(103)]
    text = report(tmp_path, run, events, "--lang", language)
    assert 100 == len(re.findall(r'id="encounter-\d+"', text))
    others = text[text.index('<section class="card" id="others">') :].partition("</section>")[0]
    assert label in others
    assert note in others
    assert 3 == others.count("Anything &lt;b&gt;at all&lt;/b&gt;")
    assert {f"pc-{at:03}" for at in range(103)} == {
        name.lower() for name in re.findall(r"(?i)pc-\d{3}", text[: text.index(others) + len(others)])
    }
    assert '<a href="#others">' in text
    few = report(tmp_path, run, events[:100], "--lang", language)
    assert 'id="others"' not in few
