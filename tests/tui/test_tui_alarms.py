from tests.tui import statuses
from tidehold.tui.alarms import MOST_ALARMS, Notice, alarm_lines
from tidehold.tui.lines import plain
from tidehold.tui.news import News

WELL = News(statuses.status(605.2))


def test_troubles_are_told_and_many_are_counted() -> None:
    assert alarm_lines(WELL, [], Notice(), 5.0) == ()
    lines = alarm_lines(WELL, [f"imu{k} lost" for k in range(5)], Notice(), 5.0)
    assert plain(lines).splitlines() == ["✗ imu0 lost", "✗ imu1 lost", "✗ and 3 more: see 3, sensors"]
    assert len(lines) == MOST_ALARMS


def test_notice_passes() -> None:
    notice = Notice("kept", "good", 6.0)
    assert plain(alarm_lines(WELL, [], notice, 5.9)) == "kept"
    assert alarm_lines(WELL, [], notice, 6.0) == ()
    assert plain(alarm_lines(WELL, ["strap lost"], notice, 5.9)) == "kept\n✗ strap lost"


def test_end_of_the_session_is_said() -> None:
    over = News(statuses.recorded(statuses.status(605.2), state="finished"))
    assert plain(alarm_lines(over, [], Notice(), 0.0)).startswith("recording finished: /data/tidehold/")
