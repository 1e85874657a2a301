"""What others publish about the campaign of the Emotet day, served on loopback as abuse.ch's files are.

Two files: URLs in the shape of URLhaus's CSV, C2 servers in that of ThreatFox's (15 columns). Each has an
``ETag``, so a reader that asks conditionally is told that nothing changed. The server listens on 127.0.0.1
only, answers nothing else, and ends by itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Final

from noroshi.demo import campaign
from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

URLS_PATH: Final = "/downloads/csv_recent/"
C2_PATH: Final = "/export/csv/recent/"
URLS: Final = (campaign.DOWNLOADS[3], campaign.DOWNLOADS[4])
"""The site that served the executable, and one that was never asked."""
C2: Final = (campaign.C2_DIRECT, campaign.C2_PROXIED, campaign.C2_FIREWALL_DENIED)
_SILENCE_SECONDS: Final = 5.0
_RULE: Final = "#" * 64
_C2_COLUMNS: Final = (
    "first_seen_utc", "ioc_id", "ioc_value", "ioc_type", "threat_type", "fk_malware", "malware_alias",
    "malware_printable", "last_seen_utc", "confidence_level", "is_compromised", "reference", "tags",
    "anonymous", "reporter",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: which path, and with which status it was answered."""

    path: str
    status: int


def contents(at: datetime) -> dict[str, bytes]:
    """The files by path, published at this moment (aware UTC)."""
    when = f"{at:%Y-%m-%d %H:%M:%S}"
    return {URLS_PATH: _urls(when), C2_PATH: _c2(when)}


def write_settings(folder: Path, port: int) -> Path:
    """The configuration by which `noroshi collect` reads this feed, in the folder."""
    parts = ["# The feed of `noroshi demo --feed`, on this machine only."]
    for name, kind in (("demo-urls", "urlhaus"), ("demo-c2", "threatfox")):
        parts.append(
            f'[feeds.{name}]\nkind = "{kind}"\nbase_url = "http://127.0.0.1:{port}"\n'
            "allow_private = true\npause = 0\nevery_minutes = 1"
        )
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "feeds.toml"
    file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return file


class FeedServer(HTTPServer):
    """The server; `port` is where it listens.

    Raises:
        LocatedError: The port is taken.
    """

    def __init__(self, files: dict[str, bytes], port: int = 0) -> None:
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError) as error:
            raise LocatedError(
                f"127.0.0.1:{port}",
                "",
                Sentence("cannot be listened on: {reason}", reason=getattr(error, "strerror", None) or error),
                "",
            ) from None
        self.files = files
        self.asked: list[Asked] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def serve(
        self, seconds: float, tell: Callable[[Asked], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Answer, and tell each request, until the time is over."""
        end = clock() + seconds
        while (left := end - clock()) > 0:
            self.timeout = left
            self.handle_request()
            for one in self.asked:
                tell(one)
            self.asked.clear()

    def handle_error(self, *_: object) -> None:
        """Who hangs up or sends nonsense is no reason to say anything."""


class _Handler(BaseHTTPRequestHandler):
    server: FeedServer
    timeout = _SILENCE_SECONDS

    def do_GET(self) -> None:
        body = self.server.files.get(self.path)
        tag = f'"{sha256(body).hexdigest()[:16]}"' if body is not None else ""
        same = body is not None and self.headers.get("If-None-Match") == tag
        status = 404 if body is None else 304 if same else 200
        sent = body if body is not None and not same else b""
        self.send_response(status)
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)
        self.server.asked.append(Asked(self.path, status))

    def log_message(self, *_: object) -> None:
        """What was asked is told by who serves."""


def _urls(when: str) -> bytes:
    head = [_RULE, "# Demonstration feed of Noroshi, in the shape of URLhaus", _RULE, "#"]
    head.append("# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter")
    rows = [
        (str(number), when, url, "online", when, "malware_download", "emotet,exe", _link(number), "demo")
        for number, url in enumerate(URLS, 1)
    ]
    return _file([*head, *(_quoted(row, ",") for row in rows)])


def _c2(when: str) -> bytes:
    head = [_RULE, "# Demonstration feed of Noroshi, in the shape of ThreatFox", _RULE, "#"]
    head.append("# " + _quoted(_C2_COLUMNS, ","))
    rows = [
        (when, str(number), f"{address}:{port}", "ip:port", "botnet_cc", "win.emotet", "Geodo", "Emotet",
         when, "90", "False", _link(number), "emotet,epoch2", "0", "demo")
        for number, (address, port) in enumerate(C2, 1)
    ]  # fmt: skip
    return _file([*head, *(_quoted(row, ", ") for row in rows), f"# Number of entries: {len(rows)}"])


def _link(number: int) -> str:
    return f"https://feed.example/{number}/"


def _quoted(cells: Iterable[str], between: str) -> str:
    return between.join(f'"{cell}"' for cell in cells)


def _file(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()
