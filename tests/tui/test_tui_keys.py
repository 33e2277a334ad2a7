import pytest

from tidehold.coach.states import TABLE
from tidehold.tui.keys import BINDINGS, COMMANDS, WISHES, Moment, has_key, speed_after

LIVE = Moment("live")
RUNNING = LIVE._replace(guide="running")
REPLAY = Moment("replay", guide="running")


def shown(moment: Moment) -> list[str]:
    """What the footer has; of a key that does two things the first that there is."""
    seen: dict[str, str] = {}
    for binding in BINDINGS:
        action, _, argument = binding.action.partition("(")
        parameters = (argument.strip("')"),) if argument else ()
        parsed = tuple({"True": True, "False": False}.get(each, each) for each in parameters)
        if has_key(action, parsed, moment):
            for key in binding.key.split(","):
                seen.setdefault(key, binding.description if binding.show else "")
    return [text for text in dict.fromkeys(seen.values()) if text]


def test_keys_of_a_live_session() -> None:
    assert shown(LIVE) == ["leave", "stop", "note", "pain", "pacer", "session", "waveforms", "sensors", "help"]


def test_keys_of_a_guided_session() -> None:
    views = ["session", "waveforms", "sensors", "help"]
    going = ["back", "skip", "+30 s"]
    assert shown(LIVE._replace(guide="ready")) == ["leave", "stop", "pain", "start", *views]
    assert shown(RUNNING) == ["leave", "stop", "pain", "end", "pause", *going, *views]
    assert shown(LIVE._replace(guide="waiting")) == ["leave", "stop", "pain", "end", "pause", *going, *views]
    assert shown(LIVE._replace(guide="paused")) == ["leave", "stop", "pain", "go on", *going, *views]
    asking = LIVE._replace(guide="asking", has_question=True)
    assert shown(asking) == ["leave", "stop", "pain", "answer", *views]
    for over in ("done", "stopped"):
        assert shown(LIVE._replace(guide=over)) == shown(LIVE)


def test_replay_has_its_own_keys_and_none_that_lead() -> None:
    for moment in (REPLAY, Moment("replay")):
        told = shown(moment)
        assert {"pause", "10 s back", "10 s on", "mark back", "mark on", "faster", "slower"} <= set(told)
        assert {"stop", "note", "pain", "start", "end", "skip"}.isdisjoint(told)


def test_session_that_is_over_has_no_keys_that_do_anything_to_it() -> None:
    for moment in (RUNNING._replace(is_over=True), REPLAY._replace(is_over=True)):
        assert shown(moment) == ["leave", "session", "waveforms", "sensors", "help"]


@pytest.mark.parametrize(
    ("asked", "told"), [("pain", ["leave it"]), ("felt", ["leave it"]), ("quit", ["stop it", "go on", "leave it"])]
)
def test_question_in_the_bottom_line_has_its_own_keys(asked: str, told: list[str]) -> None:
    assert shown(RUNNING._replace(asked=asked)) == told  # type: ignore[arg-type]


def test_keys_without_a_place_in_the_footer_are_there_too() -> None:
    for action, parameters in (("note", (True,)), ("felt", ()), ("quit_routine", ()), ("pacer", ()), ("zero", ())):
        assert has_key(action, parameters, RUNNING)
    assert not has_key("pacer", (True,), RUNNING)
    assert not has_key("felt", (), LIVE)
    assert not has_key("guide", (), RUNNING)
    assert not has_key("guide", ("nonsense",), RUNNING)


def test_coach_refuses_nothing_that_there_is_a_key_for() -> None:
    for verb, wish in WISHES.items():
        for state in wish.states:
            assert TABLE[state][verb].deed not in ("", "refuse"), (state, verb)  # type: ignore[index]


def test_commands_of_the_palette_have_no_parameters() -> None:
    assert all(has_key(action, (), RUNNING) or has_key(action, (), REPLAY) for action in COMMANDS)


def test_speeds_of_a_replay_come_one_after_another_and_end_somewhere() -> None:
    assert [speed_after(speed, "faster") for speed in (0.1, 0.25, 3.0, 60.0, 100.0)] == [0.25, 0.5, 5.0, 60.0, 60.0]
    assert [speed_after(speed, "slower") for speed in (100.0, 60.0, 3.0, 0.25, 0.1)] == [60.0, 20.0, 2.0, 0.25, 0.25]
