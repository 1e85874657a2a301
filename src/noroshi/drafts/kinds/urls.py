"""The set of addresses from which the specimen downloads: compromised sites, so the whole URL decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.drafts.model import Candidate, Case, Draft
from noroshi.drafts.simulation import urls_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.drafts.model import Material


def drafts(material: Material) -> Iterator[Draft]:
    """One rule over a list of the URLs."""
    found = tuple(dict.fromkeys(url for one in material.examinations for url in urls_of(one)))
    events = [one for one in material.events if one.kind == "request" and one.fields["c-uri"] in found]
    if not found or not events:
        return
    name = f"{material.name}_download_urls"
    detection = {
        "known": {"c-uri|expand": f"%{name}%"},
        # Without a path only the host is visible, and the host is an ordinary site's.
        "path_visible": {"c-uri|contains": "/"},
        "condition": "known and path_visible",
    }
    host = events[0].fields["c-uri"].split("/")[2]
    cases = (
        Case("The script asks one site after the other", tuple(event.as_test() for event in events)),
        Case(
            "Another page of the same site",
            (events[0].as_test(**{"c-uri": f"http://{host}/", "c-useragent": "Mozilla/5.0"}),),
            "Honest people go on visiting it.",
        ),
        Case(
            "A tunnel to the site",
            (events[0].as_test(**{"cs-method": "CONNECT", "c-uri": f"{host}:443"}),),
            "HTTPS hides the path.",
        ),
    )
    yield Draft(
        "download-url",
        "network_destination",
        "artefact",
        "high",
        ("attack.command-and-control", "attack.t1105"),
        30,
        (Candidate(({"logsource": {"category": "proxy"}, "detection": detection},), cases),),
        {"count": str(len(found))},
        {name: ("url", found)},
        ("c-ip", "cs-username", "c-uri", "sc-status", "c-useragent"),
    )
