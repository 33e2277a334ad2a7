"""Single settings are changed in a person's file, and nothing else of it."""

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidehold.daemon.config import load_config
from tidehold.daemon.config_file import change_config, changed, with_changes
from tidehold.errors import ConfigError

MINE = """\
# mine
sessions = "~/sessions" # on the big disk

[strap]
name = "Polar H10"      # the blue one

[phone] # the old phone
profile   =   'phyphox'
# broker = "external"
port = 1_884

[sound]
volume = 0.25
"""


def test_a_setting_is_changed_where_it_stands_and_all_else_stays() -> None:
    new = changed(MINE, {("phone", "profile"): "sensor-logger-ios", ("strap", "name"): ""}, "f")
    assert new == MINE.replace("'phyphox'", '"sensor-logger-ios"').replace('"Polar H10"', '""')


def test_a_setting_that_holds_already_changes_no_character() -> None:
    assert changed(MINE, {("phone", "profile"): "phyphox", ("routine", "name"): ""}, "f") == MINE


def test_new_settings_and_tables_come_after_what_is_there() -> None:
    new = changed(MINE, {("phone", "placement"): "shin", ("pacer", "pattern"): "4/6"}, "f")
    kept = [line for line in MINE.splitlines() if line.strip()]
    assert [line for line in new.splitlines() if line in kept and line.strip()] == kept
    assert tomllib.loads(new) == tomllib.loads(MINE) | {
        "phone": {"profile": "phyphox", "port": 1884, "placement": "shin"},
        "pacer": {"pattern": "4/6"},
    }


@pytest.mark.parametrize(
    "text",
    [
        'strap.name = "H10" # dotted\n',
        'strap = { name = "H10" } # inline\n',
        '[strap]\r\nname = "H10" # CRLF\r\n',
        '[strap]\nname = "H10"\n[strap.more]\nx = 1\n',
        '[strap]\nname = """H10""" # no end of line',
        '["strap"]\n"name" = "H10"\n',
    ],
)
def test_however_it_is_written_it_is_found(text: str) -> None:
    new = changed(text, {("strap", "name"): "Other", ("strap", "enabled"): False}, "f")
    assert tomllib.loads(new)["strap"] | {"name": "Other", "enabled": False} == tomllib.loads(new)["strap"]
    assert ("#" in new) == ("#" in text)


COMMENT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
LIST = "a-b"
"""A key that is not changed, whose value is a list over several lines."""
KEYS = st.sampled_from(["name", "address", "profile", "pattern", "mine", "a-b", "x_1"])
TABLES = st.sampled_from(["strap", "phone", "pacer", "sound", "other"])
VALUES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8).map(
        lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    ),
    st.integers(-9, 10**9).map(str),
    st.booleans().map(lambda value: str(value).lower()),
)
ROWS = st.dictionaries(KEYS, st.tuples(VALUES, COMMENT), max_size=4)
FILES = st.tuples(ROWS, st.dictionaries(TABLES, ROWS, max_size=4)).map(
    lambda made: "".join([*map(row_text, made[0].items()), *(table_text(*each) for each in made[1].items())])
)
CHANGES = st.dictionaries(
    st.tuples(TABLES, KEYS.filter(lambda key: key != LIST)),
    st.one_of(st.text(st.characters(codec="utf-8"), max_size=8), st.booleans()),
    max_size=5,
)


def row_text(row: tuple[str, tuple[str, str]]) -> str:
    key, (value, comment) = row
    if key == LIST:
        return f"{key} = [ # several\n  {value}, # {comment}\n]\n"
    return f"{key} = {value} # {comment}\n"


def table_text(name: str, rows: dict[str, tuple[str, str]]) -> str:
    return f"\n# about {name}\n[{name}] # of {name}\n" + "".join(map(row_text, rows.items()))


@given(FILES, CHANGES)
@example(MINE, {("phone", "topic"): 'a"b\\c\n'})
def test_other_keys_and_every_comment_survive_any_change(text: str, changes: dict[tuple[str, str], str | bool]) -> None:
    new = changed(text, changes, "f")
    before, after = tomllib.loads(text), tomllib.loads(new)
    assert after == with_changes(before, changes)
    for line in text.splitlines():
        if line.startswith(("#", "[")):
            assert line in new.splitlines()
    touched = {key for _, key in changes}
    for line in text.split("\n"):
        if line.partition(" = ")[0] not in touched:
            assert line in new.split("\n")
    assert changed(new, changes, "f") == new


@pytest.mark.parametrize(
    "text", ["[strap\n", "strap = 3\n", "strap = 'x'\n", "[[strap]]\nname = 'x'\n", "a = 1\na = 2\n"]
)
def test_what_cannot_be_changed_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^mine\.toml: expected a"):
        changed(text, {("strap", "name"): "H10"}, "mine.toml")


def test_a_file_is_begun_for_its_owners_eyes_only(tmp_path: Path) -> None:
    path = tmp_path / "new/tidehold.toml"
    change_config(path, {("phone", "profile"): "phyphox", ("strap", "enabled"): True})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("# Settings of Tidehold.")
    assert load_config(path).phone.profile == "phyphox"
    assert "enabled" not in path.read_text()
    assert [each.name for each in path.parent.iterdir()] == ["tidehold.toml"]


def test_an_old_file_becomes_its_owners_alone_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.toml", tmp_path / "tidehold.toml"
    real.write_text(MINE)
    real.chmod(0o644)
    link.symlink_to(real)
    change_config(link, {("strap", "name"): "Other"})
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert real.read_text() == MINE.replace('"Polar H10"', '"Other"')


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "tidehold.toml"
    path.write_bytes(MINE.replace("\n", "\r\n").encode())
    change_config(path, {("strap", "name"): "Other"})
    assert path.read_bytes() == MINE.replace('"Polar H10"', '"Other"').replace("\n", "\r\n").encode()


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tidehold.toml"
    path.write_text(MINE)

    def full(self: Path, target: Path) -> Path:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ConfigError, match="no space left on device"):
        change_config(path, {("strap", "name"): "Other"})
    assert path.read_text() == MINE
    assert [each.name for each in tmp_path.iterdir()] == ["tidehold.toml"]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tidehold.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="expected a file that can be written"):
        change_config(path, {("strap", "name"): "Other"})
