"""`bundle` and `forget` through the command line."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.cli.running import Run
from tests.share.telling import TELLS, device_words, everything, record
from tidehold.cli import sharing
from tidehold.cli.parser import parse
from tidehold.diary import check_ins
from tidehold.diary.catalogue import refresh
from tidehold.diary.nouns import CheckIn
from tidehold.diary.store import Diary
from tidehold.log.reader import read_session
from tidehold.records import UnixNs


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("one"), "phone-ios", seconds=6)


def test_an_anonymous_bundle_has_none_of_the_strings_of_its_source(tidehold: Run, one: Path, tmp_path: Path) -> None:
    ran = tidehold("bundle", one, "--out", tmp_path / "b.zip", "--anonymise", "--json")
    assert ran.code == 0, ran.err
    assert "may recognise them" in ran.err
    assert ran.json["anonymised"] is True
    (name,) = (each["name"] for each in ran.json["files"])
    with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
        bundle.extractall(tmp_path / "out")
        names = bundle.namelist()
    after = everything(tmp_path / "out" / name) + " ".join(names).encode()
    after += b"".join((tmp_path / "out" / each).read_bytes() for each in names if not each.endswith(".mcap"))
    for word in {*TELLS, *device_words(one), "quimby", str(one.parent)}:
        assert word.encode() not in after, word
    assert read_session(tmp_path / "out" / name).header.anonymised
    assert tidehold("check", tmp_path / "out" / name).code == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tidehold-")] == []


def test_nothing_is_overwritten_and_damage_is_named(tidehold: Run, one: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.zip"
    assert tidehold("bundle", one, "--out", out).code == 0
    before = out.read_bytes()
    again = tidehold("bundle", one, "--out", out)
    assert (again.code, out.read_bytes()) == (2, before)
    assert "is there already" in again.err
    assert tidehold("bundle", one, "--out", out, "--force").code == 0
    (tmp_path / "x.mcap").write_bytes(one.read_bytes()[:3000])
    damaged = tidehold("bundle", tmp_path / "x.mcap", "--out", out, "--force")
    assert (damaged.code, out.read_bytes()) == (3, before)


def test_forget_takes_files_and_diary(tidehold: Run, one: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home / "data/tidehold/sessions"
    folder.mkdir(parents=True)
    shutil.copy(one, folder)
    database = home / "state/tidehold/diary.db"
    database.parent.mkdir(parents=True)
    with Diary.open(database) as diary:
        refresh(diary, folder)
        diary.add_check_in(CheckIn(at=UnixNs(5), session="quimby01", pain=3))
        diary.add_check_in(CheckIn(at=UnixNs(6), pain=2))
        assert len(diary.entries()) == 1
    refused = tidehold("forget", "quimby01")
    assert refused.code == 2
    assert "--yes" in refused.err
    monkeypatch.setattr(sharing, "_agrees", lambda _: False)
    assert tidehold("forget", "quimby01").code == 1
    assert tidehold("forget", "quimby01", "--json").json == {"session": "quimby01", "files": [], "diary": 0}
    assert (folder / one.name).exists()
    ran = tidehold("forget", "quimby01", "--yes", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["files"] == [str(folder / one.name)]
    assert ran.json["diary"] >= 2
    assert not (folder / one.name).exists()
    with Diary.open(database) as diary:
        assert diary.entries() == []
        assert [each.pain for each in diary.check_ins()] == [2]
    assert b"quimby" not in database.read_bytes()
    assert tidehold("forget", "quimby01", "--yes").code == 2


def test_forget_leaves_no_check_in_wherever_the_file_is_and_without_a_database(
    tidehold: Run, one: Path, home: Path, tmp_path: Path
) -> None:
    folder = home / "data/tidehold/sessions"
    folder.mkdir(parents=True)
    elsewhere = tmp_path / "moved"
    elsewhere.mkdir()
    moved = Path(shutil.copy(one, elsewhere))
    check_ins.append(folder, CheckIn(at=UnixNs(5), session="quimby01", note="by Quimby"))
    check_ins.append(folder, CheckIn(at=UnixNs(6), pain=2))
    assert tidehold("forget", moved, "--yes").code == 0
    assert list(elsewhere.iterdir()) == []
    assert [each.pain for each in check_ins.read(folder).check_ins] == [2]
    assert all(b"uimby" not in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_forgetting_a_copy_leaves_the_diary_of_the_session_that_stays(
    tidehold: Run, one: Path, home: Path, tmp_path: Path
) -> None:
    folder = home / "data/tidehold/sessions"
    folder.mkdir(parents=True)
    kept = Path(shutil.copy(one, folder))
    copy = Path(shutil.copy(one, tmp_path / "copy.mcap"))
    assert tidehold("check-in", "--pain", 3, "--session", "quimby01").code == 0
    ran = tidehold("forget", copy, "--yes", "--json")
    assert (ran.code, ran.json["diary"]) == (0, 0), ran.err
    assert (kept.exists(), copy.exists()) == (True, False)
    assert [each.pain for each in check_ins.read(folder).check_ins] == [3]


def test_a_session_under_two_names_is_bundled_once_or_not_at_all(tidehold: Run, one: Path, tmp_path: Path) -> None:
    copy = shutil.copy(one, tmp_path / "copy.mcap")
    ran = tidehold("bundle", one, copy, "--out", tmp_path / "b.zip", "--anonymise")
    assert ran.code == 2
    assert "session quimby01 is there twice" in ran.err
    assert not (tmp_path / "b.zip").exists()


def test_of_a_damaged_file_the_diary_still_knows_whose_it_was(tidehold: Run, one: Path, home: Path) -> None:
    folder = home / "data/tidehold/sessions"
    folder.mkdir(parents=True)
    path = Path(shutil.copy(one, folder))
    assert tidehold("check-in", "--pain", 3, "--session", "quimby01").code == 0
    path.write_bytes(bytes(5000))
    ran = tidehold("forget", path, "--yes", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["diary"] == 2
    assert check_ins.read(folder).check_ins == ()


def test_the_grammar_needs_files_and_a_place() -> None:
    arguments = parse(["bundle", "a.mcap", "b.mcap", "--out", "c.zip"])
    assert (arguments.file, arguments.anonymise) == ([Path("a.mcap"), Path("b.mcap")], False)
