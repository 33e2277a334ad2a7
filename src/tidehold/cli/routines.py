"""`routines`: those that there are, one as a table, and whether one of your own is right."""

from __future__ import annotations

import argparse
from itertools import groupby
from typing import Any

import msgspec

from tidehold.cli.guided import minutes, routine_folders
from tidehold.cli.output import give, say, table
from tidehold.cli.settings import Settings
from tidehold.coach.routine_book import RoutineBook, StepSpec, steps_of
from tidehold.coach.routine_toml import lay_out
from tidehold.routine import Routine
from tidehold.sources.routines import find_routine, load_all, load_routine


def listed(arguments: argparse.Namespace) -> int:
    """`tidehold routines`: all that there are."""
    books = load_all(routine_folders(Settings.of(arguments)))
    rows: list[dict[str, Any]] = [
        {
            "id": book.id,
            "name": book.name,
            "about": book.about,
            "seconds": lay_out(book).seconds,
            "variants": list(book.variant),
        }
        for book in books.values()
    ]
    if arguments.json:
        give({"routines": rows})
        return 0
    table(
        [
            ("routine", "length", "what it is", "variants"),
            *((row["id"], minutes(row["seconds"]), row["name"], ", ".join(row["variants"])) for row in rows),
        ]
    )
    say("`tidehold routines show NAME` shows its steps; `tidehold record --routine NAME` leads through it")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """`tidehold routines show NAME`: its table, step by step."""
    book = find_routine(arguments.name, routine_folders(Settings.of(arguments)))
    variant = arguments.variant or ""
    routine = lay_out(book, variant)
    rows = rows_of(book, variant, routine)
    if arguments.json:
        tree: dict[str, Any] = msgspec.to_builtins(routine)
        kept = ("id", "name", "about", "variant", "intensity", "raised_deg", "notes", "questions")
        give(
            {key: tree[key] for key in kept}
            | {
                "seconds": routine.seconds,
                "variants": {name: each.about or each.name for name, each in book.variant.items()},
                "steps": rows,
                "followed": [step for phase in tree["phases"] for step in phase["steps"]],
            }
        )
        return 0
    print(f"{routine.name}{f' ({book.variant[variant].name})' if variant else ''}: {minutes(routine.seconds)}")
    for text in filter(None, (routine.about, *routine.notes)):
        print(f"  {text}")
    print()
    table(
        [
            ("step", "phase", "s", "sides", "name", "what is measured"),
            *(
                (row["id"], row["phase"], f"{row['seconds']:g}", _sides(row), row["name"], ", ".join(row["measures"]))
                for row in rows
            ),
        ]
    )
    for name, each in book.variant.items():
        say(f"--variant {name}: {each.about or each.name}")
    return 0


def check(arguments: argparse.Namespace) -> int:
    """`tidehold routines check FILE`: exit 0 if the routine in it is right, 2 if not."""
    book = load_routine(arguments.file, is_named=False)
    lengths = [minutes(lay_out(book, variant).seconds) for variant in ("", *book.variant)]
    named = [f"{variant} {length}" for variant, length in zip(book.variant, lengths[1:], strict=True)]
    say(f"{arguments.file}: right: {book.id}, {len(book.step)} steps, {'; '.join([lengths[0], *named])}")
    return 0


def rows_of(book: RoutineBook, variant: str, routine: Routine) -> list[dict[str, Any]]:
    """The steps as a person counts them: once for all their sides, parts together; seconds are of one side."""
    rows = []
    for number, group in groupby(steps_of(book, variant), key=lambda step: step.part_of or step.id):
        parts = list(group)
        followed = [[step for step in routine.steps if step.id == part.id] for part in parts]
        sides = [step.side for steps in followed for step in steps if step.side]
        rows.append(
            {
                "id": number,
                "phase": parts[0].phase,
                "name": ", ".join(part.name for part in parts),
                "seconds": sum(part.seconds for part in parts),
                "sides": list(dict.fromkeys(sides)),
                "repeats": len(followed[0]) if parts[0].sides == "each" else 1,
                "measures": list(dict.fromkeys(measure for part in parts for measure in part.measures)),
                "parts": [_facts(part) for part in parts],
            }
        )
    return rows


def _facts(part: StepSpec) -> dict[str, Any]:
    """What a step asks for, without what it does not."""
    tree: dict[str, Any] = msgspec.to_builtins(part)
    usual = {field.name: field.default for field in msgspec.structs.fields(StepSpec)}
    left_out = ("phase", "part_of", "says")
    return {
        key: value for key, value in tree.items() if key not in left_out and getattr(part, key) != usual.get(key, "")
    }


def _sides(row: dict[str, Any]) -> str:
    sides = ", ".join(row["sides"])
    return f"{sides}, each" if row["repeats"] > 1 else sides
