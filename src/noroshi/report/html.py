"""The HTML report: one file without scripts and without outside requests."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

if TYPE_CHECKING:
    from jinja2 import Template

    from noroshi.report.model import Report


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text("page.html"))


def text(name: str) -> str:
    """A file of this room."""
    return files("noroshi.report").joinpath(name).read_text(encoding="utf-8")


def policy(style: str) -> str:
    """A Content-Security-Policy that lets nothing in but this very style sheet."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render(report: Report) -> bytes:
    """The page in UTF-8. Every text is escaped by the template; only the style sheet stands as it is."""
    style = text("page.css")
    page = _template().render(r=report, l=report.labels, style=style, policy=policy(style))
    return page.encode("utf-8", "replace")
