"""The dashboard: all that a session's recorder knows, on one screen. Losing it never touches the recording."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, ClassVar, Final, Literal

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Footer, Input

from tidehold.errors import TideholdError
from tidehold.records import Status
from tidehold.routine import Question
from tidehold.tui import keys, words
from tidehold.tui.alarms import NOTICE_S, Notice, alarm_lines
from tidehold.tui.asking import Alarm, Asking
from tidehold.tui.controls import Controls, ReplayControls
from tidehold.tui.face import VIEWS, WIDE_COLUMNS, Face
from tidehold.tui.guide_words import guide_of
from tidehold.tui.guiding import Interrupts
from tidehold.tui.help import Help
from tidehold.tui.lines import Tone, clean
from tidehold.tui.news import News
from tidehold.tui.options import DEFAULT
from tidehold.tui.options import Options as Options  # noqa: PLC0414 - how a dashboard behaves is part of it
from tidehold.tui.pacer import words_of
from tidehold.tui.prompt import Asked, Prompt, answer_of
from tidehold.tui.timeline import Timeline
from tidehold.tui.watch import Watch

Outcome = Literal["left", "stopped", "finished", "lost"]

WORDS_EVERY_S: Final = 0.5
"""Figures that change faster cannot be read."""
ANSWER_S: Final = 5.0
"""A recorder that has not answered a key by then is not answering."""
NO_SOUND: Final = "this view was begun without sound (--no-sound, or [sound] enabled)"
ALARM_ON_DARK, ALARM_ON_LIGHT = "#ff6b63", "#b5121b"


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
    BINDINGS: ClassVar[list[BindingType]] = list(keys.BINDINGS)

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
        self._notice = Notice()
        self._was_stopped = False
        self._frame_number = 0
        self._speed = 1.0
        self._face = Face()
        self._prompt = Prompt(id="prompt")
        self._footer = Footer(compact=True)
        self._interrupts = Interrupts()
        self._moment = keys.Moment(controls.kind)

    # --- what is on the screen ---

    def get_css_variables(self) -> dict[str, str]:
        """The colours of the theme, and a red that is red in each."""
        return {**super().get_css_variables(), "alarm": ALARM_ON_DARK if self.current_theme.dark else ALARM_ON_LIGHT}

    def compose(self) -> ComposeResult:
        """The session, what is asked, and the keys."""
        yield self._face
        yield self._prompt
        yield self._footer

    def on_mount(self) -> None:
        """Start reading and moving."""
        self.draw()
        self.run_worker(self._read(), exit_on_error=True)
        if self._options.frames_hz:
            # Traces and pacer by turns: what changes at once is painted as one box around both, and all that is in it.
            self.set_interval(1 / (2 * self._options.frames_hz), self._frame)

    def on_resize(self) -> None:
        """Another size has room for other words and keys."""
        self._fit_keys()
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """Draw the present moment, words and all."""
        self._worded_s = None
        if self._face.is_mounted:
            t_s = self._words()
            self._face.move_traces(t_s)
            self._face.move_guide(self._news, t_s)
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
            self._face.move_guide(self._news, t_s)

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
        sound = self._options.sound
        rings = self._options.has_sound and not (sound and (sound.sounds or sound.is_muted))
        if rings and any(notice.kind == "lost" for notice in notices):
            self.bell()
        if sound and (told := sound.news()):
            self._say(clean(told, 200), "warn")
        for notice in notices:
            if notice.kind == "back":
                self._say(notice.text, "good")
            if notice.is_silence and sound and self._options.has_sound:
                sound.tell(notice.kind, notice.text)
        self._face.tell(news, t_s, alarm_lines(news, self._watch.troubles.values(), self._notice, now_s))

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
        if self.screen_stack:
            self._fit_keys()
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
        if self.screen_stack:  # else this view is being closed
            self._fit_keys()
            self._interrupt(now_s)

    def _interrupt(self, now_s: float) -> None:
        """Put over the screen what must not be overlooked, and take away what was answered elsewhere."""
        guide, screen = guide_of(self._news), self.screen
        question = guide.question if guide and not self._news.is_over else None
        if isinstance(screen, Asking) and (question is None or question.id != screen.question.id):
            screen.dismiss("")
        if question is None or not self._prompt.asked:  # else what is being typed would answer it
            new = self._interrupts.question(question, now_s)
            if new and self._controls.kind == "live":
                self._put(new)
        if text := self._interrupts.stopped(guide):
            self.push_screen(Alarm(text))

    def _put(self, question: Question) -> None:
        def answered(answer: str | None) -> None:
            if answer:
                self._interrupts.answered(self._now())
                self._send("send the answer", self._controls.mark("answer", f"{question.id} {answer}"), "answered")

        self.push_screen(Asking(question), answered)

    # --- keys ---

    def _fit_keys(self) -> None:
        """Show the keys of this moment."""
        guide = guide_of(self._news)
        moment = keys.Moment(
            self._controls.kind,
            self._news.is_over,
            self._prompt.asked,
            guide.state if guide else "",
            has_question=guide is not None and guide.question is not None,
        )
        self._footer.show_command_palette = not moment.guide or self.size.width >= WIDE_COLUMNS
        if moment != self._moment:
            self._moment = moment
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys there are: those of the session's kind and moment."""
        return keys.has_key(action, parameters, self._moment)

    def action_leave(self) -> None:
        """Close this view; the session goes on."""
        self._leave()

    def action_stop(self) -> None:
        """Ask whether to end the session."""
        self._ask("stop")

    def action_note(self, _is_guided: bool = False) -> None:  # noqa: FBT001, FBT002 - see `keys.BINDINGS`
        """Ask for a note."""
        self._ask("note")

    def action_pain(self) -> None:
        """Ask how strong the pain is."""
        self._ask("pain")

    def action_yes(self) -> None:
        """End the session, or its routine."""
        is_routine = self._prompt.asked == "quit"
        self._ask("")
        if is_routine:
            self._send("end the routine", self._controls.mark("quit"), "the routine is over; the recording goes on")
            return
        self._was_stopped = True
        self._send("stop the recording", self._controls.stop(), "stopping the recording")

    def action_cancel(self) -> None:
        """Ask no more."""
        self._ask("")

    action_no = action_cancel

    def action_felt(self) -> None:
        """Ask where the stretch is felt."""
        self._ask("felt")

    def action_quit_routine(self) -> None:
        """Ask whether to end the routine."""
        self._ask("quit")

    def action_guide(self, verb: str) -> None:
        """Lead the routine: start, end this step, pause, resume, skip, back, extend; or show its question again."""
        guide = guide_of(self._news)
        if verb == "answer":
            if guide and guide.question:
                self._put(guide.question)
            return
        wish = keys.WISHES[verb]
        self._send(f"do that ({verb})", self._controls.mark(verb, wish.arg), wish.told)

    def action_pacer(self, _is_space: bool = False) -> None:  # noqa: FBT001, FBT002 - see `keys.BINDINGS`
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

    def action_sound(self, wish: Literal["mute", "quieter", "louder"]) -> None:
        """What is heard beside this view: off or on, quieter, louder."""
        if (sound := self._options.sound) is None or sound.failure:
            self._say(clean(sound.failure, 200) if sound else NO_SOUND, "warn")
        else:
            self._say({"mute": sound.mute, "quieter": sound.quieter, "louder": sound.louder}[wish](), "good")
        self.draw()

    def action_scroll(self, rows: int) -> None:
        """Scroll the table of sensors."""
        self._face.scroll_sensors(rows)

    def action_help(self) -> None:
        """Keys and signs."""
        self.push_screen(Help(self._controls.kind, is_guided=bool(self._moment.guide)))

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

    def action_jump(self, forward: bool) -> None:  # noqa: FBT001 - a direction
        """Go to the next finding or mark of a replay, or to the one before."""
        if isinstance(self._controls, ReplayControls):
            self._send("go there", self._controls.jump(forward))

    def action_speed(self, wish: Literal["faster", "slower"]) -> None:
        """Play faster, or slower."""
        recording = self._news.status.recording if self._news.status else None
        self._speed = keys.speed_after(recording.speed if recording and recording.speed else self._speed, wish)
        if isinstance(self._controls, ReplayControls):
            self._send("change the speed", self._controls.speed(self._speed), f"speed {self._speed:g}x")

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """A note, how strong the pain is, or where the stretch is felt."""
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
        for action, title in keys.COMMANDS.items():
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
        self._fit_keys()

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
        self._notice = Notice(text, tone, self._now() + NOTICE_S)
