"""What stays when a wave changes its values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.examine.shapes import MAX_SHAPE, command_shape, path_shape


@pytest.mark.parametrize(
    ("command", "shape"),
    [
        ("powershell -e " + "JABh" * 30, "powershell -e ‹base64›"),
        (
            "C:\\Windows\\System32\\PowerShell.exe  -w hidden -e " + "JABh" * 30 + "==",
            "powershell -w hidden -e ‹base64›",
        ),
        (
            "rundll32.exe C:\\Users\\a.b\\x81.dll,Control_RunDLL",
            "rundll32 c:\\users\\‹user›\\‹name›.dll,control_rundll",
        ),
        ("mshta http://one.example/a.hta", "mshta ‹url›"),
        ("cmd /c ping 192.0.2.1 -n 1200", "cmd /c ping 192.0.2.1 -n ‹number›"),
        ("powershell $Ab12=1;$env:temp", "powershell ‹variable›=1;$env:temp"),
    ],
)
def test_contents_become_placeholders(command: str, shape: str) -> None:
    """Encoded text, addresses, names of users and files go; the way of calling stays."""
    assert shape == command_shape(command)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("C:\\Users\\t.suzuki\\284.exe", "c:\\users\\‹user›\\‹number›.exe"),
        (
            "C:\\Users\\‹USERNAME›\\AppData\\Local\\KBDYAK\\dxdiagn.exe",
            "c:\\users\\‹user›\\appdata\\local\\‹folder›\\‹name›.exe",
        ),
        ("C:\\ProgramData\\abc.vbs", "c:\\programdata\\‹name›.vbs"),
        ("%TEMP%\\invoice.pdf.exe", "%temp%\\‹name›.pdf.exe"),
        ("C:\\Users\\Public\\x.dll", "c:\\users\\public\\‹name›.dll"),
    ],
)
def test_folders_of_windows_stay(path: str, shape: str) -> None:
    """A user's name, random folders and file names go; what the place says about the habit stays."""
    assert shape == path_shape(path)


@given(st.text(max_size=600))
def test_any_text_has_a_short_shape(text: str) -> None:
    """Hostile texts too."""
    assert len(command_shape(text)) <= MAX_SHAPE
    assert isinstance(path_shape(text), str)
