import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import Run
from tidehold.daemon.config import StrapConfig, recall_strap
from tidehold_simulators.pytest_plugin import StartStrap

PROFILES = Path(__file__).parents[2] / "device_profiles"


def test_profiles_lists_those_that_come_with_it(tidehold: Run) -> None:
    assert {each["id"] for each in tidehold("profiles", "--json").json["profiles"]} >= {
        "generic-heart-rate",
        "polar-h10",
        "polar-h9",
        "simulated",
    }
    assert "Polar H10" in tidehold("profiles").out


def test_profiles_validates_a_folder_of_ones_own(tidehold: Run, home: Path) -> None:
    text = (PROFILES / "polar-h9.toml").read_text().replace('"polar-h9"', '"my-strap"')
    (home / "mine").mkdir()
    (home / "mine/my-strap.toml").write_text(text)
    assert tidehold("profiles", home / "mine").code == 0
    assert "my-strap" in tidehold("profiles", "--profiles", home / "mine").out


@pytest.mark.parametrize("change", [("kind", "kindness"), ('"strap"', '"sock"')])
def test_a_profile_with_a_mistake_is_exit_code_2_with_file_and_key(
    tidehold: Run, home: Path, change: tuple[str, str]
) -> None:
    (home / "mine").mkdir()
    shutil.copy(PROFILES / "polar-h9.toml", home / "mine")
    path = home / "mine/polar-h9.toml"
    path.write_text(path.read_text().replace(*change, 1))
    ran = tidehold("profiles", home / "mine")
    assert ran.code == 2
    assert "polar-h9.toml" in ran.err
    assert "kind" in ran.err


def test_scan_hears_a_strap_and_remembers_it(tidehold: Run, tidehold_strap: StartStrap, home: Path) -> None:
    strap = tidehold_strap("calm-6")
    words = ("scan", "--radio", strap.radio, "--seconds", 1)
    ran = tidehold(*words, "--json")
    assert ran.code == 0, ran.err
    assert [(each["address"], each["name"], each["profile"]) for each in json.loads(ran.out)["devices"]] == [
        (strap.address, strap.name, "simulated")
    ]
    ran = tidehold(*words, "--remember", "Sim")
    assert ran.code == 0
    assert strap.name in ran.out
    assert recall_strap() == StrapConfig(strap.address, strap.name)
    ran = tidehold(*words, "--remember", "Somebody else's")
    assert ran.code == 1
    assert "fits 0 of the straps heard" in ran.err
