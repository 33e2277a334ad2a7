"""`export`: a session in the format of other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tidehold.cli.extras import need_export
from tidehold.cli.output import give, tell_long
from tidehold.errors import ConfigError
from tidehold.exports.about import FILE
from tidehold.exports.formats import FORMATS
from tidehold.log.whole import whole


def export(arguments: argparse.Namespace) -> int:
    """`tidehold export`: all of it or nothing, and over what is there only with --force."""
    form = FORMATS[arguments.to]
    if form.needs:
        need_export(form.needs)
    out: Path = arguments.out
    if arguments.force:
        _spare(out, arguments.file, is_folder=form.is_folder)
    with whole(out, force=arguments.force) as beside:
        if form.waves:
            tell_long(arguments.file)
        written = form.write(form.tell(arguments.file), beside)
    if arguments.json:
        give({"session": str(arguments.file), "format": arguments.to, "out": str(out), "written": written})
    else:
        said = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in written.items())
        print(f"{out}: {said}")
    return 0


def _spare(out: Path, file: Path, *, is_folder: bool) -> None:
    """Let --force replace no folder but an export, and not the session that is exported.

    Raises:
        ConfigError: Something else is there.
    """
    if file.resolve().is_relative_to(out.resolve()):
        raise ConfigError(f"{out} is, or holds, the session itself: choose another name")
    if out.is_dir() and not is_folder:
        raise ConfigError(f"{out} is a folder, and this format is a file: choose another name")
    if is_folder and out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is a file, and this format is a folder: choose another name")
    if out.is_dir() and any(out.iterdir()) and not (out / FILE).is_file():
        raise ConfigError(f"{out} is a folder with other things in it: choose another name")
