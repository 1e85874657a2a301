"""What only a label makes an indicator, in English and Japanese."""

from __future__ import annotations

import pytest

from tests.indicators.extraction.cases import found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("mail_subject 請求書の件", "件名：請求書の件"),
        ("mail_subject 請求書の件", "件名:請求書の件\n"),
        ("mail_subject 請求書の件", "■件名：請求書の件"),
        ("mail_subject 請求書の件", "【件名】：請求書の件"),
        ("mail_subject 請求書の件", "・件名 : 請求書の件"),
        ("mail_subject 請求書の件", "件名例：請求書の件"),
        ("mail_subject 請求書の件", "件名：「請求書の件」"),
        ("mail_subject 請求書の件", "メール件名：『請求書の件』"),
        ("mail_subject 請求書の件", "■件名\n・請求書の件\n"),
        ("mail_subject 請求書の件", "【件名】\n請求書の件\n\n本文はありません"),
        ("mail_subject 請求書の件", "| 件名 | 請求書の件 |"),
        ("mail_subject Re: invoice 42", "Subject: Re: invoice 42"),
        ("mail_subject Re: invoice 42", "* Subject: Re: invoice 42"),
        ("mail_subject Re: invoice 42", "**Subject:** Re: invoice 42"),
        ("mail_subject Re: invoice 42", "Email subject: “Re: invoice 42”"),
        ("mail_subject Re: invoice 42", "| Subject | Re: invoice 42 |"),
        ("mail_subject 【重要】ご確認", "件名：【重要】ご確認"),
        ("file_name 請求書 7月.doc", "添付ファイル：請求書 7月.doc"),
        ("file_name 請求書_2020.doc", "添付ファイル名: 請求書_2020.doc"),
        ("file_name 請求書(1).docm", "添付：請求書(1).docm"),
        ("file_name 請求書.pdf.exe", "■添付ファイル名\n請求書.pdf.exe\n"),
        ("file_name my invoice.xlsm", "Attachment: my invoice.xlsm"),
        ("file_name dropper.py", "File name: dropper.py"),
        ("mail_sender 経理部", "差出人：経理部"),
        ("mail_sender Taro Yamada", "From: Taro Yamada"),
        ("mail_sender ○○銀行", "送信元: ○○銀行"),
        ("mutex Global\\I98B68E3C", "mutex: Global\\I98B68E3C"),
        ("mutex Global\\I98B68E3C", "Mutex = Global\\I98B68E3C"),
        ("mutex PEM1A2", "ミューテックス：PEM1A2"),
        ("mutex PEM1A2", "it makes the mutex name: `PEM1A2`"),
        ("mutex two words", 'Mutex: "two words"'),
        ("mutex PEM1A2", "| Mutex | PEM1A2 |"),
        ("registry_key HKCU\\Software\\Evil Corp\\Run", "Registry key: HKCU\\Software\\Evil Corp\\Run"),
        ("registry_key HKLM\\SYSTEM\\x", "レジストリキー：HKLM\\SYSTEM\\x"),
        ("user_agent Evil/1.0 (x; y)", "User-Agent: Evil/1.0 (x; y)"),
        ("user_agent curl/7.1", "ユーザーエージェント：curl/7.1"),
    ],
)
def test_labels(value: str, text: str) -> None:
    """A value behind its label, below it, or in the next cell."""
    assert [value] == found(text)


@pytest.mark.parametrize(
    "text",
    [
        "件名：なし",
        "件名：",
        "添付ファイル：なし",
        "添付ファイル：パスワード付き",
        "on the subject: we agree",
        "the object: mutexes are locks",
        "From: ",
        "Subject: -",
        "registry: the place where settings live",
        "差出人：不明",
        "a mutex is a lock",
        "the user agent is missing",
    ],
)
def test_labels_without_value(text: str) -> None:
    """Nothing, or a sentence."""
    assert [] == found(text)


def test_a_post_of_the_mail_sharing_community() -> None:
    """Subjects, attachments, senders, downloads and hosts of one post, each as its own."""
    post = (
        "2020/07/22 #Emotet に感染させるばらまきメールを観測しています。\n"
        "■件名\n・【重要】請求書の件\n・Re: お見積りについて\n"
        "■添付ファイル名\n請求書_2020_07.doc\nお見積り 0722.doc\n"
        "■送信元\n経理部 <keiri@sender.example>\n\n"
        "ダウンロード元：\nhxxp://www.sakura-bento[.]example/wp-includes/9fTzqE/\n"
        "C2：198.51.100[.]77:80\n"
        "SHA256：0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\n"
    )
    assert [
        "mail_subject 【重要】請求書の件",
        "mail_subject Re: お見積りについて",
        "file_name 請求書_2020_07.doc",
        "file_name お見積り 0722.doc",
        "mail_sender 経理部",
        "email keiri@sender.example",
        "url http://www.sakura-bento.example/wp-includes/9fTzqE/",
        "ip:port 198.51.100.77:80",
        "sha256 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    ] == found(post)


def test_a_post_on_one_line() -> None:
    """Several labels on one line end each other's values."""
    post = "件名：「至急」「ご確認」 添付ファイル：7月 請求書.doc、b.xlsm 送信元：foo@bar.example 接続先：hxxp://evil[.]example/a"
    assert [
        "mail_subject 至急",
        "mail_subject ご確認",
        "file_name 7月 請求書.doc",
        "file_name b.xlsm",
        "email foo@bar.example",
        "url http://evil.example/a",
    ] == found(post)


def test_a_domain_in_a_subject_is_still_found() -> None:
    """A subject does not hide what stands in it."""
    assert ["mail_subject Order from evil.example", "domain evil.example"] == found(
        "Subject: Order from evil.example"
    )
