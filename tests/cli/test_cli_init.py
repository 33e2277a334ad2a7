import sys
from collections.abc import Callable

import pytest

from tests.cli.running import Run
from tidehold import cli
from tidehold.cli.parser import parse
from tidehold.errors import LogError


def raising(error: BaseException) -> Callable[[object], int]:
    def verb(_: object) -> int:
        raise error

    return verb


@pytest.mark.parametrize(
    ("error", "code"), [(LogError("x.mcap is damaged"), 3), (KeyboardInterrupt(), 130)], ids=["expected", "interrupted"]
)
def test_an_expected_error_is_one_line_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    arguments = parse(["sessions"])
    arguments.verb = raising(error)
    monkeypatch.setattr(cli, "parse", lambda _: arguments)
    assert cli.main(["sessions"]) == code
    assert capsys.readouterr().err == (f"tidehold: {error}\n" if code == 3 else "")


def test_a_reader_that_goes_away_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = parse(["sessions"])
    arguments.verb = raising(BrokenPipeError())
    monkeypatch.setattr(cli, "parse", lambda _: arguments)
    monkeypatch.setattr(sys, "stderr", open("/dev/null", "w"))  # noqa: PTH123, SIM115 - main closes it
    assert cli.main(["sessions"]) == 0


def test_words_come_from_the_command_line_if_none_are_given(monkeypatch: pytest.MonkeyPatch, tidehold: Run) -> None:
    monkeypatch.setattr(sys, "argv", ["tidehold", "--version"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 0
