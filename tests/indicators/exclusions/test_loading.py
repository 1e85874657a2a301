"""Lists as files: one's own, MISP's warning lists with their traps, rankings."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from noroshi.indicators.exclusions import Exclusions, load_exclusions

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 28)


def load(*paths: Path) -> Exclusions:
    """These lists only."""
    return load_exclusions(paths, TODAY, bundled=False)


def misp(folder: Path, name: str, type_: str, values: list[Any], attributes: list[str]) -> Path:
    """One warning list in a folder like the project's."""
    target = folder / "lists" / name
    target.mkdir(parents=True, exist_ok=True)
    document = {"name": name, "description": f"about {name}", "version": 1, "type": type_, "list": values,
                "matching_attributes": attributes}  # fmt: skip
    (target / "list.json").write_text(json.dumps(document), "utf-8")
    return folder


HOSTS = ["domain", "hostname"]


@pytest.mark.parametrize(
    ("verdict", "name", "type_", "values", "attributes", "kind", "value"),
    [
        ("shared", "lots-project", "hostname", ["files.example"], HOSTS, "domain", "a.files.example"),
        ("shared", "lots-project", "hostname", [".files.example"], HOSTS, "domain", "files.example"),
        ("shared", "lots-project", "hostname", ["files.example"], HOSTS, "url", "http://a.files.example/x"),
        ("none", "cisco_top1000", "string", ["top.example"], HOSTS, "domain", "www.top.example"),
        ("shared", "cisco_top1000", "string", ["top.example"], HOSTS, "domain", "top.example"),
        ("allow", "microsoft", "string", [".office.example"], HOSTS, "domain", "a.office.example"),
        ("shared", "amazon-aws", "cidr", ["192.0.2.0/24"], ["ip-src"], "ip", "192.0.2.9"),
        ("allow", "rfc1918", "cidr", ["10.0.0.0/8"], ["ip-src"], "ip", "10.9.9.9"),
        ("allow", "umbrella-blockpage-v6", "cidr", ["::ffff:192.0.2.1"], ["ip-src"], "ip", "192.0.2.1"),
        ("none", "automated-malware-analysis", "substring", ["mcafee.example"], HOSTS, "domain", "howtoactivatemcafee.example"),  # noqa: E501
        ("allow", "automated-malware-analysis", "substring", ["mcafee.example"], HOSTS, "domain", "www.mcafee.example"),  # noqa: E501
        ("shared", "microsoft-x", "substring", ["192.0.2.7"], HOSTS, "ip", "192.0.2.7"),
        ("shared", "disposable-email", "substring", ["mail.example"], ["email-src"], "email", "x@mail.example"),  # noqa: E501
        ("none", "disposable-email", "substring", ["mail.example"], ["email-src"], "domain", "mail.example"),
        ("allow", "common-contact-emails", "regex", ["/^(soc|abuse)\\@.*\\..*$/i"], ["email-src"], "email", "SOC@a.example"),  # noqa: E501
        ("none", "common-contact-emails", "regex", ["/^(soc|abuse)\\@.*\\..*$/i"], ["email-src"], "email", "xsoc@a.example"),  # noqa: E501
        ("allow", "my-hashes", "string", ["D41D8CD98F00B204E9800998ECF8427E"], ["md5"], "md5", "d41d8cd98f00b204e9800998ecf8427e"),  # noqa: E501
        ("none", "tranco", "hostname", ["domain", "top.example"], HOSTS, "domain", "domain.example"),
        ("none", "dynamic-dns", "hostname", ["ddns.net"], HOSTS, "domain", "evil.ddns.net"),
        ("shared", "dynamic-dns", "hostname", ["dyn.example"], HOSTS, "domain", "evil.dyn.example"),
        ("none", "phone_numbers", "regex", ["/1/g"], ["phone-number"], "text", "1"),
    ],
)  # fmt: skip
def test_misp_lists(  # noqa: PLR0917 - the columns of the table
    tmp_path: Path,
    verdict: str,
    name: str,
    type_: str,
    values: list[str],
    attributes: list[str],
    kind: str,
    value: str,
) -> None:
    """Each type of list means what its makers mean, and none of the known traps snaps."""
    loaded = load(misp(tmp_path, name, type_, values, attributes))
    assert () == loaded.errors
    found = loaded.snapshot.judge(kind, value)
    assert verdict == found.verdict.value
    if verdict != "none":
        assert (f"misp:{name}", f"about {name}") == (found.list, found.reason)


def test_values_that_are_none_are_left_out_and_counted(tmp_path: Path) -> None:
    """A header word, a broken network, an expression that RE2 refuses."""
    misp(tmp_path, "alexa", "hostname", ["domain", "a.example", 7], HOSTS)
    misp(tmp_path, "akamai", "cidr", ["300.1.1.1/8", "192.0.2.0/24"], ["ip-src"])
    misp(tmp_path, "common-contact-emails", "regex", ["/(?<=a)b/"], ["email-src"])
    lists = {one.name: one for one in load(tmp_path).snapshot.lists}
    assert ("domain",) == lists["misp:alexa"].rejected
    assert ("300.1.1.1/8",) == lists["misp:akamai"].rejected
    assert 1 == lists["misp:common-contact-emails"].rejected_count


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "cidr"}', '{"type": "colour", "list": []}'])
def test_a_broken_misp_list_is_one_error(tmp_path: Path, text: str) -> None:
    """The others of the folder are read."""
    misp(tmp_path, "akamai", "cidr", ["192.0.2.0/24"], ["ip-src"])
    misp(tmp_path, "broken", "cidr", [], [])
    (tmp_path / "lists" / "broken" / "list.json").write_text(text, "utf-8")
    loaded = load(tmp_path)
    assert 1 == len(loaded.errors)
    assert ["misp:akamai"] == [one.name for one in loaded.snapshot.lists]


RANKING = "1,first.example\n2,second.example\nrank,domain\n3,third.example\n"


def test_a_ranking(tmp_path: Path) -> None:
    """Popular sites are shared, with their rank; a header is no site."""
    (tmp_path / "top.csv").write_text(RANKING, "utf-8")
    loaded = load(tmp_path / "top.csv")
    found = loaded.snapshot.judge("domain", "www.third.example")
    assert ("shared", False, 3, "ranking:top.csv") == (
        found.verdict.value,
        found.alerts,
        found.rank,
        found.list,
    )
    assert 1 == loaded.snapshot.lists[0].rejected_count


def test_a_zipped_ranking(tmp_path: Path) -> None:
    """As Tranco gives it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("top-1m.csv", RANKING)
    (tmp_path / "top.zip").write_bytes(packed.getvalue())
    assert 2 == load(tmp_path / "top.zip").snapshot.judge("domain", "second.example").rank


@pytest.mark.parametrize(
    ("name", "raw"), [("a.csv", b"hello\n"), ("a.zip", b"PK\x03\x04broken"), ("a.csv", b"")]
)
def test_what_is_no_ranking(tmp_path: Path, name: str, raw: bytes) -> None:
    """One error."""
    (tmp_path / name).write_bytes(raw)
    loaded = load(tmp_path / name)
    assert (1, 0) == (len(loaded.errors), len(loaded.snapshot))


OWN = """
[exclusions.partners]
verdict = "allow"
reason = "our partners' sites"
reason_ja = "取引先"
date = 2026-11-01
values = ["partner.example", "*.wild.example", "192.0.2.0/24", "http://a.example/x",
          "it@b.example", "Good.doc"]

[exclusions.portal]
verdict = "shared"
reason = "one host"
exact = true
values = ["portal.example"]

[exclusions.over]
verdict = "allow"
reason = "until yesterday"
until = 2026-11-27
values = ["over.example"]

[exemptions]
values = ["bad.partner[.]example"]
"""


@pytest.mark.parametrize(
    ("verdict", "kind", "value"),
    [
        ("allow", "domain", "x.partner.example"),
        ("allow", "domain", "x.wild.example"),
        ("allow", "ip", "192.0.2.3"),
        ("allow", "url", "http://a.example/x"),
        ("none", "url", "http://a.example/y"),
        ("allow", "email", "it@b.example"),
        ("allow", "file_name", "good.doc"),
        ("shared", "domain", "portal.example"),
        ("none", "domain", "x.portal.example"),
        ("none", "domain", "over.example"),
        ("none", "domain", "bad.partner.example"),
    ],
)
def test_own_lists(tmp_path: Path, verdict: str, kind: str, value: str) -> None:
    """Values of all types, exact lists, lists whose time is over, exemptions."""
    (tmp_path / "own.toml").write_text(OWN, "utf-8")
    loaded = load(tmp_path)
    assert () == loaded.errors
    assert verdict == loaded.snapshot.judge(kind, value).verdict.value


def test_a_list_as_text(tmp_path: Path) -> None:
    """Comments say verdict, reason and date."""
    head = "# verdict: shared\n# reason: rented\n# date: 2026-11-01\n# a remark\n"
    text = f"{head}rented.example\n\n198.51.100.0/24\n"
    (tmp_path / "rented.txt").write_text(text, "utf-8")
    found = load(tmp_path).snapshot.judge("ip", "198.51.100.1")
    assert ("rented", "rented", date(2026, 11, 1)) == (found.list, found.reason, found.date)


def test_a_list_as_text_needs_no_head(tmp_path: Path) -> None:
    """Without comments it allows, and the reason is where the value stands, in both languages."""
    (tmp_path / "partners.txt").write_text(
        "partner.example  # since 2019\nhttp://portal.example/a#b\n", "utf-8"
    )
    loaded = load(tmp_path)
    found = loaded.snapshot.judge("domain", "www.partner.example")
    assert () == loaded.errors
    assert ("allow", "partners") == (found.verdict.value, found.list)
    assert ("listed in partners.txt", "partners.txt に記載されている") == (found.reason, found.reason_ja)
    assert "allow" == loaded.snapshot.judge("url", "http://portal.example/a").verdict.value


def test_a_reason_in_one_language_stands_for_both(tmp_path: Path) -> None:
    """No made-up reason is put beside it."""
    (tmp_path / "partners.txt").write_text("# reason: ours\npartner.example\n", "utf-8")
    found = load(tmp_path).snapshot.judge("domain", "partner.example")
    assert ("allow", "ours") == (found.verdict.value, found.reason)
    assert "記載" not in found.reason_ja


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("says no `verdict` of allow or shared", "# verdict: block\npartner.example\n"),
        ("holds no values", "# reason: ours\n\n"),
    ],
)
def test_a_list_as_text_that_cannot_hold_is_one_error(tmp_path: Path, what: str, text: str) -> None:
    """Never silently nothing."""
    (tmp_path / "partners.txt").write_text(text, "utf-8")
    loaded = load(tmp_path)
    assert [what] == [error.what for error in loaded.errors]


def test_a_list_that_covers_its_canary_is_refused(tmp_path: Path) -> None:
    """The error names both; other lists stand."""
    text = OWN.replace(
        'values = ["partner.example"', 'canaries = ["evil.wild.example"]\nvalues = ["partner.example"'
    )
    (tmp_path / "own.toml").write_text(text, "utf-8")
    loaded = load(tmp_path)
    assert ["covers its canary `evil.wild.example` by `wild.example`"] == [
        error.what for error in loaded.errors
    ]
    assert ["portal"] == [one.name for one in loaded.snapshot.lists]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("is no TOML", "["),
        ("holds no", "x = 1"),
        ("says no `verdict`", '[exclusions.a]\nreason = "x"\nvalues = []'),
        ("says no `verdict`", '[exclusions.a]\nverdict = "perhaps"\nreason = "x"\nvalues = []'),
        ("says no `reason`", '[exclusions.a]\nverdict = "allow"\nvalues = []'),
        ("are no lists of texts", '[exclusions.a]\nverdict = "allow"\nreason = "x"\nvalues = [1]'),
        ("is no table", "[exclusions]\na = 1"),
        ("is no indicator", '[exemptions]\nvalues = ["no indicator"]'),
    ],
)
def test_mistakes_in_own_lists(tmp_path: Path, what: str, text: str) -> None:
    """One located error each."""
    (tmp_path / "own.toml").write_text(text, "utf-8")
    errors = load(tmp_path / "own.toml").errors
    assert 1 == len(errors)
    assert what in errors[0].what


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    """It says what would do."""
    (tmp_path / "x.pdf").write_bytes(b"%PDF")
    assert "is no exclusion list" == load(tmp_path / "x.pdf").errors[0].what


def test_a_later_list_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    """So a bundled list can be replaced by one's own of the same name."""
    text = '[exclusions.shorteners]\nverdict = "allow"\nreason = "ours"\nvalues = ["s.example"]'
    (tmp_path / "own.toml").write_text(text, "utf-8")
    snapshot = load_exclusions([tmp_path / "own.toml"], TODAY).snapshot
    assert "none" == snapshot.judge("domain", "bit.ly").verdict.value
    assert "allow" == snapshot.judge("domain", "s.example").verdict.value
