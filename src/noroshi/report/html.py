"""The HTML report: one file without scripts and without outside requests."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined

if TYPE_CHECKING:
    from noroshi.report.model import Report
    from noroshi.report.specimens import SpecimenReport


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def text(name: str) -> str:
    """A file of this room."""
    return files("noroshi.report").joinpath(name).read_text(encoding="utf-8")


def policy(style: str) -> str:
    """A Content-Security-Policy that lets nothing in but this very style sheet."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def page(template: str, styles: tuple[str, ...], report: Report | SpecimenReport) -> bytes:
    """A page in UTF-8. Every text is escaped by the template; only the style sheets stand as they are.

    Args:
        template: Name of its file in this room; it includes ``frame.html``, which all pages begin with.
        styles: Names of its style sheets.
        report: What the template shows.
    """
    style = "".join(map(text, styles))
    made = _environment().get_template(template)
    written = made.render(r=report, l=report.labels, style=style, policy=policy(style))
    return written.encode("utf-8", "replace")


def render(report: Report) -> bytes:
    """The page of a scan."""
    return page("page.html", ("page.css",), report)
