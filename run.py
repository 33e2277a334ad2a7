#!/usr/bin/env python3
"""Sets Tidehold up in `.venv` beside this file and runs it. Needs only Python 3.11-3.13.

python3 run.py test [pytest arguments]     run the tests
python3 run.py WORDS...                    run `tidehold WORDS...`, for example: demo

The first run installs (with uv where it is there, otherwise with pip); later
runs start at once. All of its own chatter goes to standard error.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main(words: list[str]) -> int:  # noqa: RET503 - execv does not return
    """Make the environment that `words` need, then become the program they name."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        say(f"this is Python {sys.version.split()[0]}; Tidehold needs 3.11, 3.12 or 3.13: python3.12 run.py ...")
        return 2
    testing = words[:1] == ["test"]
    try:
        prepare(testing)
    except subprocess.CalledProcessError as error:
        say(f"set-up failed: {' '.join(map(str, error.cmd))} gave exit code {error.returncode}; its words are above")
        return 1
    except SetupError as error:
        say(str(error))
        return 1
    command = ["-m", "pytest", *words[1:]] if testing else ["-m", "tidehold.cli", *words]
    os.chdir(ROOT) if testing else None
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every process compiles all of src/ anew
    os.execv(PYTHON, [str(PYTHON), *command])  # noqa: S606 - one process, so that signals and exit codes pass through


class SetupError(Exception):
    """The machine lacks something that set-up needs; the text says what."""


def prepare(testing: bool) -> None:  # noqa: FBT001
    """Create `.venv` and install into it, unless a stamp says that this was done."""
    import tomllib  # noqa: PLC0415 - Python 3.11 has it: only after the version check

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    wanted = ["--editable", f"{ROOT}[sim,broker,sound,report,calendar]", *(groups["test"] if testing else ())]
    stamp = VENV / ("ready-test" if testing else "ready")
    mark = fingerprint()
    lock = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)  # two first runs at once: the second waits, then finds it done
    try:
        if stamp.exists() and stamp.read_text() == mark and PYTHON.exists():
            return
        say("setting up .venv (once; takes up to a minute)")
        if not PYTHON.exists() or not (VENV / "ready").exists() or (VENV / "ready").read_text() != mark:
            shutil.rmtree(VENV, ignore_errors=True)
            make_venv()
        install(["--constraint", str(ROOT / "constraints.txt"), *wanted])
        (VENV / "ready").write_text(mark)
        stamp.write_text(mark)
        say("ready")
    finally:
        os.close(lock)


def fingerprint() -> str:
    """What the environment depends on; a change of it means a new environment."""
    digest = hashlib.sha256(f"{ROOT}\n{sys.version}\n{os.path.realpath(sys.executable)}".encode())
    for name in ("run.py", "pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def make_venv() -> None:
    """An empty environment. Without pip in it: Debian ships `venv` but not always `ensurepip`."""
    if shutil.which("uv"):
        run(["uv", "venv", "--quiet", "--python", sys.executable, str(VENV)])
    else:
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])


def install(arguments: list[str]) -> None:
    """Install into the environment with uv, or with the pip of the Python that runs this."""
    if shutil.which("uv"):
        run(["uv", "pip", "install", "--quiet", "--python", str(PYTHON), *arguments])
    elif importlib.util.find_spec("pip"):
        # `pip --python` acts on .venv only, so an externally managed Python is no obstacle.
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
        run([sys.executable, "-m", "pip", "--python", str(PYTHON), "install", *quiet, *arguments])
    elif importlib.util.find_spec("ensurepip"):
        run([str(PYTHON), "-m", "ensurepip", "--default-pip"])
        run([str(PYTHON), "-m", "pip", "install", "--quiet", *arguments])
    else:
        raise SetupError(
            "this Python has neither pip nor ensurepip; install pip (Debian: apt install python3-pip) or uv"
        )


def run(command: list[str]) -> None:
    """Run a set-up step with its output on standard error."""
    subprocess.run(command, check=True, stdout=sys.stderr, stdin=subprocess.DEVNULL)


def say(text: str) -> None:
    """One line of our own, never on standard output."""
    print(f"run.py: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
