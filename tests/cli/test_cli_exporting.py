"""`tidehold export`: every format, and what is refused."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from tests.cli.running import Run
from tests.exports import exported
from tidehold.cli import extras
from tidehold.exports.formats import FORMATS
from tidehold.log.writer import SessionWriter
from tidehold.session.header import FORMAT


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of a strap."""
    items = exported.only("strap", exported.simulated_inputs())
    return exported.recorded(tmp_path_factory.mktemp("session"), items)


@pytest.fixture
def out(home: Path) -> Path:
    return home / "new" / "out"


@pytest.mark.parametrize("name", ["edf", "kubios", "csv"])
def test_a_session_is_written_and_what_was_written_is_one_object(
    tidehold: Run, file: Path, out: Path, name: str
) -> None:
    said = tidehold("export", file, "--to", name, "--out", out, "--json").json
    assert (said["session"], said["format"], said["out"]) == (str(file), name, str(out))
    assert said["written"]
    assert out.is_dir() == FORMATS[name].is_folder
    files = list(out.iterdir()) if out.is_dir() else [out]
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    assert [each.name for each in out.parent.iterdir()] == ["out"]


def test_a_person_is_told_where_it_is_and_how_much(tidehold: Run, file: Path, out: Path) -> None:
    ran = tidehold("export", file, "--to", "fit", "--out", out)
    assert ran.code == 0
    assert ran.out.startswith(f"{out}: records 32, heart rates ")


def test_what_is_there_stays_without_force_and_is_replaced_with_it(tidehold: Run, file: Path, out: Path) -> None:
    out.parent.mkdir()
    out.write_text("mine")
    ran = tidehold("export", file, "--to", "kubios", "--out", out, "--json")
    assert (ran.code, ran.out, out.read_text()) == (2, "", "mine")
    assert "is there already: choose another name, or --force" in ran.err
    assert tidehold("export", file, "--to", "kubios", "--out", out, "--force").code == 0
    assert out.read_text() != "mine"


def test_force_replaces_a_folder_of_its_own(tidehold: Run, file: Path, out: Path) -> None:
    assert tidehold("export", file, "--to", "csv", "--out", out).code == 0
    (out / "old.csv").write_text("old")
    assert tidehold("export", file, "--to", "csv", "--out", out).code == 2
    assert tidehold("export", file, "--to", "csv", "--out", out, "--force").code == 0
    assert not (out / "old.csv").exists()
    assert json.loads((out / "session.json").read_text())["session"] == "size-1"


@pytest.mark.parametrize(("name", "why"), [("csv", "with other things in it"), ("edf", "and this format is a file")])
def test_force_leaves_a_folder_of_someone_else(tidehold: Run, file: Path, out: Path, name: str, why: str) -> None:
    out.mkdir(parents=True)
    (out / "photo.jpg").write_text("mine")
    ran = tidehold("export", file, "--to", name, "--out", out, "--force")
    assert ran.code == 2
    assert why in ran.err
    assert (out / "photo.jpg").read_text() == "mine"


def test_force_leaves_a_file_where_a_folder_is_to_be(tidehold: Run, file: Path, out: Path) -> None:
    out.parent.mkdir()
    out.write_text("mine")
    ran = tidehold("export", file, "--to", "csv", "--out", out, "--force")
    assert (ran.code, out.read_text()) == (2, "mine")
    assert "and this format is a folder" in ran.err


@pytest.mark.parametrize("up", [0, 1])
def test_force_never_replaces_the_session_itself(tidehold: Run, file: Path, home: Path, up: int) -> None:
    copy = home / "folder" / "a.mcap"
    copy.parent.mkdir()
    copy.write_bytes(file.read_bytes())
    ran = tidehold("export", copy, "--to", "csv", "--out", [copy, copy.parent][up], "--force")
    assert ran.code == 2
    assert "is, or holds, the session itself" in ran.err
    assert copy.read_bytes() == file.read_bytes()


def test_force_never_replaces_another_session(tidehold: Run, file: Path, home: Path) -> None:
    for name in ("other.mcap", "other.mcap.part"):
        (home / name).write_text("of yesterday")
        ran = tidehold("export", file, "--to", "kubios", "--out", home / name, "--force")
        assert (ran.code, (home / name).read_text()) == (2, "of yesterday")
        assert "is a session" in ran.err


def damaged(file: Path, folder: Path) -> Path:
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 0x10
    path = folder / "damaged.mcap"
    path.write_bytes(data)
    return path


def newer(_: Path, folder: Path) -> Path:
    header = msgspec.structs.replace(exported.simulated_header(), format=FORMAT + 1)
    with SessionWriter.create(folder, header) as log:
        log.finish()
        return log.path


def foreign(_: Path, folder: Path) -> Path:
    path = folder / "foreign.mcap"
    path.write_text("a letter to somebody\n" * 100)
    return path


def empty(_: Path, folder: Path) -> Path:
    path = folder / "empty.mcap"
    path.touch()
    return path


def missing(_: Path, folder: Path) -> Path:
    return folder / "missing.mcap"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (damaged, "damaged"),
        (newer, "is newer than this Tidehold reads"),
        (foreign, "not a Tidehold session"),
        (empty, "the file is empty"),
        (missing, "does not exist"),
    ],
)
@pytest.mark.parametrize("name", ["csv", "kubios"])
def test_a_file_that_is_no_sound_session_is_named(
    tidehold: Run, file: Path, home: Path, out: Path, make: Callable[[Path, Path], Path], why: str, name: str
) -> None:
    ran = tidehold("export", make(file, home), "--to", name, "--out", out, "--json")
    assert (ran.code, ran.out) == (3, "")
    assert why in ran.err
    assert not list(out.parent.iterdir())


def test_an_interrupted_session_is_written_as_far_as_it_goes(tidehold: Run, file: Path, home: Path, out: Path) -> None:
    part = exported.interrupted(file, home)
    said = tidehold("export", part, "--to", "csv", "--out", out, "--json").json
    assert said["written"]["strap_ecg"] > 500
    assert json.loads((out / "session.json").read_text())["interrupted"] is True


def test_a_session_without_beats_has_nothing_for_a_format_of_beats(tidehold: Run, home: Path, out: Path) -> None:
    items = exported.only("nobody", exported.simulated_inputs())
    silent = exported.recorded(home, items)
    ran = tidehold("export", silent, "--to", "kubios", "--out", out)
    assert ran.code == 2
    assert "has no RR intervals" in ran.err
    for name in ("csv", "parquet", "edf", "fit"):
        assert tidehold("export", silent, "--to", name, "--out", home / name).code == 0


@pytest.mark.parametrize(
    ("name", "module"), [("parquet", "pyarrow"), ("edf", "edfio"), ("fit", "fit_tool"), ("csv", "")]
)
def test_what_is_not_installed_is_named_with_how_to_get_it(
    tidehold: Run, file: Path, out: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    def without(wanted: str) -> ModuleType:
        if wanted in ("pyarrow", "edfio", "fit_tool"):
            raise ImportError(f"No module named {wanted!r}")
        return importlib.import_module(wanted)

    monkeypatch.setattr(extras, "import_module", without)
    ran = tidehold("export", file, "--to", name, "--out", out)
    if not module:
        assert ran.code == 0  # of the standard library
        return
    assert ran.code == 2
    assert f"No module named '{module}'): pip install 'tidehold[export]'" in ran.err
    assert not out.parent.exists()


def test_a_format_that_nobody_knows_is_refused(tidehold: Run, file: Path, out: Path) -> None:
    ran = tidehold("export", file, "--to", "xls", "--out", out)
    assert ran.code == 2
    assert "parquet" in ran.err
