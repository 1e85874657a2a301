"""Word documents: text, variables, templates and fields that start programs, in both containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.examine.model import Effect, EffectKind, Seen
from noroshi.examine.office.fields import instructions
from tests.examine import documents

if TYPE_CHECKING:
    from noroshi.examine.result import Examination
    from tests.examine.conftest import Examine

RUN = "cmd.exe /k calc"
TEMPLATE = "http://template.example/t.dotm"


def started(examination: Examination) -> list[str]:
    """Commands of the file's own process effects."""
    return [
        one.arguments["command"]
        for one in examination.told.get(0, [])
        if isinstance(one, Effect) and one.kind is EffectKind.PROCESS
    ]


def codes(examination: Examination) -> set[str]:
    """The codes of all findings."""
    return {finding.code for _, finding in examination.findings()}


FIELDS = {
    "plain": documents.word_field('DDEAUTO cmd.exe "/k calc"'),
    "case-and-spaces": documents.word_field('  DdE   cmd.exe   "/k calc"  '),
    "quote": documents.word_field(
        f"DDEAUTO {documents.word_field('QUOTE 99 109 100 46 101 120 101')} \"/k calc\""
    ),
    "set-and-ref": (
        documents.word_field('SET a "cmd.exe"') + documents.word_field('SET b "/k calc"')
        + documents.word_field(f"DDEAUTO {documents.word_field('REF a')} \"{documents.word_field('REF b')}\"")
    ),
    "bookmark-name": (
        documents.word_field('SET zq "/k calc"')
        + documents.word_field(f"DDE cmd.exe \"{documents.word_field('zq')}\"")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_dde_of_a_binary_document(examined: Examine, name: str) -> None:
    """A field starts the program, also where other fields spell it."""
    result = examined(documents.compound(documents.word("請求書" + FIELDS[name])), "a.doc")
    assert [RUN] == started(result)
    assert "dde" in codes(result)
    assert [RUN] == [node.text for node in result.nodes if node.via == "command" and node.parent == 0]


def test_dde_of_a_package_whose_instruction_is_in_pieces(examined: Examine) -> None:
    """``instrText`` runs are put together; ``fldSimple`` counts as well."""
    body = (
        '<w:fldChar w:fldCharType="begin"/><w:instrText xml:space="preserve"> DDEA</w:instrText>'
        '<w:instrText>UTO cmd.exe "/k </w:instrText><w:instrText>calc"</w:instrText>'
        '<w:fldChar w:fldCharType="separate"/><w:t>x</w:t><w:fldChar w:fldCharType="end"/>'
        '<w:fldSimple w:instr="DDE powershell.exe &quot;-w hidden&quot;"/>'
    )
    raw = documents.docm({}, parts={"word/document.xml": f"<w:document>{body}</w:document>"})
    assert [RUN, "powershell.exe -w hidden"] == started(examined(raw, "a.docx"))


def test_a_dde_link_of_a_workbook(examined: Examine) -> None:
    """``externalLink`` with a DDE service."""
    link = '<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    raw = documents.package(documents.workbook({}, {"xl/externalLinks/externalLink1.xml": link}))
    assert ["cmd /c calc"] == started(examined(raw, "a.xlsx"))


@pytest.mark.parametrize(
    "line", ["=cmd|'/c calc'!A0", '"a","=1+cmd|\'/c calc\'!A0"', "@SUM(1)+cmd|' /c calc'!A0"]
)
def test_dde_in_a_table_of_text(examined: Examine, line: str) -> None:
    """A cell of a ``.csv`` that begins like a formula."""
    result = examined(f"a,b\r\n{line}\r\n".encode(), "a.csv")
    assert ["csv"] == [node.type for node in result.nodes[:1]]
    assert ["cmd /c calc"] == [" ".join(one.split()) for one in started(result)]


def test_a_plain_table_is_a_text(examined: Examine) -> None:
    """No command, no table of ours."""
    assert "text" == examined(b"a,b\r\n=1+2,-3\r\n", "a.csv").nodes[0].type


def test_a_web_query(examined: Examine) -> None:
    """``.iqy`` loads from its address."""
    result = examined(b"WEB\r\n1\r\nhttp://one.example/q\r\n", "a.iqy")
    downloads = [one.arguments["url"] for one in result.told[0] if isinstance(one, Effect)]
    assert ["http://one.example/q"] == downloads


def test_the_template_of_a_binary_document(examined: Examine) -> None:
    """A template that lies elsewhere is loaded with the document."""
    result = examined(documents.compound(documents.word("x", template=TEMPLATE)), "a.doc")
    found = [dict(one.values) for _, one in result.findings() if one.code == "loads-from-outside"]
    assert [{"kind": "attachedTemplate", "target": TEMPLATE}] == found


def test_a_picture_from_elsewhere(examined: Examine) -> None:
    """``INCLUDEPICTURE`` with an address."""
    text = documents.word_field('INCLUDEPICTURE "http://one.example/p.png" \\d')
    assert "loads-from-outside" in codes(examined(documents.compound(documents.word(text)), "a.doc"))


def test_text_and_variables_are_bound_into_macros(examined: Examine) -> None:
    """``ActiveDocument.Variables`` and ``Content`` of a ``.doc``; instructions are not shown text."""
    macro = (
        'Sub AutoOpen()\r\nShell ActiveDocument.Variables("q9") & ActiveDocument.Content.Text\r\nEnd Sub\r\n'
    )
    tree = documents.word("calc" + documents.word_field("PAGE", ""), variables={"q9": "cmd /c "})
    tree["Macros"] = documents.project({"ThisDocument": macro})
    assert ["cmd /c calc"] == started(examined(documents.compound(tree), "a.doc"))


def test_a_piece_of_another_format(examined: Examine) -> None:
    """``altChunk``: an RTF or a page inside is examined."""
    relations = documents.relations(documents.relation("r9", "aFChunk", "afchunk.rtf"))
    raw = documents.docm(
        {}, parts={"word/_rels/document.xml.rels": relations, "word/afchunk.rtf": "{\\rtf1 x}"}
    )
    result = examined(raw, "a.docx")
    assert ["word/afchunk.rtf"] == [node.name for node in result.nodes if node.via == "embedded file"]
    assert "other-format" in codes(result)


def test_a_dangerous_control(examined: Examine) -> None:
    """A control by its class."""
    control = '<ax:ocx ax:classid="{8856F961-340A-11D0-A96B-00C04FD705A2}" ax:persistence="persistStorage"/>'
    result = examined(documents.docm({}, parts={"word/activeX/activeX1.xml": control}), "a.docx")
    assert ["Shell.Explorer.2"] == [
        one.values["class"] for _, one in result.findings() if one.code == "control"
    ]


def test_marks_without_an_end_cost_no_more_than_they_are_long() -> None:
    """Ten thousand fields inside each other."""
    assert [] == list(instructions("\x13" * 100_000))
    assert 2 == len(
        list(
            instructions(
                "\x15" * 1_000 + documents.word_field("PAGE") + "\x14" * 1_000 + documents.word_field("DATE")
            )
        )
    )


def test_the_shown_text_is_seen(examined: Examine) -> None:
    """An address in the text is a trace."""
    result = examined(documents.compound(documents.word("http://one.example/x を参照")), "a.doc")
    assert "http://one.example/x を参照" in [one.text for one in result.told[0] if isinstance(one, Seen)]
