"""Passwords told in mails."""

from __future__ import annotations

import pytest

from noroshi.examine.passwords import candidates


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("解凍パスワードは Abc-123 です。", "Abc-123"),
        ("パスワード：x9!kk", "x9!kk"),
        ("パスワード：「qwe78」", "qwe78"),
        ("パスワードは以下のとおりです。\n\n  Zz_0001\n", "Zz_0001"),
        ("ＰＷ：Ａｂ１２", "Ab12"),
        ("The password for the attached archive is: 8812", "8812"),
        ("Password: s3cret.", "s3cret"),
        ("zip password - t0p", "t0p"),
        ("解凍PASSは、Abc999です。", "Abc999"),
    ],
)
def test_a_password_is_found_in_either_language(text: str, password: str) -> None:
    """A password is found in either language."""
    assert password in candidates(text)[:6]


def test_a_text_without_the_word_gives_none() -> None:
    """A text without the word gives none."""
    assert () == candidates("お世話になっております。See you at 10:00.")
