"""A routine led through the real dashboard in a pseudo-terminal: its warning questions, its keys, its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.system.running import COMMAND, Tidehold, replays_the_same
from tests.system.terminal import Terminal
from tests.system.test_system_dashboard import kill_recorder
from tidehold.coach.routine_book import USUAL_QUESTIONS
from tidehold.log.reader import SessionFile, read_session
from tidehold.records import Mark
from tidehold.routine import Question
from tidehold_simulators.process import StrapProcess

Environment = dict[str, str]

ROUTINE = """
id = "short"
name = "Short rest"

[[phase]]
id = "rest"
name = "Rest"

[[step]]
phase = "rest"
id = "1"
name = "Breathe slowly"
kind = "breathe"
seconds = 90
pattern = "4/6"

[[step]]
phase = "rest"
id = "2"
name = "Lie down"
kind = "free"
seconds = 60
"""


@pytest.fixture
def guided(environment: Environment, tmp_path: Path) -> Iterator[tuple[Terminal, Path]]:
    """`record --routine` in a terminal of 80x24, by somebody who was never asked before."""
    routine, out = tmp_path / "short.toml", tmp_path / "out"
    routine.write_text(ROUTINE)
    with StrapProcess("calm-6") as strap, ExitStack() as ended:
        words = [*COMMAND, "record", "--radio", strap.radio, "--out", str(out), "--routine", str(routine), "--no-sound"]
        terminal = ended.enter_context(Terminal(words, environment, 80, 24))
        ended.callback(lambda: kill_recorder(environment))
        terminal.until(lambda screen: "Short rest" in screen and "ready" in screen and "strap ✓ armed" in screen)
        yield terminal, out


def has_question(question: Question) -> str:
    """What of a question is in the first line of its panel, with the frame on its left."""
    return question.text[:40]


def answer(terminal: Terminal, question: Question, key: str) -> None:
    """Answer the question that is to come now."""
    terminal.until(lambda screen: has_question(question) in screen and "1 or n  no" in screen)
    terminal.keys(key)
    terminal.until(lambda screen: not (has_question(question) in screen and "1 or n  no" in screen))


def ended(terminal: Terminal, out: Path, tidehold: Tidehold) -> SessionFile:
    """Stop the recording by its keys; the session, which holds what was recorded."""
    terminal.keys("s")
    terminal.until(lambda screen: "Stop the recording?" in screen)
    terminal.keys("y")
    terminal.until(lambda screen: ".mcap" in screen)
    terminal.keys("q")
    assert terminal.ended() == 0
    session = read_session(next(out.glob("*.mcap")))
    replays_the_same(session.path)
    return session


def marks(session: SessionFile) -> list[tuple[str, str]]:
    return [(item.verb, item.arg) for item in session.inputs() if isinstance(item, Mark)]


def flat(screen: str) -> str:
    """The words on the screen, without frames and line ends."""
    return " ".join(screen.replace("┃", " ").split())


@pytest.mark.long
@pytest.mark.parametrize("warned", USUAL_QUESTIONS, ids=lambda question: question.id)
def test_a_warning_answer_ends_the_routine_with_a_text_that_cannot_be_overlooked(
    warned: Question, guided: tuple[Terminal, Path], environment: Environment, tidehold: Tidehold
) -> None:
    terminal, out = guided
    terminal.keys("\r")
    before = USUAL_QUESTIONS[: USUAL_QUESTIONS.index(warned)]
    for question in before:
        answer(terminal, question, "n")
    answer(terminal, warned, "y")
    screen = terminal.until(lambda screen: "enter closes this text" in screen)
    assert "✗ The routine was stopped" in screen
    assert f"✗ {warned.stop_text}" in flat(screen)
    terminal.keys("q")  # is no way round it
    terminal.keys("\r")
    screen = terminal.until(lambda screen: "enter closes this text" not in screen)
    assert f"✗ stopped: {warned.stop_text}" in flat(screen)
    assert "REC" in screen
    session = ended(terminal, out, tidehold)
    assert marks(session) == [
        ("start", ""),
        *(("answer", f"{question.id} no") for question in before),
        ("answer", f"{warned.id} yes"),
    ]
    with Terminal([*COMMAND, "replay", str(session.path), "--watch", "--no-sound"], environment, 80, 24) as replay:
        replay.until(lambda screen: "PLAY" in screen)
        replay.keys("]" * (2 + len(before)))
        screen = replay.until(lambda screen: "enter closes this text" in screen)
        assert f"✗ {warned.stop_text}" in flat(screen)


def test_a_routine_is_led_by_keys(guided: tuple[Terminal, Path], tidehold: Tidehold) -> None:
    terminal, out = guided
    terminal.keys("\r")
    for question in USUAL_QUESTIONS:
        answer(terminal, question, "1")
    terminal.until(lambda screen: "▶ Breathe slowly" in screen and "then: Lie down" in screen)
    terminal.keys(" ")
    terminal.until(lambda screen: "‖ PAUSED Breathe slowly" in screen)
    terminal.keys(" ")
    terminal.until(lambda screen: "▶ Breathe slowly" in screen)
    terminal.keys("\x1b[C")
    terminal.until(lambda screen: "▶ Lie down" in screen)
    terminal.keys("p")
    terminal.until(lambda screen: "10 worst" in screen)
    terminal.keys("3 left hip\r")
    for question in USUAL_QUESTIONS:
        answer(terminal, question, "n")
    terminal.until(lambda screen: "▶ Lie down" in screen)
    terminal.keys("\r")
    terminal.until(lambda screen: "✓ done" in screen)
    session = ended(terminal, out, tidehold)
    answers = [("answer", f"{question.id} no") for question in USUAL_QUESTIONS]
    assert marks(session) == [
        ("start", ""),
        *answers,
        ("pause", ""),
        ("resume", ""),
        ("skip", ""),
        ("pain", "3 left hip"),
        *answers,
        ("end", ""),
    ]
