"""The first-run view: strap, phone, its placement, routine and pacer, step by step. Keys only; it changes nothing."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Footer, Input
from textual.worker import Worker

from tidehold.errors import TideholdError
from tidehold.tui import setup_words as words
from tidehold.tui.lines import Lines, clean
from tidehold.tui.panel import Panel
from tidehold.tui.qr import Code, size_of
from tidehold.tui.setup_steps import (
    OWN,
    Chosen,
    Found,
    Offers,
    Option,
    Step,
    choose,
    heard_so_far,
    key_of,
    options_of,
    steps_of,
)

AGAIN_S: Final = 3.0
"""After which a search that failed is begun anew: Bluetooth may have been switched on."""
LONGEST_PATTERN: Final = 32
LEAST_COLUMNS: Final = 24
"""Of the text beside a code."""
OTHER_ROWS: Final = 2
"""Title and keys."""


class SetupView(App[Chosen]):
    """Leads through the steps. It returns what was chosen, or None if the person left.

    Args:
        offers: What there is to choose from.
        again_s: Pause after a search for straps that failed, s.
    """

    TITLE = "Tidehold setup"
    CSS_PATH = "setup.tcss"
    AUTO_FOCUS = None
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", key_display="↑"),
        Binding("down,j", "move(1)", "down", key_display="↓"),
        Binding("enter", "take", "choose"),
        Binding("escape,left,b", "previous", "back", key_display="esc"),
        Binding("i", "turn", "code light/dark"),
        Binding("q,ctrl+c", "leave", "leave, changing nothing", key_display="q"),
    ]

    def __init__(self, offers: Offers, *, again_s: float = AGAIN_S) -> None:
        super().__init__()
        self._offers = offers
        self._again_s = again_s
        self._step: Step = "strap"
        self.chosen = offers.before
        self._at = key_of("strap", self.chosen)
        self._found: tuple[Found, ...] = ()
        self._trouble = ""
        self._typing = False
        self._wrong = ""
        self._search: Worker[None] | None = None
        self._text = Panel(id="text")
        self._code = Code(id="code")
        self._own = Input(compact=True, select_on_focus=False, max_length=LONGEST_PATTERN, id="own")
        self._own.cursor_blink = False

    @property
    def step(self) -> Step:
        """The present one."""
        return self._step

    def compose(self) -> ComposeResult:
        """Title, what the step says, and the keys."""
        yield Panel(id="title")
        with Horizontal(id="body"):
            yield self._text
            yield self._code
        yield self._own
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Begin."""
        self._go("strap")

    def on_resize(self) -> None:
        """Another size has room for other rows."""
        self.call_after_refresh(self.draw)

    # --- what is on the screen ---

    def draw(self) -> None:
        """Draw the step."""
        if not self._text.is_mounted:
            return
        self.query_one("#title", Panel).show((words.title_line(self._step),))
        self._text.show(self._lines())

    def _lines(self) -> Lines:
        if self._step == "app":
            return self._app_lines()
        self._code.show(())
        if self._step == "summary":
            return words.summary_lines(self.chosen, self._offers, self._lacks(self.chosen), self._found)
        size = self._text.size
        return words.list_lines(self._step, self._options(), self._at, self._told(), (size.width, size.height))

    def _app_lines(self) -> Lines:
        try:
            text = self._offers.app(self.chosen)
        except TideholdError as error:
            self._code.show(())
            return words.no_app_lines(str(error))
        wide, high = size_of(text.code)
        wide, high = wide + LEAST_COLUMNS, high + OTHER_ROWS
        has_room = wide <= self.size.width and high <= self.size.height
        self._code.show(text.code if has_room else ())
        return words.app_lines(text, "" if has_room else f"The QR code needs a window of {wide} by {high}.")

    def _told(self) -> str:
        if self._wrong:
            return self._wrong
        if self._step == "strap":
            return words.strap_told(self._found, self._trouble)
        if self._step in ("routine", "variant"):
            return self._lacks(choose(self._step, self._option(), self.chosen))
        return ""

    def _lacks(self, chosen: Chosen) -> str:
        try:
            return self._offers.lacks(chosen)
        except TideholdError as error:
            return clean(str(error), 200)

    def _options(self) -> tuple[Option, ...]:
        return options_of(self._step, self.chosen, self._offers, self._found)

    def _option(self) -> Option:
        options = self._options()
        return next((option for option in options if option.key == self._at), options[0])

    # --- straps ---

    async def _listen(self) -> None:
        while True:
            try:
                await self._offers.listen(self._hear)
            except (TideholdError, OSError) as error:
                self._trouble = str(error)
                self.draw()
            await asyncio.sleep(self._again_s)

    def _hear(self, found: tuple[Found, ...]) -> None:
        found = heard_so_far(self._found, found)
        if self._step == "strap" and (found != self._found or self._trouble):
            self._found, self._trouble = found, ""
            self.draw()

    # --- keys ---

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - as in App
        """Which keys there are in this step."""
        if self._typing:
            return action in ("take", "previous")
        if action == "move":
            return self._step not in ("app", "summary")
        if action == "turn":
            return self._step == "app" and self.no_color
        if action == "previous":
            return self._step != "strap"
        return True

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        keys = [option.key for option in self._options()]
        at = keys.index(self._option().key)
        self._at = keys[min(max(at + by, 0), len(keys) - 1)]
        self._wrong = ""
        self.draw()

    def action_take(self) -> None:
        """Take what is under the cursor, and go on."""
        if self._step == "summary":
            self.exit(self.chosen)
        elif self._step == "app":
            self._next()
        elif not (option := self._option()).why_not:
            if option.key == OWN:
                self._type(is_typing=True)
            else:
                self._took(option)

    def action_previous(self) -> None:
        """Stop typing, or go to the step before."""
        if self._typing:
            self._type(is_typing=False)
            return
        steps = steps_of(self.chosen, self._offers)
        self._go(steps[max(steps.index(self._step) - 1, 0)])

    def action_turn(self) -> None:
        """Turn the code's light and dark round."""
        self._code.turn()

    def action_leave(self) -> None:
        """Leave; nothing was changed."""
        self.exit(None)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """A pattern of one's own."""
        submitted.stop()
        try:
            pattern = self._offers.pattern_of(submitted.value)
        except TideholdError as error:
            self._wrong = clean(str(error), 200)
            self.draw()
            return
        self._type(is_typing=False)
        self._took(Option(pattern, pattern))

    def _type(self, *, is_typing: bool) -> None:
        self._typing = is_typing
        self._wrong = ""
        self._own.set_class(is_typing, "-asked")
        self._own.value = ""
        self._own.placeholder = "IN/OUT or IN/HOLD/OUT/HOLD; enter takes it, escape leaves it"
        if is_typing:
            self._own.focus()
        else:
            self.screen.set_focus(None)
        self.refresh_bindings()
        self.call_after_refresh(self.draw)

    def _took(self, option: Option) -> None:
        self.chosen = choose(self._step, option, self.chosen)
        self._next()

    def _next(self) -> None:
        steps = steps_of(self.chosen, self._offers)
        self._go(steps[steps.index(self._step) + 1])

    def _go(self, step: Step) -> None:
        self._step, self._wrong = step, ""
        self._at = key_of(step, self.chosen)
        if step == "strap" and self._search is None:
            self._search = self.run_worker(self._listen(), exit_on_error=True)
        elif step != "strap" and self._search is not None:
            self._search.cancel()  # the radio is not needed any more
            self._search = None
        self.refresh_bindings()
        self.draw()
        self.call_after_refresh(self.draw)  # a code takes its room first
