from tidehold.tui.options import DEFAULT, FRAMES_HZ
from tidehold.tui.pacer import CALM


def test_pacer_moves_at_10_frames_a_second_or_more() -> None:
    assert FRAMES_HZ >= 10
    assert DEFAULT.frames_hz == FRAMES_HZ


def test_pacer_is_calm_and_nothing_closes_by_itself() -> None:
    assert DEFAULT.pattern == CALM
    assert DEFAULT.has_sound
    assert not DEFAULT.close_when_done
