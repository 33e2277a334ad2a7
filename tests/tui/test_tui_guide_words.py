import msgspec
import pytest

from tests.tui import statuses
from tidehold.records import HostNs, Status
from tidehold.tui.guide_words import STATES, clock, countdown, finding_lines, guide_lines, heading
from tidehold.tui.lines import plain
from tidehold.tui.news import News
from tidehold.units import NS

T = 605.2
WELL = statuses.status(T)
STATUSES = statuses.guided_states(T)


def shown(status: Status, width: int = 78, height: int = 11, t_s: float = T) -> str:
    return plain(guide_lines(News(status), t_s, width, height))


@pytest.mark.parametrize(("left_s", "text"), [(42.0, "42"), (41.01, "42"), (60.0, "1:00"), (59.999, "1:00"), (0.0, "0"),
                                              (-3.0, "0"), (float("nan"), "0"), (754.2, "12:35")])  # fmt: skip
def test_countdown_is_to_the_second_that_has_begun(left_s: float, text: str) -> None:
    assert countdown(left_s) == text


def test_clock_has_minutes_always() -> None:
    assert [clock(seconds) for seconds in (9.0, 754.2, float("inf"))] == ["0:09", "12:35", "0:00"]


def test_heading_has_routine_phase_place_and_what_is_left() -> None:
    told = plain([heading(News(STATUSES["hold"]), T)])
    assert told == "Psoas relief · execution · step 7 of 15 · 14:07 left in all"
    assert plain([heading(News(STATUSES["done"]), T)]) == "Psoas relief"
    assert plain([heading(News(WELL), T)]) == "Routine"
    assert "left in all" not in plain([heading(News(STATUSES["hold"], silent_s=9), T)])


def test_step_leads_with_its_name_side_prompt_and_what_comes_next() -> None:
    lines = shown(STATUSES["hold"]).splitlines()
    assert lines[0] == "▶ Stage 2: ten per cent more · LEFT"
    assert lines[1] == "██████  ██████   Hinge forward a little further, back long"  # 37 s are left
    assert lines[5].endswith("then: Stage 2: ten per cent more, right")
    assert "▶" in lines[6]


@pytest.mark.parametrize(("width", "height"), [(78, 11), (98, 12), (158, 19)])
def test_notes_are_told_whole_before_the_start_and_not_after_it(width: int, height: int) -> None:
    ready = STATUSES["ready"].snapshot.guide
    assert ready is not None
    missing = msgspec.structs.replace(ready, unmeasured="turning: the phone is on the shin")
    lines = shown(statuses.guided(WELL, missing), width, height).splitlines()
    assert len(lines) <= height
    told = " ".join(line.strip() for line in lines)
    for text in (*statuses.NOTES, "? turning", "heart 65 bpm" if width < 150 else "Press enter"):
        assert text in told, text
    for state in ("asking", "running", "done"):
        begun = msgspec.structs.replace(ready, state=state, question=statuses.WARNING)
        assert "medical" not in shown(statuses.guided(WELL, begun), width, height)


def test_without_notes_the_number_has_the_room() -> None:
    ready = STATUSES["ready"].snapshot.guide
    assert ready is not None
    few = msgspec.structs.replace(ready, notes=())
    assert shown(statuses.guided(WELL, few)).count("█") > shown(STATUSES["ready"]).count("█")


def test_every_state_has_a_sign_and_a_word() -> None:
    assert len({sign for sign, _ in STATES.values()}) == len(STATES)
    for name in ("ready", "paused", "done", "stopped"):
        assert STATES[STATUSES[name].snapshot.guide.state][0] in shown(STATUSES[name]), name  # type: ignore[union-attr]


def test_countdown_goes_on_between_statuses_and_not_for_long() -> None:
    status = statuses.guided(WELL, statuses.guide(6, 20.0))
    big = {after_s: shown(status, t_s=T + after_s).splitlines()[1][:14] for after_s in (0.0, 0.9, 1.0, 7.0, -7.0)}
    assert big[0.0] != big[1.0]
    assert big[1.0] == big[7.0]
    assert big[-7.0] == big[0.0] == big[0.9]
    paused = statuses.guided(WELL, statuses.guide(6, 20.0, state="paused"))
    assert shown(paused, t_s=T + 1.0) == shown(paused)


def test_part_has_its_own_countdown_bigger_than_the_steps() -> None:
    lines = shown(STATUSES["press"]).splitlines()
    assert lines[5].startswith("    ██ press     ▀ ▀▀▀ step   then: deepen 20 s")
    assert "Press both heels down" in lines[1]


def test_repetitions_are_big_too() -> None:
    assert "done" in shown(STATUSES["repetitions"]).splitlines()[5]
    assert shown(STATUSES["repetitions"], 158, 19) != shown(STATUSES["repetitions"], 158, 11)


def test_open_findings_are_told_the_newest_first_and_three_at_most() -> None:
    found = [statuses.finding(f"k{k}", f"text {k}", 500 + k) for k in range(5)]
    found.append(statuses.finding("over", "over", 580, 590))
    guide = statuses.guide(6, findings=tuple(found))
    assert plain(finding_lines(guide, 510.0, 78)).splitlines() == ["! text 4 6 s", "! text 3 7 s", "! text 2 8 s"]
    assert [part.tone for part in finding_lines(guide, 510.0, 78)[0]] == ["bad", "warn"]
    assert "over" not in shown(statuses.guided(WELL, guide))


def test_what_is_not_measured_says_why() -> None:
    assert "? turning: the phone is on the shin" in shown(STATUSES["hold"])


def test_heart_and_breathing_are_in_a_line_where_they_have_no_panel() -> None:
    told = "heart 65 bpm   breathing 6.0/min   score so far 84"
    assert told in shown(STATUSES["breathe"])
    assert told not in shown(STATUSES["breathe"], 158, 19)
    unknown = statuses.unknown(STATUSES["breathe"], heart__hr_bpm="no contact")
    assert "heart unknown   breathing 6.0/min" in shown(unknown)


def test_end_has_score_and_steps() -> None:
    text = shown(STATUSES["done"])
    assert "score" in text
    for step in ("■1.1\N{NO-BREAK SPACE}70", "x1.3\N{NO-BREAK SPACE}L\N{NO-BREAK SPACE}", "/2.1"):
        assert step in text, step
    assert "Release" not in text
    assert "■1.1 Release with a ball 70" in shown(STATUSES["done"], 158, 19).replace("\N{NO-BREAK SPACE}", " ")
    without = statuses.guided(WELL, statuses.guide(15, state="done", score=None, bars=()))
    assert "████" in shown(without)


def test_stop_says_why_in_its_whole_length() -> None:
    text = " ".join(shown(STATUSES["stopped"]).split())
    assert statuses.WARNING.stop_text in text
    assert guide_lines(News(STATUSES["stopped"]), T, 78, 11)[0][0].tone == "bad"
    assert "██" not in text


def test_question_is_shown_in_place_of_the_prompt() -> None:
    assert "Are there new changes of bowel or" in shown(STATUSES["question"])


def test_nothing_old_is_shown() -> None:
    assert plain(guide_lines(News(STATUSES["hold"], silent_s=4.0), T, 78, 11)) == "unknown: last news 4.0 s ago"
    assert guide_lines(News(WELL), T, 78, 11) == ()
    assert guide_lines(News(), T, 78, 11) == ()


def test_what_comes_from_a_file_is_harmless_text() -> None:
    evil = "[red]\x1b[2J\u202e" + "x" * 3000
    bars = tuple(msgspec.structs.replace(bar, name=evil, id=evil, phase=evil) for bar in statuses.bars(6))
    guide = statuses.guide(
        6, name=evil, bars=bars, prompt=evil, text=evil, then=evil, part=evil, part_left_s=3.0, unmeasured=evil,
        findings=(statuses.finding(evil, evil, 600.0),), ended=evil, question=statuses.WARNING,
    )  # fmt: skip
    for state in STATES:
        status = statuses.guided(WELL, msgspec.structs.replace(guide, state=state))
        text = shown(status) + plain([heading(News(status), T)])
        assert "\x1b" not in text
        assert "\u202e" not in text


@pytest.mark.parametrize("size", [(78, 11), (98, 12), (158, 19), (60, 4), (20, 1), (1, 0)])
def test_lines_fit_their_room(size: tuple[int, int]) -> None:
    for name, status in STATUSES.items():
        lines = guide_lines(News(status), T, *size)
        assert len(lines) <= max(size[1], 1), name
        if size[0] >= 60:
            assert max(len(plain([each])) for each in lines) <= size[0], name


def test_nonsense_is_told_too() -> None:
    nan, huge = float("nan"), float("inf")
    for at, number in ((-3, nan), (99, huge), (6, -huge)):
        numbers = dict.fromkeys(("into_s", "left_s", "session_left_s", "part_left_s", "score"), number)
        found = (statuses.finding("x", "", -1e9),)
        guide = msgspec.structs.replace(statuses.guide(6), at=at, part="press", findings=found, **numbers)
        for state in STATES:
            status = statuses.guided(WELL, msgspec.structs.replace(guide, state=state), t=HostNs(-5 * NS))
            assert shown(status, t_s=number)
