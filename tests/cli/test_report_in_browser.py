"""The HTML report as a browser lays it out: on a phone, and on paper."""

from __future__ import annotations

import html
import io
import re
import shutil
import subprocess
import unicodedata
from typing import TYPE_CHECKING, Final

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from noroshi.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

BROWSER: Final = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no chromium: scripts/browser installs it")

PHONE: Final = 390
MEASURE: Final = """<!doctype html><body style="margin:0">
<iframe scrolling="no" style="border:0;width:{width}px;height:900px;display:block"></iframe><pre></pre>
<script>
const frame = document.querySelector("iframe"), out = document.querySelector("pre");
frame.addEventListener("load", () => {{
  const page = frame.contentDocument, cut = [];
  for (const one of page.querySelectorAll("body *")) {{
    const box = one.getBoundingClientRect();
    if (box.width && box.right > {width} + 1) cut.push(one.tagName + "." + (one.className.baseVal ?? one.className));
  }}
  out.textContent = "width " + page.documentElement.scrollWidth + " cut " + cut.join(" ");
}});
frame.src = "report.html";
</script></body>"""  # noqa: E501 - a page's script


def squeezed(text: str) -> str:
    """Without spaces and ligatures, which a PDF has where lines and letters meet."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def browse(folder: Path, *arguments: str) -> str:
    """Standard output of a headless Chromium with these arguments."""
    assert BROWSER is not None
    quiet = (
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
    )
    fixed = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        f"--user-data-dir={folder}/profile",
    )
    done = subprocess.run(  # noqa: S603 - the distribution's browser, on a page that this test wrote
        [BROWSER, *fixed, *quiet, *arguments], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


@pytest.fixture(scope="module", params=["en", "ja"])
def page(
    request: pytest.FixtureRequest,
    day: Path,
    day_options: tuple[object, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of the Emotet day's report in one language."""
    folder = tmp_path_factory.mktemp("report")
    wanted = ("--format", "html", "--output", folder / "report.html", "--lang", request.param)
    started = [str(one) for one in ("scan", day / "logs", *day_options, *wanted)]
    result = CliRunner().invoke(app, started, catch_exceptions=False)
    assert 0 == result.exit_code
    return folder


def test_nothing_is_cut_on_a_phone(page: Path) -> None:
    """At 390 pixels no element reaches over the right edge, the timeline's last mark included."""
    (page / "measure.html").write_text(MEASURE.format(width=PHONE), "utf-8")
    dom = browse(
        page, "--allow-file-access-from-files", "--virtual-time-budget=5000", "--window-size=800,1000",
        "--dump-dom", f"file://{page}/measure.html",
    )  # fmt: skip
    measured = re.search(r"<pre>(.*?)</pre>", dom, re.DOTALL)
    assert measured is not None
    assert f"width {PHONE} cut " == html.unescape(measured[1])


def test_what_is_folded_away_is_there_on_paper(page: Path) -> None:
    """Nobody can unfold paper: the last rule's guide, closed on the screen, is printed whole."""
    text = (page / "report.html").read_text("utf-8")
    last = text[text.rindex('<details class="guide">') : text.index('id="unseen"')]
    titles = [html.unescape(one) for one in re.findall(r"<h3>([^<]+)</h3>", last)]
    assert len(titles) >= 3
    browse(page, "--no-pdf-header-footer", f"--print-to-pdf={page}/report.pdf", f"file://{page}/report.html")
    pages = PdfReader(io.BytesIO((page / "report.pdf").read_bytes())).pages
    printed = "".join(one.extract_text() for one in list(pages)[-4:])
    meaning = re.search(r"</summary>\s*<p>([^<]+)</p>", last)
    assert meaning is not None
    wanted = [*titles, html.unescape(meaning[1])]
    plain = squeezed(printed)
    assert [] == [one for one in wanted if squeezed(one) not in plain]
