"""What stands in the way of a demonstration; whole ones are in tests/system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.running import Run


@pytest.mark.parametrize(("module", "extra"), [("bumble", "sim"), ("amqtt", "broker")])
def test_what_is_not_installed_is_named(
    module: str, extra: str, tidehold: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    ran = tidehold("demo", "--headless")
    assert ran.code == 2
    assert f"pip install 'tidehold[{extra}]'" in ran.err


def test_a_scenario_that_does_not_exist_ends_it_before_anything_is_recorded(tidehold: Run, home: Path) -> None:
    ran = tidehold("demo", "--headless", "--scenario", home / "absent.toml", "--out", home / "out")
    assert ran.code == 2
    assert "absent.toml: expected a TOML file or one of" in ran.err
    assert not (home / "out").exists()
