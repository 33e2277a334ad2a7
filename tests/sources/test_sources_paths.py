from pathlib import Path

import pytest

from tidehold.errors import ConfigError
from tidehold.sources.paths import own_path


def test_a_home_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert own_path("~/x.toml") == tmp_path / "x.toml"
    assert own_path("a/~b") == Path("a/~b")


def test_nobodys_home_folder_is_said() -> None:
    with pytest.raises(ConfigError, match=r"^~nobody-of-this-name/x: expected a path, found the home folder"):
        own_path("~nobody-of-this-name/x")
