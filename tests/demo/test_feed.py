"""The feed about the Emotet day: two files in the providers' own shapes, on loopback, for a while."""

from __future__ import annotations

import csv
import http.client
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from noroshi.demo import campaign
from noroshi.demo.feed import C2_PATH, URLS_PATH, Asked, FeedServer, contents, write_settings
from noroshi.errors import LocatedError

if TYPE_CHECKING:
    from pathlib import Path

AT: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _rows(file: bytes) -> list[list[str]]:
    lines = [line for line in file.decode().splitlines() if not line.startswith("#")]
    return list(csv.reader(lines, skipinitialspace=True))


def test_it_publishes_what_the_machine_contacted() -> None:
    """It publishes the URL that served the executable and the C2 server that was reached, as of now."""
    files = contents(AT)
    urls, c2 = _rows(files[URLS_PATH]), _rows(files[C2_PATH])
    assert f"http://{campaign.SERVED_HOST}{campaign.SERVED_PATH}" in [row[2] for row in urls]
    assert "{}:{}".format(*campaign.C2_DIRECT) in [row[2] for row in c2]
    assert {"2026-03-02 12:00:00"} == {row[1] for row in urls} | {row[0] for row in c2}
    assert ({9}, {15}) == ({len(row) for row in urls}, {len(row) for row in c2})


def test_it_answers_conditionally_and_nothing_else() -> None:
    """It answers conditionally, nothing else, on loopback only, and tells every request."""
    told: list[Asked] = []
    with FeedServer(contents(AT)) as server:
        assert "127.0.0.1" == server.server_address[0]
        # The clock stands still until three requests were told: then the time is over.
        clock = lambda: float(len(told))  # noqa: E731 - one line says it
        thread = threading.Thread(target=server.serve, args=(3.0, told.append, clock))
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        answers = []
        tag = ""
        for path in (URLS_PATH, URLS_PATH, "/etc/passwd"):
            connection.request("GET", path, headers={"If-None-Match": tag} if tag else {})
            got = connection.getresponse()
            answers.append((got.status, bool(got.read())))
            tag = got.headers.get("ETag", "")
            connection.close()
        thread.join()
    assert [(200, True), (304, False), (404, False)] == answers
    assert [Asked(URLS_PATH, 200), Asked(URLS_PATH, 304), Asked("/etc/passwd", 404)] == told


def test_it_ends_by_itself() -> None:
    """It ends by itself when the time is over, whether somebody asked or not."""
    with FeedServer({}) as server:
        told: list[Asked] = []
        server.serve(0.0, told.append)
    assert [] == told


def test_a_port_that_is_taken_is_an_error() -> None:
    """A port that is taken is an error that names it."""
    with FeedServer({}) as server, pytest.raises(LocatedError, match=f"127.0.0.1:{server.port}"):
        FeedServer({}, server.port)


def test_the_settings_name_the_port(tmp_path: Path) -> None:
    """The settings name the port, in a folder that is made if it is not there."""
    file = write_settings(tmp_path / "day", 12345)
    assert 2 == file.read_text().count('base_url = "http://127.0.0.1:12345"')
