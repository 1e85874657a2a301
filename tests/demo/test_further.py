"""The further products of the background: repeatable, and read as what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.demo import further
from noroshi.events.model import Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = {
    "firewall/pa-fw01.log": "paloalto",
    "firewall/asa01.log": "cisco-asa",
    "linux/secure.log": "syslog",
    "mail/exchange-tracking.log": "exchange",
}


def test_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    """Chance comes from the seed alone."""
    texts = []
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        further.write(tmp_path / name, seed)
        texts.append([(tmp_path / name / "logs" / path).read_bytes() for path in FORMATS])
    assert texts[0] == texts[1]
    assert all(one != other for one, other in zip(texts[0], texts[2], strict=True))


def test_every_record_is_read_and_the_honest_failures_are_there(tmp_path: Path) -> None:
    """Each file by its product's decoder without a problem; VPN and SSH have failures and successes."""
    counts = further.write(tmp_path)
    logons: set[tuple[str, str, str]] = set()
    for path, name in FORMATS.items():
        problems, entry = Problems(), format_named(name)
        assert entry is not None
        with (tmp_path / "logs" / path).open("rb") as file:
            events = list(entry.decode(file, Source(path, "s"), problems))
        assert (0, counts[path]) == (problems.total, len(events))
        for event in events:
            fields = event.fields
            if "logon_result" in fields:
                logons.add(
                    (event.logsource.service or "", str(fields["logon_kind"]), str(fields["logon_result"]))
                )
    for service, kind in (("globalprotect", "vpn"), ("asa", "vpn"), ("sshd", "ssh")):
        assert {(service, kind, "failure"), (service, kind, "success")} <= logons
