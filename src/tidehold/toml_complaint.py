"""What is wrong with one key of a TOML file, in the words that a person reads, and in which line it stands."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([\w.\"' -]+?)\s*\]\]?\s*(#.*)?")
_KEY: Final = re.compile(r"\s*([\w.\"'-]+(?:\s*\.\s*[\w\"'-]+)*)\s*=")
_ITEM: Final = re.compile(r"[{\[\"']")
_LONG_TEXT: Final = re.compile("\"\"\"|'''")


class Complaint(NamedTuple):
    """What is wrong with one key, as in `stream[2].rate_hz`."""

    key: str
    expected: str
    found: str


def explain(problem: str, document: dict[str, Any], schema: dict[str, Any]) -> Complaint:
    """A complaint of msgspec's, "Expected ... - at `$.stream[2].rate_hz`", in the words of a `Complaint`.

    Args:
        problem: What msgspec said of `document`.
        document: The file as a tree.
        schema: The JSON schema of the file, with all its tables under `$defs`.
    """
    said, _, path = problem.partition(" - at ")
    key = path.strip("`$").lstrip(".")
    if missing := re.fullmatch(r"Object missing required field `(.+)`", said):
        return Complaint(f"{key}.{missing[1]}".lstrip("."), "a value", "none")
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", said, re.DOTALL):
        keys = ", ".join(_schema_of(key, schema)["properties"])
        return Complaint(f"{key}.{unknown[1]}".lstrip("."), f"one of the keys {keys}", "an unknown key")
    said = said.replace("`", "").replace(" | null", "")
    if wrong := re.fullmatch(r"Expected (.+), got (.+)", said):
        return Complaint(key, wrong[1], wrong[2])
    node = _schema_of(key, schema)
    wanted = f"one of {', '.join(node['enum'])}" if "enum" in node else node.get("description")
    return Complaint(
        key, wanted or said.removeprefix("Expected "), repr(functools.reduce(_step, parts_of(key), document))
    )


def parts_of(key: str) -> tuple[str | int, ...]:
    """The names and places that lead to a key."""
    return tuple(int(index) if index else name for name, index in re.findall(r"([\w-]+)|\[(\d+)\]", key))


def line_of(text: str, key: str) -> int | None:
    """The line in which a key stands, counted from 1; that of its table, or of its list, if it has none of its own.

    TOML's reader keeps no lines, so this looks for what a person would have written, and does not follow every turn of
    the grammar: None where nothing of the key is found.
    """
    wanted = parts_of(key)
    lines = text.splitlines()
    best, best_line = 0, None
    for number, path in _paths(lines):
        shared = next(
            (i for i, (a, b) in enumerate(zip(path, wanted, strict=False)) if a != b), min(len(path), len(wanted))
        )
        if shared > best:
            best, best_line = shared, number
    if best_line is not None and best < len(wanted) and isinstance(place := wanted[best], int):
        return _item(lines, best_line, place)
    return best_line


def _paths(lines: list[str]) -> Iterator[tuple[int, tuple[str | int, ...]]]:
    """The lines that name something, and what they name."""
    counts: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    is_long = False
    for number, line in enumerate(lines, start=1):
        was_long = is_long
        is_long ^= len(_LONG_TEXT.findall(line)) % 2 == 1
        if was_long:
            continue
        if header := _HEADER.fullmatch(line):
            table = _placed(_names(header[2]), counts, is_list=header[1] == "[[")
            yield number, table
        elif key := _KEY.match(line):
            yield number, (*table, *_names(key[1]))


def _placed(
    names: tuple[str, ...], counts: dict[tuple[str | int, ...], int], *, is_list: bool
) -> tuple[str | int, ...]:
    """A table's name with the places in the lists that it leads through; `counts` has the length of each so far."""
    path: tuple[str | int, ...] = ()
    for i, name in enumerate(names):
        path = (*path, name)
        if is_list and i == len(names) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(name.strip(" \"'") for name in dotted.split("."))


def _item(lines: list[str], start: int, place: int) -> int:
    """The line with the item at `place` of a list that begins in line `start`, if each has a line of its own."""
    seen = -1
    for number, line in enumerate(lines[start:], start=start + 1):
        if not _ITEM.match(line.strip()):
            break
        seen += 1
        if seen == place:
            return number
    return start


def _step(node: Any, part: str | int) -> Any:
    return node[part]


def _schema_of(key: str, schema: dict[str, Any]) -> dict[str, Any]:
    """What the schema says of `key`, without the null of an optional one."""
    tables = schema["$defs"]
    node: dict[str, Any] = tables[schema["$ref"].rpartition("/")[2]]
    for part in parts_of(key):
        if isinstance(part, int):
            node = node["items"]
        else:
            node = node["properties"][part] if "properties" in node else node["additionalProperties"]
        node = node.get("anyOf", [node])[0]
        node = tables[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    return node
