"""A bundle is a zip file that standard tools check."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tidehold.errors import ConfigError, LogError
from tidehold.share.bundle import ABOUT, SUMS, write_bundle


def test_checksums_are_right_and_the_bytes_are_the_same(telling: Path, tmp_path: Path) -> None:
    (bundled,) = write_bundle(tmp_path / "b.zip", [telling], anonymised=False)
    with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
        assert bundle.testzip() is None
        assert sorted(bundle.namelist()) == sorted([telling.name, SUMS, ABOUT])
        bundle.extractall(tmp_path / "out")
    assert (tmp_path / "out" / telling.name).read_bytes() == telling.read_bytes()
    assert bundled.size == telling.stat().st_size
    checked = subprocess.run(["sha256sum", "--check", SUMS], cwd=tmp_path / "out", capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    page = (tmp_path / "out" / ABOUT).read_text()
    assert "as they were recorded" in page
    assert "Not a medical device" in page


def test_the_same_sessions_give_the_same_bytes(telling: Path, tmp_path: Path) -> None:
    for name in "ab":
        write_bundle(tmp_path / name, [telling], anonymised=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_is_no_session_or_twice_there_is_refused(telling: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    shutil.copy(telling, tmp_path / "other")
    with pytest.raises(ConfigError, match="is there twice"):
        write_bundle(tmp_path / "a.zip", [telling, tmp_path / "other" / telling.name], anonymised=False)
    (tmp_path / "x.mcap").write_bytes(b"foreign")
    with pytest.raises(LogError, match="not a Tidehold session"):
        write_bundle(tmp_path / "b.zip", [tmp_path / "x.mcap"], anonymised=False)
