"""What every key of an alert means, in both languages."""

from __future__ import annotations

from typing import Final

KEYS: Final[dict[str, tuple[str, str]]] = {
    "alert_id": (
        "deterministic: the same logs and rules give the same id",
        "決定的な ID。同じログと同じルールなら同じ値",
    ),
    "kind": ("`rule` or `correlation`", "`rule`(ルール)または `correlation`(相関分析)"),
    "rule": ("the rule", "分析ルール"),
    "rule.id": ("its Sigma id", "Sigma の ID"),
    "rule.title": ("its title", "題名"),
    "rule.level": (
        "as alerted; if the outcome lowered it, `rule.own_level` stands beside it",
        "アラートの重大度。結果によって下げた場合は `rule.own_level` に元の値が付く",
    ),
    "rule.tags": ("ATT&CK and other tags", "ATT&CK などのタグ"),
    "time": (
        "when it happened, UTC, `null` where the record holds no time that can be read; of a correlation: when it came true",
        "発生時刻(UTC)。記録から時刻を読み取れない場合は `null`。相関分析では成立した時刻",
    ),
    "tenant": ("the watched organisation", "顧客"),
    "entities": (
        "whom it is about: `host`, `user`, `address`, `mailbox`, as far as known, joined across logs",
        "対象。`host` 端末、`user` 利用者、`address` アドレス、`mailbox` メールボックス(分かる範囲。ログをまたいで結び付けたもの)",
    ),
    "entities.host": ("computer name, lower case, without domain", "端末名(小文字、ドメインなし)"),
    "entities.address": (
        "address of the watched machine, not of its peer",
        "監視対象側の IP アドレス(通信相手ではない)",
    ),
    "outcome": (
        "what the product did: `allowed`, `blocked`, `detected`, `quarantined`, `failed`, `unknown`",
        "通信・処理の結果: 許可、遮断、検知のみ、隔離、失敗、不明",
    ),
    "meaning": ("the guide's one line, in the language of `--lang`", "検知の意味(`--lang` の言語)"),
    "count": ("hits behind the alert", "元になったヒットの数"),
    "first": ("the earliest of them", "最初のヒットの時刻"),
    "last": ("the latest of them", "最後のヒットの時刻"),
    "logsource": ("the event's log source; empty for a correlation", "イベントのログソース。相関分析では空"),
    "logsource.product": ("Sigma's product", "Sigma の product"),
    "logsource.service": ("Sigma's service", "Sigma の service"),
    "logsource.categories": ("Sigma's categories, all that apply", "Sigma の category(当てはまるものすべて)"),
    "matched[]": (
        "the evidence: which field held what, and which pattern it met",
        "根拠。どのフィールドの値がどの条件に合ったか",
    ),
    "matched[].field": ("field", "フィールド"),
    "matched[].value": ("its value, at most 4,096 characters", "値(4,096 文字まで)"),
    "matched[].pattern": ("the rule's pattern, or `%list%`", "ルールの条件、または `%一覧%`"),
    "matched[].indicator": (
        "which indicator of the list it was; only where the pattern is a list",
        "一覧のどの IoC に一致したか(条件が一覧の場合のみ)",
    ),
    "matched[].indicator.list": ("the list", "一覧の名前"),
    "matched[].indicator.value": ("the indicator as the list writes it", "一覧に書かれた IoC"),
    "matched[].indicator.precision": (
        (
            "`exact`, `pattern`, `network`, `suffix` (below the domain), `full` (URL with its query), "
            "`without-query`, `host-path`, `host` (URL not visible), `near` (look-alike), `part`"
        ),
        (
            "一致の精度: 完全一致、パターン、ネットワーク、下位ドメイン、URL 全体、クエリを除く URL、ホストとパス、"
            "ホストのみ(URL は不明)、類似ドメイン、文字列の一部"
        ),
    ),
    "matched[].indicator.threat": ("`c2`, `download`, `payload`, `mail`; null: unknown", "脅威の種類"),
    "matched[].indicator.family": ("malware family", "マルウェアの種類"),
    "matched[].indicator.source": ("who reported it", "情報源"),
    "matched[].indicator.first_seen": ("as the list writes it", "最初の報告(一覧の記載どおり)"),
    "matched[].indicator.confidence": ("0 to 100", "確度(0〜100)"),
    "matched[].indicator.compromised_site": (
        "true: an ordinary site that serves malware, where the host alone says little",
        "true は改ざんサイト(ホストの一致だけでは弱い)",
    ),
    "source": ("where the event stands", "イベントの所在"),
    "source.path": ("file as given, members of archives after `!`", "指定されたとおりのファイル名"),
    "source.record": (
        "byte offset, record number or `chunk:record`",
        "バイト位置、レコード番号、または `チャンク:レコード`",
    ),
    "event": (
        "the whole event, original and Sigma names; of a correlation: see below",
        "イベント全体。相関分析では下表",
    ),
    "revision": ("counts updates of the same alert", "同じアラートの更新回数"),
    "event_id": ("the event's stable id; null for a correlation", "イベントの ID。相関分析では null"),
    "time_zone_from": (
        "how the zone of the time was known: `record`, `source` (`--zone`), `learnt`, `assumed-utc`, `missing`",
        "タイムゾーンの根拠: 記録内、指定(`--zone`)、学習、UTC と仮定、時刻なし",
    ),
    "joins[]": ("steps that joined the entities, each with its evidence", "対象を結び付けた各段階とその根拠"),
    "joins[].known": ("the entity that the step began at", "起点の対象"),
    "joins[].found": ("the entity that it added", "結び付いた対象"),
    "joins[].since": ("the link holds from then on; null: always", "この時刻から有効。null は常に"),
    "joins[].until": ("and before then; null: open", "この時刻の前まで有効。null は終わりが未定"),
    "joins[].evidence": ("the record that shows it", "それを示す記録"),
    "joins[].evidence.what": (
        "kind of record: `dhcp_lease`, `console_logon`, `identity_list` …",
        "記録の種類: DHCP のリース、ログオン、台帳など",
    ),
    "joins[].evidence.event_id": (
        "id of that event; null for a row of a list",
        "そのイベントの ID。台帳の行では null",
    ),
    "joins[].evidence.path": ("its file", "そのファイル"),
    "joins[].evidence.record": ("its place in the file", "ファイル内の位置"),
}
CORRELATION: Final[dict[str, tuple[str, str]]] = {
    "type": ("Sigma's type of correlation", "相関分析の種類"),
    "group": ("values of the group-by fields", "group-by のフィールドと値"),
    "measure": ("the number that met the condition", "条件を満たした値"),
    "rules[]": ("the rules that it refers to", "参照するルール"),
    "rules[].id": ("id", "ID"),
    "rules[].title": ("title", "題名"),
    "rules[].count": ("how many hits each gave", "それぞれのヒット数"),
    "contributing": ("event ids behind it (of a chained correlation: alert ids)", "元になったイベントの ID"),
    "not_listed": (
        "hits that are counted, but no longer known one by one",
        "数えただけで個別には残っていないヒット数",
    ),
    "hits[]": ("the first twenty in full", "先頭 20 件の詳細"),
    "hits[].time": ("when", "時刻"),
    "hits[].rule": ("rule id", "ルールの ID"),
    "hits[].event_id": ("event id", "イベントの ID"),
    "hits[].outcome": ("outcome", "結果"),
    "hits[].path": ("file", "ファイル"),
    "hits[].record": ("place in the file", "ファイル内の位置"),
    "partial": (
        "state had been dropped for lack of room: there may be more",
        "上限のため状態の一部を捨てた。ほかにもある可能性がある",
    ),
}
