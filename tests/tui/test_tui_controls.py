import inspect

from tests.tui.dashboards import Live, Replay
from tidehold.tui.controls import Controls, ReplayControls


def test_controls_of_a_live_session_cannot_seek() -> None:
    assert isinstance(Live(), Controls)
    assert not isinstance(Live(), ReplayControls)


def test_controls_of_a_replay_can_all() -> None:
    assert isinstance(Replay(), Controls)
    assert isinstance(Replay(), ReplayControls)


def test_everything_that_asks_the_recorder_is_awaited() -> None:
    for protocol in (Controls, ReplayControls):
        asks = [each for name, each in vars(protocol).items() if inspect.isfunction(each) and not name.startswith("_")]
        assert asks
        assert all(inspect.iscoroutinefunction(each) for each in asks)
