"""The closed lists of the glossary as people read them, in both languages."""

from __future__ import annotations

from typing import Final

LEVELS_JA: Final = {"informational": "情報", "low": "低", "medium": "中", "high": "高", "critical": "緊急"}
TRACE_KINDS_JA: Final = {
    "process": "プロセス",
    "command_line": "コマンドライン",
    "process_ancestry": "プロセスの親子関係",
    "file": "ファイル",
    "registry": "レジストリ",
    "network_destination": "通信先",
    "http_shape": "HTTP 通信の特徴",
    "dns": "DNS",
    "mail": "メール",
    "certificate": "証明書",
}
PYRAMID_LEVELS_JA: Final = {
    "hash": "ハッシュ値",
    "ip": "IP アドレス",
    "domain": "ドメイン名",
    "artefact": "アーティファクト",
    "tool": "ツール",
    "ttp": "TTP",
}
STAGES_JA: Final = {
    "draft": "下書き",
    "experimental": "試作",
    "staged": "試験運用(通知なし)",
    "production": "本番",
    "deprecated": "廃止",
}
_EN: Final = {
    "http_shape": "HTTP shape",
    "dns": "DNS",
    "ip": "IP address",
    "ttp": "TTP",
}


def in_words(value: str, language: str, japanese: dict[str, str]) -> str:
    """A value of one of the closed lists in words; one that is in no list stays as it is."""
    if language == "ja":
        return japanese.get(value, value)
    return _EN.get(value, value.replace("_", " "))
