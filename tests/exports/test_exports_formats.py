"""The table of formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exports import exported
from tidehold.cli.parser_after import FORMATS as ON_THE_COMMAND_LINE
from tidehold.exports.formats import FORMATS
from tidehold.log.told import tell
from tidehold.log.writer import SessionWriter


def test_the_formats_are_those_of_the_command_line() -> None:
    assert tuple(FORMATS) == ON_THE_COMMAND_LINE


@pytest.mark.parametrize("name", FORMATS)
def test_a_session_is_written_in_every_format_as_a_file_or_a_folder(name: str, session: Path, tmp_path: Path) -> None:
    form = FORMATS[name]
    counts = form.write(form.tell(session), tmp_path / "out")
    assert counts
    assert all(isinstance(count, int) for count in counts.values())
    assert (tmp_path / "out").is_dir() == form.is_folder
    assert (tmp_path / "out").stat().st_size


def test_only_formats_with_waveforms_fold_the_session_again(session: Path) -> None:
    assert "strap/ecg" in FORMATS["edf"].tell(session).samples
    assert "strap/ecg" not in FORMATS["fit"].tell(session).samples


def test_a_file_without_figures_is_folded_again_for_any_format(session: Path, tmp_path: Path) -> None:
    header = exported.simulated_header()
    with SessionWriter.create(tmp_path, header) as log:  # inputs only, as a recovered file may have them
        for item in exported.only("strap", exported.simulated_inputs()):
            log.append(item)
        log.finish()
    assert not tell(log.path).samples
    assert len(FORMATS["kubios"].tell(log.path).samples["strap/rr"]) == len(tell(session).samples["strap/rr"])
