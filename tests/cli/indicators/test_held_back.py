"""Exports ask the exclusion lists: what must not alert alone must not be blocked either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


@pytest.fixture
def run_with_store(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A store with an ordinary indicator, a popular name, and public resolvers somebody reported."""
    monkeypatch.setenv("NOROSHI_STORE", str(tmp_path / "noroshi.db"))
    for value in (
        "evil.example",
        "github.com",
        "192.0.2.66",
        "8.8.8.8",
        "9.9.9.9:53",
        "https://github.com/a/b.exe",
    ):
        assert 0 == run("indicators", "add", value, "--source", "feed", "--tlp", "clear").status
    return run


def test_a_block_list_never_holds_what_is_allowed(run_with_store: Run) -> None:
    """Names and addresses, those of endpoints too; what was left out is counted and named."""
    domains = run_with_store("indicators", "export", "--format", "edl-domain", "--lang", "en")
    addresses = run_with_store("indicators", "export", "--format", "edl-ip", "--lang", "en")
    assert ("evil.example\n", "192.0.2.66\n") == (domains.out, addresses.out)
    assert "1 held back by the exclusion list “shared-hosting”" in domains.err
    assert "2 held back by the exclusion list “public-resolvers”" in addresses.err
    assert "8.8.8[.]8" in addresses.err


def test_a_url_on_a_shared_host_is_blocked(run_with_store: Run) -> None:
    """The URL says who it is; only the name would hit everybody."""
    urls = run_with_store("indicators", "export", "--format", "edl-url")
    assert "github.com/a/b.exe\n" == urls.out


def test_an_exempted_indicator_is_blocked(run_with_store: Run) -> None:
    """A person decided so."""
    run_with_store("indicators", "edit", "8.8.8.8", "--exempt")
    found = run_with_store("indicators", "export", "--format", "edl-ip").out
    assert "192.0.2.66\n8.8.8.8\n" == found


def test_your_own_list_holds_back_too(run_with_store: Run, tmp_path: Path) -> None:
    """As in a scan."""
    own = tmp_path / "partners.txt"
    own.write_text("# verdict: allow\n# reason: our partners\nevil.example\n")
    found = run_with_store("indicators", "export", "--format", "rpz", "--exclusions", own, "--lang", "ja")
    assert "evil.example" not in found.out
    assert "除外リスト「partners」" in found.err


def test_sharing_formats_hold_back_unless_asked(run_with_store: Run) -> None:
    """A copy of everything is possible; a block list of everything is not."""
    assert "github.com\n" not in run_with_store("indicators", "export", "--format", "text").out
    whole = run_with_store("indicators", "export", "--format", "text", "--excluded")
    assert "github.com\n" in whole.out
    refused = run_with_store("indicators", "export", "--format", "edl-ip", "--excluded", "--lang", "en")
    assert 2 == refused.status
    assert "" == refused.out
    assert "never goes into a block list" in refused.err
