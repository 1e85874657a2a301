"""MISP warning lists: a folder of ``NAME/list.json``, as published, or the Python package's data.

A list: ``{"name", "description", "version", "type": "cidr|hostname|string|substring|regex",
"matching_attributes", "list": […]}``. Read with what is known of their traps:

* ``hostname`` means the name and everything below; ``string`` the name alone, unless it begins with a dot.
* ``substring`` is taken at the borders of labels: ``mcafee.com`` is not in ``howtoactivatemcafee.com``.
* Names hold for URLs by their host, although `matching_attributes` of many lists forget ``url``.
* Header words (``domain`` in the first line of a ranking) and what else is no value are left out and counted.
* Expressions carry PCRE's delimiters and flags.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from noroshi.errors import LocatedError, Sentence
from noroshi.folding import fold
from noroshi.indicators.exclusions.model import ExclusionList, Verdict
from noroshi.indicators.exclusions.sorting import Sorter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_BYTES: Final = 256 * 1024 * 1024
MAX_VALUES: Final = 2_000_000
COMPACT_FROM: Final = 50_000
"""Rankings of names from this size on are kept as ranks: twelve bytes a name."""
_RANKINGS: Final = (
    "tranco",
    "alexa",
    "cisco_top",
    "majestic",
    "moz-top",
    "cloudflare-top",
    "google-chrome-crux",
)
_HASH_ATTRIBUTES: Final = frozenset({"md5", "sha1", "sha256", "sha512", "ssdeep"})
_MAIL_ATTRIBUTES: Final = frozenset({"email-src", "email-dst", "target-email", "email"})
_ADDRESS_ATTRIBUTES: Final = frozenset({"ip-src", "ip-dst"})


def package_folder() -> Path | None:
    """The data of the package ``pymispwarninglists``, where it is installed; its code is not run."""
    found = find_spec("pymispwarninglists")
    folder = Path(found.origin or "").parent / "data" / "misp-warninglists" / "lists" if found else None
    return folder if folder is not None and folder.is_dir() else None


def is_misp_folder(folder: Path) -> bool:
    """Whether a folder holds warning lists, itself or in ``lists/``."""
    return next(_files(folder), None) is not None


def read_misp(folder: Path) -> Iterator[ExclusionList | LocatedError]:
    """Every list of a folder, or the error in its place."""
    for file in _files(folder):
        try:
            found = _read(file)
        except LocatedError as error:
            yield error
        else:
            if found is not None:
                yield found


def _files(folder: Path) -> Iterator[Path]:
    inner = folder / "lists"
    yield from sorted((inner if inner.is_dir() else folder).glob("*/list.json"))


def _read(file: Path) -> ExclusionList | None:
    name = file.parent.name
    if name in _table()["unused"]:
        return None
    if file.stat().st_size > MAX_BYTES:
        raise LocatedError(
            str(file), "", Sentence("is larger than {max_bytes:,} bytes", max_bytes=MAX_BYTES), "leave it out"
        )
    try:
        document = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise LocatedError(
            str(file), f"line {error.lineno}", Sentence("is no JSON: {msg}", msg=error.msg), "fetch it anew"
        ) from None
    return as_list(str(file), name, document)


def as_list(path: str, name: str, document: Any) -> ExclusionList:
    """One list from its JSON.

    Raises:
        LocatedError: It is no warning list.
    """
    values = document.get("list") if isinstance(document, dict) else None
    if not isinstance(values, list) or document.get("type") not in _READERS:
        what = "is no MISP warning list (`type` and `list`)"
        raise LocatedError(path, "", what, "give the folder that holds NAME/list.json")
    attributes = frozenset(map(str, document.get("matching_attributes") or ()))
    sorter = Sorter()
    compact = name.startswith(_RANKINGS) and len(values) >= COMPACT_FROM
    add = _ranked(sorter) if compact else _READERS[document["type"]](attributes, sorter)
    for value in values[:MAX_VALUES]:
        if isinstance(value, str) and value and not value.isspace():
            add(value.strip())
    described = " ".join(str(document.get("description") or document.get("name") or name).split())[:300]
    return sorter.into(ExclusionList(f"misp:{name}", _verdict(name, attributes), described))


def _verdict(name: str, attributes: frozenset[str]) -> Verdict:
    allowed = name in _table()["allow"] or (
        attributes & _HASH_ATTRIBUTES and not attributes & {"domain", "hostname"}
    )
    return Verdict.ALLOW if allowed else Verdict.SHARED


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("noroshi.indicators.exclusions").joinpath("misp.toml").read_text("utf-8"))


def _networks(_: frozenset[str], sorter: Sorter) -> Callable[[str], None]:
    return sorter.add_network


def _hostnames(_: frozenset[str], sorter: Sorter) -> Callable[[str], None]:
    return sorter.add_name


def _strings(attributes: frozenset[str], sorter: Sorter) -> Callable[[str], None]:
    if attributes & {"domain", "hostname", "url", "domain|ip"}:
        return lambda value: sorter.add_name(value, kind="hosts")
    if attributes & _ADDRESS_ATTRIBUTES:
        return sorter.add_network
    return lambda value: sorter.add("texts", fold(value))


def _substrings(attributes: frozenset[str], sorter: Sorter) -> Callable[[str], None]:
    if attributes & _MAIL_ATTRIBUTES:
        return lambda value: sorter.add_name(value.removeprefix("@"), kind="mail_domains")

    def add(value: str) -> None:
        if value.replace(".", "").isdigit():
            sorter.add_network(value)
        else:
            sorter.add_name(value)

    return add


def _patterns(attributes: frozenset[str], sorter: Sorter) -> Callable[[str], None]:
    return sorter.add_pattern if attributes & _MAIL_ATTRIBUTES else sorter.reject


def _ranked(sorter: Sorter) -> Callable[[str], None]:
    def add(value: str) -> None:
        # A million names: what is plainly one is not taken apart.
        if value.isascii() and "." in value and value.islower() and " " not in value:
            sorter.add("ranks", value)
        else:
            sorter.add_name(value, kind="ranks")

    return add


_READERS: Final[dict[str, Callable[[frozenset[str], Sorter], Callable[[str], None]]]] = {
    "cidr": _networks,
    "hostname": _hostnames,
    "string": _strings,
    "substring": _substrings,
    "regex": _patterns,
}
