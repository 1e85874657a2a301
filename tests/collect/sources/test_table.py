"""Any CSV, JSON or NDJSON by a mapping: types, times, nesting, drift since the first run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from noroshi.collect.columns import Columns
from noroshi.indicators.indicator import Threat
from tests.collect.feeds import run
from tests.collect.provider import Provider, Reply

if TYPE_CHECKING:
    from noroshi.collect.run import Health
    from noroshi.store.store import Store


def _run(provider: Provider, store: Store, body: bytes, columns: Columns, **more: Any) -> Health:
    provider.answer = lambda _: Reply(body)
    return run("table", provider, store, columns=columns, **more)


def test_a_csv_with_words_of_its_own(provider: Provider, store: Store) -> None:
    """A CSV with words of its own: semicolons, types, times, everything said of every row."""
    columns = Columns(
        value="Wert", type="Typ", types={"Adresse": "ip"}, separator=";", first_seen="Seit", tags="Marken",
        time_format="%d.%m.%Y %H:%M", threat="Art", confidence="Sicher", reference="Quelle", id="Nr",
        all_families=("Emotet",), all_threats=(Threat.C2,), all_tags=("ours",), compromised_sites=True,
    )  # fmt: skip
    body = (
        "Wert;Typ;Seit;Marken;Art;Sicher;Quelle;Nr\n"
        "192.0.2.1;Adresse;01.03.2026 10:00;a,b;phishing;80;https://ref.example/1;17\n"
        "c2.example;Domain;01.03.2026 11:00;;;;;18\n"
        "192.0.2.2;Adresse;gestern;;;;;19\n"
        "192.0.2.3;Farbe;01.03.2026 10:00;;;;;20\n"
    )
    health = _run(provider, store, body.encode(), columns)
    found = store.indicators.get("192.0.2.1", "ip")
    assert found is not None
    claim = found.claims[0]
    assert datetime(2026, 3, 1, 10, tzinfo=UTC) == claim.first_seen
    assert ((Threat.C2, Threat.PHISHING), ("Emotet",), ("a", "b", "ours")) == (
        claim.threats, claim.families, claim.tags,
    )  # fmt: skip
    assert (80, "https://ref.example/1", "17", True) == (
        claim.confidence, claim.reference, claim.external_id, claim.compromised_site,
    )  # fmt: skip
    assert (2, {("`gestern` is no time", 1), ("is of an unknown type `farbe`", 1)}) == (
        health.new, set(health.reasons),
    )  # fmt: skip


def test_a_csv_without_header(provider: Provider, store: Store) -> None:
    """A CSV without header: the first row is one; the type is what the value can only be."""
    body = b"# comment\n192.0.2.1,1772359200\nwhat is this,1772359200\n"
    health = _run(provider, store, body, Columns(header=("v", "t"), value="v", last_seen="t"))
    assert (1, "2026-03-01T10:00:00+00:00") == (health.new, health.newest)
    assert (("does not show what it is", 1),) == health.reasons


@pytest.mark.parametrize("shape", ["list", "object", "lists"])
def test_json_rows_wherever_they_are(provider: Provider, store: Store, shape: str) -> None:
    """JSON rows wherever they are, nested, with lists of values and times in milliseconds."""
    row = {"net": {"ips": ["192.0.2.1", "192.0.2.2"], "host": "c2.example"}, "at": 1772359200000, "x": None}
    rows = {"list": [row, 5], "object": {"1": row, "2": 5}, "lists": {"1": [row], "2": [5]}}[shape]
    columns = Columns(rows="data.items", by_type={"ip": "net.ips", "domain": "net.host"}, first_seen="at")
    health = _run(provider, store, json.dumps({"data": {"items": rows}}).encode(), columns, format="json")
    assert (3, 1, ()) == (health.new, health.rejected, health.drift)
    found = store.indicators.get("192.0.2.2", "ip")
    assert found is not None
    assert datetime(2026, 3, 1, 10, tzinfo=UTC) == found.first_seen


def test_columns_that_come_and_go_after_the_first_run_are_drift(provider: Provider, store: Store) -> None:
    """Columns that come and go after the first run are drift; unused ones of the first run are none."""
    columns = Columns(value="ioc", tags="tags")
    rows = [{"ioc": "c2.example", "tags": "a", "unused": 1}]
    assert () == _run(provider, store, json.dumps(rows).encode(), columns, format="json").drift
    rows = [{"ioc": "c2.example", "unused": 1, "added": 2}]
    for _ in range(2):
        drift = _run(provider, store, json.dumps(rows).encode(), columns, format="json").drift
        assert ("+added", "-tags") == drift


def test_one_object_a_line(provider: Provider, store: Store) -> None:
    """One object a line: a broken line costs itself."""
    body = b'{"ioc":"c2.example"}\n{"ioc":\n\n{"ioc":"192.0.2.1"}\n'
    health = _run(provider, store, body, Columns(value="ioc"), format="ndjson")
    assert (2, 1) == (health.new, health.rejected)


@pytest.mark.parametrize(
    ("what", "columns"),
    [
        ("does not say where values are", None),
        ("does not say where values are", Columns(type="t")),
        ("is no single letter", Columns(value="v", separator="||")),
        ("holds no rows", Columns(value="v", rows="a.b")),
    ],
)
def test_a_mapping_that_cannot_work_is_an_error(
    provider: Provider, store: Store, what: str, columns: Columns | None
) -> None:
    """A mapping that cannot work is an error."""
    provider.answer = lambda _: Reply(b"{}")
    assert what in run("table", provider, store, columns=columns, format="json").error
