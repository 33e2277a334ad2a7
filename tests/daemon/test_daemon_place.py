"""Where the socket is, and that one recorder serves there."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tidehold.daemon.place import PATH_LIMIT, Place, check_place, claim, holder, is_held, state_folder, usual_place
from tidehold.errors import ConfigError

HOLD = """
import sys, time
from pathlib import Path
from tidehold.daemon.place import Place, claim
with claim(Place(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(100)
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "run")


def held_by_another(place: Place) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(place.folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_usual_place_is_in_the_runtime_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert usual_place().socket == tmp_path / "tidehold/recorder.sock"


@pytest.mark.parametrize("runtime", ["", "relative/folder"])
def test_without_a_runtime_folder_it_is_in_the_state(
    runtime: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "tidehold"
    assert usual_place().folder == tmp_path / "tidehold/run"


def test_folder_socket_and_lock_are_for_their_owner_only(place: Place) -> None:
    old = os.umask(0)
    try:
        with claim(place):
            modes = [path.stat().st_mode & 0o777 for path in (place.folder, place.socket, place.lock)]
    finally:
        os.umask(old)
    assert modes == [0o700, 0o600, 0o600]


def test_a_place_that_was_left_has_no_socket_and_can_be_claimed_again(place: Place) -> None:
    for _ in range(2):
        with claim(place) as seat:
            assert seat.is_there()
            assert is_held(place)
            assert holder(place) == os.getpid()
        assert not place.socket.exists()
        assert not is_held(place)


def test_a_second_recorder_is_told_of_the_first(place: Place) -> None:
    with held_by_another(place) as process:
        try:
            with (
                pytest.raises(ConfigError, match=rf"records already \(process {process.pid}\).*tidehold stop"),
                claim(place),
            ):
                pass
            assert place.socket.exists(), "the first one's socket was removed"
        finally:
            process.kill()


def test_a_second_recorder_that_was_refused_leaves_the_lock_alone(place: Place) -> None:
    with claim(place):
        for _ in range(2):
            with pytest.raises(ConfigError, match="records already"), claim(place):
                pass
        assert is_held(place)
        assert holder(place) == os.getpid()


def test_the_socket_of_a_killed_recorder_is_stale_and_removed(place: Place) -> None:
    with held_by_another(place) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert place.socket.exists()
    assert not is_held(place)
    with claim(place), socket.socket(socket.AF_UNIX) as view:
        view.connect(str(place.socket))


def test_whoever_asks_whether_a_recorder_lives_keeps_none_from_starting(place: Place) -> None:
    with claim(place):
        pass
    with place.lock.open("rb") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        later = threading.Timer(0.03, fcntl.flock, (asking, fcntl.LOCK_UN))
        later.start()
        with claim(place) as seat:
            assert seat.is_there()
        later.join()


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o707])
def test_a_folder_that_others_can_enter_is_refused(place: Place, mode: int) -> None:
    place.folder.mkdir()
    place.folder.chmod(mode)
    with pytest.raises(ConfigError, match=rf"0700.*found mode {mode:04o}: `chmod 700 {place.folder}`"), claim(place):
        pass
    assert list(place.folder.iterdir()) == []


def test_a_folder_of_another_user_is_refused(place: Place) -> None:
    if os.geteuid() != 0:
        pytest.skip("not run: root, to make a folder of another user, missing")
    place.folder.mkdir(mode=0o700)
    os.chown(place.folder, 65534, 65534)
    with pytest.raises(ConfigError, match="user 0, found one of user 65534"), claim(place):
        pass


def test_a_link_to_a_folder_is_refused(place: Place, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    place.folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="expected a folder, found something else"), claim(place):
        pass


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="a folder of your own"), claim(Place(tmp_path / "file/run")):
        pass


def test_a_folder_that_cannot_be_made_is_refused() -> None:
    with (
        pytest.raises(ConfigError, match=r"cannot serve views at /proc/tidehold/.*XDG_RUNTIME_DIR"),
        claim(Place(Path("/proc/tidehold"))),
    ):
        pass


def test_a_file_in_the_sockets_place_is_not_removed(place: Place) -> None:
    place.folder.mkdir(mode=0o700)
    place.socket.write_text("precious")
    with pytest.raises(ConfigError, match="expected a socket or nothing"), claim(place):
        pass
    assert place.socket.read_text() == "precious"
    assert not is_held(place)


def test_a_path_too_long_for_a_socket_is_refused_and_the_longest_is_not(tmp_path: Path) -> None:
    room = PATH_LIMIT - len(str(tmp_path)) - len("//recorder.sock")
    with claim(Place(tmp_path / ("x" * room))) as seat:
        assert len(str(seat.place.socket)) == PATH_LIMIT
    with pytest.raises(ConfigError, match=rf"at most {PATH_LIMIT} bytes.*found {PATH_LIMIT + 1}: set XDG_RUNTIME_DIR"):
        check_place(Place(tmp_path / ("x" * (room + 1))))


def test_a_missing_place_is_held_by_nobody(place: Place) -> None:
    with pytest.raises(FileNotFoundError):
        check_place(place)
    assert holder(place) is None
    assert not is_held(place)


def test_a_place_that_was_removed_is_made_anew(place: Place) -> None:
    with claim(place) as seat:
        for path in (place.socket, place.lock):
            path.unlink()
        place.folder.rmdir()
        assert not seat.is_there()
        seat.renew()
        assert seat.is_there()
        assert is_held(place)


def test_a_socket_that_another_made_since_is_left_alone(place: Place) -> None:
    with claim(place):
        place.socket.unlink()
        with socket.socket(socket.AF_UNIX) as another:
            another.bind(str(place.socket))
    assert place.socket.exists()
