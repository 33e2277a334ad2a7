"""The command line: the one place that wires the rooms together."""

from __future__ import annotations

import sys

from tidehold.cli.output import say
from tidehold.cli.parser import Verb, parse
from tidehold.errors import TideholdError


def main(words: list[str] | None = None) -> int:
    """Run one command; returns its exit code (see docs/exit-codes.md)."""
    arguments = parse(sys.argv[1:] if words is None else words)
    verb: Verb = arguments.verb
    try:
        return verb(arguments)
    except TideholdError as error:
        say(f"tidehold: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output went away: no trouble of ours
        sys.stderr.close()
        return 0
