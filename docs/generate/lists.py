"""`lists.md`: the formats of lists, from the reader's own words and types."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import TYPE_CHECKING, Final

from docs.generate.markdown import GENERATED, REPOSITORY, code, codes, link, paragraphs, table, text_of
from noroshi.identity import SHARED_LISTS, assets
from noroshi.indicators import lists as reader
from noroshi.indicators.lists import load_lists
from noroshi.indicators.model import PORT_FIELDS, TYPES, Entry
from noroshi.service.ruleset import bundled_lists

if TYPE_CHECKING:
    from collections.abc import Iterator

MEANING: Final = {
    "text": "equal, as Sigma compares: folded, `*` and `?` are wildcards",
    "file_name": "as `text`",
    "mail": "as `text`; a mail address",
    "mail_subject": "as `text`",
    "mutex": "as `text`",
    "registry": "as `text`; a registry key",
    "user_agent": "as `text`",
    "ja3": "as `text`",
    "jarm": "as `text`",
    "hash": "a hash of any kind, told by its length; Sysmon's `Hashes` is taken apart",
    "md5": "MD5",
    "sha1": "SHA-1",
    "sha256": "SHA-256",
    "sha512": "SHA-512",
    "imphash": "import hash",
    "ip": "an address or network (`192.0.2.0/24`, IPv6 too) that contains it",
    "ip:port": "address and port together; needs the two fields of one end, see below",
    "domain": "the domain and everything below it, at the borders of labels",
    "host": "it is the same machine, with or without domain or final `$`; `*` and `?` are wildcards",
    "user": "it is the same account, with or without domain or realm; `*` and `?` are wildcards",
    "near_domain": "it is none of them and not below one, but could be taken for it: one letter wrong, letters "
    "that look alike (`rn` for `m`, `0` for `o`, other scripts), another ending, or the name with an addition",
    "url": "in full, without query, by host and path; where only the host is visible, by host",
}
"""Every type of list; one that is missing here makes the generator fail."""


def page() -> str:
    """The page."""
    return text_of(
        [
            GENERATED,
            "# Lists",
            (
                "Values of your network (site lists) and values that somebody reported as bad (indicators). A rule reaches"
                " them by `|expand: '%name%'`; give them with `--lists FILE_OR_FOLDER`. A list of the same name replaces"
                f" that of a pack. Read by {link('src/noroshi/indicators/lists.py')}."
            ),
            "## Files",
            paragraphs(inspect.getdoc(reader)),
            "## Types",
            table(
                ("type", "a value of the event matches when"),
                ((code(one), MEANING[one]) for one in sorted(TYPES)),
            ),
            "## Keys of an indicator",
            table(("key", "says"), _keys()),
            "## Ports of addresses",
            "An `ip:port` list that declares no `port_fields` takes the port from the field of the same end:",
            table(
                ("address in", "port in"), ((code(left), code(right)) for left, right in PORT_FIELDS.items())
            ),
            "## Lists that the bundled packs name",
            table(("list", "type", "file"), _bundled()),
            (
                f"Site lists of the names {codes(SHARED_LISTS)} also say which addresses are shared by many and never"
                " joined to one machine."
            ),
            "## Identity lists",
            paragraphs(inspect.getdoc(assets)),
            f"Give them with `--identities FILE.csv`. Read by {link('src/noroshi/identity/assets.py')}.",
        ]
    )


def _keys() -> Iterator[tuple[str, str]]:
    said = inspect.getdoc(Entry) or ""
    for field in dataclasses.fields(Entry):
        name = "type" if field.name == "kind" else field.name
        found = re.search(rf"^    {field.name}: (.*(?:\n        .*)*)", said, re.MULTILINE)
        if found is None:
            raise KeyError(f"{field.name}: say in the docstring of Entry what it is")
        yield code(name), " ".join(found.group(1).replace("``", "`").split())


def _bundled() -> Iterator[tuple[str, str, str]]:
    for folder in bundled_lists([REPOSITORY / "rules"]):
        for path in sorted(folder.iterdir()):
            snapshot, _ = load_lists([path])
            for name in snapshot.names:
                values = snapshot.get(name)
                if values is not None:
                    yield code(name), code(values.type), link(path.relative_to(REPOSITORY).as_posix())
