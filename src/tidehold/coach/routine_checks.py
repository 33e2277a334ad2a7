"""What a routine must not say: a table of checks, each of which yields what is wrong, as `Complaint`s."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from tidehold.coach.findings import LIMITED
from tidehold.coach.measures import MEASURES
from tidehold.coach.pacing import pattern_of
from tidehold.coach.routine_book import RoutineBook, StepSpec, VariantSpec, changes_of, steps_of
from tidehold.coach.routine_layout import share_s, sided_by, sides_of
from tidehold.errors import ConfigError
from tidehold.routine import Question, StepKind, Target
from tidehold.toml_complaint import Complaint

TICK_S: Final = 0.25
"""The coach sees time in ticks: a step that ends between two of them could not end on time."""
LEAST_REPETITION_S: Final = 0.5
LONGEST_TEXT: Final = 600
MOST_SESSION_S: Final = 14400.0
_OWN_KEYS: Final[dict[str, tuple[object, tuple[StepKind, ...]]]] = {
    "pattern": ("", ("breathe",)),
    "to_pattern": ("", ("breathe",)),
    "target": (None, ("hold",)),
    "waits": (False, ("hold",)),
    "wait_s": (20.0, ("hold",)),
    "cycles": (1, ("cycles",)),
    "press_s": (5.0, ("cycles",)),
    "deepen_s": (20.0, ("cycles",)),
    "count": (0, ("repetitions", "raise")),
    "shape": ("hinge", ("repetitions",)),
    "limit_deg_s": (0.0, LIMITED),
    "hinge": (False, ("calibrate",)),
    "question": (None, ("question",)),
}
"""Keys that only some kinds of step have, and what they are where nobody said."""
_PLACES: Final = ("{side}", "{other}", "{Side}", "{Other}")
_PLACE: Final = re.compile(r"\{[^}]*\}?|\}")

Name = Callable[[int, Complaint], Complaint]
"""Of a step's place and what is wrong with one of its keys: the complaint about the key in the file."""


def wrong_in(book: RoutineBook) -> Iterator[Complaint]:
    """All that is wrong with a routine; the first is said."""
    yield from _ids(book)
    yield from _phases(book, book.step, _named_in_book, "step")
    yield from _questions(book)
    yield from _steps(book, "", book.step, _named_in_book)
    for name, spec in book.variant.items():
        yield from _variant(book, name, spec)


def _ids(book: RoutineBook) -> Iterator[Complaint]:
    for table in ("phase", "step", "question"):
        ids = [item.id for item in getattr(book, table)]
        yield from (Complaint(f"{table}[{i}].id", "an id of its own", f"{ids[i]!r} twice") for i in _again(ids))
    for table in ("phase", "step"):
        if not getattr(book, table):
            yield Complaint(table, "at least one", "none")


def _again(ids: list[str]) -> Iterator[int]:
    """Places of what was there before."""
    return (i for i, each in enumerate(ids) if each in ids[:i])


def _phases(book: RoutineBook, steps: tuple[StepSpec, ...], name: Name, whole: str) -> Iterator[Complaint]:
    """Steps come phase by phase, and part by part."""
    known = [phase.id for phase in book.phase]
    for i, step in enumerate(steps):
        if step.phase not in known:
            yield name(i, Complaint("phase", f"one of the phases {', '.join(known)}", repr(step.phase)))
    if any(step.phase not in known for step in steps):
        return
    places = [known.index(step.phase) for step in steps]
    for i in range(1, len(steps)):
        if places[i] < places[i - 1]:
            yield name(i, Complaint("phase", "steps in the order of their phases", f"{steps[i].phase} once more"))
        if steps[i].part_of and steps[i].part_of != steps[i - 1].part_of:
            earlier = [step.part_of for step in steps[:i]]
            if steps[i].part_of in earlier:
                yield name(i, Complaint("part_of", "the parts of a step together", f"{steps[i].part_of} once more"))
    if whole == "step":
        used = {step.phase for step in steps}
        for i, phase in enumerate(known):
            if phase not in used:
                yield Complaint(f"phase[{i}]", "a step in every phase", "none")


def _questions(book: RoutineBook) -> Iterator[Complaint]:
    for i, question in enumerate(book.question):
        yield from _question(question, f"question[{i}]")


def _question(question: Question, key: str) -> Iterator[Complaint]:
    if not re.fullmatch(r"[a-z0-9-]{1,40}", question.id):
        yield Complaint(f"{key}.id", "lower-case words joined by hyphens", repr(question.id))
    if not question.text:
        yield Complaint(f"{key}.text", "a text that is not empty", "''")
    if question.most and question.answers:
        yield Complaint(f"{key}.most", "no answers to choose from beside a number (answers = [])", str(question.most))
    for stop in question.stops:
        if stop not in question.answers:
            yield Complaint(f"{key}.stops", f"some of the answers {', '.join(question.answers)}", repr(stop))
    if bool(question.stops) != bool(question.stop_text):
        yield Complaint(f"{key}.stop_text", "a text with stops, and with nothing else", repr(question.stop_text))


def _steps(book: RoutineBook, variant: str, steps: tuple[StepSpec, ...], name: Name) -> Iterator[Complaint]:
    spec = book.variant.get(variant)
    for i, step in enumerate(steps):
        least_s = _least_s(step, spec)
        wrong = (*_times(step, least_s), *_keys(step), *_of_kind(step, least_s), *_measured(step), *_words(step))
        yield from (name(i, each) for each in wrong)
        if step.target is not None:
            yield from (name(i, each) for each in _target(step.target, step, steps[:i]))
    total_s = sum(_whole_s(step, spec) for step in steps)
    whole = f"variant.{variant}" if variant else "step"
    if steps and not any(step.weight for step in steps):
        yield Complaint(f"{whole}.step" if variant else whole, "a weight above 0 in at least one step", "all 0")
    cap_s = MOST_SESSION_S if spec is None or not spec.cap_s else spec.cap_s
    if total_s > cap_s:
        key = f"{whole}.cap_s" if spec is not None and spec.cap_s else whole
        yield Complaint(key, f"steps of at most {cap_s:g} s together", f"{total_s:g} s")


def _whole_s(step: StepSpec, spec: VariantSpec | None) -> float:
    """How long all sides of a step last, s."""
    sides = sides_of(step, sided_by(spec, "left", "left", 0))
    return share_s(step, sides) * len(sides)


def _least_s(step: StepSpec, spec: VariantSpec | None) -> float:
    """How long a step lasts on one side if as many sides share it as can, s."""
    return share_s(step, sides_of(step, sided_by(spec, "left", "both", 0)))


def _times(step: StepSpec, least_s: float) -> Iterator[Complaint]:
    on_each = "" if step.seconds == least_s else " on each side"
    for seconds in dict.fromkeys((step.seconds, least_s)):
        if seconds % TICK_S:
            yield Complaint("seconds", f"a multiple of {TICK_S:g} s{on_each}", f"{seconds:g}")
    if step.kind == "cycles" and (asked_s := step.cycles * (step.press_s + step.deepen_s)) != least_s:
        yield Complaint("seconds", f"cycles * (press_s + deepen_s) = {asked_s:g}{on_each}", f"{least_s:g}")
    if step.count * LEAST_REPETITION_S > least_s:
        yield Complaint("count", f"at most {int(least_s / LEAST_REPETITION_S)} in {least_s:g} s", str(step.count))
    before_s = -1.0
    for i, say in enumerate(step.says):
        if say.at_s >= least_s:
            yield Complaint(f"says[{i}].at_s", f"a moment before the step's end at {least_s:g} s", f"{say.at_s:g}")
        if say.at_s <= before_s:
            yield Complaint(f"says[{i}].at_s", f"a moment after the one before, at {before_s:g} s", f"{say.at_s:g}")
        before_s = say.at_s


def _keys(step: StepSpec) -> Iterator[Complaint]:
    """A key that its kind has no use for is a mistake about the kind."""
    for key, (usual, kinds) in _OWN_KEYS.items():
        if step.kind not in kinds and getattr(step, key) != usual:
            yield Complaint(key, f"none in a step of kind {step.kind} (of {', '.join(kinds)} only)", "one")


def _of_kind(step: StepSpec, least_s: float) -> Iterator[Complaint]:
    if step.kind == "breathe":
        for key in ("pattern", "to_pattern"):
            text = getattr(step, key)
            if text or key == "pattern":
                yield from _pattern(key, text, least_s)
    if step.kind == "question":
        if step.question is None:
            yield Complaint("question", "a question in a step of kind question", "none")
        else:
            yield from _question(step.question, "question")
    if step.kind == "hold" and not step.waits and step.wait_s != _OWN_KEYS["wait_s"][0]:
        yield Complaint("wait_s", "waits = true beside it", "waits = false")


def _pattern(key: str, text: str, least_s: float) -> Iterator[Complaint]:
    try:
        length_s = pattern_of(text).length_s
    except ConfigError as error:
        expected, _, found = str(error).removeprefix("pacer: expected ").rpartition(", found ")
        yield Complaint(key, expected, found)
        return
    if length_s > least_s:
        yield Complaint(key, f"a breath that fits into the step's {least_s:g} s", f"one of {length_s:g} s")


def _target(target: Target, step: StepSpec, before: tuple[StepSpec, ...]) -> Iterator[Complaint]:
    if (target.deg is None) == (not target.of):
        yield Complaint("target", "either deg or of", "neither" if target.deg is None else "both")
    if not target.of:
        if target.growth != 1:
            yield Complaint("target.growth", "of beside it: growth is of what a hold reached", "none")
        return
    holds = [each.id for each in before if each.kind == "hold" and each.sides == step.sides]
    if target.of not in holds:
        wanted = f"an earlier hold with the same sides ({', '.join(holds)})" if holds else "a hold before it"
        yield Complaint("target.of", wanted, repr(target.of))


def _measured(step: StepSpec) -> Iterator[Complaint]:
    for i, measure in enumerate(step.measures):
        if measure not in MEASURES:
            yield Complaint(f"measures[{i}]", f"one of {', '.join(MEASURES)}", repr(measure))
    for key in ("measures", "worn"):
        yield from (
            Complaint(f"{key}[{i}]", "each once", f"{getattr(step, key)[i]!r} twice")
            for i in _again(getattr(step, key))
        )
    if step.worn and "phone" not in {MEASURES.get(measure) for measure in step.measures}:
        yield Complaint("worn", "something to measure that a phone sees", "nothing")


def _words(step: StepSpec) -> Iterator[Complaint]:
    """Only what is laid out on a side has one to name."""
    said: list[tuple[str, Any]] = [("text", step.text)]
    said += [(f"says[{i}].text", say.text) for i, say in enumerate(step.says)]
    for key, text in said:
        for place in _PLACE.findall(text):
            if place not in _PLACES or not step.sides:
                wanted = "{side} and {other} only" if step.sides else "no braces in a step without sides"
                yield Complaint(key, wanted, repr(place))


def _variant(book: RoutineBook, variant: str, spec: VariantSpec) -> Iterator[Complaint]:
    key = f"variant.{variant}"
    known = [step.id for step in book.step]
    kept = known if spec.keep is None else list(spec.keep)
    for i, each in enumerate(spec.keep or ()):
        if each not in known:
            yield Complaint(f"{key}.keep[{i}]", f"one of the steps {', '.join(known)}", repr(each))
    yield from (Complaint(f"{key}.keep[{i}]", "each step once", f"{kept[i]!r} twice") for i in _again(kept))
    if not kept:
        yield Complaint(f"{key}.keep", "at least one step", "none")
    changes = [changes_of(change) for change in spec.step]
    ids = [change["id"] for change in changes]
    for i, each in enumerate(ids):
        if each not in kept:
            yield Complaint(f"{key}.step[{i}].id", f"one of the variant's steps {', '.join(kept)}", repr(each))
    yield from (Complaint(f"{key}.step[{i}].id", "each step once", f"{ids[i]!r} twice") for i in _again(ids))
    if any(each not in known for each in kept):
        return
    steps = steps_of(book, variant)

    def name(at: int, wrong: Complaint) -> Complaint:
        """Where the variant changes this, or else that it has this step."""
        changed = ids.index(steps[at].id) if steps[at].id in ids else -1
        if changed >= 0 and re.split(r"[.\[]", wrong.key)[0] in changes[changed]:
            return wrong._replace(key=f"{key}.step[{changed}].{wrong.key}")
        place = f"{key}.step[{changed}]" if changed >= 0 else f"{key}.keep"
        return wrong._replace(key=place, expected=f"of step {steps[at].id}, {wrong.key}: {wrong.expected}")

    yield from _phases(book, steps, name, key)
    yield from _steps(book, variant, steps, name)


def _named_in_book(at: int, wrong: Complaint) -> Complaint:
    return wrong._replace(key=f"step[{at}].{wrong.key}")


def texts_wrong(node: Any, key: str = "") -> Iterator[Complaint]:
    """Texts too long or with control characters (they are shown on terminals), and numbers that are none; of a tree."""
    if isinstance(node, dict):
        for name, value in node.items():
            if re.search(r"[\x00-\x1f\x7f-\x9f]", name) or len(name) > LONGEST_TEXT:
                yield Complaint(key or "the file", "keys without control characters", repr(name[:40]))
            else:
                yield from texts_wrong(value, f"{key}.{name}".lstrip("."))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from texts_wrong(value, f"{key}[{i}]")
    elif isinstance(node, str):
        if found := re.search(r"[\x00-\x1f\x7f-\x9f]", node):
            yield Complaint(key, "one line without control characters", repr(found[0]))
        if len(node) > LONGEST_TEXT:
            yield Complaint(key, f"at most {LONGEST_TEXT} characters", str(len(node)))
    elif isinstance(node, float) and not -1e9 < node < 1e9:
        yield Complaint(key, "a number", f"{node:g}")
