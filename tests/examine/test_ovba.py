"""MS-OVBA: the specification's own examples of compressed containers, and the directory of modules."""

from __future__ import annotations

import pytest

from noroshi.examine.ovba import decompressed, modules
from tests.examine.specimens import vba_directory

MAXIMUM = bytes.fromhex("0103b002614500")


def test_the_maximum_compression_example_of_the_specification() -> None:
    """The maximum compression example of the specification."""
    assert b"a" * 73 == decompressed(MAXIMUM)


def test_what_follows_the_container_is_not_read() -> None:
    """What follows the container is not read."""
    assert b"a" * 73 == decompressed(MAXIMUM + bytes(500))


def test_what_is_no_container_is_refused() -> None:
    """What is no container is refused."""
    with pytest.raises(ValueError, match="container"):
        decompressed(b"\x02\x00")


def test_the_directory_gives_code_page_and_modules() -> None:
    """The directory gives code page and modules."""
    codec, found = modules(vba_directory("Module1"))
    assert ("cp932", ["Module1"], [0]) == (codec, [one.name for one in found], [one.offset for one in found])
