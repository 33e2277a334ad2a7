"""The formats that a session can be written in, by the names that the command line has for them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

from tidehold.log.told import Told, tell

Write = Callable[[Told, Path], dict[str, int]]
"""Writes a session to a place where nothing is yet, and gives how much of what it wrote."""


class Format(NamedTuple):
    """How a format is written.

    Args:
        module: Of this room; its `write` does it.
        is_folder: Whether it makes a folder instead of a file.
        waves: Whether it has waveforms, for which the session is folded again.
        needs: What must be installed besides; "" for nothing.
    """

    module: str
    is_folder: bool = False
    waves: bool = False
    needs: str = ""

    def write(self, told: Told, path: Path) -> dict[str, int]:
        """Write a session; what it needs is imported now."""
        write: Write = import_module(f"tidehold.exports.{self.module}").write
        return write(told, path)

    def tell(self, path: Path) -> Told:
        """A session file as this format wants it: with waveforms if it has them, or if nothing else was kept.

        Raises:
            LogError: It cannot be read, is damaged, foreign, empty, or of a newer format.
        """
        told = tell(path, again=self.waves)
        if self.waves or told.samples or told.estimates:
            return told
        return tell(path, again=True)


FORMATS: Final = {
    "csv": Format("csv_tables", is_folder=True, waves=True),
    "parquet": Format("parquet_tables", is_folder=True, waves=True, needs="pyarrow"),
    "kubios": Format("kubios"),
    "hrvlogger": Format("hrvlogger"),
    "elitehrv": Format("elitehrv"),
    "edf": Format("edf", waves=True, needs="edfio"),
    "fit": Format("fit", needs="fit_tool"),
}
