"""Macros of whole documents: forms, properties, cells and text are bound into the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.examine.model import Effect, EffectKind
from noroshi.examine.traces import traces_of
from tests.examine import documents, specimens

if TYPE_CHECKING:
    from noroshi.examine.result import Examination
    from tests.examine.conftest import Examine

MODULES = {"ThisDocument": specimens.CALLER, "Module2": specimens.WORKER}
FORMS = {"UserForm1": {"Label9": "junk", "TextBox1": specimens.marked(specimens.COMMAND)}}
RUN = "powershell -w hidden -e SQBFAFgA"


def started(examination: Examination) -> list[str]:
    """Commands of all process effects, in order."""
    return [
        one.arguments["command"]
        for told in examination.told.values()
        for one in told
        if isinstance(one, Effect) and one.kind is EffectKind.PROCESS
    ]


def opened(expression: str, name: str = "Document_Open") -> str:
    """A macro that starts what an expression gives."""
    return f"Sub {name}()\r\nShell {expression}\r\nEnd Sub\r\n"


@pytest.mark.parametrize("build", [documents.doc, documents.docm])
def test_the_command_of_a_form_stands_behind_its_value(examined: Examine, build: object) -> None:
    """Document → form value → command → script → each URL, in both containers."""
    assert callable(build)
    result = examined(build(MODULES, FORMS), "a.doc")
    downloads = {trace.value: trace for trace in traces_of(result) if trace.kind == "download"}
    assert list(specimens.URLS) == list(downloads)
    way = [node.via for node in result.way(downloads[specimens.URLS[0]].provenance[-1])]
    assert ["form value", "command", "script"] == way[-3:]
    assert ["UserForm1.TextBox1"] == [node.name for node in result.nodes if node.via == "form value"]


def test_a_japanese_property_is_read_by_the_macro(examined: Examine) -> None:
    """A property of the summary is the command, and the provenance says so."""
    macro = opened('ThisDocument.BuiltInDocumentProperties("Comments")')
    result = examined(documents.doc({"ThisDocument": macro}, title="請求書", comments=RUN), "a.doc")
    assert [RUN] == started(result)[:1]
    assert ["property"] == [node.via for node in result.nodes if node.type == "form-value"]


PROPERTIES = {
    "docProps/core.xml": f"<cp:coreProperties><dc:description>{RUN}</dc:description></cp:coreProperties>",
    "docProps/custom.xml": (
        '<Properties><property fmtid="x" pid="2" name="Zq7">'
        f"<vt:lpwstr>{RUN}</vt:lpwstr></property></Properties>"
    ),
    "word/settings.xml": (
        f'<w:settings><w:docVars><w:docVar w:name="v3" w:val="{RUN}"/></w:docVars></w:settings>'
    ),
    "word/document.xml": (
        f'<w:document>{documents.paragraph(RUN)}<wp:docPr id="1" name="Box 1" descr="{RUN}"/></w:document>'
    ),
}


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ('ActiveDocument.BuiltInDocumentProperties("Comments").Value', "docProps/core.xml"),
        ('ActiveDocument.CustomDocumentProperties("Zq7")', "docProps/custom.xml"),
        ('ActiveDocument.Variables("v3").Value', "word/settings.xml"),
        ('ActiveDocument.Shapes("Box 1").AlternativeText', "word/document.xml"),
        ("ActiveDocument.Content.Text", "word/document.xml"),
    ],
)
def test_parts_of_a_package_are_bound_into_the_code(examined: Examine, expression: str, part: str) -> None:
    """The project is a part of its own; what it reads comes from the other parts."""
    raw = documents.docm({"ThisDocument": opened(expression)}, parts={part: PROPERTIES[part]})
    assert [RUN] == started(examined(raw, "a.docm"))[:1]


def test_cells_of_a_workbook_are_bound_into_the_code(examined: Examine) -> None:
    """``Sheets("Sheet1").Range("B7")`` and ``Cells(2, 3)`` of an ``.xlsm``."""
    macro = opened('Sheets("Sheet1").Range("B7").Value & Cells(2, 3)', "Workbook_Open")
    parts = documents.workbook({"B7": RUN[:9], "C2": RUN[9:]})
    parts["xl/vbaProject.bin"] = documents.compound(documents.project({"ThisWorkbook": macro}))
    result = examined(documents.package(parts), "a.xlsm")
    assert [RUN] == started(result)[:1]


def test_a_damaged_form_is_told_and_the_rest_stands(examined: Examine) -> None:
    """A form whose stream ends early is one finding; the macro's effects stand."""
    tree = documents.project({"ThisDocument": opened(f'"{RUN}"')}, {"UserForm1": {"TextBox1": "x"}})
    inner = tree["UserForm1"]
    assert isinstance(inner, dict)
    whole = inner["f"]
    assert isinstance(whole, bytes)
    inner["f"] = whole[:-9]
    result = examined(documents.compound({"Macros": tree}), "a.doc")
    assert "form-damaged" in [finding.code for _, finding in result.findings()]
    assert [RUN] == started(result)[:1]


def test_modules_without_a_readable_source_are_told(examined: Examine) -> None:
    """A module whose container is broken is named; the other one is evaluated."""
    tree = documents.project({"ThisDocument": opened(f'"{RUN}"'), "Module1": "x"})
    inner = tree["VBA"]
    assert isinstance(inner, dict)
    inner["Module1"] = b"\xff\xff\xff"
    result = examined(documents.compound({"Macros": tree}), "a.doc")
    unreadable = [dict(one.values) for _, one in result.findings() if one.code == "macro-unreadable"]
    assert [{"module": "Module1"}] == unreadable
    assert [RUN] == started(result)[:1]
