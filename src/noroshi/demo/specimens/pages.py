"""Documents without macros: a PDF with links, an HTML page that hands over a zip."""

from __future__ import annotations

import base64


def pdf(urls: tuple[str, ...]) -> bytes:
    """A page of text with a link for each address."""
    links = " ".join(f"{6 + at} 0 R" for at in range(len(urls)))
    text = b"BT /F1 14 Tf 60 760 Td (Invoice 2020-07 - a harmless specimen of Noroshi) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> /Annots [" + links.encode() + b"] >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, url in enumerate(urls):
        place = b"[60 %d 300 %d]" % (700 - 30 * at, 720 - 30 * at)
        action = b"<< /S /URI /URI (" + url.encode("ascii") + b") >>"
        objects.append(b"<< /Type /Annot /Subtype /Link /Rect " + place + b" /A " + action + b" >>")
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return bytes(out) + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def smuggling_page(name: str, content: bytes) -> bytes:
    """A page whose script puts a file together in the browser and offers it for saving."""
    encoded = base64.b64encode(content).decode("ascii")
    pieces = [encoded[at : at + 2_000] for at in range(0, len(encoded), 2_000)]
    listed = ",\n".join(f'"{piece}"' for piece in pieces)
    return f"""<!DOCTYPE html>
<html lang="ja"><head><meta charset="utf-8"><title>請求書(Noroshi の無害な検体)</title></head>
<body><p>ファイルを準備しています。</p>
<script>
var parts = [{listed}];
var raw = atob(parts.join(""));
var bytes = new Uint8Array(raw.length);
for (var i = 0; i < raw.length; i++) {{ bytes[i] = raw.charCodeAt(i); }}
var blob = new Blob([bytes], {{type: "application/zip"}});
var link = document.createElement("a");
link.href = URL.createObjectURL(blob);
link.download = "{name}";
link.click();
</script></body></html>
""".encode()
