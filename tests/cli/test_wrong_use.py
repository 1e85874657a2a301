"""Wrong use of every command, told in Japanese: wrong options, missing files, broken files, unknown names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from typer.main import get_command

from noroshi.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Run

JAPANESE: Final = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
ENGLISH: Final = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
"""Three words in a row are a sentence that nobody translated."""
FILES: Final = {
    "empty.txt": "",
    "text.txt": "hello world\n",
    "broken.json": "{broken",
    "broken.toml": "x = [",
    "broken.yml": "title: [",
    "feeds.toml": '[feeds.urlhaus]\nevery_minutes = "x"\n',
    "blog.toml": "[feeds.blog]\n",
    "life.toml": '[[lifetime]]\nname = "x"\n',
    "excluded.toml": "[exclusions.x]\n",
    "watched.toml": '[lists.watched_domains]\ntype = "domain"\nvalues = ["not a domain"]\n',
    "stix.json": '{"type":"bundle","objects":[{"type":"indicator","pattern_type":"yara","pattern":"x"}]}',
    "misp.json": '{"Event":{"Attribute":[3,{"type":"ip-dst","value":"nope"},{"type":"foo","value":"x"}]}}',
    "table.csv": "value,type,tlp\nnope,ip,\nevil.example,domain,mauve\n",
}
CALLS: Final = (
    ("scan", "scan", "'PATH' を指定すること"),
    ("scan gone.log", "scan", "ファイルもフォルダーもない"),
    ("scan text.txt --workers x", "scan", "'--workers' の値が正しくない: 整数ではない"),
    ("scan text.txt --level nope", "scan", "'nope' は使えない。使えるもの: 'informational'"),
    ("scan text.txt --rules broken.yml", "scan", "2 行目: YAML として正しくない: 値があるべき位置に"),
    ("scan text.txt --lists broken.toml", "scan", "TOML ではない: 末尾: 値として読み取れない"),
    ("scan text.txt --indicators broken.json", "scan", "開けない: データベースではない"),
    ("scan text.txt --bogus", "scan", "オプション --bogus はない"),
    ("explain zzz text.txt", "explain", "このルールはない"),
    ("explain broken.yml text.txt", "explain", "YAML として正しくない"),
    ("demo --era 1999", "demo", "時期 `1999` はない"),
    ("demo --scale 0", "demo", "以上にすること"),
    ("nope", "noroshi", "コマンド 'nope' はない"),
    ("rules nope", "rules", "コマンド 'nope' はない"),
    ("rules list gone", "rules list", "読み取れない: ファイルもフォルダーもない"),
    ("rules show zzz", "rules show", "ルールはありません"),
    ("rules lint broken.yml", "rules lint", "2 行目: YAML として正しくない"),
    ("rules test gone", "rules test", "見つかりません"),
    ("rules health gone", "rules health", "ファイルもフォルダーもない"),
    ("rules coverage nope", "rules coverage", "検証用ログはない"),
    ("rules hits", "rules hits", "ログを指定するか"),
    ("events inspect gone", "events inspect", "ファイルもフォルダーもない"),
    ("events who gone", "events who", "ファイルもフォルダーもない"),
    ("indicators extract text.txt --type zzz", "indicators extract", "この IoC の型はない"),
    ("indicators excluded nope --type ip", "indicators excluded", "nope: ip として正しくない"),
    (
        "indicators excluded evil.example --exclusions excluded.toml",
        "indicators excluded",
        "`verdict` に allow も shared も書かれていない",
    ),
    ("indicators list --min-level zzz", "indicators list", "痛みのピラミッドの階層ではない"),
    ("indicators list --lifetimes life.toml", "indicators list", "`lifetime_days` がない"),
    ("indicators list --store mysql://x/y", "indicators list", "mysql は保存先として使えない"),
    ("indicators show nope.example", "indicators show", "登録されていません"),
    ("indicators show 300.1.1.1 --type ip", "indicators show", "ip として正しくない"),
    ("indicators add zzz", "indicators add", "型を判別できない。--type で指定すること"),
    ("indicators add evil.example --tlp mauve", "indicators add", "この TLP ラベルはない"),
    ("indicators add evil.example --confidence 300", "indicators add", "100 以下にすること"),
    ("indicators edit evil.example --status zzz", "indicators edit", "'zzz' は使えない"),
    ("indicators retire evil.example", "indicators retire", "オプション '--reason' を指定すること"),
    ("indicators import empty.txt", "indicators import", "読み取れるものがなかった"),
    ("indicators import text.txt", "indicators import", "`hello world` の型を判別できない"),
    ("indicators import broken.json", "indicators import", "1 バイト目: JSON ではない: キーの文字列がない"),
    ("indicators import stix.json", "indicators import", "オブジェクト 1: パターンの種類が `yara` である"),
    ("indicators import misp.json", "indicators import", "`nope`: ip として正しくない"),
    ("indicators import table.csv", "indicators import", "`mauve` は TLP ラベルではない"),
    ("indicators export", "indicators export", "オプション '--format' を指定すること"),
    ("indicators export --format csv --out gone/x", "indicators export", "書き込めない"),
    ("indicators history nope.example", "indicators history", "登録されていません"),
    ("indicators stats --format zzz", "indicators stats", "使えるもの: 'table', 'ndjson'"),
    ("indicators set a/b", "indicators set", "一覧の名前として使えない"),
    ("indicators sets --store broken.json", "indicators sets", "データベースではない"),
    ("indicators watched --lists watched.toml", "indicators watched", "ドメイン名ではない"),
    ("indicators snapshot", "indicators snapshot", "'FILE' を指定すること"),
    ("indicators retro --since x", "indicators retro", "時刻ではない"),
    ("indicators check gone", "indicators check", "ファイルもフォルダーもない"),
    ("indicators memory --keep-days 0", "indicators memory", "1 以上にすること"),
    ("collect list --config feeds.toml", "collect list", "`$.every_minutes` は `int` のはずだが `str`"),
    ("collect run --config blog.toml", "collect run", "接続先がない。base_url を設定すること"),
    ("collect run urlhaus --base-url http://127.0.0.1:1", "collect run", "グローバルアドレスではない"),
    ("collect status --config broken.toml", "collect status", "TOML ではない"),
    ("collect test nobody", "collect test", "このフィードはない"),
    ("examine gone", "examine files", "ファイルもフォルダーもない"),
    ("examine text.txt --workers 0", "examine files", "1 以上にすること"),
    ("examine diff gone text.txt", "examine diff", "ファイルもフォルダーもない"),
)


@pytest.mark.parametrize(("call", "expected"), [(call, expected) for call, _, expected in CALLS])
def test_wrong_use_is_told_in_japanese(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, expected: str
) -> None:
    """With ``--lang ja`` the sentence is Japanese, and no English one stands beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOROSHI_STORE", str(tmp_path / "store.db"))
    monkeypatch.delenv("NOROSHI_COLLECT", raising=False)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    group_alone = call in {"nope", "rules nope"}  # a group has no --lang of its own: the locale says it
    if group_alone:
        monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    done = run(*call.split(), *(() if group_alone else ("--lang", "ja")))
    told = done.out + done.err
    assert expected in told
    assert 0 != done.status or "excluded" in call or "--lists" in call
    prose = [line for line in told.splitlines() if "noroshi " not in line]
    assert [] == [line for line in prose if ENGLISH.search(line) and not JAPANESE.search(line)]


def test_every_command_is_called() -> None:
    """A command that is added gets its line above."""
    found = {" ".join(path) for path in _commands()}
    assert set() == found - {command for _, command, _ in CALLS}


def _commands() -> Iterator[tuple[str, ...]]:
    waiting: list[tuple[tuple[str, ...], Any]] = [((), get_command(app))]
    while waiting:
        path, command = waiting.pop()
        inner = getattr(command, "commands", {})
        waiting += [((*path, name), one) for name, one in inner.items()]
        if not inner:
            yield path
