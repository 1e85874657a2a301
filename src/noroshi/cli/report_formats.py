"""Formats of ``noroshi scan`` that are made to be handed on: each is loaded when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final

from noroshi.cli.story.page import page_for
from noroshi.cli.summary import print_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo
    from pathlib import Path

    from noroshi.alerts.model import Alert
    from noroshi.service.scan import Scan

    _Seen = Callable[[Alert], Alert]


def _html(found: Scan, out: BinaryIO, seen: _Seen, how: Any) -> None:
    from noroshi.cli.report import html  # noqa: PLC0415 - the template engine

    output: Path | None = how.output
    zone: tzinfo | None = how.zone
    out.write(html(found, page_for(output, found.options.language, zone), seen))


def _csv(found: Scan, out: BinaryIO, seen: _Seen, _how: Any) -> None:
    from noroshi.report.csv import lines  # noqa: PLC0415 - as above

    out.writelines(lines(map(seen, found.alerts())))
    _errors(found)


def _sarif(found: Scan, out: BinaryIO, seen: _Seen, _how: Any) -> None:
    from noroshi.report.sarif import lines  # noqa: PLC0415 - as above

    out.writelines(lines(map(seen, found.alerts())))
    _errors(found)


def _timesketch(found: Scan, out: BinaryIO, seen: _Seen, _how: Any) -> None:
    from noroshi.report.timesketch import lines  # noqa: PLC0415 - as above

    out.writelines(lines(map(seen, found.alerts())))
    _errors(found)


def _navigator(found: Scan, out: BinaryIO, seen: _Seen, _how: Any) -> None:
    from noroshi.alerts.ndjson import dumps  # noqa: PLC0415 - as above
    from noroshi.report.navigator import Heat, layer  # noqa: PLC0415 - as above
    from noroshi.rules.attack import load_attack  # noqa: PLC0415 - megabytes of ATT&CK

    heat = Heat()
    for alert in found.alerts():
        heat.add(seen(alert))
    version = load_attack().version.partition(".")[0]
    out.write(dumps(layer(heat, name=f"Noroshi: {found.options.tenant}", attack_version=version)) + b"\n")
    _errors(found)


def _errors(found: Scan) -> None:
    print_errors(found.problems.errors, found.problems.total)


REPORTS: Final = {
    "html": _html,
    "csv": _csv,
    "sarif": _sarif,
    "attack-navigator": _navigator,
    "timesketch": _timesketch,
}
"""Name of the format → what writes it."""
