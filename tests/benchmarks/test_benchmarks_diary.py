"""The judge of the diary: the truth that it makes up, and what it does not let pass."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import diary as judge
from benchmarks.diary import FLARES, course, entries, fails_of, measure, record_template, write_days
from tidehold.diary import check_ins
from tidehold.diary.catalogue import entry_of
from tidehold.log.told import tell


def test_the_made_up_person_improves_on_one_side_only_with_two_flare_ups() -> None:
    days = course(seed=5)
    assert len(days) == 90
    calm = [day for day in days if not day.is_flare]
    assert len(days) - len(calm) == sum(end - first for first, end in FLARES)
    early, late = calm[:15], calm[-15:]
    assert statistics.mean(day.reached_left_deg for day in late) > 50
    assert statistics.mean(day.reached_left_deg for day in early) < 48
    assert abs(statistics.mean(day.reached_right_deg for day in late) - judge.RIGHT_DEG) < 2
    assert statistics.median(day.pain_before for day in early) - statistics.median(day.pain_before for day in late) >= 3
    assert statistics.mean(days[day].pain_before for day in range(*FLARES[1])) > 5
    assert course(seed=5) == days
    assert [each.session for each in entries(days[:2])] == ["day-000", "day-001"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Three days of 12 s."""
    return measure(tmp_path_factory.mktemp("judged"), 3, seconds=12.0)


def test_sessions_are_catalogued_and_the_rebuilt_catalogue_is_the_same(found: dict[str, Any]) -> None:
    assert (found["sessions"], found["left_out"], found["session_s"]) == (3, 0, 12.0)
    assert found["rebuilt_is_same"] is True
    assert 0 < found["second_look_s"] < found["catalogue_s"]
    assert fails_of(found, 3) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sessions": 2}, "2 of 3 sessions"),
        ({"left_out": 1}, "1 left out"),
        ({"catalogue_cpu_s": 30.1}, "30.1 s of a processor, 30 are wanted"),
        ({"rebuilt_is_same": False}, "the rebuilt catalogue is another one"),
    ],
)
def test_what_is_not_good_enough_is_named(change: dict[str, Any], why: str, found: dict[str, Any]) -> None:
    (fail,) = fails_of(found | change, 3)
    assert why in fail


def test_each_day_is_a_session_of_its_own_with_the_days_truth(tmp_path: Path) -> None:
    template = record_template(tmp_path / "template", seconds=12.0)
    days = course(40)[29:31]
    write_days(tmp_path / "sessions", template, days)
    made = [entry_of(tell(path)) for path in sorted((tmp_path / "sessions").glob("*.mcap"))]
    assert [each.session for each in made] == ["day-029", "day-030"]
    assert [each.started for each in made] == [day.started for day in days]
    assert [each.figures["pain_before"] for each in made] == [day.pain_before for day in days]
    assert [each.notes[0] for each in made] == [f"pain {day.pain_before} left hip" for day in days]
    (said,) = check_ins.read(tmp_path / "sessions").check_ins
    assert (said.flare_up, said.pain) == (True, days[1].pain_before)


def test_it_is_a_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    plain: dict[str, Any] = {"sessions": 90, "left_out": 0, "session_s": 320.5, "megabytes": 410.0, "catalogue_s": 15.0}
    plain |= {"catalogue_cpu_s": 14.0, "second_look_s": 0.01, "rebuilt_is_same": True, "warnings": ["bladder: x"]}
    monkeypatch.setattr(judge, "measure", lambda _, __: plain)
    assert judge.main([]) == 0
    assert "catalogued in 15.0 s" in capsys.readouterr().out
    plain["catalogue_cpu_s"] = 40.0
    assert judge.main(["--json"]) == 1
    assert '"fails": [\n' in capsys.readouterr().out
