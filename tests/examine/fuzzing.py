"""What every examiner promises about any input: outcomes in bounds, or one `DamagedSpecimenError`.

The walk turns whatever else an examiner raises into a finding, so that nothing ends it; here nothing is
turned, and a reader that fails on what its author never thought of is found.
"""

from __future__ import annotations

from typing import Final

from noroshi.examine.budget import Budget, Limits
from noroshi.examine.examiner import DamagedSpecimenError
from noroshi.examine.model import Bounded, Detail, Effect, Finding, Folding, Piece, Seen, Specimen
from noroshi.examine.registry import examiner_of
from tests.examine import documents, specimens
from tests.examine.javascript.battery import JAVASCRIPT, VBSCRIPT
from tests.examine.vba.battery import CASES
from tests.examine.xlm import books
from tests.examine.xlm.test_books import pages

LIMITS: Final = Limits(steps=20_000, text=1 << 20, unfolded=1 << 22)
_OUTCOMES: Final = (Piece, Detail, Finding, Effect, Seen, Folding, Bounded)
_MODULES: Final = {"ThisDocument": specimens.CALLER, "Module2": specimens.WORKER}
_FORMS: Final = {"UserForm1": {"TextBox1": specimens.marked(specimens.COMMAND)}}


def _word() -> bytes:
    tree = documents.word(
        documents.word_field('DDE cmd "/c calc"'), variables={"q": "v"}, template="http://template.example/t"
    )
    tree["Macros"] = documents.project(_MODULES, _FORMS)
    tree["\x05SummaryInformation"] = documents.summary(title="請求書", comments="x")
    tree["ObjectPool"] = {"_1": {"\x01Ole10Native": bytes(40), "\x01Ole": bytes(60)}}
    return documents.compound(tree)


def _rtf() -> bytes:
    inner = documents.compound({"\x01Ole": bytes(80)}).hex()
    held = f"{{\\*\\objclass Equation.3}}{{\\*\\objdata 0105 {inner[:400]}\\bin3 abc\\'4f}}"
    head = "{\\fonttbl;}{\\*\\template http://template.example/t}{\\field{\\*\\fldinst DDE cmd calc}}"
    return f"{{\\rtf1{head}{{\\object\\objupdate{held}}}\\u1?}}".encode()


LOCKED: Final = documents.compound({"EncryptionInfo": bytes(64), "EncryptedPackage": bytes(64)})
SAMPLES: Final[dict[str, tuple[bytes, ...]]] = {
    "ole": (_word(), books.xls(*pages(books.Tokens())), LOCKED),
    "ooxml": (
        documents.docm(_MODULES, _FORMS),
        books.xlsm({"A1": '=EXEC("calc"&CHAR(32))'}, {"auto_open": "Macro1!A1"}),
        books.xlsb(*pages(books.Tokens(wide=True))),
        documents.package(documents.workbook({"B7": "x"}, {"docProps/core.xml": "<dc:title>x</dc:title>"})),
    ),
    "rtf": (_rtf(),),
    "javascript": tuple(case.code.encode() for case in JAVASCRIPT),
    "vbscript": tuple(case.code.encode() for case in VBSCRIPT),
    "vba": tuple(case.code.encode() for case in CASES),
    "excel4": (b'=IF(A1>2,EXEC("cmd"&CHAR(32)),FORMULA({1,2;"a"},R[1]C))',),
    "sylk": (b'ID;P\nNN;NAuto_open;ER1C1\nC;X1;Y1;K0;EEXEC("calc")\nE\n',),
    "csv": (b"a,=cmd|'/c calc'!A0\r\n",),
    "iqy": (b"WEB\n1\nhttp://one.example/\n",),
    "wsf": (b'<job><script language="VBScript"><![CDATA[x = 1]]></script></job>',),
}
"""Examiner's type → inputs to begin with."""


def survive(type_: str, content: bytes) -> int:
    """Examine a content as this type; how many outcomes there were.

    Raises:
        AssertionError: There is no examiner of the type, or it gave something else than outcomes.
        Exception: Anything that it lets through is a mistake in it.
    """
    examiner = examiner_of(type_)
    assert examiner is not None
    examiner.recognise(content, "a")
    specimen = Specimen(0, None, "file", "a", type_, content, len(content))
    count = 0
    try:
        for outcome in examiner.examine(specimen, Budget(LIMITS)):
            assert isinstance(outcome, _OUTCOMES)
            count += 1
    except DamagedSpecimenError as problem:
        assert problem.what  # noqa: PT017 - that there is a clause is the promise
    return count
