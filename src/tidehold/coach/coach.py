"""Leads through a routine: which step is on, what is asked for, and what goes wrong. Driven by inputs only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tidehold.coach.aims import Reached, aim
from tidehold.coach.asked import NOTHING, Asked
from tidehold.coach.findings import Findings
from tidehold.coach.fit import fitting, unmeasured
from tidehold.coach.guiding import Place, Teller
from tidehold.coach.prompts import announced
from tidehold.coach.questions import Questions, pain_of
from tidehold.coach.run import Run, breaths_of
from tidehold.coach.states import SAID, TABLE, Came, Deed, Said
from tidehold.coach.tally import Tally
from tidehold.records import Cue, Estimate, Hold, HostNs, Mark, Output, Rejected
from tidehold.routine import Guide, GuideState, Measured, Question, Routine, Side, StepState
from tidehold.units import NS

EXTEND_S: Final = 30.0
_MOST_EXTEND_S: Final = 600.0
_SECONDS: Final = re.compile(r"\d{1,3}(\.\d{1,3})?", re.ASCII)
_EXPECTED: Final = f"extend: expected seconds, up to {_MOST_EXTEND_S:.0f}"
_PAIN: Final = 'pain: expected a number from 0 to 10, and where, such as "6 left hip"'
_QUIT: Final = "ended before its last step"
_ALIVE: Final[tuple[GuideState, ...]] = ("waiting", "running", "paused")


class Turn(NamedTuple):
    """An input: in which state it came, when, as of which time, and what it says."""

    state: GuideState
    now: HostNs
    at: HostNs
    arg: str = ""


class _Over(NamedTuple):
    """How and when a step ended, and the number of the step that comes next."""

    state: StepState
    at: HostNs
    then: int


Done = list[Output] | str
"""What a deed leads to, or why it is refused."""


class Coach:
    """Follows one routine. What it does at an input is in `TABLE`.

    A step that is over is settled by the next `tick`: what it asked for has ended by then, and what that came to has
    been heard. While it is `unsettled`, `tick` is to be asked at once; otherwise the next step begins a tick late.

    Args:
        routine: As it is to be followed.
        worn: The session's sources, and where each is worn ("" where nobody said).
        ask_first: Whether the routine's questions come before its first step.

    Raises:
        ConfigError: A breathing pattern of the routine is none.
    """

    def __init__(self, routine: Routine, worn: Mapping[str, str], *, ask_first: bool) -> None:
        self._routine = routine
        self._worn = worn
        self._steps = routine.steps
        for step in self._steps:
            breaths_of(step)
        self._ask_first = ask_first
        self._state: GuideState = "ready"
        self._asked_in: GuideState | None = None  # the state that questions have interrupted; None: the start
        self._paused_in: GuideState = "running"
        self._at = 0
        self._run: Run | None = None
        self._over: _Over | None = None
        self._zeros = 0
        self._reached: dict[tuple[str, Side], Reached] = {}
        self._questions = Questions()
        self._findings = Findings(tuple(worn))
        self._tally = Tally(routine, worn)
        self._teller = Teller(routine, worn)
        self._ended = ""
        self._warned = False
        self._deeds: dict[Deed, Callable[[Turn], Done]] = {
            "start": self._start,
            "go on": self._go_on,
            "ask": self._ask,
            "take": self._take,
            "warn": self._warn,
            "begin": self._begin,
            "finish": lambda turn: self._end(turn, "skipped" if self._question else "done", self._at + 1),
            "skip": lambda turn: self._end(turn, "skipped", self._at + 1),
            "cut": lambda turn: self._end(turn, "cut", self._at + 1),
            "back": lambda turn: self._end(turn, "cut", max(0, self._at - 1)),
            "extend": self._extend,
            "pause": self._pause,
            "resume": self._resume,
            "quit": self._quit,
        }
        self.asked: Asked = NOTHING
        """What is asked for now."""

    @property
    def unsettled(self) -> bool:
        """Whether a step has ended that has not been settled."""
        return self._over is not None

    def mark(self, mark: Mark) -> list[Output]:
        """A person did something; it may concern the routine."""
        verb = next((each for each in SAID if each == mark.verb), None)
        if verb is None:
            return []
        said: list[Output] = []
        while self._advance(mark.t, said):
            pass
        if verb == "pain":
            pain = pain_of(mark.arg)
            if pain is None:
                return [*said, Rejected(mark.t, "person", verb, f"{_PAIN}, found {mark.arg[:40]!r}")]
            if not pain.level or not self._routine.questions or self._warned:
                return said
        said += self._come(verb, mark.t, mark.t, mark.arg)
        self._work_out(mark.t)
        return said

    def hear(self, out: Output) -> None:
        """Take what the estimators said; what it leads to is said at the next tick."""
        run = self._run
        if isinstance(out, Cue):
            self._findings.hear_cue(out)
            if run is not None:
                run.seen.hear_cue(out)
                if out.kind == "task":
                    run.hear_task(out.text)
        elif run is None:
            return
        elif isinstance(out, Estimate):
            run.seen.hear(out, counts=run.is_on and self._over is None)
        elif isinstance(out, Measured):
            run.seen.hear_measured(out)
        elif isinstance(out, Hold):
            run.seen.hear_hold(out)

    def tick(self, now: HostNs) -> list[Output]:
        """Time has come to `now`."""
        said: list[Output] = []
        if not self._advance(now, said):
            said += self._look(now)
        self._work_out(now)
        return said

    def close(self, now: HostNs) -> list[Output]:
        """The session ends: what its last step, its phase, and all of it came to."""
        said: list[Output] = []
        if self._run is not None:
            over, steps = self._over, len(self._steps)
            if over is None:
                said += self._end(Turn(self._state, now, now), "cut", steps)
            if over is None or over.then < steps:
                self._state, self._ended = "stopped", self._ended or _QUIT
            state, at, _ = self._over or _Over("cut", now, steps)
            said += self._settle(now, _Over(state, at, steps))
        said += self._findings.close(now)
        self._work_out(now)
        return said

    def guide(self, now: HostNs) -> Guide:
        """Where the person is at `now`."""
        place = Place(self._state, self._at, self._question, self._ended)
        findings = (*self._findings.open, *self._findings.recent)
        return self._teller.guide(place, self._run, self._tally, findings, now)

    @property
    def _question(self) -> Question | None:
        """The one that waits for its answer."""
        if self._state == "asking":
            return self._questions.now
        return self._run.questions.now if self._run is not None and self._state == "running" else None

    def _work_out(self, now: HostNs) -> None:
        """What is asked for now."""
        run = self._run
        if run is None or self._over is not None or self._state not in ("waiting", "running"):
            self.asked = Asked(zeros=self._zeros)
        else:
            self.asked = run.asked(now, self._zeros)

    def _advance(self, now: HostNs, said: list[Output]) -> bool:
        """Settle a step that is over, and see whether another one is; True if so."""
        if self._over is not None:
            over, self._over = self._over, None
            said += self._settle(now, over)
        run = self._run
        if run is None or run.clock.is_stopped:
            return False
        if self._state == "waiting":
            times = [t for t in (run.seen.hold_began, run.clock.due) if t is not None and t <= now]
            said += self._come("begun", now, min(times)) if times else []
        due = run.clock.due
        must_answer = self._question is not None and self._question.stops
        if self._state == "running" and due is not None and due <= now and not must_answer:
            said += self._come("over", now, due)
        return self._over is not None

    def _look(self, now: HostNs) -> list[Output]:
        """What the step says at `now`, and what is wrong."""
        run = self._run
        if run is None or self._state not in _ALIVE:
            return []
        return run.tick(now) + self._findings.tick(now, run.clock.due if run.is_on else None)

    def _come(self, what: Said | Came, now: HostNs, at: HostNs, arg: str = "") -> list[Output]:
        """Do what the table says of an input that came `at` a time."""
        before, move = self._state, TABLE[self._state][what]
        if move.deed == "refuse":
            return [Rejected(now, "person", what, move.why)]
        if not move.deed:
            return []
        match move.then:
            case "step" | "before":
                pass  # known when that is done
            case state:
                self._state = state
        done = self._deeds[move.deed](Turn(before, now, at, arg))
        if isinstance(done, str):
            self._state = before
            return [Rejected(now, "person", what, done)]
        return done

    def _start(self, turn: Turn) -> Done:
        self._asked_in = None
        self._questions.ask(self._routine.questions if self._ask_first else ())
        return self._next_question(turn)

    def _ask(self, turn: Turn) -> Done:
        self._asked_in = turn.state
        said = self._interrupt(turn)
        self._questions.ask(self._routine.questions)
        return said + self._next_question(turn)

    def _take(self, turn: Turn) -> Done:
        of_step = turn.state == "running" and self._run is not None
        questions = self._run.questions if of_step and self._run is not None else self._questions
        taken = questions.take(turn.arg)
        if taken.why:
            return taken.why
        if taken.stop_text:
            return self._come("warned", turn.now, turn.at, taken.stop_text)
        return self._come("answered", turn.now, turn.at) if questions.now is None else self._next_question(turn)

    def _next_question(self, turn: Turn) -> list[Output]:
        asked = self._questions.now
        if asked is None:
            return self._come("answered", turn.now, turn.at)
        return [Cue(turn.now, "question", asked.text)]

    def _go_on(self, turn: Turn) -> Done:
        """All is answered: begin, or go on where it was."""
        self._ask_first = False
        if self._asked_in is None:
            return self._begin_step(turn.now, turn.at, 0)
        self._state = self._asked_in
        if self._state in ("waiting", "running"):
            self._go_on_with_step(turn)
        return []

    def _warn(self, turn: Turn) -> Done:
        self._warned = True
        return self._stop(turn, turn.arg)

    def _quit(self, turn: Turn) -> Done:
        return self._stop(turn, _QUIT)

    def _stop(self, turn: Turn, why: str) -> list[Output]:
        """The routine ends before its last step."""
        self._ended = why
        self._questions.ask(())
        said: list[Output] = [Cue(turn.now, "stopped", why)]
        return said + self._end(turn, "cut", len(self._steps)) if self._run is not None else said

    def _begin(self, turn: Turn) -> Done:
        if self._run is not None:
            self._run.begin(turn.at)
            self._findings.begin(self._run.seen)
        return []

    def _extend(self, turn: Turn) -> Done:
        words = turn.arg.strip()
        seconds = float(words) if _SECONDS.fullmatch(words) else 0.0 if words else EXTEND_S
        if not 0 < seconds <= _MOST_EXTEND_S:
            return f"{_EXPECTED}, found {turn.arg[:40]!r}"
        if self._run is not None:
            self._run.clock.extend(round(seconds * NS))
        return []

    def _pause(self, turn: Turn) -> Done:
        self._paused_in = turn.state
        return [*self._interrupt(turn), Cue(turn.now, "paused", "Paused.")]

    def _resume(self, turn: Turn) -> Done:
        self._state = self._paused_in
        self._go_on_with_step(turn)
        return [Cue(turn.now, "resumed", "It goes on.")]

    def _interrupt(self, turn: Turn) -> list[Output]:
        """The step's time stops, if it goes on."""
        if self._run is None or self._run.clock.is_stopped:
            return []
        self._run.stop(turn.at)
        return self._findings.stop(turn.now, turn.at)

    def _go_on_with_step(self, turn: Turn) -> None:
        if self._run is not None:
            self._run.go_on(turn.at)
            if self._run.is_on:
                self._findings.begin(self._run.seen)

    def _end(self, turn: Turn, state: StepState, then: int) -> list[Output]:
        """The step is over; what it asked for ends now, and the next `tick` settles it."""
        self._over = _Over(state, turn.at, then)
        return self._findings.stop(turn.now, turn.at)

    def _settle(self, now: HostNs, over: _Over) -> list[Output]:
        """What the step came to, and what comes next."""
        run, number = self._run, self._at
        if run is None:
            return []
        step, best = run.step, run.seen.best
        self._run, self._over = None, None
        said = self._tally.step(now, number, run, over.state, over.at)
        if over.state != "skipped" and best is not None and step.kind in ("hold", "cycles"):
            self._reached[step.id, step.side] = Reached(
                best.reached_deg(now), had_target=step.target is not None, why=best.reason("reached_deg", "angle_deg")
            )
        if over.then < number:
            self._tally.wait(number)
        elif over.then > number and over.then < len(self._steps) and self._tally.ends_phase(number, over.then):
            said += self._tally.phase(now, number)
        if over.then < len(self._steps):
            return [*said, *self._begin_step(now, over.at, over.then, before=run)]
        return [*said, *self._tally.close(now), *self._all_over(now)]

    def _all_over(self, now: HostNs) -> list[Output]:
        """The last step is over, or none comes any more."""
        said = self._findings.close(now)
        if self._state == "stopped":
            return said
        self._state, self._at = "done", len(self._steps)
        return [*said, Cue(now, "done", "The routine is over.")]

    def _begin_step(self, now: HostNs, at: HostNs, number: int, before: Run | None = None) -> list[Output]:
        if number >= len(self._steps):
            return self._all_over(now)
        step = self._steps[number]
        aimed = aim(step, self._routine, self._reached)
        run = Run(step, at, fitting(step, self._worn), aimed, unmeasured(step, self._worn))
        if before is not None:
            run.seen.breath = before.seen.breath
        self._at, self._run = number, run
        self._zeros += step.kind == "calibrate"
        self._state = "running" if run.is_on else "waiting"
        self._tally.begin(number)
        if run.is_on:
            self._findings.begin(run.seen)
        said: list[Output] = [Cue(now, "step", announced(step))]
        asked = run.questions.now
        return [*said, Cue(now, "question", asked.text)] if asked else said
