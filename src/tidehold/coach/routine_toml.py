"""TOML text to a checked routine.

Every complaint is one line: file, line, key, what was expected, what was found. A routine that passes can be laid out
in every variant, for either side first, and followed to its end.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

import msgspec

from tidehold.coach.routine_book import ID_PATTERN, RoutineBook, VariantSpec
from tidehold.coach.routine_checks import texts_wrong, wrong_in
from tidehold.coach.routine_layout import lay_out as lay_out  # noqa: PLC0414 - what a book is read for
from tidehold.coach.routine_schema import routine_schema
from tidehold.errors import ConfigError
from tidehold.toml_complaint import Complaint, explain, line_of

LONGEST_FILE: Final = 200_000
"""Characters; the longest routine that comes with Tidehold has a tenth of it."""
_IN_VARIANT: Final = "$.variant[...]"
"""Where msgspec says a mistake is, of whatever variant."""


def parse_routine(text: str, where: str) -> RoutineBook:
    """The routine in a TOML text.

    Args:
        text: The whole file.
        where: Its name, for the complaint.

    Raises:
        ConfigError: "where, line N: key: expected ..., found ..."; of several mistakes, the first.
    """
    if len(text) > LONGEST_FILE:
        raise ConfigError(f"{where}: expected at most {LONGEST_FILE} characters, found {len(text)}")
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, lists in lists in lists
        raise ConfigError(f"{where}: expected TOML, found: {error}") from None
    for complaint in (*texts_wrong(document), *_variant_names(document)):
        raise _error(where, text, complaint)
    try:
        book = msgspec.convert(document, RoutineBook)
    except msgspec.ValidationError as error:
        raise _error(where, text, explain(_placed(str(error), document), document, routine_schema())) from None
    for complaint in wrong_in(book):
        raise _error(where, text, complaint)
    return book


def _error(where: str, text: str, complaint: Complaint) -> ConfigError:
    line = line_of(text, complaint.key)
    at = where if line is None else f"{where}, line {line}"
    return ConfigError(f"{at}: {complaint.key}: expected {complaint.expected}, found {complaint.found}")


def _variant_names(document: dict[str, Any]) -> list[Complaint]:
    variants = document.get("variant")
    if not isinstance(variants, dict):
        return []
    return [
        Complaint("variant", "names of lower-case words joined by hyphens", repr(name[:40]))
        for name in variants
        if not re.fullmatch(ID_PATTERN, name)
    ]


def _placed(problem: str, document: dict[str, Any]) -> str:
    """A complaint of msgspec's about a variant, with the name of that variant: msgspec leaves it out."""
    if _IN_VARIANT not in problem:
        return problem
    for name, variant in document["variant"].items():
        try:
            msgspec.convert(variant, VariantSpec)
        except msgspec.ValidationError as error:
            said, _, path = str(error).partition(" - at ")
            return f"{said} - at `$.variant.{name}{path.strip('`').removeprefix('$')}`"
    return problem
