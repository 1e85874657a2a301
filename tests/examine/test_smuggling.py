"""Files in scripts, however their text is put together; the answer is the file that was put in."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Final
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.examine.smuggling import Smuggled, data_url, smuggled, xored


def archive() -> bytes:
    """A zip with a text."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "http://inside.example/")
    return out.getvalue()


FILE: Final = archive()
BASE64: Final = base64.b64encode(FILE).decode()
THIRD: Final = len(BASE64) // 3
PARTS: Final = (BASE64[:THIRD], BASE64[THIRD : 2 * THIRD], BASE64[2 * THIRD :])
NUMBERS: Final = ",".join(map(str, FILE))


@pytest.mark.parametrize(
    ("how", "script"),
    [
        ("base64", f'var b = atob("{BASE64}"); save(b);'),
        ("base64", f"var b = atob('{PARTS[0]}' + \"{PARTS[1]}\"\n + `{PARTS[2]}`);"),
        ("base64", f'var a="{PARTS[0]}", c="{PARTS[2]}";\nvar b = "{PARTS[1]}"; go(atob(a + b + c));'),
        ("base64", f'let d = "{PARTS[0]}"; d += "{PARTS[1]}"; d += \'{PARTS[2]}\';'),
        ("base64", f'x = ["{PARTS[0]}", "{PARTS[1]}", "{PARTS[2]}"].join("");'),
        ("base64", f'x = "{BASE64[::-1]}".split("").reverse().join("");'),
        ("base64", f'x = "{BASE64.replace("A", "#@")}".replace(/#@/g, "A");'),
        ("base64", f'x = "{BASE64.replace("B", "!!")}".split("!!").join("B");'),
        ("base64", f'// "not this\n/* \' */ x = "{BASE64}"'),
        ("base64", 'x = "' + BASE64.replace("U", "\\x55") + '"'),
        ("base64", f'location = "data:application/zip;base64,{BASE64}"'),
        ("hex", f'x = "{FILE.hex()}"'),
        ("percent", f'x = unescape("{quote_from_bytes(FILE, safe="")}")'),
        ("numbers", f"new Blob([new Uint8Array([{NUMBERS}])])"),
        ("numbers", "new Uint8Array([" + ", ".join(map(hex, FILE)) + "])"),
        ("key", f'k = "s3cret"; x = "{base64.b64encode(xored(FILE, b"s3cret")).decode()}"'),
    ],
)  # fmt: skip
def test_the_file_comes_out_whole(how: str, script: str) -> None:
    """The file comes out whole."""
    assert [Smuggled("", how, FILE)] == list(smuggled(script))


@pytest.mark.parametrize(
    "saving",
    [
        'a.download = "請求書.zip"',
        'a.setAttribute("download", "請求書.zip")',
        'saveAs(blob, "請求書.zip")',
        "navigator.msSaveOrOpenBlob(blob, '請求書.zip')",
        'n = "請求書.zip"; a.download = n;',
        'new File([blob], "請求書.zip")',
    ],
)
def test_its_name_is_the_one_under_which_it_is_saved(saving: str) -> None:
    """Its name is the one under which it is saved."""
    assert ["請求書.zip"] == [one.name for one in smuggled(f'x = "{BASE64}"; {saving}')]


def test_a_part_of_a_file_is_no_second_one() -> None:
    """The first piece of a zip looks like a zip."""
    third = len(BASE64) // 12 * 4
    script = f'a = "{BASE64[:third]}"; b = "{BASE64[third:]}"; save(atob(a + b));'
    assert [FILE] == [one.content for one in smuggled(script)]


def test_texts_of_ordinary_scripts_are_no_files() -> None:
    """Words, style sheets and numbers decode to nothing known."""
    script = 'var a = "' + "word " * 40 + '"; b = [' + ",".join(["17"] * 60) + '"; c = "' + "ab12" * 40 + '"'
    assert [] == list(smuggled(script))


def test_data_urls() -> None:
    """In Base64 with escapes, and plain."""
    assert ("application/zip", FILE) == data_url(f"data:application/zip;base64,{BASE64.replace('+', '%2B')}")
    assert ("text/html", b"<b>x</b>") == data_url("data:text/html,%3Cb%3Ex</b>")
    assert ("", b"x") == data_url("DATA:,x")
    assert data_url("https://a.example/") is None


@given(st.text(alphabet="\"'`\\/*+=,[]()x1A \n", max_size=300))
def test_any_script_comes_to_an_end(script: str) -> None:
    """However the quotes and comments stand."""
    assert 0 <= len(list(smuggled(script)))


def test_unclosed_quotes_and_comments_take_no_square_of_the_length() -> None:
    """A hundred thousand openings are looked at once each."""
    for opening in ('"', "`", "/*", "//", "a+", "[1,", ".split('"):
        assert [] == list(smuggled(opening * 100_000))
