"""Hits waiting for the end of the input."""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from noroshi.engine.hits import Evidence, Hit
from noroshi.errors import NoroshiError
from noroshi.events.model import Entities, LogSource, Outcome
from noroshi.service.spool import HIT_LETTERS, HitSpool, decode_hits, encode_hits

START = datetime(2020, 7, 22, 4, 0, tzinfo=UTC)


def hit(second: int, fields: dict[str, Any] | None = None, event: str = "") -> Hit:
    """A hit at so many seconds."""
    return Hit(
        event_id=event or f"event {second}",
        tenant="default",
        time=START + timedelta(seconds=second),
        zone="record",
        rule_id="rule",
        rule_hash="hash",
        logsource=LogSource("windows"),
        entities=Entities(host="pc-014"),
        outcome=Outcome.ALLOWED,
        evidence=(Evidence("CommandLine", "a", "a"),),
        fields={"n": second} if fields is None else fields,
        path="a.log",
        position=second,
    )


def seconds(spool: HitSpool) -> list[int]:
    """The hits' places in time, as the spool gives them."""
    return [int((one.time - START).total_seconds()) for one in spool]


def test_order_is_that_of_time_wherever_hits_waited() -> None:
    """Hits on disk and in memory come out as one sequence in time, as often as asked."""
    spool = HitSpool(kept_in_memory=10)
    shuffled = random.Random(1).sample(range(105), 105)  # noqa: S311 - a seed, no secret
    for second in shuffled:
        spool.add([hit(second)])
    assert (list(range(105)), list(range(105))) == (seconds(spool), seconds(spool))
    assert spool.count == 105
    spool.close()
    assert [] == seconds(spool)


def test_copies_of_a_log_have_their_hits_once() -> None:
    """The same event met by the same rule twice is one hit, even when one of them waits on disk."""
    spool = HitSpool(kept_in_memory=3)
    spool.add(map(hit, [1, 2, 3]))
    spool.add(map(hit, [3, 2]))
    assert [1, 2, 3] == seconds(spool)
    spool.close()


def test_different_records_of_one_identity_both_stay() -> None:
    """Files that only begin alike may share identities: what differs in content is no copy."""
    spool = HitSpool()
    spool.add([hit(1, {"a": 1}, "same"), hit(1, {"a": 2}, "same"), hit(1, {"a": 1}, "same")])
    assert [{"a": 1}, {"a": 2}] == [one.fields for one in spool]


def test_odd_values_survive_the_disk() -> None:
    """Integers beyond 64 bits and lone surrogates, in fields, evidence and entities, become text."""
    odd = hit(
        1,
        {"big": 2**70, "text": "a\ud800b", "deep": [{"x\udfff": -(2**64)}], "float": 1.5, "none": None},
    )
    odd = replace(odd, evidence=(Evidence("f", "\ud800", "p"),), entities=Entities(user="u\udcff"))
    (read,) = decode_hits(encode_hits([odd]))
    expected = {"big": hex(2**70), "text": "a?b", "deep": [{"x?": hex(-(2**64))}], "float": 1.5, "none": None}
    assert expected == read.fields
    assert ("?", "u?") == (read.evidence[0].value, read.entities.user)
    assert START + timedelta(seconds=1) == read.time


def test_values_nested_a_thousand_levels_deep_survive() -> None:
    """Depth is cut, not fatal."""
    value: Any = "x"
    for _ in range(900):
        value = [value]
    spool = HitSpool(kept_in_memory=1)
    spool.add([hit(1, {"deep": value})])
    assert ["deep"] == [name for one in spool for name in one.fields]
    spool.close()


def test_huge_hits_go_to_disk_by_size_and_keep_their_beginnings() -> None:
    """Ten hits of 10 MB each are no 100 MB: values keep their beginnings, which is said."""
    spool = HitSpool()
    for second in range(10):
        spool.add([hit(second, {"CommandLine": "a" * 10_000_000, "host": "pc-014"})])
    sizes = {len(one.fields["CommandLine"]) for one in spool}
    assert max(sizes) < HIT_LETTERS
    assert all(one.fields["CommandLine"].endswith("…") and one.fields["host"] == "pc-014" for one in spool)
    spool.close()


@pytest.mark.parametrize("count", [3, 25])
def test_a_parcel_carries_everything(count: int, tmp_path: Path) -> None:
    """What a worker collected arrives, as bytes or as a file, which is gone then."""
    worker = HitSpool(kept_in_memory=10, folder=str(tmp_path))
    for second in range(count, 0, -1):
        worker.add([hit(second)])
    parcel = worker.parcel()
    assert bool(parcel.path) is (count > 10)
    parent = HitSpool(kept_in_memory=10)
    parent.add([hit(0)])
    parent.unpack(parcel)
    assert list(range(count + 1)) == seconds(parent)
    assert count + 1 == parent.count
    assert [] == list(tmp_path.iterdir())
    parent.close()


def test_a_folder_that_is_gone_is_one_clear_error(tmp_path: Path) -> None:
    """Where hits find no room, the error says what to do."""
    spool = HitSpool(kept_in_memory=2, folder=str(tmp_path / "gone"))
    with pytest.raises(NoroshiError, match="TMPDIR"):
        spool.add(map(hit, [1, 2, 3]))


def test_a_full_disk_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux's always-full device stands for the disk."""
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Path("/dev/full").open("r+b", buffering=0))  # noqa: SIM115
    spool = HitSpool(kept_in_memory=2)
    with pytest.raises(NoroshiError, match="No space left"):
        spool.add(map(hit, [1, 2, 3]))
    spool.close()


def test_hits_of_one_event_are_written_with_its_fields_once() -> None:
    """Ten rules on one large event take the room of one; each has the fields again when read."""
    fields = {"CommandLine": "powershell " + "a" * 5_000}
    one = hit(1, fields)
    hits = [replace(one, rule_id=f"rule {number}") for number in range(10)]
    assert len(encode_hits(hits)) < 2 * len(encode_hits([one]))
    assert hits == decode_hits(encode_hits(hits))


def test_hits_of_one_event_stay_together_on_disk() -> None:
    """What was written together comes back as one hit a rule, in order, with its own fields."""
    spool = HitSpool(kept_in_memory=1)
    for second in (2, 1):
        event = hit(second)
        spool.add([replace(event, rule_id="b"), replace(event, rule_id="a")])
    found = [(one.rule_id, one.fields["n"]) for one in spool]
    assert [("a", 1), ("b", 1), ("a", 2), ("b", 2)] == found
    spool.close()


def test_a_large_record_keeps_its_beginnings_whatever_its_bytes_say() -> None:
    """The bytes of a record only shorten the count: fields that hold more (joined parts) are counted."""
    spool = HitSpool()
    large = {"ScriptBlockText": "a" * (HIT_LETTERS + 1)}
    spool.add([hit(1, large)], b"a" * HIT_LETTERS)
    spool.add([hit(2, large)])
    assert [True, True] == [one.fields["ScriptBlockText"].endswith("…") for one in spool]
