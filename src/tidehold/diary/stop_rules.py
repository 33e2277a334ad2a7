"""When to stop and see a clinician: three rules of the source, from what was said and what was measured. Pure.

Pain that radiates below the knee and increases; new bowel or bladder changes; no improvement after 14 consistent
sessions (see `improvement`). No score goes into any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from tidehold.coach.routine_book import NO_IMPROVEMENT, USUAL_QUESTIONS
from tidehold.diary.improvement import improvements
from tidehold.diary.nouns import CheckIn, Entry
from tidehold.diary.own import is_simulated
from tidehold.records import UnixNs
from tidehold.units import NS

Rule = Literal["bladder", "radiating", "no-improvement"]
QUESTION_OF: Final[dict[Rule, str]] = {
    "bladder": "bowel-bladder",
    "radiating": "radiating-pain",
    "no-improvement": NO_IMPROVEMENT,
}
"""The question of a routine that asks for the same; the most urgent rule first."""
_USUAL: Final = {question.id: question for question in USUAL_QUESTIONS}
TEXT: Final[dict[Rule, str]] = {rule: _USUAL[question].stop_text for rule, question in QUESTION_OF.items()}
"""What is said of each, the same as in a session."""


class Warned(NamedTuple):
    """A stop rule that has come true.

    Attributes:
        rule: Which.
        since: When it was known.
        until: When it was known to hold no longer; None while it is in force.
        text: What to do.
        why: What it is known by.
    """

    rule: Rule
    since: UnixNs
    until: UnixNs | None
    text: str
    why: str


class _Said(NamedTuple):
    """A word for or against a rule."""

    at: UnixNs
    is_yes: bool
    why: str


def warnings(entries: Iterable[Entry], check_ins: Iterable[CheckIn]) -> list[Warned]:
    """The stop rules that are in force, the most urgent first: to be shown whatever else there is to show.

    Args:
        entries: Sessions of the catalogue, in any order.
        check_ins: In any order.
    """
    order = list(QUESTION_OF)
    return sorted(
        (each for each in raised(entries, check_ins) if each.until is None),
        key=lambda each: (order.index(each.rule), each.since),
    )


def raised(entries: Iterable[Entry], check_ins: Iterable[CheckIn]) -> list[Warned]:
    """Every stop rule that has come true so far, also where it holds no longer, by `since`.

    A "yes" holds until the same question is answered with "no". Sessions without improvement hold until there is
    one, or until a long break has begun a new run of them.
    """
    entries, check_ins = list(entries), list(check_ins)
    found: list[Warned] = []
    for rule in QUESTION_OF:
        found += _spans(rule, sorted(_answers(rule, entries, check_ins)))
    found += _spans("no-improvement", list(_unimproved(entries, check_ins)))
    return sorted(found, key=lambda each: (each.since, each.rule))


def _spans(rule: Rule, said: Iterable[_Said]) -> list[Warned]:
    """From when to when a rule was in force."""
    found: list[Warned] = []
    now: Warned | None = None
    for each in said:
        if each.is_yes:
            # the first word says since when, the last one by what
            now = now._replace(why=each.why) if now else Warned(rule, each.at, None, TEXT[rule], each.why)
        elif now is not None:
            found.append(now._replace(until=each.at))
            now = None
    return [*found, now] if now else found


def _answers(rule: Rule, entries: Iterable[Entry], check_ins: Iterable[CheckIn]) -> Iterator[_Said]:
    for entry in entries:
        if is_simulated(entry):  # a demo's "no" must not end what a person has said
            continue
        answer = entry.answers.get(QUESTION_OF[rule], "").casefold()
        if answer in ("no", "yes"):
            yield _Said(_end(entry), answer == "yes", f"you answered yes in session {entry.session}")
    for each in check_ins:
        said = {"bladder": each.bladder, "radiating": each.radiating}.get(rule, "")
        if said:
            yield _Said(each.at, said == "yes", "you answered yes at a check-in")


def _unimproved(entries: Iterable[Entry], check_ins: Iterable[CheckIn]) -> Iterator[_Said]:
    before = 0
    for each in improvements(entries, check_ins):
        if each.state == "not better":
            yield _Said(each.at, is_yes=True, why=each.why)
        elif each.state == "better" or each.sessions <= before:
            yield _Said(each.at, is_yes=False, why="")
        before = each.sessions


def _end(entry: Entry) -> UnixNs:
    return UnixNs(entry.started + round(entry.length_s * NS))
