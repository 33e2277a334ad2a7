"""The dashboard: all that a session's recorder knows, on one screen. Losing it never touches the recording."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, ClassVar, Final, Literal, NamedTuple

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Input

from tidehold.errors import TideholdError
from tidehold.records import Pattern, Status
from tidehold.tui import words
from tidehold.tui.controls import Controls, ReplayControls
from tidehold.tui.face import VIEWS, Face
from tidehold.tui.help import Help
from tidehold.tui.lines import Lines, Tone, clean, line
from tidehold.tui.news import News
from tidehold.tui.pacer import CALM, words_of
from tidehold.tui.prompt import Asked, Prompt, answer_of
from tidehold.tui.timeline import Timeline
from tidehold.tui.watch import Watch

Outcome = Literal["left", "stopped", "finished", "lost"]

FRAMES_HZ: Final = 10.0
"""Of what moves. More is not seen in dots of this size, and costs."""
WORDS_EVERY_S: Final = 0.5
"""Figures that change faster cannot be read."""
NOTICE_S: Final = 6.0
"""How long a passing notice stays."""
ANSWER_S: Final = 5.0
"""A recorder that has not answered a key by then is not answering."""
SEEK_S: Final = 10.0
ALARM_ON_DARK, ALARM_ON_LIGHT = "#ff6b63", "#b5121b"
SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
MOST_ALARMS: Final = 3

_LIVE: Final = frozenset({"stop", "note", "pain", "pacer", "zero"})
_REPLAY: Final = frozenset({"play", "seek", "faster", "slower"})
_ANSWERS: Final[dict[Asked, frozenset[str]]] = {
    "note": frozenset({"cancel"}),
    "pain": frozenset({"cancel"}),
    "stop": frozenset({"yes", "cancel", "no"}),
}
_QUESTION_KEYS: Final = frozenset({"cancel", "yes", "no"})
_COMMANDS: Final = {
    "leave": "Leave this view",
    "stop": "Stop the recording",
    "note": "Keep a note",
    "pain": "Keep how strong the pain is",
    "play": "Pause or go on",
    "pacer": "Breathing pacer on or off",
    "zero": "Let the pose held next be zero",
    "theme": "Light or dark",
}
_VIEW_KEYS: Final = Binding.Group("view", compact=True)


class _Notice(NamedTuple):
    text: str
    tone: Tone
    until_s: float


class Options(NamedTuple):
    """How a dashboard behaves."""

    pattern: Pattern = CALM
    """Of the breathing pacer, when it is turned on here."""
    close_when_done: bool = False
    """Close as soon as the session is over."""
    frames_hz: float = FRAMES_HZ
    """How often what moves is drawn; 0: only when there is a status, or `draw` is called."""
    has_sound: bool = True
    """Ring the terminal's bell when a sensor is lost or the breath is held."""


DEFAULT: Final = Options()


class Dashboard(App[Outcome]):
    """Shows statuses as they come. It returns how it ended: "left", "stopped", "finished" or "lost".

    Args:
        statuses: What the recorder says; its end is the end of the session.
        controls: What the keys do.
        now: The viewer's clock, s; it only has to run evenly.
        options: How it behaves.
    """

    TITLE = "Tidehold"
    CSS_PATH = "dashboard.tcss"
    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (150, "-wide")]  # noqa: RUF012 - as in App
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall"), (44, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", "leave"),
        Binding("ctrl+c", "leave", "leave", show=False),
        Binding("s", "stop", "stop"),
        Binding("n", "note", "note"),
        Binding("p", "pain", "pain"),
        Binding("z", "zero", "zero", show=False),
        Binding("space", "play", "pause"),  # of a replay; the pacer of a live session has this key too
        Binding("space", "pacer", "pacer"),
        Binding("left", f"seek({-SEEK_S})", "10 s back", key_display="←"),
        Binding("right", f"seek({SEEK_S})", "10 s on", key_display="→"),
        Binding("plus,equals_sign", "faster", "faster", key_display="+"),
        Binding("minus", "slower", "slower", key_display="-"),
        Binding("b", "pacer", "pacer", show=False),
        Binding("1", "view(0)", "session", group=_VIEW_KEYS),
        Binding("2", "view(1)", "waveforms", group=_VIEW_KEYS),
        Binding("3", "view(2)", "sensors", group=_VIEW_KEYS),
        Binding("t", "theme", "light or dark", show=False),
        Binding("up", "scroll(-3)", "scroll", show=False),
        Binding("down", "scroll(3)", "scroll", show=False),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("y", "yes", "stop it"),
        Binding("n", "no", "go on"),
        Binding("escape", "cancel", "leave it"),
    ]

    def __init__(
        self,
        statuses: AsyncIterator[Status],
        controls: Controls,
        *,
        now: Callable[[], float] = time.monotonic,
        options: Options = DEFAULT,
    ) -> None:
        super().__init__()
        self._statuses = statuses
        self._controls = controls
        self._now = now
        self._options = options
        self._news = News()
        self._heard_s = now()
        self._worded_s: float | None = None
        self._timeline = Timeline()
        self._watch = Watch()
        self._notice = _Notice("", "", 0.0)
        self._was_stopped = False
        self._frame_number = 0
        self._speed = 1.0
        self._face = Face()
        self._prompt = Prompt(id="prompt")

    # --- what is on the screen ---

    def get_css_variables(self) -> dict[str, str]:
        """The colours of the theme, and a red that is red in each."""
        return {**super().get_css_variables(), "alarm": ALARM_ON_DARK if self.current_theme.dark else ALARM_ON_LIGHT}

    def compose(self) -> ComposeResult:
        """The session, what is asked, and the keys."""
        yield self._face
        yield self._prompt
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Start reading and moving."""
        self.draw()
        self.run_worker(self._read(), exit_on_error=True)
        if self._options.frames_hz:
            # Traces and pacer by turns: what changes at once is painted as one box around both, and all that is in it.
            self.set_interval(1 / (2 * self._options.frames_hz), self._frame)

    def on_resize(self) -> None:
        """Another size has room for other words."""
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """Draw the present moment, words and all."""
        self._worded_s = None
        if self._face.is_mounted:
            t_s = self._words()
            self._face.move_traces(t_s)
            self._face.move_pacer(self._news, t_s)

    def _frame(self) -> None:
        """Draw some of what moves."""
        self._frame_number += 1
        t_s = self._words()
        turn, is_pacer = divmod(self._frame_number, 2)
        if is_pacer:
            self._face.move_pacer(self._news, t_s)
        else:
            self._face.move_traces(t_s, turn)

    def _words(self) -> float:
        """Say what is to be said, if it is time to; session time, s."""
        now_s = self._now()
        t_s = self._timeline.at(now_s)
        if self._worded_s is None or now_s - self._worded_s >= WORDS_EVERY_S:
            self._worded_s = now_s
            self._tell(now_s, t_s)
        return t_s

    def _tell(self, now_s: float, t_s: float) -> None:
        news = self._news = self._news._replace(silent_s=max(now_s - self._heard_s, 0.0))
        notices = self._watch.hear(news)
        if self._options.has_sound and any(notice.kind == "lost" for notice in notices):
            self.bell()
        for notice in notices:
            if notice.kind == "back":
                self._say(notice.text, "good")
        self._face.tell(news, t_s, self._alarm_lines(now_s))

    def _alarm_lines(self, now_s: float) -> Lines:
        troubles = [line((f"✗ {text}", "bad")) for text in self._watch.troubles.values()]
        lines = troubles[:MOST_ALARMS]
        if len(troubles) > len(lines):
            lines[-1] = line((f"✗ and {len(troubles) - len(lines) + 1} more: see 3, sensors", "bad"))
        if self._news.is_over and self._news.status is not None:
            lines.append(line((words.finished_text(self._news.status.recording), "strong"), "   q closes this view"))
        if self._notice.text and now_s < self._notice.until_s:
            lines.append(line((self._notice.text, self._notice.tone)))
        return tuple(lines)

    # --- what the recorder says ---

    async def _read(self) -> None:
        try:
            async for status in self._statuses:
                self._hear(status)
                await asyncio.sleep(0)  # whoever gives statuses without waiting does not stop the picture
        except (TideholdError, OSError) as error:
            self._news = self._news._replace(gone=f"the recorder is gone: {error}")
        else:
            recording = self._news.status.recording if self._news.status else None
            if recording is not None and recording.state in ("finished", "replay"):
                self._news = self._news._replace(has_ended=True)
            else:
                self._news = self._news._replace(gone="the recorder is gone without a word; the file has what it wrote")
        self.draw()
        self.refresh_bindings()
        if self._options.close_when_done:
            self._leave()

    def _hear(self, status: Status) -> None:
        was = self._news.status
        now_s = self._now()
        speed = status.recording.speed if status.recording.state == "replay" else 1.0
        self._news = self._news._replace(status=status, silent_s=0.0)
        self._heard_s = now_s
        self._timeline.hear(status.snapshot.t, speed, now_s)
        self._face.hear(self._news)
        if was is None or was.recording.state != status.recording.state or not self._options.frames_hz:
            self.title = words.title_of(status)
            self.draw()
            self.refresh_bindings()

    # --- keys ---

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Which keys there are: those of the session's kind and moment."""
        asked = self._prompt.asked
        if asked and (action in _LIVE | _REPLAY | _QUESTION_KEYS or action in ("leave", "view", "help")):
            return action in _ANSWERS[asked]
        if action in _QUESTION_KEYS:
            return False
        if action in _LIVE:
            return self._controls.kind == "live" and not self._news.is_over
        if action in _REPLAY:
            return self._controls.kind == "replay" and not self._news.is_over
        return True

    def action_leave(self) -> None:
        """Close this view; the session goes on."""
        self._leave()

    def action_stop(self) -> None:
        """Ask whether to end the session."""
        self._ask("stop")

    def action_note(self) -> None:
        """Ask for a note."""
        self._ask("note")

    def action_pain(self) -> None:
        """Ask how strong the pain is."""
        self._ask("pain")

    def action_yes(self) -> None:
        """End the session."""
        self._ask("")
        self._was_stopped = True
        self._send("stop the recording", self._controls.stop(), "stopping the recording")

    def action_no(self) -> None:
        """Go on."""
        self._ask("")

    def action_cancel(self) -> None:
        """Ask no more."""
        self._ask("")

    def action_pacer(self) -> None:
        """Breathing pacer on or off, for the session and so for every view of it."""
        status, pattern = self._news.status, self._options.pattern
        if status is not None and status.snapshot.pacing is not None:
            self._send("turn the pacer off", self._controls.mark("pace"), "the pacer is off")
        else:
            asked = self._controls.mark("pace", pattern.text)
            self._send("turn the pacer on", asked, f"breathe with the pacer: {words_of(pattern)}")

    def action_zero(self) -> None:
        """Let the pose that is held next be the neutral one, for every motion sensor."""
        self._send("set zero", self._controls.mark("zero"), "hold still for 2 s in the neutral pose: that is zero")

    def action_view(self, number: int) -> None:
        """Another choice of panels."""
        self._face.view(number)
        self.call_after_refresh(self.draw)

    def action_theme(self) -> None:
        """Light or dark."""
        self.theme = "textual-dark" if self.theme == "textual-light" else "textual-light"

    def action_scroll(self, rows: int) -> None:
        """Scroll the table of sensors."""
        self._face.scroll_sensors(rows)

    def action_help(self) -> None:
        """Keys and signs."""
        self.push_screen(Help(self._controls.kind))

    def action_play(self) -> None:
        """Pause a replay, or go on."""
        if isinstance(self._controls, ReplayControls):
            if self._news.is_paused:
                self._send("go on", self._controls.resume())
            else:
                self._send("pause", self._controls.pause())

    def action_seek(self, by_s: float) -> None:
        """Go to another moment of a replay."""
        if isinstance(self._controls, ReplayControls):
            self._send("go there", self._controls.seek(by_s))

    def action_faster(self) -> None:
        """Play faster."""
        self._play_at(next((speed for speed in SPEEDS if speed > self._last_speed()), SPEEDS[-1]))

    def action_slower(self) -> None:
        """Play slower."""
        self._play_at(next((speed for speed in reversed(SPEEDS) if speed < self._last_speed()), SPEEDS[0]))

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """A note, or how strong the pain is."""
        asked = self._prompt.asked
        answer, wrong = answer_of(asked, submitted.value)
        if wrong:
            self._prompt.complain(wrong)
            return
        self._ask("")
        self._send(f"keep the {asked}", self._controls.mark(asked, answer), f"{asked} kept: {clean(answer, 60)}")

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The keys, for the command palette."""
        yield from super().get_system_commands(screen)
        for action, title in _COMMANDS.items():
            if self.check_action(action, ()):
                yield SystemCommand(title, "", getattr(self, f"action_{action}"))
        for at, name in enumerate(VIEWS):
            yield SystemCommand(f"Show {name}", "", lambda at=at: self.action_view(at))

    # --- helpers of the keys ---

    def _leave(self) -> None:
        if self._news.is_over:
            self.exit("stopped" if self._was_stopped else "finished")
        else:
            self.exit("lost" if self._news.gone else "left")

    def _ask(self, asked: Asked) -> None:
        self._prompt.ask(asked)
        self.refresh_bindings()

    def _last_speed(self) -> float:
        recording = self._news.status.recording if self._news.status else None
        if recording is not None and recording.speed > 0:
            self._speed = recording.speed
        return self._speed

    def _play_at(self, speed: float) -> None:
        self._speed = speed
        if isinstance(self._controls, ReplayControls):
            self._send("change the speed", self._controls.speed(speed), f"speed {speed:g}x")

    def _send(self, what: str, request: Coroutine[Any, Any, None], done: str = "") -> None:
        """Ask the recorder for something; the picture does not wait for its answer."""
        self.run_worker(self._sent(what, request, done), exit_on_error=True)

    async def _sent(self, what: str, request: Coroutine[Any, Any, None], done: str) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                await request
        except TimeoutError:
            self._say(f"could not {what}: the recorder did not answer for {ANSWER_S:.0f} s", "bad")
        except (TideholdError, OSError) as error:
            self._say(f"could not {what}: {clean(str(error), 200)}", "bad")
        else:
            if done:
                self._say(done, "good")
        self.draw()

    def _say(self, text: str, tone: Tone) -> None:
        self._notice = _Notice(text, tone, self._now() + NOTICE_S)
