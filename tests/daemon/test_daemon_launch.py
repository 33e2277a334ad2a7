"""Recorders as processes of their own: they outlive who launched them, and their errors reach the person."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.test_daemon_client import RECORDER
from tidehold.daemon.client import hello_now, stop_now
from tidehold.daemon.launch import LaunchError, launch, said_path
from tidehold.daemon.place import Place, claim, is_held
from tidehold.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Whatever a test launched there is ended."""
    place = Place(tmp_path / "run")
    yield place
    if is_held(place):
        os.kill(int(place.lock.read_text()), signal.SIGKILL)


def python(script: str, *words: object) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(script), *map(str, words)]


def lives(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_a_recorder_is_launched_once_it_serves(place: Place) -> None:
    launched = launch(python(RECORDER, place.folder), place)
    assert launched.pid == launched.hello.pid
    assert os.getsid(launched.pid) == launched.pid != os.getsid(0)
    assert said_path().read_text() == "serving\n"
    assert said_path().stat().st_mode & 0o777 == 0o600
    assert stop_now(place).reason == "asked to"
    os.waitpid(launched.pid, 0)


def test_it_outlives_its_launcher_and_the_terminal(place: Place) -> None:
    launcher = """
        import signal, sys
        from pathlib import Path
        from tidehold.daemon.launch import launch
        from tidehold.daemon.place import Place
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored, from parent to child
        print(launch([sys.executable, "-c", sys.argv[2], sys.argv[1]], Place(Path(sys.argv[1]))).pid, flush=True)
        sys.stdin.read()
    """
    command = python(launcher, place.folder, RECORDER)
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    os.killpg(process.pid, signal.SIGHUP)  # as a terminal that is closed does
    process.communicate()
    assert process.returncode == -signal.SIGHUP
    assert hello_now(place).pid == pid
    stop_now(place)


@pytest.mark.parametrize(
    ("script", "code", "why"),
    [
        (
            "import sys; print('recording to x'); print('tidehold: no Bluetooth', file=sys.stderr); sys.exit(4)",
            4,
            r"^no Bluetooth$",
        ),
        ("raise ZeroDivisionError('oh')", 1, r"^the recorder ended \(1\). Traceback(.|\n)*ZeroDivisionError: oh$"),
        ("print('done')", 1, r"^the recorder ended \(0\). done$"),
        ("import os; os.kill(os.getpid(), 9)", 137, r"^the recorder was ended by signal 9 \(Killed\)\.$"),
        ("print(*range(1000), sep='\\n'); exit(3)", 3, r"^the recorder ended \(3\)\. 980\n(.|\n)*\n999$"),
    ],
)
def test_a_recorder_that_ends_at_once_is_quoted(place: Place, script: str, code: int, why: str) -> None:
    with pytest.raises(LaunchError, match=why) as caught:
        launch(python(script), place)
    assert caught.value.exit_code == code


def test_one_that_never_serves_is_ended_in_good_order(place: Place, tmp_path: Path) -> None:
    script = """
        import signal, sys, time, pathlib
        def end(*_):
            pathlib.Path(sys.argv[1]).write_text("finished")
            sys.exit()
        signal.signal(signal.SIGTERM, end)
        print("looking for a strap", flush=True)
        time.sleep(100)
    """
    with pytest.raises(LaunchError, match=r"did not answer within 2 s and was ended\. looking for a strap"):
        launch(python(script, tmp_path / "said"), place, within_s=2)
    assert (tmp_path / "said").read_text() == "finished"


def test_one_that_does_not_even_end_is_killed(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidehold.daemon.launch.END_WITHIN_S", 0.2)
    script = """
        import os, signal, sys, time, pathlib
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
        time.sleep(100)
    """
    with pytest.raises(LaunchError, match=r"did not answer within 1 s"):
        launch(python(script, tmp_path / "pid"), place, within_s=1)
    assert not lives(int((tmp_path / "pid").read_text()))


def test_the_answer_of_another_recorder_is_not_taken_for_the_new_one(place: Place) -> None:
    first = launch(python(RECORDER, place.folder), place)
    with pytest.raises(LaunchError, match=rf"records already \(process {first.pid}\)"):
        launch(python(RECORDER, place.folder), place)
    assert hello_now(place).pid == first.pid
    stop_now(place)
    os.waitpid(first.pid, 0)


def test_a_place_left_by_a_killed_recorder_serves_again(place: Place) -> None:
    first = launch(python(RECORDER, place.folder), place)
    os.kill(first.pid, signal.SIGKILL)
    os.waitpid(first.pid, 0)
    assert place.socket.exists()
    second = launch(python(RECORDER, place.folder), place)
    assert second.pid != first.pid
    stop_now(place)
    os.waitpid(second.pid, 0)


def test_a_recorder_that_starts_slowly_is_waited_for(place: Place) -> None:
    start = time.monotonic()
    launched = launch(python("import time; time.sleep(1)\n" + RECORDER, place.folder), place)
    assert time.monotonic() - start > 1
    stop_now(place)
    os.waitpid(launched.pid, 0)


def test_a_program_that_is_missing_is_named(place: Place) -> None:
    with pytest.raises(ConfigError, match=r"cannot start the recorder: .*/no/such/program"):
        launch(["/no/such/program"], place)


def test_a_state_folder_that_cannot_be_written_is_named(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match=r"cannot start the recorder"):
        launch(python("pass"), place)


def test_a_recorder_that_holds_the_place_but_serves_nobody_yet_is_waited_for(place: Place) -> None:
    slow = """
        import sys, time
        from pathlib import Path
        from tidehold.daemon.place import Place, claim
        with claim(Place(Path(sys.argv[1]))):
            time.sleep(100)
    """
    with pytest.raises(LaunchError, match=r"did not answer within 2 s"):
        launch(python(slow, place.folder), place, within_s=2)
    with claim(place):
        pass
