"""Documentation that cannot rot: what is in the code is described, what is described is in the code."""

from __future__ import annotations

import ast
import os
import re
import shlex
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
import typer
from docs.generate import PAGES, changelog, log_sources, tables
from docs.generate.commands import commands, is_option, parameters
from docs.generate.formats import by_module, manual_of
from docs.generate.rule_words import FIELDS
from docs.generate.rules import bundled
from typer.testing import CliRunner

from noroshi.cli.main import app
from noroshi.events.limits import all_limits
from noroshi.events.registry import all_formats
from noroshi.rules.lint import lint
from noroshi.service.ruletests import run_tests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from noroshi.rules.model import Correlation, Rule

REPOSITORY: Final = Path(__file__).resolve().parents[1]
REFERENCE: Final = REPOSITORY / "docs" / "reference"
TWINS: Final = ("README.md", "docs/tutorial.md", "docs/emotet-day.md", "docs/emotet-pack.md")
"""Pages with a Japanese twin beside them."""
BOTH_LANGUAGES: Final = ("docs/how-to", "docs/explanation")
"""Folders whose pages hold Japanese below the English."""
OPTIONS: Final = {
    name: {opt for one in parameters(command) for opt in (*one.opts, *one.secondary_opts) if is_option(one)}
    for name, command in commands(typer.main.get_command(app), "noroshi")
}
"""Every command with its options."""


def text(name: str) -> str:
    """A file of the repository."""
    return (REPOSITORY / name).read_text("utf-8")


def pages() -> Iterator[Path]:
    """Every Markdown page that people write or generate."""
    for path in sorted(REPOSITORY.rglob("*.md")):
        parts = path.relative_to(REPOSITORY).parts
        if not any(part.startswith(".") for part in parts) and parts[0] not in {"build", "dist", "demo-day"}:
            yield path


def prose(path: Path) -> str:
    """A page without its code blocks and code spans."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_fresh(name: str) -> None:
    """A generated page is what the code says now."""
    assert PAGES[name]() == text(name), f"{name} is stale: run scripts/docs"


def test_every_command_and_option_is_described() -> None:
    """Each stands on the page, and has a help text of its own."""
    page = (REFERENCE / "commands.md").read_text("utf-8")
    for name, command in commands(typer.main.get_command(app), "noroshi"):
        assert f"## `{name}`\n" in page
        assert command.help, f"{name} says nothing of itself"
        for one in parameters(command):
            assert one.help, f"{name} {one.name} has no help text"
            assert all(f"`{opt}`" in page for opt in one.opts if is_option(one)), one.name


def test_every_format_is_described() -> None:
    """Each registered format has its place, names its source and says what it cannot show."""
    page = (REFERENCE / "formats.md").read_text("utf-8")
    names = {one.name for one in all_formats()}
    assert names == set(all_limits()), "describe the format in src/noroshi/events/limits.toml"
    assert all(f"| `{name}` |" in page for name in names)


def test_every_table_key_is_described() -> None:
    """Each key of each TOML table is explained, by the page or by a comment above it."""
    keys = [(name, key) for name, document in tables.documents().items() for key in document]
    silent = [pair for pair in keys if not tables.meaning(*pair)]
    assert not silent, f"{silent}: write a comment above this key"
    assert set(log_sources.SECTIONS) == set(log_sources.catalogue())


def test_every_rule_is_described() -> None:
    """Each rule of the bundled packs that alerts has a guide and stands in the table with both titles."""
    page = (REFERENCE / "rules.md").read_text("utf-8")
    ruleset = bundled().ruleset
    for path in sorted((REPOSITORY / "rules").glob("*/*/rule.yml")):
        assert f"[{path.parent.name}](../../rules/{path.parent.parent.name}/{path.parent.name})" in page
    every: list[Rule | Correlation] = [*ruleset.rules, *ruleset.correlations]
    for one in every:
        if one.alerts and one.meta.title_ja:
            assert one.meta.title.replace("|", "\\|") in page
            assert one.meta.title_ja.replace("|", "\\|") in page


def test_every_key_of_the_noroshi_block_is_described() -> None:
    """The keys that the code reads are those of the hand-written and of the generated page."""
    tree = ast.parse(text("src/noroshi/rules/metadata.py"))
    read = {key for node in ast.walk(tree) for key in _block_keys(node)}
    by_hand = set(
        re.findall(r"^\| `(\w+)` \|.*\| (?:yes|no) \|$", text("docs/reference/rule-format.md"), re.MULTILINE)
    )
    assert set(FIELDS) == read
    assert set(FIELDS) == by_hand


def _block_keys(node: ast.AST) -> Iterator[str]:
    """Keys that are read from ``block``: ``block.get("key")`` or ``_block_text(block, "key")``."""
    if isinstance(node, ast.Call):
        named = [
            one.id for one in (getattr(node.func, "value", None), *node.args) if isinstance(one, ast.Name)
        ]
        if "block" in named:
            yield from (
                one.value
                for one in node.args
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value
            )


@pytest.mark.parametrize("module", by_module(), ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_format_names_the_manual_that_it_was_taken_from(module: ModuleType) -> None:
    """In its docstring, and so in the list of formats."""
    manual = manual_of(module)
    assert len(manual) > 10
    assert manual.replace("|", "\\|") in text("docs/reference/formats.md")


def test_every_room_and_script_is_described() -> None:
    """Packages stand in the table of rooms, scripts in CONTRIBUTING or README."""
    rooms = text("docs/architecture.md").partition("## Rooms")[2]
    for path in sorted((REPOSITORY / "src" / "noroshi").iterdir()):
        if (path / "__init__.py").is_file():
            assert f"`{path.name}/`" in rooms, path.name
        elif path.suffix == ".py" and path.name != "__init__.py":
            assert f"`{path.name}`" in rooms, path.name
    described = text("CONTRIBUTING.md") + text("README.md")
    for path in sorted((REPOSITORY / "scripts").iterdir()):
        assert f"scripts/{path.name}" in described, path.name


class Link(NamedTuple):
    """A link of a page: where it stands, where it goes, and the heading it names."""

    page: Path
    target: str
    anchor: str


def links() -> Iterator[Link]:
    """Every relative link of every page."""
    for page in pages():
        for found in re.finditer(
            r"\]\(([^()\s]+)\)", re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        ):
            if not re.match(r"[a-z]+:", found.group(1)):
                target, _, anchor = found.group(1).partition("#")
                yield Link(page, target, anchor)


def test_no_relative_link_is_broken() -> None:
    """What a page links to is there, the heading included."""
    broken = []
    for link in links():
        path = (link.page.parent / link.target).resolve() if link.target else link.page
        if not path.exists():
            broken.append(f"{link.page.relative_to(REPOSITORY)}: {link.target}")
        elif link.anchor and link.anchor not in anchors(path):
            broken.append(f"{link.page.relative_to(REPOSITORY)}: {link.target}#{link.anchor}")
    assert not broken, "\n".join(broken)


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    body = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    return {_anchor(heading) for heading in re.findall(r"^#{1,6} (.*)$", body, re.MULTILINE)}


def _anchor(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    kept = [letter for letter in plain if letter in " -_" or unicodedata.category(letter)[0] in "LNM"]
    return "".join(kept).replace(" ", "-")


@pytest.mark.parametrize(
    ("anchor", "heading"),
    [
        ("5-your-first-rule", "5. Your first rule"),
        ("ci-で使う", "CI で使う"),
        ("the-json-of-an-alert", "The JSON of an alert"),
        ("通信処理の結果", "通信・処理の結果"),
        ("isc_dhcp", "isc_dhcp"),
    ],
)
def test_anchors_are_made_as_github_makes_them(anchor: str, heading: str) -> None:
    """Lower case, blanks as hyphens, other signs gone."""
    assert anchor == _anchor(heading)


def test_the_functions_of_the_architecture_exist() -> None:
    """After a link to a source file stand only names that it defines."""
    page = text("docs/architecture.md")
    found = re.findall(r"\]\(\.\./(src/[^)]+\.py)\)\s+`([A-Za-z_.]+)`(?:\s+and\s+`([A-Za-z_.]+)`)?", page)
    assert len(found) > 25
    for path, *names in found:
        for name in filter(None, names):
            defined = _defined(path)
            assert name.rpartition(".")[2] in defined, f"{path}: {name}"


def _defined(path: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(text(path))))
    named = {node.name for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    constants = {
        node.target.id
        for node in nodes
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return named | constants


def shown_commands() -> Iterator[tuple[str, list[str]]]:
    """Every shell command of the pages for people, with the page's name."""
    for page in pages():
        name = page.relative_to(REPOSITORY).as_posix()
        if name.startswith("rules/") or name == "docs/reference/commands.md":
            continue
        for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            for line in block.splitlines():
                if line.strip():
                    yield name, shlex.split(line, comments=True)


def test_shown_commands_exist() -> None:
    """Scripts are there; `noroshi` has every command and option that a page shows."""
    seen = 0
    for page, words in shown_commands():
        if words and words[0].startswith("scripts/"):
            assert (REPOSITORY / words[0]).is_file(), f"{page}: {words[0]}"
            seen += 1
        for part in _parts(words):
            if part[:1] == ["noroshi"]:
                name = " ".join(part[:3]) if " ".join(part[:3]) in OPTIONS else " ".join(part[:2])
                name = {"noroshi examine": "noroshi examine files"}.get(
                    name, name
                )  # its word may be left out
                assert name in OPTIONS, f"{page}: {' '.join(part)}"
                unknown = {word.partition("=")[0] for word in part if word.startswith("--")} - OPTIONS[name]
                assert unknown <= {"--help", "--version"}, f"{page}: {unknown}"
                seen += 1
    assert seen > 30


def _parts(words: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for word in [*words, "|"]:
        if word in {"|", "&&", ";"}:
            yield part
            part = []
        else:
            part.append(word)


@pytest.mark.parametrize("name", TWINS)
def test_pages_for_people_have_a_japanese_twin(name: str) -> None:
    """The twin is there, is Japanese, has as many headings and shows the same commands."""
    twin = name.replace(".md", ".ja.md")
    english, japanese = text(name), text(twin)
    assert _is_japanese(prose(REPOSITORY / twin))
    counts = [len(re.findall(r"^#{1,3} ", _without_code(one), re.MULTILINE)) for one in (english, japanese)]
    assert counts[0] == counts[1]
    assert _commands_in(english) == _commands_in(japanese)


def _without_code(content: str) -> str:
    return re.sub(r"```.*?```", "", content, flags=re.DOTALL)


def _commands_in(content: str) -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", content, re.DOTALL)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    return [[word for word in words if word not in {"--lang", "ja"}] for words in lines if words]


def _is_japanese(content: str) -> bool:
    kana = sum(unicodedata.name(letter, "").startswith(("HIRAGANA", "KATAKANA")) for letter in content)
    return kana > 100


@pytest.mark.parametrize("folder", BOTH_LANGUAGES)
def test_other_pages_hold_both_languages(folder: str) -> None:
    """English first, then a rule, then Japanese, to which the top links."""
    for path in sorted((REPOSITORY / folder).glob("*.md")):
        english, rule, japanese = path.read_text("utf-8").partition("\n---\n")
        assert rule, path.name
        assert "[日本語](#" in english, path.name
        assert _is_japanese(japanese), path.name


def test_changelog_fragments_are_well_formed() -> None:
    """Each fragment is of entries that begin with a section and have at most three lines."""
    fragments = sorted((REPOSITORY / "changelog.d").iterdir())
    assert fragments
    for path in fragments:
        assert ".md" == path.suffix, path.name
        assert list(changelog.entries(path.read_text("utf-8"))), path.name


@pytest.mark.parametrize("fragment", ["", "New formats.", "Added:", "Hello\nAdded: x", "Added: a\nb\nc\nd"])
def test_a_malformed_fragment_is_refused(fragment: str) -> None:
    """No section, nothing behind it, or too much."""
    with pytest.raises(ValueError, match=r"begins with none|more than three"):
        list(changelog.entries(fragment))


def test_the_entries_of_a_fragment() -> None:
    """An entry may go over lines; the next section begins the next one."""
    assert [("Added", "one thing"), ("Fixed", "another")] == list(
        changelog.entries("Added: one\n  thing\nFixed: another\n")
    )


def test_the_rule_of_the_tutorial_is_good() -> None:
    """The example is free of mistakes, passes its tests, and every value of it is tested."""
    folder = REPOSITORY / "docs" / "examples" / "my-rules"
    assert [] == lint([folder])
    (report,) = run_tests([folder])
    assert report.passed
    shown = re.findall(r"```yaml\n(.*?)```", text("docs/tutorial.md"), re.DOTALL)[0]
    whole = (folder / "local" / "certutil-download" / "rule.yml").read_text("utf-8").splitlines()
    assert not [line for line in shown.splitlines() if line not in whole]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The Emotet day as the demo tells it, in both languages."""
    folder = tmp_path_factory.mktemp("told")
    before = Path.cwd()
    os.chdir(folder)
    try:
        return {
            language: CliRunner().invoke(app, ["demo", "--folder", "day", "--lang", language]).output
            for language in ("en", "ja")
        }
    finally:
        os.chdir(before)


@pytest.mark.parametrize("name", ["README.md", "README.ja.md", "docs/tutorial.md", "docs/tutorial.ja.md"])
def test_the_story_of_the_pages_is_the_real_one(name: str, told: dict[str, str]) -> None:
    """Each line of a story that a page shows is printed by the demo, in that order."""
    real = told["ja" if name.endswith(".ja.md") else "en"].splitlines()
    at = 0
    for line in _story(text(name)):
        assert line in real[at:], f"{name}: the demo does not print (here): {line}"
        at = real.index(line, at)


def _story(content: str) -> Iterator[str]:
    """The lines of the blocks that show the whole day's story."""
    for block in re.findall(r"```text\n(.*?)```", content, re.DOTALL):
        if "13:13:31" in block:
            yield from (line for line in block.splitlines() if line.strip())
