import shutil
import time
from pathlib import Path

import pytest

from tests.cli.running import Run
from tidehold.log.reader import read_session
from tidehold.log.writer import SessionWriter
from tidehold.session.fold import Session


def cut(session: Path, share: float = 0.6) -> Path:
    """An interrupted session beside the sound one."""
    data = session.read_bytes()
    part = session.with_name("cut.mcap.part")
    part.write_bytes(data[: int(len(data) * share)])
    return part


def spoil(session: Path) -> Path:
    data = bytearray(session.read_bytes())
    data[len(data) // 3] ^= 0x10
    damaged = session.with_name("damaged.mcap")
    damaged.write_bytes(data)
    return damaged


def test_replay_prints_a_line_a_second_with_gaps_and_cues_between(tidehold: Run, session: Path) -> None:
    ran = tidehold("replay", session, "--fast")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert sum("confidence" in line or "unknown" in line for line in lines) >= 40
    assert any("sensor-lost: strap: the strap closed the link" in line for line in lines)
    assert any("gap in strap/rr" in line and "link lost" in line for line in lines)


def test_replay_gives_one_object_with_the_figures_of_the_live_run(tidehold: Run, session: Path) -> None:
    said = tidehold("replay", session, "--fast", "--json").json
    assert said["session"] == str(session)
    assert said["seconds"] == 40
    assert len(said["gaps"]) == 3
    for name, figures in said["heart"].items():
        if name.endswith(("_bpm", "_ms", "share")) and figures is None:
            assert said["heart"]["why"]


def test_replay_at_speed_takes_its_time(tidehold: Run, session: Path) -> None:
    before = time.monotonic()
    assert tidehold("replay", session, "--speed", 40, "--json").code == 0
    assert time.monotonic() - before >= 1.0


def test_check_holds_for_a_session_and_says_so(tidehold: Run, session: Path) -> None:
    ran = tidehold("check", session)
    assert ran.code == 0
    assert "are the same to the byte" in ran.out
    said = tidehold("check", session, "--json").json
    assert said["holds"] is True
    assert said["exact"] is True
    assert said["outputs"] > 100


def test_check_fails_where_the_live_run_said_something_else(tidehold: Run, session: Path, home: Path) -> None:
    original = read_session(session)
    fold = Session(original.header)
    with SessionWriter.create(home / "liar", original.header) as log:
        for item in original.inputs():
            log.append(item)
            for out in fold.feed(item):
                if type(out).__name__ != "Cue":
                    log.put(out)
        log.finish()
    liar = next((home / "liar").glob("*.mcap"))
    ran = tidehold("check", liar)
    assert ran.code == 1
    assert "differs" in ran.out
    assert tidehold("check", liar, "--json").json["holds"] is False


def test_verify_tells_sound_from_damaged_from_unreadable(tidehold: Run, session: Path, home: Path) -> None:
    assert tidehold("verify", session).code == 0
    damaged = tidehold("verify", spoil(session))
    assert damaged.code == 3
    assert "damaged" in damaged.out
    assert "recover" in damaged.err
    assert tidehold("verify", spoil(session), "--json").json["state"] == "damaged"
    assert tidehold("verify", home / "absent.mcap").code == 1


@pytest.mark.parametrize("verb", ["replay", "check", "recover"])
@pytest.mark.parametrize("content", [None, b"", b"hello world, this is no session at all"])
def test_what_is_no_session_is_exit_code_3_with_a_named_message(
    tidehold: Run, home: Path, verb: str, content: bytes | None
) -> None:
    path = home / "x.mcap"
    if content is not None:
        path.write_bytes(content)
    ran = tidehold(verb, path)
    assert ran.code == 3
    assert str(path) in ran.err
    assert not ran.out


def test_a_damaged_session_is_exit_code_3_and_the_text_says_that_recover_helps(tidehold: Run, session: Path) -> None:
    ran = tidehold("replay", spoil(session), "--fast")
    assert ran.code == 3
    assert "tidehold recover" in ran.err


def test_recover_of_a_folder_completes_what_was_interrupted(tidehold: Run, session: Path) -> None:
    part = cut(session)
    listed = {each["path"]: each["state"] for each in tidehold("sessions", "--json").json["sessions"]}
    assert listed == {str(session): "finished", str(part): "interrupted"}
    ran = tidehold("recover", part.parent)
    assert ran.code == 0, ran.err
    assert "inputs saved" in ran.out
    states = [each["state"] for each in tidehold("sessions", "--json").json["sessions"]]
    assert "interrupted" not in states
    assert "recovered" in states
    again = tidehold("recover", part.parent)
    assert "nothing to recover" in again.err
    for path in part.parent.glob("*.mcap"):
        assert tidehold("verify", path).code == 0
        assert tidehold("check", path).code == 0


def test_recover_of_a_damaged_file_saves_what_is_intact_and_keeps_the_original(tidehold: Run, session: Path) -> None:
    damaged = spoil(session)
    before = damaged.read_bytes()
    said = tidehold("recover", damaged, "--json").json
    assert said["failed"] == []
    recovery = said["recovered"][0]
    assert Path(recovery["kept"]).read_bytes() == before
    assert recovery["note"]["missing"]
    assert "inputs missing" in tidehold("recover", spoil(session)).out


def test_recover_of_a_sound_file_changes_nothing(tidehold: Run, session: Path) -> None:
    before = session.read_bytes()
    ran = tidehold("recover", session)
    assert ran.code == 0
    assert "sound already" in ran.out
    assert session.read_bytes() == before


def test_recover_names_what_it_could_not_save(tidehold: Run, home: Path) -> None:
    (home / "bad").mkdir()
    (home / "bad/x.mcap.part").write_bytes(b"nothing of a session")
    ran = tidehold("recover", home / "bad")
    assert ran.code == 3
    assert "x.mcap.part" in ran.err


def test_sessions_are_listed_with_length_and_streams(tidehold: Run, session: Path) -> None:
    cut(session)
    ran = tidehold("sessions")
    assert ran.code == 0
    assert "finished" in ran.out
    assert "0:00:40" in ran.out
    assert "acc battery contact ecg" in ran.out
    assert "tidehold recover" in ran.err


def test_no_sessions_yet(tidehold: Run, home: Path) -> None:
    ran = tidehold("sessions")
    assert ran.code == 0
    assert "no sessions in" in ran.err
    assert tidehold("sessions", "--json").json["sessions"] == []
    assert tidehold("sessions", home / "nowhere").code == 3


def test_a_session_moved_elsewhere_replays_alone(tidehold: Run, session: Path, tmp_path: Path) -> None:
    moved = Path(shutil.move(session, tmp_path / "moved.mcap"))
    assert tidehold("check", moved).code == 0
