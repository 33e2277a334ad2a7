import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import Run
from tidehold.cli.parser import MISTAKES, parse
from tidehold_simulators import moves as simulated

HEAVY = ("numpy", "bleak", "bumble", "mcap", "msgspec")


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from tidehold.cli.parser import parse\n"
        "try: parse(['--help'])\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stderr.strip() == "[]"
    assert "exit codes: 0 done" in run.stdout


@pytest.mark.parametrize(
    "words",
    [[], ["levitate"], ["check"], ["replay", "f", "--speed", "0"], ["replay", "f", "--speed", "fast"], ["simulate"]],
)
def test_a_command_that_cannot_be_understood_is_exit_code_2(tidehold: Run, words: list[str]) -> None:
    ran = tidehold(*words)
    assert ran.code == 2
    assert "usage: tidehold" in ran.err
    assert not ran.out


@pytest.mark.parametrize("seconds", ["-1", "0", "inf", "nan", "soon"])
def test_a_length_must_be_a_number_above_0(tidehold: Run, seconds: str) -> None:
    ran = tidehold("record", f"--seconds={seconds}")
    assert ran.code == 2
    assert f"expected a number above 0, found '{seconds}'" in ran.err


@pytest.mark.parametrize(
    "verb",
    ["record", "demo", "replay", "check", "verify", "recover", "sessions", "scan", "profiles", "simulate", "setup"],
)
def test_every_verb_has_help(tidehold: Run, verb: str) -> None:
    ran = tidehold(verb, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"usage: tidehold {verb}")


def test_version(tidehold: Run) -> None:
    assert tidehold("--version").out.startswith("tidehold 0.")


def test_speed_and_fast_exclude_each_other(tidehold: Run) -> None:
    assert tidehold("replay", "f", "--fast", "--speed", "2").code == 2


def test_folders_of_profiles_add_up() -> None:
    arguments = parse(["profiles", "--profiles", "a", "--profiles", "b"])
    assert [path.name for path in arguments.profile_folders] == ["a", "b"]


@pytest.mark.parametrize("what", [["list"], ["show", "calm-6"]])
def test_flags_of_routines_may_stand_before_and_after(what: list[str]) -> None:
    flags = ["--json", "--config", "x.toml", "--profiles", "p"]
    for words in (["routines", *flags, *what], ["routines", *what, *flags]):
        arguments = parse(words)
        assert (arguments.json, arguments.config, arguments.profile_folders) == (True, Path("x.toml"), [Path("p")])
    plain = parse(["routines", *what])
    assert (plain.json, plain.config, plain.profile_folders) == (False, None, [])


def test_the_mistakes_of_simulated_people_are_listed(tidehold: Run) -> None:
    assert MISTAKES == simulated.MISTAKES
    told = "".join(tidehold("simulate", "session", "--help").out.split())  # lines break at hyphens
    assert all(mistake in told for mistake in MISTAKES)
