"""URLs in texts: any separator, none, defanged, reserved names."""

from __future__ import annotations

import pytest

from noroshi.examine.addresses import host_of, urls_in

THREE = ("http://a.example/1/", "https://b.test/2/", "http://192.0.2.7/3/")


@pytest.mark.parametrize("separator", ["@", "*", "!", "|", "", " ", "\n", "','"])
def test_a_list_is_split_whatever_its_separator(separator: str) -> None:
    """A list is split whatever its separator."""
    assert THREE == urls_in(separator.join(THREE))


def test_defanged_urls_are_read() -> None:
    """Defanged urls are read."""
    assert ("http://a.example/x",) == urls_in("see hxxp://a[.]example/x.")


def test_an_address_given_as_a_parameter_keeps_its_outer_one() -> None:
    """An address given as a parameter keeps its outer one."""
    assert ("http://a.example/r?u=http://b.example/", "http://b.example/") == urls_in(
        "http://a.example/r?u=http://b.example/"
    )


def test_a_url_ends_where_japanese_begins() -> None:
    """A url ends where japanese begins."""
    assert ("http://a.example/x",) == urls_in("http://a.example/xをご覧ください")


def test_a_variable_is_no_host() -> None:
    """A variable is no host."""
    assert () == urls_in("http://$server/x")
    assert "" == host_of("http:///x")
