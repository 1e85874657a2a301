"""What all tests share."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; skips loudly where it is absent."""
    if not REAL_DATA.is_dir():
        pytest.skip("the real data of ../shared/data is not on this machine")
    return REAL_DATA


def _unpack_tar(archive: Path, target: Path) -> Path:
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target


@pytest.fixture(scope="session")
def sigmahq(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SigmaHQ's rules and regression data, unpacked."""
    target = tmp_path_factory.mktemp("sigmahq")
    _unpack_tar(real_data / "sigmahq" / "rules.tar.gz", target)
    return _unpack_tar(real_data / "sigmahq" / "regression.tar.gz", target)


def windows_lines(folder: Path, every: int = 1) -> list[bytes]:
    """Every n-th line of the Windows recordings."""
    lines: list[bytes] = []
    for archive in sorted((folder / "windows").glob("*.zip")):
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                if name.endswith(".json") and "__MACOSX" not in name:
                    lines += io.BytesIO(opened.read(name)).readlines()[::every]
    return lines
