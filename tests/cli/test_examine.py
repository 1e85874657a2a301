"""`noroshi examine`: the story in both languages, JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.examine import documents, specimens

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def test_the_story_names_password_download_and_traces_in_japanese(run: Run, tmp_path: Path) -> None:
    """The story names password download and traces in japanese."""
    path = tmp_path / "a.eml"
    path.write_bytes(specimens.chain())
    result = run("examine", path, "--lang", "ja", "--explain")
    assert 0 == result.status
    assert "パスワード Tanabata-0707 で開きました" in result.out
    assert "hxxp://three[.]example/c/" in result.out
    assert "http://three.example" not in result.out


def test_ndjson_gives_each_trace_with_its_provenance(run: Run, tmp_path: Path) -> None:
    """Ndjson gives each trace with its provenance."""
    path = tmp_path / "a.eml"
    path.write_bytes(specimens.chain())
    result = run("examine", path, path, "--format", "ndjson")
    first, second = (json.loads(line) for line in result.out.splitlines())
    assert first == second
    urls = [trace for trace in first["traces"] if trace["kind"] == "download"]
    assert list(specimens.URLS) == [trace["value"] for trace in urls]
    reasons = [one for specimen in first["specimens"] for one in specimen["findings"]]
    assert "Encrypted; opened with the password Tanabata-0707." in [one["reason"] for one in reasons]
    assert ["file", "attachment", "zip", "command", "script"] == [
        step["via"] for step in urls[0]["provenance"]
    ]


def test_a_damaged_document_is_an_error_in_json_and_no_failure(run: Run, tmp_path: Path) -> None:
    """A damaged document is an error in json and no failure."""
    path = tmp_path / "a.doc"
    path.write_bytes(specimens.ole_document()[:600])
    result = run("examine", path, "--format", "json")
    assert 0 == result.status
    assert [0] == [error["specimen"] for error in json.loads(result.out)[0]["errors"]]


def test_a_mail_with_a_form_document_comes_to_its_urls(run: Run, tmp_path: Path) -> None:
    """Mail → zip with password → .doc with macros and a form → PowerShell → URLs, in the separate process."""
    command = specimens.marked(specimens.COMMAND)
    document = documents.doc(
        {"ThisDocument": specimens.CALLER, "Module2": specimens.WORKER}, {"UserForm1": {"TextBox1": command}}
    )
    path = tmp_path / "a.eml"
    archive = specimens.aes_zip({"請求書.doc": document})
    path.write_bytes(specimens.mail(f"パスワードは {specimens.PASSWORD} です。", {"請求書.zip": archive}))
    result = run("examine", path, "--format", "json")
    urls = [trace for trace in json.loads(result.out)[0]["traces"] if trace["kind"] == "download"]
    assert list(specimens.URLS) == [trace["value"] for trace in urls]
    way = ["file", "attachment", "zip", "form value", "command", "script"]
    assert way == [step["via"] for step in urls[0]["provenance"]]


def test_diff_tells_what_stayed_and_what_changed(run: Run, tmp_path: Path) -> None:
    """In both languages and as JSON."""
    assert 0 == run("demo", "--mail", tmp_path).status
    pair = [tmp_path / name / "mail-zip.eml" for name in ("emotet-day", "emotet-cousin")]
    table = run("examine", "diff", *pair, "--lang", "ja").out
    assert "= コマンドラインの型  powershell -e ‹base64›" in table
    assert "B URL  hxxp://www.aoi-piano[.]example/old/QpZ/" in table
    found = json.loads(run("examine", "diff", *pair, "--format", "json").out)
    ancestry = next(one for one in found["differences"] if one["type"] == "process_ancestry")
    assert "winword.exe → wmiprvse.exe → powershell.exe" == ancestry["same"][0]


def test_several_specimens_are_grouped(run: Run, tmp_path: Path) -> None:
    """Groups in the table, and for each file its family in JSON."""
    run("demo", "--mail", tmp_path)
    given = [
        *sorted((tmp_path / "emotet-day").glob("*.doc")),
        *sorted((tmp_path / "emotet-day").glob("*.docm")),
    ]
    assert "Family 1: 2 specimens" in run("examine", *given, "--lang", "en").out
    found = json.loads(run("examine", *given, "--format", "json").out)
    assert [str(path) for path in given] == found[0]["family"]["members"]
    assert given[1].name == found[0]["family"]["links"][0]["file"].rpartition("/")[2]


def test_added_indicators_name_the_specimen_and_come_once(run: Run, tmp_path: Path) -> None:
    """The second time changes nothing; values that are not taken are told with the reason."""
    run("demo", "--mail", tmp_path)
    mail, store = tmp_path / "emotet-day" / "mail-zip.eml", tmp_path / "store.db"
    given = ("examine", mail, "--add", "--tlp", "green", "--store", store, "--who", "a", "--lang", "en")
    assert "16 added" in run(*given).err
    assert "0 added, 0 changed, 16 as they were" in run(*given).err
    listed = run("indicators", "list", "--store", store, "--format", "ndjson").out.splitlines()
    url = next(one for one in map(json.loads, listed) if one["value"].endswith("9fTzqE/"))
    assert "http://www.sakura-bento.example/wp-includes/9fTzqE/" == url["value"]
    assert url["sources"][0].startswith("specimen:")
    assert 2 == run("examine", mail, "--add", "--tlp", "pink", "--store", store).status


def test_the_page_is_self_contained_escaped_and_defanged(run: Run, tmp_path: Path) -> None:
    """Hostile names and texts stay texts, addresses are defanged, nothing is asked from outside."""
    name = "<img src=x onerror=alert(1)>\u202etxt.cmd"
    path = tmp_path / "a.eml"
    batch = b"@echo off\r\nrem <script>alert(1)</script>\r\n" + specimens.COMMAND.encode()
    path.write_bytes(specimens.mail("x", {name: batch}))
    for language, word in (("en", "Traces, with the way"), ("ja", "痕跡と、見つかった経路")):
        page = run("examine", path, path, "--format", "html", "--lang", language).out
        assert word in page
        assert "&lt;img src=x" in page
        assert "<img" not in page
        assert "<script" not in page
        assert "\u202e" not in page
        assert "hxxp://one[.]example/wp/a/" in page
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "src=" not in page.replace("src=x onerror", "")
        assert "Content-Security-Policy" in page
