from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.running import Run


def write(home: Path, text: str) -> Path:
    file = home / "config/tidehold/tidehold.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_the_place_of_the_configuration_is_said(tidehold: Run, home: Path) -> None:
    assert tidehold("config", "path").out == f"{home}/config/tidehold/tidehold.toml\n"


def test_every_setting_is_shown_as_toml_with_what_overrides_it(
    tidehold: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, 'profiles = ["/mine"]\n[phone]\nprofile = "phyphox"\n')
    monkeypatch.setenv("TIDEHOLD_PHONE_PORT", "2883")
    ran = tidehold("config", "show")
    assert ran.code == 0
    tree = tomllib.loads(ran.out)
    assert tree["profiles"] == ["/mine"]
    assert (tree["phone"]["profile"], tree["phone"]["port"], tree["phone"]["tls"]) == ("phyphox", 2883, False)
    assert ran.err == "TIDEHOLD_PHONE_PORT overrides the file\n"
    assert tidehold("config", "show", "--json").json == tree


def test_a_configuration_is_checked(tidehold: Run, home: Path) -> None:
    assert "the defaults hold" in tidehold("config", "check").err
    write(home, "sessions = '/x'\n")
    assert tidehold("config", "check").err.endswith("tidehold.toml: right\n")
    write(home, "session = '/x'\n")
    ran = tidehold("config", "check")
    assert ran.code == 2
    assert "session: expected one of strap, phone, " in ran.err
    assert "sessions, profiles, " in ran.err


def test_a_unit_is_written_once_and_says_what_to_type(tidehold: Run, home: Path) -> None:
    ran = tidehold("daemon", "--install-unit", "--", "--strap", "any")
    assert ran.code == 0, ran.err
    unit = home / "config/systemd/user/tidehold.service"
    assert "record --headless --strap any" in unit.read_text().replace('"', "")
    assert "systemctl --user enable --now tidehold.service" in ran.err
    unit.write_text("[Unit]\nDescription=mine\n")
    refused = tidehold("daemon", "--install-unit")
    assert refused.code == 2
    assert "--force" in refused.err
    assert tidehold("daemon", "--install-unit", "--force").code == 0


@pytest.mark.parametrize(
    ("shell", "part"), [("bash", "complete -"), ("zsh", "#compdef tidehold"), ("tcsh", "complete ")]
)
def test_completions_know_the_verbs(shell: str, part: str, tidehold: Run) -> None:
    ran = tidehold("completions", shell)
    assert ran.code == 0
    assert part in ran.out
    assert "record" in ran.out
