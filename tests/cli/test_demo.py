"""``noroshi demo``: one command from nothing to the story."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.cli.test_scan import lines_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cli.conftest import Run


def test_it_ends_by_itself_without_a_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The story is told, nothing is asked, the temporary folder is gone."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = run("demo", "--scale", "0.003", "--lang", "en")
    assert 0 == result.status
    assert "Emotet on pc-014 (t.suzuki)" in result.out
    assert "--folder DIR leaves it" in result.out
    assert [] == list(tmp_path.glob("noroshi-demo-*"))


def test_a_terminal_is_asked_before_the_folder_goes(tmp_path: Path) -> None:
    """With a terminal on standard input: what to try next, until [Enter] is pressed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "noroshi.cli.main", "demo", "--scale", "0.003", "--lang", "en"]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, env=environment) as started:  # noqa: S603
        os.close(theirs)
        assert started.stdout is not None
        told = b""
        while b"[Enter]" not in told and (part := os.read(started.stdout.fileno(), 65_536)):
            told += part
        assert b"rules show infection-chain" in told
        assert 1 == len(list(tmp_path.glob("noroshi-demo-*")))
        os.write(ours, b"\n")
        assert 0 == started.wait(timeout=30)
    os.close(ours)
    assert [] == list(tmp_path.glob("noroshi-demo-*"))


def test_a_folder_given_stays(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Logs, lists and the answer sheet are left; standard output holds alerts only."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    result = run("demo", "--scale", "0.003", "--folder", tmp_path / "day", "--format", "ndjson")
    manifest = json.loads((tmp_path / "day" / "manifest.json").read_text(encoding="utf-8"))
    assert 0.003 == manifest["scale"]
    assert (tmp_path / "day" / "logs" / "mail" / "mail.log").is_file()
    assert {"high", "critical"} <= {one["rule"]["level"] for one in lines_of(result.out)}


def test_foreign_rules_over_the_background(run: Run, tmp_path: Path) -> None:
    """``--sigma``: how often each level fires on a day without any infection."""
    (tmp_path / "rule.yml").write_text(
        "title: WMI starts PowerShell\nid: 7d1f7a0e-5f0e-4a53-9c5c-0a3a0a0f6c11\n"
        "logsource: {product: windows, category: process_creation}\n"
        "detection:\n  a:\n    ParentImage|endswith: \\WmiPrvSE.exe\n    Image|endswith: \\powershell.exe\n"
        "  condition: a\nlevel: medium\n",
        encoding="utf-8",
    )
    result = run("demo", "--scale", "0.003", "--lang", "en", "--sigma", tmp_path / "rule.yml")
    assert 0 == result.status
    assert "1 rule over" in result.out
    assert "0 alerts of    0 rules  critical" in result.out
    assert "alerts of    1 rule  medium" in result.out
    assert "ENCOUNTER" not in result.out


def test_a_folder_without_rules_is_wrong_use(run: Run, tmp_path: Path) -> None:
    """No count of nothing: one line and exit status 2, as `noroshi scan` has it."""
    result = run("demo", "--scale", "0.003", "--sigma", tmp_path, "--lang", "en")
    assert (2, "noroshi: there are no rules in the given folders\n") == (result.status, result.err)
