"""Reading routines: what is wrong is said with file, line, key, expected and found; and nothing else is ever raised."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.coach.routines import WHOLE
from tidehold.coach.routine_book import USUAL_QUESTIONS
from tidehold.coach.routine_toml import LONGEST_FILE, lay_out, parse_routine
from tidehold.errors import ConfigError


def test_a_whole_routine_is_read() -> None:
    book = parse_routine(WHOLE, "small.toml")
    assert [step.id for step in book.step] == ["1", "2", "3", "4", "5", "6", "7a", "7b", "8"]
    assert list(book.variant) == ["short", "right"]
    assert lay_out(book).seconds == 60 + 10 + 10 + 61 + 60 + 100 + 20 + 30 + 20


def test_the_warning_questions_are_there_unless_there_are_others() -> None:
    plain = re.sub(r"\[\[question\]\][^[]*\[[^[]*\[\[step", "[[step", WHOLE, count=1)
    assert parse_routine(plain, "x").question == USUAL_QUESTIONS
    assert [question.id for question in USUAL_QUESTIONS] == ["radiating-pain", "bowel-bladder", "no-improvement"]
    assert all(re.match("Stop now and see a clinician", question.stop_text) for question in USUAL_QUESTIONS)
    assert [question.id for question in parse_routine(WHOLE, "x").question] == ["well"]


STEP_4 = WHOLE[: WHOLE.index('id = "4"')].count("\n")
WRONG = {
    # the shape
    "no TOML": ("[[phase]]", "[[phase]", "^small.toml: expected TOML, found: .*line 6"),
    "a number of many digits": ("seconds = 60", f"seconds = {'9' * 5000}", "^small.toml: expected TOML, found: "),
    "unknown key": ("hinge = true", "hinged = true", "step[1].hinged: expected one of the keys id, phase,"),
    "unknown key in a variant": (
        "cap_s = 60",
        "cup_s = 60",
        "variant.short.cup_s: expected one of the keys name, about, intensity",
    ),
    "unknown key in a variant's step": (
        'id = "1"\nseconds = 20',
        'id = "1"\nphase = "two"',
        "variant.short.step[0].phase: expected one of the keys id, name, kind",
    ),
    "missing key": ('kind = "slow"\n', "", "step[8].kind: expected a value, found none"),
    "wrong type": (
        "seconds = 10\nhinge",
        'seconds = "10"\nhinge',
        "step[1].seconds: expected float, found str",
    ),
    "wrong word": (
        'sides = "affected"',
        'sides = "sick"',
        "step[6].sides: expected one of , affected, each, split, found 'sick'",
    ),
    "a list for a table": ("[variant.short]", "[[variant.short]]", "variant.short: expected object, found array"),
    "a variant's name": (
        "[variant.right]",
        '["variant"."Not so"]',
        "variant: expected names of lower-case words joined by hyphens, found 'Not so'",
    ),
    # numbers
    "negative time": (
        "seconds = 10\nhinge",
        "seconds = -10\nhinge",
        "step[1].seconds: expected seconds above 0",
    ),
    "no time": ("seconds = 10\nhinge", "seconds = 0\nhinge", "step[1].seconds: expected seconds above 0"),
    "negative wait": ("wait_s = 5", "wait_s = -5", "step[3].wait_s: expected seconds from 0 to 7200"),
    "negative say": ("at_s = 10,", "at_s = -10,", "step[0].says[0].at_s: expected float >= 0"),
    "negative count": ("count = 5\nworn", "count = -5\nworn", "step[6].count: expected int >= 0"),
    "infinite": ("wait_s = 5", "wait_s = inf", "step[3].wait_s: expected a number, found inf"),
    "not a number": ("growth = 1.1", "growth = nan", "step[4].target.growth: expected a number, found nan"),
    "between two ticks": (
        "seconds = 30.5",
        "seconds = 30.6",
        "step[3].seconds: expected a multiple of 0.25 s",
    ),
    "between two ticks on each side": (
        'seconds = 30\nsides = "split"',
        'seconds = 30.25\nsides = "split"',
        "step[7].seconds: expected a multiple of 0.25 s on each side, found 15.125",
    ),
    # says
    "said after the end": (
        "at_s = 30,",
        "at_s = 60,",
        "step[0].says[1].at_s: expected a moment before the step's",
    ),
    "said in no order": ("at_s = 30,", "at_s = 10,", "step[0].says[1].at_s: expected a moment after the one"),
    "said after a variant's end": (
        "says = []\n",
        "",
        "variant.short.step[0]: expected of step 1, says[1].at_s: a moment before the step's end at 20 s, found 30",
    ),
    # ids and phases
    "step twice": ('id = "8"', 'id = "4"', "step[8].id: expected an id of its own, found '4' twice"),
    "phase twice": ('id = "two"', 'id = "one"', "phase[1].id: expected an id of its own, found 'one' twice"),
    "unknown phase": (
        'phase = "one"\nid = "3"',
        'phase = "zero"\nid = "3"',
        "step[2].phase: expected one of the phases one",
    ),
    "phase in pieces": ('phase = "one"\nid = "3"', 'phase = "two"\nid = "3"', None),
    "phase once more": (
        'phase = "two"\nid = "8"',
        'phase = "one"\nid = "8"',
        "step[8].phase: expected steps in the",
    ),
    "empty phase": (
        "[[question]]",
        '[[phase]]\nid = "x"\nname = "X"\n[[question]]',
        "phase[2]: expected a step in",
    ),
    "parts apart": ('part_of = "7"\nname = "Glide"', 'part_of = "8"\nname = "Glide"', None),
    # kinds
    "no pattern": ('pattern = "2/3"\n', "", 'step[0].pattern: expected seconds as "IN/OUT" or'),
    "a pattern that is none": ('"2/3"', '"2 in"', "step[0].pattern: expected seconds as"),
    "a ramp to none": ('"4/6"', '"6"', "step[0].to_pattern: expected seconds as"),
    "no whole breath": (
        '"4/6"',
        '"40/40"',
        "step[0].to_pattern: expected a breath that fits into the step's 60 s",
    ),
    "cycles that do not fit": (
        "cycles = 2",
        "cycles = 3",
        "step[5].seconds: expected cycles * (press_s + deepen_s) = 75",
    ),
    "cycles that share their time": (
        'seconds = 50\nsides = "each"',
        'seconds = 50\nsides = "split"',
        "step[5].seconds: expected cycles * (press_s + deepen_s) = 50 on each side, found 25",
    ),
    "no whole breath on each side": (
        'seconds = 60\npattern = "2/3"\nto_pattern = "4/6"',
        'seconds = 64\npattern = "2/3"\nto_pattern = "20/20"\nsides = "split"',
        "step[0].to_pattern: expected a breath that fits into the step's 32 s, found one of 40 s",
    ),
    "target of cycles": (
        "cycles = 2",
        "cycles = 2\ntarget = { deg = 40 }",
        "step[5].target: expected none in a step of kind cycles (of hold only)",
    ),
    "limit of a walk": (
        'kind = "slow"',
        'kind = "walk"',
        "step[8].limit_deg_s: expected none in a step of kind walk (of slow, hold, cycles, repetitions only)",
    ),
    "count of a hold": ("cycles = 2", "cycles = 2\ncount = 4", "step[5].count: expected none in a step of kind cycles"),
    "hinge of a hold": (
        "waits = true",
        "waits = true\nhinge = true",
        "step[3].hinge: expected none in a step",
    ),
    "count that does not fit": (
        "count = 5\nworn",
        "count = 50\nworn",
        "step[6].count: expected at most 20 in 10 s, found 50",
    ),
    "wait without waiting": (
        "waits = true\n",
        "",
        "step[3].wait_s: expected waits = true beside it, found waits = false",
    ),
    "question without one": (
        'question = { id = "pain", text = "How strong?", answers = [], most = 10 }\n',
        "",
        "step[2].question: expected a question in a step of kind question, found none",
    ),
    "number and answers": (", answers = []", "", "step[2].question.most: expected no answers to choose from"),
    "stop that is no answer": (
        'stops = ["no"]',
        'stops = ["never"]',
        "question[0].stops: expected some of the answers no, yes",
    ),
    "stop without a text": ('stop_text = "Then stop."\n', "", "question[0].stop_text: expected a text with stops"),
    "question without a text": (
        'text = "Are you well?"',
        'text = ""',
        "question[0].text: expected a text that is not empty",
    ),
    "question's id": ('id = "well"', 'id = "Well?"', "question[0].id: expected lower-case words"),
    # targets
    "target of nothing": (
        'of = "4"',
        'of = "9"',
        "step[4].target.of: expected an earlier hold with the same sides (4)",
    ),
    "target of a later one": (
        "seconds = 30.5",
        'seconds = 30.5\ntarget = { of = "5" }',
        "step[3].target.of: expected a hold before",
    ),
    "target of both": ('of = "4"', 'of = "4", deg = 40', "step[4].target: expected either deg or of, found both"),
    "target of neither": (
        '{ of = "4", growth = 1.1 }',
        "{}",
        "step[4].target: expected either deg or of, found neither",
    ),
    "growth of an angle": ('of = "4"', "deg = 40", "step[4].target.growth: expected of beside it"),
    "target of a hold that a variant has not": ('keep = ["1", "4", "7a"]', 'keep = ["1", "5"]', None),
    # measures and words
    "what is not measured": ('"HRV"', '"happiness"', "step[0].measures[1]: expected one of time, "),
    "measured twice": ('"HRV"', '"pacing adherence"', "step[0].measures[1]: expected each once"),
    "worn without a measure": (
        'measures = ["repetitions"]',
        "",
        "step[6].worn: expected something to measure that a phone",
    ),
    "side of a step without": (
        '"Slower."',
        '"{side}."',
        "step[0].says[0].text: expected no braces in a step without sides",
    ),
    "unknown brace": ("{other}", "{arm}", "step[3].text: expected {side} and {other} only, found '{arm}'"),
    "control character": ('"A small one."', '"\\u001b[31m"', "about: expected one line without control"),
    "control character in a key": (
        "hinge = true",
        '"h\\u0007" = true',
        "step[1]: expected keys without control characters",
    ),
    "long text": ('"A small one."', f'"{"x" * 700}"', "about: expected at most 600 characters, found 700"),
    # weights, variants
    "no weight": ('name = "', 'name = "', None),
    "kept and unknown": (
        'keep = ["1"',
        'keep = ["0"',
        "variant.short.keep[0]: expected one of the steps 1, 2",
    ),
    "kept twice": ('keep = ["1", "4"', 'keep = ["1", "4", "4"', "variant.short.keep[2]: expected each step once"),
    "nothing kept": (
        'keep = ["1", "4", "7a"]',
        "keep = []",
        "variant.short.keep: expected at least one step",
    ),
    "changed and not kept": (
        'id = "4"\nseconds = 20',
        'id = "5"\nseconds = 20',
        "variant.short.step[1].id: expected one of the",
    ),
    "changed twice": (
        'id = "4"\nseconds = 20',
        'id = "1"\nseconds = 20',
        "variant.short.step[1].id: expected each step once",
    ),
    "over its cap": (
        "cap_s = 60",
        "cap_s = 59",
        "variant.short.cap_s: expected steps of at most 59 s together",
    ),
    "a variant between two ticks": (
        'id = "4"\nseconds = 20',
        'id = "4"\nseconds = 20.1',
        "variant.short.step[1].seconds: expected a multiple of 0.25 s, found 20.1",
    ),
    "a variant's pattern": (
        "says = []\n",
        'says = []\npattern = "x"\n',
        "variant.short.step[0].pattern: expected seconds as",
    ),
    "no intensity": ("intensity = 0.6", "intensity = 0", "variant.short.intensity: expected float > 0"),
}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [each for each in WRONG.values() if each[2]],
    ids=[k for k, each in WRONG.items() if each[2]],
)
def test_what_cannot_be_is_refused_with_its_line(old: str, new: str, complaint: str) -> None:
    assert old in WHOLE
    text = WHOLE.replace(old, new, 1)
    with pytest.raises(ConfigError) as caught:
        parse_routine(text, "small.toml")
    said = str(caught.value)
    assert said.startswith("small.toml")
    assert re.search(complaint, said) if complaint.startswith("^") else complaint in said, said
    assert "\n" not in said
    if complaint.startswith("^"):
        return
    found = re.match(r"small\.toml, line (\d+): ([^:]+): ", said)
    assert found, said
    line, key = text.splitlines()[int(found[1]) - 1], found[2]
    is_item = line.strip().startswith("{") and "says[" in key
    assert is_item or key.rpartition(".")[2].partition("[")[0] in line or line.startswith("["), line
    changed = text[: WHOLE.index(old)].count("\n")
    assert abs(int(found[1]) - 1 - changed) <= 20


@pytest.mark.parametrize("name", ["phase in pieces", "parts apart", "target of a hold that a variant has not"])
def test_order_matters(name: str) -> None:
    old, new, _ = WRONG[name]
    complaint = {
        "phase in pieces": None,  # the question is then the first step of the second phase
        "parts apart": None,  # and these are parts of two steps
        "target of a hold that a variant has not": (
            "variant.short.step[1]: expected of step 5, target.of: a hold before it, found '4'"
        ),
    }[name]
    text = WHOLE.replace(old, new, 1)
    if complaint is None:
        assert parse_routine(text, "x").id == "small"
        return
    text = text.replace('id = "4"\nseconds = 20', 'id = "5"\nseconds = 20')
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        parse_routine(text, "x")


def test_parts_of_a_step_stand_together() -> None:
    text = WHOLE.replace('id = "8"', 'id = "8"\npart_of = "7"').replace(
        'part_of = "7"\nname = "March"', 'name = "March"'
    )
    with pytest.raises(
        ConfigError, match=r"step\[8\]\.part_of: expected the parts of a step together, found 7 once more"
    ):
        parse_routine(text, "x")


def test_a_score_needs_a_weight() -> None:
    text = re.sub(r"(\[\[step\]\]\nphase)", r"[[step]]\nweight = 0\nphase", WHOLE).replace(
        "hinge = true\nweight = 0", ""
    )
    with pytest.raises(ConfigError, match=r"step: expected a weight above 0 in at least one step, found all 0"):
        parse_routine(text, "x")
    weightless = WHOLE[: WHOLE.index("[variant.short]")] + '[variant.short]\nname = "x"\nkeep = ["2"]\n'
    with pytest.raises(ConfigError, match=r"variant\.short\.step: expected a weight above 0"):
        parse_routine(weightless, "x")


def test_nothing_is_no_routine() -> None:
    with pytest.raises(ConfigError, match=r"^x: id: expected a value, found none$"):
        parse_routine("", "x")
    with pytest.raises(ConfigError, match=r"^x: phase: expected at least one, found none$"):
        parse_routine('id = "x"\nname = "X"', "x")
    with pytest.raises(ConfigError, match=r"^x: step: expected at least one, found none$"):
        parse_routine('id = "x"\nname = "X"\nphase = [{id = "a", name = "A"}]', "x")
    with pytest.raises(ConfigError, match="expected at most 200000 characters"):
        parse_routine("#" * (LONGEST_FILE + 1), "x")
    with pytest.raises(ConfigError, match=r"^x: expected TOML, found: "):
        parse_routine("a = " + "[" * 5000, "x")


LINES = WHOLE.splitlines()
NUMBERS = ("-1", "0", "1e308", "inf", "nan", "99999999999999999999999999999", "true", "1979-05-27", "07:32:00")
TEXTS = ('""', '"x"', '"{side}"', '"\\u0000"', '["1"]', "[]", "{}", "[[1]]", '{ of = "4" }', "[{ at_s = 1 }]")
VALUES = st.sampled_from((*NUMBERS, *TEXTS, "{ a = { b = 1 } }"))


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """The whole routine with some lines changed, left out, repeated, or moved."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["value", "drop", "twice", "move", "text"]))
        if how == "value" and "=" in lines[at]:
            lines[at] = f"{lines[at].partition('=')[0]}= {draw(VALUES)}"
        elif how == "drop":
            del lines[at]
        elif how == "twice":
            lines.insert(draw(st.integers(0, len(lines))), lines[at])
        elif how == "move":
            lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
        else:
            lines[at] = draw(st.text(max_size=12))
    return "\n".join(lines)


@settings(max_examples=150)
@given(st.one_of(spoilt(), st.text(max_size=60)))
def test_whatever_a_file_says_it_is_a_routine_or_a_complaint(text: str) -> None:
    try:
        book = parse_routine(text, "some.toml")
    except ConfigError:
        return
    for variant in ("", *book.variant):
        for affected in ("left", "both"):
            routine = lay_out(book, variant, "right", affected, 1)
            assert routine.seconds > 0
            assert all(step.seconds % 0.25 == 0 for step in routine.steps)
