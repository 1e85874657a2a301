"""Shortcuts are read like the library LnkParse3 does, and further where it stops."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from LnkParse3.lnk_file import LnkFile

from noroshi.examine.shortcut import CLASS, read_shortcut
from tests.examine import links


def whole() -> bytes:
    """A shortcut with every part."""
    return links.shortcut(
        ids=links.POWERSHELL,
        info=links.link_info("C:\\Windows\\System32\\cmd.exe"),
        strings={
            "description": "請求書",
            "relative": "..\\..\\cmd.exe",
            "folder": "%TEMP%",
            "arguments": "/c echo 1",
            "icon": "C:\\Windows\\System32\\imageres.dll",
        },
        blocks=links.tracker("desktop-001", bytes.fromhex("00c1a2b3c4d5eb11800000155d010203")),
        show=7,
    )


def test_every_part_is_as_the_library_reads_it() -> None:
    """Texts, machine, end: the same as a second implementation's."""
    raw = whole()
    library, ours = LnkFile(indata=raw), read_shortcut(raw)
    assert library.string_data.command_line_arguments() == ours.strings["arguments"]
    assert library.string_data.description() == ours.strings["description"]
    assert library.string_data.working_directory() == ours.strings["folder"]
    assert library.string_data.icon_location() == ours.strings["icon"]
    assert library.string_data.relative_path() == ours.targets["relative"]
    assert library.info.local_base_path() == ours.targets["info"]
    assert library.extras.data[0].machine_id() == ours.machine
    assert library.header.creation_time() == ours.created
    assert library.size == ours.end


def test_long_names_times_and_the_adapter() -> None:
    """What the library leaves out: long names in the ids, and the MAC address in an object id."""
    ours = read_shortcut(whole())
    assert "C:\\Windows\\System32\\PowerShell ISE.exe" == ours.target
    assert datetime(2020, 7, 18, 1, 30, tzinfo=UTC) == ours.created
    assert ("desktop-001", "00:15:5d:01:02:03") == (ours.machine, ours.adapter)
    assert "minimised" == ours.shown
    assert ours.whole


def test_a_target_with_variables_comes_first_where_the_flag_says_so() -> None:
    """Windows takes the block with variables where the shortcut says that it has one."""
    raw = links.shortcut(ids=links.POWERSHELL, blocks=links.environment("%windir%\\system32\\mshta.exe"))
    assert ["environment", "ids"] == list(read_shortcut(raw).targets)


def test_arguments_beyond_what_other_readers_take() -> None:
    """Arguments beyond what other readers take."""
    raw = links.shortcut(strings={"arguments": " " * 4_000 + "x" * 20_000})
    assert 24_000 == len(read_shortcut(raw).strings["arguments"])


def test_what_is_no_shortcut_is_refused() -> None:
    """What is no shortcut is refused."""
    with pytest.raises(ValueError, match="head"):
        read_shortcut(b"L\0\0\0" + bytes(100))


@given(st.integers(0, 700), st.binary(max_size=12))
def test_damage_anywhere_ends_in_a_shortcut(at: int, noise: bytes) -> None:
    """Whatever stands in it, reading comes to its end."""
    raw = whole()
    hostile = raw[:at] + noise + raw[at + len(noise) :]
    if hostile.startswith(CLASS):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            link = read_shortcut(hostile[: at + 80])
            assert not link.whole or link.end <= len(hostile)
