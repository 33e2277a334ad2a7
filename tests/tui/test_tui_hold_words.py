import msgspec
import pytest

from tests.tui import statuses
from tidehold.records import DueHold, Estimate, Hold, HostNs, Status
from tidehold.tui.hold_words import hold_lines
from tidehold.tui.lines import plain
from tidehold.tui.news import News

T = 605.2
WELL = statuses.status(T)


def shown(status: Status, width: int = 40, height: int = 3) -> str:
    return plain(hold_lines(News(status), width, height))


def due(target_deg: float | None) -> Status:
    return statuses.snapped(WELL, due=DueHold(HostNs(0), target_deg))


def after(hold: Hold) -> Status:
    """It is over, and the limb moves."""
    reasons = {f"phone__hold_{name}": "moving" for name in ("s", "rms_deg", "drift_deg_min", "in_band", "score")}
    return statuses.snapped(statuses.unknown(WELL, **reasons), holds=(hold,))


def test_a_hold_that_goes_on_has_its_angle_length_and_stability() -> None:
    assert shown(WELL) == (
        "44.3° angle\n"
        "held 23 s  RMS 0.42°  band 98 %\n"
        "drift 1.2°/min  tremor 0.3°/s\n"
        "score so far 81\n"
        "strap and phone within 12 ms"
    )
    assert len(hold_lines(News(WELL), 40, 8)) == 7  # the angle is big


@pytest.mark.parametrize(
    ("target_deg", "said", "tone"),
    [
        (45.0, "asked 45°: ✓ in band, 0.7° below", "good"),
        (43.0, "asked 43°: ✓ in band, 1.3° above", "good"),
        (50.0, "asked 50°: ! 5.7° below", "warn"),
        (-10.0, "asked -10°: ! 54.3° above", "warn"),
    ],
)
def test_the_angle_stands_against_the_band_that_is_asked_for(target_deg: float, said: str, tone: str) -> None:
    line = hold_lines(News(due(target_deg)), 40, 3)[1]
    assert plain([line]) == said
    assert line[-1].tone == tone


def test_a_hold_without_an_angle_may_be_asked_for_and_an_angle_may_be_unknown() -> None:
    assert "\na hold is asked for\n" in shown(due(None))
    unknown = statuses.unknown(due(45.0), phone__angle_deg="hold still for 2 s to set zero")
    assert shown(unknown).startswith("unknown: hold still for 2 s to set zero\nasked 45°: unknown\n")


def test_what_is_not_known_of_a_running_hold_yet_says_why() -> None:
    begun = statuses.unknown(WELL, phone__hold_rms_deg="the hold has only begun")
    assert "\nheld 23 s\nthe hold has only begun\n" in shown(begun)
    shaky = statuses.unknown(
        WELL, phone__hold_score="not still: 7 deg/s on average", phone__hold_tremor_deg_s="no gyroscope"
    )
    assert "\ndrift 1.2°/min\nno score: not still: 7 deg/s on average\n" in shown(shaky)


def test_a_hold_that_is_over_has_its_score_its_figures_and_what_they_are_measured_against() -> None:
    assert shown(after(statuses.held())).splitlines()[1:] == [
        "last hold 30 s  score 70",
        "RMS 0.36°  drift 0.8°/min  at 45°  band 97 %  tremor 0.4°/s  at 8.5 Hz  1 slip",
        "steadiness 72, drift 81, in band 97, slips -10",
        "70 is as steady as your last 3 holds",
        "strap and phone within 12 ms",
    ]


def test_a_hold_without_a_score_says_why() -> None:
    hold = statuses.held(None, "1.2 s without samples")
    assert "\nlast hold 30 s  no score: 1.2 s without samples\nRMS 0.36°" in shown(after(hold))
    short = msgspec.structs.replace(hold, figures=None, why="too short for figures")
    assert "\nlast hold 30 s  no score: too short for figures\nstrap" in shown(after(short))


def test_another_sensors_hold_is_not_this_ones() -> None:
    other = msgspec.structs.replace(statuses.held(), source="imu")
    assert shown(after(other)) == "44.3° angle\nno hold: moving\nstrap and phone within 12 ms"


def test_reasons_are_told_once() -> None:
    why = "no samples for 4 s"
    status = statuses.unknown(WELL, phone__angle_deg=why, phone__hold_s=why, align__residual_ms="no clock")
    assert shown(status) == f"unknown: {why}\nalignment unknown: no clock"
    silent = News(statuses.snapped(due(45.0), holds=(statuses.held(),)), 4)
    assert plain(hold_lines(silent, 40, 3)) == "unknown: last news 4.0 s ago"


def test_without_a_motion_sensor_that_is_said() -> None:
    status = statuses.status(T, with_phone=False)
    assert shown(status) == "unknown: no phone or motion sensor in this session"
    assert shown(statuses.linked(status, "phone", "searching")) == "unknown: nothing came from the phone yet"
    assert plain(hold_lines(News(), 40, 3)) == "unknown: no news from the recorder yet"


def test_a_motion_sensor_holds_where_there_is_no_phone() -> None:
    status = statuses.linked(statuses.status(T, with_phone=False), "imu", "armed")
    angle = Estimate(status.snapshot.t, "imu/angle_deg", -12.3, 0.9)
    assert shown(statuses.snapped(status, estimates={"imu/angle_deg": angle}), height=2) == "-12.3° angle"


def test_angle_and_its_band_are_drawn_where_there_is_room() -> None:
    lines = shown(due(45.0), height=10).splitlines()
    assert lines[1].startswith("asked 45°: ✓ in band")
    assert lines[2].strip() == "▼ 44.3° ✓"
    assert "╪" in lines[3]
    assert "42°" in lines[4]
    assert "╪" not in shown(due(45.0), height=6)
    assert "╪" not in shown(due(45.0), width=12, height=30)


def test_routines_target_and_band_come_before_the_holds() -> None:
    guide = statuses.guide(6, target_deg=40.0, band_deg=5.0)
    assert "asked 40°: ✓ in band, 4.3° above" in shown(statuses.guided(due(50.0), guide))
    assert "asked 50°: ! 5.7° below" in shown(statuses.guided(due(50.0), statuses.guide(6)))
    odd = statuses.guide(6, target_deg=float("nan"), band_deg=-1.0)
    assert "a hold is asked for" in shown(statuses.guided(due(45.0), odd))


def test_task_that_goes_on_stands_before_the_hold() -> None:
    status = statuses.snapped(
        statuses.estimated(WELL, phone__repetitions=7.0), doing=statuses.doing("repetitions", count=10)
    )
    assert shown(status).splitlines()[1:3] == ["repetitions 7 of 10", "held 23 s  RMS 0.42°  band 98 %"]
    moving = statuses.unknown(status, phone__hold_s="moving")
    assert "no hold" not in shown(moving)


def test_task_that_is_over_has_its_figures() -> None:
    done = statuses.snapped(WELL, measured=(statuses.measured("hinge", hinge_deg=48.2),))
    assert "\nlast hinge: hinge 48.2°\n" in shown(done)
